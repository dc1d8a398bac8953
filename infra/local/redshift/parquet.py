"""A Parquet file against a table: Redshift reads columns by position and wants types, lengths and NULLs to fit exactly."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from infra.local.redshift.columns import ColumnDefinition

UNMATCHED, TOO_LONG, NULL_VALUE, UNREADABLE = 15007, 15001, 1213, 15005


@dataclass(frozen=True)
class ScanError:
    """Why a file does not fit, with Redshift's code and the words of a load error."""

    code: int
    message: str
    column: str = ""
    column_type: str = ""
    value: str = ""
    line: int = 0
    raw: str = ""


class ParquetFile:
    """One file to be copied.

    Args:
        uri: Its address, for the words of errors.
        body: Its bytes.
        columns: The table's columns, in the order of the file's.

    Raises:
        pyarrow.ArrowInvalid: it is not a Parquet file.
    """

    def __init__(self, uri: str, body: bytes, columns: Sequence[ColumnDefinition]) -> None:
        self._uri = uri
        self._columns = columns
        self._file = pq.ParquetFile(io.BytesIO(body))
        self._schema: pa.Schema = self._file.schema_arrow

    @property
    def columns(self) -> Sequence[ColumnDefinition]:
        """The table's columns the file has; the trailing ones are missing only with FILLRECORD."""
        return self._columns[: len(self._schema)]

    def misfit(self, *, fill_record: bool, serialize_to_json: bool) -> ScanError | None:
        """Return why the schema does not fit, None where it does."""
        count = len(self._schema)
        if count != len(self._columns) and not (fill_record and count < len(self._columns)):
            return ScanError(
                UNMATCHED,
                f"Unmatched number of columns between table and file. Table columns: {len(self._columns)}, Data columns: {count}, "
                f"File name: {self._uri}",
            )
        for position, column in enumerate(self.columns):
            found = self._schema.field(position)
            if not _fits(found.type, column, serialize_to_json=serialize_to_json):
                return ScanError(
                    UNMATCHED,
                    f"File '{self._uri}' has an incompatible Parquet schema for column '{found.name}'. "
                    f"Column type: {column.declared_type.upper()}, Parquet schema: {found.type}",
                    column.name,
                    column.declared_type,
                )
            if wrong := self._wrong_length(found):
                return ScanError(TOO_LONG, wrong, column.name, column.declared_type)
        return None

    def parts(self) -> Iterator[pa.Table]:
        """Yield the rows, one row group at a time, with columns named c0, c1 … and types DuckDB can read."""
        names = [f"c{position}" for position in range(len(self._schema))]
        for group in range(self._file.num_row_groups):
            rows = self._file.read_row_group(group).rename_columns(names)
            yield pa.Table.from_arrays([_readable(rows.column(name)) for name in names], names=names)

    def unfit_value(self, rows: pa.Table) -> ScanError | None:
        """Return the first value a column cannot hold: a NULL where none may be, or more bytes than declared."""
        for position, column in enumerate(self.columns):
            values = rows.column(position)
            if not column.nullable and values.null_count:
                return ScanError(NULL_VALUE, "Missing data for not-null field", column.name, column.declared_type)
            if column.byte_length and (longest := _longest(values)) is not None and longest[0] > column.byte_length:
                return ScanError(
                    TOO_LONG,
                    f"The length of the data column {column.name} is longer than the length defined in the table. "
                    f"Table: {column.byte_length}, Data: {longest[0]}, File name: {self._uri}",
                    column.name,
                    column.declared_type,
                    longest[1],
                )
        return None

    def _wrong_length(self, found: "pa.Field[Any]") -> str | None:
        if not pa.types.is_decimal(found.type):
            return None
        leaves = [self._file.schema.column(index) for index in range(len(self._file.schema))]
        stored = next((leaf for leaf in leaves if leaf.path == found.name), None)
        if stored is None or stored.physical_type != "FIXED_LEN_BYTE_ARRAY":
            return None
        needed = (len(bin(10**found.type.precision - 1)) - 1 + 7) // 8
        if stored.length == needed:
            return None
        return f"column '{found.name}' has an invalid type length. Expecting: {needed} len in file: {stored.length}"


def _readable(values: "pa.ChunkedArray[Any]") -> "pa.ChunkedArray[Any]":
    type_ = values.type
    if pa.types.is_dictionary(type_):
        return values.cast(type_.value_type)
    if pa.types.is_decimal(type_) and not pa.types.is_decimal128(type_):
        return values.cast(pa.decimal128(type_.precision, type_.scale))
    return values


def _longest(values: "pa.ChunkedArray[Any]") -> tuple[int, str] | None:
    if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type) or pa.types.is_binary(values.type)):
        return None
    lengths = pc.binary_length(values)
    longest = pc.max(lengths).as_py()
    if longest is None:
        return None
    value = values[pc.index(lengths, longest).as_py()].as_py()
    return int(longest), str(value)[:1024]


def _fits(found: pa.DataType, column: ColumnDefinition, *, serialize_to_json: bool) -> bool:
    stored = column.plain_type
    if pa.types.is_dictionary(found):
        found = found.value_type
    if stored == "JSON":
        return serialize_to_json or not pa.types.is_nested(found)
    if pa.types.is_decimal(found):
        return stored == f"DECIMAL({found.precision},{found.scale})"
    if pa.types.is_timestamp(found):
        return stored in {"TIMESTAMP", "TIMESTAMP WITH TIME ZONE"}
    return any(is_type(found) and stored in taken for is_type, taken in _TAKEN)


_TAKEN = (
    (pa.types.is_int8, {"SMALLINT", "INTEGER"}),
    (pa.types.is_int16, {"SMALLINT", "INTEGER"}),
    (pa.types.is_int32, {"INTEGER"}),
    (pa.types.is_int64, {"BIGINT"}),
    (pa.types.is_float32, {"FLOAT"}),
    (pa.types.is_float64, {"DOUBLE"}),
    (pa.types.is_boolean, {"BOOLEAN"}),
    (pa.types.is_date, {"DATE"}),
    (pa.types.is_string, {"VARCHAR"}),
    (pa.types.is_large_string, {"VARCHAR"}),
    (pa.types.is_binary, {"VARCHAR", "BLOB"}),
)
