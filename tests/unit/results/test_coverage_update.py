"""What is remembered of the source's adjusted series: whole, until an event restates it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from tasks.datasets import ADJUSTED_PRICES, LISTINGS
from tasks.kept_out import SymbolRefused
from tasks.lake.keys import raw_key
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.clients import Clients
from tasks.orchestration.run import Run
from tasks.orchestration.settings import Settings
from tasks.planning.range_requests import Backfill, missing_ranges
from tasks.quality.verdict import Gate, Verdict
from tasks.records import Call, Capture, Extraction, LoadResult, Observation, RefusedCall, Scope, SymbolCoverage
from tasks.results.coverage_update import _with_result, update_coverage
from tasks.results.dataset_result import DatasetResult, ParsedRows, ValidationOutcome
from tasks.results.run_results import RunResults
from tasks.schema import PARSED_DAILY_ADJUSTED
from tasks.sessions import SessionClock
from tests.plans import make_inputs, make_plan

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
WHOLE = NOW - timedelta(days=7)
HELD = SymbolCoverage(date(2000, 1, 3), date(2026, 11, 17), WHOLE, WHOLE)
ADJUSTED = "adjusted_prices"


@pytest.fixture
def lake(store: LakeStore) -> LakeStore:
    return store


def answer(call: Call) -> Observation:
    key = raw_key(call.function, call.symbol, "0" * 64, NOW, "json")
    return Observation(call, Capture(key, "0" * 64, 10, 5, is_new=True), NOW, 200, "application/json", 1, "r")


def results_of(*results: DatasetResult, extraction: Extraction | None = None) -> RunResults:
    settings = Settings()
    run = Run("r", "corporate_actions", settings, NOW, NOW, Clients(settings))
    found = RunResults(run, [result.dataset for result in results], extraction=extraction or Extraction())
    found.by_dataset = {result.dataset.name: result for result in results}
    return found


def parsed(table: pa.Table, observations: tuple[Observation, ...]) -> ParsedRows:
    return ParsedRows(table, table.slice(0, 0), SessionClock(NOW, timedelta(hours=4)), observations, {})


def read(size: str, dividend: str, session: date, *, is_open: bool = True, rows: int = 100) -> RunResults:
    blank = dict.fromkeys(PARSED_DAILY_ADJUSTED.names, None)
    bar = {**blank, "symbol": "A", "session_text": "x", "observed_at": NOW, "capture_key": "raw/x", "split_coefficient": Decimal(1)}
    bars = [{**bar, "session_date": date(2026, 11, 19), "dividend_amount": Decimal(0)}]
    bars += [{**bar, "session_date": session, "dividend_amount": Decimal(dividend)}]
    table = pa.Table.from_pylist(bars, PARSED_DAILY_ADJUSTED)
    empty = ADJUSTED_PRICES.checks.quarantined.empty_table()
    verdict = Verdict("r", ADJUSTED, 2, 0, 0, table, None, empty, (), (), {}, {}, (), ())
    own = (answer(Call("TIME_SERIES_DAILY_ADJUSTED", "A", {"outputsize": size})),)
    outcome = ValidationOutcome(verdict, Gate(is_open), "", "", "")
    loaded = LoadResult(staged=0, new=0, changed=0, unchanged=0, touched={}) if is_open else None
    answered = replace(parsed(table, own), counted={own[0].capture.key: rows})
    return results_of(DatasetResult(ADJUSTED_PRICES, own, answered, outcome, loaded=loaded))


def after(held: SymbolCoverage | None, results: RunResults) -> SymbolCoverage:
    (result,) = results.by_dataset.values()
    return _with_result({"A": held} if held else {}, result)["A"]


@pytest.mark.parametrize(
    ("size", "dividend", "session", "whole_at"),
    [
        ("compact", "0.0", date(2026, 11, 18), WHOLE),
        ("compact", "0.27", date(2026, 11, 18), None),
        ("compact", "0.27", date(2026, 11, 17), WHOLE),
        ("full", "0.27", date(2026, 11, 18), NOW),
    ],
)
def test_a_dividend_among_bars_not_held_makes_the_series_due_again(
    lake: LakeStore, size: str, dividend: str, session: date, whole_at: datetime | None
) -> None:
    state.coverage(ADJUSTED).write(lake, {"A": HELD, "B": HELD})
    update_coverage(lake, read(size, dividend, session))
    found = state.coverage(ADJUSTED).read(lake)
    assert (found["A"].last_session, found["A"].full_history_at) == (date(2026, 11, 19), whole_at)
    assert found["B"] == HELD


def test_what_a_closed_gate_kept_out_is_requested_again(lake: LakeStore) -> None:
    update_coverage(lake, read("full", "0.0", date(2026, 11, 18), is_open=False))
    assert state.coverage(ADJUSTED).read(lake) == {}


def test_a_fund_without_an_overview_is_not_requested_twice_a_day(lake: LakeStore) -> None:
    listed = answer(Call("LISTING_STATUS"))
    empty = RefusedCall(Call("OVERVIEW", "SPY"), "EmptyAnswer", Scope.SYMBOL, "", "", 1)
    unknown = RefusedCall(Call("OVERVIEW", "NOPE"), "InvalidCall", Scope.SYMBOL, "", "", 1)
    extraction = Extraction((listed, answer(Call("OVERVIEW", "IBM"))), (empty, unknown))
    nothing = LISTINGS.checks.parsed.empty_table()
    update_coverage(lake, results_of(DatasetResult(LISTINGS, (listed,), parsed(nothing, (listed,))), extraction=extraction))
    assert set(state.coverage("overviews").read(lake)) == {"IBM", "SPY"}
    assert set(state.coverage("listings").read(lake)) == {""}


def test_a_symbol_that_the_warehouse_refused_is_requested_again(lake: LakeStore) -> None:
    results = read("full", "0.0", date(2026, 11, 18))
    (result,) = results.by_dataset.values()
    assert result.loaded is not None
    result.loaded = replace(result.loaded, kept_out=(SymbolRefused("A", "A key stood twice.", 2),))
    update_coverage(lake, results)
    assert state.coverage(ADJUSTED).read(lake) == {}


LISTED = date(2026, 10, 15)
SINCE_LISTED = SymbolCoverage(LISTED, date(2026, 11, 18), WHOLE)


@pytest.mark.parametrize("held", [None, SINCE_LISTED])
def test_nothing_is_missing_of_a_symbol_listed_lately_after_one_answer(held: SymbolCoverage | None) -> None:
    """Compact gives the latest 100 bars; where there are fewer, there are no others."""
    found = {"A": after(held, read("compact", "0.0", LISTED, rows=26))}
    assert found["A"].full_history_at == NOW
    assert missing_ranges(make_inputs(["A"], found), "daily_prices", Backfill(date(2026, 9, 1))) == {}
    assert make_plan(["A"], found, full_history=True, full_history_every=timedelta(days=7)).calls == ()


@pytest.mark.parametrize(
    ("held", "rows"),
    [(SINCE_LISTED, 100), (None, 100), (None, 0), (replace(SINCE_LISTED, first_session=date(2026, 10, 14)), 26)],
    ids=["a hundred bars", "a hundred first bars", "not counted", "cut short"],
)
def test_an_answer_that_may_lack_bars_is_not_the_whole_history(held: SymbolCoverage | None, rows: int) -> None:
    found = {"A": after(held, read("compact", "0.0", LISTED, rows=rows))}
    assert found["A"].full_history_at is None
    assert missing_ranges(make_inputs(["A"], found), "daily_prices", Backfill(date(2026, 9, 1))).keys() == {"A"}


def test_bars_before_what_was_taken_for_the_whole_history_refute_it() -> None:
    short = after(None, read("compact", "0.0", LISTED, rows=26))
    assert after(short, read("compact", "0.0", date(2026, 7, 1))).full_history_at is None


def test_a_short_answer_brings_what_a_dividend_has_restated() -> None:
    assert after(replace(SINCE_LISTED, full_history_at=WHOLE), read("compact", "0.27", LISTED, rows=26)).full_history_at == NOW
