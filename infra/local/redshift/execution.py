"""Executing a statement: who does it, in which transaction, with which locks; and describing it before."""

import time
from collections.abc import Callable, Sequence

import duckdb
from sqlglot import exp

from infra.local.redshift import alter, copy, merge, parameters, queries, schemas, settings, tables, unload, views
from infra.local.redshift.errors import ABORTED, ConnectionCut, StatementFailed, from_duckdb, syntax_error
from infra.local.redshift.locks import Mode
from infra.local.redshift.names import names_of_drop
from infra.local.redshift.session import Outcome, Session, StatementEvent, TransactionStatus
from infra.local.redshift.statement import Kind, Statement
from infra.local.redshift.system_log import QueryHistory
from infra.local.redshift.tokens import keywords, name_at
from infra.local.redshift.types import VARCHAR, Column

_ENDS = frozenset({Kind.COMMIT, Kind.ROLLBACK})


def describe(session: Session, statement: Statement, oids: Sequence[int]) -> list[Column] | None:
    """Return a statement's result columns, None where it has no result.

    Args:
        session: In whose view.
        statement: What is described, before its parameters are bound.
        oids: Types of the parameters as far as the client declared them.

    Raises:
        StatementFailed: as executing it would, for names and types that are not there.
    """
    if statement.kind is Kind.SHOW:
        return [Column(settings.shown_name(statement), VARCHAR)]
    if statement.kind is not Kind.QUERY:
        return None
    _refuse_in_failed(session, statement)
    count = max(len(oids), parameters.highest(statement.tree))
    nulls = [parameters.typed_null(oids[position] if position < len(oids) else 0) for position in range(count)]
    try:
        return queries.described(session, statement.tree, nulls)
    except duckdb.Error as error:
        raise from_duckdb(error) from error
    finally:
        session.finish_statement(succeeded=True)


def execute(session: Session, statement: Statement, values: Sequence[exp.Expression]) -> Outcome:
    """Execute a statement.

    Args:
        session: Whose it is.
        statement: What to do.
        values: The bound parameters as literals.

    Raises:
        StatementFailed: Redshift's error; an open transaction is then failed until it ends.
        ConnectionCut: an observer wants the connection to end.
    """
    _refuse_in_failed(session, statement)
    session.query_id = next(session.services.query_ids)
    begun = time.monotonic()
    failure: StatementFailed | None = None
    try:
        _observe(session, statement, "before")
        outcome = _EXECUTORS[statement.kind](session, statement, values)
        session.finish_statement(succeeded=True)
        _observe(session, statement, "after")
    except ConnectionCut:
        raise
    except Exception as error:
        failure = from_duckdb(error)
        session.fail()
        session.finish_statement(succeeded=False)
        raise failure from error
    finally:
        _log(session, statement, time.monotonic() - begun, failure)
    return outcome


def _refuse_in_failed(session: Session, statement: Statement) -> None:
    if session.status is TransactionStatus.FAILED and statement.kind not in _ENDS:
        raise StatementFailed("25P02", ABORTED)


def _observe(session: Session, statement: Statement, phase: str) -> None:
    if session.services.observer:
        session.services.observer(StatementEvent(session.number, session.database, statement.kind.value, statement.sql, phase))


