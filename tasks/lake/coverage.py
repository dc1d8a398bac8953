"""What is held, per symbol and dataset, remembered from run to run."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from tasks.lake.errors import DocumentUnreadable, ObjectMissing, UnfitForKey
from tasks.lake.json_documents import checked_version, get_json, put_json
from tasks.lake.keys import coverage_key, sha256_of
from tasks.lake.store import LakeStore
from tasks.records import SymbolCoverage

_VERSION: Final = 1


def read_coverage(store: LakeStore, dataset: str) -> dict[str, SymbolCoverage]:
    """What is held of a dataset, by symbol; empty before the first run.

    Raises:
        DocumentUnreadable: the document has another version or shape.
    """
    key = coverage_key(dataset)
    try:
        document = get_json(store, key)
    except ObjectMissing:
        return {}
    entries = checked_version(document, _VERSION, store.uri(key)).get("symbols")
    try:
        return {symbol: _held(entry) for symbol, entry in entries.items()}  # type: ignore[union-attr]
    except (AttributeError, KeyError, IndexError, TypeError, ValueError, UnfitForKey) as error:
        way_out = "Restore an earlier version of the object, or move it away: everything is then asked for again, nothing is lost."
        raise DocumentUnreadable(f"{store.uri(key)} is no coverage.", way_out, {"cause": repr(error)}) from None


def write_coverage(store: LakeStore, dataset: str, coverage: Mapping[str, SymbolCoverage]) -> None:
    """Writes what is held of a dataset, whole: symbols that are left out are forgotten."""
    symbols = {symbol: _entry(held) for symbol, held in coverage.items()}
    put_json(store, coverage_key(dataset), {"version": _VERSION, "dataset": dataset, "symbols": symbols})


def _entry(held: SymbolCoverage) -> dict[str, object]:
    return {
        "first_session": held.first_session.isoformat(),
        "last_session": held.last_session.isoformat(),
        "observed_at": held.observed_at.isoformat(),
        "full_history_at": held.full_history_at.isoformat() if held.full_history_at else None,
        # A list, since the order counts and the document's keys are sorted; the sha256 stands in each key.
        "captures": list(held.captures.values()),
        "gap": [session.isoformat() for session in held.gap] if held.gap else None,
    }


def _held(entry: Mapping[str, Any]) -> SymbolCoverage:
    full_history_at = entry["full_history_at"]
    gap = entry.get("gap")  # coverage written before gaps were remembered has none
    return SymbolCoverage(
        first_session=date.fromisoformat(entry["first_session"]),
        last_session=date.fromisoformat(entry["last_session"]),
        observed_at=datetime.fromisoformat(entry["observed_at"]),
        full_history_at=datetime.fromisoformat(full_history_at) if full_history_at else None,
        captures={sha256_of(key): key for key in entry["captures"]},
        gap=(date.fromisoformat(gap[0]), date.fromisoformat(gap[1])) if gap else None,
    )
