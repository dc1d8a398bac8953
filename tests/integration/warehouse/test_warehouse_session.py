from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

import boto3
import pytest

from tasks.warehouse.connection import connect
from tasks.warehouse.errors import DatabaseMissing, LoadFailed, StatementFailed, WarehouseUnreachable, WorkgroupMissing
from tasks.warehouse.query import read_frame, run_statement
from tasks.warehouse.runs import RunRecord, record_run
from tests.integration.warehouse.conftest import serverless_client

if TYPE_CHECKING:
    from tests.integration.warehouse.conftest import Lake, Warehouse

pytestmark = pytest.mark.embedded

MOMENT = datetime(2026, 1, 6, 9, 30, tzinfo=timezone(timedelta(hours=2)))


@pytest.mark.parametrize("workgroup", ["nowhere", "x", ""])
def test_a_wrong_workgroup_is_one_line_that_names_its_setting(warehouse: Warehouse, workgroup: str) -> None:
    with pytest.raises(WorkgroupMissing) as raised:
        connect(replace(warehouse.address, workgroup=workgroup), serverless_client(warehouse.address.region))
    text = str(raised.value)
    assert f"workgroup {workgroup!r}" in text
    assert "TICKERHOUSE_WORKGROUP" in text
    assert "\n" not in text
    assert "secret" not in text


def test_a_wrong_database_is_one_line_that_names_its_setting(warehouse: Warehouse) -> None:
    with pytest.raises(DatabaseMissing, match=r"has no database nowhere.*TICKERHOUSE_DATABASE") as raised:
        connect(replace(warehouse.address, database="nowhere"), serverless_client(warehouse.address.region))
    assert "\n" not in str(raised.value)


def test_a_certificate_nobody_vouches_for_is_not_accepted(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(WarehouseUnreachable, match=r"CERTIFICATE_VERIFY_FAILED|certificate verify failed"):
        warehouse.open()


def test_a_control_plane_that_is_not_there_is_unreachable(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(WarehouseUnreachable):
        connect(warehouse.address, boto3.client("redshift-serverless", region_name=warehouse.address.region))


def test_connecting_writes_nothing_into_the_log(warehouse: Warehouse, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        warehouse.open().close()
    assert [record for record in caplog.records if record.name.startswith("redshift_connector")] == []


def test_a_statement_gives_columns_rows_and_seconds(warehouse: Warehouse) -> None:
    with closing(warehouse.open()) as connection:
        result = run_statement(connection, "SELECT 1 AS one, CAST('2.50' AS DECIMAL(9, 2)) AS two, CAST('2026-01-05' AS DATE) AS three;\n")
    assert result.columns == ("one", "two", "three")
    assert result.rows == [(1, Decimal("2.50"), date(2026, 1, 5))]
    assert result.affected is None
    assert result.seconds > 0


def test_a_statement_that_writes_says_how_many_rows_and_lasts(warehouse: Warehouse) -> None:
    with closing(warehouse.open()) as connection:
        assert run_statement(connection, "CREATE TABLE public.note (x INTEGER)").affected is None
        assert run_statement(connection, "INSERT INTO public.note VALUES (1), (2)").affected == 2
    assert warehouse.ask("SELECT COUNT(*) FROM public.note") == [(2,)]


def test_vacuum_runs_outside_a_transaction(warehouse: Warehouse) -> None:
    with closing(warehouse.open()) as connection:
        assert run_statement(connection, "VACUUM market.fact_daily_price").rows == []


@pytest.mark.parametrize(
    ("sql", "code"),
    [("SELECT * FROM market.nothing", "42P01"), ("SELEC 1", "42601"), ("SELECT 1; SELECT 2", "42601"), ("SELECT 1 %", "42601")],
)
def test_a_refused_statement_is_one_line_and_the_session_goes_on(warehouse: Warehouse, sql: str, code: str) -> None:
    """A refused statement is one line with its code and the session goes on."""
    with closing(warehouse.open()) as connection:
        with pytest.raises(StatementFailed) as raised:
            run_statement(connection, sql)
        assert code in str(raised.value)
        assert "\n" not in str(raised.value)
        assert ("`tickerhouse dictionary` lists" in raised.value.way_out) == (code == "42P01")
        assert run_statement(connection, "SELECT 1").rows == [(1,)]


def test_an_attempt_is_recorded_with_instants_in_utc(warehouse: Warehouse) -> None:
    record = RunRecord("run-1", "daily_prices", "synthetic", "Failed", MOMENT, MOMENT, MOMENT, rows_parsed=7, error="ü" * 5000)
    record_run(warehouse.open, record)
    record_run(warehouse.open, replace(record, status="Completed", error=""))
    rows = warehouse.ask("SELECT status, as_of, rows_parsed, error FROM ops.run WHERE run_id = 'run-1' ORDER BY status")
    moment = MOMENT.astimezone(UTC).replace(tzinfo=None)
    assert rows == [("Completed", moment, 7, ""), ("Failed", moment, 7, "ü" * 2048)]


def test_an_attempt_that_cannot_be_recorded_says_what_to_do(empty_warehouse: Warehouse) -> None:
    with pytest.raises(StatementFailed, match=r"run-1 could not be written to ops\.run.*tickerhouse migrate"):
        record_run(empty_warehouse.open, RunRecord("run-1", "daily_prices", "synthetic", "Failed", MOMENT, MOMENT, MOMENT))


def test_a_frame_keeps_decimals_exact(warehouse: Warehouse) -> None:
    with closing(warehouse.open()) as connection:
        frame = read_frame(connection, "SELECT CAST('0.100001' AS DECIMAL(18, 6)) AS price")
        assert list(frame["price"]) == [Decimal("0.100001")]
        assert connection.in_transaction is False


def test_a_load_waits_for_another_no_longer_than_its_limit(lake: Lake, warehouse: Warehouse) -> None:
    manifest = lake.manifest("run-1", [("IBM", "2026-01-05", "218.2", "2026-01-05T22:00:00")])
    hurried = replace(warehouse.address, statement_seconds=0.3)
    with closing(warehouse.open()) as other:
        run_statement(other, "BEGIN")
        run_statement(other, "UPDATE ops.load_turn_fact_daily_price SET load_id = 'other'")
        with pytest.raises(LoadFailed, match="57014") as raised:
            warehouse.load(manifest, lambda: connect(hurried, serverless_client(hurried.region)), retries=1)
        other.rollback()
    assert "2 attempts" in str(raised.value)
    assert warehouse.bars() == {}
    assert warehouse.load(manifest, lambda: connect(hurried, serverless_client(hurried.region))).new == 1
