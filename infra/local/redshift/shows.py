"""SHOW of databases, schemas, tables, columns, definitions and parameters. Sources: AWS, r_SHOW_*.html."""

import fnmatch
from collections.abc import Callable

from infra.local.redshift import declared, layouts, show_grants
from infra.local.redshift.definitions import read_definitions
from infra.local.redshift.errors import StatementFailed, syntax_error, syntax_error_near
from infra.local.redshift.lookup import require_schema
from infra.local.redshift.names import CATALOG_SCHEMA
from infra.local.redshift.session import Outcome, Session, TableName
from infra.local.redshift.settings import show_parameter, variable_at
from infra.local.redshift.sql.values import identifier
from infra.local.redshift.statement import Statement
from infra.local.redshift.tokens import keywords, name_at
from infra.local.redshift.types import BIGINT, INTEGER, VARCHAR, Column

# ruff: noqa: S608 - names are our own


def columns_of_show(session: Session, statement: Statement) -> list[Column] | None:
    """Return the result columns of a SHOW."""
    return show(session, statement).columns


def show(session: Session, statement: Statement) -> Outcome:
    """Execute SHOW."""
    words = keywords(statement.tokens)
    for shown, answer in _SHOWN.items():
        if tuple(words[1 : 1 + len(shown)]) == shown:
            return answer(session, statement, 1 + len(shown))
    if len(words) == 4 and words[2] == ".":  # noqa: PLR2004 - SHOW and a name of two parts
        return show_parameter(session, variable_at(statement, 1))
    if len(statement.tokens) != 2:  # noqa: PLR2004 - SHOW and a name
        raise syntax_error("SHOW takes one parameter")
    name = str(statement.tokens[1].text).lower()
    if name == "all":
        return Outcome("SHOW", [Column("name", VARCHAR), Column("setting", VARCHAR)], sorted(session.settings.items()))
    return show_parameter(session, name)


def _databases(session: Session, statement: Statement, index: int) -> Outcome:
    pattern, limit = _filter(statement, index)
    names = [name for name in sorted(session.services.databases.names) if _like(name, pattern)]
    columns = [Column(name, VARCHAR) for name in ("database_name", "database_owner", "database_type", "database_acl", "parameters")]
    columns.append(Column("database_isolation_level", VARCHAR))
    isolation = session.services.databases.isolation
    rows = [(name, 100, "local", None, None, f"{isolation(name)} Isolation".title()) for name in names]
    return Outcome("SHOW", columns, rows[:limit])


def _schemas(session: Session, statement: Statement, index: int) -> Outcome:
    database, index = _within(session, statement, index, "DATABASE", 1)
    pattern, limit = _filter(statement, index)
    _refuse_database(session, database[0])
    found = session.execute(f"select schema_name from {session.system_text('svv_redshift_schemas')} order by 1")
    rows = [(database[0], name, "100", "local", None, None, None) for (name,) in found if _like(str(name), pattern)]
    labels = ("database_name", "schema_name", "schema_owner", "schema_type", "schema_acl", "source_database", "schema_option")
    return Outcome("SHOW", [Column(name, VARCHAR) for name in labels], rows[:limit])


def _tables(session: Session, statement: Statement, index: int) -> Outcome:
    parts, index = _within(session, statement, index, "SCHEMA", 2)
    pattern, limit = _filter(statement, index)
    _refuse_database(session, parts[0])
    require_schema(session.cursor, *parts)
    found = session.execute(
        f"select table_name, table_type, remarks from {session.system_text('svv_all_tables')} where schema_name = ? order by 1", [parts[1]]
    )
    rows = [(*parts, name, kind, None, remarks) for name, kind, remarks in found if _like(str(name), pattern)]
    labels = ("database_name", "schema_name", "table_name", "table_type", "table_acl", "remarks")
    return Outcome("SHOW", [Column(name, VARCHAR) for name in labels], rows[:limit])


