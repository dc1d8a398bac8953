"""The curated file that a load is given, and its manifest: one way to write it for all that is loaded."""

import pyarrow as pa

from tasks.curation.parquet import check_footer, to_parquet
from tasks.lake.manifests import write_manifest
from tasks.lake.store import LakeStore
from tasks.records import Manifest
from tasks.schema import TableSchema


def write_curated(lake: LakeStore, dataset: TableSchema, rows: pa.Table, run_id: str) -> Manifest:
    """Writes curated rows as one Parquet file, and its manifest.

    Args:
        lake: with the load step's rights.
        dataset: whose rows; the table has its Arrow columns.
        rows: curated.
        run_id: names the file.

    Raises:
        ParquetDoesNotFit: the file is not what COPY must find; nothing was written.
        LakeError: the lake cannot be written.
    """
    parquet = to_parquet(rows, dataset)
    check_footer(parquet, dataset, rows.num_rows)
    return write_manifest(lake, dataset, parquet, rows.num_rows, run_id)
