"""What a view depends on: a table or column under one is dropped with CASCADE alone (AWS, r_DROP_TABLE, r_ALTER_TABLE)."""

from sqlglot import exp

from infra.local.redshift.definitions import forget_definitions
from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.names import CATALOG_SCHEMA, name_parts
from infra.local.redshift.session import Session, TableName

# ruff: noqa: S608 - names are resolved and quoted, texts are our own

_MEMORY = f"{CATALOG_SCHEMA}.dependency"


def remember(session: Session, view: TableName, query: exp.Expression) -> None:
    """Remember the tables, and the columns by name, that a view's query reads."""
    forget(session, view)
    columns = sorted({column.name.lower() for column in query.find_all(exp.Column)})
    if any(query.find_all(exp.Star)):
        columns.append("*")
    named = {cte.alias.lower() for cte in query.find_all(exp.CTE)}
    for node in query.find_all(exp.Table):
        parts = name_parts(node)
        if len(parts) == 1 and parts[0] in named:
            continue
        if (found := session.find(parts)) and not found.is_temporary:
            session.execute(f"insert into {_MEMORY} values (?, ?, ?, ?, ?)", [view.schema, view.name, found.schema, found.name, columns])


def forget(session: Session, view: TableName) -> None:
    """Forget what a view depends on."""
    session.execute(f"delete from {_MEMORY} where schema_name = ? and object_name = ?", [view.schema, view.name])


def dependents(session: Session, table: TableName, column: str | None = None) -> list[TableName]:
    """Return the views that read a table, or a column of it."""
    rows = session.execute(
        f"select distinct schema_name, object_name, on_columns from {_MEMORY} where on_schema = ? and on_name = ?",
        [table.schema, table.name],
    )
    return [TableName(schema, name) for schema, name, columns in rows if column is None or {column, "*"} & set(columns)]


def refuse_or_drop(session: Session, table: TableName, *, cascade: bool, column: str | None = None) -> None:
    """Drop what depends on a table or column, or refuse to.

    Raises:
        StatementFailed: 2BP01 without CASCADE.
    """
    found = dependents(session, table, column)
    if found and not cascade:
        what = f"table {table.name}" + (f" column {column}" if column else "")
        raise StatementFailed(
            "2BP01",
            f"cannot drop {what} because other objects depend on it",
            f"view {found[0].name} depends on {what}; use DROP ... CASCADE to drop the dependent objects too.",
        )
    for view in found:
        refuse_or_drop(session, view, cascade=True)
        drop_view(session, view)
    if column is None:
        forget(session, table)


def drop_view(session: Session, view: TableName) -> None:
    """Drop a view or materialized view with everything remembered of it."""
    stored = session.execute(
        f"select 1 from {CATALOG_SCHEMA}.materialized_view where table_schema = ? and table_name = ?", [view.schema, view.name]
    )
    session.execute(f"drop {'table' if stored else 'view'} if exists {view.sql}")
    session.execute(f"delete from {CATALOG_SCHEMA}.materialized_view where table_schema = ? and table_name = ?", [view.schema, view.name])
    forget_definitions(session, view)
    forget(session, view)


def renamed(session: Session, view: TableName, name: str) -> None:
    """Keep what a view reads, and who reads it, when it gets another name."""
    session.execute(f"update {_MEMORY} set object_name = ? where schema_name = ? and object_name = ?", [name, view.schema, view.name])
    session.execute(f"update {_MEMORY} set on_name = ? where on_schema = ? and on_name = ?", [name, view.schema, view.name])
