"""The arrays of the last seven sessions: each of their values, compared with the bars themselves."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.warehouse import conftest
from tests.integration.warehouse.conftest import Bar, Lake, Warehouse

pytestmark = pytest.mark.server

SEEN = "2026-03-09T22:00:00"
NAMES = ("opens", "highs", "lows", "closes", "volumes")
WEEKDAYS = [
    day for number in range(17) if (day := date(2026, 2, 2) + timedelta(days=number)).isoweekday() <= 5 and day != date(2026, 2, 16)
]


def values(symbol: str, number: int) -> tuple[Decimal, Decimal, Decimal, Decimal, int]:
    """Open, high, low, close and volume of one bar; no two are equal among all bars."""
    level = Decimal(100 if symbol == "AAA" else 500) + number
    return level + Decimal("0.1"), level + Decimal("0.9"), level - Decimal("0.9"), level + Decimal("0.3"), 1000 * int(level) + number


def test_every_value_of_the_seven_session_arrays_is_its_bar_s(warehouse: Warehouse, lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two symbols, in two loads of which the second overlaps the first; oldest first, null before the seventh bar."""
    plain = conftest.row_of

    def distinct(bar: Bar) -> tuple[Any, ...]:
        symbol, day, row_hash, seen = plain(bar)[0], plain(bar)[1], plain(bar)[7], plain(bar)[8:]
        return (symbol, day, *values(symbol, WEEKDAYS.index(day)), row_hash, *seen)

    monkeypatch.setattr(conftest, "row_of", distinct)
    bars: list[Bar] = [(symbol, str(day), str(number), SEEN) for symbol in ("AAA", "BBB") for number, day in enumerate(WEEKDAYS)]
    warehouse.load(lake.manifest("run-arrays-1", [bar for bar in bars if bar[1] <= "2026-02-11"]))
    warehouse.load(lake.manifest("run-arrays-2", [bar for bar in bars if bar[1] >= "2026-02-09"]))

    columns = ", ".join(f"json_serialize(last_{name})" for name in NAMES)
    found = warehouse.ask(f"select symbol, session_date, {columns} from market.daily_metric order by symbol, session_date")
    assert len(found) == 2 * len(WEEKDAYS)
    for symbol, day, *arrays in found:
        end = WEEKDAYS.index(day) + 1
        window = [values(symbol, number) for number in range(end - 7, end)] if end >= 7 else None
        for place, (name, array) in enumerate(zip(NAMES, arrays, strict=True)):
            expected = None if window is None else [each[place] for each in window]
            assert (None if array is None else json.loads(array, parse_float=Decimal)) == expected, (symbol, day, name)
