"""Which bars are final, by the calendar of each symbol's own exchange."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tasks.alpha_vantage.daily import SHAPE, read_daily
from tasks.alpha_vantage.series_tables import SeriesReader
from tasks.datasets import ADJUSTED_PRICES, DAILY_PRICES
from tasks.datasets.finality import final_bars
from tasks.records import CapturedBody
from tasks.schema import PARSED_DAILY_PRICES
from tasks.sessions import SessionClock

PRICES = Path(__file__).resolve().parents[3] / ".." / "shared" / "recorded" / "prices"
needs_recorded = pytest.mark.skipif(not PRICES.exists(), reason="recorded answers are not beside this checkout")

ROW = {"1. open": "1.5000", "2. high": "2.0000", "3. low": "0.5000", "4. close": "1.7500", "5. volume": "700"}
SETTLING = timedelta(hours=4)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def body(sessions: list[str], symbol: str = "IBM", key: str = "raw/a", observed_at: datetime = NOON) -> CapturedBody:
    series = json.dumps(dict.fromkeys(sessions, ROW))
    text = f'{{"Meta Data": {{"1. Information": "Daily", "2. Symbol": "{symbol}"}}, "Time Series (Daily)": {series}}}'
    return CapturedBody(symbol, key, observed_at, text.encode())


def split(bodies: list[CapturedBody], as_of: datetime, **exchanges: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The final and the deferred bars."""
    named = {symbol.replace("_", "."): exchange for symbol, exchange in exchanges.items()}
    final, deferred = final_bars(read_daily(bodies).table, SessionClock(as_of, SETTLING, named))
    assert final.schema.equals(PARSED_DAILY_PRICES)
    return final.to_pylist(), deferred.to_pylist()


def test_no_bar_is_neither_final_nor_deferred() -> None:
    assert split([], datetime(2026, 11, 20, 12, tzinfo=UTC)) == ([], [])


def test_a_bar_is_deferred_if_its_session_was_not_final_when_observed() -> None:
    """A bar is deferred when its session was not final at its own observation."""
    early, late = datetime(2026, 11, 19, 20, tzinfo=UTC), datetime(2026, 11, 20, 2, tzinfo=UTC)
    sessions = ["2026-11-19", "2026-11-18"]
    final, deferred = split([body(sessions, key="raw/early", observed_at=early), body(sessions, key="raw/late", observed_at=late)], late)
    assert [(bar["capture_key"], bar["session_text"]) for bar in deferred] == [("raw/early", "2026-11-19")]
    assert len(final) == 3


def test_a_session_after_the_moment_of_the_run_is_deferred() -> None:
    final, deferred = split([body(["2026-11-19", "2026-11-18"])], datetime(2026, 11, 19, 12, tzinfo=UTC))
    assert ([bar["session_text"] for bar in final], [bar["session_text"] for bar in deferred]) == (["2026-11-18"], ["2026-11-19"])


def test_a_key_with_a_time_of_day_is_deferred() -> None:
    final, deferred = split([body(["2017-08-30 14:55:00", "2017-08-29", "not a session"])], datetime(2026, 11, 20, 12, tzinfo=UTC))
    assert [bar["session_text"] for bar in deferred] == ["2017-08-30 14:55:00"]
    assert [bar["session_text"] for bar in final] == ["2017-08-29", "not a session"]


@pytest.mark.parametrize(
    ("symbol", "exchange", "session", "as_of"),
    [
        # New York is closed on Thanksgiving; London, Toronto, Frankfurt and Tokyo trade.
        ("TSCO.LON", "XLON", "2026-11-26", datetime(2026, 11, 26, 21, tzinfo=UTC)),
        ("RY.TRT", "XTSE", "2026-11-26", datetime(2026, 11, 27, 2, tzinfo=UTC)),
        ("MBG.DEX", "XETR", "2026-11-26", datetime(2026, 11, 26, 21, tzinfo=UTC)),
        ("7203.TYO", "XTKS", "2026-11-26", datetime(2026, 11, 26, 11, tzinfo=UTC)),
    ],
)
def test_a_bar_is_final_by_its_own_exchange_on_a_holiday_of_new_york(symbol: str, exchange: str, session: str, as_of: datetime) -> None:
    own = [body([session, "2026-11-25"], symbol, observed_at=as_of)]
    assert [bar["session_text"] for bar in split(own, as_of, **{symbol: exchange})[0]] == [session, "2026-11-25"]
    both = [*own, body([session, "2026-11-25"], "IBM", "raw/b", as_of)]
    final, deferred = split(both, as_of, **{symbol: exchange})
    assert [(bar["symbol"], bar["session_text"]) for bar in deferred if bar["symbol"] == symbol] == []
    assert ("IBM", session) in [(bar["symbol"], bar["session_text"]) for bar in deferred]
    assert len(final) + len(deferred) == 4


def test_rows_without_texts_are_deferred_like_the_others() -> None:
    bodies = [body(["2026-11-20", "2026-11-19"]), body(["2017-08-30 14:55:00", "not a session"], key="raw/b")]
    table = SeriesReader(SHAPE, PARSED_DAILY_PRICES, has_texts=False).table(bodies).table
    final, deferred = final_bars(table, SessionClock(NOON, SETTLING))
    assert deferred["session_date"].to_pylist() == [date(2026, 11, 20), date(2017, 8, 30)]
    assert final["session_date"].to_pylist() == [date(2026, 11, 19), None]


def test_both_series_of_bars_share_one_rule_of_finality() -> None:
    assert DAILY_PRICES.finality is ADJUSTED_PRICES.finality is final_bars


@needs_recorded
def test_the_bar_recorded_while_the_exchange_was_open_is_the_one_deferred() -> None:
    observed_at = datetime(2017, 8, 30, 19, tzinfo=UTC)
    recorded = CapturedBody("AMZN", "raw/a", observed_at, (PRICES / "time_series_daily-amzn-2017-08-30.json").read_bytes())
    final, deferred = split([recorded], observed_at)
    assert len(final) == 99
    assert [bar["session_text"] for bar in deferred] == ["2017-08-30 14:55:00"]
    assert [bar["session_date"] for bar in deferred] == [date(2017, 8, 30)]
