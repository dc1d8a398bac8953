import itertools
import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from infra.local.alpha_vantage.damage import damaged_sessions
from infra.local.alpha_vantage.errors import OutsideCalendar
from infra.local.alpha_vantage.exchange_calendar import moment_of, sessions
from infra.local.alpha_vantage.history import SyntheticHistory
from infra.local.alpha_vantage.listings import listing_of, listings_at
from infra.local.alpha_vantage.synthetic import bars_at
from infra.local.stack_constants import STAND_IN_KEY

FRIDAY_EVENING = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
NAMED = ["AAPL", "MSFT", "GOOGL", "AMZN", "NVDA", "IBM", "BRK-B", "NA", "NAN", "ACWV:BAT", "-P-HIZ", "TSLA", "SPY", "ZZA000", "ZZZ999"]

Rows = dict[str, dict[str, str]]


def rows_of(symbol: str, as_of: datetime, function: str = "TIME_SERIES_DAILY", size: str = "compact") -> Rows:
    answer = SyntheticHistory(is_free=False).answer(function, {"symbol": symbol, "outputsize": size}, as_of)
    document = json.loads(answer.body)
    rows: Rows = next(value for name, value in document.items() if name != "Meta Data")
    return rows


def meta_of(symbol: str, as_of: datetime) -> dict[str, str]:
    answer = SyntheticHistory(is_free=False).answer("TIME_SERIES_DAILY", {"symbol": symbol}, as_of)
    meta: dict[str, str] = json.loads(answer.body)["Meta Data"]
    return meta


def test_the_history_is_the_same_on_every_machine() -> None:
    assert rows_of("AAPL", FRIDAY_EVENING)["2026-11-20"] == {
        "1. open": "176.7700",
        "2. high": "177.5400",
        "3. low": "171.7500",
        "4. close": "172.3400",
        "5. volume": "48490080",
    }


@pytest.mark.parametrize("symbol", NAMED)
def test_a_bar_depends_on_symbol_and_session_alone(symbol: str) -> None:
    earlier = rows_of(symbol, FRIDAY_EVENING - timedelta(days=60))
    later = rows_of(symbol, FRIDAY_EVENING)
    whole = rows_of(symbol, FRIDAY_EVENING, size="full")
    common = earlier.keys() & later.keys()
    assert len(common) > 50
    assert all(earlier[day] == later[day] == whole[day] for day in common)


@pytest.mark.parametrize("symbol", NAMED)
def test_prices_are_positive_and_in_order(symbol: str) -> None:
    listing = listing_of(symbol)
    assert listing is not None
    bars = bars_at(listing, moment_of(FRIDAY_EVENING))
    assert (bars.low > 0).all()
    assert (bars.low <= np.minimum(bars.open, bars.close)).all()
    assert (bars.high >= np.maximum(bars.open, bars.close)).all()
    assert (bars.volume > 0).all()
    assert bars.high.max() < 10**12


def test_a_full_history_holds_every_session_newest_first() -> None:
    """A full history holds every session since the first one, newest first."""
    days = list(rows_of("AAPL", FRIDAY_EVENING, size="full"))
    assert (days[0], days[-1], len(days)) == ("2026-11-20", "1999-11-01", 6806)
    assert days == sorted(set(days), reverse=True)
    # Closed: the week of 2001-09-11, Good Friday, Juneteenth since 2022, the mourning of 2025-01-09. Open: the half day after Thanksgiving.
    assert not {"2001-09-12", "2024-03-29", "2022-06-20", "2025-01-09"} & set(days)
    assert {"2019-11-29", "2021-06-18"} <= set(days)


def test_compact_is_the_latest_hundred() -> None:
    compact = rows_of("IBM", FRIDAY_EVENING)
    assert list(compact.items()) == list(rows_of("IBM", FRIDAY_EVENING, size="full").items())[:100]


def test_two_symbols_walk_apart() -> None:
    one, other = rows_of("ZZA001", FRIDAY_EVENING), rows_of("ZZB001", FRIDAY_EVENING)
    assert one.keys() == other.keys()
    assert all(one[day] != other[day] for day in one)


def test_while_a_session_is_open_its_bar_is_unfinished() -> None:
    noon, evening = datetime(2026, 11, 20, 17, 0, tzinfo=UTC), FRIDAY_EVENING
    running, final = rows_of("AAPL", noon)["2026-11-20"], rows_of("AAPL", evening)["2026-11-20"]
    assert running["1. open"] == final["1. open"]
    assert running["4. close"] != final["4. close"]
    assert 0 < int(running["5. volume"]) < int(final["5. volume"])
    assert Decimal(running["3. low"]) <= Decimal(running["4. close"]) <= Decimal(running["2. high"])
    assert meta_of("AAPL", noon)["3. Last Refreshed"] == "2026-11-20 12:00:00"
    assert meta_of("AAPL", evening)["3. Last Refreshed"] == "2026-11-20"


