from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from tasks.datasets import DAILY_PRICES
from tasks.orchestration import planners
from tasks.orchestration.resume import RunScope, StoredAnswers
from tasks.records import Call, Capture, Observation, OutputSize, SymbolCoverage
from tasks.sessions import SessionClock
from tests.plans import make_inputs, make_plan

DUE = date(2026, 11, 19)
SEEN = datetime(2026, 11, 18, 22, tzinfo=UTC)


def held(last: date, *, full: bool = False) -> SymbolCoverage:
    return SymbolCoverage(date(2020, 1, 2), last, SEEN, SEEN if full else None)


def asked(
    coverage: dict[str, SymbolCoverage], output_size: OutputSize | None = None, *, full_history: bool = False
) -> list[tuple[str, str, str]]:
    """Symbol, output size and reason of every call planned for the symbols of the coverage and for NEW."""
    symbols = [*coverage, "NEW"]
    plan = make_plan(symbols, coverage, None, output_size, full_history=full_history)
    assert {call.function for call in plan.calls} <= {"TIME_SERIES_DAILY"}
    return [(call.symbol, call.options["outputsize"], call.reason) for call in plan.calls]


def test_the_stalest_symbol_comes_first_after_those_never_seen() -> None:
    """The stalest symbol comes first and one never seen before all others."""
    coverage = {"ONE": held(date(2026, 11, 18)), "FIVE": held(date(2026, 11, 12)), "TWO": held(date(2026, 11, 17))}
    assert asked(coverage) == [
        ("NEW", "compact", "never seen"),
        ("FIVE", "compact", "5 sessions behind"),
        ("TWO", "compact", "2 sessions behind"),
        ("ONE", "compact", "1 session behind"),
    ]


def test_sessions_are_counted_and_not_days() -> None:
    before_thanksgiving = date(2025, 11, 26)
    plan = make_plan(["IBM"], {"IBM": held(before_thanksgiving)}, as_of=datetime(2025, 12, 2, 2, tzinfo=UTC))
    assert plan.calls[0].reason == "2 sessions behind"


def test_the_sessions_counted_are_those_of_the_symbols_own_exchange() -> None:
    coverage = {"TSCO.LON": held(date(2025, 11, 26))}
    as_of = datetime(2025, 12, 2, 2, tzinfo=UTC)
    assert make_plan(["TSCO.LON"], coverage, as_of=as_of, exchanges={"TSCO.LON": "XLON"}).calls[0].reason == "3 sessions behind"


def test_symbols_whose_calendar_ended_are_named_in_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planners, "known_until", lambda _exchange: date(2026, 12, 31))
    ended = {"XBOM": ["A.BSE", "B.BSE"], "XSES": ["D05.SGX"]}
    monkeypatch.setattr(SessionClock, "ended_calendars", lambda _clock, _symbols: ended)
    notes = planners.make_plan(make_inputs(["A.BSE", "B.BSE", "D05.SGX"], {}), [DAILY_PRICES]).notes
    assert [note.partition(". ")[0] for note in notes] == [
        "The calendar of XBOM ends on 2026-12-31; later sessions of 2 symbols are not requested",
        "The calendar of XSES ends on 2026-12-31; later sessions of D05.SGX are not requested",
    ]


def test_a_symbol_held_up_to_its_due_session_is_not_asked() -> None:
    plan = make_plan(["IBM", "NEWER"], {"IBM": held(DUE), "NEWER": held(date(2026, 11, 20))}, 25)
    assert plan.calls == ()
    assert plan.held == ("IBM", "NEWER")
    assert plan.skipped == ()


def test_a_plan_never_has_more_calls_than_the_day_has_left() -> None:
    """A plan never has more calls than the day has left and says what was left out."""
    coverage = {"ONE": held(date(2026, 11, 18)), "TWO": held(date(2026, 11, 17))}
    plan = make_plan(["ONE", "TWO", "NEW"], coverage, 2)
    assert [call.symbol for call in plan.calls] == ["NEW", "TWO"]
    (skipped,) = plan.skipped
    assert skipped.symbol == "ONE"
    assert skipped.reason == "TIME_SERIES_DAILY (1 session behind): the 2 calls left today go to others"
    assert skipped.next_step == "The first run after 2026-11-21 05:00 UTC, when the budget resets, requests it."
    assert plan.budget_left == 2


