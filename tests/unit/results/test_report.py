"""What a report draws where its run loaded no prices, or not those of every symbol."""

import io
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.lake import keys
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.records import SymbolCoverage
from tasks.results.report import facts_of_lake
from tasks.summary.report_page import report_page
from tasks.summary.run_summary import DatasetSummary, RowSummary
from tests.unit.summary.test_report_page import AT, RUN, summary

HELD_BEFORE = "This run loaded no prices"


def put(lake: LakeStore, key: str, **columns: list[object]) -> None:
    body = io.BytesIO()
    pq.write_table(pa.table(columns), body)
    lake.put(key, body.getvalue())


def hold(lake: LakeStore, *symbols: str) -> None:
    """Closes of two years in the current files, and the coverage that says so."""
    held = {symbol: SymbolCoverage(date(2025, 12, 31), date(2026, 1, 2), AT) for symbol in symbols}
    state.coverage("daily_prices").write(lake, held)
    for session in (date(2025, 12, 31), date(2026, 1, 2)):
        rows = len(symbols)
        put(
            lake,
            keys.current_key("daily_prices", session.year),
            symbol=list(symbols),
            session_date=[session] * rows,
            close=[Decimal("12.5")] * rows,
        )


def test_a_run_without_prices_draws_the_newest_held(store: LakeStore) -> None:
    hold(store, "S0", "S1")
    run = summary(2, flow="listings", datasets=(DatasetSummary(name="listings", table="market.dim_symbol", rows=RowSummary()),))
    facts = facts_of_lake(store, run)
    assert [(each.symbol, [day.isoformat() for day, _ in each.closes]) for each in facts.series] == [
        ("S0", ["2025-12-31", "2026-01-02"]),
        ("S1", ["2025-12-31", "2026-01-02"]),
    ]
    assert [line.symbol for line in facts.coverage] == ["S0", "S1"]
    assert f"{HELD_BEFORE}; the newest held are drawn." in report_page(facts)


def test_a_symbol_that_the_run_did_not_request_is_drawn_from_what_is_held(store: LakeStore) -> None:
    hold(store, "S0", "IBM")
    put(store, keys.curated_key("daily_prices", RUN), symbol=["S0"], session_date=[date(2026, 1, 5)], close=[Decimal("13.5")])
    facts = facts_of_lake(store, summary(1), ["IBM", "S0", "NOSUCH"])
    assert [(each.symbol, len(each.closes), each.is_held) for each in facts.series] == [("IBM", 2, True), ("S0", 1, False)]
    assert f"{HELD_BEFORE} of IBM; the newest held are drawn." in report_page(facts)


def test_the_splits_that_a_run_loaded_are_marked_on_held_prices(store: LakeStore) -> None:
    hold(store, "S0")
    splits = keys.curated_key("splits", RUN)
    put(store, splits, symbol=["S0", "OTHER"], effective_date=[date(2026, 1, 2)] * 2, split_factor=[Decimal("4.0000")] * 2)
    facts = facts_of_lake(store, summary(1, datasets=(DatasetSummary(name="splits", table="market.fact_split", rows=RowSummary()),)))
    assert [(mark.symbol, mark.what, mark.words) for each in facts.series for mark in each.marks] == [("S0", "split", "4")]


def test_an_empty_lake_gives_a_report_without_prices(store: LakeStore) -> None:
    facts = facts_of_lake(store, summary(1))
    assert (facts.series, facts.coverage) == ((), ())
    assert HELD_BEFORE not in report_page(facts)
