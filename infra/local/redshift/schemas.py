"""Schemas, databases, roles, privileges and comments."""

from infra.local.redshift.names import CATALOG_SCHEMA
from infra.local.redshift.errors import StatementFailed, syntax_error
from infra.local.redshift.locks import Mode
from infra.local.redshift.names import names_of_drop
from infra.local.redshift.session import Outcome, Session, TransactionStatus
from infra.local.redshift.statement import Kind, Statement
from infra.local.redshift.tables import drop_table
from infra.local.redshift.tokens import keyword, keywords, name_at

# ruff: noqa: S608 - names are resolved and quoted, texts are our own or translated

_ROLES = f"{CATALOG_SCHEMA}.role"
_COMMENTED = frozenset({"TABLE", "VIEW", "COLUMN", "CONSTRAINT", "DATABASE"})


def create_schema(session: Session, statement: Statement) -> Outcome:
    """Execute CREATE SCHEMA [IF NOT EXISTS] name [AUTHORIZATION user] [QUOTA n]."""
    words = keywords(statement.tokens)
    if_missing = words[2:5] == ["IF", "NOT", "EXISTS"]
    parts, end = name_at(statement.tokens, 5 if if_missing else 2)
    if words[end : end + 1] not in ([], ["AUTHORIZATION"], ["QUOTA"]):
        raise syntax_error(f'at or near "{statement.tokens[end].text}"')
    name = parts[-1]
    exists = session.execute("select 1 from duckdb_schemas() where database_name = ? and schema_name = ?", [session.database, name])
    if exists:
        if not if_missing:
            raise StatementFailed("42P06", f'schema "{name}" already exists')
        session.notices.append(f'Schema "{name}" already exists and will be skipped')
    else:
        session.execute(f'create schema "{name}"')
    return Outcome("CREATE SCHEMA")


def drop_schemas(session: Session, statement: Statement) -> Outcome:
    """Execute DROP SCHEMA; without CASCADE only an empty one goes."""
    names, if_exists = names_of_drop(statement.tokens, after=1)
    cascade = keyword(statement.tokens[-1]) == "CASCADE"
    with session.atomic():
        for parts in names:
            _drop_schema(session, parts[-1], if_exists=if_exists, cascade=cascade)
    return Outcome("DROP SCHEMA")


def create_database(session: Session, statement: Statement) -> Outcome:
    """Execute CREATE DATABASE, which no transaction may hold (AWS, r_CREATE_DATABASE)."""
    _refuse_in_transaction(session, "CREATE DATABASE")
    parts, end = name_at(statement.tokens, 2)
    rest = keywords(statement.tokens)[end:]
    if rest[:1] not in ([], ["WITH"], ["OWNER"], ["CONNECTION"], ["COLLATE"], ["ISOLATION"]):
        raise syntax_error(f'at or near "{statement.tokens[end].text}"')
    session.services.databases.create(parts[-1])
    return Outcome("CREATE DATABASE")


def drop_database(session: Session, statement: Statement) -> Outcome:
    """Execute DROP DATABASE."""
    _refuse_in_transaction(session, "DROP DATABASE")
    names, if_exists = names_of_drop(statement.tokens, after=1)
    name = names[0][-1]
    if name == session.database:
        raise StatementFailed("55006", "cannot drop the currently open database")
    if not (if_exists and name not in session.services.databases.names):
        session.services.databases.drop(name)
    return Outcome("DROP DATABASE")


def create_role(session: Session, statement: Statement) -> Outcome:
    """Execute CREATE ROLE; the role is remembered, nobody is kept out."""
    name = name_at(statement.tokens, 2)[0][-1]
    if _role_exists(session, name):
        raise StatementFailed("42710", f'role "{name}" already exists')
    session.execute(f"insert into {_ROLES} values (?)", [name])
    return Outcome("CREATE ROLE")


def drop_roles(session: Session, statement: Statement) -> Outcome:
    """Execute DROP ROLE [FORCE]."""
    name = name_at(statement.tokens, 2)[0][-1]
    if not _role_exists(session, name):
        raise StatementFailed("42704", f'role "{name}" does not exist')
    session.execute(f"delete from {_ROLES} where role_name = ?", [name])
    return Outcome("DROP ROLE")


