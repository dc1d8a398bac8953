"""Queries: any single statement, data frames, and a series as it was known at a moment."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from redshift_connector import Connection

from tasks.warehouse.errors import StatementFailed
from tasks.warehouse.execution import WarehouseConnection, fetch, stored_instant
from tasks.warehouse.server_errors import DRIVER_ERRORS, read_server_error
from tasks.warehouse.statements import statement

if TYPE_CHECKING:
    import pandas as pd

_NO_SUCH_NAME: Final = {"3F000", "42703", "42P01"}
"""Redshift's codes for a schema, a column and a table that are not there."""

_NAMES: Final = "`tickerhouse dictionary` lists every table and column."


@dataclass(frozen=True)
class StatementResult:
    """What one statement gave.

    Attributes:
        columns: the columns' names; empty for a statement that gives no rows.
        rows: the rows; exact decimals, dates, naive UTC timestamps.
        affected: rows written, where the server counts them; None for queries, MERGE, COPY and DDL.
        seconds: wall time, fetching included.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    affected: int | None
    seconds: float


@dataclass(frozen=True)
class AdjustedBar:
    """One session's close as it was known at a moment, raw and adjusted by what was known then."""

    session_date: date
    close: Decimal
    adjusted_close: Decimal


def run_statement(connection: WarehouseConnection, sql: str, clock: Callable[[], float] = time.monotonic) -> StatementResult:
    """Runs any single statement and makes it last.

    It joins a transaction the connection has open and leaves the commit to it; otherwise the statement stands alone, which VACUUM and
    its like demand.

    Raises:
        StatementFailed: with Redshift's code, message and detail on one line.
    """
    started = clock()
    former, connection.autocommit = connection.autocommit, not connection.in_transaction
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql.strip().rstrip(";"))
            columns = tuple(_text(column[0]) for column in cursor.description or ())
            rows = [tuple(row) for row in cursor.fetchall()] if columns else []
            affected = int(cursor.rowcount) if not columns and cursor.rowcount >= 0 else None
    except DRIVER_ERRORS as error:
        refused = read_server_error(error)
        way_out = _NAMES if refused.code in _NO_SUCH_NAME else ""
        raise StatementFailed(f"The statement was refused: {refused.line}{'.' if way_out else ''}", way_out) from error
    finally:
        connection.autocommit = former
    return StatementResult(columns, rows, affected, clock() - started)


def read_frame(connection: Connection, sql: str) -> "pd.DataFrame":
    """A query's rows as a pandas frame, types by awswrangler (decimals as ``decimal.Decimal``).

    Raises:
        StatementFailed: with Redshift's code, message and detail on one line.
    """
    # A second of imports that loads and migrations never need.
    import awswrangler  # noqa: PLC0415 - see above

    try:
        frame: pd.DataFrame = awswrangler.redshift.read_sql_query(sql, con=connection)
    except DRIVER_ERRORS as error:
        raise StatementFailed(f"The query was refused: {read_server_error(error).line}") from error
    else:
        return frame
    finally:
        # awswrangler leaves the transaction that the driver began open.
        connection.rollback()


def adjusted_as_of(connection: Connection, symbol: str, moment: datetime) -> list[AdjustedBar]:
    """A symbol's adjusted series from the bars and events that were known at a moment (aware), oldest first.

    Raises:
        StatementFailed: with Redshift's code, message and detail on one line.
    """
    known = (symbol, stored_instant(moment), stored_instant(moment))
    try:
        return [AdjustedBar(*row) for row in fetch(connection, statement("daily_price_adjusted", "as_of"), known * 2)]
    except DRIVER_ERRORS as error:
        raise StatementFailed(f"The query was refused: {read_server_error(error).line}") from error
    finally:
        connection.rollback()


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else name
