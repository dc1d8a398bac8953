"""An alert is sent, whatever becomes of what is remembered of it."""

from datetime import UTC, datetime
from typing import Any, NoReturn

import boto3
import pytest
from botocore.config import Config

from tasks.alerting.alert import Alert
from tasks.lake.store import LakeStore
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


class Signed(Clients):
    """A lake that signs links and remembers nothing."""

    def __init__(self) -> None:
        super().__init__(Settings())
        keyed = boto3.client(
            "s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b", config=Config(signature_version="s3v4")
        )
        self._lake = LakeStore(keyed, "lake")

    @property
    def lake(self) -> LakeStore:
        return self._lake

    def lake_links_end(self) -> datetime | None:
        return None


def test_an_alert_of_no_run_of_its_own_leads_to_the_latest_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr("tasks.orchestration.alerts.emit_event", lambda _event, **of: sent.append(of["payload"]))
    monkeypatch.setattr("tasks.orchestration.alerts.state.sent_alerts", lambda _flow: Memory())
    monkeypatch.setattr("tasks.orchestration.alerts.state.silences", Memory)
    run = Run("r", "freshness", Settings(), NOW, NOW, Signed(), "http://127.0.0.1:4200/runs/flow-run/1")
    emit_alerts(run, [Alert("late", "c", "t", "t"), Alert("run-stuck", "c", "t", "t", links={"Run": "http://other"})], NOW, frozenset())
    late, stuck = [{link["words"]: link["address"] for link in payload["links"]} for payload in sent]
    (page,) = [address for words, address in late.items() if words.startswith("Latest runs (until ")]
    assert "/quality/index.html?" in page
    assert late["Run"] == "http://127.0.0.1:4200/runs/flow-run/1"
    assert stuck == {"Run": "http://other"}


class Memory:
    """Nothing was sent before."""

    def read(self, _lake: LakeStore) -> tuple[()]:
        return ()

    def write(self, _lake: LakeStore, _value: object) -> None:
        pass
