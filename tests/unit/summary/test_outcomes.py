from datetime import date

import pytest

from tasks.records import Call, Outcome, RefusedCall, Scope, SkippedCall, Status
from tasks.summary.outcomes import MissingAnswer, SymbolFacts, decide_status, symbol_outcomes

DUE = date(2026, 11, 19)


DAILY = "TIME_SERIES_DAILY"


def refused(symbol: str, scope: Scope, function: str = DAILY) -> RefusedCall:
    return RefusedCall(Call(function, symbol), "SomeRefusal", scope, "no", "Do this.", attempts=1)


def status(facts: SymbolFacts, *refusals: RefusedCall, is_budget_short: bool = False) -> Status:
    return decide_status(symbol_outcomes(facts), refusals, {DAILY}, is_budget_short=is_budget_short)


def test_every_due_symbol_ends_in_exactly_one_outcome() -> None:
    symbols = ["AAPL", "MSFT", "DMGD", "NOPE", "LATE", "STOPPED"]
    facts = SymbolFacts(
        symbols=symbols,
        answered={"AAPL", "MSFT", "DMGD"},
        missing={"NOPE": [MissingAnswer("SomeRefusal: no", "Do this.", is_refused=True)]},
        skipped={"LATE": SkippedCall("LATE", "the day's calls are used up", "Run again tomorrow.")},
        due=dict.fromkeys(symbols, DUE),
        sessions_in={"AAPL", "MSFT"},
        wholly_quarantined={"DMGD"},
        quarantined={"DMGD": 3},
        touched={"AAPL": 1},
    )
    assert {symbol.symbol: symbol.outcome for symbol in symbol_outcomes(facts)} == {
        "AAPL": Outcome.LOADED,
        "MSFT": Outcome.UNCHANGED,
        "DMGD": Outcome.QUARANTINED,
        "NOPE": Outcome.REFUSED,
        "LATE": Outcome.SKIPPED,
        "STOPPED": Outcome.SKIPPED,
    }


def test_a_call_that_was_not_sent_leaves_its_symbol_skipped() -> None:
    facts = SymbolFacts(["AAPL"], missing={"AAPL": [MissingAnswer("SomeRefusal: no", "Do this.", is_refused=False)]})
    (symbol,) = symbol_outcomes(facts)
    assert (symbol.outcome, symbol.next_step, symbol.is_due_session_missing) == (Outcome.SKIPPED, "Do this.", True)


@pytest.mark.parametrize("scope", [Scope.SYMBOL, Scope.REQUEST, Scope.TRANSPORT, Scope.MINUTE, Scope.SECOND])
def test_a_refusal_that_costs_only_itself_leaves_a_warning(scope: Scope) -> None:
    facts = SymbolFacts(["AAPL"], missing={"AAPL": [MissingAnswer("SomeRefusal: no", "Do this.", is_refused=True)]})
    assert symbol_outcomes(facts)[0].outcome is Outcome.REFUSED
    assert status(facts, refused("AAPL", scope)) is Status.COMPLETED_WITH_WARNINGS


@pytest.mark.parametrize(
    ("scope", "is_any_held", "expected"),
    [
        (Scope.SYMBOL, True, Status.COMPLETED_WITH_WARNINGS),
        (Scope.SYMBOL, False, Status.FAILED),
        (Scope.REQUEST, True, Status.FAILED),
        (Scope.TRANSPORT, True, Status.FAILED),
    ],
)
def test_nothing_answered_is_a_failure_unless_others_are_up_to_date(scope: Scope, expected: Status, *, is_any_held: bool) -> None:
    facts = SymbolFacts(["NOPE"], missing={"NOPE": [MissingAnswer("SomeRefusal: no", "Do this.", is_refused=True)]})
    refusals = [refused("NOPE", scope)]
    ended = decide_status(symbol_outcomes(facts), refusals, {DAILY}, is_budget_short=False, is_answered=False, is_any_held=is_any_held)
    assert ended is expected


