"""The load's transaction, from BEGIN to COMMIT.

Its order is what makes it safe: the table's turn first, so that two loads cannot interleave; COPY into temporary tables only; the
former values kept before MERGE overwrites them; MERGE the only write to the table; the marts made of it (``marts.py``); the audit row
last. AWS on why COPY and MERGE must not meet in one table under snapshot isolation:
https://docs.aws.amazon.com/redshift/latest/dg/c_write_readwrite.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import redshift_connector
from redshift_connector import Connection

from tasks.kept_out import SymbolRefused, rows_of
from tasks.records import LoadResult, Manifest
from tasks.schema import TableSchema
from tasks.warehouse.checks import Check, checks_of_load, run_checks
from tasks.warehouse.errors import CopyFailed, DuplicateKeys, StageCountMismatch
from tasks.warehouse.execution import execute, fetch
from tasks.warehouse.marts import refresh_marts
from tasks.warehouse.replaced_series import ComparedSeries, compares_series, keep_replaced_out
from tasks.warehouse.retry import passes_by_itself
from tasks.warehouse.server_errors import DRIVER_ERRORS, ServerError, read_server_error
from tasks.warehouse.statements import statement
from tasks.warehouse.table_lock import MARTS, lock_table
from tasks.warehouse.templates import Span, load_statement
from tasks.warehouse.temporary_tables import DELTA, STAGE

_KEPT: Final = "The staged files are kept and the table is as it was."


@dataclass(frozen=True)
class Load:
    """One load, the same in all its attempts.

    Attributes:
        manifest: what is loaded.
        schema: where it goes.
        copy_role: the IAM role of COPY, or ``default``.
        load_id: distinguishes this load's audit row from another's of the same manifest.
        exchanges: of symbols of which somebody named one.
        is_trial: whether it is rolled back at its end.
        violating: by symbol, which check an earlier attempt violated with its rows; they are kept out.
        compared: what an attempt found of the series it would change; kept for one whose COMMIT was not answered.
    """

    manifest: Manifest
    schema: TableSchema
    copy_role: str
    load_id: str
    exchanges: Mapping[str, str] = field(default_factory=dict)
    is_trial: bool = False
    violating: Mapping[str, str] = field(default_factory=dict)
    compared: list[ComparedSeries] = field(default_factory=list)

    def sql(self, name: str, span: Span | None = None, **placeholders: str) -> str:
        """A statement of this load."""
        return load_statement(self.schema, name, span, **placeholders)


def run_transaction(connection: Connection, work: Load) -> LoadResult:
    """One attempt on a fresh connection.

    Args:
        connection: autocommit off, no transaction open.
        work: the load.

    Returns:
        What was committed, by this attempt or, where the audit row was found, before.

    Raises:
        LoadFailed: see :func:`tasks.warehouse.load.load`; rolled back.
        redshift_connector.Error: any other refusal, or a connection that broke; the server rolls back.
    """
    lock_table(connection, work.schema.folder, work.load_id)
    if work.schema.feeds_marts:
        # Bars and events both enter the marts; a refresh must see what the other load committed.
        lock_table(connection, MARTS, work.load_id)
    known = fetch(connection, statement("load_audit", "find"), (work.manifest.sha256,))
    if known:
        result = _settled(connection, work, known[0])
        connection.rollback()
        return result
    staged, extent = fill_stage(connection, work)
    span = extent if work.schema.date and staged else None
    compared = _keep_out(connection, work, span)
    touched, years = _fill_delta(connection, work, span, extent)
    new = sum(rows_new for _, rows_new, _ in touched)
    changed = sum(rows_changed for _, _, rows_changed in touched)
    # Rows that an equal key in the same file supersedes count here too, so that the three always add up to the stage.
    unchanged = staged - rows_of(compared.kept_out) - new - changed
    if changed and work.schema.keeps_revisions:
        execute(connection, work.sql("insert_revisions", span, delta=DELTA))
    of_marts: tuple[Check, ...] = ()
    if new or changed:
        execute(connection, work.sql("merge", span, delta=DELTA))
        _refuse_duplicates(connection, work, span)
        of_marts = refresh_marts(connection, work.schema, span, work.exchanges)
    warnings = run_checks(connection, (*of_marts, *checks_of_load(work.schema, span, STAGE, DELTA)))
    execute(connection, statement("load_audit", "insert"), _audit_values(work, staged, new, changed))
    if work.is_trial:
        connection.rollback()
    else:
        connection.commit()
    return LoadResult(
        staged=staged,
        new=new,
        changed=changed,
        unchanged=unchanged,
        touched={symbol: rows_new + rows_changed for symbol, rows_new, rows_changed in touched},
        warnings=warnings,
        kept_out=compared.kept_out,
        newest_held=compared.newest_held,
        restated={symbol: rows_changed for symbol, _, rows_changed in touched if rows_changed},
        years=years,
    )


def _keep_out(connection: Connection, work: Load, span: Span | None) -> ComparedSeries:
    """Takes out of the stage what violates a check, and what would replace a whole series."""
    work.compared.clear()
    refused = tuple(
        SymbolRefused(symbol, fact, execute(connection, work.sql("keep_out", stage=STAGE), (symbol,)))
        for symbol, fact in work.violating.items()
    )
    compared = ComparedSeries()
    if span and compares_series(work.schema, work.manifest):
        compared = keep_replaced_out(connection, lambda name: work.sql(name, span, stage=STAGE))
    compared = replace(compared, kept_out=(*refused, *compared.kept_out))
    work.compared.append(compared)
    return compared


def _settled(connection: Connection, work: Load, row: tuple[Any, ...]) -> LoadResult:
    load_id, run_id, staged, new, changed, unchanged = row
    if load_id != work.load_id:
        return LoadResult(staged=int(staged), new=0, changed=0, unchanged=int(staged), touched={})
    # This load's own COMMIT had happened; only its answer was lost.
    touched = fetch(connection, work.sql("touched_by_run"), (run_id,))
    compared = work.compared[0] if work.compared else ComparedSeries()
    return LoadResult(
        staged=int(staged),
        new=int(new),
        changed=int(changed),
        unchanged=int(unchanged) - rows_of(compared.kept_out),
        touched={str(symbol): int(rows) for symbol, rows in touched},
        kept_out=compared.kept_out,
        newest_held=compared.newest_held,
    )


def fill_stage(connection: Connection, work: Load) -> tuple[int, tuple[Any, Any]]:
    """Copies the manifest's file into the load's stage.

    Returns:
        How many rows are staged, and their first and last date.

    Raises:
        CopyFailed: COPY refused the file; rolled back.
        StageCountMismatch: file, manifest and stage count differently; rolled back.
    """
    execute(connection, work.sql("stage", stage=STAGE))
    copy = work.sql("copy", stage=STAGE, manifest=work.manifest.uri, role=work.copy_role)
    try:
        execute(connection, copy)
    except redshift_connector.ProgrammingError as error:
        if passes_by_itself(error):
            raise
        raise _copy_failure(connection, work, read_server_error(error)) from error
    ((staged, first, last),) = fetch(connection, work.sql("extent", stage=STAGE))
    if staged != work.manifest.rows:
        ((copied,),) = fetch(connection, statement("load_audit", "copied_rows"))
        connection.rollback()
        raise StageCountMismatch(
            f"The manifest of {work.manifest.run_id} promises {work.manifest.rows} rows, COPY reports {copied}, the stage has {staged}.",
            _KEPT,
            {"manifest": work.manifest.uri, "file": work.manifest.file_uri},
        )
    return int(staged), (first, last)


def _copy_failure(connection: Connection, work: Load, failure: ServerError) -> CopyFailed:
    # The reason stands in a system table that a failed transaction can no longer read.
    load_errors: list[tuple[Any, ...]] = []
    try:
        connection.rollback()
        if failure.query_identifier is None:
            (session,) = fetch(connection, statement("load_audit", "session"))
            load_errors = fetch(connection, statement("load_audit", "load_errors_of_session"), session)
        else:
            load_errors = fetch(connection, statement("load_audit", "load_errors"), (failure.query_identifier,))
        connection.rollback()
    except DRIVER_ERRORS as error:
        load_errors = [("sys_load_error_detail could not be read", read_server_error(error).line)]
    reasons = "; ".join(sorted({" ".join(str(row[-1]).split()) for row in load_errors}))
    return CopyFailed(
        f"COPY of {work.manifest.file_uri} failed: {failure.line}{f' ({reasons})' if reasons and reasons not in failure.line else ''}",
        _KEPT,
        {"manifest": work.manifest.uri, "file": work.manifest.file_uri, "load_errors": load_errors},
    )


def _fill_delta(
    connection: Connection, work: Load, span: Span | None, extent: tuple[Any, Any]
) -> tuple[list[tuple[str, int, int]], frozenset[int]]:
    execute(connection, work.sql("delta", delta=DELTA))
    fill = work.sql("fill_delta", span, delta=DELTA, stage=STAGE)
    # Quarantined rows alone are bounded by bound values: their sessions are any text.
    execute(connection, fill, (work.manifest.run_id, *extent)[: fill.count("%s")])
    counts = fetch(connection, work.sql("counts", delta=DELTA))
    years = {year for _, _, _, *dates in counts if dates and dates[0] for year in range(dates[0].year, dates[1].year + 1)}
    return [(str(symbol), int(rows_new), int(rows_changed)) for symbol, rows_new, rows_changed, *_ in counts], frozenset(years)


def _refuse_duplicates(connection: Connection, work: Load, span: Span | None) -> None:
    wrong = fetch(connection, work.sql("check", span, delta=DELTA))
    if wrong:
        connection.rollback()
        examples = ", ".join(f"{' '.join(str(part) for part in key)} ({times} times)" for *key, times in wrong[:3])
        raise DuplicateKeys(
            f"After MERGE keys of {work.schema.table} did not stand exactly once: {examples}.",
            f"{_KEPT} Remove the duplicates that were there before.",
            {"keys": wrong, "symbols": {str(key[0]) for *key, _ in wrong}},
        )


def _audit_values(work: Load, staged: int, new: int, changed: int) -> tuple[object, ...]:
    manifest = work.manifest
    return (
        manifest.sha256,
        work.load_id,
        manifest.run_id,
        work.schema.name,
        work.schema.table,
        manifest.uri,
        manifest.file_uri,
        manifest.file_sha256,
        manifest.file_bytes,
        staged,
        new,
        changed,
        # What was kept out has left the table as it was, too.
        staged - new - changed,
    )
