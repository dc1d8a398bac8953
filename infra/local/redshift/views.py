"""Views, and materialized views: tables that stay as they were until REFRESH."""

from collections.abc import Sequence

from sqlglot import exp

from infra.local.redshift import dependencies, privileges, tables
from infra.local.redshift.columns import ColumnDefinition, typed_column
from infra.local.redshift.definitions import forget_definitions, read_definitions, write_definitions
from infra.local.redshift.errors import StatementFailed, not_supported, syntax_error, syntax_error_near
from infra.local.redshift.locks import Mode
from infra.local.redshift.lookup import require_schema
from infra.local.redshift.names import CATALOG_SCHEMA, name_parts, names_of_drop
from infra.local.redshift.session import Outcome, Session, TableName, TransactionStatus
from infra.local.redshift.session_catalog import SessionCatalog
from infra.local.redshift.sql.queries import Queries, renamed
from infra.local.redshift.sql.scopes import Columns
from infra.local.redshift.sql.values import identifier
from infra.local.redshift.statement import Statement
from infra.local.redshift.system_views import system_views
from infra.local.redshift.tokens import keyword, keywords, name_at

# ruff: noqa: S608 - names are resolved and quoted, texts are our own or translated

_TABLES = "select 1 from duckdb_tables() where database_name = ? and schema_name = ? and table_name = ?"
_VIEWS = "select 1 from duckdb_views() where database_name = ? and schema_name = ? and view_name = ?"
_LATE = f"{CATALOG_SCHEMA}.late_view"
_TEXTS = f"{CATALOG_SCHEMA}.view_text"
_MEMORY = f"{CATALOG_SCHEMA}.materialized_view"
_MUTABLE = frozenset({"getdate", "sysdate", "now", "timeofday", "random"})


def create_view(session: Session, statement: Statement) -> Outcome:
    """Execute CREATE [OR REPLACE] VIEW, late binding or not."""
    tree = statement.tree
    for name, value in tree.args.items():
        if value and name not in {"this", "expression", "kind", "replace"}:
            raise syntax_error_near(name)
    node = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    view = session.created(name_parts(node))
    privileges.require_schema(session, view.schema, "create")
    session.lock(view, Mode.ALL)
    names = [column.name.lower() for column in tree.this.expressions] if isinstance(tree.this, exp.Schema) else []
    exists = session.find([view.schema, view.name]) is not None
    if exists and not tree.args.get("replace"):
        raise StatementFailed("42P07", f'Relation "{view.name}" already exists')
    if exists and session.execute(_TABLES, [session.database, view.schema, view.name]):
        raise StatementFailed("42809", f'"{view.name}" is not a view')
    if statement.late_binding:
        _refuse_bare_names(session, tree.expression)
        return _bind_late(session, statement, view, names)
    sql, columns = query_of_view(session, tree.expression, protects=False)
    columns = renamed(columns, names, view.name)
    tables.refuse_duplicates(columns)
    if exists and not session.execute(f"select 1 from {_LATE} where schema_name = ? and view_name = ?", [view.schema, view.name]):
        _refuse_other_columns(read_definitions(session, view), columns)
    listed = f" ({', '.join(identifier(name) for name, _ in columns)})"
    with session.atomic():
        _forget_late(session, view)
        session.execute(f"create or replace view {view.sql}{listed} as {sql}")
        write_definitions(session, view, [typed_column(name, kind) for name, kind in columns])
        session.execute(f"insert into {_TEXTS} values (?, ?, ?)", [view.schema, view.name, statement.sql])
        dependencies.remember(session, view, tree.expression)
        privileges.created(session, view.schema, view.name)
    return Outcome("CREATE VIEW")


def _refuse_other_columns(before: Sequence[ColumnDefinition], columns: Columns) -> None:
    """A view is replaced by one with the same columns, names and types alone (r_CREATE_VIEW); lengths are not compared here."""
    if len(before) != len(columns):
        raise StatementFailed("42P16", "cannot change number of columns in view")
    for known, (name, kind) in zip(before, columns, strict=True):
        if known.name != name:
            raise StatementFailed("42P16", f'cannot change name of view column "{known.name}"')
        if known.declared_type.partition("(")[0] != typed_column(name, kind).declared_type.partition("(")[0]:
            raise StatementFailed("42P16", f'cannot change data type of view column "{name}"')


