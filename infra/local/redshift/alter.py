"""ALTER TABLE: every change of columns makes the table anew, because DuckDB cannot add the check that counts bytes."""

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from infra.local.redshift import alter_limits, constraints, dependencies, external_tables, layouts, policies, privileges, protection, views
from infra.local.redshift.columns import ColumnDefinition, read_column, require_encodings, retyped
from infra.local.redshift.definitions import forget_definitions, read_definitions, write_definitions
from infra.local.redshift.errors import StatementFailed, not_supported, syntax_error_near
from infra.local.redshift.locks import Mode
from infra.local.redshift.names import name_parts
from infra.local.redshift.session import Outcome, Session, TableName, TransactionStatus
from infra.local.redshift.sql.values import identifier
from infra.local.redshift.statement import Statement
from infra.local.redshift.table_attributes import ENCODINGS
from infra.local.redshift.tables import default_of, make_table
from infra.local.redshift.tokens import keywords, name_at

# ruff: noqa: S608 - names are resolved and quoted, texts are our own or translated

_LAYOUT_WORDS = frozenset({"alter", "sortkey", "compound", "interleaved", "distkey", "diststyle", "key", "even", "all", "auto", "none"})
_LAYOUT_ONLY = (exp.AlterDistStyle, exp.AlterSortKey)


def alter_table(session: Session, statement: Statement) -> Outcome:
    """Execute ALTER TABLE with one action, as Redshift allows one at a time."""
    if statement.alteration:
        return _special(session, statement)
    tree = statement.tree
    if tree.args.get("kind") != "TABLE" or tree.args.get("exists") or tree.args.get("only"):
        raise not_supported("this form of ALTER TABLE")
    actions = tree.args["actions"]
    if len(actions) != 1:
        raise not_supported("more than one action in ALTER TABLE")
    _refuse_action(statement, actions[0])
    table = session.located(name_parts(tree.this))
    privileges.require_owner_or(session, table, "alter")
    session.lock(table, Mode.ALL)
    if isinstance(actions[0], exp.AlterRename) and views.rename_view(session, table, str(actions[0].this.name).lower()):
        return Outcome("ALTER TABLE")
    views.refuse_view(session, table)
    if isinstance(actions[0], exp.AlterColumn) and actions[0].args.get("dtype") and session.status is TransactionStatus.OPEN:
        raise StatementFailed("25001", "ALTER TABLE ALTER COLUMN cannot run inside a transaction block")
    with session.atomic():
        _act(session, table, actions[0], cascade=keywords(statement.tokens)[-1] == "CASCADE")
    return Outcome("ALTER TABLE")


def _refuse_action(statement: Statement, action: exp.Expression) -> None:
    """Refuse the forms of an action that the parser takes and r_ALTER_TABLE does not have."""
    if isinstance(action, exp.ColumnDef):
        if action.args.get("exists"):
            raise syntax_error_near("if")
        if any(isinstance(one.kind, exp.UniqueColumnConstraint | exp.Reference) for one in action.constraints):
            raise not_supported("ALTER TABLE ADD COLUMN with UNIQUE or REFERENCES")
    if isinstance(action, exp.AlterRename) and len(action.this.parts) > 1:  # the schema stays (r_ALTER_TABLE)
        raise syntax_error_near(".")
    words = keywords(statement.tokens)
    if "RENAME" in words and words[words.index("RENAME") + 1] not in {"COLUMN", "TO"}:
        raise syntax_error_near(str(statement.tokens[words.index("RENAME") + 1].text))


def _special(session: Session, statement: Statement) -> Outcome:
    """Execute the alterations that are read word by word."""
    parts, index = name_at(statement.tokens, 2)
    if (done := external_tables.alter(session, statement, parts, index)) is not None:
        return done
    table = session.located(parts)
    privileges.require_owner(session, table.schema, table.name)
    words = keywords(statement.tokens)
    if statement.alteration == "APPEND":
        return _append(session, statement, table, index)
    if statement.alteration == "ROW":
        return policies.secure_rows(session, statement, table, index)
    session.lock(table, Mode.ALL)
    columns = read_definitions(session, table)
    alter_limits.refuse_layout(statement.alteration, words[index:], table, columns)
    if statement.alteration == "OWNER TO":
        _give(session, table, str(statement.tokens[index + 2].text).lower())
    elif statement.alteration == "ALTER ENCODE":
        if words[index + 1] == "COLUMN":
            encodings = _encodings(statement, index, columns)
            changed = [replace(column, encoding=encodings.get(column.name, column.encoding)) for column in columns]
            require_encodings(changed)
            write_definitions(session, table, changed)
        elif words[index + 1 :] != ["ENCODE", "AUTO"]:
            raise syntax_error_near(str(statement.tokens[index + 1].text))
    elif statement.alteration in {"ALTER SORTKEY", "ALTER COMPOUND", "ALTER INTERLEAVED", "ALTER DISTKEY", "ALTER DISTSTYLE"}:
        _lay_out(session, statement, table, columns)
    elif statement.alteration == "DROP CONSTRAINT":
        _drop_constraint(session, table, columns, str(statement.tokens[index + 2].text).lower())
    else:
        raise not_supported(f"ALTER TABLE ... {statement.alteration}")
    return Outcome("ALTER TABLE")


