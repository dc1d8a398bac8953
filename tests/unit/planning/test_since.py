"""The first session that the watchlist wants of a symbol decides how much is requested, by runs and by backfills."""

from dataclasses import replace
from datetime import UTC, date, datetime

from tasks.planning.bar_requests import bar_requests, open_gaps
from tasks.planning.inputs import PlanningInputs
from tasks.planning.range_requests import FIRST_SESSION, Backfill, missing_ranges
from tasks.records import SymbolCoverage
from tests.plans import make_inputs

DUE = date(2026, 11, 19)
SEEN = datetime(2026, 11, 18, 22, tzinfo=UTC)
TORN = SymbolCoverage(date(2020, 1, 2), DUE, SEEN, gaps=((date(2025, 1, 10), date(2026, 7, 8)),))


def inputs(coverage: dict[str, SymbolCoverage], since: date) -> PlanningInputs:
    return replace(make_inputs(["IBM"], coverage, full_history=True), since={"IBM": since})


def sizes(facts: PlanningInputs) -> list[str]:
    return [each.call.options["outputsize"] for each in bar_requests(facts, "TIME_SERIES_DAILY", "daily_prices")]


def test_a_new_symbol_wanted_since_last_month_needs_no_whole_history() -> None:
    assert sizes(inputs({}, date(2026, 10, 20))) == ["compact"]
    assert sizes(inputs({}, date(2020, 1, 2))) == ["full"]


def test_a_gap_before_the_first_wanted_session_is_none() -> None:
    assert open_gaps(inputs({"IBM": TORN}, date(2026, 7, 9)), "TIME_SERIES_DAILY", "daily_prices") == {}
    assert open_gaps(inputs({"IBM": TORN}, date(2026, 1, 2)), "TIME_SERIES_DAILY", "daily_prices") == {
        "IBM": (date(2026, 1, 2), date(2026, 7, 8))
    }


def test_a_backfill_asks_for_nothing_before_the_first_wanted_session() -> None:
    wanted = Backfill(FIRST_SESSION)
    assert missing_ranges(inputs({"IBM": TORN}, date(2026, 7, 9)), "daily_prices", wanted) == {}
    assert missing_ranges(inputs({"IBM": TORN}, date(2021, 1, 4)), "daily_prices", wanted) == {"IBM": (date(2025, 1, 10), date(2026, 7, 8))}
