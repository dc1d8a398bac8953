"""An alert is sent, whatever becomes of what is remembered of it."""

from datetime import UTC, datetime
from typing import Any, NoReturn

import pytest

from tasks.alerting.alert import Alert
from tasks.orchestration.alerts import emit_alerts
from tasks.orchestration.clients import Clients, RoleNotAssumed
from tasks.orchestration.run import Run
from tasks.orchestration.settings import Settings

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)


class Refused(Clients):
    """The role that opens the lake is refused."""

    @property
    def lake(self) -> NoReturn:
        raise RoleNotAssumed("The role could not be assumed.", "Check its trust policy.")


def test_an_alert_is_sent_although_the_role_that_opens_the_lake_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    emitted: list[str] = []

    def emit(event: str, **_: Any) -> None:
        emitted.append(event)

    monkeypatch.setattr("tasks.orchestration.alerts.emit_event", emit)
    alert = Alert("run-failed", "cause", "title", "text", next_step="Do this.")
    run = Run("r", "daily_prices", Settings(), NOW, NOW, Refused(Settings()))
    assert emit_alerts(run, [alert], NOW, frozenset()) == ("run-failed",)
    assert emitted == ["tickerhouse.alert.run-failed"]
