"""The status of an environment: what each symbol holds, what runs, what comes next, and how it is. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

from tasks.records import Status
from tasks.wording import agreeing, all_of, counted

_SHOWN: Final = 20
_BAD_ENDS: Final = frozenset({Status.FAILED, Status.GATE_CLOSED})


class Health(Enum):
    """How an environment is; the value is the exit status of ``tickerhouse status``."""

    HEALTHY = 0
    BROKEN = 1
    BEHIND = 3


@dataclass(frozen=True)
class SymbolStatus:
    """What is held of one symbol in one dataset.

    Attributes:
        dataset: the dataset.
        symbol: the symbol; empty for a dataset that is requested for all symbols at once.
        raw: the newest session, or date of an event, that was received.
        curated: the newest one in the curated files that were looked at.
        warehouse: the newest one in the table, or None where the warehouse was not asked or holds none.
        read_at: when it was received last, UTC.
        due: the newest session that is final; None for datasets that are not due by session.
        behind: how many final sessions are missing; more than are allowed where nothing is held.
        is_late: whether they are missing past the deadline.
        missing_inside: how many sessions its gaps have.
        quarantined: how many of its rows were ever quarantined, as far as was looked.
        next_due: when the next session will be final, UTC.
    """

    dataset: str
    symbol: str
    raw: date | None = None
    curated: date | None = None
    warehouse: date | None = None
    read_at: datetime | None = None
    due: date | None = None
    behind: int = 0
    is_late: bool = False
    missing_inside: int = 0
    quarantined: int = 0
    next_due: datetime | None = None


@dataclass(frozen=True)
class LastRun:
    """How the newest run of a flow ended."""

    flow: str
    run_id: str
    status: Status
    finished_at: datetime


@dataclass(frozen=True)
class FlowRun:
    """A run that Prefect executes, or will.

    Attributes:
        deployment: ``<flow>/<environment>``, or the flow's name where a person started it.
        state: Prefect's name of its state.
        at: since when, or from when on, UTC.
        is_running: whether it has begun.
        is_stuck: whether it should have ended, or begun, long ago.
    """

    deployment: str
    state: str
    at: datetime
    is_running: bool
    is_stuck: bool = False


@dataclass(frozen=True)
class EnvironmentStatus:
    """Everything that ``tickerhouse status`` shows.

    Attributes:
        environment: its name.
        source: where bars come from.
        as_of: the moment it is true for, UTC.
        symbols: what is held.
        last_runs: how the newest run of each flow ended.
        runs: what Prefect executes and will execute.
        prefect: why Prefect could not be asked; empty where it was.
        is_prefect_expected: whether that is a fault.
        budget_left: calls left today; None where there is no daily limit.
        budget: the same in words.
        includes_warehouse: whether the warehouse was contacted.
    """

    environment: str
    source: str
    as_of: datetime
    symbols: tuple[SymbolStatus, ...]
    last_runs: tuple[LastRun, ...] = ()
    runs: tuple[FlowRun, ...] = ()
    prefect: str = ""
    is_prefect_expected: bool = True
    budget_left: int | None = None
    budget: str = ""
    includes_warehouse: bool = False

    @property
    def faults(self) -> tuple[str, ...]:
        """What is broken, a sentence each."""
        ends = [f"The newest run of {run.flow} ended as {run.status} ({run.run_id})." for run in self.last_runs if run.status in _BAD_ENDS]
        stuck = [f"{run.deployment} has been {run.state} since {_minute(run.at)}." for run in self.runs if run.is_stuck]
        return (*ends, *stuck, *([self.prefect] if self.prefect and self.is_prefect_expected else []))

    @property
    def late(self) -> tuple[SymbolStatus, ...]:
        """The symbols that lack a session past its deadline."""
        return tuple(symbol for symbol in self.symbols if symbol.is_late)

    @property
    def health(self) -> Health:
        """Broken before behind, behind before healthy."""
        if self.faults:
            return Health.BROKEN
        return Health.BEHIND if self.late else Health.HEALTHY

    @property
    def headline(self) -> str:
        """The status in one sentence."""
        if self.faults:
            return f"Broken: {' '.join(self.faults)}"
        by_session = [symbol for symbol in self.symbols if symbol.due]
        if self.late:
            most = max((symbol.behind for symbol in self.late if symbol.raw), default=0)
            empty = sum(1 for symbol in self.late if not symbol.raw)
            parts = [f"by up to {counted(most, 'session')}"] if most else []
            parts += [f"{empty} of them {agreeing(empty, 'holds', 'hold')} nothing"] if empty else []
            late = f"{len(self.late)} of {counted(len(by_session), 'symbol')} {agreeing(len(self.late), 'is', 'are')} late"
            return f"Behind: {late}, {'; '.join(parts)}."
        waiting = sum(1 for symbol in by_session if symbol.behind)
        if waiting:
            lacking = f"{waiting} of {counted(len(by_session), 'symbol')} {agreeing(waiting, 'lacks', 'lack')}"
            return f"Healthy: {lacking} a session whose deadline has not passed."
        due = max((symbol.due for symbol in by_session if symbol.due), default=None)
        return f"Healthy: {all_of(len(by_session), 'symbol', 'holds its', 'hold their')} newest final session" + (
            f", {due}." if due else "."
        )


def as_document(status: EnvironmentStatus) -> dict[str, Any]:
    """The status as JSON has it; every symbol is in it."""
    document = asdict(status)
    return {"health": status.health.name.lower(), "headline": status.headline, "exit_status": status.health.value, **_plain(document)}


def render_status(status: EnvironmentStatus) -> str:
    """The status as text: symbols that need a look first, at most 20 for each dataset."""
    title = f"Tickerhouse {status.environment} · source {status.source} · as of {_minute(status.as_of)}"
    return "\n".join([title, status.headline, "", *_tables(status), *_facts(status)])


def _tables(status: EnvironmentStatus) -> Iterator[str]:
    for dataset in dict.fromkeys(symbol.dataset for symbol in status.symbols):
        rows = [symbol for symbol in status.symbols if symbol.dataset == dataset]
        rows.sort(key=lambda row: (-row.behind, -row.missing_inside, -row.quarantined, row.symbol))
        columns = _columns(status, rows)
        texts = [[name, *(cell(row) for row in rows[:_SHOWN])] for name, cell in columns]
        widths = [max(map(len, column)) for column in texts]
        yield dataset
        for line in zip(*texts, strict=True):
            yield ("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))).rstrip()
        if len(rows) > _SHOWN:
            yield f"  and {len(rows) - _SHOWN} more; --json lists all"
        yield ""


def _columns(status: EnvironmentStatus, rows: Sequence[SymbolStatus]) -> "list[tuple[str, Any]]":
    by_session = any(row.due for row in rows)
    columns: list[tuple[str, Any]] = [
        ("symbol", lambda row: row.symbol or "(all)"),
        ("raw", lambda row: _day(row.raw)),
        ("curated", lambda row: _day(row.curated)),
    ]
    if status.includes_warehouse:
        columns.append(("warehouse", lambda row: _day(row.warehouse)))
    if by_session:
        columns += [("due", lambda row: _day(row.due)), ("behind", lambda row: str(row.behind or "-") if row.raw else "all")]
        columns.append(("in gaps", lambda row: str(row.missing_inside or "-")))
    columns += [("quarantined", lambda row: str(row.quarantined or "-")), ("read", lambda row: _minute(row.read_at))]
    return columns


def _facts(status: EnvironmentStatus) -> Iterator[str]:
    following = sorted({symbol.next_due for symbol in status.symbols if symbol.next_due})
    yield _line("next due", f"the next session is final at {_minute(following[0])}" if following else "unknown")
    for number, run in enumerate(status.last_runs):
        yield _line("" if number else "last runs", f"{run.flow} {run.status} at {_minute(run.finished_at)} ({run.run_id})")
    if not status.last_runs:
        yield _line("last runs", "none yet")
    running = [f"{run.deployment} {run.state} since {_minute(run.at)}" for run in status.runs if run.is_running]
    waiting = [f"{run.deployment} at {_minute(run.at)}" for run in status.runs if not run.is_running]
    unknown = status.prefect or "nothing"
    yield from (_line("" if number else "running", text) for number, text in enumerate(running or [unknown]))
    yield from (_line("" if number else "scheduled", text) for number, text in enumerate(waiting or [unknown]))
    yield _line("budget", status.budget or "unknown")


def _line(title: str, text: str) -> str:
    return f"{title:<10} {text}".rstrip()


def _day(day: date | None) -> str:
    return day.isoformat() if day else "-"


def _minute(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "-"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date | datetime) else value