@pytest.mark.parametrize("minutes", [1, 30, 200, 389])
@pytest.mark.parametrize("symbol", ["AAPL", "-P-HIZ", "ZZQ123", "NA"])
def test_an_unfinished_bar_is_plausible_and_differs_from_the_final_one(symbol: str, minutes: int) -> None:
    opened = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
    running, final = rows_of(symbol, opened + timedelta(minutes=minutes))["2026-11-20"], rows_of(symbol, FRIDAY_EVENING)["2026-11-20"]
    values = {name: Decimal(value) for name, value in running.items()}
    assert 0 < values["3. low"] <= min(values["1. open"], values["4. close"])
    assert values["2. high"] >= max(values["1. open"], values["4. close"])
    assert running["4. close"] != final["4. close"]


def test_a_session_that_has_not_opened_is_absent() -> None:
    assert next(iter(rows_of("AAPL", datetime(2026, 11, 20, 14, 29, tzinfo=UTC)))) == "2026-11-19"
    assert next(iter(rows_of("AAPL", datetime(2026, 11, 22, 18, 0, tzinfo=UTC)))) == "2026-11-20"


def test_an_early_close_ends_the_session_early() -> None:
    before, after = datetime(2026, 11, 27, 17, 59, tzinfo=UTC), datetime(2026, 11, 27, 18, 0, tzinfo=UTC)
    final = rows_of("AAPL", datetime(2026, 11, 28, tzinfo=UTC))["2026-11-27"]
    assert rows_of("AAPL", before)["2026-11-27"] != final
    assert rows_of("AAPL", after)["2026-11-27"] == final


def test_a_fresh_listing_has_no_bar_before_its_first_session() -> None:
    """A fresh listing has fewer than a hundred bars and none before its first session."""
    assert len(rows_of("NEW26Q4", FRIDAY_EVENING)) == 37
    assert list(rows_of("NEW26Q4", FRIDAY_EVENING))[-1] == "2026-10-01"
    early = SyntheticHistory(is_free=False).answer("TIME_SERIES_DAILY", {"symbol": "NEW27Q1"}, FRIDAY_EVENING)
    assert early.name == "invalid_call"


def test_a_delisted_symbol_keeps_its_history() -> None:
    assert next(iter(rows_of("GONE", FRIDAY_EVENING))) == "2024-06-28"


def test_an_instant_outside_the_calendar_is_named() -> None:
    with pytest.raises(OutsideCalendar, match="1999-11-01 to 2040-12-31"):
        moment_of(datetime(1999, 1, 4, tzinfo=UTC))


def test_any_compact_answer_holds_three_damaged_bars_none_recent() -> None:
    """Any compact answer holds exactly three damaged bars and never a recent one."""
    names = sessions().names
    day = date(2026, 11, 1)
    while day <= date(2027, 12, 31):
        moment = moment_of(datetime(day.year, day.month, day.day, 23, 30, tzinfo=UTC))
        window = names[moment.newest - 99 : moment.newest + 1]
        ages = [len(window) - 1 - window.index(session) for session in damaged_sessions(moment)]
        assert len(set(ages)) == 3
        assert min(ages) >= 9
        day += timedelta(days=1)


def test_each_damaged_bar_is_damaged_by_itself() -> None:
    moment = moment_of(FRIDAY_EVENING)
    volume, high, close = damaged_sessions(moment)
    assert (volume, high, close) == ("2026-09-17", "2026-09-02", "2026-08-19")
    rows = rows_of("DMGD", FRIDAY_EVENING)
    assert rows[volume]["5. volume"] == "N/A"
    assert Decimal(rows[high]["2. high"]) < Decimal(rows[high]["3. low"])
    assert Decimal(rows[close]["4. close"]) < 0
    for session, row in rows.items():
        if session not in {volume, high, close}:
            assert row["5. volume"].isdecimal()
            assert Decimal(row["2. high"]) >= Decimal(row["3. low"]) > 0
            assert Decimal(row["4. close"]) > 0


def test_the_same_bars_are_damaged_in_every_size_and_all_quarter_long() -> None:
    """The same bars are damaged in compact and full and all quarter long."""
    compact, whole = rows_of("DMGD", FRIDAY_EVENING), rows_of("DMGD", FRIDAY_EVENING, size="full")
    assert all(whole[day] == row for day, row in compact.items())
    assert sum(row["5. volume"] == "N/A" or row["4. close"].startswith("-") for row in whole.values()) == 2
    assert damaged_sessions(moment_of(datetime(2026, 10, 1, 20, tzinfo=UTC))) == damaged_sessions(
        moment_of(datetime(2026, 12, 31, 23, tzinfo=UTC))
    )


