"""Curated files and the manifests that COPY reads them by.

A manifest names one Parquet file with ``mandatory`` true and its ``content_length``, both of which COPY needs: the one is false by
default and a missing file then passes in silence, the other is required for columnar files
(https://docs.aws.amazon.com/redshift/latest/dg/loading-data-files-using-manifest.html). ``record_count`` and the top-level ``meta``
are ours, after the pattern of UNLOAD's verbose manifest, whose further keys COPY accepts
(https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html); never tried on a real workgroup.
"""

import hashlib
import json
from typing import Final

from tasks.lake.errors import DocumentUnreadable, ManifestDamaged
from tasks.lake.json_documents import JSON, parse_json
from tasks.lake.keys import curated_key, manifest_key
from tasks.lake.store import LakeStore
from tasks.records import Manifest
from tasks.schema import TableSchema

_PARQUET: Final = "application/vnd.apache.parquet"


def write_manifest(store: LakeStore, dataset: TableSchema, parquet: bytes, rows: int, run_id: str) -> Manifest:
    """Stores a curated file, then the manifest that vouches for it.

    Args:
        store: where to.
        dataset: what the rows are.
        parquet: the file, as ``tasks.curation.parquet.to_parquet`` makes it.
        rows: its rows.
        run_id: the run.

    Returns:
        The manifest; its sha256, over the manifest's own bytes, is the identity of the load.
    """
    file_sha256 = hashlib.sha256(parquet).hexdigest()
    file_uri = store.put(curated_key(dataset.name, run_id), parquet, _PARQUET)
    document = {
        "entries": [{"url": file_uri, "mandatory": True, "meta": {"content_length": len(parquet), "record_count": rows}}],
        "meta": {"dataset": dataset.name, "run_id": run_id, "rows": rows, "bytes": len(parquet), "sha256": file_sha256},
    }
    body = json.dumps(document, indent=1).encode() + b"\n"
    uri = store.put(manifest_key(dataset.name, run_id), body, JSON)
    return Manifest(uri, hashlib.sha256(body).hexdigest(), file_uri, file_sha256, len(parquet), rows, dataset.name, run_id)


def read_manifest(store: LakeStore, address: str) -> Manifest:
    """Reads a manifest back and proves it against its file.

    Args:
        store: where from.
        address: the manifest's key, or its ``s3://`` address in the store's bucket.

    Raises:
        ObjectMissing: the manifest or its file is not there.
        DocumentUnreadable: it is no manifest of ours.
        ManifestDamaged: the file is in another bucket, or its bytes are not those the manifest vouches for.
    """
    key = _key(store, address)
    body = store.get(key)
    document = parse_json(body, store.uri(key))
    try:
        (entry,) = document["entries"]
        meta = document["meta"]
        manifest = Manifest(
            uri=store.uri(key),
            sha256=hashlib.sha256(body).hexdigest(),
            file_uri=entry["url"],
            file_sha256=meta["sha256"],
            file_bytes=entry["meta"]["content_length"],
            rows=meta["rows"],
            dataset=meta["dataset"],
            run_id=meta["run_id"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DocumentUnreadable(f"{store.uri(key)} is no manifest of a curated file.", evidence={"cause": repr(error)}) from None
    _prove(store, manifest)
    return manifest


def _prove(store: LakeStore, manifest: Manifest) -> None:
    parquet = store.get(_key(store, manifest.file_uri))
    found = hashlib.sha256(parquet).hexdigest()
    if (len(parquet), found) != (manifest.file_bytes, manifest.file_sha256):
        evidence = {"expected": (manifest.file_bytes, manifest.file_sha256), "found": (len(parquet), found)}
        raise ManifestDamaged(f"{manifest.file_uri} is not the file that {manifest.uri} names.", "Run the day again.", evidence)


def _key(store: LakeStore, address: str) -> str:
    if not address.startswith("s3://"):
        return address
    home = store.uri("")
    if not address.startswith(home):
        raise ManifestDamaged(f"{address} is not in bucket {store.bucket}.", "Name that bucket with TICKERHOUSE_BUCKET.")
    return address.removeprefix(home)
