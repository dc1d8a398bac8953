"""Step 1: what to ask, in order, and what was left out. The door to ``tasks/planning``."""

from collections.abc import Sequence

from tasks.orchestration.planning_inputs import PlanResult, draw_plan
from tasks.orchestration.run import Run
from tasks.orchestration.step import step, step_logger
from tasks.records import OutputSize

__all__ = ["PlanResult", "plan_calls"]

logger = step_logger("plan")


@step("plan")
def plan_calls(run: Run, symbols: Sequence[str] | None, watchlist: str | None, output_size: OutputSize | None) -> PlanResult:
    """Plans the calls of a run from watchlist, coverage, the calendar and what is left of the day's budget.

    Args:
        run: the run.
        symbols: asked for in place of the watchlist.
        watchlist: a file or ``s3://`` address in place of the one settings name.
        output_size: asked for in place of the planner's choice.

    Raises:
        WrongUsage: a symbol or a line of the watchlist cannot be, or there is no watchlist.
        LakeError: the lake cannot be read.
    """
    planned = draw_plan(run.settings, run.as_of, run.started_at, symbols, watchlist, output_size)
    plan = planned.plan
    logger.info("calls %s · symbols held already %s · left out %s", len(plan.calls), len(plan.held), len(plan.left_out))
    for note in planned.notes:
        logger.info("%s", note)
    return planned
