"""The checks beside each table: every one is violated here, and what blocks leaves the table as it was."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tasks.datasets import SCHEMAS as LOADED
from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.datasets.listings import SCHEMA as LISTINGS
from tasks.schema import QUARANTINED_BARS
from tasks.warehouse import checks, mart
from tasks.warehouse.checks import Check, checks_of, checks_of_load, run_checks
from tasks.warehouse.errors import CheckViolated
from tasks.warehouse.execution import execute, fetch
from tasks.warehouse.statements import statement
from tasks.warehouse.templates import load_statement, render

if TYPE_CHECKING:
    from redshift_connector import Connection

    from tests.integration.warehouse.conftest import Lake, Warehouse

pytestmark = pytest.mark.embedded

TABLE = "fact_daily_price"
SCHEMAS = {schema.folder: schema for schema in (*LOADED, QUARANTINED_BARS)}
WHOLE = (date(2025, 1, 1), date(2026, 1, 12))
"""Reaches over every row here."""
BARS = [
    ("AAPL", "2026-01-02", "10", "2026-01-05T22:00:00"),
    ("AAPL", "2026-01-05", "11.5", "2026-01-05T22:00:00"),
    ("MSFT", "2026-01-05", "20.25", "2026-01-05T22:00:00"),
]


def of_table(table: str) -> dict[str, Check]:
    """The checks of a table by their names, of a load with these temporary tables."""
    if table in SCHEMAS:
        found = checks_of_load(SCHEMAS[table], WHOLE, stage="stage_1", delta="delta_1")
    elif table in MARTS:
        (own,) = (each for each in mart.MARTS if each.name == table)
        found = (mart.check_of_mart(own, stage="stage_1", touched="stage_1", first=WHOLE[0], last=WHOLE[1]),)
    else:
        found = checks_of(table, symbols="stage_1")
    return {Path(check.file).stem: check for check in found}


def open_load(connection: Connection, staged: str = "", changed: str = "", *, is_new: bool = True) -> None:
    """Stage and delta of a load, filled with the table's own rows where a condition says so."""
    execute(connection, load_statement(DAILY_PRICES, "stage", stage="stage_1"))
    execute(connection, load_statement(DAILY_PRICES, "delta", delta="delta_1"))
    columns = 'symbol, session_date, "open", high, low, close, volume, row_hash, observed_at, capture_key'
    if staged:
        execute(connection, f"INSERT INTO stage_1 ({columns}) SELECT {columns} FROM market.fact_daily_price WHERE {staged}")
    if changed:
        execute(
            connection,
            f"INSERT INTO delta_1 ({columns}, run_id, loaded_at, is_new) SELECT {columns}, run_id, loaded_at, {is_new} "
            f"FROM market.fact_daily_price WHERE {changed}",
        )


VIOLATIONS = {
    "check_delta_is_in_the_table": ("", "symbol = 'AAPL'", True, "UPDATE market.fact_daily_price SET row_hash = 1 WHERE symbol = 'AAPL'"),
    "check_every_staged_row_is_held": ("symbol = 'MSFT'", "", True, "DELETE FROM market.fact_daily_price WHERE symbol = 'MSFT'"),
    "check_changed_rows_have_revisions": ("", "symbol = 'MSFT'", False, "SELECT 1"),
    "check_revisions_have_rows": (
        "",
        "symbol = 'AAPL' AND session_date = '2026-01-05'",
        False,
        "DELETE FROM market.fact_daily_price WHERE symbol = 'AAPL' AND session_date = '2026-01-02'",
    ),
}


MARTS = ("daily_price_adjusted", "daily_metric", "agg_weekly_price", "agg_monthly_price")
MADE_INSIDE = ("adjustment_factor", "dim_session")

_VERSION = "1, TIMESTAMP '2026-01-05 22:00:00', 'raw/x', 'run-1', GETDATE()"
_FORMER = "1, TIMESTAMP '2026-01-02 22:00:00', 'raw/w', TIMESTAMP '2026-01-05 22:00:00', 'raw/x', 'run-1', GETDATE()"
_VALUES = {
    "fact_dividend": "'IBM', DATE '2026-01-02', 1.5, NULL, NULL, NULL",
    "fact_split": "'IBM', DATE '2026-01-02', 2",
    "fact_adjusted_price": "'IBM', DATE '2026-01-02', 10, 10, 0, 1",
    "quote": "'IBM', DATE '2026-01-02', 1, 1, 1, 1, 1, 1, 0",
}
_LISTING = "'IBM', DATE '1962-01-02', 'IBM', 'NYSE', 'Stock', NULL, NULL, NULL, 'Active', 1"
_STAGED_LISTING = _LISTING.replace("'Stock', ", "'Stock', NULL, ")
"""A file has the currency beside sector and industry; the table got it later, as its last column."""


