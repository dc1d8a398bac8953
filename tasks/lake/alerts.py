"""What was said of a flow and what is silenced, kept between runs; what it means is the alerting's business."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tasks.lake.errors import DocumentUnreadable, ObjectMissing
from tasks.lake.json_documents import checked_version, get_json, put_json
from tasks.lake.keys import history_key, said_key, silences_key
from tasks.lake.store import LakeStore

_VERSION: Final = 1


def read_said(store: LakeStore, flow: str) -> list[dict[str, Any]]:
    """What was said of a flow, as it was written; empty before anything was.

    Raises:
        DocumentUnreadable: the document has another version or shape.
    """
    return _read(store, said_key(flow), "said")


def write_said(store: LakeStore, flow: str, said: Sequence[Mapping[str, Any]]) -> None:
    """Writes what was said of a flow, whole."""
    _write(store, said_key(flow), "said", said)


def read_silences(store: LakeStore) -> list[dict[str, Any]]:
    """The silences, those that have ended included.

    Raises:
        DocumentUnreadable: the document has another version or shape.
    """
    return _read(store, silences_key(), "silences")


def write_silences(store: LakeStore, silences: Sequence[Mapping[str, Any]]) -> None:
    """Writes the silences, whole."""
    _write(store, silences_key(), "silences", silences)


def read_history(store: LakeStore, flow: str) -> list[dict[str, Any]]:
    """A flow's latest runs in short, oldest first.

    Raises:
        DocumentUnreadable: the document has another version or shape.
    """
    return _read(store, history_key(flow), "runs")


def write_history(store: LakeStore, flow: str, runs: Sequence[Mapping[str, Any]]) -> None:
    """Writes a flow's latest runs, whole."""
    _write(store, history_key(flow), "runs", runs)


def _read(store: LakeStore, key: str, name: str) -> list[dict[str, Any]]:
    try:
        document = get_json(store, key)
    except ObjectMissing:
        return []
    entries = checked_version(document, _VERSION, store.uri(key)).get(name)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise DocumentUnreadable(f"{store.uri(key)} holds no list of {name}.", "Move it away; alerts may then be said once more.")
    return entries


def _write(store: LakeStore, key: str, name: str, entries: Sequence[Mapping[str, Any]]) -> None:
    put_json(store, key, {"version": _VERSION, name: [dict(entry) for entry in entries]})
