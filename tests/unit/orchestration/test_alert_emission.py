"""An alert is said, whatever becomes of what is remembered of it."""

from datetime import UTC, datetime
from typing import Any, NoReturn

import pytest

from tasks.alerting.alert import Alert
from tasks.orchestration.alerts import say
from tasks.orchestration.clients import RoleNotAssumed
from tasks.orchestration.settings import Settings

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)


def test_an_alert_is_said_although_the_role_that_opens_the_lake_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    emitted: list[str] = []

    def refused(*_: object) -> NoReturn:
        raise RoleNotAssumed("The role could not be assumed.", "See its trust policy.")

    def emit(event: str, **_: Any) -> None:
        emitted.append(event)

    monkeypatch.setattr("tasks.orchestration.alerts.open_lake", refused)
    monkeypatch.setattr("tasks.orchestration.alerts.emit_event", emit)
    alert = Alert("run-failed", "cause", "title", "text", next_step="Do this.")
    assert say(Settings(), "daily_prices", [alert], NOW, frozenset()) == ("run-failed",)
    assert emitted == ["tickerhouse.alert.run-failed"]
