"""The metrics of random bars, byte for byte those that a frame for each of them gives over the whole series."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest
from redshift_connector import Connection

from tasks.warehouse.execution import execute, fetch
from tasks.warehouse.mart import MARTS, mart_statement

if TYPE_CHECKING:
    from tests.integration.warehouse.conftest import Warehouse

pytestmark = pytest.mark.embedded

METRIC: Final = next(mart for mart in MARTS if mart.name == "daily_metric")
BY_FRAMES: Final = (Path(__file__).parent / "metrics_by_frames.sql").read_text(encoding="utf-8")
COLUMNS: Final = ", ".join(("symbol", "session_date", *METRIC.values))
FOLLOWING: Final = 199
WINDOW: Final = timedelta(days=400)

Days = list[date]


@pytest.fixture
def connection(warehouse: "Warehouse") -> Iterator[Connection]:
    with closing(warehouse.open()) as opened:
        execute(opened, "CREATE TEMP TABLE touched_x (symbol VARCHAR(32), session_date DATE)")
        execute(opened, "CREATE TEMP TABLE metric_x (LIKE market.daily_metric)")
        yield opened
        opened.rollback()


def random_series(generator: np.random.Generator, bars: int) -> Days:
    """Sessions with small gaps, and in the first half two of up to two years."""
    steps = generator.choice([1, 1, 1, 1, 3], bars)
    steps[generator.integers(1, bars // 2 + 1, 2)] = generator.integers(150, 700, 2)
    return [date(2015, 1, 1) + timedelta(days=int(day)) for day in np.cumsum(steps)]


def fill(connection: Connection, generator: np.random.Generator, series: dict[str, Days]) -> None:
    """Bars whose closes are small, large, of thirteen decimals and sometimes zero."""
    rows = []
    for symbol, days in series.items():
        whole = generator.integers(0, 10 ** int(generator.integers(1, 9)), len(days))
        decimals = generator.integers(0, 10**13, len(days))
        volumes = generator.integers(0, 10**11, len(days))
        for day, units, fraction, volume in zip(days, whole, decimals, volumes, strict=True):
            close = "0" if generator.random() < 0.01 else f"{units}.{fraction:013d}"
            rows.append(f"('{symbol}', '{day}', {close}, {close}, {close}, {close}, {volume}, 1, 1)")
    execute(connection, f"INSERT INTO market.daily_price_adjusted VALUES {', '.join(rows)}")


def touch(connection: Connection, series: dict[str, Days], touched: dict[str, Days]) -> set[tuple[str, date]]:
    """Computes the metrics of touched bars; gives the bars that they reach."""
    rows = [(symbol, day) for symbol, days in touched.items() for day in days]
    execute(connection, f"INSERT INTO touched_x VALUES {', '.join(str((symbol, str(day))) for symbol, day in rows)}")
    span = {"first": min(day for _, day in rows), "last": max(day for _, day in rows)}
    execute(connection, mart_statement(METRIC, "fill", target="metric_x", touched="touched_x", **span))
    reached = set()
    for symbol, day in rows:
        place = series[symbol].index(day)
        following = series[symbol][place : place + FOLLOWING + 1]
        reached |= {(symbol, each) for each in following if each <= max(touched[symbol]) + WINDOW}
    return reached


def assert_metrics_are_those_of_frames(connection: Connection, reached: set[tuple[str, date]]) -> None:
    found = fetch(connection, "SELECT symbol, session_date FROM metric_x")
    assert len(found) == len(reached)
    assert {(symbol, day) for symbol, day in found} == reached
    different = fetch(connection, f"SELECT {COLUMNS} FROM metric_x EXCEPT SELECT {COLUMNS} FROM ({BY_FRAMES}) AS framed")
    assert different == []


@pytest.mark.parametrize("seed", range(3))
def test_metrics_of_any_touched_bars_are_those_of_frames(connection: Connection, seed: int) -> None:
    generator = np.random.default_rng(seed)
    series = {symbol: random_series(generator, int(bars)) for symbol, bars in zip("ABC", generator.integers(5, 450, 3), strict=True)}
    fill(connection, generator, series)
    touched = {}
    for symbol, days in series.items():
        most = max(1, len(days) // int(generator.choice([1, 20, 400])))
        touched[symbol] = [days[place] for place in generator.choice(len(days), int(generator.integers(1, most + 1)), replace=False)]
    assert_metrics_are_those_of_frames(connection, touch(connection, series, touched))


def test_metrics_of_new_last_bars_and_of_new_symbols_are_those_of_frames(connection: Connection) -> None:
    generator = np.random.default_rng(7)
    series = {"OLD": random_series(generator, 450), "SHORT": random_series(generator, 19), "NEW": random_series(generator, 230)}
    fill(connection, generator, series)
    touched = {"OLD": series["OLD"][-1:], "SHORT": series["SHORT"][-2:], "NEW": series["NEW"]}
    assert_metrics_are_those_of_frames(connection, touch(connection, series, touched))
    assert fetch(connection, "SELECT COUNT(average_close_200) FROM metric_x WHERE symbol = 'OLD'") == [(1,)]
