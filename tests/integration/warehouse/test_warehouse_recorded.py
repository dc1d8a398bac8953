"""Adjusted closes, weeks and months, made in the warehouse, against what the source itself recorded."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from tasks.alpha_vantage.monthly_adjusted import read_monthly_adjusted
from tasks.alpha_vantage.weekly_adjusted import read_weekly_adjusted
from tasks.curation.curate import curate
from tasks.curation.parquet import check_footer, to_parquet
from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.datasets.dividends import SCHEMA as DIVIDENDS
from tasks.datasets.dividends import curate_dividends
from tasks.datasets.splits import SCHEMA as SPLITS
from tasks.datasets.splits import curate_splits
from tasks.lake.manifests import write_curated_file, write_manifest
from tasks.records import CapturedBody
from tasks.schema import TableSchema

if TYPE_CHECKING:
    from tests.integration.warehouse.conftest import Lake, Warehouse

RECORDED = Path(__file__).resolve().parents[3] / ".." / "shared" / "recorded" / "prices"
pytestmark = [
    pytest.mark.embedded,
    pytest.mark.skipif(not RECORDED.is_dir(), reason="recorded answers are not beside this checkout"),
]

OBSERVED = datetime(2019, 11, 30, 12, tzinfo=UTC)
TOLERANCE = 5e-4


def series(stem: str) -> dict[date, dict[str, str]]:
    """Session to values, names without their numbers."""
    document = json.loads((RECORDED / f"{stem}.json").read_text())
    rows = next(value for name, value in document.items() if name != "Meta Data")
    return {
        date.fromisoformat(session): {name.partition(". ")[2]: value for name, value in values.items()} for session, values in rows.items()
    }


def put(lake: Lake, table: pa.Table, dataset: TableSchema, run_id: str) -> Any:
    parquet = to_parquet(table, dataset)
    check_footer(parquet, dataset, table.num_rows)
    return write_manifest(lake.store, write_curated_file(lake.store, dataset.name, parquet, table.num_rows, run_id))


def origin(rows: int) -> dict[str, pa.Array[Any]]:
    return {"observed_at": pa.array([OBSERVED] * rows, pa.timestamp("us", tz="UTC")), "capture_key": pa.array(["raw/recorded"] * rows)}


def bars(recorded: dict[date, dict[str, str]]) -> pa.Table:
    columns = {
        name: pa.array([Decimal(row[name]) for row in recorded.values()], pa.decimal64(18, 6)) for name in ("open", "high", "low", "close")
    }
    volume = pa.array([int(row["volume"]) for row in recorded.values()], pa.int64())
    return curate(
        pa.table(
            {"symbol": ["MSFT"] * len(recorded), "session_date": list(recorded), **columns, "volume": volume, **origin(len(recorded))}
        ),
        DAILY_PRICES,
    )


def dividends(recorded: dict[date, dict[str, str]]) -> pa.Table:
    paid = {session: Decimal(row["dividend amount"]) for session, row in recorded.items() if Decimal(row["dividend amount"])}
    nothing = pa.nulls(len(paid), pa.date32())
    return curate_dividends(
        pa.table(
            {
                "symbol": ["MSFT"] * len(paid),
                "ex_dividend_date": list(paid),
                "amount": pa.array(list(paid.values()), pa.decimal128(28, 13)),
                "declaration_date": nothing,
                "record_date": nothing,
                "payment_date": nothing,
                **origin(len(paid)),
            }
        )
    )


def splits(recorded: dict[date, dict[str, str]]) -> pa.Table:
    found = {session: Decimal(row["split coefficient"]) for session, row in recorded.items() if Decimal(row["split coefficient"]) != 1}
    factors = pa.array(list(found.values()), pa.decimal128(28, 13))
    return curate_splits(
        pa.table({"symbol": ["MSFT"] * len(found), "effective_date": list(found), "split_factor": factors, **origin(len(found))})
    )


@pytest.fixture
def adjusted() -> dict[date, dict[str, str]]:
    return series("time_series_daily_adjusted-msft-2019-11-30")


@pytest.mark.parametrize("order", ["bars first", "events first"])
def test_our_adjusted_close_is_the_recorded_one_on_every_session(
    lake: Lake, warehouse: Warehouse, adjusted: dict[date, dict[str, str]], order: str
) -> None:
    loads = [(bars(adjusted), DAILY_PRICES), (dividends(adjusted), DIVIDENDS), (splits(adjusted), SPLITS)]
    for number, (table, dataset) in enumerate(loads if order == "bars first" else loads[1:] + loads[:1]):
        warehouse.load_table(put(lake, table, dataset, f"{order.replace(' ', '-')}-{number}"), dataset)
    ours = dict(warehouse.ask("SELECT session_date, adjusted_close FROM market.daily_price_adjusted WHERE symbol = 'MSFT'"))
    assert len(ours) == len(adjusted) == 5034
    worst = max(abs(float(ours[session]) / float(row["adjusted close"]) - 1) for session, row in adjusted.items())
    assert worst < TOLERANCE


def test_the_series_computed_as_of_now_is_the_one_that_is_kept(
    lake: Lake, warehouse: Warehouse, adjusted: dict[date, dict[str, str]]
) -> None:
    for table, dataset in ((bars(adjusted), DAILY_PRICES), (dividends(adjusted), DIVIDENDS), (splits(adjusted), SPLITS)):
        warehouse.load_table(put(lake, table, dataset, f"now-{dataset.name.replace('_', '-')}"), dataset)
    kept = dict(warehouse.ask("SELECT session_date, adjusted_close FROM market.daily_price_adjusted"))
    then = warehouse.adjusted_as_of("MSFT", OBSERVED)
    assert kept.keys() == then.keys()
    assert max(abs(kept[session] - then[session]) for session in kept) < Decimal("1e-10")


@pytest.mark.parametrize(("function", "table", "periods"), [("weekly", "agg_weekly_price", 1043), ("monthly", "agg_monthly_price", 240)])
def test_our_weeks_and_months_are_the_recorded_ones(lake: Lake, warehouse: Warehouse, function: str, table: str, periods: int) -> None:
    daily = series("time_series_daily-msft-2019-11-30")
    recorded = series(f"time_series_{function}-msft-2019-11-30")
    warehouse.load_table(put(lake, bars(daily), DAILY_PRICES, f"bars-{function}"), DAILY_PRICES)
    ours = {row[0]: row[1:] for row in warehouse.ask(f'SELECT last_session, "open", high, low, close, volume FROM market.{table}')}
    assert len(recorded) == periods
    provisional = max(recorded)
    wrong = {
        session: (ours.get(session), row)
        for session, row in recorded.items()
        if session != provisional
        and ours.get(session) != (*(Decimal(row[name]) for name in ("open", "high", "low", "close")), int(row["volume"]))
    }
    assert wrong == {}


def test_our_adjusted_close_of_a_week_or_month_is_the_recorded_one(
    lake: Lake, warehouse: Warehouse, adjusted: dict[date, dict[str, str]]
) -> None:
    """Our adjusted close at the end of a week or month is the one its own endpoint recorded."""
    for table, dataset in ((bars(adjusted), DAILY_PRICES), (dividends(adjusted), DIVIDENDS), (splits(adjusted), SPLITS)):
        warehouse.load_table(put(lake, table, dataset, f"periods-{dataset.name.replace('_', '-')}"), dataset)
    ours = dict(warehouse.ask("SELECT session_date, adjusted_close FROM market.daily_price_adjusted"))
    for function, read, periods in (("weekly_adjusted", read_weekly_adjusted, 1043), ("monthly_adjusted", read_monthly_adjusted, 240)):
        body = (RECORDED / f"time_series_{function}-msft-2019-11-30.json").read_bytes()
        recorded = read([CapturedBody("MSFT", "raw/recorded", OBSERVED, body)]).table
        rows: list[dict[str, Any]] = recorded.select(["session_date", "adjusted_close", "dividend_amount"]).to_pylist()
        closes = {row["session_date"]: row["adjusted_close"] for row in rows}
        assert len(closes) == periods
        worst = max(abs(float(ours[session]) / float(close) - 1) for session, close in closes.items())
        assert worst < TOLERANCE, function
        assert sum(row["dividend_amount"] for row in rows) == sum(Decimal(row["dividend amount"]) for row in adjusted.values())
