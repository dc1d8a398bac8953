"""What doctor says of the workers of the pool that runs are deployed to."""

from contextlib import nullcontext
from unittest.mock import Mock

import httpx
import pytest

from flows.command_line import doctor
from tasks.health.doctor import Finding, Level
from tasks.orchestration.settings import Settings


def found(monkeypatch: pytest.MonkeyPatch, status: int) -> Finding:
    """The finding where Prefect answers the request for the pool's workers so."""
    request = httpx.Request("POST", "http://127.0.0.1/api/work_pools/here/workers/filter")
    refused = httpx.HTTPStatusError("", request=request, response=httpx.Response(status, request=request))
    client = Mock(read_workers_for_work_pool=Mock(side_effect=refused))
    monkeypatch.setattr("deployments.server.connected", lambda: nullcontext(client))
    return doctor._worker(Settings(work_pool="here"))


def test_no_worker_serves_a_pool_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = found(monkeypatch, 404)
    assert finding.level is Level.WARNING
    assert "none serves the pool here" in finding.fact


def test_another_refusal_is_not_taken_for_a_missing_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        found(monkeypatch, 403)
