"""What a run does about a warehouse that lost loads, and when it asks at all."""

from datetime import UTC, datetime, timedelta
from inspect import unwrap
from types import SimpleNamespace
from typing import Any

import pytest

from tasks import recover as step
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.past_loads import remember_contact
from tasks.warehouse.rebuild import AuditedState

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
NEWEST = "s3://lake/manifests/daily_prices/run-2.json"


@pytest.fixture
def run(store: LakeStore) -> Any:
    return SimpleNamespace(lake=store, warehouse=None, started_at=NOW)


def audited(*, is_known: bool, held: int = 3) -> Any:
    return lambda *_: AuditedState(is_known, held, 3)


def test_a_warehouse_of_which_nothing_is_known_is_not_asked(run: Any) -> None:
    assert unwrap(step.recover)(run) == ()


def test_a_newest_load_that_nothing_can_give_back_is_told(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    remember_contact(run.lake, NEWEST, NOW)
    monkeypatch.setattr(step, "audited_state", audited(is_known=False))
    monkeypatch.setattr(step, "past_loads", lambda _: [])
    assert unwrap(step.recover)(run) == (f"The warehouse does not know the newest load, and the lake cannot give it back: {NEWEST}.",)


def test_fewer_bars_than_the_audit_counts_end_the_run(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    remember_contact(run.lake, NEWEST, NOW)
    monkeypatch.setattr(step, "audited_state", audited(is_known=True, held=2))
    with pytest.raises(step.BarsLost, match="has 2 bars; by its audit 3 should be"):
        unwrap(step.recover)(run)


@pytest.mark.parametrize(("hours", "asked"), [(23, []), (24, ["asked"])])
def test_a_run_with_nothing_to_load_asks_after_a_day(run: Any, monkeypatch: pytest.MonkeyPatch, hours: int, asked: list[str]) -> None:
    """And not before, because every contact of an idle workgroup is billed as a minute."""
    remember_contact(run.lake, NEWEST, NOW - timedelta(hours=hours))
    found: list[str] = []

    def ask(_: object) -> tuple[str, ...]:
        found.append("asked")
        return ()

    monkeypatch.setattr(step, "recover", ask)
    monkeypatch.setattr(step, "utc_now", lambda: NOW)
    assert step.recover_after_silence(run) == ()
    assert found == asked
    contact = state.last_contact().read(run.lake)
    assert contact is not None
    assert (contact.at == NOW, contact.newest_load) == (bool(asked), NEWEST)