def test_a_missing_due_bar_is_named_with_the_newest_there_is() -> None:
    facts = SymbolFacts(["AAPL"], answered={"AAPL"}, due={"AAPL": DUE}, newest_session={"AAPL": date(2026, 11, 18)}, touched={"AAPL": 99})
    (symbol,) = symbol_outcomes(facts)
    assert symbol.reason == "session 2026-11-19 was due; the newest that is held is 2026-11-18"
    assert symbol.next_step == "It is requested again by the next run."
    assert status(facts) is Status.COMPLETED_WITH_WARNINGS


def test_quarantined_bars_that_are_not_due_do_not_change_the_status() -> None:
    facts = SymbolFacts(["DMGD"], answered={"DMGD"}, due={"DMGD": DUE}, sessions_in={"DMGD"}, quarantined={"DMGD": 3}, touched={"DMGD": 97})
    assert symbol_outcomes(facts)[0].bars_quarantined == 3
    assert status(facts) is Status.COMPLETED


def test_a_response_that_was_not_loaded_leaves_the_symbol_unchanged() -> None:
    facts = SymbolFacts(["AAPL"], answered={"AAPL"}, due={"AAPL": DUE}, sessions_in={"AAPL"}, is_loaded=False)
    (symbol,) = symbol_outcomes(facts)
    assert (symbol.outcome, symbol.reason) == (Outcome.UNCHANGED, "its response is stored; nothing of it was loaded")


@pytest.mark.parametrize(
    ("scope", "expected"),
    [(Scope.DAY, Status.QUOTA_EXHAUSTED), (Scope.KEY, Status.FAILED), (Scope.FUNCTION, Status.FAILED)],
)
def test_what_stopped_the_calls_decides_the_status(scope: Scope, expected: Status) -> None:
    facts = SymbolFacts(["AAPL"], missing={"AAPL": [MissingAnswer("SomeRefusal: no", "Do this.", is_refused=False)]})
    assert status(facts, refused("AAPL", scope)) is expected


def test_a_function_that_is_refused_beside_others_is_a_warning() -> None:
    facts = SymbolFacts(["AAPL"], answered={"AAPL"}, touched={"AAPL": 1})
    refusals = [refused("AAPL", Scope.FUNCTION, "SPLITS")]
    ended = decide_status(symbol_outcomes(facts), refusals, {"SPLITS", "DIVIDENDS"}, is_budget_short=False)
    assert ended is Status.COMPLETED_WITH_WARNINGS


def test_a_plan_that_does_not_fit_the_day_ends_as_quota_exhausted() -> None:
    facts = SymbolFacts(["AAPL"], skipped={"AAPL": SkippedCall("AAPL", "no call is left", "Run again tomorrow.")})
    assert status(facts, is_budget_short=True) is Status.QUOTA_EXHAUSTED


def test_a_run_with_nothing_due_is_up_to_date() -> None:
    assert status(SymbolFacts([])) is Status.UP_TO_DATE


def test_the_exit_codes_are_those_of_the_house() -> None:
    assert {status: status.exit_code for status in Status} == {
        Status.COMPLETED: 0,
        Status.UP_TO_DATE: 0,
        Status.COMPLETED_WITH_WARNINGS: 3,
        Status.QUOTA_EXHAUSTED: 4,
        Status.GATE_CLOSED: 5,
        Status.FAILED: 1,
    }
    assert {status for status in Status if not status.is_success} == {Status.GATE_CLOSED, Status.FAILED}


def test_a_symbol_of_which_no_row_passed_is_a_warning() -> None:
    good = [f"S{number}" for number in range(99)]
    facts = SymbolFacts(
        [*good, "DMGD"],
        answered={*good, "DMGD"},
        due=dict.fromkeys([*good, "DMGD"], DUE),
        sessions_in=set(good),
        wholly_quarantined={"DMGD"},
        quarantined={"DMGD": 1},
    )
    symbols = symbol_outcomes(facts)
    assert [symbol.symbol for symbol in symbols if symbol.outcome is Outcome.QUARANTINED] == ["DMGD"]
    assert symbols[-1].reason == "every row was quarantined"
    assert status(facts) is Status.COMPLETED_WITH_WARNINGS
