"""Curated files and the manifests that COPY reads them by.

A manifest names each Parquet file with ``mandatory`` true and its ``content_length``, both of which COPY needs: the one is false by
default and a missing file then passes in silence, the other is required for columnar files
(https://docs.aws.amazon.com/redshift/latest/dg/loading-data-files-using-manifest.html). ``record_count`` and the top-level ``meta``
are ours, after the pattern of UNLOAD's verbose manifest, whose further keys COPY accepts
(https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html); never tried on a real workgroup.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Final

from tasks.lake.errors import DocumentUnreadable, ManifestDamaged
from tasks.lake.json_documents import JSON, parse_json
from tasks.lake.keys import curated_key, curated_part_key, manifest_key
from tasks.lake.store import LakeStore
from tasks.records import CuratedFile, Manifest

_PARQUET: Final = "application/vnd.apache.parquet"


def write_curated_file(store: LakeStore, dataset: str, parquet: bytes, rows: int, run_id: str) -> CuratedFile:
    """Stores a curated file; no manifest vouches for it yet.

    Args:
        store: where to.
        dataset: the name of what the rows are.
        parquet: the file, as ``tasks.curation.parquet.to_parquet`` makes it.
        rows: its rows.
        run_id: the run.
    """
    file_uri = store.put(curated_key(dataset, run_id), parquet, _PARQUET)
    return CuratedFile(file_uri, _digest(parquet), len(parquet), rows, dataset, run_id)


def write_curated_parts(store: LakeStore, dataset: str, parts: Iterable[tuple[int, bytes, int]], run_id: str) -> CuratedFile:
    """Stores the curated rows of a large load, several files; no manifest vouches for them yet.

    Args:
        store: where to.
        dataset: the name of what the rows are.
        parts: at least one: the number of the file or of the shard it is from, its bytes and its rows.
        run_id: the run.
    """
    stored = [
        CuratedFile(
            store.put(curated_part_key(dataset, run_id, number), parquet, _PARQUET), _digest(parquet), len(parquet), rows, dataset, run_id
        )
        for number, parquet, rows in parts
    ]
    size, rows = sum(part.file_bytes for part in stored), sum(part.rows for part in stored)
    return CuratedFile(stored[0].file_uri, _digest_of_all(stored), size, rows, dataset, run_id, parts=tuple(stored))


def write_manifest(store: LakeStore, curated: CuratedFile, key: str = "") -> Manifest:
    """Stores the manifest that vouches for a curated file.

    Args:
        store: where to.
        curated: the file, stored before.
        key: of the manifest, where it is not that of a load.

    Returns:
        The manifest; its sha256, over the manifest's own bytes, is the identity of the load.
    """
    meta: dict[str, object] = {
        "dataset": curated.dataset,
        "run_id": curated.run_id,
        "rows": curated.rows,
        "bytes": curated.file_bytes,
        "sha256": curated.file_sha256,
    }
    if curated.parts:
        meta["parts"] = [part.file_sha256 for part in curated.parts]
    entries = [
        {"url": file.file_uri, "mandatory": True, "meta": {"content_length": file.file_bytes, "record_count": file.rows}}
        for file in curated.files
    ]
    document = {"entries": entries, "meta": meta}
    body = json.dumps(document, indent=1).encode() + b"\n"
    uri = store.put(key or manifest_key(curated.dataset, curated.run_id), body, JSON)
    return Manifest(**vars(curated), uri=uri, sha256=_digest(body))


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
        entries, meta = document["entries"], document["meta"]
        files = [
            CuratedFile(
                entry["url"],
                sha256,
                entry["meta"]["content_length"],
                entry["meta"].get("record_count", meta["rows"]),
                meta["dataset"],
                meta["run_id"],
            )
            for entry, sha256 in zip(entries, meta.get("parts", [meta["sha256"]]), strict=True)
        ]
        manifest = Manifest(
            uri=store.uri(key),
            sha256=_digest(body),
            file_uri=files[0].file_uri,
            file_sha256=meta["sha256"],
            file_bytes=sum(file.file_bytes for file in files),
            rows=meta["rows"],
            dataset=meta["dataset"],
            run_id=meta["run_id"],
            parts=tuple(files) if "parts" in meta else (),
        )
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise DocumentUnreadable(f"{store.uri(key)} is not a manifest of a curated file.", evidence={"cause": repr(error)}) from None
    _prove(store, manifest)
    return manifest


def _prove(store: LakeStore, manifest: Manifest) -> None:
    for file in manifest.files:
        parquet = store.get(_key(store, file.file_uri))
        found = (len(parquet), _digest(parquet))
        if found != (file.file_bytes, file.file_sha256):
            evidence = {"expected": (file.file_bytes, file.file_sha256), "found": found}
            raise ManifestDamaged(f"{file.file_uri} is not the file that {manifest.uri} names.", "Run the day again.", evidence)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _digest_of_all(parts: Iterable[CuratedFile]) -> str:
    return _digest("".join(part.file_sha256 for part in parts).encode())


def _key(store: LakeStore, address: str) -> str:
    if not address.startswith("s3://"):
        return address
    home = store.uri("")
    if not address.startswith(home):
        raise ManifestDamaged(f"{address} is not in bucket {store.bucket}.", "Name that bucket with TICKERHOUSE_BUCKET.")
    return address.removeprefix(home)
