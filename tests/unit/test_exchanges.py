import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tasks.exchanges import PREFIXES, SUFFIXES, exchange_in, exchanges_by_mark
from tasks.quality.suite import load_thresholds
from tasks.sessions import BeforeCalendar, SessionClock, known_exchange

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
THRESHOLDS = Path(__file__).parents[2] / "expectations" / "exchanges.json"


@pytest.mark.parametrize(
    ("symbol", "exchange"),
    [
        ("VOD.LON", "XLON"),
        ("MBG.DEX", "XETR"),
        ("IQQE.FRK", "XFRA"),
        ("FRA:IQQE", "XFRA"),
        ("MRT-UN.TRT", "XTSE"),
        ("GPV.TRV", "XTSE"),
        ("RELIANCE.BSE", "XBOM"),
        ("600104.SHH", "XSHG"),
        ("000002.SHZ", "XSHG"),
        ("SULA11.SAO", "BVMF"),
        ("ALV.MUN", "XFRA"),
        ("CEZ.PRA", "XPRA"),
        ("GGAL.BUE", "XBUE"),
        ("BRK.B", None),
        ("ACWV:BAT", None),
        ("LON", None),
        ("AAPL", None),
    ],
)
def test_suffix_or_prefix_names_the_exchange(symbol: str, exchange: str | None) -> None:
    assert exchange_in(symbol) == exchange


def test_every_suffix_and_prefix_is_found_by_the_pattern_of_the_sql() -> None:
    """``tasks/warehouse/marts/fill.sql`` and ``touched/marks.sql`` take them out of a symbol by these two patterns."""
    for mark, exchange in exchanges_by_mark().items():
        symbol = f"{mark}AB" if mark.endswith(":") else f"AB{mark}"
        found = re.search(r"^[A-Z]{3,6}:", symbol) or re.search(r"[.][A-Z]{3}$", symbol)
        assert found is not None
        assert (found[0], exchange_in(symbol)) == (mark, exchange)


def test_every_named_exchange_opens_and_has_thresholds() -> None:
    for exchange in {*SUFFIXES.values(), *PREFIXES.values()}:
        assert known_exchange(exchange) == exchange
        assert load_thresholds(THRESHOLDS, exchange).largest_change >= 1


def test_an_alias_stands_for_its_calendar_and_an_unfinished_one_for_none() -> None:
    assert [known_exchange(name) for name in ("LSE", "BSE", "TASE", "NASDAQ")] == ["XLON", "XBOM", "XTAE", "XNYS"]
    assert [known_exchange(name) for name in ("ASEX", "XBEL", "XBSE", "XCYS", "NOWHERE")] == [None] * 5


def test_named_exchange_goes_before_suffix_and_suffix_before_new_york() -> None:
    clock = SessionClock(NOON, timedelta(hours=4), {"VOD.LON": "XFRA"})
    assert [clock.exchange_of(symbol) for symbol in ("VOD.LON", "TSCO.LON", "IBM")] == ["XFRA", "XLON", "XNYS"]


def test_a_us_holiday_is_a_session_of_london() -> None:
    clock = SessionClock(datetime(2026, 11, 27, 3, tzinfo=UTC), timedelta(hours=4))
    assert clock.due(["IBM", "TSCO.LON"]) == {"IBM": date(2026, 11, 25), "TSCO.LON": date(2026, 11, 26)}


@pytest.mark.parametrize("symbol", ["RELIANCE.BSE", "7203.TYO", "TEVA.TLV", "IBM"])
def test_moment_before_a_calendar_is_wrong_usage(symbol: str) -> None:
    clock = SessionClock(datetime(1, 1, 1, tzinfo=UTC), timedelta(hours=4))
    with pytest.raises(BeforeCalendar) as raised:
        clock.due([symbol])
    assert raised.value.exit_code == 2