def _refuse_bare_names(session: Session, query: exp.Expression) -> None:
    """Refuse a name without a schema, or with one that is none: a late-binding view looks the rest up when it is read (r_CREATE_VIEW)."""
    outside = {str(name) for (name,) in session.execute(f"select schema_name from {CATALOG_SCHEMA}.external_schema")}
    own = {cte.alias_or_name.lower() for cte in query.find_all(exp.CTE)}
    for table in query.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and not table.db and table.name.lower() not in own:
            raise StatementFailed("0A000", "All the relation names inside should be qualified when creating views with no schema binding.")
        if table.db and not table.catalog and table.db.lower() not in outside:
            require_schema(session.cursor, session.database, table.db.lower())


def _bind_late(session: Session, statement: Statement, view: TableName, names: list[str]) -> Outcome:
    """Keep a late-binding view's query; DuckDB gets a view of its name that nobody reads."""
    begins = next(index for index, token in enumerate(statement.tokens) if keyword(token) == "AS" and index + 1 < len(statement.tokens))
    query = statement.sql[statement.tokens[begins + 1].start : statement.tokens[-4].start]
    with session.atomic():
        _forget_late(session, view)
        session.execute(f'create or replace view {view.sql} as select null as "late binding"')
        session.execute(f"insert into {_LATE} values (?, ?, ?, ?)", [view.schema, view.name, query, names])
        session.execute(f"insert into {_TEXTS} values (?, ?, ?)", [view.schema, view.name, statement.sql])
        privileges.created(session, view.schema, view.name)
    return Outcome("CREATE VIEW")


def _forget_late(session: Session, view: TableName) -> None:
    session.execute(f"delete from {_LATE} where schema_name = ? and view_name = ?", [view.schema, view.name])
    session.execute(f"delete from {_TEXTS} where schema_name = ? and view_name = ?", [view.schema, view.name])


def query_of_view(session: Session, query: exp.Expression, *, protects: bool = True) -> tuple[str, Columns]:
    """Return the query a view stores; policies apply to who reads a view, and to who makes a materialized one."""
    return Queries(SessionCatalog(session, protects=protects)).query(query, None)


def create_materialized_view(session: Session, statement: Statement) -> Outcome:
    """Execute CREATE MATERIALIZED VIEW: what the query gives now is stored."""
    if keywords(statement.tokens)[1:2] == ["OR"]:
        raise syntax_error_near("materialized")
    if keywords(statement.tokens)[3:4] == ["IF"]:
        raise syntax_error_near("if")
    parts, _ = name_at(statement.tokens, keywords(statement.tokens).index("VIEW") + 1)
    view = session.created(parts)
    privileges.require_schema(session, view.schema, "create")
    session.lock(view, Mode.ALL)
    if session.find([view.schema, view.name]):
        raise StatementFailed("42P07", f'Relation "{view.name}" already exists')
    if clause := next((word for word in ("order", "limit", "offset") if statement.tree.args.get(word)), ""):
        raise not_supported(f"{clause.upper()} in a materialized view")  # materialized-view-create-sql-command, limitations
    for table in statement.tree.find_all(exp.Table):
        if not table.db and table.name.lower() in {*session.temporary_tables, *system_views()}:
            raise not_supported("a temporary or system table in a materialized view")
    _refuse_refresh(session, statement)
    query, columns = query_of_view(session, statement.tree)
    with session.atomic():
        session.execute(f"create table {view.sql} as {query}")
        write_definitions(session, view, [typed_column(name, kind) for name, kind in columns])
        session.execute(f"insert into {_MEMORY} values (?, ?, ?, ?)", [view.schema, view.name, statement.sql, query])
        dependencies.remember(session, view, statement.tree)
        privileges.created(session, view.schema, view.name)
    return Outcome("CREATE MATERIALIZED VIEW")


