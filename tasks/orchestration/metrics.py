"""The numbers of a run: always in its summary, and in CloudWatch with one call where settings name a namespace."""

from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from tasks import sessions
from tasks.errors import TickerhouseError
from tasks.orchestration.run import Run
from tasks.summary import RunSummary

_DAILY: Final = "daily_prices"


class MetricsNotSent(TickerhouseError):
    """CloudWatch did not take a run's metrics."""


def run_metrics(run: Run, summary: RunSummary) -> dict[str, float]:
    """Every number that is watched, by metric name; those that a run has no say in are left out.

    Args:
        run: the run.
        summary: how it went.
    """
    rows, calls = summary.rows, summary.calls
    judged = rows.accepted + rows.quarantined
    metrics: dict[str, float] = {
        "RowsLoaded": rows.new + rows.changed,
        "RowsRestated": rows.changed,
        "RowsQuarantined": rows.quarantined,
        "SymbolsMissing": sum(1 for symbol in summary.symbols if symbol.is_due_session_missing),
        "RunsEndedWell": float(summary.status.is_success),
    }
    if calls.sent:
        metrics["ApiSuccessRate"] = calls.answered / calls.sent
    if judged:
        metrics["ValidationPassRate"] = rows.accepted / judged
    if calls.left_today is not None:
        metrics["CallsLeft"] = calls.left_today
    if summary.due_session is not None:
        newest = sessions.last_final_session(run.as_of, run.settings.settling)
        missing = bool(metrics["SymbolsMissing"])
        metrics["SessionsBehind"] = sessions.sessions_behind(summary.due_session, newest) + int(missing)
    return {name: round(value, 6) for name, value in metrics.items()}


def send_metrics(run: Run, summary: RunSummary) -> None:
    """Sends a run's metrics with one call; nothing where no namespace is set.

    Dimensions are ``Environment``, ``Source`` and ``Flow``. Those of the daily run are sent under ``Environment`` alone as well, which is
    what the alarms of ``infra/terraform`` look at.

    Raises:
        MetricsNotSent: CloudWatch cannot be reached or refuses.
    """
    if not run.settings.metrics_namespace:
        return
    own = {"Environment": run.settings.environment, "Source": run.settings.source, "Flow": run.flow}
    watched = [own, {"Environment": own["Environment"]}] if run.flow == _DAILY else [own]
    data = [_datum(name, value, dimensions) for dimensions in watched for name, value in run_metrics(run, summary).items()]
    data += [_datum("StepSeconds", seconds, {**own, "Step": step}, "Seconds") for step, seconds in summary.seconds_per_step.items()]
    try:
        client = run.clients.cloudwatch()
        client.put_metric_data(Namespace=run.settings.metrics_namespace, MetricData=data)
    except (BotoCoreError, ClientError) as error:
        raise MetricsNotSent(
            f"CloudWatch did not take the run's metrics ({type(error).__name__}).", "See the load role's rights."
        ) from error


def _datum(name: str, value: float, dimensions: dict[str, str], unit: str = "None") -> dict[str, Any]:
    return {
        "MetricName": name,
        "Value": float(value),
        "Unit": unit,
        "Dimensions": [{"Name": key, "Value": text} for key, text in dimensions.items()],
    }
