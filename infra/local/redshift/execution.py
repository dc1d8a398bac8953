"""Executing a statement: who does it, in which transaction, with which locks; and describing it before."""

import threading
import time
from collections.abc import Callable, Sequence

import duckdb
from sqlglot import exp

from infra.local.redshift import (
    alter,
    copy,
    cursors,
    declared,
    external_tables,
    grants,
    maintenance,
    merge,
    parameters,
    policies,
    queries,
    routines,
    schemas,
    settings,
    shows,
    tables,
    unload,
    users,
    views,
)
from infra.local.redshift.errors import ABORTED, ConnectionCut, StatementFailed, not_supported, syntax_error_near
from infra.local.redshift.locks import Mode
from infra.local.redshift.names import names_of_drop
from infra.local.redshift.rows import Rows
from infra.local.redshift.session import Outcome, Session, StatementEvent, TransactionStatus
from infra.local.redshift.statement import Kind, Statement
from infra.local.redshift.system_log import QueryHistory
from infra.local.redshift.tokens import keywords
from infra.local.redshift.translation import from_duckdb
from infra.local.redshift.types import VARCHAR, Column

_ENDS = frozenset({Kind.COMMIT, Kind.ROLLBACK})
_READ_ONLY = _ENDS | {
    *(Kind.EMPTY, Kind.BEGIN, Kind.SET, Kind.RESET, Kind.SHOW, Kind.QUERY, Kind.EXPLAIN, Kind.PREPARE, Kind.EXECUTE, Kind.DEALLOCATE),
    *(Kind.DECLARE, Kind.FETCH, Kind.CLOSE, Kind.UNLOAD, Kind.CANCEL, Kind.USE, Kind.CALL),
}
"""What a transaction may do that is READ ONLY."""
_KEEP_CATALOG = _ENDS | {
    *(Kind.EMPTY, Kind.BEGIN, Kind.SET, Kind.RESET, Kind.SHOW, Kind.LOCK, Kind.COPY, Kind.UNLOAD, Kind.ANALYZE, Kind.GRANT, Kind.REVOKE),
    *(Kind.COMMENT, Kind.QUERY, Kind.INSERT, Kind.UPDATE, Kind.DELETE, Kind.MERGE, Kind.PREPARE, Kind.DEALLOCATE, Kind.DECLARE),
    *(Kind.FETCH, Kind.CLOSE, Kind.EXPLAIN, Kind.CANCEL),
}
"""What changes no table's, view's or column's name or type."""


def describe(session: Session, statement: Statement, oids: Sequence[int]) -> list[Column] | None:
    """Return a statement's result columns, None where it has no result.

    Args:
        session: In whose view.
        statement: What is described, before its parameters are bound.
        oids: Types of the parameters as far as the client declared them.

    Raises:
        StatementFailed: as executing it would, for names and types that are not there.
    """
    _refuse_in_failed(session, statement)
    if statement.kind in _DESCRIBED:
        return _DESCRIBED[statement.kind](session, statement)
    if statement.kind is not Kind.QUERY:
        return None
    count = max(len(oids), parameters.highest(statement.tree))
    nulls = [parameters.typed_null(oids[position] if position < len(oids) else 0) for position in range(count)]
    try:
        return queries.described(session, statement.tree, nulls)
    except duckdb.Error as error:
        raise from_duckdb(error) from error
    finally:
        session.finish_statement(succeeded=True)


Deliver = Callable[[Outcome], None]
"""Takes a result's rows while its statement still runs: within its transaction, its locks and its timeout."""


