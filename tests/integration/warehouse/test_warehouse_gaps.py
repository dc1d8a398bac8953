"""The query of gaps: a session that only New York has is no gap of London's, and a hole in a series of London is one."""

from pathlib import Path

import pytest

from tests.integration.warehouse.conftest import Bar, Lake, Warehouse

pytestmark = pytest.mark.server

GAPS = (Path(__file__).resolve().parents[3] / "docs" / "queries" / "04-gaps.sql").read_text(encoding="utf-8").rstrip().removesuffix(";")
SEEN = "2026-01-09T22:00:00"


def bars(symbol: str, *days: int) -> list[Bar]:
    return [(symbol, f"2026-05-{day:02}", "10", SEEN) for day in days]


def test_a_gap_is_one_of_the_symbol_s_own_exchange(warehouse: Warehouse, lake: Lake) -> None:
    """4 May 2026 is a holiday in London, 25 May in both; BRK.B is a class of shares and no venue."""
    loaded = [
        *bars("IBM", 1, 4, 6, 7),
        *bars("BRK.B", 1, 4, 5, 7),
        *bars("VOD.LON", 1, 5, 6, 7),
        *bars("TSCO.LON", 1, 5, 7),
        *bars("FRA:BMW", 1, 4, 7),
    ]
    warehouse.load(lake.manifest("run-gaps", loaded))
    found = [(symbol, str(day)) for symbol, day, _ in warehouse.ask(GAPS)]
    assert found == [("BRK.B", "2026-05-06"), ("IBM", "2026-05-05"), ("TSCO.LON", "2026-05-06")]
