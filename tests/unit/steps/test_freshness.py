"""What the freshness check makes of the events of Prefect's automations."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from tasks import freshness
from tasks.alerting.deliveries import Delivery
from tasks.orchestration.settings import Settings

AT = datetime(2026, 11, 20, 2, tzinfo=UTC)


def event(outcome: str, automation: str = "tickerhouse dev: late", **payload: object) -> SimpleNamespace:
    return SimpleNamespace(
        event=f"prefect.automation.action.{outcome}", occurred=AT, resource={"prefect.resource.name": automation}, payload=payload
    )


def told(monkeypatch: pytest.MonkeyPatch, *events: SimpleNamespace) -> list[Delivery]:
    """What is made of these events, answered on one page."""

    @contextmanager
    def client(**_: Any) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(read_events=lambda *_, **__: SimpleNamespace(events=events, next_page=None))

    monkeypatch.setattr(freshness, "get_client", client)
    return freshness._deliveries(Settings())


def test_a_message_that_slack_took_refused_or_never_answered_is_a_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    found = told(
        monkeypatch,
        event("executed", action_type="call-webhook", status_code=200),
        event("executed", action_type="call-webhook", status_code=404),
        event("failed", action_type="call-webhook", reason="Webhook call failed: ReadError('')"),
        event("failed", reason="no type is said"),
    )
    assert [(each.status, each.reason) for each in found] == [
        (200, ""),
        (404, ""),
        (None, "Webhook call failed: ReadError('')"),
        (None, "no type is said"),
    ]


def test_an_action_that_sends_nothing_is_no_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that has ended cannot be marked as crashed, and a heartbeat that came late makes Prefect try: no alert is lost by that."""
    found = told(
        monkeypatch,
        event("failed", "tickerhouse dev: unresponsive", action_type="change-flow-run-state", reason="Run is already in terminal state"),
        event("executed", "tickerhouse dev: freshness after a load", action_type="run-deployment", status_code=201),
        event("failed", "tickerhouse prod: late", action_type="call-webhook", reason="of another environment"),
    )
    assert found == []