def _of_fact(table: str, revision: str = "") -> list[str]:
    """Statements that make a changed row of a fact, its stage, its delta and its revision."""
    values = _VALUES[table]
    made = [
        f"INSERT INTO market.{table} SELECT {values}, {_VERSION}",
        load_statement(SCHEMAS[table], "stage", stage="stage_1"),
        load_statement(SCHEMAS[table], "delta", delta="delta_1"),
        f"INSERT INTO stage_1 SELECT {values}, 1, TIMESTAMP '2026-01-05 22:00:00', 'raw/x'",
        f"INSERT INTO delta_1 SELECT {values}, {_VERSION}, FALSE",
    ]
    return [*made, f"INSERT INTO market.{revision} SELECT {values}, {_FORMER}"] if revision else made


SOUND_ROWS = {
    "fact_dividend": _of_fact("fact_dividend", "fact_dividend_revision"),
    "fact_split": _of_fact("fact_split", "fact_split_revision"),
    "fact_adjusted_price": _of_fact("fact_adjusted_price"),
    "quote": _of_fact("quote"),
    "dim_symbol": [
        f"INSERT INTO market.dim_symbol SELECT {_LISTING}, 'raw/x', TIMESTAMP '2026-01-05 22:00:00', NULL, 'run-1', GETDATE()",
        load_statement(LISTINGS, "stage", stage="stage_1"),
        load_statement(LISTINGS, "delta", delta="delta_1"),
        f"INSERT INTO stage_1 SELECT {_STAGED_LISTING}, TIMESTAMP '2026-01-05 22:00:00', 'raw/x'",
        f"INSERT INTO delta_1 SELECT {_STAGED_LISTING}, 'raw/x', TIMESTAMP '2026-01-05 22:00:00', NULL, 'run-1', GETDATE(), TRUE",
    ],
    "adjustment_factor": [
        f"INSERT INTO market.fact_dividend SELECT {_VALUES['fact_dividend']}, {_VERSION}",
        f"INSERT INTO market.fact_split SELECT {_VALUES['fact_split']}, {_VERSION}",
        statement("touched", "symbols", symbols="stage_1"),
        "INSERT INTO stage_1 SELECT 'IBM'",
        statement("adjustment_factor", "fill", symbols="stage_1"),
    ],
    "dim_session": [],
    **{mart: [f"CREATE TEMP TABLE stage_1 AS SELECT * FROM market.{mart}"] for mart in MARTS},
}

OTHERS = {
    **{
        (fact, "check_delta_is_in_the_table"): f"UPDATE market.{fact} SET row_hash = 2"
        for fact in ("fact_dividend", "fact_split", "fact_adjusted_price", "quote")
    },
    **{
        (fact, "check_every_staged_row_is_held"): f"DELETE FROM market.{fact}"
        for fact in ("fact_dividend", "fact_split", "fact_adjusted_price", "quote")
    },
    **{(fact, "check_changed_rows_have_revisions"): f"DELETE FROM market.{fact}_revision" for fact in ("fact_dividend", "fact_split")},
    **{(fact, "check_revisions_have_rows"): f"DELETE FROM market.{fact}" for fact in ("fact_dividend", "fact_split")},
    ("fact_adjusted_price", "check_loaded_symbols_are_fresh"): (
        "INSERT INTO stage_1 SELECT 'AAPL', DATE '2026-01-12', 10, 10, 0, 1, 1, TIMESTAMP '2026-01-12 22:00:00', 'raw/x'"
    ),
    ("fact_dividend", "check_loaded_symbols_are_complete"): "UPDATE stage_1 SET ex_date = DATE '2025-10-02'",
    ("fact_split", "check_loaded_symbols_are_complete"): "UPDATE stage_1 SET effective_date = DATE '2025-10-02'",
    ("quote", "check_loaded_symbols_are_fresh"): (
        "INSERT INTO stage_1 SELECT 'AAPL', DATE '2026-01-12', 1, 1, 1, 1, 1, 1, 0, 1, TIMESTAMP '2026-01-12 22:00:00', 'raw/x'"
    ),
    ("dim_symbol", "check_loaded_symbols_are_fresh"): "UPDATE stage_1 SET symbol = 'AAPL'",
    ("adjustment_factor", "check_every_factor_stands_once"): "UPDATE market.adjustment_factor SET price_factor = 0",
    ("adjustment_factor", "check_factors_hold_every_event"): "UPDATE market.adjustment_factor SET dividend_amount = 1.4",
    ("dim_session", "check_sessions_are_counted_through"): (
        "UPDATE market.dim_session SET session_number = 0 WHERE exchange = 'XNYS' AND session_date = DATE '2026-01-02'"
    ),
    ("dim_symbol", "check_every_staged_listing_is_held"): "DELETE FROM market.dim_symbol",
    ("dim_symbol", "check_one_version_is_open"): (
        f"INSERT INTO market.dim_symbol SELECT {_LISTING}, 'raw/y', TIMESTAMP '2026-01-06 22:00:00', NULL, 'run-1', GETDATE()"
    ),
    **{(mart, "check_every_touched_bar_stands_once"): f"DELETE FROM market.{mart}" for mart in MARTS[:2]},
    **{(mart, "check_every_staged_row_stands_once"): f"DELETE FROM market.{mart}" for mart in MARTS[2:]},
}


