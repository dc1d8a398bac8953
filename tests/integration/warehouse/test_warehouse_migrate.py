from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from redshift_connector import ProgrammingError

from tasks.datasets import SCHEMAS
from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.schema import QUARANTINED_BARS, TableSchema
from tasks.warehouse.errors import LoadFailed, MigrationHistoryChanged, StatementFailed
from tasks.warehouse.execution import execute, fetch
from tasks.warehouse.migrations import migrate, pending, read_migrations

if TYPE_CHECKING:
    from tests.integration.warehouse.conftest import Lake, Warehouse

pytestmark = pytest.mark.embedded


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def with_history(folder: Path) -> None:
    """A folder of tables whose first migration is the warehouse's own."""
    (first,) = (migration for migration in read_migrations() if migration.number == 1)
    write(folder, first.name, ";\n".join(first.statements))


def test_migrations_are_applied_in_order_once_and_recorded(empty_warehouse: Warehouse) -> None:
    known = read_migrations()
    with closing(empty_warehouse.open()) as connection:
        assert pending(connection) == known
        assert migrate(connection) == known
        assert pending(connection) == []
        assert migrate(connection) == []
    recorded = empty_warehouse.ask("SELECT number, name, sha256 FROM ops.migration ORDER BY number")
    assert recorded == [(migration.number, migration.name, migration.sha256) for migration in known]


def test_a_warehouse_with_one_turn_table_for_all_goes_on_working(lake: Lake, empty_warehouse: Warehouse) -> None:
    known = read_migrations()
    manifest = lake.manifest("run-1", [("AAPL", "2026-01-02", "10", "2026-01-05T22:00:00")])
    with closing(empty_warehouse.open()) as connection:
        migrate(connection, [migration for migration in known if migration.number <= 40])
        execute(connection, "UPDATE ops.load_turn SET load_id = 'former' WHERE table_name = 'market.fact_daily_price'")
        connection.commit()
        with pytest.raises(LoadFailed, match=r"42P01.*tickerhouse migrate"):
            empty_warehouse.load(manifest)
        assert [migration.name for migration in migrate(connection)] == [migration.name for migration in known if migration.number > 40]
    assert empty_warehouse.ask("SELECT load_id FROM ops.load_turn_fact_daily_price") == [("former",)]
    assert empty_warehouse.load(manifest).new == 1
    turns = empty_warehouse.ask("SELECT table_name FROM svv_tables WHERE table_schema = 'ops' AND table_name LIKE 'load_turn%'")
    expected = {f"load_turn_{schema.folder}" for schema in (*SCHEMAS, QUARANTINED_BARS)} | {"load_turn_marts"}
    assert {name for (name,) in turns} == expected


def test_weeks_and_months_that_are_held_already_are_marked(lake: Lake, empty_warehouse: Warehouse) -> None:
    """As a load marks them; of a symbol with a suffix the newest is marked by its next load."""
    marks = {"agg_weekly_price/0072_is_complete.sql", "agg_monthly_price/0073_is_complete.sql"}
    days = {"AAPL": ("2026-01-29", "2026-02-04", "2026-02-06"), "VOD.LON": ("2026-01-30", "2026-02-06")}
    bars = [(symbol, day, "10", "2026-02-09T22:00:00") for symbol, sessions in days.items() for day in sessions]
    with closing(empty_warehouse.open()) as connection:
        migrate(connection)
        empty_warehouse.load(lake.manifest("run-1", bars))
        weeks, months = (
            fetch(connection, f"SELECT symbol, {each}_start, is_complete FROM market.agg_{each}ly_price ORDER BY 1, 2")
            for each in ("week", "month")
        )
        for table in ("agg_weekly_price", "agg_monthly_price"):
            execute(connection, f"ALTER TABLE market.{table} DROP COLUMN is_complete")
        execute(connection, "DELETE FROM ops.migration WHERE number IN (72, 73)")
        connection.commit()
        assert {migration.name for migration in migrate(connection)} == marks
    assert [row[2] for row in weeks] == [False, True, True, True]
    assert [row[2] for row in months] == [False, False, True, False]
    found = empty_warehouse.ask("SELECT symbol, week_start, is_complete FROM market.agg_weekly_price ORDER BY 1, 2")
    assert found == [*weeks[:3], (*weeks[3][:2], False)]
    assert empty_warehouse.ask("SELECT symbol, month_start, is_complete FROM market.agg_monthly_price ORDER BY 1, 2") == months


