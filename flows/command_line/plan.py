"""``tickerhouse plan``: previews the calls of a run without sending any."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, cast

from flows.command_line.environment import read_environment, ready
from flows.command_line.progress import waiting
from flows.command_line.run import check_local_selection, session_range
from flows.command_line.warehouse_time import warehouse_time, warehouse_time_text
from flows.plans import FLOW_PLANS, FlowName
from tasks.alpha_vantage.api_plans import PLANS
from tasks.alpha_vantage.scrub import key_fingerprint
from tasks.errors import WrongUsage
from tasks.orchestration import state
from tasks.orchestration.as_of import read_as_of
from tasks.orchestration.backfill_plan import SessionBounds, make_backfill_plan
from tasks.orchestration.clients import Clients
from tasks.orchestration.planners import PlanResult, make_plan
from tasks.orchestration.planning_inputs import Selection, read_planning_inputs
from tasks.orchestration.resume import find_stored_answers
from tasks.orchestration.settings import Settings
from tasks.planning.bar_requests import COMPACT_SESSIONS, TRAILING_SESSIONS
from tasks.planning.budget import budget_text, resets_at
from tasks.planning.budget_shares import BACKFILL_SHARE, share_of_day
from tasks.planning.capabilities import NOTHING_KNOWN
from tasks.planning.estimate import Forecast, as_text, forecast
from tasks.planning.watchlist import named_symbols
from tasks.records import Call, OutputSize
from tasks.wording import agreeing, counted

_SHOWN: Final = 20


class SizeUnfit(WrongUsage):
    """An output size was named for a plan that has none to choose."""


class BoundsUnfit(WrongUsage):
    """A range of sessions was named for a plan that takes none."""


def print_plan(  # noqa: PLR0913 - each fact of a plan has its name at the call
    symbols: str | None,
    as_of: str,
    output_size: OutputSize | None,
    replay: Path | None,
    *,
    as_json: bool,
    probe: bool,
    flow: FlowName | Literal["backfill"] = "daily_prices",
    first: str = "",
    last: str = "",
) -> None:
    """Prints the plan of a run that would start now; sends no call.

    Args:
        symbols: comma-separated, in place of the watchlist; None for the watchlist.
        as_of: an ISO 8601 instant or a session's date; empty for now.
        output_size: what to ask for; None lets the plan decide.
        replay: a folder of recorded answers in place of the API.
        as_json: for machines.
        probe: forget what the key was refused, so that the next run asks for it again.
        flow: whose plan.
        first: of a backfill, the first session wanted; empty for the first there is.
        last: of a backfill, the last one; empty for the latest final session.

    Raises:
        WrongUsage: a word of the command or a setting is invalid.
        TickerhouseError: the lake cannot be read, or there is no key.
    """
    names = named_symbols(symbols)
    now = datetime.now(UTC)
    moment = read_as_of(as_of, now, Settings.from_environment().settling) if as_of else now
    if output_size is not None and flow != "daily_prices":
        raise SizeUnfit(f"--output-size is for the plan of daily_prices; {flow} chooses for itself.", "Leave it out.")
    if (first or last) and flow != "backfill":
        raise BoundsUnfit(
            f"--from and --to are for the plan of backfill; {flow} takes no range.", "Add --flow backfill, or leave them out."
        )
    range_ = session_range(first, last)
    context = read_environment(replay)
    if flow == "backfill":
        check_local_selection(context.settings, names, moment, range_)
    with waiting("plan", "reading the lake"), ready(context) as around:
        settings, clients = around.settings, Clients(around.settings)
        if probe:
            state.capabilities(key_fingerprint(clients.api_key)).write(clients.raw, NOTHING_KNOWN)
        selection = Selection(names, output_size=output_size)
        inputs = read_planning_inputs(clients, moment, now, selection, _share(flow))
        if flow == "backfill":
            bounds = SessionBounds(range_["from_session"] or settings.backfill, range_["to_session"])
            planned = make_backfill_plan(clients.raw, inputs, bounds)
        else:
            chosen = FLOW_PLANS[flow]
            planned = make_plan(inputs, chosen.datasets, chosen.optional, partial(find_stored_answers, clients.raw, "", now))
    costs = _forecast(flow, settings, planned)
    if as_json:
        print(json.dumps({"flow": flow, **_as_json(settings, planned, costs, moment, now)}, indent=2))
    else:
        print("\n".join([_title(flow, settings, planned, moment), "", *_lines(settings, planned, costs, now)]))


def _forecast(flow: str, settings: Settings, planned: PlanResult) -> Forecast:
    profile, free = PLANS[settings.plan], planned.stored.instead
    if free:
        unpaid = tuple(call for call in planned.plan.calls if (call.function, call.symbol) not in free)
        planned = replace(planned, plan=replace(planned.plan, calls=unpaid))
    if flow == "daily_prices":
        return forecast(planned.plan, profile, planned.symbol_count)
    # Only bars are lost where a symbol's turn comes too seldom, so the count that tells of turns is left out.
    return forecast(planned.plan, replace(profile, calls_per_day=share_of_day(profile, _share(flow))), 1)


def _share(flow: str) -> str:
    return BACKFILL_SHARE if flow == "backfill" else FLOW_PLANS[cast("FlowName", flow)].share


def _title(flow: str, settings: Settings, planned: PlanResult, as_of: datetime) -> str:
    due = max(planned.plan.due_session.values(), default=None)
    session = f" · session {due} is due" if due else ""
    named = "" if flow == "daily_prices" else f" of {flow}"
    return f"Plan{named} as of {as_of:%Y-%m-%d %H:%M} UTC · source {settings.source} · plan {settings.plan}{session}"


def _lines(settings: Settings, planned: PlanResult, costs: Forecast, now: datetime) -> Iterator[str]:
    plan = planned.plan
    yield _line("to send", f"{counted(costs.calls_today, 'call')}, {as_text(costs.seconds_today)} at the plan's pace")
    width = max((len(call.symbol) for call in plan.calls[:_SHOWN]), default=0)
    for call in plan.calls[:_SHOWN]:
        what = " ".join(part for part in (call.function, call.options.get("outputsize", "")) if part)
        yield _line("", f"{call.symbol or '(all)':<{width}}  {what}  {call.reason}")
    yield from _more(len(plan.calls))
    if planned.stored.observations:
        stored = len(planned.stored.observations)
        yield _line("stored", f"{counted(stored, 'answer')} {agreeing(stored, 'costs', 'cost')} no call ({planned.stored.words})")
    loaded = "up to the due session" if plan.due_session else "today"
    loaded = "over the whole range" if planned.scope.is_of_history else loaded
    yield _line("up to date", f"{counted(len(plan.held), 'symbol')} loaded {loaded}, not requested")
    if plan.skipped:
        yield _line("skipped", f"{counted(costs.calls_later, 'call')} {agreeing(costs.calls_later, 'does', 'do')} not fit today")
        yield from (_line("", f"{left.symbol}  {left.reason}") for left in plan.skipped[:_SHOWN])
        yield from _more(len(plan.skipped))
    for symbol, (first, last) in plan.gaps.items():
        yield _line("gap", f"{symbol}: {first} to {last} is missing; only the whole history fills it (--output-size full)")
    if any(call.options.get("outputsize") == "compact" for call in plan.calls):
        words = f"a compact response holds the latest {COMPACT_SESSIONS} sessions, so bars loaded before are compared with it"
        yield _line("read again", f"{words}, those of {TRAILING_SESSIONS} sessions at least")
    yield _line("rows", f"about {_rows(_loaded(planned)):,} at most")
    yield _line("warehouse", warehouse_time_text(warehouse_time(_loaded(planned))))
    yield _line("budget", budget_text(PLANS[settings.plan], planned.plan.budget_left, now))
    yield _line("complete", _complete_words(costs, len(plan.gaps)))
    yield from (_line("note", note) for note in planned.notes)


def _loaded(planned: PlanResult) -> list[Call]:
    """The calls whose answers the run loads: those that it sends, and those that were answered to earlier runs."""
    return [*planned.plan.calls, *(observation.call for observation in planned.stored.beside)]


def _rows(calls: Sequence[Call]) -> int:
    from infra.cost.model import DEFAULT

    return sum(round(DEFAULT.full_history_bars) if call.options.get("outputsize") == "full" else COMPACT_SESSIONS for call in calls)


def _complete_words(costs: Forecast, gaps: int) -> str:
    days = costs.days_until_complete
    calls = counted(costs.calls_today + costs.calls_later, "call")
    whole = f"the gaps of {counted(gaps, 'symbol')} stay open" if gaps else "nothing is missing"
    words = {0: whole, 1: "today"}.get(days, f"in {days} days, after {calls} in {as_text(costs.seconds_in_all)}")
    if gaps and days:
        words += f", but {whole}"
    if costs.sessions_between_turns > 1:
        words += f"; then each symbol is requested once in {costs.sessions_between_turns} sessions"
        words += ", and sessions in between are lost" if costs.loses_sessions else ", and no session is lost"
    return words


def _more(count: int) -> Iterator[str]:
    if count > _SHOWN:
        yield _line("", f"and {count - _SHOWN} more")


def _line(title: str, text: str) -> str:
    return f"  {title:<11} {text}"


def _as_json(settings: Settings, planned: PlanResult, costs: Forecast, as_of: datetime, now: datetime) -> dict[str, Any]:
    plan = planned.plan
    return {
        "as_of": as_of.isoformat(),
        "source": settings.source,
        "plan": settings.plan,
        "due_session": {symbol: session.isoformat() for symbol, session in plan.due_session.items()},
        "calls": [asdict(call) for call in plan.calls],
        "calls_by_function": dict(Counter(call.function for call in plan.calls)),
        "held": list(plan.held),
        "skipped": [asdict(left) for left in plan.skipped],
        "gaps": {symbol: [first.isoformat(), last.isoformat()] for symbol, (first, last) in plan.gaps.items()},
        "budget": {"left_today": plan.budget_left, "day_ends": resets_at(now).isoformat()},
        "forecast": asdict(costs),
        "warehouse": asdict(warehouse_time(_loaded(planned))),
        "notes": list(planned.notes),
    }
