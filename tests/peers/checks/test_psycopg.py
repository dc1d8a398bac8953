"""psycopg 3: values in text and binary, server-side cursors, pipelines."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.peers.checks.conftest import Address

psycopg = pytest.importorskip("psycopg")

VALUES = (1, 1 << 40, 1.5, Decimal("12.345600"), "a'ü", True, date(2026, 1, 5), datetime(2026, 1, 5, 1, 2, 3), None)  # noqa: DTZ001 - a TIMESTAMP


@pytest.fixture
def connection(address: "Address") -> Iterator[Any]:
    # Redshift calls itself UNICODE, a name that psycopg 3 does not know; who connects to it says utf8.
    with psycopg.connect(**address.libpq, client_encoding="utf8") as connection:
        yield connection


@pytest.mark.parametrize("binary", [False, True])
def test_values_come_back_as_they_went(connection: Any, *, binary: bool) -> None:
    cursor = connection.cursor(binary=binary)
    cursor.execute(
        "create temp table t (a int, b bigint, c float8, d numeric(18,6), e varchar(9), f boolean, g date, h timestamp, i varchar(1))"
    )
    cursor.execute("insert into t values (%s, %s, %s, %s, %s, %s, %s, %s, %s)", VALUES)
    assert cursor.execute("select * from t").fetchall() == [VALUES]


def test_a_server_side_cursor_is_read_in_parts(connection: Any) -> None:
    with connection.cursor("parts") as cursor:
        cursor.execute("select * from generate_series(1, 250)")
        assert len(cursor.fetchmany(100)) == 100
        assert len(cursor.fetchall()) == 150


def test_a_pipeline_is_answered_in_order(connection: Any) -> None:
    with connection.pipeline():
        cursors = [connection.execute("select %s::int", (number,)) for number in range(5)]
    assert [cursor.fetchone() for cursor in cursors] == [(number,) for number in range(5)]


def test_many_rows_are_inserted(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("create temp table t (a int, b varchar(5))")
    cursor.executemany("insert into t values (%s, %s)", [(number, str(number)) for number in range(20)])
    assert cursor.rowcount == 20
    assert cursor.execute("select count(*) from t").fetchone() == (20,)


def test_errors_have_their_class(connection: Any) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("select * from nowhere")
    connection.rollback()
    assert connection.execute("select 1").fetchone() == (1,)
