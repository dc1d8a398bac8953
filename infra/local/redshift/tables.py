"""CREATE TABLE, DROP TABLE, TRUNCATE."""

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from infra.local.redshift.columns import ColumnDefinition, derived_column, read_column
from infra.local.redshift.definitions import forget_definitions, read_definitions, with_attributes, write_definitions
from infra.local.redshift.dialect import CATALOG_SCHEMA, to_duckdb
from infra.local.redshift.errors import StatementFailed, not_supported, syntax_error
from infra.local.redshift.locks import Mode
from infra.local.redshift.names import name_parts, names_of_drop
from infra.local.redshift.session import Outcome, Session, TableName, TransactionStatus
from infra.local.redshift.statement import Statement
from infra.local.redshift.table_attributes import TableAttributes
from infra.local.redshift.tokens import keywords, name_at

# ruff: noqa: S608 - names are resolved and quoted, texts are our own or translated


def create_table(session: Session, statement: Statement) -> Outcome:
    """Execute CREATE TABLE in its three forms: columns, LIKE, AS."""
    tree = statement.tree
    if not isinstance(tree, exp.Create):
        raise syntax_error("in CREATE TABLE")
    schema_node = tree.this
    node = schema_node.this if isinstance(schema_node, exp.Schema) else schema_node
    table = session.created(name_parts(node), temporary=bool(tree.find(exp.TemporaryProperty)))
    session.lock(table, Mode.ALL)
    if session.find(name_parts(node)) == table:
        if tree.args.get("exists"):
            session.notices.append(f'Relation "{table.name}" already exists and will be skipped')
            return Outcome("CREATE TABLE")
        raise StatementFailed("42P07", f'Relation "{table.name}" already exists')
    attributes = statement.attributes or TableAttributes()
    with session.atomic():
        if tree.expression is not None:
            return _create_as(session, table, tree.expression, attributes)
        like = tree.find(exp.LikeProperty)
        columns = _like(session, like) if like is not None else with_attributes(_declared(schema_node), attributes)
        make_table(session, table, columns)
    return Outcome("CREATE TABLE")


def make_table(session: Session, table: TableName, columns: Sequence[ColumnDefinition]) -> None:
    """Make a table of columns, with the sequences of its identities, and remember how it was declared."""
    columns = [_with_sequence(session, table, column) for column in columns]
    session.execute(f"create {table.kind} {table.sql} ({', '.join(column.storage() for column in columns)})")
    write_definitions(session, table, columns)
    if table.is_temporary:
        session.temporary_tables.add(table.name)


def drop_table(session: Session, table: TableName) -> None:
    """Drop a table with everything remembered of it."""
    session.lock(table, Mode.ALL)
    sequences = [column.identity_sequence for column in read_definitions(session, table) if column.identity_sequence]
    session.execute(f"drop table {table.sql}")
    for sequence in sequences:
        session.execute(f"drop sequence if exists {sequence}")
    forget_definitions(session, table)
    if table.is_temporary:
        session.temporary_tables.discard(table.name)


def drop_tables(session: Session, statement: Statement) -> Outcome:
    """Execute DROP TABLE, for one name or several."""
    names, if_exists = names_of_drop(statement.tokens, after=1)
    with session.atomic():
        for parts in names:
            table = session.find(parts)
            if table is None and if_exists:
                session.notices.append(f'Table "{parts[-1]}" does not exist and will be skipped')
                continue
            drop_table(session, table or session.located(parts))
    return Outcome("DROP TABLE")


def truncate(session: Session, statement: Statement) -> Outcome:
    """Execute TRUNCATE, which commits: what was done before in the same transaction cannot be rolled back any more (AWS, r_TRUNCATE)."""
    words = keywords(statement.tokens)
    parts, end = name_at(statement.tokens, 2 if words[1:2] == ["TABLE"] else 1)
    if end != len(statement.tokens):
        raise syntax_error("TRUNCATE takes one table")
    table = session.located(parts)
    session.lock(table, Mode.ALL)
    session.execute(f"delete from {table.sql}")
    if session.status is TransactionStatus.OPEN:
        session.commit()
    return Outcome("TRUNCATE TABLE")


