"""Views, and materialized views: tables that stay as they were until REFRESH."""

from sqlglot import exp

from infra.local.redshift.dialect import CATALOG_SCHEMA, to_duckdb
from infra.local.redshift.errors import StatementFailed, syntax_error
from infra.local.redshift.locks import Mode
from infra.local.redshift.names import name_parts, names_of_drop
from infra.local.redshift.session import Outcome, Session, TableName, TransactionStatus
from infra.local.redshift.statement import Statement
from infra.local.redshift.tables import lock_read_tables
from infra.local.redshift.tokens import keywords, name_at

# ruff: noqa: S608 - names are resolved and quoted, texts are our own or translated

_MEMORY = f"{CATALOG_SCHEMA}.materialized_view"


def create_view(session: Session, statement: Statement) -> Outcome:
    """Execute CREATE [OR REPLACE] VIEW, late binding or not."""
    tree = statement.tree
    node = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    view = session.created(name_parts(node))
    session.lock(view, Mode.ALL)
    lock_read_tables(session, tree.expression)
    node.replace(exp.Table(this=exp.to_identifier(view.name, quoted=True), db=exp.to_identifier(view.schema, quoted=True)))
    session.execute(to_duckdb(tree))
    return Outcome("CREATE VIEW")


def create_materialized_view(session: Session, statement: Statement) -> Outcome:
    """Execute CREATE MATERIALIZED VIEW: what the query gives now is stored."""
    parts, _ = name_at(statement.tokens, keywords(statement.tokens).index("VIEW") + 1)
    view = session.created(parts)
    session.lock(view, Mode.ALL)
    lock_read_tables(session, statement.tree)
    query = to_duckdb(statement.tree)
    with session.atomic():
        session.execute(f"create table {view.sql} as {query}")
        session.execute(f"insert into {_MEMORY} values (?, ?, ?, ?)", [view.schema, view.name, statement.sql, query])
    return Outcome("CREATE MATERIALIZED VIEW")


def refresh(session: Session, statement: Statement) -> Outcome:
    """Execute REFRESH MATERIALIZED VIEW, a transaction of its own (AWS, materialized-view-refresh)."""
    if keywords(statement.tokens)[:3] != ["REFRESH", "MATERIALIZED", "VIEW"]:
        raise syntax_error("REFRESH MATERIALIZED VIEW expected")
    if session.status is TransactionStatus.OPEN:
        raise StatementFailed("25001", "REFRESH MATERIALIZED VIEW cannot run inside a transaction block")
    view = session.located(name_at(statement.tokens, 3)[0])
    query = _query(session, view)
    if query is None:
        raise StatementFailed("42809", f'"{view.name}" is not a materialized view')
    session.lock(view, Mode.ALL)
    with session.atomic():
        session.execute(f"delete from {view.sql}")
        session.execute(f"insert into {view.sql} {query}")
    session.notices.append(f'Materialized view "{view.name}" was recomputed successfully.')
    return Outcome("REFRESH")


def drop_views(session: Session, statement: Statement) -> Outcome:
    """Execute DROP VIEW and DROP MATERIALIZED VIEW."""
    materialized = keywords(statement.tokens)[1] == "MATERIALIZED"
    names, if_exists = names_of_drop(statement.tokens, after=2 if materialized else 1)
    with session.atomic():
        for parts in names:
            view = session.find(parts)
            if view is None and if_exists:
                continue
            view = view or session.located(parts)
            session.lock(view, Mode.ALL)
            if _query(session, view) is None:
                session.execute(f"drop view {view.sql}")
            else:
                session.execute(f"drop table {view.sql}")
                session.execute(f"delete from {_MEMORY} where table_schema = ? and table_name = ?", [view.schema, view.name])
    return Outcome("DROP MATERIALIZED VIEW" if materialized else "DROP VIEW")


def refuse_materialized(session: Session, table: TableName) -> None:
    """Refuse to write to a materialized view.

    Raises:
        StatementFailed: 42809.
    """
    if not table.is_temporary and _query(session, table) is not None:
        raise StatementFailed("42809", f'cannot change materialized view "{table.name}"')


def _query(session: Session, view: TableName) -> str | None:
    rows = session.execute(f"select stored_query from {_MEMORY} where table_schema = ? and table_name = ?", [view.schema, view.name])
    return str(rows[0][0]) if rows else None
