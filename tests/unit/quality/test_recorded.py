import csv
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tasks.alpha_vantage.daily import read_daily
from tasks.datasets.daily_prices import CHECKS as DAILY_PRICES
from tasks.datasets.finality import final_bars
from tasks.quality.context import Context, Market
from tasks.quality.price_jumps import newest_moves
from tasks.quality.suite import load_suite
from tasks.quality.validation import validate
from tasks.records import CapturedBody
from tasks.sessions import SessionClock, last_final_session, session_days

ROOT = Path(__file__).resolve().parents[3]
RECORDED = ROOT / ".." / "shared" / "recorded" / "prices"

pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason="recorded answers are not beside this checkout")


def as_json(recording: Path, symbol: str) -> bytes:
    """The recording's body; what was recorded as CSV is put into the shape that the client asks for, its strings untouched."""
    if recording.suffix == ".json":
        return recording.read_bytes()
    session, *names = recording.read_text(encoding="utf-8").splitlines()[0].split(",")
    rows = csv.DictReader(recording.read_text(encoding="utf-8").splitlines())
    series = {row[session]: {f"{place}. {name}": row[name] for place, name in enumerate(names, start=1)} for row in rows}
    meta = {
        "1. Information": "Daily Prices (open, high, low, close) and Volumes",
        "2. Symbol": symbol,
        "3. Last Refreshed": max(series),
        "4. Output Size": "Compact",
        "5. Time Zone": "US/Eastern",
    }
    return json.dumps({"Meta Data": meta, "Time Series (Daily)": series}).encode()


@pytest.mark.parametrize(
    ("name", "symbol", "observed_at", "accepted", "deferred"),
    [
        ("time_series_daily-msft-2019-11-30.json", "MSFT", datetime(2019, 11, 30, 12, tzinfo=UTC), 5_034, 0),
        ("time_series_daily-amzn-2017-08-30.json", "AMZN", datetime(2017, 8, 30, 19, tzinfo=UTC), 99, 1),
        ("time_series_daily-msft-compact-2019-07-12.json", "MSFT", datetime(2019, 7, 13, 12, tzinfo=UTC), 100, 0),
        ("time_series_daily-ibm-2025-11-08.csv", "IBM", datetime(2025, 11, 9, 12, tzinfo=UTC), 100, 0),
        ("time_series_daily-ibm-2026-05-17.csv", "IBM", datetime(2026, 5, 17, 12, tzinfo=UTC), 100, 0),
    ],
)
def test_recorded_daily_prices_raise_no_false_alarm(name: str, symbol: str, observed_at: datetime, accepted: int, deferred: int) -> None:
    body = CapturedBody(symbol, f"raw/{name}", observed_at, as_json(RECORDED / name, symbol))
    ready, unfinished = final_bars(read_daily([body]).table, SessionClock(observed_at, timedelta(hours=4)))
    newest = last_final_session(observed_at, timedelta(hours=4))
    context = Context(Market(session_days(), newest), [symbol], deferred=unfinished.num_rows)
    verdict = validate(
        ready, DAILY_PRICES, load_suite(ROOT / "expectations" / "daily_prices.json", DAILY_PRICES), run_id="recorded", context=context
    )
    assert verdict.reason_counts == {}
    assert (verdict.accepted.num_rows, unfinished.num_rows) == (accepted, deferred)
    assert (verdict.warnings, verdict.hard_failures, verdict.duplicates) == ((), (), 0)
    assert verdict.gate.is_open


@pytest.mark.parametrize(
    ("name", "symbol", "jumps"),
    [
        ("time_series_daily-msft-2019-11-30.json", "MSFT", {"MSFT": (date(2003, 2, 18), 0.517)}),
        ("time_series_daily-amzn-2017-08-30.json", "AMZN", {}),
        ("time_series_daily-ibm-2025-11-08.csv", "IBM", {}),
        ("time_series_daily-ibm-2026-05-17.csv", "IBM", {}),
    ],
)
def test_the_one_price_jump_of_recorded_closes_is_a_split(name: str, symbol: str, jumps: dict[str, tuple[date, float]]) -> None:
    """Of MSFT 20 years: no move of the market is taken for a split, which would cost two calls."""
    bars = read_daily([CapturedBody(symbol, f"raw/{name}", datetime(2026, 5, 18, tzinfo=UTC), as_json(RECORDED / name, symbol))]).table
    found = newest_moves(bars)
    assert {each: (session, round(ratio, 3)) for each, (session, ratio) in found.items()} == jumps