def execute(session: Session, statement: Statement, values: Sequence[exp.Expression], deliver: Deliver | None = None) -> Outcome:
    """Execute a statement.

    Args:
        session: Whose it is.
        statement: What to do.
        values: The bound parameters as literals.
        deliver: Takes the rows one after the other; without it they are all read into the outcome.

    Raises:
        StatementFailed: Redshift's error; an open transaction is then failed until it ends.
        ConnectionCut: an observer wants the connection to end.
    """
    _refuse_in_failed(session, statement)
    session.previous_query_id, session.query_id = session.query_id or -1, next(session.services.query_ids)
    session.interrupted = ""
    session.cancelled.clear()
    if _makes_temporary_table(statement):
        session.remembered.begin_temporary()
    else:
        session.remembered.begin_statement(changes=statement.kind not in _KEEP_CATALOG or _makes_table(statement))
    timer = _timer(session)
    begun = time.monotonic()
    failure: StatementFailed | None = None
    try:
        _observe(session, statement, "before")
        outcome = _delivered(_EXECUTORS[statement.kind](session, statement, values), deliver)
        session.finish_statement(succeeded=True)
        _observe(session, statement, "after")
    except ConnectionCut:
        raise
    except Exception as error:
        failure = from_duckdb(error)
        # DuckDB ends the transaction where it is interrupted, and tells what the statement still does that it is aborted.
        if failure.sqlstate in {"57014", "25P02"} and session.interrupted:
            failure = StatementFailed("57014", session.interrupted)
        session.fail()
        session.finish_statement(succeeded=False)
        raise failure from error
    finally:
        if timer:
            timer.cancel()
        session.remembered.end_statement()
        _log(session, statement, time.monotonic() - begun, failure)
    return outcome


def _delivered(outcome: Outcome, deliver: Deliver | None) -> Outcome:
    if deliver is None or outcome.columns is None:
        return outcome.read()
    deliver(outcome)
    return Outcome(f"{outcome.tag} {outcome.rows.count}" if isinstance(outcome.rows, Rows) else outcome.tag, outcome.columns)


def _makes_table(statement: Statement) -> bool:
    return statement.kind is Kind.QUERY and bool(statement.tree.args.get("into"))


def _makes_temporary_table(statement: Statement) -> bool:
    if statement.kind is not Kind.CREATE_TABLE or not isinstance(statement.tree, exp.Create):
        return False
    properties = statement.tree.args.get("properties")
    return bool(properties and properties.find(exp.TemporaryProperty))


def _timer(session: Session) -> threading.Timer | None:
    """Start what ends a statement after statement_timeout (AWS, r_statement_timeout)."""
    seconds = session.statement_seconds
    if seconds is None:
        return None
    told = f"Query ({session.query_id}) canceled: statement timeout of {session.settings['statement_timeout']} ms exceeded"
    timer = threading.Timer(seconds, session.interrupt, [told])
    timer.daemon = True
    timer.start()
    return timer


def _refuse_in_failed(session: Session, statement: Statement) -> None:
    if session.status is TransactionStatus.FAILED and statement.kind not in _ENDS:
        raise StatementFailed("25P02", ABORTED)
    if session.read_only and session.status is TransactionStatus.OPEN and statement.kind not in _READ_ONLY:  # r_BEGIN
        raise StatementFailed("25006", "transaction is read-only")


def _observe(session: Session, statement: Statement, phase: str) -> None:
    if session.services.observer:
        session.services.observer(StatementEvent(session.number, session.database, statement.kind.value, statement.sql, phase))


def _log(session: Session, statement: Statement, seconds: float, failure: StatementFailed | None) -> None:
    now = time.time()
    session.services.log.add(
        QueryHistory(
            session.user,
            session.query_id,
            session.number,
            session.database,
            statement.kind.value.upper(),
            "failed" if failure else "success",
            int(seconds * 1e6),
            failure.message if failure else "",
            statement.sql[:4000],
            settings.utc(now - seconds),
        )
    )


def _merge(session: Session, statement: Statement, values: Sequence[exp.Expression]) -> Outcome:
    tree = parameters.substitute(statement.tree, values)
    tree.meta.update(statement.tree.meta)
    return merge.merge(session, tree)


