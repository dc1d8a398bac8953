"""What a load sends is the text that ``tickerhouse dictionary --sql`` shows and the golden files hold."""

from __future__ import annotations

import itertools
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from infra.local.redshift import ConnectionCut, StatementEvent
from tasks.curation.parquet import to_parquet
from tasks.datasets.quotes import SCHEMA as QUOTES
from tasks.lake.manifests import write_curated_file, write_manifest
from tasks.warehouse.statements import split

if TYPE_CHECKING:
    from tasks.records import Manifest
    from tests.integration.warehouse.conftest import Bar, Lake, Warehouse, Watch

pytestmark = pytest.mark.embedded

GOLDEN = Path(__file__).resolve().parents[2] / "unit" / "warehouse" / "golden"


def received(watch: Watch, dataset: str) -> str:
    """What the server was sent, with the golden files' manifest in place of this load's; checks are parts of one statement."""
    return "\n".join(re.sub(r"FROM 's3://[^']+'", f"FROM 's3://bucket/manifests/{dataset}/run.json'", sql) for sql in watch.statements)


def golden(table: str) -> list[str]:
    """The statements of a golden file as the server sees them: bound values are numbered."""
    numbered = []
    for sql in split((GOLDEN / f"{table}.sql").read_text(encoding="utf-8")):
        places = itertools.count(1)
        numbered.append(re.sub("%s", lambda _, places=places: f"${next(places)}", sql))  # type: ignore[misc]
    return numbered


def lose_the_commit(watch: Watch) -> None:
    """Cuts the connection after the next COMMIT, so that the load reads back what it did."""
    lost: list[str] = []

    def act(event: StatementEvent) -> None:
        if event.kind == "commit" and event.phase == "after" and not lost:
            lost.append(event.sql)
            raise ConnectionCut("cut")

    watch.act = act


def quotes(lake: Lake, run_id: str, price: str, day: int) -> Manifest:
    values = [Decimal(price)] * 4
    row = ["IBM", date(2026, 1, 5), *values, 100, Decimal("1.5"), Decimal("0.5"), day, datetime(2026, 1, day, 22), "raw/x"]  # noqa: DTZ001 - as the file has it
    table = pa.table([pa.array([value], field.type) for value, field in zip(row, QUOTES.arrow, strict=True)], schema=QUOTES.arrow)
    return write_manifest(lake.store, write_curated_file(lake.store, QUOTES.name, to_parquet(table, QUOTES), 1, run_id))


def test_the_server_receives_every_statement_of_daily_prices_as_shown(lake: Lake, warehouse: Warehouse, watch: Watch) -> None:
    """One symbol is corrected, and another has become another company's, which a load asks more about."""
    sessions = ("2026-01-02", "2026-01-05")
    series = (*sessions, "2026-01-06", "2026-01-07", "2026-01-08")

    def bars(close: str, other_close: str, observed: str) -> list[Bar]:
        return [("AAPL", day, close, observed) for day in sessions] + [("FLAP", day, other_close, observed) for day in series]

    warehouse.load(lake.manifest("run-1", bars("10", "10", "2026-01-08T22:00:00")))
    watch.statements.clear()
    lose_the_commit(watch)
    result = warehouse.load(lake.manifest("run-2", bars("11", "900", "2026-01-09T22:00:00")))
    assert (result.changed, result.touched) == (2, {"AAPL": 2})
    # The golden file's load ends three sessions earlier.
    sent = received(watch, "daily_prices").replace("DATE '2026-01-08'", "DATE '2026-01-05'")
    assert [sql for sql in golden("fact_daily_price") if sql not in sent] == []


def test_the_server_receives_every_statement_of_quotes_as_shown(lake: Lake, warehouse: Warehouse, watch: Watch) -> None:
    warehouse.load_table(quotes(lake, "run-1", "10", 5), QUOTES)
    watch.statements.clear()
    lose_the_commit(watch)
    assert warehouse.load_table(quotes(lake, "run-2", "11", 6), QUOTES).touched == {"IBM": 1}
    # Nothing is kept out of this load.
    sent_here = [sql for sql in golden("quote") if not sql.startswith("DELETE FROM")]
    assert [sql for sql in sent_here if sql not in received(watch, "quotes")] == []


def test_a_load_of_another_table_waits_for_no_turn(lake: Lake, warehouse: Warehouse, watch: Watch) -> None:
    """The server locks whole tables for writing, as Redshift does; with one turn table for all the second load would time out."""
    results: list[int] = []

    def act(event: StatementEvent) -> None:
        if event.kind == "merge" and "fact_daily_price" in event.sql and event.phase == "before" and not results:
            results.append(warehouse.load_table(quotes(lake, "run-2", "10", 5), QUOTES).new)

    watch.act = act
    assert warehouse.load(lake.manifest("run-1", [("AAPL", "2026-01-02", "10", "2026-01-05T22:00:00")])).new == 1
    assert results == [1]
