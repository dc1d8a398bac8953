"""Takes one load back: the rows that it added go, those that it changed have their former values again, in one transaction.

The statements are in ``undo/*.sql`` and ``tables/undo/``. Which rows a load wrote is known from its own file: a row that still stands as
the file gives it. The audit keeps the load's row and gets one of the undo, so that the same manifest is never loaded again.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from redshift_connector import Connection

from tasks.records import Manifest
from tasks.schema import TableSchema
from tasks.warehouse.checks import check_of, run_checks
from tasks.warehouse.errors import LoadFailed, NotUndoable, StatementFailed
from tasks.warehouse.execution import WarehouseConnection, execute, fetch
from tasks.warehouse.execution import session as session_of
from tasks.warehouse.marts import refresh_whole_symbols
from tasks.warehouse.options import LoadOptions
from tasks.warehouse.retry import attempts
from tasks.warehouse.server_errors import DRIVER_ERRORS, read_server_error
from tasks.warehouse.statements import statement
from tasks.warehouse.table_lock import MARTS, lock_table
from tasks.warehouse.templates import Rendered, Span, render_undo
from tasks.warehouse.temporary_tables import DELTA, STAGE, SYMBOLS
from tasks.warehouse.transaction import Load, fill_stage
from tasks.wording import counted

UNDO: Final = "undo"
"""The dataset of the audit's rows that record an undo."""


@dataclass(frozen=True)
class UndoableLoad:
    """One load of market data.

    Attributes:
        run_id: the run, or the release, that wrote its manifest.
        dataset: the kind of data.
        manifest_uri: the ``s3://`` address of its manifest.
        rows_new: rows that it added.
        rows_changed: rows that it changed.
        finished_at: when it was committed, UTC without a zone.
        undone_by: the undo that took it back; empty where none did.
    """

    run_id: str
    dataset: str
    manifest_uri: str
    rows_new: int
    rows_changed: int
    finished_at: datetime
    undone_by: str


@dataclass(frozen=True)
class Record:
    """Where the lake says who undid a load and why.

    Attributes:
        run_id: names the undo.
        uri: the record's ``s3://`` address.
        sha256: the digest of its bytes.
    """

    run_id: str
    uri: str
    sha256: str


@dataclass(frozen=True)
class Undone:
    """What an undo did.

    Attributes:
        run_id: names the undo.
        removed: rows that the load had added.
        restored: rows that have their former values again.
        gone: symbol and date of every removed row; empty where the undo had been committed before.
        is_new: False where it had been committed before.
    """

    run_id: str
    removed: int
    restored: int
    gone: tuple[tuple[str, date], ...] = ()
    is_new: bool = True


def find_loads(connection: WarehouseConnection, run_id: str = "") -> list[UndoableLoad]:
    """The loads of a run, or the latest of all runs, newest first.

    Args:
        connection: an open session without a transaction.
        run_id: the run; empty for all.

    Raises:
        StatementFailed: the audit could not be read.
    """
    try:
        rows = fetch(connection, statement(UNDO, "find"), (run_id, run_id))
        connection.rollback()
    except DRIVER_ERRORS as error:
        raise StatementFailed(f"ops.load_audit could not be read: {read_server_error(error).line}", "Run: tickerhouse migrate") from error
    return [UndoableLoad(run, name, uri, int(new), int(changed), at, by or "") for run, name, uri, new, changed, at, by in rows]


def undo_load(
    open_connection: Callable[[], Connection],
    manifest: Manifest,
    schema: TableSchema,
    write_record: Callable[[], Record],
    options: LoadOptions,
) -> Undone:
    """Takes a load back, or finds that it was taken back.

    Args:
        open_connection: gives a fresh session; called once for each attempt.
        manifest: of the load.
        schema: of its table.
        write_record: stores the record in the lake, once everything has been checked; the same record at every call.
        options: COPY's role, and how often to try again.

    Raises:
        NotUndoable: the table keeps no former values, or later loads changed what this one wrote: they are named.
        LoadFailed: the warehouse refused, or failed on every attempt; everything is as it was.
        ConnectionRefused: there was no session.
    """
    if not schema.keeps_revisions:
        raise NotUndoable(
            f"{schema.table} keeps no former values, so that a load of {schema.name} cannot be undone.",
            f"Load the right values over them: request {schema.name} again.",
        )
    work = Load(manifest, schema, options.copy_role, uuid.uuid4().hex, options.exchanges)
    try:
        for attempt in attempts(options):
            with attempt, session_of(open_connection) as connection:
                return _undo(connection, work, write_record)
    except DRIVER_ERRORS as error:
        raise LoadFailed(
            f"The load of {manifest.run_id} into {schema.table} could not be undone: {read_server_error(error).line}",
            "Nothing was changed; run it again.",
        ) from error
    raise AssertionError("tenacity either returns from an attempt or raises its failure")


def _undo(connection: Connection, work: Load, write_record: Callable[[], Record]) -> Undone:
    schema, run_id = work.schema, work.manifest.run_id
    lock_table(connection, schema.folder, work.load_id)
    if schema.feeds_marts:
        lock_table(connection, MARTS, work.load_id)
    if known := fetch(connection, statement(UNDO, "audited"), (work.manifest.uri,)):
        connection.rollback()
        ((undo, removed, restored),) = known
        return Undone(str(undo), int(removed), int(restored), is_new=False)
    staged, extent = fill_stage(connection, work)
    span = extent if schema.date and staged else None
    _refuse_touched(connection, work, span)
    execute(connection, work.sql("delta", delta=DELTA))
    execute(connection, _undo_sql(work, "written", span), (run_id,))
    gone = tuple((str(symbol), day) for symbol, day, *_ in fetch(connection, _undo_sql(work, "removed", span)))
    record = write_record()
    restored = execute(connection, _undo_sql(work, "restore", span), (record.run_id,))
    execute(connection, _undo_sql(work, "forget", span), (run_id,))
    removed = execute(connection, _undo_sql(work, "remove", span))
    if schema.feeds_marts and removed + restored:
        execute(connection, statement(UNDO, "symbols", symbols=SYMBOLS, delta=DELTA))
        refresh_whole_symbols(connection, work.exchanges)
    run_checks(connection, [check_of(schema.folder, _rendered(work, "check_nothing_stands_as_loaded", span))])
    audited = (record.sha256, work.load_id, record.run_id, schema.table, record.uri, work.manifest.uri, restored, removed)
    execute(connection, statement(UNDO, "insert"), audited)
    connection.commit()
    return Undone(record.run_id, removed, restored, gone)


def _refuse_touched(connection: Connection, work: Load, span: Span | None) -> None:
    later = fetch(connection, _undo_sql(work, "later", span), (work.manifest.run_id,))
    if not later:
        return
    connection.rollback()
    named = "; ".join(f"{run_id} ({counted(int(rows), work.schema.row)}, e.g. {example})" for run_id, rows, example in later)
    raise NotUndoable(
        f"Later loads changed what {work.manifest.run_id} wrote into {work.schema.table}: {named}.",
        f"Undo the later ones first, the newest before the others: tickerhouse undo {later[-1][0]}",
        {"later": [str(run_id) for run_id, *_ in later]},
    )


def _undo_sql(work: Load, name: str, span: Span | None) -> str:
    return _rendered(work, name, span).sql


def _rendered(work: Load, name: str, span: Span | None) -> Rendered:
    return render_undo(work.schema, name, span, stage=STAGE, delta=DELTA)
