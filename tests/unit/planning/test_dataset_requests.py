"""What is asked beside daily prices, in which order and why."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tasks.planning.dataset_requests import AdjustedRights, want_adjusted_prices, want_events, want_listings, want_quotes
from tasks.planning.price_jumps import PriceJump
from tasks.planning.requests import CallRequest, fit
from tasks.records import Call, Plan, SymbolCoverage

AS_OF = datetime(2026, 11, 20, 12, tzinfo=UTC)
RESETS = datetime(2026, 11, 21, 5, tzinfo=UTC)
DUE = date(2026, 11, 19)
ADJUSTED = "TIME_SERIES_DAILY_ADJUSTED"
MAY = AdjustedRights(may_ask=True, may_ask_full=True)
UNKNOWN = AdjustedRights(may_ask=None, may_ask_full=None)

SentAlert = tuple[str, str, str]


def read(days_ago: float) -> SymbolCoverage:
    at = AS_OF - timedelta(days=days_ago)
    return SymbolCoverage(at.date(), at.date(), at)


def held(last: date, *, whole: bool = True) -> SymbolCoverage:
    return SymbolCoverage(date(2000, 1, 3), last, AS_OF - timedelta(days=1), AS_OF - timedelta(days=30) if whole else None)


def said(plan: Plan) -> list[SentAlert]:
    return [(call.function, call.symbol, call.reason) for call in plan.calls]


def events(coverage: dict[str, dict[str, SymbolCoverage]], *symbols: str, moves: dict[str, PriceJump] | None = None) -> Plan:
    every: dict[str, dict[str, SymbolCoverage]] = {"SPLITS": {}, "DIVIDENDS": {}} | coverage
    return fit(list(want_events(symbols, every, AS_OF, moves or {})), symbols, None, RESETS)


def adjusted(coverage: dict[str, SymbolCoverage], *symbols: str, rights: AdjustedRights = MAY) -> list[tuple[str, str]]:
    wants = want_adjusted_prices(symbols, coverage, dict.fromkeys(symbols, DUE), {}, rights)
    return [(want.call.options["outputsize"], want.call.reason) for want in wants]


def test_events_read_on_the_day_are_held_and_the_stalest_come_first() -> None:
    both = {"A": read(3), "B": read(0.1), "C": read(10)}
    plan = events({"SPLITS": both, "DIVIDENDS": both}, "A", "B", "C", "NEW")
    assert said(plan) == [
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
    move = PriceJump(date(2026, 11, 19), 0.5, AS_OF)
    today = {"SPLITS": {"B": read(0.1)}, "DIVIDENDS": {"B": read(0.1)}}
    words = "its close moved to 0.50 times the one before on 2026-11-19, and no known event explains it"
    assert said(events(today, "NEW", "B", moves={"B": move}))[:2] == [("SPLITS", "B", words), ("DIVIDENDS", "B", words)]


def test_of_equally_stale_calls_prices_and_cheap_ones_come_first() -> None:
    """Of equally stale calls, prices come before events and cheap before dear."""
    wants = [
        CallRequest(Call("DIVIDENDS", "A")),
        CallRequest(Call(ADJUSTED, "B", {"outputsize": "full"}), is_of_prices=True),
        CallRequest(Call(ADJUSTED, "C", {"outputsize": "compact"}), is_of_prices=True),
        CallRequest(Call("SPLITS", "D"), date(2026, 1, 2)),
    ]
    assert [call.symbol for call in fit(wants, "ABCD", None, RESETS).calls] == ["C", "B", "A", "D"]


def test_what_the_key_may_not_be_allowed_comes_last_and_is_not_missed() -> None:
    """What the key may turn out not to be allowed comes last, and is not missed where it does not fit."""
    wants = [*want_adjusted_prices(["A"], {}, {"A": DUE}, {}, UNKNOWN), *want_events(["A"], {"SPLITS": {}, "DIVIDENDS": {}}, AS_OF, {})]
    assert [call.function for call in fit(wants, ["A"], None, RESETS).calls] == ["SPLITS", "DIVIDENDS", ADJUSTED]
    short = fit(wants, ["A"], 1, RESETS)
    (left,) = short.left_out
    assert left.reason == "DIVIDENDS (never read); the day's calls do not reach (1 left)"
    assert left.next_step == "The first run after 2026-11-21 05:00 UTC, when the budget resets, asks for it."


def test_with_no_call_left_every_call_is_left_out_by_its_name() -> None:
    plan = fit(list(want_events(["A"], {"SPLITS": {}, "DIVIDENDS": {}}, AS_OF, {})), ["A"], 0, RESETS)
    assert plan.calls == ()
    assert [left.reason.partition(";")[0] for left in plan.left_out] == ["SPLITS (never read)", "DIVIDENDS (never read)"]


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


def test_the_adjusted_series_is_not_asked_of_a_key_that_was_refused_it() -> None:
    assert adjusted({}, "A", rights=AdjustedRights(may_ask=False, may_ask_full=None)) == []


def test_a_key_without_whole_series_is_content_with_the_latest_sessions() -> None:
    """A key without whole series asks for the latest sessions and is content with them."""
    rights = AdjustedRights(may_ask=True, may_ask_full=False)
    assert adjusted({}, "A", rights=rights) == [("compact", "never seen; the key may not ask for the whole series")]
    assert adjusted({"A": held(DUE, whole=False)}, "A", rights=rights) == []


def test_the_list_of_symbols_is_asked_first_and_where_a_sector_is_due() -> None:
    """The list of symbols is asked first and again where a sector is due."""

    def plan(listed: float, overview: dict[str, SymbolCoverage]) -> list[str]:
        held = {"LISTING_STATUS": {"": read(listed)}, "OVERVIEW": overview}
        return [f"{call.function} {call.symbol}" for call in fit(list(want_listings("AB", held, AS_OF)), "AB", None, RESETS).calls]

    assert plan(7, {"A": read(7), "B": read(9)}) == ["LISTING_STATUS ", "OVERVIEW B", "OVERVIEW A"]
    assert plan(0, {"A": read(0)}) == ["LISTING_STATUS ", "OVERVIEW B"]
    assert plan(0, {"A": read(0), "B": read(0)}) == []


def test_quotes_are_asked_each_time_and_take_turns_if_they_do_not_fit() -> None:
    """Quotes are asked anew each time and take turns where they do not all fit."""
    coverage = {"A": read(0.01), "B": read(0.02)}
    plan = fit(list(want_quotes(["A", "B", "NEW"], coverage)), ["A", "B", "NEW"], 2, RESETS)
    assert [(call.symbol, call.reason) for call in plan.calls] == [
        ("NEW", "never quoted"),
        ("B", "quoted last on 2026-11-20 11:31 UTC"),
    ]
    assert [left.symbol for left in plan.left_out] == ["A"]
