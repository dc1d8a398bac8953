from __future__ import annotations

import json
import math
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from tasks.curation.parquet import to_parquet
from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.datasets.dividends import SCHEMA as DIVIDENDS
from tasks.datasets.dividends import curate_dividends
from tasks.datasets.splits import SCHEMA as SPLITS
from tasks.datasets.splits import curate_splits
from tasks.lake.manifests import write_curated_file, write_manifest
from tasks.schema import TableSchema
from tasks.sessions import early_closes, sessions_between
from tasks.warehouse.execution import execute, fetch
from tasks.warehouse.marts import refresh_marts
from tasks.warehouse.temporary_tables import DELTA, stage_of_mart

if TYPE_CHECKING:
    from tests.integration.warehouse.conftest import Bar, Lake, Warehouse

pytestmark = pytest.mark.embedded

SESSIONS = sessions_between(date(2024, 1, 2), date(2025, 12, 31))
MARTS = {
    "market.adjustment_factor": "symbol, session_date",
    "market.daily_price_adjusted": "symbol, session_date",
    "market.daily_metric": "symbol, session_date",
    "market.agg_weekly_price": "symbol, week_start",
    "market.agg_monthly_price": "symbol, month_start",
}
LATER = "2026-01-02T22:00:00"


def closes(symbol: str) -> list[Decimal]:
    generator = np.random.default_rng(len(symbol))
    return [Decimal(f"{100 * math.exp(step):.4f}") for step in np.cumsum(generator.normal(0, 0.02, len(SESSIONS)))]


def bars(symbol: str, first: int = 0, last: int | None = None, observed: str = "2026-01-01T22:00:00") -> list[Bar]:
    prices = closes(symbol)
    end = len(SESSIONS) if last is None else last
    return [(symbol, str(SESSIONS[place]), str(prices[place]), observed) for place in range(first, end)]


def events(lake: Lake, warehouse: Warehouse, kind: TableSchema, run_id: str, *rows: tuple[str, date, str]) -> None:
    symbols, days, values = (list(column) for column in zip(*rows, strict=True))
    columns: dict[str, Any] = {
        "symbol": symbols,
        "observed_at": pa.array([datetime(2026, 1, 3, tzinfo=UTC)] * len(rows), pa.timestamp("us", tz="UTC")),
        "capture_key": ["raw/events"] * len(rows),
    }
    exact = pa.array([Decimal(value) for value in values], pa.decimal128(28, 13))
    if kind is DIVIDENDS:
        columns |= {"ex_dividend_date": days, "amount": exact}
        columns |= {name: pa.nulls(len(rows), pa.date32()) for name in ("declaration_date", "record_date", "payment_date")}
        table = curate_dividends(pa.table(columns))
    else:
        table = curate_splits(pa.table(columns | {"effective_date": days, "split_factor": exact}))
    file = write_curated_file(lake.store, kind.name, to_parquet(table, kind), table.num_rows, run_id)
    warehouse.load_table(write_manifest(lake.store, file), kind)


