"""Writes the curated Parquet file as COPY requires it, and verifies its footer before COPY reads it.

COPY goes by position, wants every type exactly, and counts the bytes of strings
(https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html). Decimals of up to 18 digits are stored as INT64,
instants as INT96: COPY has read INT64 instants as the year 161065 (https://github.com/apache/arrow/issues/38000). Neither has been tried on
a real workgroup.
"""

import io
import math
import re
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.curation.curate import Curated
from tasks.curation.errors import ParquetDoesNotFit
from tasks.schema import Column, TableSchema

ROW_GROUP_ROWS: Final = 1_000_000

FILES_AT_ONCE: Final = 2
"""Compressing takes the most time of writing, and no other thread waits for it meanwhile."""

FEWEST_ROWS_OF_A_FILE: Final = 1 << 16
MOST_ROWS_OF_A_FILE: Final = 250_000
"""A row of daily prices takes about 28 bytes. COPY wants files of 1 to 125 MB, as many as a multiple of the workgroup's slices
(https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-use-multiple-files.html); small ones need less memory here."""

_VARCHAR: Final = re.compile(r"character varying\((\d+)\)", re.ASCII)
_NUMERIC: Final = re.compile(r"numeric\((\d+),(\d+)\)", re.ASCII)
_FORMS: Final = {
    "bigint": "INT64 NONE",
    "boolean": "BOOLEAN NONE",
    "date": "INT32 DATE",
    "double precision": "DOUBLE NONE",
    "integer": "INT32 NONE",
    "timestamp without time zone": "INT96 NONE",
}
_INT32_DIGITS: Final = 9
_INT64_DIGITS: Final = 18


def to_parquet(rows: pa.Table | Curated, dataset: TableSchema) -> bytes:
    """Writes curated rows as one Parquet file; equal rows, given the same way, give equal bytes.

    Args:
        rows: a table of ``dataset.arrow``, as ``curate`` gives it, or what ``curated`` gives.
        dataset: what the rows are.

    Returns:
        The file: zstd, plain INT64 decimals, INT96 instants, dictionaries for strings alone.

    Raises:
        ParquetDoesNotFit: the table's columns are not the dataset's.
    """
    sink = io.BytesIO()
    if isinstance(rows, Curated):
        write_curated_rows(rows, sink)
        return sink.getvalue()
    if rows.schema != dataset.arrow:
        raise ParquetDoesNotFit(f"The table does not have the columns of {dataset.name}.", evidence={"found": str(rows.schema)})
    with _writer(sink, dataset, dataset.arrow) as writer:
        writer.write_table(rows.combine_chunks(), row_group_size=ROW_GROUP_ROWS)
    return sink.getvalue()


def number_of_files(rows: int, slices: int) -> int:
    """Into how many files so many rows go: one where a file for every slice would be small, else a multiple of the slices."""
    if rows < slices * FEWEST_ROWS_OF_A_FILE:
        return 1
    return slices * math.ceil(rows / (slices * MOST_ROWS_OF_A_FILE))


def write_curated_rows(rows: Curated, sink: BinaryIO) -> None:
    """Writes curated rows as one Parquet file, in the form of ``to_parquet``, without holding them twice; equal rows give equal bytes.

    Args:
        rows: as ``curated`` gives them.
        sink: an open file; written from its position on, never read.
    """
    with _writer(sink, rows.dataset, rows.schema) as writer:
        for batch in rows.batches():
            writer.write_batch(batch, row_group_size=ROW_GROUP_ROWS)


def _writer(sink: BinaryIO, dataset: TableSchema, schema: pa.Schema) -> pq.ParquetWriter:
    strings = [column.name for column in dataset.columns if pa.types.is_string(column.arrow)]
    return pq.ParquetWriter(
        sink,
        schema,
        version="2.6",
        data_page_version="1.0",
        compression="zstd",
        compression_level=1,
        use_dictionary=strings,  # type: ignore[arg-type] # the stubs know the flag alone
        store_decimal_as_integer=True,
        use_deprecated_int96_timestamps=True,
        write_statistics=True,
    )