def _refuse_refresh(session: Session, statement: Statement) -> None:
    """AUTO REFRESH YES goes with no mutable function and not with a materialized view below (materialized-view-create-sql-command)."""
    words = keywords(statement.tokens)
    if not any(words[index : index + 3] == ["AUTO", "REFRESH", "YES"] for index in range(words.index("AS"))):
        return
    called = {str(node.name).lower() for node in statement.tree.find_all(exp.Anonymous, exp.Column)}
    if called & _MUTABLE or any(statement.tree.find_all(exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentUser)):
        raise not_supported("AUTO REFRESH of a materialized view with a mutable function")
    for table in statement.tree.find_all(exp.Table):
        found = session.find(name_parts(table)) if isinstance(table.this, exp.Identifier) else None
        if found is not None and _query(session, found) is not None:
            raise not_supported("AUTO REFRESH of a materialized view on another one")


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
    cascade = keywords(statement.tokens)[-1:] == ["CASCADE"]
    with session.atomic():
        for parts in names:
            view = session.find(parts)
            if view is None and if_exists:
                continue
            view = view or session.located(parts)
            session.lock(view, Mode.ALL)
            privileges.require_owner_or(session, view, "drop")
            if materialized != (
                _query(session, view) is not None
            ):  # each has its own DROP (r_DROP_VIEW, materialized-view-drop-sql-command)
                raise StatementFailed("42809", f'"{view.name}" is {"not a" if materialized else "a"} materialized view')
            dependencies.refuse_or_drop(session, view, cascade=cascade)
            forget_definitions(session, view)
            _forget_late(session, view)
            privileges.dropped(session, view.schema, view.name)
            if _query(session, view) is None:
                session.execute(f"drop view {view.sql}")
            else:
                session.execute(f"drop table {view.sql}")
                session.execute(f"delete from {_MEMORY} where table_schema = ? and table_name = ?", [view.schema, view.name])
    return Outcome("DROP MATERIALIZED VIEW" if materialized else "DROP VIEW")


def alter_materialized(session: Session, statement: Statement) -> Outcome:
    """Execute ALTER MATERIALIZED VIEW name {AUTO REFRESH {YES | NO} | OWNER TO user | …}."""
    view = session.located(name_at(statement.tokens, 3)[0])
    if _query(session, view) is None:
        raise StatementFailed("42809", f'"{view.name}" is not a materialized view')
    return Outcome("ALTER MATERIALIZED VIEW")


def rename_view(session: Session, view: TableName, name: str) -> bool:
    """Give a view another name, as ALTER TABLE … RENAME TO does (AWS, r_ALTER_TABLE); False where it is no view."""
    if view.is_temporary or not session.execute(_VIEWS, [session.database, view.schema, view.name]):
        return False
    renamed_ = TableName(view.schema, name)
    if session.find([view.schema, name]):
        raise StatementFailed("42P07", f'relation "{name}" already exists')
    session.lock(renamed_, Mode.ALL)
    with session.atomic():
        columns = read_definitions(session, view)
        session.execute(f"alter view {view.sql} rename to {identifier(name)}")
        forget_definitions(session, view)
        write_definitions(session, renamed_, columns)
        for memory in (_LATE, _TEXTS):
            session.execute(f"update {memory} set view_name = ? where schema_name = ? and view_name = ?", [name, view.schema, view.name])
        dependencies.renamed(session, view, name)
        privileges.renamed(session, view.schema, view.name, name)
    return True


def refuse_view(session: Session, table: TableName, what: str = "change") -> None:
    """Refuse to write to a view or materialized view, or to do another thing with it.

    Raises:
        StatementFailed: 42809.
    """
    if table.is_temporary:
        return
    if session.remembered.get(("stored", table), lambda: _query(session, table)) is not None:
        raise StatementFailed("42809", f'cannot {what} materialized view "{table.name}"')
    if session.remembered.get(("view", table), lambda: session.execute(_VIEWS, [session.database, table.schema, table.name])):
        raise StatementFailed("42809", f'cannot {what} view "{table.name}"')


def _query(session: Session, view: TableName) -> str | None:
    rows = session.execute(f"select stored_query from {_MEMORY} where table_schema = ? and table_name = ?", [view.schema, view.name])
    return str(rows[0][0]) if rows else None
