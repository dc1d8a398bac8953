"""The warehouse's side of the lake's current files: what changed since they were written, and UNLOAD of one year.

The audit says what changed, whoever loaded it: a run, a release, a rebuild, a removal by retention.
"""

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, TypeVar

from redshift_connector import Connection

from tasks.schema import TableSchema
from tasks.warehouse.errors import StatementFailed
from tasks.warehouse.execution import execute, fetch, session, stored_instant
from tasks.warehouse.options import LoadOptions
from tasks.warehouse.retry import attempts
from tasks.warehouse.server_errors import DRIVER_ERRORS, read_server_error
from tasks.warehouse.statements import statement
from tasks.warehouse.table_lock import lock_table
from tasks.warehouse.templates import lake_statement

BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class TableChange:
    """A load or a removal that changed a table, as the audit has it.

    Attributes:
        load_id: what distinguishes it.
        run_id: the run; its rows carry it.
        finished_at: when it was written to the audit, UTC, whole seconds.
        removed_before: the first session that a removal kept; None for a load.
        is_undo: whether it is an undo, which may take rows of any year away.
    """

    load_id: str
    run_id: str
    finished_at: datetime
    removed_before: date | None
    is_undo: bool = False


def while_unchanged(
    open_connection: Callable[[], Connection], schema: TableSchema, options: LoadOptions, act: Callable[[Connection], _Result]
) -> _Result:
    """Does something while no load can change the table: loads wait for its turn, readers do not.

    Args:
        open_connection: gives a fresh session; called once for each attempt.
        schema: the table.
        options: how often to try again.
        act: what is done, in a transaction that is rolled back; done again where the turn was in conflict.

    Raises:
        StatementFailed: the warehouse refused, or failed on every attempt.
        ConnectionRefused: there was no session.
    """
    load_id = uuid.uuid4().hex
    try:
        for attempt in attempts(options):
            with attempt, session(open_connection) as connection:
                lock_table(connection, schema.folder, load_id)
                result = act(connection)
                connection.rollback()
                return result
    except DRIVER_ERRORS as error:
        raise StatementFailed(f"The rows of {schema.table} could not be unloaded: {read_server_error(error).line}") from error
    raise AssertionError("tenacity either returns from an attempt or raises its failure")


def changes_since(connection: Connection, schema: TableSchema, moment: datetime, known: Collection[str]) -> list[TableChange]:
    """The loads and removals since a moment, oldest first.

    Args:
        connection: in the transaction of :func:`while_unchanged`.
        schema: the table.
        moment: UTC, whole seconds; :data:`BEGINNING` for all.
        known: those that are left out, by load id.
    """
    rows = fetch(connection, statement("load_audit", "changes_since"), (schema.table, stored_instant(moment)))
    changes = [
        TableChange(str(load), str(run), finished.replace(tzinfo=UTC), before, bool(undo)) for load, run, finished, before, undo in rows
    ]
    return [change for change in changes if change.load_id not in known]


def years_of_loads(connection: Connection, schema: TableSchema, since: datetime, but_run: str) -> set[int]:
    """The years of which the loads since a moment wrote rows, a run's own aside."""
    sql = lake_statement(schema, "years_of_loads")
    return {int(year) for (year,) in fetch(connection, sql, (schema.table, stored_instant(since), but_run))}


def years_held(connection: Connection, schema: TableSchema) -> set[int]:
    """The years of which the table has rows."""
    return {int(year) for (year,) in fetch(connection, lake_statement(schema, "years"))}


def unload_year(connection: Connection, schema: TableSchema, year: int, folder_uri: str, role: str) -> int:
    """Writes the rows of one year as one Parquet file, sorted by the key.

    Args:
        connection: in the transaction of :func:`while_unchanged`.
        schema: the table.
        year: whose sessions.
        folder_uri: the ``s3://`` address that the file's own begins with, with a slash at its end.
        role: the IAM role, or ``default``.

    Returns:
        How many rows; where there are none, a file may be missing.
    """
    span = (date(year, 1, 1), date(year, 12, 31))
    execute(connection, lake_statement(schema, "unload", span, files=folder_uri, role=role))
    ((rows,),) = fetch(connection, statement("load_audit", "unloaded_rows"))
    return int(rows)
