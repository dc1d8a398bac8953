from datetime import date

import pytest

from tasks.records import Call, Outcome, RefusedCall, Scope, SkippedCall, Status
from tasks.summary.outcomes import SymbolFacts, decide_status, symbol_outcomes

DUE = date(2026, 11, 19)


def refused(symbol: str, scope: Scope) -> RefusedCall:
    return RefusedCall(Call("TIME_SERIES_DAILY", symbol), "SomeRefusal", scope, "no", "Do this.", attempts=1)


def outcomes(facts: SymbolFacts) -> dict[str, Outcome]:
    return {symbol.symbol: symbol.outcome for symbol in symbol_outcomes(facts)}


def test_every_due_symbol_ends_in_exactly_one_outcome() -> None:
    facts = SymbolFacts(
        due_session=dict.fromkeys(["AAPL", "MSFT", "DMGD", "NOPE", "LATE"], DUE),
        answered={"AAPL", "MSFT", "DMGD"},
        refused=[refused("NOPE", Scope.SYMBOL)],
        not_asked=[SkippedCall("LATE", "the day's calls are used up", "Run again tomorrow.")],
        accepted_sessions_due={"AAPL", "MSFT"},
        accepted={"AAPL": 100, "MSFT": 100},
        quarantined={"DMGD": 3},
        touched={"AAPL": 1},
    )
    assert outcomes(facts) == {
        "AAPL": Outcome.LANDED,
        "MSFT": Outcome.UNCHANGED,
        "DMGD": Outcome.QUARANTINED,
        "NOPE": Outcome.REFUSED,
        "LATE": Outcome.NOT_ASKED,
    }


@pytest.mark.parametrize("scope", [Scope.DAY, Scope.KEY, Scope.FUNCTION])
def test_a_refusal_that_stops_the_asking_leaves_its_own_symbol_not_asked(scope: Scope) -> None:
    facts = SymbolFacts(due_session={"AAPL": DUE}, refused=[refused("AAPL", scope)])
    (symbol,) = symbol_outcomes(facts)
    assert (symbol.outcome, symbol.next_step) == (Outcome.NOT_ASKED, "Do this.")


@pytest.mark.parametrize("scope", [Scope.SYMBOL, Scope.REQUEST, Scope.TRANSPORT, Scope.MINUTE, Scope.SECOND])
def test_a_refusal_that_costs_only_itself_leaves_a_warning(scope: Scope) -> None:
    facts = SymbolFacts(due_session={"AAPL": DUE}, refused=[refused("AAPL", scope)])
    symbols = symbol_outcomes(facts)
    assert symbols[0].outcome is Outcome.REFUSED
    assert decide_status(symbols, facts.refused, is_budget_short=False) is Status.COMPLETED_WITH_WARNINGS


def test_a_missing_due_bar_is_named_with_the_newest_there_is() -> None:
    facts = SymbolFacts(
        due_session={"AAPL": DUE},
        answered={"AAPL"},
        accepted={"AAPL": 99},
        accepted_last_session={"AAPL": date(2026, 11, 18)},
        touched={"AAPL": 99},
    )
    (symbol,) = symbol_outcomes(facts)
    assert symbol.reason == "session 2026-11-19 was due; the newest accepted is 2026-11-18"
    assert decide_status([symbol], [], is_budget_short=False) is Status.COMPLETED_WITH_WARNINGS


def test_quarantined_bars_that_are_not_due_do_not_change_the_status() -> None:
    facts = SymbolFacts(
        due_session={"DMGD": DUE},
        answered={"DMGD"},
        accepted={"DMGD": 97},
        accepted_sessions_due={"DMGD"},
        quarantined={"DMGD": 3},
        touched={"DMGD": 97},
    )
    symbols = symbol_outcomes(facts)
    assert symbols[0].bars_quarantined == 3
    assert decide_status(symbols, [], is_budget_short=False) is Status.COMPLETED


@pytest.mark.parametrize(
    ("scope", "status"),
    [(Scope.DAY, Status.QUOTA_EXHAUSTED), (Scope.KEY, Status.FAILED), (Scope.FUNCTION, Status.FAILED)],
)
def test_what_stopped_the_asking_decides_the_status(scope: Scope, status: Status) -> None:
    facts = SymbolFacts(due_session={"AAPL": DUE}, refused=[refused("AAPL", scope)])
    assert decide_status(symbol_outcomes(facts), facts.refused, is_budget_short=False) is status


def test_a_plan_that_does_not_fit_the_day_ends_as_quota_exhausted() -> None:
    facts = SymbolFacts(due_session={"AAPL": DUE}, not_asked=[SkippedCall("AAPL", "no call is left", "Run again tomorrow.")])
    assert decide_status(symbol_outcomes(facts), [], is_budget_short=True) is Status.QUOTA_EXHAUSTED


def test_a_run_with_nothing_due_is_up_to_date() -> None:
    assert decide_status([], [], is_budget_short=False) is Status.UP_TO_DATE


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


def test_a_symbol_without_a_sound_bar_is_a_warning_however_small() -> None:
    """A symbol of which no bar passed is a warning however small its share."""
    good = {f"S{number}": DUE for number in range(99)}
    facts = SymbolFacts(
        due_session={**good, "DMGD": DUE},
        answered={*good, "DMGD"},
        accepted_sessions_due=set(good),
        accepted=dict.fromkeys(good, 100),
        quarantined={"DMGD": 1},
        touched={},
    )
    symbols = symbol_outcomes(facts)
    assert [symbol.symbol for symbol in symbols if symbol.outcome is Outcome.QUARANTINED] == ["DMGD"]
    assert symbols[-1].reason == "every bar was quarantined"
    assert decide_status(symbols, (), is_budget_short=False) is Status.COMPLETED_WITH_WARNINGS
