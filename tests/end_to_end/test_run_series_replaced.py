"""A symbol whose whole series the next answer replaces: another company under its ticker, or prices in another unit."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pytest

from tests.end_to_end.conftest import Home

pytestmark = pytest.mark.server

_FIRST: Final = date(2019, 2, 25)
_RECEIVED: Final = {"before": date(2019, 3, 8), "after": date(2019, 3, 15)}


def _write(folder: Path, symbol: str, closes: tuple[float, float]) -> None:
    for received, level in zip(_RECEIVED.values(), closes, strict=True):
        days = [_FIRST + timedelta(days=number) for number in range((received - _FIRST).days + 1)]
        bars = {}
        for number, day in enumerate(day for day in days if day.isoweekday() <= 5):
            close = level * (1 + number / 500)
            prices = {"1. open": close, "2. high": close * 1.01, "3. low": close * 0.99, "4. close": close}
            bars[str(day)] = {name: f"{price:.4f}" for name, price in prices.items()} | {"5. volume": "1000000"}
        meta = {"1. Information": "Daily Prices", "2. Symbol": symbol, "3. Last Refreshed": str(received), "4. Output Size": "Compact"}
        body = {"Meta Data": {**meta, "5. Time Zone": "US/Eastern"}, "Time Series (Daily)": dict(reversed(bars.items()))}
        (folder / f"time_series_daily-{symbol.lower()}-{received}.json").write_text(json.dumps(body))


@pytest.mark.deep
def test_a_replaced_series_waits_for_a_release(shared: Home, tmp_path: Path) -> None:
    """METX is another company the second time, PNCE is in pounds, and SAME is what it was."""
    for symbol, closes in {"METX": (12.0, 190.0), "PNCE": (800.0, 8.0), "SAME": (50.0, 50.0)}.items():
        _write(tmp_path, symbol, closes)
    place = {"TICKERHOUSE_ENVIRONMENT": "replaced"}

    def closes_of_first_session() -> list[str]:
        sql = "select symbol, count(*), min(close)::decimal(8,2) from market.fact_daily_price group by symbol order by symbol"
        return shared.call("sql", sql, "--csv", "--replay", str(tmp_path), **place).lines[1:]

    run = ("run", "--symbols", "METX,PNCE,SAME", "--replay", str(tmp_path))
    assert shared.call(*run, "--as-of", "2019-03-09T12:00:00Z", **place).exit_status == 0
    before = closes_of_first_session()
    assert before == ["METX,10,12.00", "PNCE,10,800.00", "SAME,10,50.00"]

    ended = shared.call(*run, "--as-of", "2019-03-16T12:00:00Z", **place)
    summary = shared.last_run()
    assert (ended.exit_status, summary["rows"]["new"], summary["rows"]["kept_out"]) == (3, 5, 30)
    outcomes = {each["symbol"]: (each["outcome"], each["reason"]) for each in summary["symbols"]}
    assert outcomes["SAME"] == ("loaded", "")
    assert outcomes["METX"][0] == outcomes["PNCE"][0] == "quarantined"
    assert "10 of 10 bars that are held is now 15.83 times the held one" in outcomes["METX"][1]
    assert closes_of_first_session() == ["METX,10,12.00", "PNCE,10,800.00", "SAME,15,50.00"]

    released = shared.call(
        "quarantine", "release", "--symbol", "PNCE", "--reason", "SeriesReplaced", "--note", "in pounds", "--replay", str(tmp_path), **place
    )
    assert released.exit_status == 0, released.err
    assert closes_of_first_session() == ["METX,10,12.00", "PNCE,15,8.00", "SAME,15,50.00"]

    rebuilt = shared.call("rebuild", "--replay", str(tmp_path), **place)
    assert rebuilt.exit_status == 0, rebuilt.out + rebuilt.err
    assert closes_of_first_session() == ["METX,10,12.00", "PNCE,15,8.00", "SAME,15,50.00"]