def _log(session: Session, statement: Statement, seconds: float, failure: StatementFailed | None) -> None:
    now = time.time()
    session.services.log.add(
        QueryHistory(
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


def _begin(session: Session, _statement: Statement, _values: Sequence[exp.Expression]) -> Outcome:
    if session.status is TransactionStatus.IDLE:
        session.begin()
    return Outcome("BEGIN")


def _end(session: Session, statement: Statement, _values: Sequence[exp.Expression]) -> Outcome:
    if statement.kind is Kind.COMMIT and session.status is TransactionStatus.OPEN:
        session.commit()
        return Outcome("COMMIT")
    failed = session.status is TransactionStatus.FAILED
    if session.status is not TransactionStatus.IDLE:
        session.rollback()
    return Outcome("ROLLBACK" if failed or statement.kind is Kind.ROLLBACK else "COMMIT")


def _lock(session: Session, statement: Statement, _values: Sequence[exp.Expression]) -> Outcome:
    if session.status is not TransactionStatus.OPEN:
        raise StatementFailed("25P01", "LOCK TABLE can only be used in transaction blocks")
    after = 1 if keywords(statement.tokens)[1:2] == ["TABLE"] else 0
    for parts in names_of_drop(statement.tokens, after=after)[0]:
        session.lock(session.located(parts), Mode.ALL)
    return Outcome("LOCK TABLE")


def _maintain(session: Session, statement: Statement, _values: Sequence[exp.Expression]) -> Outcome:
    if statement.kind is Kind.VACUUM and session.status is TransactionStatus.OPEN:
        raise StatementFailed("25001", "VACUUM cannot run inside a transaction block")
    words = keywords(statement.tokens)
    index = next(
        (i for i, word in enumerate(words) if i and word not in {"FULL", "SORT", "DELETE", "ONLY", "REINDEX", "RECLUSTER", "COMPRESSION"}),
        None,
    )
    if index is not None and words[index] not in {"TO", "BOOST", "VERBOSE", "PREDICATE"}:
        session.located(name_at(statement.tokens, index)[0])
    return Outcome(statement.kind.value.upper())


def _drop(session: Session, statement: Statement, _values: Sequence[exp.Expression]) -> Outcome:
    what = keywords(statement.tokens)[1] if len(statement.tokens) > 1 else ""
    if what not in _DROPPERS:
        raise syntax_error(f'at or near "{what}"')
    return _DROPPERS[what](session, statement)


def _accepted(_session: Session, statement: Statement, _values: Sequence[exp.Expression]) -> Outcome:
    return Outcome(" ".join(keywords(statement.tokens)[:2]))


Executor = Callable[[Session, Statement, Sequence[exp.Expression]], Outcome]


def _plain(executor: Callable[[Session, Statement], Outcome]) -> Executor:
    return lambda session, statement, _values: executor(session, statement)


_DROPPERS: dict[str, Callable[[Session, Statement], Outcome]] = {
    "TABLE": tables.drop_tables,
    "VIEW": views.drop_views,
    "MATERIALIZED": views.drop_views,
    "SCHEMA": schemas.drop_schemas,
    "DATABASE": schemas.drop_database,
    "ROLE": schemas.drop_roles,
}
_EXECUTORS: dict[Kind, Executor] = {
    Kind.EMPTY: lambda _session, _statement, _values: Outcome(""),
    Kind.BEGIN: _begin,
    Kind.COMMIT: _end,
    Kind.ROLLBACK: _end,
    Kind.SET: _plain(settings.set_value),
    Kind.RESET: _plain(settings.reset_value),
    Kind.SHOW: _plain(settings.show_value),
    Kind.LOCK: _lock,
    Kind.TRUNCATE: _plain(tables.truncate),
    Kind.COPY: _plain(copy.copy),
    Kind.UNLOAD: _plain(unload.unload),
    Kind.ANALYZE: _maintain,
    Kind.VACUUM: _maintain,
    Kind.GRANT: _plain(schemas.grant_or_revoke),
    Kind.REVOKE: _plain(schemas.grant_or_revoke),
    Kind.REFRESH: _plain(views.refresh),
    Kind.COMMENT: _plain(schemas.comment),
    Kind.DROP: _drop,
    Kind.QUERY: queries.select,
    Kind.INSERT: queries.change,
    Kind.UPDATE: queries.change,
    Kind.DELETE: queries.change,
    Kind.MERGE: _merge,
    Kind.ALTER_TABLE: _plain(alter.alter_table),
    Kind.ALTER_OTHER: _accepted,
    Kind.CREATE_TABLE: _plain(tables.create_table),
    Kind.CREATE_VIEW: _plain(views.create_view),
    Kind.CREATE_MATERIALIZED_VIEW: _plain(views.create_materialized_view),
    Kind.CREATE_SCHEMA: _plain(schemas.create_schema),
    Kind.CREATE_DATABASE: _plain(schemas.create_database),
    Kind.CREATE_ROLE: _plain(schemas.create_role),
    Kind.CREATE_USER: _accepted,
    Kind.CREATE_GROUP: _accepted,
}
