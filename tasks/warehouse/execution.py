"""Warehouse sessions, and executing one statement."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from tasks.warehouse.server_errors import DRIVER_ERRORS


class WarehouseConnection(Protocol):
    """What statements are sent over: a connection of the driver, or the Data API (``data_api.py``)."""

    autocommit: bool

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""

    def cursor(self) -> Any:
        """A cursor of DB-API 2.0 that is a context manager: description, rowcount, execute, fetchall."""

    def commit(self) -> None:
        """Commits."""

    def rollback(self) -> None:
        """Rolls back."""

    def close(self) -> None:
        """Ends it; what was not committed is gone."""


_Opened = TypeVar("_Opened", bound=WarehouseConnection)


@contextmanager
def session(open_connection: Callable[[], _Opened]) -> Iterator[_Opened]:
    """A connection that is closed afterwards, whatever became of it; what was not committed is rolled back by the server."""
    connection = open_connection()
    try:
        yield connection
    finally:
        # A broken connection cannot be closed politely, and that must not hide how it broke.
        with suppress(*DRIVER_ERRORS):
            connection.close()


def execute(connection: WarehouseConnection, sql: str, values: Sequence[object] = ()) -> int:
    """Runs a statement that gives no rows, inside the connection's transaction.

    Returns:
        The number of rows the server reports; -1 for MERGE, COPY and DDL, where it reports none.
    """
    with connection.cursor() as cursor:
        # Without values the driver leaves the text alone, so that a percent sign in an address stays one.
        cursor.execute(sql, list(values) or None)
        return int(cursor.rowcount)


def fetch(connection: WarehouseConnection, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Runs a query inside the connection's transaction and gives all its rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values) or None)
        return [tuple(row) for row in cursor.fetchall()]


def stored_instant(instant: datetime) -> datetime:
    """An aware instant as the warehouse keeps it: TIMESTAMP without zone, always UTC."""
    assert instant.tzinfo is not None, "an instant without a time zone could be any moment"
    return instant.astimezone(UTC).replace(tzinfo=None)
