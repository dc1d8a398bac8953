"""Names a run in the Prefect UI after what it loads, once that is planned, and after what went wrong, at its end."""

import re
from collections.abc import Mapping
from typing import Final

import httpx
from prefect.client.orchestration import get_client
from prefect.exceptions import PrefectException
from prefect.runtime import flow_run

from tasks.orchestration.planners import PlanResult
from tasks.orchestration.prefect_server import is_gone, look_after_failure
from tasks.orchestration.run import Run
from tasks.orchestration.step_log import step_logger
from tasks.records import Status
from tasks.summary import RunSummary
from tasks.wording import all_of, counted

logger = step_logger("plan")


def name_run(run: Run, planned: PlanResult) -> None:
    """Names the run after what it requests: how many symbols, and which session is due. A name that Prefect does not take costs nothing."""
    _change({"name": run_name(run.flow, planned)})


def mark_run(run: Run, summary: RunSummary) -> None:
    """Makes a run that is not as it should be visible in lists: its name says what is wrong, and a tag names its status."""
    wrong = what_is_wrong(summary)
    if wrong:
        tags = [*(tag for tag in flow_run.tags or () if tag not in _STATUS_TAGS), _tag(summary.status)]
        _change({"name": f"{run.flow.replace('_', ' ')}: {wrong}", "tags": tags})


def what_is_wrong(summary: RunSummary) -> str:
    """The fault of a run in a few words, as ``2 of 6 symbols missing, session 2026-11-19``; empty where there is none."""
    session = f", session {summary.due_session}" if summary.due_session else ""
    missing = sum(1 for symbol in summary.symbols if symbol.is_due_session_missing)
    match summary.status:
        case Status.COMPLETED | Status.UP_TO_DATE:
            return ""
        case Status.GATE_CLOSED:
            return f"gate closed, {counted(summary.rows.quarantined, 'row')} quarantined{session}"
        case Status.FAILED:
            return f"failed in {summary.error.step or 'start'}{session}" if summary.error else f"failed{session}"
        case Status.QUOTA_EXHAUSTED:
            return f"quota exhausted, {counted(missing, 'symbol')} missing{session}"
        case Status.COMPLETED_WITH_WARNINGS if missing:
            return f"{missing:,} of {counted(summary.symbol_count or len(summary.symbols), 'symbol')} missing{session}"
        case _:
            return f"warnings{session}"


def _tag(status: Status) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"-\1", status).lower()


_STATUS_TAGS: Final = frozenset(_tag(status) for status in Status)


def _change(values: Mapping[str, object]) -> None:
    if flow_run.id is None or is_gone():
        return
    try:
        with get_client(sync_client=True) as client:
            client.request("PATCH", "/flow_runs/{id}", path_params={"id": flow_run.id}, json=dict(values))
    except (httpx.HTTPError, PrefectException) as error:
        logger.warning("the run could not be renamed (%s)", type(error).__name__)
        look_after_failure()


def run_name(flow: str, planned: PlanResult) -> str:
    """The name, e.g. ``daily prices: 5 of 25 symbols, session 2026-11-19``."""
    plan = planned.plan
    due = max(plan.due_session.values(), default=None)
    symbols = {call.symbol for call in plan.calls} - {""}
    requested = (
        f"{len(symbols)} of {counted(planned.symbol_count, 'symbol')}"
        if plan.calls
        else all_of(planned.symbol_count, "symbol", "held", "held")
    )
    return f"{flow.replace('_', ' ')}: {requested}" + (f", session {due}" if due else "")