def test_showing_what_is_pending_changes_nothing(empty_warehouse: Warehouse) -> None:
    with closing(empty_warehouse.open()) as connection:
        pending(connection)
    assert empty_warehouse.ask("SELECT COUNT(*) FROM svv_tables WHERE table_schema IN ('ops', 'market')") == [(0,)]


def test_a_migration_that_fails_leaves_nothing_of_itself(empty_warehouse: Warehouse, tmp_path: Path) -> None:
    with_history(tmp_path)
    write(tmp_path, "a_table/0002_create.sql", "CREATE TABLE ops.two (x INTEGER);\nCREATE TABLE nowhere.three (x INTEGER);\n")
    with closing(empty_warehouse.open()) as connection:
        with pytest.raises(StatementFailed, match=r"a_table/0002_create\.sql was rolled back: 3F000"):
            migrate(connection, read_migrations(tmp_path))
        assert fetch(connection, "SELECT number FROM ops.migration") == [(1,)]
        assert fetch(connection, "SELECT COUNT(*) FROM svv_tables WHERE table_name = 'two'") == [(0,)]


def test_a_changed_or_vanished_migration_stops_the_rest(empty_warehouse: Warehouse, tmp_path: Path) -> None:
    with_history(tmp_path)
    write(tmp_path, "a_table/0002_create.sql", "CREATE TABLE ops.two (x INTEGER);\n")
    with closing(empty_warehouse.open()) as connection:
        migrate(connection, read_migrations(tmp_path))
        write(tmp_path, "a_table/0002_create.sql", "CREATE TABLE ops.two (x BIGINT);\n")
        write(tmp_path, "a_table/0003_create.sql", "CREATE TABLE ops.three (x INTEGER);\n")
        with pytest.raises(MigrationHistoryChanged, match=r"a_table/0002_create\.sql was changed"):
            migrate(connection, read_migrations(tmp_path))
        (tmp_path / "a_table" / "0002_create.sql").unlink()
        with pytest.raises(MigrationHistoryChanged, match=r"a_table/0002_create\.sql is gone"):
            migrate(connection, read_migrations(tmp_path))
        assert fetch(connection, "SELECT COUNT(*) FROM svv_tables WHERE table_name = 'three'") == [(0,)]


def test_the_table_has_the_dataset_s_columns_in_its_order_and_types(warehouse: Warehouse) -> None:
    with closing(warehouse.open()) as connection:
        # pg_table_def shows the tables of the search path only.
        connection.cursor().execute("SET search_path TO market")
        found = fetch(
            connection,
            "SELECT \"column\", type, \"notnull\" FROM pg_table_def WHERE schemaname = 'market' AND tablename = 'fact_daily_price'",
        )
    expected = [(column.name, column.redshift, not column.nullable) for column in DAILY_PRICES.columns]
    bookkeeping = [("run_id", "character varying(64)", True), ("loaded_at", "timestamp without time zone", True)]
    assert [tuple(row) for row in found] == expected + bookkeeping


