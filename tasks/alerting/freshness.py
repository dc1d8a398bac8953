"""Alerts about stale data and stuck runs, counted in sessions and not in hours."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tasks.alerting.alert import Alert, Example
from tasks.sessions import NEWER_CALENDARS
from tasks.wording import agreeing, counted

EVALUATED = frozenset({"freshness-missed", "late", "run-stuck"})
"""The standing alerts whose end a freshness check can say."""

_NAMED = 8


@dataclass(frozen=True)
class SymbolFreshness:
    """How fresh one symbol is.

    Attributes:
        symbol: the symbol.
        held: the newest session held, or None.
        due: the newest session that is final.
        behind: how many sessions lie between them.
        done_by: until when the due session was to be in, aware.
        holes: ranges of sessions inside of what is held that were never answered.
        calendar_ended: the last date that the calendar of its exchange knows, where that lies behind; weekdays since then count as missed.
    """

    symbol: str
    held: date | None
    due: date
    behind: int
    done_by: datetime
    holes: tuple[tuple[date, date], ...] = ()
    calendar_ended: date | None = None


@dataclass(frozen=True)
class RunInFlight:
    """A flow run that has not ended."""

    name: str
    deployment: str
    state: str
    since: datetime
    address: str = ""


def freshness_alerts(symbols: Sequence[SymbolFreshness], now: datetime, sessions_allowed: int) -> tuple[Alert, ...]:
    """Which symbols miss more sessions than allowed, and which are late for the newest.

    Args:
        symbols: every symbol of the watchlist.
        now: the present instant, aware.
        sessions_allowed: how many final sessions a symbol may miss.
    """
    missed = [symbol for symbol in symbols if symbol.behind > sessions_allowed]
    late = [symbol for symbol in symbols if 0 < symbol.behind <= sessions_allowed and now > symbol.done_by]
    return (*_missed(missed, len(symbols)), *_late(late, len(symbols), now))


def in_flight_alerts(runs: Sequence[RunInFlight], now: datetime, longest: timedelta) -> tuple[Alert, ...]:
    """Which runs should have ended, or begun, long ago.

    Args:
        runs: runs that run, or wait to run.
        now: the present instant, aware.
        longest: how long a run may take, and how long it may wait.
    """
    stuck = [run for run in runs if now - run.since > longest]
    return tuple(
        Alert(
            name="run-stuck",
            cause=run.name,
            title=f"{run.deployment} has been {run.state} for {_hours(now - run.since)}",
            text=f"The run {run.name} has been {run.state} since {run.since:%Y-%m-%d %H:%M} UTC; the limit is {_hours(longest)}.",
            facts={"Deployment": run.deployment, "State": run.state, "For": _hours(now - run.since)},
            next_step="Check that a worker is running, or cancel the run in the Prefect UI; nothing is half-loaded.",
            links={"Run": run.address},
        )
        for run in stuck
    )


def fresh_facts(symbols: Sequence[SymbolFreshness]) -> Mapping[str, int]:
    """Counts for the log and the artifact: symbols, those behind, and the most sessions behind."""
    return {
        "symbols": len(symbols),
        "behind": sum(1 for symbol in symbols if symbol.behind),
        "sessions_behind": max((symbol.behind for symbol in symbols), default=0),
    }


def _missed(missed: list[SymbolFreshness], total: int) -> Iterator[Alert]:
    if not missed:
        return
    worst = max(symbol.behind for symbol in missed)
    yield Alert(
        name="freshness-missed",
        cause=", ".join(symbol.symbol for symbol in missed),
        title=f"{len(missed)} of {counted(total, 'symbol')} {agreeing(len(missed), 'is', 'are')} up to {counted(worst, 'session')} behind",
        text="Final sessions are missing in the warehouse. Weekends, holidays and early closes are accounted for.",
        facts={
            "Symbols": f"{len(missed)} of {total}",
            "Most behind": counted(worst, "session"),
            "Due session": str(max(s.due for s in missed)),
        },
        examples=_examples(missed),
        more=max(0, len(missed) - _NAMED),
        next_step=NEWER_CALENDARS
        if all(symbol.calendar_ended for symbol in missed)
        else "Check why the daily run did not load them (paused schedule, no worker, refusals), then run it.",
        starts="daily_prices",
    )


def _late(late: list[SymbolFreshness], total: int, now: datetime) -> Iterator[Alert]:
    if not late:
        return
    due = max(symbol.due for symbol in late)
    deadline = max(symbol.done_by for symbol in late)
    yield Alert(
        name="late",
        cause=due.isoformat(),
        title=f"Session {due} is late for {len(late)} of {counted(total, 'symbol')}",
        text=f"Expected by {deadline:%H:%M %Z}, {_hours(now - deadline)} ago.",
        facts={"Symbols": f"{len(late)} of {total}", "Session": due.isoformat(), "Done by": f"{deadline:%Y-%m-%d %H:%M %Z}"},
        examples=_examples(late),
        more=max(0, len(late) - _NAMED),
        next_step="Check whether today's run has started; if not, start it.",
        starts="daily_prices",
    )


def _examples(symbols: list[SymbolFreshness]) -> tuple[Example, ...]:
    worst = sorted(symbols, key=lambda symbol: -symbol.behind)[:_NAMED]
    return tuple(
        Example(each.symbol, f"{counted(each.behind, 'session')} behind; holds {each.held or 'nothing'}, {_due(each)}") for each in worst
    )


def _due(symbol: SymbolFreshness) -> str:
    ended = symbol.calendar_ended
    return f"due {symbol.due}" if ended is None else f"and the calendar of its exchange ended on {ended}"


def _hours(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004 - minutes of an hour
