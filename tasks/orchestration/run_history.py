"""The history of a flow's latest runs, stored in the lake, from which usual durations are computed."""

from typing import Final

from tasks.alerting.runs import EarlierRun
from tasks.errors import TickerhouseError
from tasks.orchestration import state
from tasks.orchestration.run import Run
from tasks.orchestration.step_log import step_logger
from tasks.records import Status
from tasks.summary import RunSummary
from tasks.summary.changes import PastRun

logger = step_logger("history")

_KEPT: Final = 20
_WELL: Final = {Status.COMPLETED, Status.COMPLETED_WITH_WARNINGS}


def earlier_runs(run: Run) -> tuple[EarlierRun, ...]:
    """Earlier runs of the same flow that ended well, oldest first; the present one is not among them."""
    return tuple(
        EarlierRun(past.calls_planned, past.seconds) for past in _history(run) if past.status in _WELL and past.run_id != run.run_id
    )


def last_run(run: Run) -> PastRun | None:
    """The run of the same flow before this one, or None."""
    return next((past for past in reversed(_history(run)) if past.run_id != run.run_id), None)


def remember_run(run: Run, summary: RunSummary) -> None:
    """Adds a run that has ended to its flow's history.

    Raises:
        LakeError: the lake cannot be written.
    """
    ended = PastRun(
        run_id=summary.run_id,
        status=summary.status,
        finished_at=summary.finished_at,
        session=summary.due_session.isoformat() if summary.due_session else "",
        symbol_count=summary.symbol_count,
        missing=tuple(symbol.symbol for symbol in summary.symbols if symbol.is_due_session_missing),
        reasons=tuple(summary.quarantine.reasons),
        calls_planned=summary.calls.planned,
        seconds=summary.seconds_per_step,
    )
    state.history(run.flow).write(run.lake, (*_history(run)[-_KEPT + 1 :], ended))


def _history(run: Run) -> tuple[PastRun, ...]:
    try:
        return state.history(run.flow).read(run.lake)
    except TickerhouseError as error:
        logger.warning("earlier runs could not be read: %s", error)
        return ()