def everything(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    return {table: warehouse.ask(f"SELECT * FROM {table} ORDER BY {key}") for table, key in MARTS.items()}


def test_metrics_are_those_that_numpy_computes_on_our_adjusted_closes(lake: Lake, warehouse: Warehouse) -> None:
    warehouse.load(lake.manifest("run-1", bars("AAPL")))
    events(lake, warehouse, DIVIDENDS, "run-2", ("AAPL", SESSIONS[300], "2.5"))
    events(lake, warehouse, SPLITS, "run-3", ("AAPL", SESSIONS[100], "4"))
    rows = warehouse.ask(
        "SELECT adjusted_close, daily_return, log_return, average_close_7, average_close_20, average_close_50, average_close_200, "
        "volatility_7, volatility_20, average_volume_7, last_closes, last_volumes FROM market.daily_metric ORDER BY session_date"
    )
    raw = np.array([float(close) for close in closes("AAPL")])
    factors = np.ones(len(raw))
    factors[:300] *= raw[300] / (raw[300] + 2.5)
    factors[:100] /= 4
    adjusted = raw * factors
    volume = np.where(np.arange(len(raw)) < 100, 4000.0, 1000.0)
    logs = np.diff(np.log(adjusted))
    assert len(rows) == len(raw)
    for place, row in enumerate(rows):
        assert float(row[0]) == pytest.approx(adjusted[place], rel=1e-12)
        assert (row[1] is None) == (place == 0)
        if place:
            assert (row[1], row[2]) == pytest.approx((adjusted[place] / adjusted[place - 1] - 1, logs[place - 1]), abs=1e-11)
        for value, window in zip(row[3:7], (7, 20, 50, 200), strict=True):
            assert (value is None) == (place < window - 1)
            if value is not None:
                assert float(value) == pytest.approx(adjusted[place - window + 1 : place + 1].mean(), rel=1e-12)
        for value, window in zip(row[7:9], (7, 20), strict=True):
            assert (value is None) == (place < window)
            if value is not None:
                assert value == pytest.approx(logs[place - window : place].std(ddof=1), rel=1e-6)
        assert (row[9] is None, row[10] is None) == (place < 6, place < 6)
        if place >= 6:
            assert row[9] == pytest.approx(volume[place - 6 : place + 1].mean())
            assert json.loads(row[10]) == pytest.approx(adjusted[place - 6 : place + 1], rel=1e-12)
            assert json.loads(row[11]) == pytest.approx(volume[place - 6 : place + 1])


def test_marts_refreshed_load_by_load_are_those_computed_at_once(lake: Lake, warehouse: Warehouse) -> None:
    events(lake, warehouse, DIVIDENDS, "run-0", ("AAPL", SESSIONS[250], "1.25"), ("MSFT", SESSIONS[3], "0.5"))
    warehouse.load(lake.manifest("run-1", bars("AAPL", 0, 240) + bars("MSFT", 0, 400)))
    warehouse.load(lake.manifest("run-2", bars("AAPL", 255, 300)))
    # The event's own session comes late, and with it the bar that the event took effect on before.
    warehouse.load(lake.manifest("run-3", bars("AAPL", 240, 255)))
    events(lake, warehouse, SPLITS, "run-4", ("MSFT", SESSIONS[200], "3"), ("AAPL", SESSIONS[420], "2"))
    warehouse.load(lake.manifest("run-5", bars("AAPL", 300)))
    warehouse.load(lake.manifest("run-6", [("AAPL", str(SESSIONS[place]), "77.7777", LATER) for place in (20, 250, 480)]))
    warehouse.load(lake.manifest("run-7", [*bars("MSFT", 400), ("MSFT", str(SESSIONS[200]), "88.8888", LATER)]))
    load_by_load = everything(warehouse)
    warehouse.load_again_at_once(lake)
    at_once = everything(warehouse)
    assert {table: len(rows) for table, rows in at_once.items()} == {
        "market.adjustment_factor": 4,
        "market.daily_price_adjusted": 2 * len(SESSIONS),
        "market.daily_metric": 2 * len(SESSIONS),
        "market.agg_weekly_price": 2 * 105,
        "market.agg_monthly_price": 2 * 24,
    }
    assert load_by_load == at_once


# From the 200th bar on there is an average of 200, and the one of 50 ends after 49: bars between the two do not change.
@pytest.mark.parametrize(
    ("touched", "column", "rewritten"),
    [
        pytest.param(100, "close", {"daily_price_adjusted": 1, "daily_metric": 50 + 101, "agg_monthly_price": 0}, id="early"),
        pytest.param(300, "close", {"daily_price_adjusted": 1, "daily_metric": 200, "agg_monthly_price": 0}, id="late"),
        pytest.param(len(SESSIONS) - 1, "close", {"daily_price_adjusted": 1, "daily_metric": 1, "agg_monthly_price": 1}, id="last"),
        pytest.param(100, "volume", {"daily_price_adjusted": 1, "daily_metric": 7, "agg_monthly_price": 1}, id="volume"),
        pytest.param(100, "symbol", {"daily_price_adjusted": 0, "daily_metric": 0, "agg_monthly_price": 0}, id="nothing"),
    ],
)
def test_a_restated_bar_rewrites_what_its_values_change_and_nothing_else(
    lake: Lake, warehouse: Warehouse, touched: int, column: str, rewritten: dict[str, int]
) -> None:
    warehouse.load(lake.manifest("run-1", bars("AAPL") + bars("MSFT")))
    with closing(warehouse.open()) as connection:
        execute(connection, f"CREATE TEMP TABLE {DELTA} (symbol VARCHAR(32), session_date DATE)")
        execute(connection, f"INSERT INTO {DELTA} VALUES ('AAPL', '{SESSIONS[touched]}')")
        change = f"{column} + 1" if column != "symbol" else column
        execute(
            connection,
            f"UPDATE market.fact_daily_price SET {column} = {change} WHERE symbol = 'AAPL' AND session_date = '{SESSIONS[touched]}'",
        )
        refresh_marts(connection, DAILY_PRICES, None, {})
        counts = {mart: fetch(connection, f"SELECT COUNT(*) FROM {stage_of_mart(mart)}")[0][0] for mart in rewritten}
        connection.rollback()
    assert counts == rewritten


def test_a_new_event_rewrites_its_symbol_alone_and_no_raw_bar(lake: Lake, warehouse: Warehouse) -> None:
    warehouse.load(lake.manifest("run-1", bars("AAPL") + bars("MSFT")))
    raw = warehouse.ask("SELECT * FROM market.fact_daily_price ORDER BY symbol, session_date")
    before = warehouse.ask("SELECT * FROM market.daily_metric WHERE symbol = 'MSFT' ORDER BY session_date")
    events(lake, warehouse, SPLITS, "run-2", ("AAPL", SESSIONS[100], "2"))
    assert warehouse.ask("SELECT * FROM market.fact_daily_price ORDER BY symbol, session_date") == raw
    assert warehouse.ask("SELECT * FROM market.daily_metric WHERE symbol = 'MSFT' ORDER BY session_date") == before
    halved = "SELECT COUNT(*) FROM market.daily_price_adjusted WHERE symbol = 'AAPL' AND price_factor = 0.5"
    assert warehouse.ask(halved) == [(100,)]


def test_an_event_after_the_last_bar_waits_for_its_session(lake: Lake, warehouse: Warehouse) -> None:
    warehouse.load(lake.manifest("run-1", bars("AAPL", 0, 50)))
    events(lake, warehouse, SPLITS, "run-2", ("AAPL", SESSIONS[50], "2"))
    assert warehouse.ask("SELECT DISTINCT price_factor FROM market.daily_price_adjusted") == [(1.0,)]
    warehouse.load(lake.manifest("run-3", bars("AAPL", 50, 51)))
    factors = warehouse.ask("SELECT price_factor, COUNT(*) FROM market.daily_price_adjusted GROUP BY price_factor ORDER BY price_factor")
    assert factors == [(0.5, 50), (1.0, 1)]


def test_an_event_on_a_day_without_a_bar_takes_effect_on_the_next(lake: Lake, warehouse: Warehouse) -> None:
    warehouse.load(lake.manifest("run-1", bars("AAPL", 0, 10)))
    saturday = date(2024, 1, 6)
    events(lake, warehouse, SPLITS, "run-2", ("AAPL", saturday, "2"))
    assert warehouse.ask("SELECT session_date FROM market.adjustment_factor") == [(date(2024, 1, 8),)]


def test_a_window_over_a_gap_of_more_than_400_days_is_not_computed(lake: Lake, warehouse: Warehouse) -> None:
    far = [("AAPL", "2020-01-02", "50", "2026-01-01T22:00:00")]
    warehouse.load(lake.manifest("run-1", far + bars("AAPL", 0, 8)))
    rows = warehouse.ask("SELECT daily_return, average_close_7 FROM market.daily_metric ORDER BY session_date")
    assert [daily is None for daily, _ in rows] == [True, True, *[False] * 7]
    assert [average is None for _, average in rows] == [True] * 7 + [False, False]


def test_the_calendar_of_the_warehouse_is_the_pipeline_s(lake: Lake, warehouse: Warehouse) -> None:
    warehouse.load(lake.manifest("run-1", bars("AAPL", 0, 1)))
    rows = warehouse.ask(
        "SELECT session_date, session_number, is_early_close, closes_at FROM market.dim_session "
        "WHERE exchange = 'XNYS' AND session_date BETWEEN '2024-01-01' AND '2025-12-31' ORDER BY session_date"
    )
    assert [row[0] for row in rows] == SESSIONS
    assert [row[1] - rows[0][1] for row in rows] == list(range(len(SESSIONS)))
    assert {row[0] for row in rows if row[2]} == early_closes(SESSIONS[0], SESSIONS[-1])
    black_friday = {row[0]: row[3] for row in rows}[date(2024, 11, 29)]
    assert black_friday.isoformat() == "2024-11-29T18:00:00"


def test_a_week_follows_the_exchange_that_somebody_named(lake: Lake, warehouse: Warehouse) -> None:
    """On 2026-07-03 New York is closed; SHEL is London's by the watchlist alone, VOD.LON New York's against its suffix."""
    exchanges = {"SHEL": "XLON", "VOD.LON": "XNYS", "AAPL": "XNYS"}
    symbols = ("AAPL", "SHEL", "TSCO.LON", "VOD.LON")
    seen = "2026-07-04T22:00:00"
    thursday = [(symbol, day, "10", seen) for symbol in symbols for day in ("2026-07-01", "2026-07-02")]
    warehouse.load(lake.manifest("run-1", thursday), exchanges=exchanges)
    whole = "SELECT symbol FROM market.agg_weekly_price WHERE is_complete ORDER BY 1"
    assert warehouse.ask(whole) == [("AAPL",), ("VOD.LON",)]
    warehouse.load(lake.manifest("run-2", [("SHEL", "2026-07-03", "10", seen)]), exchanges=exchanges)
    assert warehouse.ask(whole) == [("AAPL",), ("SHEL",), ("VOD.LON",)]
    assert warehouse.ask("SELECT is_complete FROM market.agg_monthly_price WHERE symbol = 'SHEL'") == [(False,)]


def test_more_named_exchanges_than_fit_into_a_text_are_left_to_spelling(lake: Lake, warehouse: Warehouse) -> None:
    exchanges = {f"SYMBOL{number:08}": "XLON" for number in range(9000)}
    warehouse.load(lake.manifest("run-1", [("SYMBOL00000001", "2026-07-02", "10", "2026-07-04T22:00:00")]), exchanges=exchanges)
    assert warehouse.ask("SELECT is_complete FROM market.agg_weekly_price") == [(False,)]
