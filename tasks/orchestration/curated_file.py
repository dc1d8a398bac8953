"""Writes the curated rows of a dataset for their load."""

from collections.abc import Iterator

import pyarrow as pa

from tasks.ahead import ahead
from tasks.curation.curate import Curated
from tasks.curation.parquet import FILES_AT_ONCE, check_footer, number_of_files, to_parquet
from tasks.lake.manifests import write_curated_file, write_curated_parts
from tasks.lake.store import LakeStore
from tasks.records import CuratedFile
from tasks.schema import TableSchema


def write_curated(lake: LakeStore, schema: TableSchema, rows: pa.Table | Curated, run_id: str, slices: int = 1) -> CuratedFile:
    """Writes curated rows as one Parquet file, or, for a large load, as several that COPY reads at once.

    Args:
        lake: with the load role's rights.
        schema: of the table they go into; the rows have its Arrow columns.
        rows: curated; a table is always one file.
        run_id: names the file.
        slices: of the workgroup; see :func:`tasks.curation.parquet.number_of_files`.

    Raises:
        ParquetDoesNotFit: a file is not what COPY must find; nothing vouches for what was written.
        LakeError: the lake cannot be written.
    """
    files = number_of_files(rows.num_rows, slices) if isinstance(rows, Curated) else 1
    if isinstance(rows, Curated) and files > 1:
        return write_curated_parts(lake, schema.name, _proven(schema, rows, files), run_id)
    return write_curated_file(lake, schema.name, curated_parquet(schema, rows), rows.num_rows, run_id)


def _proven(schema: TableSchema, rows: Curated, files: int) -> Iterator[tuple[int, bytes, int]]:
    pieces = ((number, piece.num_rows, piece) for number, piece in enumerate(rows.cut(files)))
    return ahead(lambda piece: (piece[0], curated_parquet(schema, piece[2]), piece[1]), pieces, FILES_AT_ONCE)


def curated_parquet(schema: TableSchema, rows: pa.Table | Curated) -> bytes:
    """The Parquet file of curated rows.

    Raises:
        ParquetDoesNotFit: the file is not what COPY must find.
    """
    parquet = to_parquet(rows, schema)
    check_footer(parquet, schema, rows.num_rows)
    return parquet