def _create_as(session: Session, table: TableName, query: exp.Expression, attributes: TableAttributes) -> Outcome:
    lock_read_tables(session, query)
    session.execute(f"create {table.kind} {table.sql} as {_with_storable_types(session, query)}")
    rows = session.execute(f"select count(*) from {table.sql}")[0][0]
    columns = [derived_column(str(row[0]), str(row[1])) for row in session.execute(f"describe {table.sql}")]
    write_definitions(session, table, with_attributes(columns, attributes))
    if table.is_temporary:
        session.temporary_tables.add(table.name)
    return Outcome(f"SELECT {rows}")


def lock_read_tables(session: Session, tree: exp.Expression) -> None:
    """Take READ on every stored table a tree names, so that LOCK and DDL of others wait for it or it for them."""
    for node in tree.find_all(exp.Table):
        if isinstance(node.this, exp.Identifier) and node.db != CATALOG_SCHEMA and (table := session.find(name_parts(node))):
            session.lock(table, Mode.READ)


def _with_storable_types(session: Session, query: exp.Expression) -> str:
    sql = to_duckdb(query)
    described = session.execute(f"describe {sql}")
    if not any(row[1] in {"HUGEINT", '"NULL"'} for row in described):
        return sql
    stored = {"HUGEINT": "decimal(38,0)", '"NULL"': "varchar"}
    columns = [f'cast("{row[0]}" as {stored[row[1]]}) as "{row[0]}"' if row[1] in stored else f'"{row[0]}"' for row in described]
    return f"select {', '.join(columns)} from ({sql})"


def _like(session: Session, like: exp.LikeProperty) -> list[ColumnDefinition]:
    including = any(str(item.this).upper() == "INCLUDING" for item in like.expressions)
    source = session.located(name_parts(like.this))
    lock_read_tables(session, like)
    columns = read_definitions(session, source)
    return [
        replace(column, primary_key=False, identity=None, identity_sequence=None, default_sql=column.default_sql if including else None)
        for column in columns
    ]


def _declared(schema: exp.Expression) -> list[ColumnDefinition]:
    columns: list[ColumnDefinition] = []
    keys: list[str] = []
    for element in schema.expressions:
        if isinstance(element, exp.ColumnDef):
            columns.append(read_column(element))
        elif isinstance(element, exp.PrimaryKey):
            keys = [part.name.lower() for part in element.expressions]
        elif isinstance(element, exp.Constraint):
            keys += [part.name.lower() for key in element.find_all(exp.PrimaryKey) for part in key.expressions]
        elif not isinstance(element, exp.ForeignKey | exp.UniqueColumnConstraint):
            raise not_supported(f"{type(element).__name__} in CREATE TABLE")
    names = [column.name for column in columns]
    for name in names:
        if names.count(name) > 1:
            raise StatementFailed("42701", f'column "{name}" duplicated')
    for key in keys:
        if key not in names:
            raise StatementFailed("42703", f'column "{key}" named in key does not exist')
    return [replace(column, primary_key=True, nullable=False) if column.name in keys else column for column in columns]


def _with_sequence(session: Session, table: TableName, column: ColumnDefinition) -> ColumnDefinition:
    if column.identity is None or column.identity_sequence is not None:
        return column
    name = f"identity_{session.number}_{session.query_id}_{table.name}_{column.name}"
    sequence = f'temp.main."{name}"' if table.is_temporary else f'{CATALOG_SCHEMA}."{name}"'
    start, step = column.identity
    session.execute(f"create {'temp ' if table.is_temporary else ''}sequence {sequence} start {start} increment {step}")
    return replace(column, identity_sequence=sequence)
