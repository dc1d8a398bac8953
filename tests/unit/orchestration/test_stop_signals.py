"""What a refusal puts an end to, and what it leaves alone."""

import logging
import threading
from datetime import UTC, datetime

import pytest

from tasks.alpha_vantage.refusals import EmptyAnswer, InvalidCall, UnknownNotice
from tasks.orchestration.call_runner import CallsStopped, ShownRefusals, StopSignals
from tasks.records import Call, RefusedCall, Scope

DAILY, SPLITS = Call("TIME_SERIES_DAILY", "IBM"), Call("SPLITS", "IBM")


def refused(scope: Scope, call: Call = DAILY) -> RefusedCall:
    return RefusedCall(call, "Refused", scope, "no", "ask later", attempts=1)


@pytest.mark.parametrize("scope", [Scope.REQUEST, Scope.SYMBOL, Scope.SECOND, Scope.MINUTE, Scope.TRANSPORT])
def test_a_refusal_of_a_narrow_scope_stops_nothing(scope: Scope) -> None:
    stops = StopSignals()
    stops.refuse(refused(scope))
    stops.check(DAILY)


@pytest.mark.parametrize("scope", [Scope.KEY, Scope.DAY])
def test_a_refusal_of_key_or_day_stops_every_call_even_a_reserved_one(scope: Scope) -> None:
    """A refusal of key or day stops every call, even one that is reserved."""
    stops = StopSignals()
    stops.refuse(refused(scope))
    for call in (DAILY, SPLITS):
        with pytest.raises(CallsStopped):
            stops.check(call, is_reserved=True)


def test_the_same_unknown_notice_for_three_symbols_is_of_the_key() -> None:
    stops, met = StopSignals(), []
    for number, symbol in enumerate(("IBM", "IBM", "AAPL", "msft")):
        met.append(UnknownNotice(Call("TIME_SERIES_DAILY", symbol), f"We moved {symbol.upper()} to a new home at 12:0{number}."))
        stops.widen_met(met[-1])
    assert [notice.scope for notice in met] == [Scope.REQUEST, Scope.REQUEST, Scope.REQUEST, Scope.KEY]


def test_different_unknown_notices_stay_with_their_symbols() -> None:
    stops = StopSignals()
    for symbol, words in (("IBM", "one thing"), ("AAPL", "another thing"), ("MSFT", "a third thing")):
        notice = UnknownNotice(Call("TIME_SERIES_DAILY", symbol), words)
        stops.widen_met(notice)
        assert notice.scope is Scope.REQUEST


def test_the_same_refusal_of_the_first_25_symbols_is_of_all_calls() -> None:
    stops = StopSignals()
    met = [InvalidCall(Call("TIME_SERIES_DAILY", f"S{number}")) for number in range(25)]
    for refusal in met:
        stops.widen_repeated(refusal)
        stops.refuse(refusal.as_record())
    assert [refusal.scope for refusal in met] == [Scope.SYMBOL] * 24 + [Scope.KEY]
    stopper = stops.of(DAILY)
    assert stopper is not None
    assert stopper.way_out.startswith("Each of the first 25 calls ended so, and no more are sent. Likely cause: the watchlist spells")


@pytest.mark.parametrize("is_answered", [True, False])
def test_one_answer_or_another_refusal_among_the_first_lets_all_be_sent(*, is_answered: bool) -> None:
    stops = StopSignals()
    for number in range(100):
        kind = EmptyAnswer if number == 7 and not is_answered else InvalidCall
        refusal = kind(Call("TIME_SERIES_DAILY", f"S{number}"))
        if is_answered and number == 7:
            stops.answered()
        stops.widen_repeated(refusal)
        assert refusal.scope is Scope.SYMBOL


def test_symbols_without_an_overview_stop_nothing() -> None:
    stops = StopSignals()
    for number in range(100):
        refusal = EmptyAnswer(Call("OVERVIEW", f"FUND{number}"))
        stops.widen_repeated(refusal)
        assert refusal.scope is Scope.SYMBOL


def test_ten_refusals_of_a_kind_are_shown_and_then_their_number(caplog: pytest.LogCaptureFixture) -> None:
    shown = ShownRefusals()
    caplog.set_level(logging.WARNING)
    for number in range(4_000):
        shown.show(InvalidCall(Call("TIME_SERIES_DAILY", f"S{number}")))
    shown.show(EmptyAnswer(DAILY))
    assert len(caplog.messages) == 11
    shown.show_totals()
    assert caplog.messages[11:] == ["InvalidCall: 4,000 calls in all; 10 are shown, all are in the summary"]


def test_an_unknown_notice_is_shown_in_full() -> None:
    words = "A long notice. " * 60
    assert UnknownNotice(DAILY, words).detail == words.strip()


def test_a_refused_function_stops_its_own_calls_alone() -> None:
    stops = StopSignals()
    stops.refuse(refused(Scope.FUNCTION))
    stops.check(SPLITS)
    with pytest.raises(CallsStopped):
        stops.check(DAILY)


def test_a_spent_budget_lets_those_pass_that_have_their_call() -> None:
    stops = StopSignals()
    stops.spend(refused(Scope.DAY))
    stops.check(DAILY, is_reserved=True)
    with pytest.raises(CallsStopped):
        stops.check(DAILY)
    assert stops.of(DAILY) is not None


def test_the_first_refusal_is_the_one_later_calls_are_left_out_for() -> None:
    stops = StopSignals()
    first, second = refused(Scope.DAY), refused(Scope.KEY, SPLITS)
    stops.refuse(first)
    stops.refuse(second)
    assert stops.of(SPLITS) is first


def test_a_run_that_ends_cuts_every_wait_short() -> None:
    stops, ended = StopSignals(), list[datetime]()

    def wait() -> None:
        with pytest.raises(CallsStopped):
            stops.sleep(60.0)
        ended.append(datetime.now(UTC))

    waiting = threading.Thread(target=wait)
    waiting.start()
    stops.break_off()
    waiting.join(timeout=10.0)
    assert len(ended) == 1
    with pytest.raises(CallsStopped):
        stops.check(DAILY, is_reserved=True)
