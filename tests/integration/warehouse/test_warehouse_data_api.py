"""The Data API as the carrier of what a person asks: the same values, types and errors as over a connection of the driver."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from time import sleep
from typing import TYPE_CHECKING

import boto3
import pytest

from tasks.orchestration.clients import Clients
from tasks.orchestration.settings import Settings
from tasks.warehouse.data_api import DataApiConnection, named
from tasks.warehouse.dictionary import describe_warehouse
from tasks.warehouse.errors import StatementFailed, WorkgroupMissing
from tasks.warehouse.execution import execute, fetch
from tasks.warehouse.migrations import migrate, pending, read_migrations
from tasks.warehouse.quarantine import count_by_run, find_quarantined_bars
from tasks.warehouse.query import run_statement

if TYPE_CHECKING:
    from tests.integration.warehouse.conftest import Warehouse

pytestmark = pytest.mark.embedded

EVERY_TYPE = """SELECT true AS b, 1::SMALLINT AS s, 2 AS i, 3::BIGINT AS l, 2.5::FLOAT8 AS d, 10.50::DECIMAL(10,2) AS n,
    'x'::VARCHAR(5) AS v, DATE '2026-01-02' AS day, TIMESTAMP '2026-01-02 03:04:05.25' AS at, TIMESTAMPTZ '2026-01-02 03:04:05+00' AS z,
    JSON_PARSE('{"a":[1,2]}') AS j, NULL::INT AS nothing, TIME '03:04:05' AS t"""


def data_api(warehouse: Warehouse) -> DataApiConnection:
    client = boto3.client("redshift-data", region_name="us-east-1")
    return DataApiConnection(client, warehouse.address, sleep=lambda seconds: sleep(min(seconds, 0.02)))


def test_both_carriers_give_the_same_values_and_types(warehouse: Warehouse) -> None:
    with closing(warehouse.open()) as driver:
        by_driver = run_statement(driver, EVERY_TYPE)
    by_api = run_statement(data_api(warehouse), EVERY_TYPE)
    assert by_api.columns == by_driver.columns
    assert by_api.rows == by_driver.rows
    assert [type(value) for value in by_api.rows[0]] == [type(value) for value in by_driver.rows[0]]


def test_a_warehouse_is_migrated_over_the_data_api_alone(empty_warehouse: Warehouse) -> None:
    connection = data_api(empty_warehouse)
    assert len(pending(connection)) == len(migrate(connection)) == len(read_migrations())
    assert pending(connection) == []
    with closing(empty_warehouse.open()) as driver:
        assert pending(driver) == []


def test_both_carriers_describe_the_same_warehouse(warehouse: Warehouse) -> None:
    with closing(warehouse.open()) as driver:
        assert describe_warehouse(driver) == describe_warehouse(data_api(warehouse))


def test_a_failed_migration_leaves_nothing_over_the_data_api(warehouse: Warehouse) -> None:
    connection = data_api(warehouse)
    broken = replace(read_migrations()[-1], number=9999, name="x/9999_x.sql", statements=("CREATE TABLE ops.half (i INT)", "SELEC"))
    with pytest.raises(StatementFailed, match=r"x/9999_x\.sql was rolled back: .*syntax error"):
        migrate(connection, [*read_migrations(), broken])
    assert fetch(connection, "SELECT COUNT(*) FROM svv_tables WHERE table_name = 'half'") == [(0,)]


def test_quarantined_bars_are_read_with_their_words_bound(warehouse: Warehouse) -> None:
    columns = "identity, dataset, symbol, session_text, received, reasons, observed_at, capture_key, run_id, recorded_at"
    row = "'{0}', 'daily_prices', '{0}', '2026-01-02', '{{}}', 'high''s :low', '2026-01-02 03:04:05', 'k', 'run', '2026-01-02 03:04:05'"
    warehouse.ask("DELETE FROM ops.quarantined_bar")
    for name in ("AAA", "BBB"):
        warehouse.ask(f"INSERT INTO ops.quarantined_bar ({columns}) VALUES ({row.format(name)})")
    connection = data_api(warehouse)
    with closing(warehouse.open()) as driver:
        for words in ((), ("run", "AAA"), ("", "", "high's :low"), ("", "CCC")):
            assert find_quarantined_bars(connection, *words) == find_quarantined_bars(driver, *words)
        assert count_by_run(connection) == count_by_run(driver)
    assert [bar.symbol for bar in find_quarantined_bars(connection, symbol="BBB")] == ["BBB"]
    warehouse.ask("DELETE FROM ops.quarantined_bar")


def test_values_are_bound_with_their_types(warehouse: Warehouse) -> None:
    connection = data_api(warehouse)
    connection.autocommit = True
    execute(connection, "CREATE TABLE market.bound (a INT, b DECIMAL(8,2), c DATE, d TIMESTAMP, e VARCHAR(9), f VARCHAR(9), g BOOLEAN)")
    values = (1, Decimal("2.50"), date(2026, 1, 2), datetime.fromisoformat("2026-01-02 03:04:05"), None, "", True)
    assert execute(connection, "INSERT INTO market.bound VALUES (%s, %s, %s, %s, %s, %s, %s)", values) == 1
    assert fetch(connection, "SELECT * FROM market.bound WHERE e IS NULL AND a = %s", (1,)) == [values]
    execute(connection, "DROP TABLE market.bound")


def test_all_pages_of_a_result_are_read(warehouse: Warehouse) -> None:
    digits = "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4)"
    tables = ", ".join(f"{digits} {name}" for name in "abcef")
    sql = f"SELECT a.d + 5 * b.d + 25 * c.d + 125 * e.d + 625 * f.d FROM {tables} ORDER BY 1"
    assert run_statement(data_api(warehouse), sql).rows == [(number,) for number in range(3125)]


def test_an_error_is_one_line_in_the_words_of_redshift(warehouse: Warehouse) -> None:
    with pytest.raises(StatementFailed, match=r'refused: *relation "nowhere" does not exist$'):
        run_statement(data_api(warehouse), "SELECT * FROM nowhere")
    with pytest.raises(StatementFailed, match=r"refused: *The SQL statement is larger than 100 KB"):
        run_statement(data_api(warehouse), f"SELECT '{'x' * 100_000}'")
    nowhere = DataApiConnection(boto3.client("redshift-data", region_name="us-east-1"), replace(warehouse.address, workgroup="nowhere"))
    with pytest.raises(WorkgroupMissing, match="TICKERHOUSE_WORKGROUP"):
        run_statement(nowhere, "SELECT 1")


def test_commands_on_aws_use_the_data_api_unless_told_otherwise(warehouse: Warehouse) -> None:
    here = Settings(workgroup=warehouse.address.workgroup, database=warehouse.address.database)
    on_aws = here.model_copy(update={"stack": "aws"})
    assert isinstance(Clients(on_aws).console(), DataApiConnection)
    for settings in (here, on_aws.model_copy(update={"warehouse_access": "driver"})):
        with closing(Clients(settings).console()) as connection:
            assert not isinstance(connection, DataApiConnection)


def test_a_percent_sign_in_a_text_is_no_place_for_a_value() -> None:
    assert named("SELECT '%s', \"%s\", %% , %s -- %s", (datetime(2026, 1, 2, tzinfo=UTC).date(),), 3) == (
        "SELECT '%s', \"%s\", % , CAST(:p4 AS DATE) -- %s",
        [{"name": "p4", "value": "2026-01-02"}],
    )
    assert named("SELECT 5 % 3", ()) == ("SELECT 5 % 3", [])