def _columns(session: Session, statement: Statement, index: int) -> Outcome:
    parts, index = _within(session, statement, index, "TABLE", 3)
    pattern, limit = _filter(statement, index)
    _refuse_database(session, parts[0])
    session.located(parts[1:])
    found = session.execute(
        "select column_name, ordinal_position, column_default, is_nullable, data_type, character_maximum_length, numeric_precision, "
        f"numeric_scale, remarks from {session.system_text('svv_all_columns')} where schema_name = ? and table_name = ? order by 2",
        parts[1:],
    )
    rows = [(*parts, *row) for row in found if _like(str(row[0]), pattern)]
    texts = ("database_name", "schema_name", "table_name", "column_name")
    columns = [*(Column(name, VARCHAR) for name in texts), Column("ordinal_position", BIGINT, 8), Column("column_default", VARCHAR)]
    columns += [Column("is_nullable", VARCHAR), Column("data_type", VARCHAR)]
    columns += [Column(name, INTEGER, 4) for name in ("character_maximum_length", "numeric_precision", "numeric_scale")]
    return Outcome("SHOW", [*columns, Column("remarks", VARCHAR)], rows[:limit])


def _table(session: Session, statement: Statement, index: int) -> Outcome:
    parts, _ = name_at(statement.tokens, index)
    table = session.located(parts)
    return Outcome("SHOW", [Column("Show Table DDL statement", VARCHAR)], [(definition(session, table),)])


def definition(session: Session, table: TableName) -> str:
    """Return the CREATE TABLE that makes a table anew."""
    lines = []
    columns = read_definitions(session, table)
    for column in columns:
        line = f"    {_name(column.name)} {column.declared_type}"
        if column.identity:
            line += f" IDENTITY({column.identity[0]},{column.identity[1]})"
        elif column.default_sql:
            line += f" DEFAULT {column.default_text or column.default_sql}"
        line += " NOT NULL" if not column.nullable else ""
        lines.append(f"{line} ENCODE {(column.encoding or 'raw').lower()}")
    if keys := [_name(column.name) for column in columns if column.primary_key]:
        lines.append(f"    PRIMARY KEY ({', '.join(keys)})")
    distribution = next((column.name for column in columns if column.distribution_key), None)
    layout = f"\nDISTSTYLE KEY\nDISTKEY ({_name(distribution)})" if distribution else f"\nDISTSTYLE {layouts.style_of(session, table)}"
    sorted_by = sorted((column for column in columns if column.sort_position), key=lambda column: abs(column.sort_position or 0))
    if sorted_by:
        interleaved = "INTERLEAVED " if any((column.sort_position or 0) < 0 for column in sorted_by) else ""
        layout += f"\n{interleaved}SORTKEY ({', '.join(_name(column.name) for column in sorted_by)})"
    place = f"{table.schema}.{_name(table.name)}" if not table.is_temporary else _name(table.name)
    return f"CREATE {'TEMP ' if table.is_temporary else ''}TABLE {place} (\n" + ",\n".join(lines) + f"\n){layout};"


def _view(session: Session, statement: Statement, index: int) -> Outcome:
    parts, _ = name_at(statement.tokens, index)
    view = session.located(parts)
    rows = session.execute(
        f"select definition from {session.system_text('pg_views')} where schemaname = ? and viewname = ?", [view.schema, view.name]
    )
    if not rows:
        raise StatementFailed("42809", f'"{view.name}" is not a view')
    return Outcome("SHOW", [Column("Show View DDL statement", VARCHAR)], [(str(rows[0][0]),)])


def _procedure(session: Session, statement: Statement, index: int) -> Outcome:
    parts, _ = name_at(statement.tokens, index)
    rows = session.execute(f"select definition from {CATALOG_SCHEMA}.routine where name = ? and kind = 'procedure'", [parts[-1]])
    if not rows:
        raise StatementFailed("42883", f"procedure {parts[-1]} does not exist")
    return Outcome("SHOW", [Column("Show Stored Procedure DDL statement", VARCHAR)], [(str(rows[0][0]),)])


