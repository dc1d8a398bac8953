"""The end of a run: what goes wrong in it is a warning, and the run ends as it ended."""

from datetime import UTC, datetime
from inspect import unwrap
from typing import Any

import httpx
import pytest

from tasks import publish as step
from tasks.errors import TickerhouseError
from tasks.orchestration import artifacts
from tasks.orchestration.clients import Clients
from tasks.orchestration.run import Run
from tasks.orchestration.settings import Settings
from tasks.records import Status
from tasks.results.run_results import RunResults

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch) -> RunResults:
    """The results of a run that found nothing to do, on a lake that keeps what it is given."""
    settings = Settings.from_environment()
    run = Run("20261120T020000Z-1a2b3c4d", "daily_prices", settings, NOW, NOW, Clients(settings))
    monkeypatch.setattr(step, "put_json", lambda *_: "")
    monkeypatch.setattr(step, "announce", lambda *_: None)
    monkeypatch.setattr(step, "publish_pages", lambda *_: None)
    monkeypatch.setattr(artifacts, "last_run", lambda _: None)
    return RunResults(run, ())


def raising(error: Exception) -> Any:
    def act(*_: object, **__: object) -> None:
        raise error

    return act


def test_what_fails_after_the_summary_was_stored_is_a_warning_too(results: RunResults, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step, "report", lambda *_: None)
    monkeypatch.setattr(step, "announce", raising(TickerhouseError("CloudWatch did not answer.", "Look at its status.")))
    summary = unwrap(step.publish)(results.run, results)
    assert summary.warnings[-1].startswith("Not every alert and metric was sent: CloudWatch did not answer.")


def test_a_run_ends_as_it_ended_where_prefect_is_gone(results: RunResults, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(artifacts, "create_table_artifact", raising(httpx.ConnectError("refused")))
    monkeypatch.setattr(step, "announce", lambda _, summary: sent.append(summary.run_id))
    assert unwrap(step.publish)(results.run, results).status in set(Status)
    assert sent == [results.run.run_id]
