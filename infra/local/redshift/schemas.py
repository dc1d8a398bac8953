"""Schemas, databases, roles, privileges and comments."""

from infra.local.redshift import dependencies, privileges
from infra.local.redshift.credentials import EMBEDDED_USER
from infra.local.redshift.databases import DEFAULT_DATABASE
from infra.local.redshift.errors import StatementFailed, not_supported, syntax_error, syntax_error_near
from infra.local.redshift.locks import Mode
from infra.local.redshift.lookup import has_schema, require_schema
from infra.local.redshift.names import CATALOG_SCHEMA, names_of_drop
from infra.local.redshift.session import Outcome, Session, TransactionStatus
from infra.local.redshift.sql.values import identifier
from infra.local.redshift.statement import Statement
from infra.local.redshift.tables import drop_table
from infra.local.redshift.tokens import keyword, keywords, name_at

# ruff: noqa: S608 - names are resolved and quoted, texts are our own or translated

_EXTERNAL_SOURCES = frozenset({"DATA", "DATABASE", "HIVE", "KAFKA", "KINESIS", "MSK", "MYSQL", "POSTGRES", "REDSHIFT"})
_COMMENTED = frozenset({"TABLE", "VIEW", "COLUMN", "CONSTRAINT", "DATABASE"})


def create_schema(session: Session, statement: Statement) -> Outcome:
    """Execute CREATE SCHEMA [IF NOT EXISTS] name [AUTHORIZATION user] [QUOTA n]."""
    words = keywords(statement.tokens)
    if_missing = words[2:5] == ["IF", "NOT", "EXISTS"]
    begins = 5 if if_missing else 2
    if words[begins : begins + 1] == ["AUTHORIZATION"] and len(words) == begins + 1:
        raise syntax_error_near("")
    # CREATE SCHEMA AUTHORIZATION user: the schema has its owner's name (r_CREATE_SCHEMA)
    of_user = words[begins : begins + 1] == ["AUTHORIZATION"]
    parts, end = name_at(statement.tokens, begins + of_user)
    end -= 2 * of_user
    if words[end : end + 1] not in ([], ["AUTHORIZATION"], ["QUOTA"]):
        raise syntax_error_near(str(statement.tokens[end].text))
    name = parts[-1]
    if name.startswith("pg_"):
        raise StatementFailed("42939", f'unacceptable schema name "{name}"')
    privileges.require_create_in_database(session)
    if has_schema(session.cursor, session.database, name):
        if not if_missing:
            raise StatementFailed("42P06", f'schema "{name}" already exists')
        session.notices.append(f'Schema "{name}" already exists and will be skipped')
    else:
        session.execute(f"create schema {identifier(name)}")
        privileges.created(session, name, "")
        if words[end : end + 1] == ["AUTHORIZATION"] and end + 1 < len(words):
            privileges.give(session, name, "", str(statement.tokens[end + 1].text).lower())
    return Outcome("CREATE SCHEMA")


def drop_schemas(session: Session, statement: Statement) -> Outcome:
    """Execute DROP SCHEMA; without CASCADE only an empty one goes."""
    tokens, words = statement.tokens, keywords(statement.tokens)
    for index in range(len(words) - 2):  # what a catalog of AWS Glue would lose is no matter of this server
        if words[index : index + 3] == ["DROP", "EXTERNAL", "DATABASE"]:
            tokens = [*tokens[:index], *tokens[index + 3 :]]
            break
    names, if_exists = names_of_drop(tokens, after=1)
    cascade = words[-1] == "CASCADE"
    with session.atomic():
        for parts in names:
            _drop_schema(session, parts[-1], if_exists=if_exists, cascade=cascade)
    return Outcome("DROP SCHEMA")


def create_database(session: Session, statement: Statement) -> Outcome:
    """Execute CREATE DATABASE, which no transaction may hold (AWS, r_CREATE_DATABASE)."""
    _refuse_in_transaction(session, "CREATE DATABASE")
    privileges.require_create_database(session)
    parts, end = name_at(statement.tokens, 2)
    rest = keywords(statement.tokens)[end:]
    if rest[:1] not in ([], ["WITH"], ["OWNER"], ["CONNECTION"], ["COLLATE"], ["ISOLATION"]):
        raise syntax_error_near(str(statement.tokens[end].text))
    if {"CASE_INSENSITIVE", "CI"} & set(rest):
        raise not_supported("a database with COLLATE CASE_INSENSITIVE")
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