def check_footer(parquet: bytes, dataset: TableSchema, rows: int | None = None) -> None:
    """Proves that COPY will take a file: raises here what Redshift would answer with 15001 or 15007.

    Checked are the order, names, physical and logical types, precision, scale and nullability of the columns, the row count, and the byte
    length of every string against its ``VARCHAR``.

    Args:
        parquet: the whole file.
        dataset: whose table it is for.
        rows: how many rows it must have; not checked where None.

    Raises:
        ParquetDoesNotFit: with the column, what the file has and what the table takes.
    """
    strings = [column.name for column in dataset.columns if _VARCHAR.fullmatch(column.redshift)]
    try:
        file = pq.ParquetFile(pa.BufferReader(parquet), read_dictionary=strings)
    except pa.ArrowInvalid:
        raise ParquetDoesNotFit(f"The file of {dataset.name} is not a Parquet file.", evidence={"bytes": len(parquet)}) from None
    _compare(dataset, "columns, in this order", ", ".join(file.schema.names), ", ".join(dataset.column_names))
    for position, column in enumerate(dataset.columns):
        _compare(dataset, f"column {column.name}", _stored_form(file.schema.column(position)), _expected_form(column))
    if rows is not None:
        _compare(dataset, "rows", str(file.metadata.num_rows), str(rows))
    for column in dataset.columns:
        width = _VARCHAR.fullmatch(column.redshift)
        if width is not None:
            _check_width(dataset, column, _longest(file.read(columns=[column.name]).column(0)), int(width[1]))


def _compare(dataset: TableSchema, what: str, found: str, expected: str) -> None:
    if found != expected:
        fact = f"The file for {dataset.table} does not fit: {what}: the file has {found}, the table takes {expected}."
        raise ParquetDoesNotFit(fact, evidence={"file": found, "table": expected})


def _check_width(dataset: TableSchema, column: Column, longest: str, width: int) -> None:
    size = len(longest.encode())
    if size > width:
        fact = f"The file for {dataset.table} does not fit: column {column.name}: the file has {size} bytes, the table takes {width}."
        raise ParquetDoesNotFit(fact, evidence={"file": size, "table": width, "longest": longest})


def _stored_form(column: pq.ColumnSchema) -> str:
    logical = column.logical_type.type
    stored_type = f"DECIMAL({column.precision},{column.scale})" if logical == "DECIMAL" else logical
    return f"{column.physical_type} {stored_type} {'OPTIONAL' if column.max_definition_level else 'REQUIRED'}"


def _expected_form(column: Column) -> str:
    numeric = _NUMERIC.fullmatch(column.redshift)
    if numeric is not None:
        precision, scale = int(numeric[1]), int(numeric[2])
        stored_type = f"{_decimal_storage(precision)} DECIMAL({precision},{scale})"
    else:
        stored_type = "BYTE_ARRAY STRING" if _VARCHAR.fullmatch(column.redshift) else _FORMS[column.redshift]
    return f"{stored_type} {'OPTIONAL' if column.nullable else 'REQUIRED'}"


def _decimal_storage(precision: int) -> str:
    if precision > _INT64_DIGITS:
        return "FIXED_LEN_BYTE_ARRAY"
    return "INT64" if precision > _INT32_DIGITS else "INT32"


def _longest(strings: "pa.ChunkedArray[Any]") -> str:
    """The string with the most bytes; each chunk's dictionary has every distinct string once."""
    longest = ""
    for chunk in strings.chunks:
        assert isinstance(chunk, pa.DictionaryArray), "the file was opened to read this column as a dictionary"
        distinct = chunk.dictionary
        assert isinstance(distinct, pa.StringArray), "the column's type is checked before its lengths"
        lengths = pc.binary_length(distinct)
        if len(distinct) and pc.max(lengths).as_py() > len(longest.encode()):
            longest = distinct[pc.index(lengths, pc.max(lengths)).as_py()].as_py()
    return longest
