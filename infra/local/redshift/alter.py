"""ALTER TABLE: every change of columns makes the table anew, because DuckDB cannot add the check that counts bytes."""

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from infra.local.redshift.columns import ColumnDefinition, read_column, retyped
from infra.local.redshift.definitions import forget_definitions, read_definitions, write_definitions
from infra.local.redshift.errors import StatementFailed, not_supported
from infra.local.redshift.locks import Mode
from infra.local.redshift.names import name_parts
from infra.local.redshift.session import Outcome, Session, TableName
from infra.local.redshift.statement import Statement
from infra.local.redshift.tables import default_of, make_table

# ruff: noqa: S608 - names are resolved and quoted, texts are our own or translated

_LAYOUT_ONLY = (exp.AlterDistStyle, exp.AlterSortKey)


def alter_table(session: Session, statement: Statement) -> Outcome:
    """Execute ALTER TABLE with one action, as Redshift allows one at a time."""
    tree = statement.tree
    actions = tree.args["actions"]
    if len(actions) != 1:
        raise not_supported("more than one action in ALTER TABLE")
    table = session.located(name_parts(tree.this))
    session.lock(table, Mode.ALL)
    with session.atomic():
        _act(session, table, actions[0])
    return Outcome("ALTER TABLE")


def _act(session: Session, table: TableName, action: exp.Expression) -> None:
    columns = read_definitions(session, table)
    if isinstance(action, _LAYOUT_ONLY):
        return
    if isinstance(action, exp.AddConstraint):
        _add_key(session, table, columns, action)
    elif isinstance(action, exp.AlterRename):
        _rename(session, table, columns, action.this.name.lower())
    elif isinstance(action, exp.ColumnDef):
        _add(session, table, columns, read_column(action, default_of(session)))
    elif isinstance(action, exp.Drop) and action.args.get("kind") == "COLUMN":
        name = _existing(columns, action.args["tables"][0].name)
        _rebuild(session, table, [(column, column.name) for column in columns if column.name != name])
    elif isinstance(action, exp.RenameColumn):
        name = _existing(columns, action.this.name)
        new = action.args["to"].name.lower()
        _rebuild(session, table, [(replace(column, name=new) if column.name == name else column, column.name) for column in columns])
    elif isinstance(action, exp.AlterColumn) and action.args.get("dtype"):
        name = _existing(columns, action.name)
        kind = action.args["dtype"]
        _rebuild(session, table, [(retyped(column, kind) if column.name == name else column, column.name) for column in columns])
    else:
        raise not_supported(f"ALTER TABLE ... {action.sql('redshift')}")


def _add(session: Session, table: TableName, columns: Sequence[ColumnDefinition], added: ColumnDefinition) -> None:
    if any(column.name == added.name for column in columns):
        raise StatementFailed("42701", f'column "{added.name}" of relation "{table.name}" already exists')
    if not added.nullable and added.default_sql is None:
        raise StatementFailed("0A000", "ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression")
    if added.identity:
        raise not_supported("ALTER TABLE ADD COLUMN with IDENTITY")
    _rebuild(session, table, [*((column, column.name) for column in columns), (added, None)])


def _add_key(session: Session, table: TableName, columns: Sequence[ColumnDefinition], action: exp.Expression) -> None:
    keys = {part.name.lower() for key in action.find_all(exp.PrimaryKey) for part in key.expressions}
    for key in keys:
        _existing(columns, key)
    write_definitions(session, table, [replace(column, primary_key=column.primary_key or column.name in keys) for column in columns])


def _rename(session: Session, table: TableName, columns: Sequence[ColumnDefinition], name: str) -> None:
    renamed = TableName(table.schema, name)
    session.lock(renamed, Mode.ALL)
    session.execute(f'alter table {table.sql} rename to "{name}"')
    forget_definitions(session, table)
    write_definitions(session, renamed, columns)
    if table.is_temporary:
        session.temporary_tables.symmetric_difference_update({table.name, name})


def _rebuild(session: Session, table: TableName, columns: Sequence[tuple[ColumnDefinition, str | None]]) -> None:
    """Make the table anew from (column, name in the old table or None where it is new)."""
    place = ["temp", "main", table.name] if table.is_temporary else [session.database, table.schema, table.name]
    named = "where database_name = ? and schema_name = ? and table_name = ? and comment is not null"
    comments = session.execute(f"select column_name, comment from duckdb_columns() {named}", place)
    about = session.execute(f"select comment from duckdb_tables() {named}", place)
    rebuilt = TableName(table.schema, f"{table.name}__rebuilt")
    make_table(session, rebuilt, [column for column, _ in columns])
    kept = [(column.name, old) for column, old in columns if old is not None]
    into, out_of = ", ".join(f'"{new}"' for new, _ in kept), ", ".join(f'"{old}"' for _, old in kept)
    session.execute(f"insert into {rebuilt.sql} ({into}) select {out_of} from {table.sql}")
    session.execute(f"drop table {table.sql}")
    definitions = read_definitions(session, rebuilt)
    session.execute(f'alter table {rebuilt.sql} rename to "{table.name}"')
    forget_definitions(session, rebuilt)
    write_definitions(session, table, definitions)
    session.temporary_tables.discard(rebuilt.name)
    for (comment,) in about:
        session.execute(f"comment on table {table.sql} is {_text(comment)}")
    renamed = {old: new for new, old in kept}
    for old, comment in comments:
        if old in renamed:
            session.execute(f'comment on column {table.sql}."{renamed[old]}" is {_text(comment)}')


def _existing(columns: Sequence[ColumnDefinition], name: str) -> str:
    if not any(column.name == name.lower() for column in columns):
        raise StatementFailed("42703", f'column "{name.lower()}" does not exist')
    return name.lower()


def _text(comment: str) -> str:
    return "'" + comment.replace("'", "''") + "'"