def _models(session: Session, statement: Statement, index: int) -> Outcome:
    return declared.show_models(session, statement, index)


def _datashares(session: Session, statement: Statement, index: int) -> Outcome:
    words = keywords(statement.tokens)
    if words[index:] and (words[index : index + 1] != ["LIKE"] or len(words) != index + 2):
        raise syntax_error_near(str(statement.tokens[index].text))
    pattern = str(statement.tokens[index + 1].text) if words[index:] else None
    labels = ["share_name", "share_owner", "source_database", "consumer_database", "share_type", "createdate", "is_publicaccessible"]
    labels += ["share_acl", "producer_account", "producer_namespace"]
    rows = session.execute(f"select {', '.join(labels)} from {session.system_text('svv_datashares')} order by 1")
    return Outcome("SHOW", [Column(name, VARCHAR) for name in labels], [row for row in rows if _like(str(row[0]), pattern)])


def _within(session: Session, statement: Statement, index: int, what: str, count: int) -> tuple[list[str], int]:
    """Read ``FROM <what> name``; what is left out in front is the session's database and schema."""
    words = keywords(statement.tokens)
    if words[index : index + 2] != ["FROM", what]:
        if what == "DATABASE":
            return [session.database], index
        raise syntax_error_near(words[index].lower() if index < len(words) else "")
    parts, end = name_at(statement.tokens, index + 2)
    if len(parts) > count:
        raise syntax_error_near(".")
    full = [session.database, session.search_path[0], ""][:count]
    return [*full[: count - len(parts)], *parts], end


def _filter(statement: Statement, index: int) -> tuple[str | None, int | None]:
    words = keywords(statement.tokens)
    pattern, limit = None, None
    while index < len(words):
        if words[index] == "LIKE" and index + 1 < len(words):
            pattern = str(statement.tokens[index + 1].text)
        elif words[index] == "LIMIT" and index + 1 < len(words) and str(statement.tokens[index + 1].text).isdigit():
            limit = int(statement.tokens[index + 1].text)
        else:
            raise syntax_error_near(str(statement.tokens[index].text))
        index += 2
    return pattern, limit


def _like(name: str, pattern: str | None) -> bool:
    return pattern is None or fnmatch.fnmatchcase(name, pattern.replace("%", "*").replace("_", "?"))


def _refuse_database(session: Session, name: str) -> None:
    if name not in session.services.databases.names:
        raise StatementFailed("3D000", f'database "{name}" does not exist')


def _name(name: str) -> str:
    return name if name.replace("_", "a").isalnum() and not name[0].isdigit() else identifier(name)


_SHOWN: dict[tuple[str, ...], Callable[[Session, Statement, int], Outcome]] = {
    ("DATABASES",): _databases,
    ("SCHEMAS",): _schemas,
    ("TABLES",): _tables,
    ("COLUMNS",): _columns,
    ("TABLE",): _table,
    ("VIEW",): _view,
    ("PROCEDURE",): _procedure,
    ("DATASHARES",): _datashares,
    ("MODEL",): _models,
    ("GRANTS",): show_grants.grants,
    ("COLUMN", "GRANTS"): show_grants.column_grants,
    ("PROCEDURES",): show_grants.routines("procedure", _like, _filter),
    ("FUNCTIONS",): show_grants.routines("function", _like, _filter),
    ("PARAMETERS",): show_grants.parameters,
    ("CONSTRAINTS",): show_grants.constraints,
    # The level BEGIN names, always SERIALIZABLE (r_BEGIN); the database's own is in STV_DB_ISOLATION_LEVEL. SQLAlchemy knows no SNAPSHOT.
    ("TRANSACTION", "ISOLATION", "LEVEL"): lambda _session, _statement, _index: Outcome(
        "SHOW", [Column("transaction_isolation", VARCHAR)], [("SERIALIZABLE",)]
    ),
}