def _begin(session: Session, statement: Statement, _values: Sequence[exp.Expression]) -> Outcome:
    told = " ".join(keywords(statement.tokens)[1:])
    if not settings.MODES.fullmatch(told):
        raise syntax_error_near(str(statement.tokens[-1].text))
    if session.status is TransactionStatus.IDLE:
        session.begin()
    session.implicit = False
    session.read_only = "READ ONLY" in told
    return Outcome("BEGIN")


def _end(session: Session, statement: Statement, _values: Sequence[exp.Expression]) -> Outcome:
    if keywords(statement.tokens)[1:] not in ([], ["WORK"], ["TRANSACTION"]):
        raise syntax_error_near(str(statement.tokens[1].text))
    if statement.kind is Kind.COMMIT and session.status is TransactionStatus.OPEN:
        session.commit()
        return Outcome("COMMIT")
    failed = session.status is TransactionStatus.FAILED
    if session.status is not TransactionStatus.IDLE:
        session.rollback()
    return Outcome("ROLLBACK" if failed or statement.kind is Kind.ROLLBACK else "COMMIT")


def _lock(session: Session, statement: Statement, _values: Sequence[exp.Expression]) -> Outcome:
    after = 1 if keywords(statement.tokens)[1:2] == ["TABLE"] else 0
    for parts in names_of_drop(statement.tokens, after=after)[0]:
        table = session.located(parts)
        session.lock(table, Mode.ALL)
        views.refuse_view(session, table, "lock")  # r_LOCK; asked behind the lock, since asking begins the snapshot
    return Outcome("LOCK TABLE")


def _drop(session: Session, statement: Statement, _values: Sequence[exp.Expression]) -> Outcome:
    what = keywords(statement.tokens)[1] if len(statement.tokens) > 1 else ""
    if what not in _DROPPERS:
        raise syntax_error_near(str(statement.tokens[1].text) if what else "")
    return _DROPPERS[what](session, statement)


def _alter(session: Session, statement: Statement, _values: Sequence[exp.Expression]) -> Outcome:
    what = keywords(statement.tokens)[1]
    if what not in _ALTERERS:
        raise not_supported(f"ALTER {what}")
    return _ALTERERS[what](session, statement)


def _run(session: Session, statement: Statement, values: Sequence[exp.Expression]) -> Outcome:
    """Execute a statement another one holds, as a part of it."""
    return _EXECUTORS[statement.kind](session, statement, values)


def _cancel(session: Session, statement: Statement) -> Outcome:
    number = str(statement.tokens[1].text) if len(statement.tokens) > 1 else ""
    if not number.isdigit():
        raise syntax_error_near(number)
    session.interrupt_other(number, end=False)
    return Outcome("CANCEL")


Executor = Callable[[Session, Statement, Sequence[exp.Expression]], Outcome]


def _plain(executor: Callable[[Session, Statement], Outcome]) -> Executor:
    return lambda session, statement, _values: executor(session, statement)


