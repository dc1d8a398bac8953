"""The plan of a backfill: the same for the flow and for ``tickerhouse plan --flow backfill``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Final

from tasks.datasets import DAILY_PRICES
from tasks.errors import WrongUsage
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.planners import PlanResult, make_plan
from tasks.orchestration.resume import RunScope, StoredAnswers, find_stored_answers
from tasks.planning.capabilities import capability_name, is_known_allowed
from tasks.planning.inputs import PlanningInputs
from tasks.planning.range_requests import FIRST_SESSION, Backfill, missing_ranges, range_requests
from tasks.records import Call
from tasks.sessions import sessions_between
from tasks.wording import agreeing, counted

_UNKNOWN: Final = (
    "Whole histories are not in a free key's plan, as far as is known: the first such call shows it, and a refusal stops the others."
)


class RangeUnfit(WrongUsage):
    """A range of sessions that holds none that is final."""


@dataclass(frozen=True)
class SessionBounds:
    """The range that a person names.

    Attributes:
        first: the first session wanted; None for the first of the API's histories.
        last: the last one; None for the latest final session.
    """

    first: date | None = None
    last: date | None = None


def check_range(bounds: SessionBounds, newest: Mapping[str, date]) -> None:
    """Refuses a range that can hold nothing.

    Args:
        bounds: the range.
        newest: by exchange, the newest final session.

    Raises:
        RangeUnfit: the range holds no final session.
    """
    first, last = bounds.first or FIRST_SESSION, bounds.last or date.max
    if any(sessions_between(first, min(last, final), exchange) for exchange, final in newest.items()):
        return
    # Before the newest session a later end reaches one; before the API's histories no earlier beginning does.
    way_out = "Name an earlier first session." if first > max(newest.values()) else "Name a later last session."
    if last < first:
        if last >= FIRST_SESSION and first <= max(newest.values()):
            way_out = "Name a later last session, or an earlier first one."
        raise RangeUnfit(f"The last session wanted, {last}, lies before the first one, {first}.", way_out)
    end = f"to {last}" if bounds.last else "on"
    raise RangeUnfit(f"The range from {first} {end} holds no session that is final; the newest one is {max(newest.values())}.", way_out)


def make_backfill_plan(lake: LakeStore, inputs: PlanningInputs, bounds: SessionBounds, run_id: str = "") -> PlanResult:
    """Plans one call for every symbol that lacks a session of a range, out of the backfills' share of the day.

    The API gives the latest 100 sessions or everything; the smaller that holds what is missing is requested. All bars that come are loaded.
    What a whole history that was read does not hold (before a listing, after a delisting) is not requested again.

    Args:
        lake: with coverage, and with what earlier runs were answered.
        inputs: what the plan follows from, for the backfills' share of the day.
        bounds: the range.
        run_id: the run, whose own answers are not taken for those of an earlier one; empty where there is none.

    Raises:
        RangeUnfit: the range holds no final session.
        LakeError: the lake cannot be read.
    """
    check_range(bounds, {inputs.clock.exchange_of(symbol): session for symbol, session in inputs.due.items()})
    first = bounds.first or FIRST_SESSION
    wanted = Backfill(first, bounds.last, state.backfill_requests(DAILY_PRICES.name).read(lake))
    ranged = replace(
        DAILY_PRICES, requests=partial(range_requests, function=DAILY_PRICES.function, dataset=DAILY_PRICES.name, wanted=wanted)
    )

    def find_stored(calls: Sequence[Call], scope: RunScope) -> StoredAnswers:
        return find_stored_answers(lake, run_id, inputs.now, calls, replace(scope, is_of_history=True))

    planned = make_plan(inputs, [ranged], find_stored=find_stored)
    lacking = missing_ranges(inputs, DAILY_PRICES.name, wanted)
    requested = {call.symbol for call in planned.plan.calls}
    called = requested | {left.symbol for left in planned.plan.skipped}
    refused = [symbol for symbol in lacking if symbol not in called]
    lack = f"{counted(len(refused), 'symbol')} {agreeing(len(refused), 'lacks', 'lack')}"
    words = f"{lack} sessions that only a whole history holds, and the key is refused those: {', '.join(refused[:8])}."
    notes = [words] if refused else []
    whole = capability_name(DAILY_PRICES.function, "full")
    if not inputs.has_full_history and is_known_allowed(inputs.capabilities, whole, inputs.now) is None:
        # Requested all the same: what a plan includes has changed before, and only an answer tells.
        notes += [_UNKNOWN] if any(call.options.get("outputsize") == "full" for call in planned.plan.calls) else []
    plan = replace(
        planned.plan,
        due_session={},
        gaps={symbol: gap for symbol, gap in lacking.items() if symbol not in requested},
        held=tuple(symbol for symbol in planned.plan.held if symbol not in lacking),
    )
    scope = replace(planned.scope, is_of_history=True)
    return replace(planned, plan=plan, may_fall_back=False, notes=(*planned.notes, *notes), scope=scope)


def remember_requests(lake: LakeStore, planned: PlanResult, now: datetime) -> None:
    """Remembers whose turn it was, so that the next backfill begins with the others.

    Raises:
        LakeError: the lake cannot be written.
    """
    requested = {call.symbol: now for call in planned.plan.calls}
    state.backfill_requests(DAILY_PRICES.name).change(lake, lambda before: {**before, **requested})
