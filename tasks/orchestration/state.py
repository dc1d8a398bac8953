"""The state documents that runs keep for later runs, each with its key, its model and how to recover from damage.

``state.coverage("daily_prices").read(lake)``. How a document is read, written and changed stands in ``tasks/lake/state.py``. A document
whose form changes gets the next ``version`` and an entry in ``upgrades`` that makes the new form of the old one; it is then read in both.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from pydantic import TypeAdapter

from tasks.alerting.deduplication import SentAlert, Silence
from tasks.lake import keys
from tasks.lake.state import StateDocument
from tasks.planning.budget import EMPTY_LEDGER, Ledger
from tasks.planning.capabilities import NOTHING_KNOWN, Capabilities
from tasks.planning.price_jumps import PriceJump
from tasks.quality.report_index import IndexEntry
from tasks.records import Instant, SymbolCoverage
from tasks.summary.changes import PastRun
from tasks.warehouse.rebuild import PastLoad

_Entries = dict[str, dict[str, Any]]


_DAY: Final = timedelta(days=1)


def _coverage_from_stored(symbols: _Entries) -> _Entries:
    return {symbol: _held_from_stored(**held) for symbol, held in symbols.items()}


def _held_from_stored(*, ranges: list[list[str]], captures: list[str], **others: Any) -> dict[str, Any]:
    starts, ends = [start for start, _ in ranges], [end for _, end in ranges]
    gaps = [[_moved(end, _DAY), _moved(start, -_DAY)] for end, start in zip(ends[:-1], starts[1:], strict=True)]
    by_sha256 = {keys.sha256_of(key): key for key in captures}
    return {**others, "first_session": starts[0], "last_session": ends[-1], "gaps": gaps, "captures": by_sha256}


def _coverage_to_stored(symbols: _Entries) -> _Entries:
    # Captures are a list, since their order counts and the document's keys are sorted; the sha256 stands in each key.
    return {symbol: _held_to_stored(**{**held, "captures": list(held["captures"].values())}) for symbol, held in symbols.items()}


def _held_to_stored(*, first_session: str, last_session: str, gaps: list[list[str]], **others: Any) -> dict[str, Any]:
    starts = [first_session, *(_moved(last, _DAY) for _, last in gaps)]
    ends = [*(_moved(first, -_DAY) for first, _ in gaps), last_session]
    return {**others, "ranges": [list(pair) for pair in zip(starts, ends, strict=True)]}


def _with_ranges(symbols: _Entries) -> _Entries:
    """Version 1 named the first and the last session, and one gap between them."""
    return {symbol: _held_with_ranges(**held) for symbol, held in symbols.items()}


def _held_with_ranges(*, gap: list[str] | None = None, **others: Any) -> dict[str, Any]:
    return _held_to_stored(**others, gaps=[gap] if gap else [])


def _moved(day: str, by: timedelta) -> str:
    return (date.fromisoformat(day) + by).isoformat()


def _without_empty_text(loads: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**past, "removed_before": past["removed_before"] or None} for past in loads]


@dataclass(frozen=True)
class LastContact:
    """When the warehouse was last looked at, and what was loaded last.

    Attributes:
        at: UTC.
        newest_load: the ``s3://`` address of its manifest; empty where nothing was loaded yet.
    """

    at: Instant
    newest_load: str = ""


@dataclass(frozen=True)
class CurrentFiles:
    """What is known of the current files of a dataset under ``lake/``.

    Attributes:
        rows: by year, how many rows the file has.
        read_through: the newest change of the table that they hold, by the warehouse's audit, UTC; None where nothing was written yet.
        loads: the changes of that second that they hold, by load id.
        stale: the years whose file lacks a change, because writing it failed.
        registered: the columns and years that the catalog knows, as a digest; empty for none.
    """

    rows: dict[str, int] = field(default_factory=dict)
    read_through: Instant | None = None
    loads: tuple[str, ...] = ()
    stale: tuple[int, ...] = ()
    registered: str = ""


_COVERAGE: Final = TypeAdapter(dict[str, SymbolCoverage])
_CAPTURE_SIZES: Final = TypeAdapter(dict[str, dict[str, int]])
_PRICE_JUMPS: Final = TypeAdapter(dict[str, PriceJump])
_INSTANTS: Final = TypeAdapter(dict[str, Instant])
_LEDGER: Final = TypeAdapter(Ledger)
_CAPABILITIES: Final = TypeAdapter[Capabilities](Capabilities)
_SENT_ALERTS: Final = TypeAdapter(tuple[SentAlert, ...])
_SILENCES: Final = TypeAdapter(tuple[Silence, ...])
_HISTORY: Final = TypeAdapter(tuple[PastRun, ...])
_VERDICTS: Final = TypeAdapter(tuple[IndexEntry, ...])
_LAST_CONTACT: Final = TypeAdapter[LastContact | None](LastContact | None)
_CURRENT_FILES: Final = TypeAdapter(CurrentFiles)
_LOADS: Final = TypeAdapter(tuple[PastLoad, ...])

_RESTORE: Final = "Restore an earlier version of the object"


def coverage(dataset: str) -> StateDocument[dict[str, SymbolCoverage]]:
    """By symbol, what is held of a dataset."""
    way_out = f"{_RESTORE}, or move it away: everything is then requested again; nothing is lost."
    key = keys.coverage_key(dataset)
    return StateDocument(
        key,
        "coverage",
        "symbols",
        _COVERAGE,
        dict,
        way_out,
        labels={"dataset": dataset},
        version=2,
        upgrades={1: _with_ranges},
        from_stored=_coverage_from_stored,
        to_stored=_coverage_to_stored,
    )


def capture_sizes(dataset: str) -> StateDocument[dict[str, dict[str, int]]]:
    """By symbol and by output size, how many bars the latest capture had."""
    way_out = "Move it away: it is only compared with."
    return StateDocument(keys.capture_sizes_key(dataset), "list of capture sizes", "bars", _CAPTURE_SIZES, dict, way_out)


def price_jumps(dataset: str) -> StateDocument[dict[str, PriceJump]]:
    """By symbol, the price jump that no event explains yet. The only document whose damage costs nothing that a run needs."""
    way_out = "Move it away; the next run finds them again."
    return StateDocument(keys.moves_key(dataset), "list of price jumps", "moves", _PRICE_JUMPS, dict, way_out, is_disposable=True)


def backfill_requests(dataset: str) -> StateDocument[dict[str, Instant]]:
    """By symbol, when a backfill requested it last."""
    way_out = "Move it away; backfills then begin again with the first symbol that lacks sessions."
    return StateDocument(keys.backfill_key(dataset), "list of requests", "requested_at", _INSTANTS, dict, way_out)


def ledger(key_fingerprint: str) -> StateDocument[Ledger]:
    """The calls that an API key has spent. A damaged one is never taken for an empty one: that would spend the day twice."""
    way_out = f"{_RESTORE}, or move it away if the calls of today may be counted from zero."
    return StateDocument(keys.budget_key(key_fingerprint), "ledger of calls", "ledger", _LEDGER, lambda: EMPTY_LEDGER, way_out)


def capabilities(key_fingerprint: str) -> StateDocument[Capabilities]:
    """What an API key may do, as far as it is known."""
    way_out = "Move it away; the next run learns it again."
    key = keys.capabilities_key(key_fingerprint)
    return StateDocument(key, "list of capabilities", "capabilities", _CAPABILITIES, lambda: NOTHING_KNOWN, way_out)


def sent_alerts(flow: str) -> StateDocument[tuple[SentAlert, ...]]:
    """The alerts that were sent for a flow."""
    way_out = "Move it away; alerts may then be sent once more."
    return StateDocument(keys.sent_alerts_key(flow), "list of sent alerts", "said", _SENT_ALERTS, tuple, way_out)


def silences() -> StateDocument[tuple[Silence, ...]]:
    """The silences, those that have ended included."""
    way_out = "Move it away; silenced alerts are then sent again."
    return StateDocument(keys.silences_key(), "list of silences", "silences", _SILENCES, tuple, way_out)


def history(flow: str) -> StateDocument[tuple[PastRun, ...]]:
    """A flow's latest runs in short, oldest first."""
    way_out = "Move it away; the history of the flow then starts empty."
    return StateDocument(keys.history_key(flow), "history of runs", "runs", _HISTORY, tuple, way_out)