_DROPPERS: dict[str, Callable[[Session, Statement], Outcome]] = {
    "TABLE": tables.drop_tables,
    "VIEW": views.drop_views,
    "MATERIALIZED": views.drop_views,
    "SCHEMA": schemas.drop_schemas,
    "DATABASE": schemas.drop_database,
    "ROLE": users.drop_roles,
    "USER": users.drop_users,
    "GROUP": users.drop_groups,
    "FUNCTION": routines.drop_routine,
    "PROCEDURE": routines.drop_routine,
    **dict.fromkeys(("MODEL", "LIBRARY", "IDENTITY", "DATASHARE"), declared.drop_declared),
    **dict.fromkeys(("MASKING", "RLS"), policies.drop_policy),
}
_ALTERERS: dict[str, Callable[[Session, Statement], Outcome]] = {
    "SCHEMA": schemas.alter_schema,
    "DATABASE": schemas.alter_database,
    "USER": users.alter_user,
    "GROUP": users.alter_group,
    "ROLE": users.alter_role,
    "MATERIALIZED": views.alter_materialized,
    "PROCEDURE": routines.alter_procedure,
    "DATASHARE": declared.alter_datashare,
    "IDENTITY": declared.alter_identity_provider,
    **dict.fromkeys(("MASKING", "RLS"), policies.alter_policy),
}
_EXECUTORS: dict[Kind, Executor] = {
    Kind.EMPTY: lambda _session, _statement, _values: Outcome(""),
    Kind.BEGIN: _begin,
    Kind.COMMIT: _end,
    Kind.ROLLBACK: _end,
    Kind.SET: _plain(settings.set_value),
    Kind.RESET: _plain(settings.reset_value),
    Kind.SHOW: _plain(shows.show),
    Kind.LOCK: _lock,
    Kind.TRUNCATE: _plain(tables.truncate),
    Kind.COPY: _plain(copy.copy),
    Kind.UNLOAD: _plain(unload.unload),
    Kind.ANALYZE: _plain(maintenance.analyze),
    Kind.VACUUM: _plain(maintenance.vacuum),
    Kind.GRANT: _plain(grants.grant_or_revoke),
    Kind.REVOKE: _plain(grants.grant_or_revoke),
    Kind.REFRESH: _plain(views.refresh),
    Kind.COMMENT: _plain(schemas.comment),
    Kind.DROP: _drop,
    Kind.QUERY: queries.select,
    Kind.INSERT: queries.change,
    Kind.UPDATE: queries.change,
    Kind.DELETE: queries.change,
    Kind.MERGE: _merge,
    Kind.ALTER_TABLE: _plain(alter.alter_table),
    Kind.ALTER_OTHER: _alter,
    Kind.ALTER_DEFAULT: _plain(grants.alter_default),
    Kind.CREATE_TABLE: _plain(tables.create_table),
    Kind.CREATE_VIEW: _plain(views.create_view),
    Kind.CREATE_MATERIALIZED_VIEW: _plain(views.create_materialized_view),
    Kind.CREATE_SCHEMA: _plain(schemas.create_schema),
    Kind.CREATE_DATABASE: _plain(schemas.create_database),
    Kind.CREATE_ROLE: _plain(users.create_role),
    Kind.CREATE_USER: _plain(users.create_user),
    Kind.CREATE_GROUP: _plain(users.create_group),
    Kind.CREATE_ROUTINE: _plain(routines.create_routine),
    Kind.CREATE_EXTERNAL_SCHEMA: _plain(schemas.create_external_schema),
    Kind.CREATE_DECLARED: _plain(declared.create_declared),
    Kind.PREPARE: _plain(cursors.prepare),
    Kind.EXECUTE: _plain(lambda session, statement: cursors.execute_prepared(session, statement, _run)),
    Kind.DEALLOCATE: _plain(cursors.deallocate),
    Kind.DECLARE: _plain(cursors.declare),
    Kind.FETCH: _plain(cursors.fetch),
    Kind.CLOSE: _plain(cursors.close),
    Kind.EXPLAIN: _plain(cursors.explain),
    Kind.CALL: _plain(lambda session, statement: routines.call(session, statement, _run)),
    Kind.CANCEL: _plain(_cancel),
    Kind.USE: _plain(schemas.use),
    Kind.DESC: _plain(declared.describe),
    Kind.CREATE_EXTERNAL_TABLE: _plain(external_tables.create_external_table),
    Kind.CREATE_POLICY: _plain(policies.create_policy),
    Kind.ATTACH: _plain(policies.attach),
    Kind.DETACH: _plain(policies.detach),
}
_DESCRIBED: dict[Kind, Callable[[Session, Statement], list[Column] | None]] = {
    Kind.SHOW: shows.columns_of_show,
    Kind.EXPLAIN: lambda _session, _statement: [Column("QUERY PLAN", VARCHAR)],
    Kind.ANALYZE: maintenance.columns_of_analyze,
    Kind.FETCH: lambda session, statement: cursors.cursor_of(session, statement).columns,
    Kind.EXECUTE: cursors.columns_of_prepared,
    Kind.CALL: routines.columns_of_call,
    Kind.DESC: lambda session, statement: declared.describe(session, statement).columns,
}
