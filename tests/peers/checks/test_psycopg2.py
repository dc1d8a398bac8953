"""psycopg2: values there and back, a named cursor, cancelling, errors by their class."""

import threading
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.peers.checks.conftest import Address

psycopg2 = pytest.importorskip("psycopg2")

VALUES = (1, 1 << 40, 1.5, Decimal("12.345600"), "a'\\ü", True, date(2026, 1, 5), datetime(2026, 1, 5, 1, 2, 3), None)  # noqa: DTZ001 - a TIMESTAMP


@pytest.fixture
def connection(address: "Address") -> Iterator[Any]:
    connection = psycopg2.connect(**address.libpq)
    yield connection
    connection.close()


def test_values_come_back_as_they_went(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(
        "create temp table t (a int, b bigint, c float8, d numeric(18,6), e varchar(9), f boolean, g date, h timestamp, i varchar(1))"
    )
    cursor.execute("insert into t values (%s, %s, %s, %s, %s, %s, %s, %s, %s)", VALUES)
    assert cursor.rowcount == 1
    cursor.execute("select * from t")
    assert cursor.fetchall() == [VALUES]
    assert [column.name for column in cursor.description] == list("abcdefghi")


def test_a_named_cursor_is_read_in_parts(connection: Any) -> None:
    with connection.cursor("parts") as cursor:
        cursor.itersize = 100
        cursor.execute("select * from generate_series(1, 250)")
        assert [row[0] for row in cursor] == list(range(1, 251))


def test_many_rows_are_inserted_and_rolled_back(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("create temp table t (a int)")
    connection.commit()
    cursor.executemany("insert into t values (%s)", [(number,) for number in range(20)])
    connection.rollback()
    cursor.execute("select count(*) from t")
    assert cursor.fetchone() == (0,)


def test_a_statement_is_cancelled_and_the_session_goes_on(connection: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("create temp table t as select * from generate_series(1, 3000)")
    connection.commit()
    threading.Timer(0.3, connection.cancel).start()
    with pytest.raises(psycopg2.errors.QueryCanceled):
        cursor.execute("select count(*) from t a cross join t b cross join t c")
    connection.rollback()
    cursor.execute("select 1")
    assert cursor.fetchone() == (1,)


def test_errors_have_their_class(connection: Any) -> None:
    cursor = connection.cursor()
    with pytest.raises(psycopg2.errors.UndefinedTable):
        cursor.execute("select * from nowhere")
    with pytest.raises(psycopg2.errors.InFailedSqlTransaction):
        cursor.execute("select 1")


def test_isolation_and_autocommit_are_set(connection: Any) -> None:
    connection.set_session(isolation_level="SERIALIZABLE")
    connection.cursor().execute("select 1")
    connection.rollback()
    connection.autocommit = True
    connection.cursor().execute("select 1")
