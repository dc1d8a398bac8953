"""The ledger of an API key's calls, kept between runs; what it means is the planning's business."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from tasks.lake.errors import DocumentUnreadable, ObjectChanged, ObjectMissing
from tasks.lake.json_documents import JSON, checked_version, parse_json, put_json
from tasks.lake.keys import budget_key
from tasks.lake.store import LakeStore

_VERSION: Final = 1
_TRIES: Final = 10


def read_ledger(store: LakeStore, key_fingerprint: str) -> dict[str, Any]:
    """The ledger as it was written; empty before the key's first run.

    Raises:
        DocumentUnreadable: the document has another version or shape.
    """
    return _read(store, key_fingerprint)[0]


def write_ledger(store: LakeStore, key_fingerprint: str, ledger: Mapping[str, Any]) -> None:
    """Writes the ledger whole.

    Args:
        store: where to.
        key_fingerprint: stands for the API key, which is never written.
        ledger: what JSON can say.
    """
    put_json(store, budget_key(key_fingerprint), _document(ledger))


def change_ledger(
    store: LakeStore,
    key_fingerprint: str,
    change: Callable[[dict[str, Any]], Mapping[str, Any]],
    *,
    is_guarded: bool,
) -> None:
    """Reads the ledger, changes it and writes it.

    Args:
        store: where it is.
        key_fingerprint: stands for the API key.
        change: what to make of it; applied again where somebody else wrote it meanwhile. What it raises leaves the ledger as it was.
        is_guarded: whether the store looks at conditions; where it does not, the run's hold on the key alone keeps others away.

    Raises:
        ObjectChanged: somebody else wrote it again and again.
        DocumentUnreadable: the document has another version or shape.
    """
    for _ in range(_TRIES):
        ledger, tag = _read(store, key_fingerprint)
        changed = change(ledger)
        if not is_guarded:
            write_ledger(store, key_fingerprint, changed)
            return
        try:
            body = json.dumps(_document(changed), indent=1, sort_keys=True, allow_nan=False).encode() + b"\n"
            store.put_if(budget_key(key_fingerprint), body, JSON, tag)
        except ObjectChanged:
            continue
        return
    raise ObjectChanged(
        f"{store.uri(budget_key(key_fingerprint))} was changed {_TRIES} times while it was being changed.",
        "See which other program uses the key.",
    )


def _read(store: LakeStore, key_fingerprint: str) -> tuple[dict[str, Any], str | None]:
    key = budget_key(key_fingerprint)
    try:
        body, tag = store.get_tagged(key)
    except ObjectMissing:
        return {}, None
    ledger = checked_version(parse_json(body, store.uri(key)), _VERSION, store.uri(key)).get("ledger")
    if not isinstance(ledger, dict):
        way_out = "Restore an earlier version of the object; without it today's calls count as unspent."
        raise DocumentUnreadable(f"{store.uri(key)} holds no ledger.", way_out)
    return ledger, tag


def _document(ledger: Mapping[str, Any]) -> dict[str, Any]:
    return {"version": _VERSION, "ledger": dict(ledger)}