def verdicts() -> StateDocument[tuple[IndexEntry, ...]]:
    """The latest verdicts, newest first, for the page that lists them."""
    way_out = "Move it away; the page of the latest runs then starts empty."
    return StateDocument(keys.verdicts_key(), "list of verdicts", "runs", _VERDICTS, tuple, way_out, to_stored=_without_unset)


def last_contact() -> StateDocument[LastContact | None]:
    """The newest load and the last contact with the warehouse; None where there was none yet."""
    way_out = "Move it away; the next load writes it again."
    return StateDocument(keys.last_contact_key(), "last contact with the warehouse", "contact", _LAST_CONTACT, lambda: None, way_out)


def current_files(dataset: str) -> StateDocument[CurrentFiles]:
    """What is known of a dataset's current files."""
    way_out = "Move it away; the next load then writes every year again."
    return StateDocument(keys.current_files_key(dataset), "list of current files", "files", _CURRENT_FILES, CurrentFiles, way_out)


def rebuild_loads() -> StateDocument[tuple[PastLoad, ...]]:
    """The loads that a rebuild which has begun is to repeat; none where no rebuild is under way."""
    way_out = f"{_RESTORE}, or move it away if the warehouse's own audit is whole."
    upgrades = {0: _without_empty_text}
    return StateDocument(keys.rebuild_key(), "list of loads", "loads", _LOADS, tuple, way_out, upgrades=upgrades, unversioned_is=0)


_UNSET: Final = {"flow": "", "status": "", "session": "", "reason_counts": {}, "has_verdict": True, "has_report": False, "flow_run_url": ""}
"""What an entry of an older version does not have, and what that means."""


def _without_unset(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in run.items() if name not in _UNSET or value != _UNSET[name]} for run in runs]
