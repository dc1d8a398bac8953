"""Undoing one load: rows it added go, rows it changed are as before, and what later loads changed is refused by their names."""

from collections.abc import Callable

import pytest

from tasks.datasets.adjusted_prices import SCHEMA as ADJUSTED_PRICES
from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.records import Manifest
from tasks.warehouse.errors import NotUndoable
from tasks.warehouse.options import LoadOptions
from tasks.warehouse.undo import Record, Undone, undo_load
from tests.integration.warehouse.conftest import Bar, Lake, Warehouse

pytestmark = pytest.mark.server

A, B, C = "2026-01-02", "2026-01-05", "2026-01-06"
FIRST, SECOND, THIRD = "2026-01-07T22:00:00", "2026-01-08T22:00:00", "2026-01-09T22:00:00"
MARTS = (
    "select symbol, session_date, adjusted_close from market.daily_price_adjusted order by 1, 2",
    "select symbol, session_date, adjusted_close, average_close_7, json_serialize(last_closes) from market.daily_metric order by 1, 2",
    "select symbol, week_start, session_count, close, volume from market.agg_weekly_price order by 1, 2",
    "select symbol, month_start, session_count, close, volume from market.agg_monthly_price order by 1, 2",
    "select symbol, session_date, close, superseded_at from market.fact_daily_price_revision order by 1, 2, 4",
)

Take = Callable[[Manifest], Undone]


def state(warehouse: Warehouse) -> list[object]:
    values = warehouse.ask("select symbol, session_date, close, observed_at, capture_key from market.fact_daily_price order by 1, 2")
    return [values, *(warehouse.ask(sql) for sql in MARTS)]


@pytest.fixture
def undo(warehouse: Warehouse) -> Take:
    def take_back(manifest: Manifest) -> Undone:
        name = f"undo-of-{manifest.run_id}"
        record = Record(name, f"s3://lake/manifests/undo/{name}.json", f"{name:0>64}")
        return undo_load(warehouse.open, manifest, DAILY_PRICES, lambda: record, LoadOptions(warehouse.copy_role, retry_wait=0.01))

    return take_back


def test_loads_undone_newest_first_leave_every_former_state(warehouse: Warehouse, lake: Lake, undo: Take) -> None:
    """Added, changed and unchanged rows in each of three loads, two symbols; the marts are those of the rows that stand."""
    loads: list[list[Bar]] = [
        [("AAA", A, "10", FIRST), ("AAA", B, "11", FIRST), ("BBB", A, "50", FIRST)],
        [("AAA", B, "12", SECOND), ("AAA", C, "13", SECOND), ("BBB", A, "50", SECOND), ("BBB", B, "51", SECOND)],
        [("AAA", B, "14", THIRD), ("AAA", C, "13", THIRD), ("BBB", B, "52", THIRD), ("CCC", C, "7", THIRD)],
    ]
    states, manifests = [state(warehouse)], []
    for number, bars in enumerate(loads, start=1):
        manifests.append(lake.manifest(f"run-undone-{number}", bars))
        warehouse.load(manifests[-1])
        states.append(state(warehouse))

    with pytest.raises(NotUndoable, match=r"run-undone-2 \(1 bar, e\.g\. AAA 2026-01-05\)"):
        undo(manifests[0])
    with pytest.raises(NotUndoable, match=r"run-undone-3 \(2 bars, e\.g\. AAA 2026-01-05\)"):
        undo(manifests[1])
    assert state(warehouse) == states[3]

    counts = []
    for manifest, before in zip(reversed(manifests), reversed(states[:-1]), strict=True):
        done = undo(manifest)
        counts.append((done.removed, done.restored))
        assert state(warehouse) == before, manifest.run_id
    assert counts == [(1, 2), (2, 1), (3, 0)]


def test_an_undone_load_stays_undone_and_is_audited_once(warehouse: Warehouse, lake: Lake, undo: Take) -> None:
    manifest = lake.manifest("run-once", [("AAA", A, "10", FIRST), ("AAA", B, "11", FIRST)])
    warehouse.load(manifest)
    first, second = undo(manifest), undo(manifest)
    assert (first.is_new, second.is_new, second.removed) == (True, False, 2)
    assert warehouse.load(manifest).new == 0
    audit = "select dataset, rows_new, rows_removed from ops.load_audit order by dataset"
    assert warehouse.ask(audit) == [("daily_prices", 2, 0), ("undo", 0, 2)]
    counted = "select sum(rows_new - rows_removed) from ops.load_audit where table_name = 'market.fact_daily_price'"
    assert warehouse.ask(counted) == [(0,)]


def test_a_table_without_former_values_cannot_be_undone(warehouse: Warehouse, lake: Lake) -> None:
    manifest = lake.manifest("run-none", [("AAA", A, "10", FIRST)])
    with pytest.raises(NotUndoable, match="keeps no former values"):
        undo_load(warehouse.open, manifest, ADJUSTED_PRICES, lambda: Record("", "", ""), LoadOptions(warehouse.copy_role))