def _give(session: Session, table: TableName, owner: str) -> None:
    if not privileges.user_exists(session, owner):
        raise StatementFailed("42704", f'user "{owner}" does not exist')
    privileges.give(session, table.schema, table.name, owner)


def _drop_constraint(session: Session, table: TableName, columns: Sequence[ColumnDefinition], name: str) -> None:
    if name != f"{table.name}_pkey" and not constraints.is_known(session, table, name):
        raise StatementFailed("42704", f'constraint "{name}" does not exist')
    if constraints.forget(session, table, name) == "p" or name == f"{table.name}_pkey":
        write_definitions(session, table, [replace(column, primary_key=False) for column in columns])


def _lay_out(session: Session, statement: Statement, table: TableName, columns: Sequence[ColumnDefinition]) -> None:
    known = {column.name for column in columns}
    words = [str(token.text).lower() for token in statement.tokens[3:]]
    listed = [word for word in words if word in known]
    unknown = [word for word in words if word.isidentifier() and word not in known | _LAYOUT_WORDS | {table.schema, table.name}]
    if unknown:
        raise StatementFailed("42703", f'column "{unknown[0]}" does not exist')
    if statement.alteration in {"ALTER DISTKEY", "ALTER DISTSTYLE"}:
        key = listed[0] if listed and ("distkey" in words) else None
        style = next((word.upper() for word in words[words.index("diststyle") + 1 :][:1]), "") if "diststyle" in words else ""
        layouts.remember(session, table, style)
        write_definitions(session, table, [replace(column, distribution_key=column.name == key) for column in columns])
        return
    positions = {name: position for position, name in enumerate(listed, start=1)}
    write_definitions(session, table, [replace(column, sort_position=positions.get(column.name)) for column in columns])


def _encodings(statement: Statement, index: int, columns: Sequence[ColumnDefinition]) -> dict[str, str]:
    words = keywords(statement.tokens)
    found: dict[str, str] = {}
    while index < len(words):
        if words[index : index + 2] != ["ALTER", "COLUMN"] or words[index + 3 : index + 4] != ["ENCODE"] or index + 4 >= len(words):
            raise syntax_error_near(str(statement.tokens[index].text))
        encoding = words[index + 4]
        if encoding not in ENCODINGS:
            raise StatementFailed("42601", f"invalid encoding type specified: {encoding.lower()}")
        name = _existing(columns, str(statement.tokens[index + 2].text))
        alter_limits.refuse_encoding(columns, name, encoding.lower(), found)
        found[name] = encoding.lower()
        index += 6
    return found


def _append(session: Session, statement: Statement, target: TableName, index: int) -> Outcome:
    """Move every row of another permanent table with the same columns (AWS, r_ALTER_TABLE_APPEND)."""
    words = keywords(statement.tokens)
    if words[index : index + 2] != ["APPEND", "FROM"]:
        raise syntax_error_near(str(statement.tokens[index].text))
    if session.status is TransactionStatus.OPEN:
        raise StatementFailed("25001", "ALTER TABLE APPEND cannot run inside a transaction block")
    parts, end = name_at(statement.tokens, index + 2)
    source = session.located(parts)
    option = words[end:]
    if option not in ([], ["IGNOREEXTRA"], ["FILLTARGET"]):
        raise syntax_error_near(str(statement.tokens[end].text))
    if source.is_temporary or target.is_temporary:
        raise not_supported("ALTER TABLE APPEND with a temporary table")
    protection.refuse_change(session, source)
    session.lock(target, Mode.ALL)
    session.lock(source, Mode.ALL)
    into, out_of = read_definitions(session, target), read_definitions(session, source)
    types = {column.name: column.declared_type for column in into}
    extra = [column.name for column in out_of if column.name not in types]
    missing = [name for name in types if name not in {column.name for column in out_of}]
    if (extra and option != ["IGNOREEXTRA"]) or (missing and option != ["FILLTARGET"]):
        raise StatementFailed("0A000", "ALTER TABLE APPEND: the columns of source and target do not match")
    shared = [column.name for column in out_of if column.name in types]
    if any(types[column.name] != column.declared_type for column in out_of if column.name in types):
        raise StatementFailed("0A000", "ALTER TABLE APPEND: the column types of source and target do not match")
    listed = ", ".join(identifier(name) for name in shared)
    with session.atomic():
        session.execute(f"insert into {target.sql} ({listed}) select {listed} from {source.sql}")
        session.execute(f"delete from {source.sql}")
    return Outcome("ALTER TABLE APPEND")


