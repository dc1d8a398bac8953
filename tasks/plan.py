"""Step 1, plan: which calls to send, in order, and what was skipped and why."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from tasks.datasets import Dataset
from tasks.orchestration.backfill_plan import SessionBounds, make_backfill_plan, remember_requests
from tasks.orchestration.planners import FindStored, PlanResult, make_plan
from tasks.orchestration.planning_inputs import Selection, read_planning_inputs
from tasks.orchestration.resume import find_stored_answers
from tasks.orchestration.run import Run
from tasks.orchestration.step import step
from tasks.orchestration.step_log import step_logger
from tasks.planning import budget
from tasks.planning.budget_shares import BACKFILL_SHARE
from tasks.wording import counted

logger = step_logger("plan")


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
    return _logged(make_plan(inputs, datasets, optional, _stored(run)))


@step("plan")
def plan_backfill(run: Run, selection: Selection, bounds: SessionBounds) -> PlanResult:
    """Plans a backfill, and remembers whose turn it was; see :func:`tasks.orchestration.backfill_plan.make_backfill_plan`."""
    inputs = read_planning_inputs(run.clients, run.as_of, run.started_at, selection, BACKFILL_SHARE)
    planned = make_backfill_plan(run.raw, inputs, replace(bounds, first=bounds.first or run.settings.backfill), run.run_id)
    remember_requests(run.raw, planned, run.started_at)
    return _logged(planned)


def _stored(run: Run) -> FindStored:
    return partial(find_stored_answers, run.raw, run.run_id, run.started_at)


def _logged(planned: PlanResult) -> PlanResult:
    found = planned.plan
    held = f"{counted(len(found.held), 'symbol')} up to date"
    logger.info("%s · %s · %s skipped", counted(len(found.calls), "call"), held, f"{len(found.skipped):,}")
    for note in planned.notes:
        logger.info("%s", note)
    return planned
