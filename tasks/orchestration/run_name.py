"""Names a run in the Prefect UI after what it loads, once that is planned."""

import httpx
from prefect.client.orchestration import get_client
from prefect.exceptions import PrefectException
from prefect.runtime import flow_run

from tasks.orchestration.planners import PlanResult
from tasks.orchestration.run import Run
from tasks.orchestration.step_log import step_logger

logger = step_logger("plan")


def name_run(run: Run, planned: PlanResult) -> None:
    """Names the run after what it asks: how many symbols, and which session is due. A name that Prefect does not take costs nothing."""
    if flow_run.id is None:
        return
    name = run_name(run.flow, planned)
    try:
        with get_client(sync_client=True) as client:
            client.request("PATCH", "/flow_runs/{id}", path_params={"id": flow_run.id}, json={"name": name})
    except (httpx.HTTPError, PrefectException) as error:
        logger.warning("the run could not be renamed (%s)", type(error).__name__)


def run_name(flow: str, planned: PlanResult) -> str:
    """The name, e.g. ``daily prices: 5 of 25 symbols, session 2026-11-19``."""
    plan = planned.plan
    due = max(plan.due_session.values(), default=None)
    symbols = {call.symbol for call in plan.calls} - {""}
    requested = f"{len(symbols)} of {planned.symbol_count} symbols" if plan.calls else f"all {planned.symbol_count} symbols held"
    return f"{flow.replace('_', ' ')}: {requested}" + (f", session {due}" if due else "")