def _act(session: Session, table: TableName, action: exp.Expression, *, cascade: bool) -> None:
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
        if len(columns) == 1:
            raise StatementFailed("0A000", "cannot drop the only column of a table")
        protection.refuse_column(session, table, name)
        dependencies.refuse_or_drop(session, table, cascade=cascade, column=name)
        if any(column.name == name and (column.distribution_key or column.sort_position) for column in columns):
            raise StatementFailed("0A000", f'cannot drop distkey or sortkey column "{name}"')
        constraints.without(session, table, name)
        _rebuild(session, table, [(column, column.name) for column in columns if column.name != name])
    elif isinstance(action, exp.RenameColumn):
        name = _existing(columns, action.this.name)
        new = action.args["to"].name.lower()
        protection.refuse_column(session, table, name)
        constraints.column_renamed(session, table, name, new)
        _rebuild(session, table, [(replace(column, name=new) if column.name == name else column, column.name) for column in columns])
    elif isinstance(action, exp.AlterColumn) and action.args.get("dtype"):
        name = _existing(columns, action.name)
        kind = action.args["dtype"]
        alter_limits.refuse_key(session, table, name)
        _rebuild(session, table, [(retyped(column, kind) if column.name == name else column, column.name) for column in columns])
    else:
        raise not_supported(f"ALTER TABLE ... {action.sql('redshift')}")


def _add(session: Session, table: TableName, columns: Sequence[ColumnDefinition], added: ColumnDefinition) -> None:
    if any(column.name == added.name for column in columns):
        raise StatementFailed("42701", f'column "{added.name}" of relation "{table.name}" already exists')
    if not added.nullable and added.default_sql is None:
        raise StatementFailed("0A000", "ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression")
    if added.identity or added.primary_key:
        raise not_supported(f"ALTER TABLE ADD COLUMN with {'IDENTITY' if added.identity else 'PRIMARY KEY'}")
    _rebuild(session, table, [*((column, column.name) for column in columns), (added, None)])


def _add_key(session: Session, table: TableName, columns: Sequence[ColumnDefinition], action: exp.Expression) -> None:
    for constraint in action.find_all(exp.CheckColumnConstraint):
        raise not_supported(f"a CHECK constraint ({constraint.sql('redshift')})")
    keys = {part.name.lower() for key in action.find_all(exp.PrimaryKey) for part in key.expressions}
    for key in keys:
        _existing(columns, key)
    alter_limits.refuse_nullable_key(columns, keys)
    constraints.remember(session, table, constraints.declared(session, action.expressions))
    write_definitions(session, table, [replace(column, primary_key=column.primary_key or column.name in keys) for column in columns])


def _rename(session: Session, table: TableName, columns: Sequence[ColumnDefinition], name: str) -> None:
    alter_limits.refuse_name(table, name)
    renamed = TableName(table.schema, name)
    session.lock(renamed, Mode.ALL)
    session.execute(f"alter table {table.sql} rename to {identifier(name)}")
    forget_definitions(session, table)
    write_definitions(session, renamed, columns)
    if not table.is_temporary:
        constraints.renamed(session, table, name)
        layouts.renamed(session, table, name)
        privileges.renamed(session, table.schema, table.name, name)
        protection.table_renamed(session, table, name)
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
    into, out_of = ", ".join(identifier(new) for new, _ in kept), ", ".join(identifier(old) for _, old in kept)
    session.execute(f"insert into {rebuilt.sql} ({into}) select {out_of} from {table.sql}")
    session.execute(f"drop table {table.sql}")
    definitions = read_definitions(session, rebuilt)
    session.execute(f"alter table {rebuilt.sql} rename to {identifier(table.name)}")
    forget_definitions(session, rebuilt)
    write_definitions(session, table, definitions)
    session.temporary_tables.discard(rebuilt.name)
    for (comment,) in about:
        session.execute(f"comment on table {table.sql} is {_text(comment)}")
    renamed = {old: new for new, old in kept}
    for old, comment in comments:
        if old in renamed:
            session.execute(f"comment on column {table.sql}.{identifier(renamed[old])} is {_text(comment)}")


def _existing(columns: Sequence[ColumnDefinition], name: str) -> str:
    if not any(column.name == name.lower() for column in columns):
        raise StatementFailed("42703", f'column "{name.lower()}" does not exist')
    return name.lower()


def _text(comment: str) -> str:
    return "'" + comment.replace("'", "''") + "'"
