"""What is sent to CloudWatch is looked at, and what is looked at is sent, by tasks/orchestration/metrics.py and infra/terraform."""

import re
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from prefect import Task

from flows import pipeline
from infra.cost.model import DEFAULT
from tasks.orchestration.clients import Clients
from tasks.orchestration.metrics import DIMENSIONS, run_metrics
from tasks.orchestration.run import Run
from tasks.orchestration.settings import Settings
from tasks.records import Status
from tasks.summary.run_summary import CallSummary, QuarantineSummary, RowSummary, RunSummary

MODULE = Path(__file__).resolve().parents[3] / "infra" / "terraform"
DASHBOARD = (MODULE / "dashboard.tf").read_text()
ALARMS = (MODULE / "alarms.tf").read_text()
AT = datetime(2026, 11, 20, 1, 20, tzinfo=UTC)


def sent() -> set[str]:
    """The names of all that a run can send, by a run that has a say in everything."""
    summary = RunSummary(
        run_id="r",
        flow="daily_prices",
        environment="prod",
        source="alpha_vantage",
        plan="free",
        status=Status.COMPLETED,
        exit_code=0,
        as_of=AT,
        started_at=AT,
        finished_at=AT,
        due_session=date(2026, 11, 19),
        calls=CallSummary(answered=1, sent=1, left_today=21),
        rows=RowSummary(accepted=1),
        quarantine=QuarantineSummary(rate=0.0, limit=0.05),
    )
    settings = Settings(environment="prod")
    return set(run_metrics(Run("r", "daily_prices", settings, AT, AT, Clients(settings)), summary))


def test_every_number_that_is_sent_stands_on_the_dashboard_and_no_other() -> None:
    rows = re.findall(r"names = \[(.*?)\]", DASHBOARD)
    assert {name for row in rows for name in re.findall(r'"(\w+)"', row)} == sent()
    assert 'MetricName=\\"StepSeconds\\"' in DASHBOARD


def test_the_cost_model_counts_the_numbers_that_are_sent() -> None:
    own = {getattr(value, "__module__", "") for value in vars(pipeline).values()}
    modules = [sys.modules[name] for name in own if name.startswith("tasks.") and name.count(".") == 1]
    steps = {task.name for module in modules for task in vars(module).values() if isinstance(task, Task)}
    assert {"plan", "extract", "recover", "write lake", "publish", "shard"} <= steps
    # The numbers are sent while a run is published, and only a large run is cut.
    assert len(sent()) + len(steps - {"publish", "shard"}) == DEFAULT.custom_metrics


def test_every_alarm_stands_on_a_number_that_is_sent() -> None:
    own, _, _ = ALARMS.partition('"warehouse_compute"')
    watched = set(re.findall(r'\bmetric(?:_name)? *= "(\w+)"', own))
    assert watched == {"RunsEndedWell", "SessionsBehind", "ApiSuccessRate", "ValidationPassRate", "RunSeconds"}
    assert watched <= sent()


def test_the_dimensions_are_the_codes_own_in_its_order() -> None:
    (line,) = re.findall(r"run_dimensions = \{(.*?)\}", ALARMS)
    assert tuple(re.findall(r"(\w+) =", line)) == DIMENSIONS
