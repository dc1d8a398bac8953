"""Made-up answers of the API that are replayed: what was said of one symbol, and what was said a week later, with some of it restated.

The second time the close of one session and the volume of another are others, the dividend has been corrected, and a split has halved the
prices since.
"""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

SYMBOLS: Final = ("--symbols", "RSTD")
BEFORE: Final = "2019-03-09T12:00:00Z"
AFTER: Final = "2019-03-16T12:00:00Z"

_FIRST: Final = date(2019, 2, 25)
_SPLIT: Final = date(2019, 3, 13)
_RESTATED_CLOSE: Final = date(2019, 3, 1)
_RESTATED_VOLUME: Final = date(2019, 3, 6)


def write(folder: Path) -> Path:
    """Writes the answers into a folder as ``--replay`` takes them, and gives the folder."""
    for received, dividend, splits in ((date(2019, 3, 8), "0.5", []), (date(2019, 3, 15), "0.52", [_SPLIT])):
        _write(folder, "time_series_daily", received, _series(received))
        paid = {"ex_dividend_date": "2019-03-04", "declaration_date": "2019-02-11", "record_date": "2019-03-05", "payment_date": "None"}
        _write(folder, "dividends", received, {"symbol": "RSTD", "data": [{**paid, "amount": dividend}]})
        halved = [{"effective_date": str(day), "split_factor": "2.0000"} for day in splits]
        _write(folder, "splits", received, {"symbol": "RSTD", "data": halved})
    return folder


def _write(folder: Path, function: str, received: date, document: dict[str, Any]) -> None:
    (folder / f"{function}-rstd-{received}.json").write_text(json.dumps(document, indent=1))


def _series(received: date) -> dict[str, Any]:
    days = [_FIRST + timedelta(days=number) for number in range((received - _FIRST).days + 1)]
    sessions = [day for day in days if day.isoweekday() <= 5]
    is_later = received > date(2019, 3, 8)
    bars = {str(day): _bar(number, day, is_later=is_later) for number, day in enumerate(sessions)}
    meta = {
        "1. Information": "Daily Prices (open, high, low, close) and Volumes",
        "2. Symbol": "RSTD",
        "3. Last Refreshed": str(received),
        "4. Output Size": "Compact",
        "5. Time Zone": "US/Eastern",
    }
    return {"Meta Data": meta, "Time Series (Daily)": dict(reversed(bars.items()))}


def _bar(number: int, day: date, *, is_later: bool) -> dict[str, str]:
    level = (80 if day < _SPLIT else 40) + number / 4
    close = level + (0.35 if is_later and day == _RESTATED_CLOSE else 0.25)
    volume = 1_000_000 + 1_000 * number + (7 if is_later and day == _RESTATED_VOLUME else 0)
    prices = {"1. open": level, "2. high": level + 1, "3. low": level - 1, "4. close": close}
    return {name: f"{price:.4f}" for name, price in prices.items()} | {"5. volume": str(volume)}
