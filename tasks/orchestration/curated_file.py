"""Writes the curated file of a dataset for its load."""

import pyarrow as pa

from tasks.curation.curate import Curated
from tasks.curation.parquet import check_footer, to_parquet
from tasks.lake.manifests import write_curated_file
from tasks.lake.store import LakeStore
from tasks.records import CuratedFile
from tasks.schema import TableSchema


def write_curated(lake: LakeStore, schema: TableSchema, rows: pa.Table | Curated, run_id: str) -> CuratedFile:
    """Writes curated rows as one Parquet file.

    Args:
        lake: with the load role's rights.
        schema: of the table they go into; the rows have its Arrow columns.
        rows: curated.
        run_id: names the file.

    Raises:
        ParquetDoesNotFit: the file is not what COPY must find; nothing was written.
        LakeError: the lake cannot be written.
    """
    return write_curated_file(lake, schema.name, curated_parquet(schema, rows), rows.num_rows, run_id)


def curated_parquet(schema: TableSchema, rows: pa.Table | Curated) -> bytes:
    """The Parquet file of curated rows.

    Raises:
        ParquetDoesNotFit: the file is not what COPY must find.
    """
    parquet = to_parquet(rows, schema)
    check_footer(parquet, schema, rows.num_rows)
    return parquet