EXAMPLES = {"dim_symbol": "IBM", "dim_session": "XNYS 2026-01-02"}
"""What is named of a violation where it is not IBM, in the checks that warn with its date."""

SUBTLER = [
    ("adjustment_factor", "check_every_factor_stands_once", "UPDATE market.adjustment_factor SET volume_factor = -1", 1),
    (
        "adjustment_factor",
        "check_every_factor_stands_once",
        "INSERT INTO market.adjustment_factor SELECT * FROM market.adjustment_factor WHERE symbol = 'IBM'",
        1,
    ),
    ("adjustment_factor", "check_factors_hold_every_event", "UPDATE market.adjustment_factor SET split_factor = 4", 1),
    ("adjustment_factor", "check_factors_hold_every_event", "DELETE FROM market.adjustment_factor", 1),
    # Announced only, and so perhaps withdrawn.
    ("fact_dividend", "check_loaded_symbols_are_complete", "UPDATE market.fact_dividend SET ex_date = DATE '2026-01-06'", 0),
    ("fact_split", "check_loaded_symbols_are_complete", "UPDATE market.fact_split SET effective_date = DATE '2026-01-06'", 0),
    # The active listings were not answered.
    ("dim_symbol", "check_loaded_symbols_are_fresh", "UPDATE stage_1 SET symbol = 'AAPL', status = 'Delisted'", 0),
]
"""Table, check, what is done to sound rows, and how many then violate the check."""


def test_every_check_of_the_bars_is_violated_by_some_case_here() -> None:
    assert {name for name, check in of_table(TABLE).items() if check.blocks} == set(VIOLATIONS)
    assert [name for name, check in of_table(TABLE).items() if not check.blocks] == ["check_loaded_symbols_are_fresh"]
    assert list(of_table("quarantined_bar")) == ["check_delta_is_in_the_table"]
    assert checks_of("run") == ()


def test_every_loaded_table_is_checked_to_be_unique_and_complete() -> None:
    """Every table that is loaded is checked for uniqueness and that what came is held."""
    for table, schema in SCHEMAS.items():
        assert "-- Check: block. " in render(schema, "check", delta="delta_1").text, table
    unchecked = {table for table in SCHEMAS if not any(check.blocks for check in of_table(table).values())}
    assert unchecked == set()
    others = {*SCHEMAS, *MARTS, *MADE_INSIDE} - {TABLE, "quarantined_bar"}
    assert {(table, name) for table in others for name in of_table(table)} == set(OTHERS)


@pytest.mark.parametrize(("table", "name"), OTHERS)
def test_every_other_check_is_silent_on_sound_rows_and_told_on_bad_ones(lake: Lake, warehouse: Warehouse, table: str, name: str) -> None:
    damage = OTHERS[table, name]
    if table in (*MARTS, *MADE_INSIDE):
        warehouse.load(lake.manifest("run-1", [("IBM", "2026-01-02", "10", "2026-01-05T22:00:00")]))
    check = of_table(table)[name]
    with closing(warehouse.open()) as connection:
        for made in SOUND_ROWS[table]:
            connection.cursor().execute(made)
        assert run_checks(connection, [check]) == ()
        connection.cursor().execute(damage)
        if check.blocks:
            with pytest.raises(
                CheckViolated, match=rf"After the load {table} did not hold: .*1 does not, e\.g\. {EXAMPLES.get(table, 'IBM')}"
            ):
                run_checks(connection, [check])
        else:
            (told,) = run_checks(connection, [check])
            assert told == f"{table}: {check.sentence} 1 does not, e.g. {EXAMPLES.get(table, 'IBM 2026-01-02')}."
        connection.rollback()


