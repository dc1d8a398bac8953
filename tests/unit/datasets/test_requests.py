"""Which calls every dataset requests, in which order and why."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tasks.datasets import ADJUSTED_PRICES, DIVIDENDS, LISTINGS, QUOTES, SPLITS
from tasks.orchestration.planners import make_plan
from tasks.planning.capabilities import Capability
from tasks.planning.inputs import PlanningInputs
from tasks.planning.price_jumps import PriceJump
from tasks.planning.requests import CallRequest, fit_to_budget
from tasks.records import Call, Plan, SymbolCoverage
from tasks.sessions import SessionClock

AS_OF = datetime(2026, 11, 20, 12, tzinfo=UTC)
RESETS = datetime(2026, 11, 21, 5, tzinfo=UTC)
DUE = date(2026, 11, 19)
ADJUSTED = "TIME_SERIES_DAILY_ADJUSTED"

MAY = {ADJUSTED: True, f"{ADJUSTED} outputsize=full": True}
ONLY_COMPACT = {ADJUSTED: True, f"{ADJUSTED} outputsize=full": False}


def read(days_ago: float) -> SymbolCoverage:
    at = AS_OF - timedelta(days=days_ago)
    return SymbolCoverage(at.date(), at.date(), at)


def held(last: date, *, whole: bool = True) -> SymbolCoverage:
    return SymbolCoverage(date(2000, 1, 3), last, AS_OF - timedelta(days=1), AS_OF - timedelta(days=30) if whole else None)


def inputs(
    *symbols: str,
    coverage: Mapping[str, Mapping[str, SymbolCoverage]] | None = None,
    known: Mapping[str, bool] | None = None,
    calls_left: int | None = None,
    **more: Any,
) -> PlanningInputs:
    capabilities = {name: Capability(may, AS_OF - timedelta(days=1), "PremiumEndpoint") for name, may in (known or {}).items()}
    every = coverage or {}
    return PlanningInputs(
        symbols=symbols,
        clock=SessionClock(AS_OF, timedelta(hours=4)),
        now=AS_OF,
        coverage=lambda dataset: every.get(dataset, {}),
        calls_left=calls_left,
        capabilities=capabilities,
        **more,
    )


def requested(plan: Plan) -> list[tuple[str, str, str]]:
    return [(call.function, call.symbol, call.reason) for call in plan.calls]


def events(coverage: dict[str, dict[str, SymbolCoverage]], *symbols: str, jumps: dict[str, PriceJump] | None = None) -> Plan:
    return make_plan(inputs(*symbols, coverage=coverage, price_jumps=jumps or {}), [SPLITS, DIVIDENDS]).plan


def adjusted(coverage: dict[str, SymbolCoverage], *symbols: str, known: Mapping[str, bool] = MAY) -> list[tuple[str, str]]:
    plan = make_plan(inputs(*symbols, coverage={"adjusted_prices": coverage}, known=known), [ADJUSTED_PRICES]).plan
    return [(call.options["outputsize"], call.reason) for call in plan.calls]


def test_events_read_on_the_day_are_held_and_the_stalest_come_first() -> None:
    both = {"A": read(3), "B": read(0.1), "C": read(10)}
    plan = events({"splits": both, "dividends": both}, "A", "B", "C", "NEW")
    assert requested(plan) == [
        ("SPLITS", "NEW", "never read"),
        ("DIVIDENDS", "NEW", "never read"),
        ("SPLITS", "C", "read 10 days ago"),
        ("DIVIDENDS", "C", "read 10 days ago"),
        ("SPLITS", "A", "read 3 days ago"),
        ("DIVIDENDS", "A", "read 3 days ago"),
    ]
    assert plan.held == ("B",)


def test_events_of_an_unexplained_move_come_first_though_read_today() -> None:
    """The events of an unexplained move come before all others although they were read today."""
    jump = PriceJump(date(2026, 11, 20), 0.5, AS_OF)
    today = {"splits": {"B": read(0.1)}, "dividends": {"B": read(0.1)}}
    words = "its close moved to 0.50 times the one before on 2026-11-20, and no known event explains it"
    assert requested(events(today, "NEW", "B", jumps={"B": jump}))[:2] == [("SPLITS", "B", words), ("DIVIDENDS", "B", words)]


def test_of_the_events_of_a_move_only_those_not_read_since_are_asked() -> None:
    """A run that died after it had stored what it knew of one kind leaves the other to be requested alone."""
    jump = PriceJump(date(2026, 11, 19), 0.5, AS_OF)
    plan = events({"splits": {"B": read(0.1)}, "dividends": {"B": read(3)}}, "B", jumps={"B": jump})
    assert [(call.function, call.symbol) for call in plan.calls] == [("DIVIDENDS", "B")]


def test_of_equally_stale_calls_prices_and_cheap_ones_come_first() -> None:
    """Of equally stale calls, prices come before events and cheap before dear."""
    wants = [
        CallRequest(Call("DIVIDENDS", "A")),
        CallRequest(Call(ADJUSTED, "B", {"outputsize": "full"}), is_of_prices=True),
        CallRequest(Call(ADJUSTED, "C", {"outputsize": "compact"}), is_of_prices=True),
        CallRequest(Call("SPLITS", "D"), date(2026, 1, 2)),
    ]
    assert [call.symbol for call in fit_to_budget(wants, None, RESETS)[0]] == ["C", "B", "A", "D"]


def test_what_the_key_may_not_be_allowed_comes_last_and_is_not_missed() -> None:
    """What the key may turn out not to be allowed comes last, and is not missed where it does not fit."""
    datasets = [ADJUSTED_PRICES, SPLITS, DIVIDENDS]
    assert [call.function for call in make_plan(inputs("A"), datasets).plan.calls] == ["SPLITS", "DIVIDENDS", ADJUSTED]
    (skipped,) = make_plan(inputs("A", calls_left=1), datasets).plan.skipped
    assert skipped.reason == "DIVIDENDS (never read): the one call left today goes to another symbol"
    assert skipped.next_step == "The first run after 2026-11-21 05:00 UTC, when the budget resets, requests it."


def test_with_no_call_left_every_call_is_skipped_by_its_name() -> None:
    plan = make_plan(inputs("A", calls_left=0), [SPLITS, DIVIDENDS]).plan
    assert plan.calls == ()
    assert [skipped.reason for skipped in plan.skipped] == [
        "SPLITS (never read): no call is left today",
        "DIVIDENDS (never read): no call is left today",
    ]


@pytest.mark.parametrize(
    ("coverage", "expected"),
    [
        (None, [("full", "never seen")]),
        (held(DUE), []),
        (held(date(2026, 11, 18)), [("compact", "1 session behind")]),
        (held(date(2026, 7, 8)), [("compact", "95 sessions behind")]),
        (held(date(2026, 7, 7)), [("full", "96 sessions behind, more than compact reaches")]),
        (held(date(2026, 11, 18), whole=False), [("full", "a dividend or split came since the whole series was read")]),
        (held(DUE, whole=False), [("full", "a dividend or split came since the whole series was read")]),
    ],
)
def test_the_adjusted_series_is_asked_whole_where_compact_would_tear_it(
    coverage: SymbolCoverage | None, expected: list[tuple[str, str]]
) -> None:
    """The adjusted series is asked whole where compact would leave it torn."""
    assert adjusted({"A": coverage} if coverage else {}, "A") == expected


def test_the_adjusted_series_is_not_requested_of_a_key_that_was_refused_it() -> None:
    planned = make_plan(inputs("A", known={ADJUSTED: False}), [ADJUSTED_PRICES])
    assert planned.plan.calls == ()
    assert planned.notes == (
        (
            f"{ADJUSTED} is not requested: the key was refused on 2026-11-19 (PremiumEndpoint). "
            "The next try is after 2026-11-26, or after `tickerhouse plan --probe`."
        ),
    )


def test_a_key_without_whole_series_requests_the_latest_sessions() -> None:
    assert adjusted({}, "A", known=ONLY_COMPACT) == [("compact", "never seen; the key may not ask for the whole series")]
    assert adjusted({"A": held(DUE, whole=False)}, "A", known=ONLY_COMPACT) == []


def test_what_nobody_knows_the_key_may_request_is_a_probe() -> None:
    planned = make_plan(inputs("A"), [ADJUSTED_PRICES])
    assert (planned.probes, planned.may_fall_back) == (frozenset({ADJUSTED}), True)
    assert planned.notes[0].startswith(f"It is not known yet whether the key's plan includes {ADJUSTED}")
    assert make_plan(inputs("A", known=MAY), [ADJUSTED_PRICES]).probes == frozenset()


def test_the_list_of_symbols_comes_first_and_again_where_a_sector_is_due() -> None:
    def plan(listed: float, overview: dict[str, SymbolCoverage]) -> list[str]:
        held = {"listings": {"": read(listed)}, "overviews": overview}
        return [f"{call.function} {call.symbol}" for call in make_plan(inputs("A", "B", coverage=held), [LISTINGS]).plan.calls]

    assert plan(7, {"A": read(7), "B": read(9)}) == ["LISTING_STATUS ", "OVERVIEW B", "OVERVIEW A"]
    assert plan(0, {"A": read(0)}) == ["LISTING_STATUS ", "OVERVIEW B"]
    assert plan(0, {"A": read(0), "B": read(0)}) == []


def test_quotes_are_requested_anew_and_take_turns() -> None:
    coverage = {"quotes": {"A": read(0.01), "B": read(0.02)}}
    plan = make_plan(inputs("A", "B", "NEW", coverage=coverage, calls_left=2), [QUOTES]).plan
    assert [(call.symbol, call.reason) for call in plan.calls] == [
        ("NEW", "never quoted"),
        ("B", "quoted last on 2026-11-20 11:31 UTC"),
    ]
    assert [skipped.symbol for skipped in plan.skipped] == ["A"]


def test_an_optional_dataset_requests_only_what_is_urgent() -> None:
    jump = PriceJump(date(2026, 11, 19), 0.5, AS_OF)
    planned = make_plan(inputs("A", "B", price_jumps={"B": jump}), [SPLITS, DIVIDENDS, QUOTES], [SPLITS, DIVIDENDS])
    assert [(call.function, call.symbol) for call in planned.plan.calls[:2]] == [("SPLITS", "B"), ("DIVIDENDS", "B")]
    assert {call.function for call in planned.plan.calls[2:]} == {"GLOBAL_QUOTE"}
