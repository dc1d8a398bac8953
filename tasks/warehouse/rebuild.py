"""Warehouse side of a rebuild: lists past loads and removals, and empties tables.

``ops.run`` and ``ops.quarantined_bar`` stay as they are: they record events and decisions that no capture contains.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from redshift_connector import Connection

from tasks.schema import TableSchema
from tasks.warehouse.errors import StatementFailed
from tasks.warehouse.execution import execute, fetch, session
from tasks.warehouse.mart import FACTORS, MARTS
from tasks.warehouse.server_errors import DRIVER_ERRORS, read_server_error
from tasks.warehouse.statements import statement


@dataclass(frozen=True)
class PastLoad:
    """One load, or one removal by retention, that was committed.

    Attributes:
        dataset: the kind of data; of a removal, ``retention``.
        run_id: the run.
        manifest_uri: the ``s3://`` address of its manifest; empty for a removal.
        rows: how many rows its file had.
        removed_before: the first session that a removal kept; None for a load.
    """

    dataset: str
    run_id: str
    manifest_uri: str
    rows: int
    removed_before: date | None = None


@dataclass(frozen=True)
class AuditedState:
    """What the warehouse says of itself.

    Attributes:
        is_known: whether the audit has the load that was asked for.
        bars_held: bars in ``market.fact_daily_price``.
        bars_counted: bars that loads added to it and removals did not take away, by the audit.
    """

    is_known: bool
    bars_held: int
    bars_counted: int


def audited_state(open_connection: Callable[[], Connection], manifest_uri: str) -> AuditedState:
    """Compares the audit with a load and with the table of bars.

    Args:
        open_connection: gives a fresh session.
        manifest_uri: the load.

    Raises:
        StatementFailed: the audit could not be read.
    """
    with session(open_connection) as connection:
        try:
            ((times, held, counted),) = fetch(connection, statement("load_audit", "whole"), (manifest_uri,))
        except DRIVER_ERRORS as error:
            raise _unreadable_audit(error) from error
    return AuditedState(bool(times), int(held), int(counted))


def past_loads(open_connection: Callable[[], Connection]) -> list[PastLoad]:
    """Every committed load and removal, in the order of committing.

    Raises:
        StatementFailed: the audit could not be read.
    """
    with session(open_connection) as connection:
        try:
            rows = fetch(connection, statement("rebuild", "loads"))
            return [PastLoad(dataset, run, uri, int(staged), before) for dataset, run, uri, staged, before in rows]
        except DRIVER_ERRORS as error:
            raise _unreadable_audit(error) from error


def rebuilt_tables(schemas: Iterable[TableSchema]) -> tuple[str, ...]:
    """The tables that are rebuilt from the lake, by their qualified names: the loaded ones, their former values, factors and marts."""
    loaded = [table for schema in schemas for table in ((schema.table, schema.revision) if schema.keeps_revisions else (schema.table,))]
    return (*loaded, FACTORS, *(mart.table for mart in MARTS))


def empty_tables(open_connection: Callable[[], Connection], schemas: Iterable[TableSchema]) -> None:
    """Empties what a rebuild makes again, and the audit of the loads that it repeats; all or nothing.

    Args:
        open_connection: gives a fresh session.
        schemas: the loaded tables.

    Raises:
        StatementFailed: one could not be emptied; all are as they were.
    """
    with session(open_connection) as connection:
        try:
            for table in rebuilt_tables(schemas):
                execute(connection, statement("rebuild", "empty", table=table))
            execute(connection, statement("rebuild", "empty_load_audit"))
            connection.commit()
        except DRIVER_ERRORS as error:
            raise StatementFailed(f"The tables could not be emptied: {read_server_error(error).line}", "Nothing was changed.") from error


def _unreadable_audit(error: Exception) -> StatementFailed:
    return StatementFailed(f"ops.load_audit could not be read: {read_server_error(error).line}", "Run: tickerhouse migrate")
