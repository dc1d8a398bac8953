"""Step 1, plan: which calls to send, in order, and what was skipped and why."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from tasks import sessions
from tasks.datasets import DAILY_PRICES, Dataset
from tasks.errors import WrongUsage
from tasks.orchestration.planners import PlanResult, make_plan
from tasks.orchestration.planning_inputs import Selection, read_planning_inputs
from tasks.orchestration.run import Run
from tasks.orchestration.step import step
from tasks.orchestration.step_log import step_logger
from tasks.planning import budget
from tasks.planning.budget_shares import BACKFILL_SHARE
from tasks.planning.range_requests import range_requests

logger = step_logger("plan")


class RangeUnfit(WrongUsage):
    """A range of sessions that holds none that is final."""


@step("plan")
def plan(
    run: Run, datasets: Sequence[Dataset], selection: Selection, optional: Sequence[Dataset] = (), share: str = budget.DAILY
) -> PlanResult:
    """Plans the calls of a run from watchlist, coverage, the calendar and what is left of the day's budget.

    Args:
        run: the run.
        datasets: what it loads.
        selection: the symbols, and how much of them.
        optional: the datasets of which only urgent calls are sent.
        share: the part of the day's calls that the flow may spend.

    Raises:
        WrongUsage: a symbol or a line of the watchlist is invalid, or there is no watchlist.
        KeyMissing: there is no API key.
        LakeError: the lake cannot be read.
    """
    inputs = read_planning_inputs(run.clients, run.as_of, run.started_at, selection, share)
    return _logged(make_plan(inputs, datasets, optional))


@step("plan")
def plan_backfill(run: Run, symbols: Sequence[str], first: date, last: date | None) -> PlanResult:
    """Plans one call for every symbol whose coverage does not span a range of sessions, out of the backfills' share of the day.

    The API gives the latest 100 sessions or everything; the smaller that holds the range is requested. All bars that come are loaded.

    Args:
        run: the run.
        symbols: what to fill.
        first: the first session wanted.
        last: the last one; None for the newest that is final.

    Raises:
        WrongUsage: a symbol or the range is invalid.
        KeyMissing: there is no API key.
        LakeError: the lake cannot be read.
    """
    newest = sessions.last_final_session(run.as_of, run.settings.settling)
    last = min(last or newest, newest)
    if first > last:
        raise RangeUnfit(f"The range from {first} to {last} holds no session that is final.", "Name an earlier first session.")
    inputs = read_planning_inputs(run.clients, run.as_of, run.started_at, Selection(symbols), BACKFILL_SHARE)
    ranged = replace(
        DAILY_PRICES, requests=partial(range_requests, function=DAILY_PRICES.function, dataset=DAILY_PRICES.name, first=first, last=last)
    )
    planned = make_plan(inputs, [ranged])
    due = dict.fromkeys(inputs.symbols, last)
    return _logged(replace(planned, plan=replace(planned.plan, due_session=due, gaps={}), may_fall_back=False))


def _logged(planned: PlanResult) -> PlanResult:
    found = planned.plan
    logger.info("%s calls · %s symbols up to date · %s skipped", len(found.calls), len(found.held), len(found.skipped))
    for note in planned.notes:
        logger.info("%s", note)
    return planned
