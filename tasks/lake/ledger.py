"""The ledger of an API key's calls, kept between runs; what it means is the planning's business."""

from collections.abc import Mapping
from typing import Any, Final

from tasks.lake.documents import checked_version, get_json, put_json
from tasks.lake.errors import DocumentUnreadable, ObjectMissing
from tasks.lake.keys import budget_key
from tasks.lake.store import LakeStore

_VERSION: Final = 1


def read_ledger(store: LakeStore, key_fingerprint: str) -> dict[str, Any]:
    """The ledger as it was written; empty before the key's first run.

    Raises:
        DocumentUnreadable: the document has another version or shape.
    """
    key = budget_key(key_fingerprint)
    try:
        document = get_json(store, key)
    except ObjectMissing:
        return {}
    ledger = checked_version(document, _VERSION, store.uri(key)).get("ledger")
    if not isinstance(ledger, dict):
        way_out = "Restore an earlier version of the object; without it today's calls count as unspent."
        raise DocumentUnreadable(f"{store.uri(key)} holds no ledger.", way_out)
    return ledger


def write_ledger(store: LakeStore, key_fingerprint: str, ledger: Mapping[str, Any]) -> None:
    """Writes the ledger whole.

    Args:
        store: where to.
        key_fingerprint: stands for the API key, which is never written.
        ledger: what JSON can say.
    """
    put_json(store, budget_key(key_fingerprint), {"version": _VERSION, "ledger": dict(ledger)})
