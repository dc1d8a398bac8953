"""Warehouse sessions, and executing one statement."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from redshift_connector import Connection

from tasks.warehouse.server_errors import DRIVER_ERRORS


@contextmanager
def session(open_connection: Callable[[], Connection]) -> Iterator[Connection]:
    """A connection that is closed afterwards, whatever became of it; what was not committed is rolled back by the server."""
    connection = open_connection()
    try:
        yield connection
    finally:
        # A broken connection cannot be closed politely, and that must not hide how it broke.
        with suppress(*DRIVER_ERRORS):
            connection.close()


def execute(connection: Connection, sql: str, values: Sequence[object] = ()) -> int:
    """Runs a statement that gives no rows, inside the connection's transaction.

    Returns:
        The number of rows the server reports; -1 for MERGE, COPY and DDL, where it reports none.
    """
    with connection.cursor() as cursor:
        # Without values the driver leaves the text alone, so that a percent sign in an address stays one.
        cursor.execute(sql, list(values) or None)
        return int(cursor.rowcount)


def fetch(connection: Connection, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Runs a query inside the connection's transaction and gives all its rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values) or None)
        return [tuple(row) for row in cursor.fetchall()]


def stored_instant(instant: datetime) -> datetime:
    """An aware instant as the warehouse keeps it: TIMESTAMP without zone, always UTC."""
    assert instant.tzinfo is not None, "an instant without a time zone could be any moment"
    return instant.astimezone(UTC).replace(tzinfo=None)