@pytest.mark.parametrize("dataset", SCHEMAS, ids=[schema.name for schema in SCHEMAS])
def test_every_dataset_s_table_has_its_columns_in_their_order_and_types(warehouse: Warehouse, dataset: TableSchema) -> None:
    # The observation of a listing is the beginning of its version.
    named = {"observed_at": "valid_from"} if dataset.name == "listings" else {}
    with closing(warehouse.open()) as connection:
        connection.cursor().execute("SET search_path TO market")
        found = fetch(
            connection,
            'SELECT "column", type, "notnull" FROM pg_table_def WHERE schemaname = \'market\' AND tablename = %s',
            (dataset.table.partition(".")[2],),
        )
    types = {column: (kind, is_required) for column, kind, is_required in found}
    for column in dataset.columns:
        assert types[named.get(column.name, column.name)] == (column.redshift, not column.nullable)


def test_every_fact_is_sorted_by_its_date(warehouse: Warehouse) -> None:
    with closing(warehouse.open()) as connection:
        connection.cursor().execute("SET search_path TO market")
        sorted_by = fetch(
            connection,
            "SELECT tablename, \"column\" FROM pg_table_def WHERE schemaname = 'market' AND sortkey = 1 AND tablename LIKE 'fact%' "
            "ORDER BY tablename",
        )
    assert [tuple(row) for row in sorted_by] == [
        ("fact_adjusted_price", "session_date"),
        ("fact_daily_price", "session_date"),
        ("fact_daily_price_revision", "session_date"),
        ("fact_dividend", "ex_date"),
        ("fact_dividend_revision", "ex_date"),
        ("fact_split", "effective_date"),
        ("fact_split_revision", "effective_date"),
    ]


def test_every_table_view_and_column_carries_a_comment(warehouse: Warehouse) -> None:
    described = warehouse.ask("SELECT table_name, remarks FROM svv_tables WHERE table_schema IN ('ops', 'market') ORDER BY table_name")
    assert {"dim_session", "dim_symbol", "daily_metric", "fact_daily_price", "freshness", "load_audit", "quote"} <= {
        name for name, _ in described
    }
    assert [name for name, remarks in described if not remarks] == []
    columns = warehouse.ask("SELECT table_name, column_name, remarks FROM svv_columns WHERE table_schema IN ('ops', 'market')")
    assert len(columns) > 250
    assert [(table, column) for table, column, remarks in columns if not remarks] == []


def test_the_roles_are_made_once_and_granted(empty_warehouse: Warehouse) -> None:
    with closing(empty_warehouse.open()) as connection:
        execute(connection, "CREATE ROLE tickerhouse_reader")
        connection.commit()
        migrate(connection)
        assert fetch(connection, "SELECT role_name FROM svv_roles ORDER BY role_name") == [("tickerhouse_loader",), ("tickerhouse_reader",)]


def test_a_table_of_any_maker_is_read_and_loaded_by_the_roles(empty_warehouse: Warehouse) -> None:
    """Each migration may be applied by another identity, as an administrator's role is given out for as long as that takes."""
    with closing(empty_warehouse.open()) as connection:
        migrate(connection)
        for sql in (
            "CREATE USER another_administrator PASSWORD 'Abcdefg1' CREATEUSER",
            "CREATE USER analyst PASSWORD 'Abcdefg1'",
            "GRANT ROLE tickerhouse_reader TO analyst",
            "CREATE USER pipeline PASSWORD 'Abcdefg1'",
            "GRANT ROLE tickerhouse_loader TO pipeline",
            "SET SESSION AUTHORIZATION 'another_administrator'",
            "CREATE TABLE market.later (symbol varchar(10))",
            "SET SESSION AUTHORIZATION 'pipeline'",
            "INSERT INTO market.later VALUES ('IBM')",
            "SET SESSION AUTHORIZATION 'analyst'",
        ):
            execute(connection, sql)
        assert fetch(connection, "SELECT symbol FROM market.later") == [("IBM",)]
        with pytest.raises(ProgrammingError, match="permission denied for relation later"):
            execute(connection, "INSERT INTO market.later VALUES ('X')")
        connection.rollback()
        execute(connection, "RESET SESSION AUTHORIZATION")
        assert fetch(connection, "SELECT 1 FROM pg_default_acl") == []
