"""A flow's latest runs in short, remembered in the lake: what is usual, and what the last run was like."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from tasks.alerting.runs import EarlierRun
from tasks.errors import TickerhouseError
from tasks.lake.alerts import read_history, write_history
from tasks.orchestration.run import Run
from tasks.orchestration.step_log import step_logger
from tasks.records import Status
from tasks.summary import RunSummary
from tasks.summary.changes import PastRun

logger = step_logger("history")

_KEPT: Final = 20
_WELL: Final = {str(Status.COMPLETED), str(Status.COMPLETED_WITH_WARNINGS)}


def earlier_runs(run: Run) -> tuple[EarlierRun, ...]:
    """Earlier runs of the same flow that ended well, oldest first; the present one is not among them."""
    return tuple(
        EarlierRun(int(entry["calls_planned"]), _seconds(entry))
        for entry in _history(run)
        if entry.get("status") in _WELL and entry.get("run_id") != run.run_id
    )


def last_run(run: Run) -> PastRun | None:
    """The run of the same flow before this one, or None."""
    for entry in reversed(_history(run)):
        if entry.get("run_id") != run.run_id:
            return PastRun(
                run_id=entry["run_id"],
                status=Status(entry["status"]),
                finished_at=datetime.fromisoformat(entry["finished_at"]),
                session=entry["session"],
                symbol_count=entry["symbol_count"],
                missing=tuple(entry["missing"]),
                reasons=tuple(entry["reasons"]),
                seconds=sum(_seconds(entry).values()),
            )
    return None


def remember_run(run: Run, summary: RunSummary) -> None:
    """Adds a run that has ended to its flow's history.

    Raises:
        LakeError: the lake cannot be written.
    """
    entry = {
        "run_id": summary.run_id,
        "status": str(summary.status),
        "finished_at": summary.finished_at.isoformat(),
        "session": summary.due_session.isoformat() if summary.due_session else "",
        "symbol_count": summary.symbol_count,
        "missing": [symbol.symbol for symbol in summary.symbols if symbol.is_due_session_missing],
        "reasons": list(summary.quarantine.reasons),
        "calls_planned": summary.calls.planned,
        "seconds": summary.seconds_per_step,
    }
    write_history(run.lake, run.flow, [*_history(run)[-_KEPT + 1 :], entry])


def _history(run: Run) -> list[dict[str, Any]]:
    try:
        return read_history(run.lake, run.flow)
    except TickerhouseError as error:
        logger.warning("earlier runs are not known: %s", error)
        return []


def _seconds(entry: Mapping[str, Any]) -> dict[str, float]:
    return {str(step): float(seconds) for step, seconds in entry.get("seconds", {}).items()}
