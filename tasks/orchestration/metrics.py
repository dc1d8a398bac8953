"""The metrics of a run: always in its summary, and in CloudWatch if a namespace is set."""

from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from tasks import sessions
from tasks.errors import TickerhouseError
from tasks.orchestration.run import Run
from tasks.summary import RunSummary

DIMENSIONS: Final = ("Environment", "Source", "Flow")
"""What every number is sent under, once; the alarms and the dashboard of ``infra/terraform`` look there and nowhere else."""

STEP_DIMENSIONS: Final = (*DIMENSIONS, "Step")
"""What the seconds of a step are sent under."""


class MetricsNotSent(TickerhouseError):
    """CloudWatch did not take a run's metrics."""


def run_metrics(run: Run, summary: RunSummary) -> dict[str, float]:
    """Every number that is watched, by metric name; those that do not apply to a run are omitted.

    Args:
        run: the run.
        summary: how it went.
    """
    rows, calls = summary.rows, summary.calls
    validated = rows.accepted + rows.quarantined
    metrics: dict[str, float] = {
        "RowsLoaded": rows.new + rows.changed,
        "RowsRestated": rows.changed,
        "RowsQuarantined": rows.quarantined,
        "SymbolsMissing": sum(1 for symbol in summary.symbols if symbol.is_due_session_missing),
        "RunsEndedWell": float(summary.status.is_success),
        "RunSeconds": (summary.finished_at - summary.started_at).total_seconds(),
    }
    if calls.sent:
        metrics["ApiSuccessRate"] = calls.answered / calls.sent
    if validated:
        metrics["ValidationPassRate"] = rows.accepted / validated
    if calls.left_today is not None:
        metrics["CallsLeft"] = calls.left_today
    if summary.due_session is not None:
        newest = sessions.last_final_session(run.as_of, run.settings.settling)
        missing = bool(metrics["SymbolsMissing"])
        metrics["SessionsBehind"] = sessions.sessions_behind(summary.due_session, newest) + int(missing)
    return {name: round(value, 6) for name, value in metrics.items()}


def send_metrics(run: Run, summary: RunSummary) -> None:
    """Sends a run's metrics with one call; nothing where no namespace is set.

    Dimensions are ``DIMENSIONS``, and ``STEP_DIMENSIONS`` for the seconds of a step.

    Raises:
        MetricsNotSent: CloudWatch cannot be reached or refuses.
    """
    if not run.settings.metrics_namespace:
        return
    own = (run.settings.environment, run.settings.source, run.flow)
    data = [_datum(name, value, dict(zip(DIMENSIONS, own, strict=True))) for name, value in run_metrics(run, summary).items()]
    data += [
        _datum("StepSeconds", seconds, dict(zip(STEP_DIMENSIONS, (*own, step), strict=True)), "Seconds")
        for step, seconds in summary.seconds_per_step.items()
    ]
    try:
        client = run.clients.cloudwatch()
        client.put_metric_data(Namespace=run.settings.metrics_namespace, MetricData=data)
    except (BotoCoreError, ClientError) as error:
        raise MetricsNotSent(
            f"CloudWatch rejected the run's metrics ({type(error).__name__}).", "Check the permissions of the load role."
        ) from error


def _datum(name: str, value: float, dimensions: dict[str, str], unit: str = "None") -> dict[str, Any]:
    return {
        "MetricName": name,
        "Value": float(value),
        "Unit": unit,
        "Dimensions": [{"Name": key, "Value": text} for key, text in dimensions.items()],
    }
