"""CREATE TABLE, DROP TABLE, TRUNCATE."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlglot import exp

from infra.local.redshift import constraints, dependencies, external_tables, layouts, parameters, privileges, protection
from infra.local.redshift.columns import ColumnDefinition, encoded, read_column, require_encodings, typed_column
from infra.local.redshift.definitions import forget_definitions, read_definitions, with_attributes, write_definitions
from infra.local.redshift.errors import StatementFailed, not_supported, syntax_error, syntax_error_near
from infra.local.redshift.locks import Mode
from infra.local.redshift.names import CATALOG_SCHEMA, name_parts, names_of_drop
from infra.local.redshift.session import Outcome, Session, TableName, TransactionStatus
from infra.local.redshift.session_catalog import SessionCatalog
from infra.local.redshift.sql.queries import Queries, refuse_reserved, renamed
from infra.local.redshift.sql.scopes import Columns, Scope
from infra.local.redshift.sql.sql_types import from_declared
from infra.local.redshift.sql.values import assigned, identifier
from infra.local.redshift.sql.wording import described
from infra.local.redshift.statement import Statement
from infra.local.redshift.table_attributes import TableAttributes
from infra.local.redshift.tokens import keywords, name_at

# ruff: noqa: S608 - names are resolved and quoted, texts are our own or translated


def create_table(session: Session, statement: Statement) -> Outcome:
    """Execute CREATE TABLE in its three forms: columns, LIKE, AS."""
    tree = statement.tree
    if not isinstance(tree, exp.Create):
        raise syntax_error("in CREATE TABLE")
    for name, value in tree.args.items():
        if value and name not in {"this", "expression", "kind", "exists", "properties"}:
            raise syntax_error_near(name)
    _refuse_properties(tree)
    _refuse_two_keys(tree)
    if "AS" in (words := keywords(statement.tokens)) and words[words.index("AS") + 1 :][:1] == ["TABLE"] and tree.expression is not None:
        raise syntax_error_near("table")
    schema_node = tree.this
    node = schema_node.this if isinstance(schema_node, exp.Schema) else schema_node
    refuse_reserved(node.this)
    table = session.created(
        name_parts(node),
        temporary=bool(tree.args.get("properties") and tree.args["properties"].find(exp.TemporaryProperty)) or node.name.startswith("#"),
    )
    _require_place(session, table)
    session.lock(table, Mode.ALL)
    if session.find(name_parts(node)) == table:
        if tree.args.get("exists"):
            session.notices.append(f'Relation "{table.name}" already exists and will be skipped')
            return Outcome("CREATE TABLE")
        raise StatementFailed("42P07", f'Relation "{table.name}" already exists')
    attributes = statement.attributes or TableAttributes()
    with session.atomic():
        if tree.expression is not None:
            return _create_as(session, table, tree.expression, attributes, _names_alone(schema_node.expressions))
        like = tree.find(exp.LikeProperty)
        if like is not None and attributes != TableAttributes():  # r_CREATE_TABLE_NEW: they are those of the other table
            raise StatementFailed("42601", "DISTSTYLE, DISTKEY, SORTKEY and ENCODE cannot be specified with LIKE")
        columns = _like(session, like) if like is not None else with_attributes(_declared(session, schema_node), attributes)
        _refuse_keys(columns, attributes)
        require_encodings(columns)
        if sum(column.identity is not None for column in columns) > 1:
            raise StatementFailed("0A000", "a table can have only one IDENTITY column")
        keys = constraints.declared(session, schema_node.expressions) if like is None else []
        make_table(session, table, columns)
        style = attributes.distribution_style if like is None else layouts.style_of(session, _liked(session, like))
        layouts.remember(session, table, style)
        constraints.remember(session, table, keys)
    return Outcome("CREATE TABLE")


def _require_place(session: Session, table: TableName) -> None:
    if table.schema in {"pg_catalog", "information_schema"}:
        raise StatementFailed("42501", f"permission denied for schema {table.schema}")
    if not table.is_temporary:
        privileges.require_schema(session, table.schema, "create")


def _refuse_properties(tree: exp.Create) -> None:
    properties = tree.args.get("properties")
    for one in properties.expressions if properties else []:
        if not isinstance(one, exp.TemporaryProperty | exp.LikeProperty):
            raise syntax_error_near(one.sql("redshift").split("(")[0].split(" ")[0].lower())


def _refuse_two_keys(tree: exp.Create) -> None:
    if len(list(tree.this.find_all(exp.PrimaryKeyColumnConstraint, exp.PrimaryKey))) > 1:
        raise StatementFailed("42P16", "multiple primary keys for table are not allowed")


def _refuse_keys(columns: Sequence[ColumnDefinition], attributes: TableAttributes) -> None:
    kinds = {column.name: column.declared_type for column in columns}
    for key in [*attributes.sort_key, *([attributes.distribution_key] if attributes.distribution_key else [])]:
        if key not in kinds:
            raise StatementFailed("42703", f'column "{key}" named in key does not exist')
        if kinds[key] == "super":  # r_SUPER_type, limitations
            raise StatementFailed("0A000", f'Column "{key}" of type super cannot be a sort or distribution key')


def make_table(session: Session, table: TableName, columns: Sequence[ColumnDefinition]) -> None:
    """Make a table of columns, with the sequences of its identities, and remember how it was declared."""
    columns = [encoded(_with_sequence(session, table, column)) for column in columns]
    session.execute(f"create {table.kind} {table.sql} ({', '.join(column.storage() for column in columns)})")
    write_definitions(session, table, columns)
    if table.is_temporary:
        session.temporary_tables.add(table.name)
    else:
        privileges.created(session, table.schema, table.name)


_STORED = f"select 1 from {CATALOG_SCHEMA}.materialized_view where table_schema = ? and table_name = ?"


def _names_alone(columns: Sequence[exp.Expression]) -> list[str]:
    """Return the names CREATE TABLE AS gives its columns, which have no types there (r_CREATE_TABLE_AS)."""
    if typed := next((one for one in columns if isinstance(one, exp.ColumnDef) and one.args.get("kind")), None):
        raise syntax_error_near(typed.args["kind"].sql("redshift").lower())
    return [one.name.lower() for one in columns]


def drop_table(session: Session, table: TableName, *, cascade: bool = False) -> None:
    """Drop a table with everything remembered of it; what depends on it goes with CASCADE alone."""
    session.lock(table, Mode.ALL)
    if not table.is_temporary:
        privileges.require_owner_or(session, table, "drop")
        dependencies.refuse_or_drop(session, table, cascade=cascade)
        privileges.dropped(session, table.schema, table.name)
        protection.dropped(session, table)
    sequences = [column.identity_sequence for column in read_definitions(session, table) if column.identity_sequence]
    session.execute(f"drop table {table.sql}")
    if not table.is_temporary:
        session.execute(
            f"delete from {CATALOG_SCHEMA}.materialized_view where table_schema = ? and table_name = ?", [table.schema, table.name]
        )
    for sequence in sequences:
        session.execute(f"drop sequence if exists {sequence}")
    forget_definitions(session, table)
    layouts.forget(session, table)
    constraints.forget(session, table)
    if table.is_temporary:
        session.temporary_tables.discard(table.name)


def drop_tables(session: Session, statement: Statement) -> Outcome:
    """Execute DROP TABLE, for one name or several."""
    names, if_exists = names_of_drop(statement.tokens, after=1)
    with session.atomic():
        for parts in names:
            if external_tables.drop(session, parts):
                continue
            table = session.find(parts)
            if table is None and if_exists:
                session.notices.append(f'Table "{parts[-1]}" does not exist and will be skipped')
                continue
            table = table or session.located(parts)
            session.lock(table, Mode.ALL)
            if session.execute(_STORED, [table.schema, table.name]):
                raise StatementFailed("42809", f'"{table.name}" is not a table', "Use DROP MATERIALIZED VIEW.")
            drop_table(session, table, cascade=keywords(statement.tokens)[-1] == "CASCADE")
    return Outcome("DROP TABLE")


def select_into(session: Session, tree: exp.Expression, into: exp.Expression, values: Sequence[exp.Expression]) -> Outcome:
    """Execute SELECT … INTO [TEMP] table."""
    query = parameters.substitute(tree, values).copy()
    query.set("into", None)
    table = session.created(name_parts(into.this), temporary=bool(into.args.get("temporary")) or into.this.name.startswith("#"))
    if session.find(name_parts(into.this)) == table:
        raise StatementFailed("42P07", f'Relation "{table.name}" already exists')
    session.lock(table, Mode.ALL)
    with session.atomic():
        return _create_as(session, table, query, TableAttributes(), [])


def truncate(session: Session, statement: Statement) -> Outcome:
    """Execute TRUNCATE, which commits: what was done before in the same transaction cannot be rolled back any more (AWS, r_TRUNCATE)."""
    words = keywords(statement.tokens)
    parts, end = name_at(statement.tokens, 2 if words[1:2] == ["TABLE"] else 1)
    if end != len(statement.tokens):
        raise syntax_error("TRUNCATE takes one table")
    table = session.located(parts)
    privileges.require_owner_or(session, table, "truncate")
    session.lock(table, Mode.ALL)
    view = "select 1 from duckdb_views() where database_name = ? and schema_name = ? and view_name = ?"
    if session.execute(f"{_STORED} union all {view}", [table.schema, table.name, session.database, table.schema, table.name]):
        raise StatementFailed("42809", f'"{table.name}" is not a table')
    session.execute(f"delete from {table.sql}")
    if session.status is TransactionStatus.OPEN:
        session.commit()
    return Outcome("TRUNCATE TABLE")


def _create_as(session: Session, table: TableName, query: exp.Expression, attributes: TableAttributes, names: list[str]) -> Outcome:
    sql, columns = Queries(SessionCatalog(session)).query(query, None)
    columns = renamed(columns, names, table.name)
    refuse_duplicates(columns)
    defined = with_attributes([typed_column(name, kind) for name, kind in columns], attributes)
    make_table(session, table, defined)
    layouts.remember(session, table, attributes.distribution_style)
    inner = [f"c{index}" for index in range(len(columns))]
    values = ", ".join(f"cast({name} as {kind.stored})" for name, (_, kind) in zip(inner, columns, strict=True))
    rows = session.execute(f"insert into {table.sql} select {values} from ({sql}) as q({', '.join(inner)})")[0][0]
    return Outcome(f"SELECT {rows}")


def refuse_duplicates(columns: Columns) -> None:
    """Refuse the result columns of a query that makes a table or view, where two have one name.

    Raises:
        StatementFailed: 42701.
    """
    names = [name for name, _ in columns]
    for name in names:
        if names.count(name) > 1:
            raise StatementFailed("42701", f'column "{name}" duplicated')


def _liked(session: Session, like: exp.LikeProperty) -> TableName:
    return session.located(name_parts(like.this))


def _like(session: Session, like: exp.LikeProperty) -> list[ColumnDefinition]:
    if unknown := [item for item in like.expressions if str(item.args.get("value") or "").upper() != "DEFAULTS"]:
        raise syntax_error_near(str(unknown[0].args.get("value") or "").lower())
    including = any(str(item.this).upper() == "INCLUDING" for item in like.expressions)
    source = _liked(session, like)
    session.lock(source, Mode.READ)
    columns = read_definitions(session, source)
    return [
        replace(column, primary_key=False, identity=None, identity_sequence=None, default_sql=column.default_sql if including else None)
        for column in columns
    ]


def _declared(session: Session, schema: exp.Expression) -> list[ColumnDefinition]:
    columns: list[ColumnDefinition] = []
    keys: list[str] = []
    for element in schema.expressions:
        if isinstance(element, exp.ColumnDef):
            refuse_reserved(element.this)
            columns.append(read_column(element, default_of(session)))
        elif isinstance(element, exp.PrimaryKey):
            keys = [part.name.lower() for part in element.expressions]
        elif isinstance(element, exp.Constraint) and not element.find(exp.CheckColumnConstraint):
            keys += [part.name.lower() for key in element.find_all(exp.PrimaryKey) for part in key.expressions]
        elif not isinstance(element, exp.ForeignKey | exp.UniqueColumnConstraint):
            raise not_supported(f"{described(element)} in CREATE TABLE")
    names = [column.name for column in columns]
    for name in names:
        if names.count(name) > 1:
            raise StatementFailed("42701", f'column "{name}" duplicated')
    for key in keys:
        if key not in names:
            raise StatementFailed("42703", f'column "{key}" named in key does not exist')
    return [replace(column, primary_key=True, nullable=False) if column.name in keys else column for column in columns]


def default_of(session: Session) -> Callable[[exp.Expression, ColumnDefinition], str]:
    """Return what translates the default of a column; a default names no column."""

    def translate(node: exp.Expression, column: ColumnDefinition) -> str:
        value = Queries(SessionCatalog(session)).expressions.value(node, Scope())
        return assigned(value, from_declared(column.declared_type), column.name).sql

    return translate


def _with_sequence(session: Session, table: TableName, column: ColumnDefinition) -> ColumnDefinition:
    if column.identity is None or column.identity_sequence is not None:
        return column
    name = f"identity_{session.number}_{session.query_id}_{table.name}_{column.name}"
    sequence = f"temp.main.{identifier(name)}" if table.is_temporary else f"{CATALOG_SCHEMA}.{identifier(name)}"
    start, step = column.identity
    kind = "temp sequence" if table.is_temporary else "sequence"  # one that may begin below 1 needs its bounds told
    session.execute(f"create {kind} {sequence} increment {step} minvalue {-(1 << 62)} maxvalue {1 << 62} start {start}")
    return replace(column, identity_sequence=sequence)
