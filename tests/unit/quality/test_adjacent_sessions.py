"""What is odd beside its neighbours is told by name and holds nothing back; and a batch in parts finds what the whole finds."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tasks.datasets.daily_prices import CHECKS as DAILY_PRICES
from tasks.quality.context import Context, Market, Thresholds
from tasks.quality.suite import load_suite
from tasks.quality.validation import validate
from tasks.quality.verdict import Verdict
from tasks.schema import PARSED_DAILY_PRICES

SUITE = load_suite(Path(__file__).resolve().parents[3] / "expectations" / "daily_prices.json", DAILY_PRICES)

# January 2024: the 1st and the 15th are holidays.
NOT_TRADED = {date(2024, 1, 1), date(2024, 1, 15)}
SESSIONS = np.array(
    [day for day in np.arange("2023-12-01", "2024-03-01", dtype="datetime64[D]") if np.is_busday(day) and day.item() not in NOT_TRADED]
)
CONTEXT = Context(Market(SESSIONS, date(2024, 1, 31)), ["MSFT", "AMZN"], limit=1.0)

Bar = dict[str, Any]


def bar(symbol: str = "MSFT", session: str = "2024-01-03", price: str = "10", volume: str = "5", **changes: Any) -> Bar:
    prices = ("open", "high", "low", "close")
    return {
        "symbol": symbol,
        "session_text": session,
        **dict.fromkeys((f"{name}_text" for name in prices), price),
        "volume_text": volume,
        "session_date": date.fromisoformat(session),
        **dict.fromkeys(prices, Decimal(price)),
        "volume": int(volume),
        "observed_at": datetime(2024, 1, 31, 22, tzinfo=UTC),
        "capture_key": "raw/x.json.gz",
        **changes,
    }


def judge(*bars: Bar, context: Context = CONTEXT) -> Verdict:
    table = pa.Table.from_pylist(list(bars), schema=PARSED_DAILY_PRICES)
    return validate(table, DAILY_PRICES, SUITE, run_id="run-1", context=context)


def reasons(verdict: Verdict) -> list[list[str]]:
    return [list(each or ()) for each in verdict.quarantined.column("reasons").to_pylist()]


SOUND = bar(session="2024-01-02")
AMZN = bar("AMZN")

TEN_SESSIONS = [f"2024-01-{day:02}" for day in (2, 3, 4, 5, 8, 9, 10, 11, 12, 16)]

# What is told and holds nothing back: the bars of a symbol, and what they are judged against.
TOLD: dict[str, tuple[list[Bar], dict[str, Any]]] = {
    "volume is unusually small": ([SOUND, bar(volume="0")], {}),
    "session before is missing": ([SOUND, bar(session="2024-01-04")], {}),
    "due session is missing": ([SOUND], {"due": date(2024, 1, 3)}),
    "fewer bars than the capture before": ([SOUND], {"rows_before": 2}),
    "close leaps from the session before": ([bar(session="2024-01-02", price="1"), bar(session="2024-01-03", price="25.01")], {}),
    "close is a spike": (
        [bar(session="2024-01-02", price="10"), bar(session="2024-01-03", price="100"), bar(session="2024-01-04", price="10")],
        {},
    ),
    "close is frozen": ([bar(session=day) for day in TEN_SESSIONS], {}),
}

# What nothing is told of, although it lies between the symbols above.
SILENT: dict[str, tuple[list[Bar], dict[str, Any]]] = {
    "due session is there": ([SOUND, bar()], {"due": date(2024, 1, 3)}),
    "nine sessions in a row with one close": ([bar(session=day) for day in TEN_SESSIONS[:9]], {}),
    "a close that stands still between two others": (
        [*(bar(session=day) for day in TEN_SESSIONS[:5]), *(bar(session=day, price="11") for day in TEN_SESSIONS[5:])],
        {},
    ),
    "as many bars as before": ([SOUND], {"rows_before": 1}),
    "a split is no spike and a common one no leap": (
        [bar(session="2024-01-02", price="1"), bar(session="2024-01-03", price="20"), bar(session="2024-01-04", price="20")],
        {},
    ),
    "nor is the reverse of one": (
        [bar(session="2024-01-02", price="1"), bar(session="2024-01-03", price="0.05"), bar(session="2024-01-04", price="0.05")],
        {},
    ),
}
SYMBOLS = {words: f"S{number}" for number, words in enumerate([*TOLD, *SILENT])}

NAMED = {
    "session before is missing": "2024-01-04",
    "close leaps from the session before": "2024-01-03",
    "close is a spike": "2024-01-03",
    "close is frozen": TEN_SESSIONS[-1],
}
"""Where the session is named beside the symbol."""


@cache
def judged_together(*, is_reversed: bool) -> Verdict:
    """The verdict of one batch of all bars above, a symbol for each entry."""
    entries = {SYMBOLS[words]: entry for words, entry in {**TOLD, **SILENT}.items()}
    bars = [{**one, "symbol": symbol} for symbol, (several, _) in entries.items() for one in several]
    against: dict[str, Any] = {
        name: {symbol: changes[name] for symbol, (_, changes) in entries.items() if name in changes} for name in ("due", "rows_before")
    }
    against["rows_before"]["GONE"] = 9
    return judge(*(bars[::-1] if is_reversed else bars), context=replace(CONTEXT, requested=list(entries), **against))


@pytest.mark.parametrize("is_reversed", [False, True], ids=["in order", "reversed"])
@pytest.mark.parametrize("reason", TOLD)
def test_what_is_odd_beside_its_neighbours_is_told_and_not_held_back(reason: str, is_reversed: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """What is odd beside its neighbours is told by name and holds nothing back."""
    verdict = judged_together(is_reversed=is_reversed)
    place = f"{SYMBOLS[reason]} {NAMED[reason]}" if reason in NAMED else SYMBOLS[reason]
    assert [each.split(". ")[0] for each in verdict.warnings if each.startswith(reason)] == [f"{reason}: 1 bar ({place})"]
    assert len(verdict.warnings) == len(TOLD)
    assert verdict.accepted_rows == verdict.rows == sum(len(bars) for bars, _ in [*TOLD.values(), *SILENT.values()])


@pytest.mark.parametrize(("before", "after"), [("0.92", "36.80"), ("36.80", "0.92")])
def test_a_change_by_the_limit_itself_is_told(before: str, after: str) -> None:
    """36.80 is 40 times 0.92, and a little less when both are floats."""
    market = replace(CONTEXT.market, thresholds=replace(CONTEXT.market.thresholds, largest_change=40))
    verdict = judge(
        bar(session="2024-01-02", price=before), bar(session="2024-01-03", price=after), context=replace(CONTEXT, market=market)
    )
    assert "close leaps from the session before" in [warning.partition(":")[0] for warning in verdict.warnings]


def test_neighbours_of_another_symbol_or_damaged_are_not_compared() -> None:
    """AdjacentSessions of another symbol or with a damaged close are not compared."""
    verdict = judge(
        bar(session="2024-01-02", price="1"),
        bar(close_text="0", close=Decimal(0)),
        bar(session="2024-01-04", price="2"),
        bar("AMZN", "2024-01-05", "900"),
    )
    assert verdict.warnings == ()
    assert reasons(verdict) == [["close is not above zero"]]


def test_a_symbol_of_another_exchange_is_judged_by_its_own_calendar() -> None:
    """A symbol of another exchange is judged by its calendar and thresholds."""
    london = Market(np.array(["2024-01-01", "2024-01-02"], dtype="datetime64[D]"), date(2024, 1, 2), Thresholds(smallest_volume=0))
    context = replace(CONTEXT, requested=["MSFT", "TSCO.LON"], elsewhere={"TSCO.LON": london})
    new_year, second, third = (bar("TSCO.LON", f"2024-01-0{day}", volume="0") for day in (1, 2, 3))
    verdict = judge(bar(session="2024-01-01"), SOUND, new_year, second, third, context=context)
    assert reasons(verdict) == [["session is none of its exchange"], ["session lies in the future"]]
    assert verdict.quarantined_by_symbol == {"MSFT": 1, "TSCO.LON": 1}
    assert [sentence for sentence in verdict.warnings if "volume" in sentence] == []


def test_too_few_bars_for_the_symbols_that_answered_fail_the_batch() -> None:
    context = replace(CONTEXT, requested=["MSFT", "AMZN", "AAPL", "GOOGL", "NVDA"])
    assert [sentence.split(".")[0] for sentence in judge(SOUND, AMZN, context=context).hard_failures] == ["too few bars"]
    assert judge(SOUND, AMZN, bar(), context=context).hard_failures == ()


def test_a_batch_in_parts_finds_what_the_whole_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    symbols = ("MSFT", "AMZN", "GOOGL")
    damaged = {("AMZN", 3), ("GOOGL", 4)}
    bars = [
        {**bar(symbol, f"2024-01-{day:02}"), **({"close_text": "0", "close": Decimal(0)} if (symbol, day) in damaged else {})}
        for symbol in symbols
        for day in (5, 4, 3, 3, 2)
    ]
    context = replace(CONTEXT, requested=[*symbols, "GONE"], due={"AMZN": date(2024, 1, 8)})
    whole = judge(*bars, context=context)
    for rows_at_once in (1, 9):
        monkeypatch.setattr("tasks.quality.validation.ROWS_AT_ONCE", rows_at_once)
        parted = judge(*bars, context=context)
        assert parted.quarantined.equals(whole.quarantined)
        assert parted.accepted.equals(whole.accepted)
        assert (parted.warnings, parted.hard_failures) == (whole.warnings, whole.hard_failures)
        assert (parted.rows, parted.duplicates, parted.reason_counts) == (15, 3, {"close is not above zero": 2})
        assert counts(parted) == counts(whole)
        assert parted.result["statistics"] == whole.result["statistics"]


def counts(verdict: Verdict) -> dict[str, Any]:
    return {each["expectation_config"]["meta"]["reason"]: each["result"].get("unexpected_count") for each in verdict.result["results"]}
