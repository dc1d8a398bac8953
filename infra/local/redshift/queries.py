"""Queries and changes of one session: translated with what its database knows, executed, counted."""

from collections.abc import Sequence

from sqlglot import exp

from infra.local.redshift import parameters, privileges, protection, tables, views
from infra.local.redshift.definitions import read_definitions
from infra.local.redshift.errors import StatementFailed, syntax_error
from infra.local.redshift.locks import Mode
from infra.local.redshift.names import CATALOG_SCHEMA, name_parts
from infra.local.redshift.session import Outcome, Session, TableName
from infra.local.redshift.session_catalog import SessionCatalog, columns_of
from infra.local.redshift.sql.changes import Changes, Target
from infra.local.redshift.sql.queries import Queries
from infra.local.redshift.sql.scopes import Columns
from infra.local.redshift.statement import Kind, Statement
from infra.local.redshift.types import Column, column_for

_PRIVILEGES = {Kind.INSERT: "insert", Kind.UPDATE: "update", Kind.DELETE: "delete"}


def translated(session: Session, tree: exp.Expression) -> tuple[str, Columns]:
    """Return a query's text for DuckDB and its columns; what it reads is locked."""
    return Queries(SessionCatalog(session)).query(tree, None)


def described(session: Session, tree: exp.Expression, values: Sequence[exp.Expression]) -> list[Column] | None:
    """Return a query's result columns, none where it is SELECT … INTO."""
    if tree.args.get("into"):
        return None
    _, columns = translated(session, parameters.substitute(tree, values))
    return [column_for(name, kind) for name, kind in columns]


def select(session: Session, statement: Statement, values: Sequence[exp.Expression]) -> Outcome:
    """Execute a query, whose rows are read while they are sent; SELECT … INTO makes a table of it."""
    if into := statement.tree.args.get("into"):
        return tables.select_into(session, statement.tree, into, values)
    sql, known = translated(session, parameters.substitute(statement.tree, values))
    columns, rows = session.result(sql, known)
    return Outcome("SELECT", columns, rows)


def change(session: Session, statement: Statement, values: Sequence[exp.Expression]) -> Outcome:
    """Execute INSERT, UPDATE or DELETE."""
    tree = parameters.substitute(statement.tree, values)
    node = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    if not isinstance(node, exp.Table):
        raise syntax_error(f"in {statement.kind.value.upper()}")
    if node.db == CATALOG_SCHEMA:
        raise StatementFailed("42501", f"permission denied for relation {node.name}")
    table = session.located(name_parts(node))
    if statement.kind is Kind.UPDATE:
        _require_update(session, table, tree)
    else:
        privileges.require_table(session, table, _PRIVILEGES[statement.kind])
    session.lock(table, Mode.APPEND if statement.kind is Kind.INSERT else Mode.WRITE)
    views.refuse_view(session, table)
    if statement.kind is not Kind.INSERT:
        protection.refuse_change(session, table)
    target = target_of(session, table)
    changes = Changes(SessionCatalog(session))
    if statement.kind is Kind.INSERT:
        sql = changes.insert(tree, target)
    else:
        sql = changes.update(tree, target) if statement.kind is Kind.UPDATE else changes.delete(tree, target)
    count = session.execute(sql)[0][0]
    return Outcome(f"INSERT 0 {count}" if statement.kind is Kind.INSERT else f"{statement.kind.value.upper()} {count}")


def _require_update(session: Session, table: TableName, tree: exp.Expression) -> None:
    """Refuse an UPDATE of columns that the user may not change; the right to some columns is enough for those."""
    columns = privileges.granted_columns(session, table, "update")
    changed = {setting.this.name.lower() for setting in tree.expressions if isinstance(setting, exp.EQ)}
    if columns is not None and not changed <= columns:
        raise StatementFailed("42501", f"permission denied for relation {table.name}")


def target_of(session: Session, table: TableName) -> Target:
    """Return a table as what changes it is told it."""
    computed = frozenset(column.name for column in read_definitions(session, table) if column.identity and not column.identity_by_default)
    return Target(table.name, table.sql, columns_of(session, table), computed)
