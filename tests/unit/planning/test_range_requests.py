"""Backfills: what is missing of a range, whose turn it is, and what is not asked twice."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tasks.planning.capabilities import Capability
from tasks.planning.range_requests import Backfill, missing_ranges, range_requests
from tasks.records import SymbolCoverage
from tests.plans import AS_OF, make_inputs

DUE = date(2026, 11, 19)
SEEN = datetime(2026, 11, 18, 22, tzinfo=UTC)
HELD = SymbolCoverage(date(2025, 1, 2), DUE, SEEN)
TORN = replace(HELD, gaps=((date(2025, 1, 10), date(2026, 7, 8)),))
WHOLE = replace(HELD, first_session=date(2021, 3, 1), full_history_at=SEEN)


def requested(coverage: dict[str, SymbolCoverage], wanted: Backfill) -> list[tuple[str, str, str]]:
    """Symbol, output size and reason of every request, in its order."""
    found = range_requests(make_inputs(coverage, coverage), "TIME_SERIES_DAILY", "daily_prices", wanted)
    return [(each.call.symbol, each.call.options["outputsize"], each.call.reason) for each in found]


def test_a_hole_inside_of_what_is_held_is_requested() -> None:
    assert requested({"IBM": TORN, "AAPL": HELD}, Backfill(date(2025, 1, 2), date(2026, 11, 19))) == [
        ("IBM", "full", "backfill: 2025-01-10 to 2026-07-08 is missing")
    ]


def test_the_smaller_answer_that_holds_what_is_missing_is_requested() -> None:
    recent = replace(HELD, gaps=((date(2026, 8, 3), date(2026, 8, 5)),))
    assert requested({"IBM": recent}, Backfill(date(2025, 1, 2))) == [("IBM", "compact", "backfill: 2026-08-03 to 2026-08-05 is missing")]


@pytest.mark.parametrize("first", [date(1990, 1, 2), date(1999, 11, 1), date(2020, 1, 2)])
def test_nothing_is_missing_once_the_whole_history_was_read(first: date) -> None:
    """Before its listing a symbol has no bars; before 1999-11-01 the API has none."""
    assert requested({"YOUNG": WHOLE}, Backfill(first, date(2026, 11, 18))) == []
    gone = replace(WHOLE, last_session=date(2024, 5, 31))
    assert requested({"DELISTED": gone}, Backfill(first, date(2026, 11, 17))) == []


def test_what_came_after_the_whole_history_was_read_is_missing() -> None:
    stale = replace(WHOLE, last_session=date(2026, 11, 12), full_history_at=datetime(2026, 11, 13, 12, tzinfo=UTC))
    assert missing_ranges(make_inputs(["IBM"], {"IBM": stale}), "daily_prices", Backfill(date(2020, 1, 2))) == {
        "IBM": (date(2026, 11, 13), DUE)
    }


def test_the_symbol_requested_least_recently_comes_first() -> None:
    """Three symbols that never become whole: none waits more than two turns."""
    coverage = {"A": HELD, "B": HELD, "C": HELD}
    turns, requested_at = [], dict[str, datetime]()
    for night in range(4):
        first = requested(coverage, Backfill(date(2000, 1, 3), requested_at=requested_at))[0][0]
        turns.append(first)
        requested_at[first] = AS_OF + timedelta(days=night)
    assert turns == ["A", "B", "C", "A"]


def test_a_whole_history_that_the_key_is_refused_is_not_requested() -> None:
    known = {"TIME_SERIES_DAILY outputsize=full": Capability(may=False, learnt_at=AS_OF, learnt_from="PremiumOutputSize")}
    inputs = replace(make_inputs(["IBM"], {"IBM": HELD}), capabilities=known)
    assert list(range_requests(inputs, "TIME_SERIES_DAILY", "daily_prices", Backfill(date(2000, 1, 3)))) == []
