"""The Prefect server that the stack starts is whole: other releases of what it stands on come up and never schedule a run."""

import time

import pytest

from tests.end_to_end.conftest import Home

pytestmark = pytest.mark.server


def test_a_deployment_with_an_active_cron_gets_scheduled_runs(shared: Home) -> None:
    flow = shared.prefect("/flows/", {"name": "scheduled"})
    deployment = shared.prefect(
        "/deployments/",
        {
            "name": "every-hour",
            "flow_id": flow["id"],
            "schedules": [{"schedule": {"cron": "0 * * * *", "timezone": "UTC"}, "active": True}],
        },
    )
    wanted = {"deployments": {"id": {"any_": [deployment["id"]]}}, "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    deadline = time.monotonic() + 180
    while not (runs := shared.prefect("/flow_runs/filter", wanted)):
        assert time.monotonic() < deadline, "the scheduler made no run within 180 s"
        time.sleep(1)
    assert {run["state"]["type"] for run in runs} == {"SCHEDULED"}
    assert {run["auto_scheduled"] for run in runs} == {True}