@pytest.mark.parametrize("calls_left", [0, -3])
def test_with_no_call_left_all_due_is_left_out_and_the_run_not_up_to_date(calls_left: int) -> None:
    """With no call left, everything due is left out and the run is not up to date."""
    plan = make_plan(["NEW"], {}, calls_left)
    assert plan.calls == ()
    assert plan.skipped[0].reason == "TIME_SERIES_DAILY (never seen): no call is left today"


def test_without_a_daily_limit_everything_due_is_asked() -> None:
    symbols = [f"S{number}" for number in range(500)]
    plan = make_plan(symbols, {})
    assert [call.symbol for call in plan.calls] == symbols
    assert plan.budget_left is None


def test_a_symbol_asked_twice_is_planned_once() -> None:
    assert [call.symbol for call in make_plan(["IBM", "IBM"], {}).calls] == ["IBM"]


def test_a_gap_that_compact_cannot_fill_is_asked_for_and_named() -> None:
    assert asked({"IBM": held(date(2026, 6, 26))})[1] == (
        "IBM",
        "compact",
        "102 sessions behind; compact reaches 100, so 2026-06-29 to 2026-06-30 stays open until the whole history is read",
    )
    assert asked({"IBM": held(date(2026, 6, 29))})[1][2] == (
        "101 sessions behind; compact reaches 100, so 2026-06-30 stays open until the whole history is read"
    )
    assert asked({"IBM": held(date(2026, 6, 30))})[1][2] == "100 sessions behind"


def test_whole_histories_are_asked_for_new_symbols_and_wide_gaps_only() -> None:
    """Where whole histories are wanted they are asked for new symbols and wide gaps only."""
    coverage = {"WIDE": held(date(2026, 6, 26)), "NEAR": held(date(2026, 11, 17))}
    assert asked(coverage, full_history=True) == [
        ("NEW", "full", "never seen"),
        ("WIDE", "full", "102 sessions behind, whole history"),
        ("NEAR", "compact", "2 sessions behind"),
    ]


def test_compact_has_to_reach_five_held_sessions_as_well() -> None:
    """The API restates bars after the fact, so the newest that are held are read again."""
    coverage = {"NARROW": held(date(2026, 7, 7)), "ENOUGH": held(date(2026, 7, 8))}
    assert asked(coverage, full_history=True)[1:] == [
        ("NARROW", "full", "96 sessions behind, whole history"),
        ("ENOUGH", "compact", "95 sessions behind"),
    ]


def test_full_is_asked_unless_history_was_read_and_the_due_session_held() -> None:
    """Full is asked unless the whole history was read and the due session is held."""
    coverage = {"DONE": held(DUE, full=True), "STALE": held(date(2026, 11, 18), full=True), "SHORT": held(DUE)}
    assert asked(coverage, "full") == [
        ("NEW", "full", "never seen"),
        ("STALE", "full", "1 session behind, whole history"),
        ("SHORT", "full", "whole history never read"),
    ]


def test_compact_is_asked_where_it_was_said_whatever_the_configuration() -> None:
    """Compact is asked where compact was said, whatever the configuration."""
    assert asked({}, "compact", full_history=True) == [("NEW", "compact", "never seen")]
    assert asked({"SHORT": held(DUE)}, "compact") == [("NEW", "compact", "never seen")]


def test_every_symbol_is_in_the_plan_exactly_once_with_its_due_session() -> None:
    symbols = ["NEW", "HELD", "LATE"]
    coverage = {"HELD": held(DUE), "LATE": held(date(2026, 11, 17))}
    plan = make_plan(symbols, coverage, 1)
    assert sorted([*(call.symbol for call in plan.calls), *plan.held, *(left.symbol for left in plan.skipped)]) == sorted(symbols)
    assert plan.due_session == dict.fromkeys(symbols, DUE)


def test_stored_answers_take_no_call_of_the_day() -> None:
    """Seven symbols, four answered in a run that was killed, and no call left: four are in the plan, three wait."""

    def find(calls: Sequence[Call], scope: RunScope) -> StoredAnswers:
        assert (scope.symbols, scope.functions) == (frozenset("ABCDEFG"), frozenset({"TIME_SERIES_DAILY"}))
        capture = Capture("raw/x", "0" * 64, 1, 1, is_new=True)
        return StoredAnswers({(call.function, call.symbol): Observation(call, capture, SEEN, 200, "", 1, "r") for call in calls[:4]})

    planned = planners.make_plan(make_inputs("ABCDEFG", {}, 0), [DAILY_PRICES], find_stored=find)
    assert [call.symbol for call in planned.plan.calls] == ["A", "B", "C", "D"]
    assert [left.symbol for left in planned.plan.skipped] == ["E", "F", "G"]
