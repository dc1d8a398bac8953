"""What a planned run asks of the warehouse, by the cost model."""

import pytest

from flows.command_line.warehouse_time import warehouse_time, warehouse_time_text
from tasks.records import Call


def calls(compact: int, full: int = 0) -> list[Call]:
    return [
        Call("TIME_SERIES_DAILY", f"S{number}", {"outputsize": "compact" if number < compact else "full"})
        for number in range(compact + full)
    ]


def test_a_run_that_asks_nothing_leaves_the_warehouse_asleep() -> None:
    assert warehouse_time(calls(0)).usd == 0
    assert warehouse_time_text(warehouse_time(calls(0))) == "stays asleep"


def test_a_minute_of_the_warehouse_is_the_least_and_costs_as_modelled() -> None:
    """A minute of the warehouse is the least and costs what the model says."""
    said = warehouse_time_text(warehouse_time(calls(6)))
    assert said == "about 60 s awake, 0.03 USD at 4 RPUs (billed on AWS only; a minute at least)"


def test_five_thousand_compact_answers_keep_it_awake_for_93_seconds() -> None:
    """90 seconds for the load, and 2 for each million rows of the year that is unloaded."""
    time = warehouse_time(calls(5_000))
    assert time.seconds == 92.52
    assert time.usd == pytest.approx(92.52 / 3600 * 4 * 0.375)


def test_a_whole_history_is_loaded_like_fifty_compact_answers() -> None:
    """330 seconds for the load of as many bars; then its 5,000 bars are unloaded, of a compact answer the year of 252."""
    assert warehouse_time(calls(0, full=500)).seconds == pytest.approx(330 + 500 * 5_000 / 1e6 * 2)
    assert warehouse_time(calls(25_000)).seconds == pytest.approx(330 + 25_000 * 252 / 1e6 * 2)
