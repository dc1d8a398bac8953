"""JSON documents of the lake, for machines and for people who look into the bucket: indented, keys sorted, whole."""

import json
from collections.abc import Mapping
from typing import Any

from tasks.lake.errors import DocumentUnreadable
from tasks.lake.store import LakeStore

JSON = "application/json"


def put_json(store: LakeStore, key: str, document: Mapping[str, Any]) -> str:
    """Writes a document whole and returns its ``s3://`` address.

    Args:
        store: where to.
        key: as ``tasks.lake.keys`` names it.
        document: what JSON can say: no instants, no decimals, no NaN.

    Raises:
        ValueError: NaN or infinity, which JSON has no word for.
    """
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return store.put(key, text.encode() + b"\n", JSON)


def get_json(store: LakeStore, key: str) -> dict[str, Any]:
    """Reads a document.

    Raises:
        ObjectMissing: it is not there.
        DocumentUnreadable: it is no JSON object.
    """
    return parse_json(store.get(key), store.uri(key))


def parse_json(body: bytes, place: str) -> dict[str, Any]:
    """A JSON object from its bytes.

    Args:
        body: UTF-8 text.
        place: where it was read, for the error.

    Raises:
        DocumentUnreadable: no JSON, or JSON that is no object.
    """
    try:
        document = json.loads(body)
    except ValueError as error:
        raise DocumentUnreadable(f"{place} is not JSON ({type(error).__name__}).", _RESTORE) from None
    if not isinstance(document, dict):
        raise DocumentUnreadable(f"{place} holds a {type(document).__name__}, not an object.", _RESTORE)
    return document


def checked_version(document: Mapping[str, Any], version: int, place: str) -> Mapping[str, Any]:
    """The document, where it is of the one version this release writes.

    Raises:
        DocumentUnreadable: another version, or none.
    """
    found = document.get("version")
    if found != version:
        way_out = "It was written by another release: run that one, or move the document away."
        raise DocumentUnreadable(f"{place} is of version {found!r}; this release reads {version}.", way_out, {"version": found})
    return document


_RESTORE = "Restore an earlier version of the object, or move it away."
