"""Real answers of the API, replayed: what is in the warehouse equals the recording to the last digit."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.end_to_end.conftest import BARS, RECORDED, Home

PRICES = RECORDED / "prices"
FIELDS = ("1. open", "2. high", "3. low", "4. close", "5. volume")

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(not PRICES.is_dir(), reason="recorded answers are not beside this checkout"),
]


def test_the_whole_recorded_history_of_msft_is_loaded_to_the_last_digit(shared: Home) -> None:
    words = ("--symbols", "MSFT", "--as-of", "2019-11-30T12:00:00Z", "--output-size", "full", "--replay", str(PRICES))
    ran = shared.call("run", *words)
    assert ran.exit_status == 0, ran.out + ran.err
    summary = shared.last_run()
    assert (summary["rows"]["new"], summary["rows"]["deferred"], summary["rows"]["quarantined"]) == (5034, 0, 0)
    assert summary["source"].startswith("replay-")
    loaded = _loaded(shared, "MSFT")
    assert len(loaded) == 5034
    assert loaded == _recorded(PRICES / "time_series_daily-msft-2019-11-30.json")
    observed = shared.call(
        "sql", "select distinct observed_at from market.fact_daily_price where symbol = 'MSFT'", "--csv", "--replay", str(PRICES)
    )
    assert observed.lines[1:] == ["2019-11-30 12:00:00"]


def test_a_bar_recorded_while_its_session_was_open_is_deferred(shared: Home) -> None:
    ran = shared.call("run", "--symbols", "AMZN", "--as-of", "2017-08-30T19:00:00Z", "--replay", str(PRICES))
    assert ran.exit_status == 0, ran.out + ran.err
    summary = shared.last_run()
    assert (summary["rows"]["parsed"], summary["rows"]["new"], summary["rows"]["deferred"]) == (100, 99, 1)
    recorded = _recorded(PRICES / "time_series_daily-amzn-2017-08-30.json")
    unfinished = {session: bar for session, bar in recorded.items() if session.startswith("2017-08-30")}
    assert len(unfinished) == 1
    loaded = _loaded(shared, "AMZN")
    assert len(loaded) == 99
    assert loaded == {session: bar for session, bar in recorded.items() if session not in unfinished}


def _loaded(home: Home, symbol: str) -> dict[str, tuple[Decimal, ...]]:
    asked = home.call("sql", BARS, "--csv", "--replay", str(PRICES))
    assert asked.exit_status == 0, asked.err
    return {
        row["session_date"]: tuple(Decimal(row[name]) for name in ("open", "high", "low", "close", "volume"))
        for row in csv.DictReader(asked.lines)
        if row["symbol"] == symbol
    }


def _recorded(file: Path) -> dict[str, tuple[Decimal, ...]]:
    series = json.loads(file.read_text())["Time Series (Daily)"]
    return {session: tuple(Decimal(bar[field]) for field in FIELDS) for session, bar in series.items()}
