"""What a planned run asks of the warehouse, by the cost model."""

import pytest

from flows.command_line.warehouse_time import warehouse_time, warehouse_time_text
from tasks.records import Call, Plan


def plan(compact: int, full: int = 0) -> Plan:
    calls = tuple(
        Call("TIME_SERIES_DAILY", f"S{number}", {"outputsize": "compact" if number < compact else "full"})
        for number in range(compact + full)
    )
    return Plan(calls=calls, held=(), skipped=(), due_session={}, budget_left=None)


def test_a_run_that_asks_nothing_leaves_the_warehouse_asleep() -> None:
    assert warehouse_time(plan(0)).usd == 0
    assert warehouse_time_text(warehouse_time(plan(0))) == "stays asleep"


def test_a_minute_of_the_warehouse_is_the_least_and_costs_as_modelled() -> None:
    """A minute of the warehouse is the least and costs what the model says."""
    said = warehouse_time_text(warehouse_time(plan(6)))
    assert said == "about 60 s awake, 0.03 USD at 4 RPUs (billed on AWS only; a minute at least)"


def test_five_thousand_compact_answers_keep_it_awake_for_90_seconds() -> None:
    """Five thousand compact answers keep it awake for a minute and a half."""
    time = warehouse_time(plan(5_000))
    assert time.seconds == 90
    assert time.usd == pytest.approx(90 / 3600 * 4 * 0.375)


def test_a_whole_history_counts_as_fifty_compact_answers() -> None:
    """A whole history counts as the fifty compact answers that hold as many bars."""
    assert warehouse_time(plan(0, full=500)).seconds == warehouse_time(plan(25_000)).seconds == 330
    assert warehouse_time(plan(100, full=500)).seconds == warehouse_time(plan(25_100)).seconds
