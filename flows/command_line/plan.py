"""``tickerhouse plan``: what a run would ask, before any call is spent."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from flows.command_line.surroundings import find_surroundings, ready
from tasks.alpha_vantage.plans import PLANS
from tasks.alpha_vantage.scrub import key_fingerprint
from tasks.as_of import read_as_of
from tasks.aws import open_lake, read_api_key
from tasks.lake.capabilities import write_capabilities
from tasks.planned import Planned, draw_plan
from tasks.planning import capabilities
from tasks.planning.budget import resets_at
from tasks.planning.forecast import Forecast, forecast, in_words
from tasks.planning.plan import COMPACT_SESSIONS, TRAILING_SESSIONS
from tasks.planning.watchlist import check_symbols
from tasks.records import OutputSize
from tasks.settings import Settings

_SHOWN: Final = 20


def print_plan(
    symbols: str,
    as_of: str,
    output_size: OutputSize | None,
    replay: Path | None,
    *,
    as_json: bool,
    probe: bool,
) -> None:
    """Draws the plan of a run that started now, and prints it; nothing is asked and nothing is spent.

    Args:
        symbols: comma-separated, in place of the watchlist; empty for the watchlist.
        as_of: an ISO 8601 instant; empty for now.
        output_size: what to ask for; None lets the plan decide.
        replay: a folder of recorded answers in place of the API.
        as_json: for machines.
        probe: forget what the key was refused, so that the next run asks for it again.

    Raises:
        WrongUsage: a word of the command or a setting cannot be.
        TickerhouseError: the lake cannot be read, or there is no key.
    """
    names = list(check_symbols(symbols.split(","))) if symbols else None
    now = datetime.now(UTC)
    moment = read_as_of(as_of, now) if as_of else now
    with ready(find_surroundings(replay)) as around:
        settings = around.settings
        if probe:
            lake = open_lake(settings, settings.ingest_role)
            write_capabilities(lake, key_fingerprint(read_api_key(settings)), capabilities.to_json(capabilities.NOTHING_KNOWN))
        planned = draw_plan(settings, moment, now, names, None, output_size)
    costs = forecast(planned.plan, PLANS[settings.plan], planned.symbol_count)
    if as_json:
        print(json.dumps(_as_json(settings, planned, costs, moment, now), indent=2))
    else:
        print("\n".join(_lines(settings, planned, costs, moment, now)))


def _lines(settings: Settings, planned: Planned, costs: Forecast, as_of: datetime, now: datetime) -> Iterator[str]:
    plan = planned.plan
    due = max(plan.due_session.values(), default=None)
    yield f"Plan as of {as_of:%Y-%m-%d %H:%M} UTC · source {settings.source} · plan {settings.plan} · session {due} is due"
    yield ""
    yield _line("asked", f"{_count(costs.calls_today, 'call')}, {in_words(costs.seconds_today)} at the plan's pace")
    width = max((len(call.symbol) for call in plan.calls[:_SHOWN]), default=0)
    for call in plan.calls[:_SHOWN]:
        yield _line("", f"{call.symbol:<{width}}  {call.function} {call.options.get('outputsize', '')}  {call.reason}")
    yield from _more(len(plan.calls))
    yield _line("held", f"{_count(len(plan.held), 'symbol')} up to the due session, not asked")
    if plan.left_out:
        yield _line("left out", f"{_count(costs.calls_later, 'call')} do not fit today")
        yield from (_line("", f"{left.symbol}  {left.reason}") for left in plan.left_out[:_SHOWN])
        yield from _more(len(plan.left_out))
    for symbol, (first, last) in plan.gaps.items():
        yield _line("gap", f"{symbol}: {first} to {last} is missing; only the whole history fills it (--output-size full)")
    if any(call.options.get("outputsize") == "compact" for call in plan.calls):
        words = f"compact answers hold the latest {COMPACT_SESSIONS} sessions, so what is held of them is read again"
        yield _line("read again", f"{words}, {TRAILING_SESSIONS} sessions at least")
    yield _line("budget", _budget_words(settings, planned, now))
    yield _line("complete", _complete_words(costs))
    yield from (_line("note", note) for note in planned.notes)


def _budget_words(settings: Settings, planned: Planned, now: datetime) -> str:
    left, per_day = planned.plan.budget_left, PLANS[settings.plan].calls_per_day
    if left is None or per_day is None:
        return "no daily limit"
    return f"{left} of {per_day} calls left today; the day ends {resets_at(now):%Y-%m-%d %H:%M} UTC"


def _complete_words(costs: Forecast) -> str:
    days = costs.days_until_complete
    words = {0: "nothing is missing", 1: "today"}.get(days, f"in {days} days, after {in_words(costs.seconds_in_all)} of calls in all")
    if costs.sessions_between_turns > 1:
        words += f"; then every symbol has its turn once in {costs.sessions_between_turns} sessions"
        words += ", and sessions are lost between" if costs.loses_sessions else ", and no session is lost"
    return words


def _more(count: int) -> Iterator[str]:
    if count > _SHOWN:
        yield _line("", f"and {count - _SHOWN} more")


def _line(title: str, text: str) -> str:
    return f"  {title:<11} {text}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _as_json(settings: Settings, planned: Planned, costs: Forecast, as_of: datetime, now: datetime) -> dict[str, Any]:
    plan = planned.plan
    return {
        "as_of": as_of.isoformat(),
        "source": settings.source,
        "plan": settings.plan,
        "due_session": {symbol: session.isoformat() for symbol, session in plan.due_session.items()},
        "calls": [asdict(call) for call in plan.calls],
        "calls_by_function": dict(Counter(call.function for call in plan.calls)),
        "held": list(plan.held),
        "left_out": [asdict(left) for left in plan.left_out],
        "gaps": {symbol: [first.isoformat(), last.isoformat()] for symbol, (first, last) in plan.gaps.items()},
        "budget": {"left_today": plan.budget_left, "day_ends": resets_at(now).isoformat()},
        "forecast": asdict(costs),
        "notes": list(planned.notes),
    }
