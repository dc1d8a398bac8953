"""Retention: removes bars older than the configured age, with everything derived from them.

Raw captures, observations and curated files are never touched, so what was removed can be loaded again. What is left is as if the older
bars had never been loaded: the marts stay a pure function of bars and events. Every table that lost rows says so in ``ops.load_audit``.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from redshift_connector import Connection

from tasks.schema import TableSchema
from tasks.warehouse.errors import LoadFailed
from tasks.warehouse.execution import execute, fetch, session
from tasks.warehouse.mart import MARTS
from tasks.warehouse.marts import refresh_after_removal
from tasks.warehouse.options import LoadOptions
from tasks.warehouse.retry import attempts
from tasks.warehouse.server_errors import DRIVER_ERRORS, read_server_error
from tasks.warehouse.statements import statement
from tasks.warehouse.table_lock import MARTS as MARTS_TURN
from tasks.warehouse.table_lock import lock_table
from tasks.warehouse.temporary_tables import SYMBOLS

RETENTION: Final = "retention"
"""The dataset of the audit's rows that record a removal."""


@dataclass(frozen=True)
class Removed:
    """What one removal did.

    Attributes:
        before: the first session that is kept.
        rows: how many rows each table lost; a table that lost none is absent.
    """

    before: date
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def bars(self) -> int:
        """How many bars are gone."""
        return self.rows.get("market.fact_daily_price", 0)


def first_kept(today: date, years: int, days: int = 0) -> date | None:
    """The first session that is kept.

    Args:
        today: the day of the removal.
        years: kept up to the same day, so many years before; of 29 February the 28th. 0 for no limit.
        days: kept; 0 for no limit. Where both are given, the later first session counts.

    Returns:
        The session; None where everything is kept.
    """
    limits = [today - timedelta(days=days)] if days else []
    if years:
        try:
            limits.append(today.replace(year=today.year - years))
        except ValueError:
            limits.append(today.replace(year=today.year - years, day=28))
    return max(limits, default=None)


def remove_before(
    open_connection: Callable[[], Connection],
    before: date,
    run_id: str,
    schemas: Iterable[TableSchema],
    options: LoadOptions,
) -> Removed:
    """Removes every bar before a session, with its former values and its rows of the marts, in one transaction.

    Args:
        open_connection: gives a fresh session; called once for each attempt.
        before: the first session that is kept.
        run_id: who removes.
        schemas: the loaded tables; those that are not retained by age are ignored.
        options: how often to try again.

    Returns:
        What went. Where nothing was that old, nothing was written, not even to the audit.

    Raises:
        LoadFailed: the warehouse refused, or failed on every attempt; everything is as it was.
        ConnectionRefused: there was no session.
    """
    load_id = uuid.uuid4().hex
    retained = sorted((schema for schema in schemas if schema.is_retained_by_age), key=lambda schema: schema.table)
    try:
        for attempt in attempts(options):
            with attempt, session(open_connection) as connection:
                return _remove(connection, before, run_id, load_id, retained, options.exchanges)
    except DRIVER_ERRORS as error:
        raise LoadFailed(
            f"Bars before {before} could not be removed: {read_server_error(error).line}", "Nothing was changed; run it again."
        ) from error
    raise AssertionError("tenacity either returns from an attempt or raises its failure")


def _remove(
    connection: Connection, before: date, run_id: str, load_id: str, retained: list[TableSchema], exchanges: Mapping[str, str]
) -> Removed:
    for table in (*(schema.folder for schema in retained), MARTS_TURN):
        lock_table(connection, table, load_id)
    done = fetch(connection, statement("load_audit", "find_removal"), (load_id,))
    if done:
        # This removal's own COMMIT had happened; only its answer was lost.
        connection.rollback()
        return Removed(before, {str(table): int(rows) for table, rows in done})
    execute(connection, statement("touched", "symbols", symbols=SYMBOLS))
    execute(connection, statement("retention", "symbols", symbols=SYMBOLS), (before,))
    lost = {
        table: execute(connection, statement("retention", "remove", table=table, date=day), (before,)) for table, day in _tables(retained)
    }
    rows = {table: count for table, count in lost.items() if count}
    if not rows:
        connection.rollback()
        return Removed(before)
    refresh_after_removal(connection, exchanges)
    for table, count in rows.items():
        identity = hashlib.sha256(f"{RETENTION} {table} {before} {load_id}".encode()).hexdigest()
        execute(connection, statement("load_audit", "insert_removal"), (identity, load_id, run_id, table, count, before))
    connection.commit()
    return Removed(before, rows)


def _tables(retained: Iterable[TableSchema]) -> Iterator[tuple[str, str]]:
    """Every table that loses rows, with the column of its dates."""
    for schema in retained:
        assert schema.date, f"{schema.table} has no date to be retained by"
        yield schema.table, schema.date
        if schema.keeps_revisions:
            yield schema.revision, schema.date
    for mart in MARTS:
        yield mart.table, mart.date
