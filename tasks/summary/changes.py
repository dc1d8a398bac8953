"""Differences from the last run of the same flow, for the report."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tasks.records import Instant, Status
from tasks.summary.run_summary import RunSummary
from tasks.wording import counted


@dataclass(frozen=True)
class PastRun:
    """An earlier run in short, as it is remembered between runs.

    Attributes:
        run_id: the run.
        status: how it ended.
        finished_at: when, UTC.
        session: its due session, empty where it was not known.
        symbol_count: symbols of its watchlist.
        missing: symbols whose due bar was not in.
        reasons: why bars were quarantined.
        calls_planned: how many calls it planned.
        seconds: wall time of each step.
    """

    run_id: str
    status: Status
    finished_at: Instant
    session: str
    symbol_count: int
    missing: tuple[str, ...]
    reasons: tuple[str, ...]
    calls_planned: int
    seconds: Mapping[str, float] = field(default_factory=dict)


def render_changes(summary: RunSummary, past: PastRun | None) -> str:
    """Markdown: what this run did to the tables, and what is different from the last one."""
    lines = list(_lines(summary, past))
    since = f"Since `{past.run_id}` ({past.finished_at:%Y-%m-%d %H:%M} UTC)" if past else "The first run of this flow here"
    return f"#### {since}\n\n" + "\n".join(f"- {line}" for line in lines) + "\n"


def _lines(summary: RunSummary, past: PastRun | None) -> Iterator[str]:
    rows = summary.rows
    yield f"{counted(rows.new, 'bar')} new, {rows.changed:,} restated, {rows.unchanged:,} unchanged"
    if past is None:
        return
    if past.status is not summary.status:
        yield f"ended as **{summary.status}**, the last one as {past.status}"
    session = str(summary.due_session or "")
    if past.session != session:
        yield f"session {session or 'not known'} was due, before that {past.session or 'not known'}"
    if past.symbol_count != summary.symbol_count:
        yield f"{counted(summary.symbol_count, 'symbol')} in the watchlist, before that {past.symbol_count}"
    missing = {symbol.symbol for symbol in summary.symbols if symbol.is_due_session_missing}
    yield from _named("missing now", missing - set(past.missing))
    yield from _named("no longer missing", set(past.missing) - missing)
    yield from _named("quarantined for a new reason", set(summary.quarantine.reasons) - set(past.reasons))
    seconds = sum(summary.seconds_per_step.values())
    if past.seconds:
        yield f"took {seconds:.1f} s, before that {sum(past.seconds.values()):.1f} s"


def _named(what: str, names: set[str]) -> Iterator[str]:
    if names:
        shown = sorted(names)[:8]
        yield f"{what}: {', '.join(shown)}" + (f" and {len(names) - len(shown)} more" if len(names) > len(shown) else "")
