"""Records each run as a row of ``ops.run``, in a transaction of its own, so that failed runs are recorded too."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from redshift_connector import Connection

from tasks.warehouse.errors import StatementFailed
from tasks.warehouse.execution import execute, session, stored_instant
from tasks.warehouse.server_errors import DRIVER_ERRORS, read_server_error
from tasks.warehouse.statements import statement

_ERROR_BYTES: Final = 4096


@dataclass(frozen=True)
class RunRecord:
    """One attempt at a run.

    Attributes:
        run_id: the run.
        flow: the flow's name.
        source: where its bars came from.
        status: how it ended, in the words of :class:`tasks.records.Status`.
        as_of: the moment it is for, aware.
        started_at: when it began, aware.
        finished_at: when it ended, aware.
        symbols_asked: symbols a call was planned for.
        symbols_landed: symbols with a new or changed bar.
        rows_parsed: bars read from captures.
        rows_deferred: bars whose session was not final.
        rows_quarantined: bars quarantined.
        rows_curated: rows of the curated file.
        rows_new: bars the table did not have.
        rows_changed: bars that were restated.
        rows_unchanged: bars equal to what the table had, or older.
        error: what went wrong, empty where nothing did; scrubbed.
    """

    run_id: str
    flow: str
    source: str
    status: str
    as_of: datetime
    started_at: datetime
    finished_at: datetime
    symbols_asked: int = 0
    symbols_landed: int = 0
    rows_parsed: int = 0
    rows_deferred: int = 0
    rows_quarantined: int = 0
    rows_curated: int = 0
    rows_new: int = 0
    rows_changed: int = 0
    rows_unchanged: int = 0
    error: str = ""


def record_run(open_connection: Callable[[], Connection], record: RunRecord) -> None:
    """Adds the attempt's row to ``ops.run`` on a connection of its own.

    Raises:
        ConnectionRefused: there was no session.
        StatementFailed: the row could not be written.
    """
    with session(open_connection) as connection:
        try:
            execute(connection, statement("run", "insert"), _values(record))
            connection.commit()
        except DRIVER_ERRORS as error:
            raise StatementFailed(
                f"The run {record.run_id} could not be written to ops.run: {read_server_error(error).line}",
                "Run: tickerhouse migrate",
            ) from error


def _values(record: RunRecord) -> tuple[object, ...]:
    return (
        record.run_id,
        record.flow,
        record.source,
        record.status,
        stored_instant(record.as_of),
        stored_instant(record.started_at),
        stored_instant(record.finished_at),
        record.symbols_asked,
        record.symbols_landed,
        record.rows_parsed,
        record.rows_deferred,
        record.rows_quarantined,
        record.rows_curated,
        record.rows_new,
        record.rows_changed,
        record.rows_unchanged,
        # VARCHAR counts bytes, and a character that is cut in two is none.
        record.error.encode()[:_ERROR_BYTES].decode(errors="ignore"),
    )