def grant_or_revoke(session: Session, statement: Statement) -> Outcome:
    """Accept GRANT and REVOKE: the roles named must exist, the text is kept, nothing is enforced."""
    words = keywords(statement.tokens)
    if not {"TO", "FROM"} & set(words):
        raise syntax_error("GRANT needs TO, REVOKE needs FROM")
    for index, word in enumerate(words[:-1]):
        if word == "ROLE" and index > 0:
            name = str(statement.tokens[index + 1].text).lower()
            if not _role_exists(session, name):
                raise StatementFailed("42704", f'role "{name}" does not exist')
        if word == "SCHEMA":
            _refuse_missing_schema(session, str(statement.tokens[index + 1].text).lower())
    session.execute(f"insert into {CATALOG_SCHEMA}.privilege_statement values (?)", [statement.sql])
    return Outcome("GRANT" if statement.kind is Kind.GRANT else "REVOKE")


def comment(session: Session, statement: Statement) -> Outcome:
    """Execute COMMENT ON; those of tables, views and columns are read back from pg_description and the svv views."""
    words = keywords(statement.tokens)
    if words[2:3] == [] or words[2] not in _COMMENTED:
        raise syntax_error(f'at or near "{statement.tokens[min(2, len(words) - 1)].text}"')
    parts, end = name_at(statement.tokens, 3)
    if words[end : end + 1] == ["ON"] and words[2] == "CONSTRAINT":
        session.located(name_at(statement.tokens, end + 1)[0])
        return Outcome("COMMENT")
    if words[end : end + 1] != ["IS"]:
        raise syntax_error("COMMENT needs IS")
    if words[2] == "DATABASE":
        return Outcome("COMMENT")
    value = statement.tokens[end + 1]
    text = "null" if keyword(value) == "NULL" else "'" + str(value.text).replace("'", "''") + "'"
    table = session.located(parts[:-1] if words[2] == "COLUMN" else parts)
    session.lock(table, Mode.ALL)
    if words[2] == "COLUMN":
        session.execute(f'comment on column {table.sql}."{parts[-1]}" is {text}')
    else:
        session.execute(f"comment on {words[2].lower()} {table.sql} is {text}")
    return Outcome("COMMENT")


def _drop_schema(session: Session, name: str, *, if_exists: bool, cascade: bool) -> None:
    if name in {"public", CATALOG_SCHEMA}:
        raise StatementFailed("42501", f"cannot drop schema {name}")
    if not session.execute("select 1 from duckdb_schemas() where database_name = ? and schema_name = ?", [session.database, name]):
        if if_exists:
            return
        _refuse_missing_schema(session, name)
    tables = session.execute("select table_name from duckdb_tables() where database_name = ? and schema_name = ?", [session.database, name])
    views = session.execute("select view_name from duckdb_views() where database_name = ? and schema_name = ?", [session.database, name])
    if (tables or views) and not cascade:
        raise StatementFailed("2BP01", f"cannot drop schema {name} because other objects depend on it")
    for (table,) in tables:
        drop_table(session, session.located([name, table]))
    for (view,) in views:
        session.execute(f'drop view "{name}"."{view}"')
    session.execute(f"delete from {CATALOG_SCHEMA}.materialized_view where table_schema = ?", [name])
    session.execute(f'drop schema "{name}"')


def _refuse_missing_schema(session: Session, name: str) -> None:
    if not session.execute("select 1 from duckdb_schemas() where database_name = ? and schema_name = ?", [session.database, name]):
        raise StatementFailed("3F000", f'schema "{name}" does not exist')


def _refuse_in_transaction(session: Session, what: str) -> None:
    if session.status is not TransactionStatus.IDLE:
        raise StatementFailed("25001", f"{what} cannot run inside a transaction block")


def _role_exists(session: Session, name: str) -> bool:
    return bool(session.execute(f"select 1 from {_ROLES} where role_name = ?", [name]))
