"""Reads the kept file of a past load for loading it again."""

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.lake.manifests import read_manifest, write_manifest
from tasks.lake.store import LakeStore
from tasks.orchestration.curated_file import write_curated
from tasks.records import Manifest
from tasks.schema import TableSchema


def kept_rows(lake: LakeStore, schema: TableSchema, manifest: Manifest) -> pa.Table:
    """The rows of a curated file, with nulls in columns that its table has got since.

    Raises:
        LakeError: the file is not there.
    """
    files = [lake.get(file.file_uri.removeprefix(lake.uri(""))) for file in manifest.files]
    kept = pa.concat_tables([pq.read_table(io.BytesIO(parquet), coerce_int96_timestamp_unit="us") for parquet in files])
    nothing: dict[str, Any] = dict.fromkeys(schema.column_names, [None] * kept.num_rows)
    columns = {**nothing, **{name: kept.column(name) for name in kept.column_names}}
    return pa.table(list(columns.values()), schema=schema.arrow)


def kept_manifest(lake: LakeStore, schema: TableSchema, address: str) -> Manifest:
    """The manifest of a past load, its file proven.

    A file that was written before a column of the table was added is written anew with nulls in it: COPY wants every column.

    Args:
        lake: of the run.
        schema: of its table.
        address: the manifest's ``s3://`` address.

    Raises:
        LakeError: manifest or file are not there, or not what they were.
        ParquetDoesNotFit: the file lacks a column that may not be null.
    """
    manifest = read_manifest(lake, address)
    first = lake.get(manifest.file_uri.removeprefix(lake.uri("")))
    if tuple(pq.read_schema(io.BytesIO(first)).names) == schema.column_names:
        return manifest
    return write_manifest(lake, write_curated(lake, schema, kept_rows(lake, schema, manifest), manifest.run_id))