def create_external_schema(session: Session, statement: Statement) -> Outcome:
    """Execute CREATE EXTERNAL SCHEMA: it is remembered for the catalog; its tables lie on AWS and are not reached from here."""
    words = keywords(statement.tokens)
    if_missing = words[3:6] == ["IF", "NOT", "EXISTS"]
    parts, end = name_at(statement.tokens, 6 if if_missing else 3)
    name = parts[-1]
    if words[end : end + 1] != ["FROM"]:
        raise syntax_error_near(str(statement.tokens[end].text) if end < len(words) else "")
    known = session.execute(f"select 1 from {CATALOG_SCHEMA}.external_schema where schema_name = ?", [name])
    if known or has_schema(session.cursor, session.database, name):
        if if_missing:
            return Outcome("CREATE SCHEMA")
        raise StatementFailed("42P06", f'schema "{name}" already exists')
    rest = words[end + 1 :]
    if not rest or rest[0] not in _EXTERNAL_SOURCES:
        raise syntax_error_near(str(statement.tokens[end + 1].text) if rest else "")
    database = next((str(statement.tokens[end + 2 + index].text) for index, word in enumerate(rest[:-1]) if word == "DATABASE"), "")
    session.execute(f"insert into {CATALOG_SCHEMA}.external_schema values (?, ?, ?)", [name, database, " ".join(rest[:2]).lower()])
    return Outcome("CREATE SCHEMA")


def alter_schema(session: Session, statement: Statement) -> Outcome:
    """Execute ALTER SCHEMA name {OWNER TO user | QUOTA …}; RENAME only of an empty one, because DuckDB renames none."""
    words = keywords(statement.tokens)
    name = name_at(statement.tokens, 2)[0][-1]
    require_schema(session.cursor, session.database, name)
    privileges.require_owner(session, name, "")
    if words[3:5] == ["OWNER", "TO"] and len(words) > 5:  # noqa: PLR2004 - ALTER SCHEMA name OWNER TO user
        owner = str(statement.tokens[5].text).lower()
        if not privileges.user_exists(session, owner):
            raise StatementFailed("42704", f'user "{owner}" does not exist')
        privileges.give(session, name, "", owner)
    elif words[3:5] == ["RENAME", "TO"] and len(words) > 5:  # noqa: PLR2004 - ALTER SCHEMA name RENAME TO name
        held = "select 1 from information_schema.tables where table_catalog = ? and table_schema = ?"
        if session.execute(held, [session.database, name]):
            raise not_supported("ALTER SCHEMA RENAME of a schema that holds tables, on this server,")
        session.execute(f"drop schema {identifier(name)}")
        session.execute(f"create schema {identifier(str(statement.tokens[5].text).lower())}")
    elif words[3:4] != ["QUOTA"]:
        raise syntax_error_near(str(statement.tokens[3].text) if len(words) > 3 else "")  # noqa: PLR2004 - ALTER ROLE name
    return Outcome("ALTER SCHEMA")


def alter_database(session: Session, statement: Statement) -> Outcome:
    """Execute ALTER DATABASE name {ISOLATION LEVEL {SERIALIZABLE | SNAPSHOT} | OWNER TO | CONNECTION LIMIT} (AWS, r_ALTER_DATABASE)."""
    words = keywords(statement.tokens)
    name = str(statement.tokens[2].text).lower() if len(words) > 2 else ""  # noqa: PLR2004 - ALTER DATABASE name
    if name not in session.services.databases.names:
        raise StatementFailed("3D000", f'database "{name}" does not exist')
    if words[3:5] == ["ISOLATION", "LEVEL"]:
        _refuse_in_transaction(session, "ALTER DATABASE ISOLATION LEVEL")
        if name == DEFAULT_DATABASE:  # r_ALTER_DATABASE
            raise not_supported(f"ALTER DATABASE ISOLATION LEVEL of {name}")
        if words[5:] not in (["SERIALIZABLE"], ["SNAPSHOT"]):
            raise syntax_error_near(str(statement.tokens[5].text) if len(words) > 5 else "")  # noqa: PLR2004 - the level
        session.services.databases.isolate(name, words[5].lower())
    elif words[3:5] == ["RENAME", "TO"]:
        if name == session.database:
            raise StatementFailed("0A000", "current database may not be renamed")
        raise not_supported("ALTER DATABASE RENAME, on this server,")
    elif words[3:5] == ["OWNER", "TO"] and len(words) == 6:  # noqa: PLR2004 - ALTER DATABASE name OWNER TO user
        _keep_owner(session, str(statement.tokens[5].text).lower())
    elif words[3:5] != ["CONNECTION", "LIMIT"]:
        raise syntax_error_near(str(statement.tokens[3].text) if len(words) > 3 else "")  # noqa: PLR2004 - ALTER ROLE name
    return Outcome("ALTER DATABASE")


