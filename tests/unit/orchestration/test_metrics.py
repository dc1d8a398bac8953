"""The numbers of a run, and their one way to CloudWatch."""

from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch

import boto3
import pytest
from moto import mock_aws

from tasks.orchestration.clients import Clients
from tasks.orchestration.metrics import DIMENSIONS, STEP_DIMENSIONS, MetricsNotSent, run_metrics, send_metrics
from tasks.orchestration.run import Run
from tasks.orchestration.settings import Settings
from tasks.records import Outcome, Status
from tasks.summary.run_summary import CallSummary, QuarantineSummary, RowSummary, RunSummary, SymbolSummary

AT = datetime(2026, 11, 20, 1, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


def run(namespace: str = "") -> Run:
    settings = Settings(environment="prod", metrics_namespace=namespace)
    return Run("r", "daily_prices", settings, AT, AT, Clients(settings))


def summary() -> RunSummary:
    return RunSummary(
        run_id="r",
        flow="daily_prices",
        environment="prod",
        source="alpha_vantage",
        plan="free",
        status=Status.COMPLETED_WITH_WARNINGS,
        exit_code=3,
        as_of=AT,
        started_at=AT,
        finished_at=AT,
        due_session=date(2026, 11, 19),
        symbol_count=2,
        symbols=(SymbolSummary(symbol="NVDA", outcome=Outcome.REFUSED, is_due_session_missing=True),),
        calls=CallSummary(planned=2, answered=3, refused=1, sent=4, left_today=21),
        rows=RowSummary(parsed=100, accepted=95, quarantined=5, curated=95, staged=95, new=90, changed=2, unchanged=3),
        quarantine=QuarantineSummary(rate=0.05, limit=0.05),
        seconds_per_step={"plan": 1.5, "load": 2.0},
    )


def test_every_number_that_is_watched_is_there() -> None:
    assert run_metrics(run(), summary()) == {
        "RowsLoaded": 92.0,
        "RowsRestated": 2.0,
        "RowsQuarantined": 5.0,
        "SymbolsMissing": 1.0,
        "RunsEndedWell": 1.0,
        "RunSeconds": 0.0,
        "ApiSuccessRate": 0.75,
        "ValidationPassRate": 0.95,
        "CallsLeft": 21.0,
        "SessionsBehind": 1.0,
    }


def test_they_go_to_cloudwatch_in_one_call_with_the_time_of_each_step() -> None:
    with mock_aws():
        client = boto3.client("cloudwatch", region_name="us-east-1")
        with patch("botocore.client.BaseClient._make_api_call", autospec=True, side_effect=type(client)._make_api_call) as calls:
            send_metrics(run("Tickerhouse"), summary())
        assert [call.args[1] for call in calls.call_args_list] == ["PutMetricData"]
        metrics = client.list_metrics(Namespace="Tickerhouse")["Metrics"]
        steps = {d["Value"] for metric in metrics for d in metric["Dimensions"] if d["Name"] == "Step"}
        assert steps == {"plan", "load"}
        sent_under = {(metric["MetricName"] == "StepSeconds", tuple(d["Name"] for d in metric["Dimensions"])) for metric in metrics}
        assert sent_under == {(False, DIMENSIONS), (True, STEP_DIMENSIONS)}
        loaded = client.get_metric_statistics(
            Namespace="Tickerhouse",
            MetricName="RowsLoaded",
            Dimensions=[
                {"Name": "Environment", "Value": "prod"},
                {"Name": "Source", "Value": "alpha_vantage"},
                {"Name": "Flow", "Value": "daily_prices"},
            ],
            StartTime=datetime.now(UTC) - timedelta(hours=1),
            EndTime=datetime.now(UTC) + timedelta(hours=1),
            Period=7200,
            Statistics=["Sum"],
        )
        assert loaded["Datapoints"][0]["Sum"] == 92.0


def test_without_a_namespace_nothing_is_sent() -> None:
    with patch("botocore.client.BaseClient._make_api_call") as calls:
        send_metrics(run(), summary())
    calls.assert_not_called()


def test_a_cloudwatch_that_refuses_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(MetricsNotSent, match="rejected the run's metrics"):
        send_metrics(run("Tickerhouse"), summary())
