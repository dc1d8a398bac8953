"""The universe of a date, and renamed symbols as one series."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tasks.warehouse.renames import apply_renames, renames_of_the_file

if TYPE_CHECKING:
    from tests.integration.warehouse.conftest import Lake, Warehouse

pytestmark = pytest.mark.embedded

QUERIES = Path(__file__).resolve().parents[3] / "docs" / "queries"
OBSERVED = "2026-01-05T22:00:00"


def bring_to_the_file(warehouse: Warehouse) -> bool:
    with closing(warehouse.open()) as connection:
        return apply_renames(connection, renames_of_the_file())


def listed(warehouse: Warehouse, *listings: tuple[str, str | None, str | None, str]) -> None:
    """Symbol, IPO date, delisting date and when that version was observed."""
    for symbol, first, last, known in listings:
        days = ", ".join("NULL" if day is None else f"'{day}'" for day in (first, last))
        end = "NULL" if last is None else "'2026-01-05'"
        warehouse.ask(
            "INSERT INTO market.dim_symbol (symbol, ipo_date, delisting_date, name, exchange, asset_type, status, row_hash, capture_key,"
            f" valid_from, valid_to, run_id) VALUES ('{symbol}', {days}, '{symbol} Inc', 'NYSE', 'Stock', 'Active', 1, 'raw/x', '{known}',"
            f" {end}, 'run-1')"
        )


def universe(warehouse: Warehouse, day: str) -> list[tuple[str, str]]:
    text = (QUERIES / "15-universe.sql").read_text().replace("2020-06-30", day)
    return [(row[0], row[1]) for row in warehouse.ask(text)]


def test_renames_are_written_once_and_replaced_by_the_file(warehouse: Warehouse) -> None:
    warehouse.ask("INSERT INTO market.symbol_rename VALUES ('OLD', 'NEW', '2020-01-02', '1900-01-01', 'NEW')")
    assert bring_to_the_file(warehouse)
    assert not bring_to_the_file(warehouse)
    held = warehouse.ask("SELECT old_symbol, renamed_on, series_symbol FROM market.symbol_rename")
    assert ("FB", date(2022, 6, 9), "META") in held
    assert "OLD" not in {row[0] for row in held}


def test_the_universe_of_a_date_has_what_ended_since(warehouse: Warehouse) -> None:
    bring_to_the_file(warehouse)
    listed(
        warehouse,
        ("FB", "2012-05-18", "2022-06-08", "2026-01-01"),
        ("META", "2022-06-09", None, "2026-01-01"),
        # A symbol that another company took, which nobody reported as delisted.
        ("TAKEN", "2001-01-02", None, "2025-01-01"),
        ("TAKEN", "2021-03-01", None, "2026-01-01"),
        # Delisted by its newest version; the one before did not say so.
        ("ENDED", "2015-01-02", None, "2025-01-01"),
        ("ENDED", "2015-01-02", "2021-12-30", "2026-01-01"),
        ("SILENT", None, None, "2026-01-01"),
    )
    assert universe(warehouse, "2020-06-30") == [("ENDED", "ENDED"), ("FB", "META"), ("SILENT", "SILENT"), ("TAKEN", "TAKEN")]
    assert universe(warehouse, "2022-06-08") == [("FB", "META"), ("SILENT", "SILENT"), ("TAKEN", "TAKEN")]
    assert universe(warehouse, "2022-06-09") == [("META", "META"), ("SILENT", "SILENT"), ("TAKEN", "TAKEN")]
    assert universe(warehouse, "2001-01-01") == [("SILENT", "SILENT")]
    spans = warehouse.ask("SELECT listed_from, listed_to FROM market.universe WHERE symbol = 'TAKEN' ORDER BY listed_from")
    assert spans == [(date(2001, 1, 2), date(2021, 2, 28)), (date(2021, 3, 1), None)]


def test_renamed_symbols_are_one_series_of_one_row_a_session(warehouse: Warehouse, lake: Lake) -> None:
    bring_to_the_file(warehouse)
    bars = [
        ("FB", "2022-06-07", "190", OBSERVED),
        ("FB", "2022-06-08", "196", OBSERVED),
        # The source gives the old sessions under the new symbol as well.
        ("META", "2022-06-08", "197", OBSERVED),
        ("META", "2022-06-09", "184", OBSERVED),
        # Another company took the old symbol.
        ("FB", "2025-03-03", "20", OBSERVED),
        ("MSFT", "2022-06-08", "270", OBSERVED),
    ]
    warehouse.load(lake.manifest("run-renamed", bars))
    rows = warehouse.ask("SELECT series_symbol, symbol, session_date, CAST(close AS INTEGER) FROM market.linked_price ORDER BY 1, 3")
    assert rows == [
        ("FB", "FB", date(2025, 3, 3), 20),
        ("META", "FB", date(2022, 6, 7), 190),
        ("META", "FB", date(2022, 6, 8), 196),
        ("META", "META", date(2022, 6, 9), 184),
        ("MSFT", "MSFT", date(2022, 6, 8), 270),
    ]
    asked = warehouse.ask((QUERIES / "16-renamed-series.sql").read_text())
    assert [row[2] for row in asked] == [date(2022, 6, 7), date(2022, 6, 8), date(2022, 6, 9)]