def _keep_owner(session: Session, owner: str) -> None:
    """Take the owner that every database has here, and refuse any other."""
    privileges.require_superuser(session, "change the owner of a database")
    if not privileges.user_exists(session, owner):
        raise StatementFailed("42704", f'user "{owner}" does not exist')
    if owner != EMBEDDED_USER:
        raise not_supported("ALTER DATABASE OWNER TO another user, on this server,")


def use(session: Session, statement: Statement) -> Outcome:
    """Execute USE database: names are looked for there; only the session's own database can be written to, so only it is taken."""
    name = str(statement.tokens[1].text).lower() if len(statement.tokens) == 2 else ""  # noqa: PLR2004 - USE and a name
    if name not in session.services.databases.names:
        raise StatementFailed("3D000", f'database "{name}" does not exist')
    if name != session.database:
        raise not_supported("USE of another database than the session's, on this server,")
    return Outcome("USE")


def comment(session: Session, statement: Statement) -> Outcome:
    """Execute COMMENT ON; those of tables, views and columns are read back from pg_description and the svv views."""
    words = keywords(statement.tokens)
    if words[2:3] == [] or words[2] not in _COMMENTED:
        raise syntax_error_near(str(statement.tokens[min(2, len(words) - 1)].text))
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
    if not table.is_temporary:
        privileges.require_owner(session, table.schema, table.name)
    session.lock(table, Mode.ALL)
    if words[2] == "COLUMN":
        session.execute(f"comment on column {table.sql}.{identifier(parts[-1])} is {text}")
    else:
        session.execute(f"comment on {words[2].lower()} {table.sql} is {text}")
    return Outcome("COMMENT")


def _drop_schema(session: Session, name: str, *, if_exists: bool, cascade: bool) -> None:
    if name in {"public", CATALOG_SCHEMA}:
        raise StatementFailed("42501", f"cannot drop schema {name}")
    if session.execute(f"select 1 from {CATALOG_SCHEMA}.external_schema where schema_name = ?", [name]):
        session.execute(f"delete from {CATALOG_SCHEMA}.external_schema where schema_name = ?", [name])
        session.execute(f"delete from {CATALOG_SCHEMA}.declared where kind = 'external table' and schema_name = ?", [name])
        return
    if not has_schema(session.cursor, session.database, name):
        if if_exists:
            return
        require_schema(session.cursor, session.database, name)
    tables = session.execute("select table_name from duckdb_tables() where database_name = ? and schema_name = ?", [session.database, name])
    views = session.execute("select view_name from duckdb_views() where database_name = ? and schema_name = ?", [session.database, name])
    if (tables or views) and not cascade:
        raise StatementFailed("2BP01", f"cannot drop schema {name} because other objects depend on it")
    for (table,) in tables:
        if found := session.find([name, table]):
            drop_table(session, found, cascade=True)
    for (view,) in views:
        if found := session.find([name, view]):
            dependencies.refuse_or_drop(session, found, cascade=True)
            dependencies.drop_view(session, found)
    session.execute(f"delete from {CATALOG_SCHEMA}.materialized_view where table_schema = ?", [name])
    session.execute(f"drop schema {identifier(name)}")
    privileges.dropped(session, name, "")


def _refuse_in_transaction(session: Session, what: str) -> None:
    if session.status is not TransactionStatus.IDLE:
        raise StatementFailed("25001", f"{what} cannot run inside a transaction block")
