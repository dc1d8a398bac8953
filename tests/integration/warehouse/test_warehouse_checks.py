"""The checks beside each table: every one is violated here, and what blocks leaves the table as it was."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tasks.warehouse import checks
from tasks.warehouse.checks import checks_of, run_checks
from tasks.warehouse.errors import CheckViolated
from tasks.warehouse.execution import execute
from tasks.warehouse.statements import statement

if TYPE_CHECKING:
    from redshift_connector import Connection

    from tests.integration.warehouse.conftest import Lake, Warehouse

pytestmark = pytest.mark.embedded

TABLE = "fact_daily_price"
BARS = [
    ("AAPL", "2026-01-02", "10", "2026-01-05T22:00:00"),
    ("AAPL", "2026-01-05", "11.5", "2026-01-05T22:00:00"),
    ("MSFT", "2026-01-05", "20.25", "2026-01-05T22:00:00"),
]


def open_load(connection: Connection, staged: str = "", changed: str = "", *, is_new: bool = True) -> None:
    """Stage and delta of a load, filled with the table's own rows where a condition says so."""
    execute(connection, statement(TABLE, "stage", stage="stage_1"))
    execute(connection, statement(TABLE, "delta", delta="delta_1"))
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
    "check_every_staged_bar_is_held": ("symbol = 'MSFT'", "", True, "DELETE FROM market.fact_daily_price WHERE symbol = 'MSFT'"),
    "check_changed_bars_have_revisions": ("", "symbol = 'MSFT'", False, "SELECT 1"),
    "check_revisions_have_bars": (
        "",
        "symbol = 'AAPL' AND session_date = '2026-01-05'",
        False,
        "DELETE FROM market.fact_daily_price WHERE symbol = 'AAPL' AND session_date = '2026-01-02'",
    ),
}


def test_every_check_of_the_bars_is_violated_by_some_case_here() -> None:
    assert {check.name for check in checks_of(TABLE) if check.blocks} == set(VIOLATIONS)
    assert [check.name for check in checks_of(TABLE) if not check.blocks] == ["check_loaded_symbols_are_fresh"]
    assert [check.name for check in checks_of("quarantined_bar")] == ["check_delta_is_in_the_table"]
    assert checks_of("run") == ()


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_check_that_blocks_rolls_back_by_name(lake: Lake, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    staged, changed, is_new, damage = VIOLATIONS[name]
    warehouse.load(lake.manifest("run-1", BARS))
    if name == "check_revisions_have_bars":
        warehouse.load(lake.manifest("run-2", [("AAPL", "2026-01-02", "9", "2026-01-06T22:00:00")]))
    held = warehouse.bars()
    monkeypatch.setattr(checks, "checks_of", lambda table: [check for check in checks_of(table) if check.name == name])
    with closing(warehouse.open()) as connection:
        open_load(connection, staged, changed, is_new=is_new)
        if name != "check_changed_bars_have_revisions":
            assert run_checks(connection, TABLE, "stage_1", "delta_1") == ()
        connection.cursor().execute(damage)
        with pytest.raises(CheckViolated, match=r"After the load fact_daily_price did not hold: .* e\.g\. (AAPL|MSFT) 2026") as violated:
            run_checks(connection, TABLE, "stage_1", "delta_1")
    assert violated.value.evidence["check"] == f"fact_daily_price/{name}.sql"
    assert warehouse.bars() == held


def test_a_symbol_that_fell_behind_is_told_and_loaded_all_the_same(lake: Lake, warehouse: Warehouse) -> None:
    result = warehouse.load(lake.manifest("run-1", [*BARS, ("GONE", "2025-12-26", "3", "2026-01-05T22:00:00")]))
    assert result.new == 4
    (told,) = result.warnings
    assert told.startswith("fact_daily_price: Every loaded symbol has a bar of the last seven days before the newest session")
    assert told.endswith("1 does not, e.g. GONE 2025-12-26.")
    assert warehouse.load(lake.manifest("run-2", BARS)).warnings == ()


def test_a_violated_check_leaves_the_table_as_it_was_and_the_same_load_succeeds_later(
    lake: Lake, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = lake.manifest("run-1", BARS)
    with monkeypatch.context() as damaged:
        damaged.setattr(checks, "fetch", lambda *_: [(2, "AAPL 2026-01-02")])
        with pytest.raises(CheckViolated, match=r"2 do not, e\.g\. AAPL 2026-01-02"):
            warehouse.load(manifest)
    assert warehouse.bars() == {}
    assert warehouse.ask("SELECT COUNT(*) FROM ops.load_audit") == [(0,)]
    assert warehouse.load(manifest).new == 3
