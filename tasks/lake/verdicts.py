"""What is remembered of earlier verdicts: the latest runs for their index, and how many bars each symbol's capture had."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tasks.lake.errors import DocumentUnreadable, ObjectMissing
from tasks.lake.json_documents import checked_version, get_json, put_json
from tasks.lake.keys import capture_sizes_key, verdicts_key
from tasks.lake.store import LakeStore

_VERSION: Final = 1


def read_verdicts(store: LakeStore) -> list[dict[str, Any]]:
    """The latest runs as they were written; none before the first.

    Raises:
        DocumentUnreadable: the document has another version or shape.
    """
    entries = _read(store, verdicts_key(), "runs", [])
    if not isinstance(entries, list):
        raise DocumentUnreadable(f"{store.uri(verdicts_key())} lists no runs.", "Move it away: the index begins anew.")
    return entries


def write_verdicts(store: LakeStore, entries: Sequence[Mapping[str, Any]]) -> None:
    """Writes the latest runs whole."""
    put_json(store, verdicts_key(), {"version": _VERSION, "runs": [dict(entry) for entry in entries]})


def read_capture_sizes(store: LakeStore, dataset: str) -> dict[str, dict[str, int]]:
    """How many bars the latest capture of a symbol had, by symbol and by output size; none before the first run.

    Raises:
        DocumentUnreadable: the document has another version or shape.
    """
    sizes = _read(store, capture_sizes_key(dataset), "bars", {})
    if not isinstance(sizes, dict):
        raise DocumentUnreadable(f"{store.uri(capture_sizes_key(dataset))} holds no sizes.", "Move it away: it is only compared with.")
    return sizes


def write_capture_sizes(store: LakeStore, dataset: str, sizes: Mapping[str, Mapping[str, int]]) -> None:
    """Writes the sizes whole."""
    put_json(store, capture_sizes_key(dataset), {"version": _VERSION, "bars": {symbol: dict(each) for symbol, each in sizes.items()}})


def _read(store: LakeStore, key: str, member: str, otherwise: object) -> Any:
    try:
        document = get_json(store, key)
    except ObjectMissing:
        return otherwise
    return checked_version(document, _VERSION, store.uri(key)).get(member)
