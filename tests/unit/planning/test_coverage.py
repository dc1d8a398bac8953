from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tasks.alpha_vantage.api_plans import FREE, PLANS
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.planning.coverage import missing_sessions, widen, without_sessions
from tasks.planning.estimate import as_text, forecast
from tasks.records import SymbolCoverage
from tests.plans import make_plan

DUE = date(2026, 11, 19)
SEEN = datetime(2026, 6, 26, 22, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HELD = SymbolCoverage(date(2020, 1, 2), date(2026, 6, 26), SEEN)
GAP = (date(2026, 6, 29), date(2026, 6, 30))


def test_an_answer_that_begins_after_what_was_held_leaves_a_named_gap() -> None:
    """An answer that begins after what was held leaves a gap that is named."""
    after = widen(HELD, date(2026, 7, 1), DUE, NOW, is_whole=False)
    assert after.gap == GAP
    assert (after.first_session, after.last_session, after.observed_at) == (date(2020, 1, 2), DUE, NOW)


@pytest.mark.parametrize("first", [date(2020, 1, 2), date(2026, 6, 20), date(2026, 6, 26), date(2026, 6, 29)])
def test_an_answer_that_joins_on_leaves_no_gap(first: date) -> None:
    assert widen(HELD, first, DUE, NOW, is_whole=False).gap is None


def test_a_weekend_or_a_holiday_is_no_gap() -> None:
    held = replace(HELD, last_session=date(2025, 11, 26))
    assert widen(held, date(2025, 11, 28), DUE, NOW, is_whole=False).gap is None  # the 27th was Thanksgiving
    assert widen(held, date(2025, 12, 1), DUE, NOW, is_whole=False).gap == (date(2025, 11, 28), date(2025, 11, 28))
    assert widen(held, date(2025, 11, 28), DUE, NOW, is_whole=False, exchange="XLON").gap == (date(2025, 11, 27), date(2025, 11, 27))


def test_a_gap_stays_named_until_the_whole_history_is_read() -> None:
    gaping = widen(HELD, date(2026, 7, 1), date(2026, 11, 18), NOW, is_whole=False)
    assert widen(gaping, date(2026, 7, 2), DUE, NOW, is_whole=False).gap == GAP
    whole = widen(gaping, date(1999, 11, 1), DUE, NOW, is_whole=True)
    assert (whole.gap, whole.full_history_at, whole.first_session) == (None, NOW, date(1999, 11, 1))


def test_a_second_gap_stands_beside_the_first() -> None:
    gaping = replace(HELD, gaps=((date(2025, 3, 3), date(2025, 3, 5)),))
    after = widen(gaping, date(2026, 7, 1), DUE, NOW, is_whole=False)
    assert after.gaps == ((date(2025, 3, 3), date(2025, 3, 5)), GAP)
    assert after.gap == (date(2025, 3, 3), date(2026, 6, 30))
    assert after.ranges == (
        (date(2020, 1, 2), date(2025, 3, 2)),
        (date(2025, 3, 6), date(2026, 6, 28)),
        (date(2026, 7, 1), DUE),
    )
    assert [after.holds(day) for day in (date(2025, 3, 4), date(2025, 3, 6), date(2026, 6, 29), DUE)] == [False, True, False, True]


@pytest.mark.parametrize(
    ("first", "last", "left"),
    [
        (date(2025, 1, 2), date(2025, 12, 31), ()),
        (date(2025, 3, 4), date(2025, 3, 4), ((date(2025, 3, 3), date(2025, 3, 3)), (date(2025, 3, 5), date(2025, 3, 5)))),
        (date(2025, 2, 3), date(2025, 3, 4), ((date(2025, 3, 5), date(2025, 3, 5)),)),
    ],
)
def test_an_answer_closes_the_part_of_a_gap_that_it_spans(first: date, last: date, left: tuple[tuple[date, date], ...]) -> None:
    gaping = replace(HELD, gaps=((date(2025, 3, 3), date(2025, 3, 5)),))
    assert widen(gaping, first, last, NOW, is_whole=False).gaps == left


def test_an_older_answer_leaves_a_gap_before_what_is_held() -> None:
    """An answer of an earlier run that is loaded late."""
    after = widen(HELD, date(2019, 12, 2), date(2019, 12, 27), NOW, is_whole=False)
    assert (after.first_session, after.gaps) == (date(2019, 12, 2), ((date(2019, 12, 30), date(2019, 12, 31)),))


def test_what_a_whole_history_lacks_is_not_missing() -> None:
    """Before a listing, and after a delisting, there is nothing to ask for; a hole inside of what was held is one."""
    held = replace(HELD, gaps=((date(2025, 3, 3), date(2025, 3, 5)),))
    first, last = date(2019, 12, 30), date(2026, 6, 30)
    missing = [date(2019, 12, 30), date(2019, 12, 31), *(date(2025, 3, day) for day in (3, 4, 5)), date(2026, 6, 29), date(2026, 6, 30)]
    assert list(missing_sessions(held, first, last, None)) == missing
    assert list(missing_sessions(replace(held, gaps=()), first, last, date(2026, 6, 29))) == [date(2026, 6, 30)]
    assert list(missing_sessions(None, date(2026, 6, 29), last, None)) == [date(2026, 6, 29), date(2026, 6, 30)]


def test_a_first_answer_has_no_gap_however_short_it_is() -> None:
    assert widen(None, date(2026, 11, 16), DUE, NOW, is_whole=False) == SymbolCoverage(date(2026, 11, 16), DUE, NOW)


def test_gaps_survive_the_lake(store: LakeStore) -> None:
    coverage = {"IBM": replace(HELD, gaps=(GAP,)), "NA": HELD}
    state.coverage("daily_prices").write(store, coverage)
    assert state.coverage("daily_prices").read(store) == coverage


def test_a_plan_names_the_gaps_it_leaves_those_of_held_symbols_too() -> None:
    """A plan names the gaps it does not fill, those of held symbols included."""
    coverage = {"NEW_GAP": HELD, "OLD_GAP": replace(HELD, last_session=DUE, gaps=(GAP,)), "WHOLE": replace(HELD, last_session=DUE)}
    plan = make_plan(coverage, coverage, None)
    assert plan.gaps == {"NEW_GAP": GAP, "OLD_GAP": GAP}
    assert plan.held == ("OLD_GAP", "WHOLE")
    assert make_plan(coverage, coverage, None, "full").gaps == {}


def test_a_gap_makes_the_whole_history_wanted_where_the_key_may() -> None:
    coverage = {"IBM": replace(HELD, last_session=date(2026, 11, 18), gaps=(GAP,))}
    assert make_plan(coverage, coverage, None, full_history=True).calls[0].options == {"outputsize": "full"}
    call = make_plan(coverage, coverage, None).calls[0]
    assert call.options == {"outputsize": "compact"}
    assert call.reason == ("1 session behind; compact reaches 100, so 2026-06-29 to 2026-06-30 stays open until the whole history is read")


def test_five_held_sessions_are_read_again_or_the_history_is_asked() -> None:
    """At least five held sessions are read again or the whole history is asked."""
    for behind, size in ((95, "compact"), (96, "full")):
        last = {95: date(2026, 7, 8), 96: date(2026, 7, 7)}[behind]
        plan = make_plan(["IBM"], {"IBM": replace(HELD, last_session=last)}, None, full_history=True)
        assert plan.calls[0].reason.startswith(f"{behind} sessions behind")
        assert plan.calls[0].options == {"outputsize": size}


def test_the_whole_history_is_read_again_when_it_was_read_long_ago() -> None:
    coverage = {
        "OLD": replace(HELD, last_session=DUE, full_history_at=NOW - timedelta(days=31)),
        "NEVER": replace(HELD, last_session=DUE),
        "FRESH": replace(HELD, last_session=DUE, full_history_at=NOW - timedelta(days=29)),
    }
    every = timedelta(days=30)
    plan = make_plan(coverage, coverage, None, full_history=True, full_history_every=every)
    assert [(call.symbol, call.options["outputsize"], call.reason) for call in plan.calls] == [
        ("OLD", "full", "whole history read long ago"),
        ("NEVER", "full", "whole history never read"),
    ]
    assert plan.held == ("FRESH",)
    assert make_plan(coverage, coverage, None, full_history_every=every).calls == ()
    assert make_plan(coverage, coverage, None, "compact", full_history=True, full_history_every=every).calls == ()


def test_of_equally_stale_symbols_the_cheap_call_comes_first() -> None:
    yesterday = replace(HELD, last_session=date(2026, 11, 18), full_history_at=NOW)
    coverage = {"DEAR": replace(yesterday, gaps=(GAP,)), "CHEAP": yesterday, "STALER": replace(yesterday, last_session=date(2026, 11, 17))}
    plan = make_plan(coverage, coverage, None, full_history=True)
    assert [call.symbol for call in plan.calls] == ["STALER", "CHEAP", "DEAR"]


def test_a_forecast_counts_days_minutes_and_turns() -> None:
    symbols = [f"S{number}" for number in range(60)]
    plan = make_plan(symbols, {}, 10)
    costs = forecast(plan, FREE, 60)
    assert (costs.calls_today, costs.calls_later, costs.days_until_complete) == (10, 50, 3)
    assert (costs.seconds_today, costs.seconds_in_all) == (18.0, 118.0)
    assert (costs.sessions_between_turns, costs.loses_sessions) == (3, False)


def test_a_forecast_without_a_daily_limit_ends_today() -> None:
    symbols = [f"S{number}" for number in range(5000)]
    costs = forecast(make_plan(symbols, {}, None), PLANS["premium_1200"], 5000)
    assert (costs.days_until_complete, costs.sessions_between_turns) == (1, 1)
    assert costs.seconds_today == pytest.approx(249.95)


def test_a_forecast_of_nothing_is_nothing() -> None:
    plan = make_plan(["IBM"], {"IBM": replace(HELD, last_session=DUE)}, 25)
    costs = forecast(plan, FREE, 1)
    assert (costs.calls_today, costs.seconds_today, costs.days_until_complete) == (0, 0.0, 0)


def test_more_symbols_than_compact_answers_can_hold_together_lose_sessions() -> None:
    plan = make_plan([], {}, 25)
    assert forecast(plan, FREE, 25 * 95).loses_sessions is False
    assert forecast(plan, FREE, 25 * 95 + 1).loses_sessions is True


def test_durations_are_said_as_people_say_them() -> None:
    assert [as_text(seconds) for seconds in (0, 2.1, 119, 121, 3599, 4200)] == [
        "0 s",
        "3 s",
        "119 s",
        "3 min",
        "1 h 0 min",
        "1 h 10 min",
    ]


def test_sessions_that_went_are_missing_like_those_never_answered() -> None:
    held = SymbolCoverage(date(2026, 1, 2), date(2026, 1, 9), SEEN, SEEN, {"a" * 64: "raw/a"})
    left = without_sessions(held, {date(2026, 1, 2), date(2026, 1, 6), date(2026, 1, 9)})
    assert left is not None
    assert (left.first_session, left.last_session) == (date(2026, 1, 5), date(2026, 1, 8))
    assert left.gaps == ((date(2026, 1, 6), date(2026, 1, 6)),)
    assert (left.captures, left.full_history_at) == ({}, None)
    assert without_sessions(held, {date(2026, 1, day) for day in (2, 5, 6, 7, 8, 9)}) is None