@pytest.mark.parametrize("symbol", ["AAPL", "IBM", "NVDA", "SPY", "TSLA"])
def test_adjusted_closes_obey_the_identity(symbol: str) -> None:
    rows = list(rows_of(symbol, FRIDAY_EVENING, "TIME_SERIES_DAILY_ADJUSTED", "full").values())
    assert rows[0]["5. adjusted close"] == rows[0]["4. close"]
    for later, earlier in itertools.pairwise(rows):
        ratio = float(later["5. adjusted close"]) / float(earlier["5. adjusted close"])
        paid = float(later["4. close"]) * float(later["8. split coefficient"]) + float(later["7. dividend amount"])
        assert ratio == pytest.approx(paid / float(earlier["4. close"]), rel=1e-9)


def test_raw_closes_fall_on_a_split_and_adjusted_ones_do_not() -> None:
    rows = rows_of("AAPL", FRIDAY_EVENING, "TIME_SERIES_DAILY_ADJUSTED", "full")
    before, after = rows["2020-08-28"], rows["2020-08-31"]
    assert after["8. split coefficient"] == "4.0"
    assert float(before["4. close"]) / float(after["4. close"]) == pytest.approx(4, rel=0.1)
    assert float(before["5. adjusted close"]) / float(after["5. adjusted close"]) == pytest.approx(1, rel=0.1)


def test_weeks_and_months_add_up_to_the_days() -> None:
    days = rows_of("MSFT", FRIDAY_EVENING, size="full")
    week = rows_of("MSFT", FRIDAY_EVENING, "TIME_SERIES_WEEKLY")["2026-11-13"]
    of_week = [days[f"2026-11-{number:02d}"] for number in (9, 10, 11, 12, 13)]
    assert week["1. open"] == of_week[0]["1. open"]
    assert week["4. close"] == of_week[-1]["4. close"]
    assert week["5. volume"] == str(sum(int(row["5. volume"]) for row in of_week))
    assert Decimal(week["2. high"]) == max(Decimal(row["2. high"]) for row in of_week)
    assert list(rows_of("MSFT", FRIDAY_EVENING, "TIME_SERIES_MONTHLY"))[:3] == ["2026-11-20", "2026-10-30", "2026-09-30"]
    assert next(iter(rows_of("MSFT", FRIDAY_EVENING - timedelta(days=1), "TIME_SERIES_WEEKLY"))) == "2026-11-19"


def test_dividends_in_the_series_are_those_of_the_dividends_function() -> None:
    answer = SyntheticHistory(is_free=True).answer("DIVIDENDS", {"symbol": "IBM"}, FRIDAY_EVENING)
    listed = {row["ex_dividend_date"]: float(row["amount"]) for row in json.loads(answer.body)["data"]}
    rows = rows_of("IBM", FRIDAY_EVENING, "TIME_SERIES_DAILY_ADJUSTED", "full")
    paid = {day: float(row["7. dividend amount"]) for day, row in rows.items() if float(row["7. dividend amount"])}
    assert paid == {day: amount for day, amount in listed.items() if day <= "2026-11-20"}
    assert len(paid) > 100


@pytest.mark.parametrize("function", ["OVERVIEW", "LISTING_STATUS", "DIVIDENDS", "SPLITS", "GLOBAL_QUOTE", "TIME_SERIES_DAILY"])
def test_no_answer_holds_the_key_of_the_embedded_stack(function: str) -> None:
    """No answer holds the key of the embedded stack, which would have it refused."""
    bodies = [SyntheticHistory(is_free=False).answer(function, {"symbol": symbol}, FRIDAY_EVENING).body for symbol in NAMED]
    assert all(bodies)
    assert not [body for body in bodies if STAND_IN_KEY.encode() in body]


def test_the_watchlist_of_made_up_prices_names_every_symbol_that_is_known() -> None:
    text = (Path(__file__).resolve().parents[3] / "deployments" / "watchlist.synthetic.yaml").read_text()
    named = set(re.findall(r"[A-Z0-9:-]+", text))
    day = FRIDAY_EVENING.date()
    known = {listing.symbol for listing in (*listings_at(day), *listings_at(day, delisted=True))}
    assert {symbol for symbol in known if not symbol.startswith("NEW")} <= named
    assert {"ZZA000", "ZZZ999", "NEW26Q1"} <= named
    assert listing_of("NEW26Q1")