@pytest.mark.parametrize(("table", "name", "act", "violations"), SUBTLER)
def test_a_check_counts_what_violates_it_and_nothing_else(
    lake: Lake, warehouse: Warehouse, table: str, name: str, act: str, violations: int
) -> None:
    if table in MADE_INSIDE:
        warehouse.load(lake.manifest("run-1", [("IBM", "2026-01-02", "10", "2026-01-05T22:00:00")]))
    with closing(warehouse.open()) as connection:
        for made in (*SOUND_ROWS[table], act):
            connection.cursor().execute(made)
        ((found, _),) = fetch(connection, of_table(table)[name].sql)
        connection.rollback()
    assert found == violations


@pytest.mark.parametrize(("unstaged", "violations"), [(0, 0), (1, 0), (2, 2)])
def test_one_listing_in_twenty_may_vanish_without_a_word(warehouse: Warehouse, unstaged: int, violations: int) -> None:
    held = [f"Z{number:02d}" for number in range(20)]
    with closing(warehouse.open()) as connection:
        execute(connection, load_statement(LISTINGS, "stage", stage="stage_1"))
        for symbol in held:
            execute(connection, f"INSERT INTO market.dim_symbol {_listed(symbol)}")
        for symbol in held[unstaged:]:
            execute(connection, f"INSERT INTO stage_1 SELECT {_of(symbol, _STAGED_LISTING)}, TIMESTAMP '2026-01-05 22:00:00', 'raw/x'")
        ((found, _),) = fetch(connection, of_table("dim_symbol")["check_loaded_symbols_are_fresh"].sql)
        connection.rollback()
    assert found == violations


def _of(symbol: str, listing: str = _LISTING) -> str:
    return listing.replace("'IBM'", f"'{symbol}'")


def _listed(symbol: str) -> str:
    return f"SELECT {_of(symbol)}, 'raw/x', TIMESTAMP '2026-01-05 22:00:00', NULL, 'run-1', GETDATE()"


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_check_that_blocks_rolls_back_by_name(lake: Lake, warehouse: Warehouse, name: str) -> None:
    staged, changed, is_new, damage = VIOLATIONS[name]
    warehouse.load(lake.manifest("run-1", BARS))
    if name == "check_revisions_have_rows":
        warehouse.load(lake.manifest("run-2", [("AAPL", "2026-01-02", "9", "2026-01-06T22:00:00")]))
    held = warehouse.bars()
    chosen = [of_table(TABLE)[name]]
    with closing(warehouse.open()) as connection:
        open_load(connection, staged, changed, is_new=is_new)
        if name != "check_changed_rows_have_revisions":
            assert run_checks(connection, chosen) == ()
        connection.cursor().execute(damage)
        with pytest.raises(CheckViolated, match=r"After the load fact_daily_price did not hold: .* e\.g\. (AAPL|MSFT) 2026") as violated:
            run_checks(connection, chosen)
    assert violated.value.evidence["check"] == f"load/{name}.sql"
    assert warehouse.bars() == held


def test_a_symbol_that_fell_behind_is_told_and_loaded_all_the_same(lake: Lake, warehouse: Warehouse) -> None:
    result = warehouse.load(lake.manifest("run-1", [*BARS, ("GONE", "2025-12-26", "3", "2026-01-05T22:00:00")]))
    assert result.new == 4
    (told,) = result.warnings
    assert told.startswith("fact_daily_price: Every loaded symbol has a bar of the last seven days before the newest session")
    assert told.endswith("1 does not, e.g. GONE 2025-12-26.")
    assert warehouse.load(lake.manifest("run-2", BARS)).warnings == ()


def test_a_violated_check_leaves_the_table_and_the_load_succeeds_later(
    lake: Lake, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A violated check leaves the table as it was and the same load succeeds later."""
    manifest = lake.manifest("run-1", BARS)
    with monkeypatch.context() as damaged:
        damaged.setattr(checks, "fetch", lambda *_: [(0, 2, "AAPL 2026-01-02")])
        with pytest.raises(CheckViolated, match=r"2 do not, e\.g\. AAPL 2026-01-02"):
            warehouse.load(manifest)
    assert warehouse.bars() == {}
    assert warehouse.ask("SELECT COUNT(*) FROM ops.load_audit") == [(0,)]
    assert warehouse.load(manifest).new == 3
