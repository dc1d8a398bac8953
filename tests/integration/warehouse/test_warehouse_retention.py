"""Retention: bars that are older than somebody wants to keep go, with all that was made of them, and the audit says so."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from infra.local.redshift import ConnectionCut, StatementEvent
from tasks.curation.parquet import to_parquet
from tasks.datasets import SCHEMAS
from tasks.datasets.dividends import SCHEMA as DIVIDENDS
from tasks.datasets.dividends import curate_dividends
from tasks.lake.manifests import write_curated_file, write_manifest
from tasks.schema import PARSED_DIVIDENDS
from tasks.sessions import sessions_between
from tasks.warehouse.errors import LoadFailed
from tasks.warehouse.options import LoadOptions
from tasks.warehouse.retention import Removed, first_kept, remove_before

if TYPE_CHECKING:
    from tests.integration.warehouse.conftest import Bar, Lake, Warehouse, Watch

pytestmark = pytest.mark.embedded

SESSIONS = sessions_between(date(2024, 6, 3), date(2025, 6, 30))
BEFORE = date(2024, 10, 16)
"""A Wednesday in the middle of a month: the removal cuts a week and a month in two."""
GONE = sum(session < BEFORE for session in SESSIONS)
MARTS = {
    "market.adjustment_factor": "symbol, session_date",
    "market.daily_price_adjusted": "symbol, session_date",
    "market.daily_metric": "symbol, session_date",
    "market.agg_weekly_price": "symbol, week_start",
    "market.agg_monthly_price": "symbol, month_start",
}
REMOVALS = "SELECT table_name, rows_removed, removed_before, run_id FROM ops.load_audit WHERE dataset = 'retention' ORDER BY table_name"


def bars(symbol: str, first: int = 0, observed: str = "2025-07-01T22:00:00", more: int = 0) -> list[Bar]:
    return [(symbol, str(session), f"{100 + place % 17 + more}", observed) for place, session in enumerate(SESSIONS) if place >= first]


def filled(lake: Lake, warehouse: Warehouse) -> None:
    """Two symbols of thirteen months, one of three; an old dividend and a late one; a restated bar on each side of the cut."""
    warehouse.load(lake.manifest("run-1", [*bars("AAPL"), *bars("MSFT"), *bars("NVDA", first=GONE + 120)]))
    restated = [
        (symbol, str(session), "90", "2025-07-02T22:00:00") for symbol in ("AAPL", "MSFT") for session in (SESSIONS[5], SESSIONS[GONE + 5])
    ]
    warehouse.load(lake.manifest("run-2", restated))
    rows = [
        dict.fromkeys(PARSED_DIVIDENDS.names)
        | {
            "symbol": "AAPL",
            "ex_dividend_date": session,
            "amount": Decimal("1.5"),
            "observed_at": datetime(2025, 7, 1, tzinfo=UTC),
            "capture_key": "raw/events",
            **{name: "" for name in PARSED_DIVIDENDS.names if name.endswith("_text")},
        }
        for session in (SESSIONS[10], SESSIONS[GONE + 30])
    ]
    table = curate_dividends(pa.Table.from_pylist(rows, PARSED_DIVIDENDS))
    warehouse.load_table(
        write_manifest(lake.store, write_curated_file(lake.store, DIVIDENDS.name, to_parquet(table, DIVIDENDS), table.num_rows, "run-3")),
        DIVIDENDS,
    )


def remove(warehouse: Warehouse, run_id: str = "maintenance-1", retries: int = 3) -> Removed:
    return remove_before(warehouse.open, BEFORE, run_id, SCHEMAS, LoadOptions(retries=retries, retry_wait=0.01))


def marts(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    return {table: warehouse.ask(f"SELECT * FROM {table} ORDER BY {key}") for table, key in MARTS.items()}


def count(warehouse: Warehouse, table: str, column: str = "session_date") -> tuple[int, date | None]:
    ((rows, first),) = warehouse.ask(f"SELECT COUNT(*), MIN({column}) FROM {table}")
    return rows, first


def test_what_is_older_goes_and_what_is_left_stays_to_the_last_value(lake: Lake, warehouse: Warehouse) -> None:
    filled(lake, warehouse)
    kept = warehouse.ask(f"SELECT * FROM market.fact_daily_price WHERE session_date >= '{BEFORE}' ORDER BY symbol, session_date")
    files = lake.addresses()
    removed = remove(warehouse)
    assert removed.bars == 2 * GONE
    assert warehouse.ask("SELECT * FROM market.fact_daily_price ORDER BY symbol, session_date") == kept
    assert [row[:2] for row in warehouse.ask("SELECT symbol, session_date FROM market.fact_daily_price_revision ORDER BY symbol")] == [
        ("AAPL", SESSIONS[GONE + 5]),
        ("MSFT", SESSIONS[GONE + 5]),
    ]
    assert count(warehouse, "market.daily_price_adjusted") == (len(kept), SESSIONS[GONE])
    assert count(warehouse, "market.daily_metric") == (len(kept), SESSIONS[GONE])
    assert lake.addresses() == files


def test_the_marts_are_what_the_bars_that_are_left_give(lake: Lake, warehouse: Warehouse) -> None:
    filled(lake, warehouse)
    remove(warehouse)
    (week,) = warehouse.ask("SELECT week_start, session_count FROM market.agg_weekly_price WHERE symbol = 'AAPL' ORDER BY 1 LIMIT 1")
    assert week == (date(2024, 10, 14), 3)
    assert warehouse.ask("SELECT COUNT(*) FROM market.agg_monthly_price WHERE symbol = 'AAPL' AND month_start < '2024-10-01'") == [(0,)]
    left = marts(warehouse)
    warehouse.load_again_at_once(lake)
    assert left == marts(warehouse)


def test_the_audit_says_what_went_of_every_table(lake: Lake, warehouse: Warehouse) -> None:
    filled(lake, warehouse)
    removed = remove(warehouse)
    told = warehouse.ask(REMOVALS)
    assert {table: rows for table, rows, _, _ in told} == removed.rows
    assert {row[2:] for row in told} == {(BEFORE, "maintenance-1")}
    assert removed.rows["market.fact_daily_price"] == removed.rows["market.daily_metric"] == 2 * GONE
    assert removed.rows["market.fact_daily_price_revision"] == 2
    assert set(removed.rows) >= {"market.agg_weekly_price", "market.agg_monthly_price", "market.daily_price_adjusted"}
    assert warehouse.ask("SELECT COUNT(*) FROM ops.load_audit WHERE dataset <> 'retention' AND rows_removed = 0") == [(3,)]


def test_a_second_removal_finds_nothing_and_says_nothing(lake: Lake, warehouse: Warehouse) -> None:
    filled(lake, warehouse)
    remove(warehouse)
    told = warehouse.ask(REMOVALS)
    assert remove(warehouse, "maintenance-2") == Removed(BEFORE)
    assert warehouse.ask(REMOVALS) == told


def test_bars_that_are_loaded_again_come_back_and_go_with_the_next_removal(lake: Lake, warehouse: Warehouse) -> None:
    filled(lake, warehouse)
    remove(warehouse)
    before = marts(warehouse)
    assert warehouse.load(lake.manifest("run-4", bars("AAPL", observed="2025-07-01T23:00:00")[:GONE])).new == GONE
    assert count(warehouse, "market.fact_daily_price")[1] == SESSIONS[0]
    assert remove(warehouse, "maintenance-2").bars == GONE
    assert marts(warehouse) == before


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_removal_whose_commit_goes_unanswered_is_told_once(lake: Lake, warehouse: Warehouse, watch: Watch, phase: str) -> None:
    filled(lake, warehouse)
    cuts: list[str] = []

    def act(event: StatementEvent) -> None:
        if event.kind == "commit" and event.phase == phase and not cuts:
            cuts.append(phase)
            raise ConnectionCut("cut")

    watch.act = act
    removed = remove(warehouse)
    assert cuts == [phase]
    assert removed.bars == 2 * GONE
    assert {table: rows for table, rows, _, _ in warehouse.ask(REMOVALS)} == removed.rows


def test_a_removal_that_fails_leaves_everything(lake: Lake, warehouse: Warehouse, watch: Watch) -> None:
    filled(lake, warehouse)
    before = marts(warehouse)

    def act(event: StatementEvent) -> None:
        if "insert into ops.load_audit" in event.sql.lower() and event.phase == "before":
            raise ConnectionCut("cut")

    watch.act = act
    with pytest.raises(LoadFailed, match=f"before {BEFORE}"):
        remove(warehouse, retries=0)
    watch.act = None
    assert marts(warehouse) == before
    assert warehouse.ask(REMOVALS) == []


@pytest.mark.parametrize(
    ("today", "years", "first"),
    [
        (date(2026, 11, 20), 1, date(2025, 11, 20)),
        (date(2024, 2, 29), 1, date(2023, 2, 28)),
        (date(2024, 2, 29), 4, date(2020, 2, 29)),
    ],
)
def test_the_first_session_that_is_kept_is_the_same_day_years_before(today: date, years: int, first: date) -> None:
    assert first_kept(today, years) == first
    assert str(first_kept(today + timedelta(days=1), years)) > str(first)


def test_a_retention_in_days_counts_where_it_keeps_fewer_bars() -> None:
    today = date(2026, 11, 20)
    assert first_kept(today, 0, 30) == first_kept(today, 5, 30) == date(2026, 10, 21)
    assert first_kept(today, 1, 400) == date(2025, 11, 20)
    assert first_kept(today, 0, 0) is None
