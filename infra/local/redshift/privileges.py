"""Who may do what: users, roles, groups, grants, default privileges and ownership, looked at before every statement.

Sources: AWS, r_Privileges.html, r_GRANT.html, r_ALTER_DEFAULT_PRIVILEGES.html, t_Roles.html. What is granted lies in the database's own
file and shares its transactions; on AWS users and roles belong to the namespace and are the same in all its databases.
"""

from infra.local.redshift.credentials import EMBEDDED_USER
from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.names import CATALOG_SCHEMA
from infra.local.redshift.session import Session, TableName

# ruff: noqa: S608 - names are our own

PUBLIC = ("public", "public")
_FIRST_USER_ID = 100
_OWNERS = f"{CATALOG_SCHEMA}.owner"
_GRANTS = f"{CATALOG_SCHEMA}.granted"
_DEFAULTS = f"{CATALOG_SCHEMA}.default_grant"
_USERS = f"{CATALOG_SCHEMA}.user_account"
_MEMBERS = f"{CATALOG_SCHEMA}.membership"


def is_superuser(session: Session, user: str) -> bool:
    """Tell whether a user may do everything; the one the server was started with may."""
    if user == EMBEDDED_USER:
        return True
    return bool(session.execute(f"select 1 from {_USERS} where user_name = ? and is_superuser", [user]))


def user_exists(session: Session, user: str) -> bool:
    """Tell whether there is a user."""
    return user == EMBEDDED_USER or bool(session.execute(f"select 1 from {_USERS} where user_name = ?", [user]))


def user_id(session: Session, user: str) -> int:
    """Return a user's number."""
    rows = session.execute(f"select user_id from {_USERS} where user_name = ?", [user])
    return int(rows[0][0]) if rows else _FIRST_USER_ID


def identities(session: Session, user: str) -> set[tuple[str, str]]:
    """Return everybody a user counts as: itself, its groups, its roles and theirs, and PUBLIC."""
    rows = session.execute(f"select kind, name, member_kind, member from {_MEMBERS}")
    found: set[tuple[str, str]] = {("user", user), PUBLIC}
    while True:
        added = {(kind, name) for kind, name, member_kind, member in rows if (member_kind, member) in found} - found
        if not added:
            return found
        found |= added


def sees_all_rows(session: Session, user: str) -> bool:
    """Tell whether a user reads other users' rows of system views: by SYSLOG ACCESS UNRESTRICTED or ACCESS SYSTEM TABLE."""
    return ("syslog", "unrestricted") in identities(session, user) or is_granted(session, user, "system", "access system table")


def is_member(session: Session, user: str, role: str) -> bool:
    """Tell whether a user has a role, directly or through another one."""
    return ("role", role) in identities(session, user) or is_superuser(session, user)


def owner_of(session: Session, schema: str, name: str) -> str:
    """Return who owns a table, or a schema where the name is ""; what nobody is remembered for is the first user's."""
    rows = session.execute(f"select owner from {_OWNERS} where schema_name = ? and object_name = ?", [schema, name])
    return str(rows[0][0]) if rows else EMBEDDED_USER


def allows_table(session: Session, user: str, table: TableName, privilege: str) -> bool:
    """Tell whether a user has a privilege on a table, by a grant on it, on all tables of its schema, or as its owner."""
    if table.is_temporary or is_superuser(session, user) or owner_of(session, table.schema, table.name) == user:
        return True
    rows = session.execute(
        f"select grantee_kind, grantee from {_GRANTS} where privilege = ?"
        " and ((object_kind = 'table' and schema_name = ? and object_name = ?)"
        " or (object_kind = 'tables in schema' and schema_name = ?) or object_kind = 'tables in database')",
        [privilege, table.schema, table.name, table.schema],
    )
    return bool(identities(session, user) & set(rows))


def granted_columns(session: Session, table: TableName, privilege: str) -> set[str] | None:
    """Return the columns of a table for which the session's user has a privilege; None for all of them.

    Raises:
        StatementFailed: 42501 where the user has it for none.
    """
    if session.user == EMBEDDED_USER or table.is_temporary:
        return None
    require_schema(session, table.schema, "usage")
    if allows_table(session, session.user, table, privilege):
        return None
    rows = session.execute(
        f"select privilege, grantee_kind, grantee from {_GRANTS} where object_kind = 'column' and schema_name = ? and object_name = ?",
        [table.schema, table.name],
    )
    who = identities(session, session.user)
    found = {
        str(name).rstrip(")").partition("(")[2]
        for name, *grantee in rows
        if tuple(grantee) in who and str(name).startswith(f"{privilege}(")
    }
    if not found:
        raise StatementFailed("42501", f"permission denied for relation {table.name}")
    return found


def require_column(session: Session, schema: str, name: str, column: str) -> None:
    """Refuse a column that a table does not have.

    Raises:
        StatementFailed: 42703.
    """
    known = "select 1 from duckdb_columns() where database_name = ? and schema_name = ? and table_name = ? and column_name = ?"
    if not session.execute(known, [session.database, schema, name, column]):
        raise StatementFailed("42703", f'column "{column}" of relation "{name}" does not exist')


def allows_database(session: Session, user: str, name: str, privilege: str) -> bool:
    """Tell whether a user has a privilege on a database; everybody may make temporary tables and use it."""
    return (
        privilege in {"temporary", "temp", "usage"} or is_superuser(session, user) or is_granted(session, user, "database", privilege, name)
    )


def allows_schema(session: Session, user: str, schema: str, privilege: str) -> bool:
    """Tell whether a user has a privilege on a schema; everybody has both on ``public``."""
    if schema == "public" or is_superuser(session, user) or owner_of(session, schema, "") == user:
        return True
    rows = session.execute(
        f"select grantee_kind, grantee from {_GRANTS} where privilege = ? and ((object_kind = 'schema' and schema_name = ?)"
        " or object_kind = 'schemas in database')",
        [privilege, schema],
    )
    return bool(identities(session, user) & set(rows))


def require_table(session: Session, table: TableName, privilege: str) -> None:
    """Refuse what the session's user may not do with a table.

    Raises:
        StatementFailed: 42501.
    """
    if session.user == EMBEDDED_USER or table.is_temporary:
        return
    require_schema(session, table.schema, "usage")
    if not allows_table(session, session.user, table, privilege):
        raise StatementFailed("42501", f"permission denied for relation {table.name}")


def require_schema(session: Session, schema: str, privilege: str) -> None:
    """Refuse what the session's user may not do in a schema.

    Raises:
        StatementFailed: 42501.
    """
    if session.user != EMBEDDED_USER and not allows_schema(session, session.user, schema, privilege):
        raise StatementFailed("42501", f"permission denied for schema {schema}")


def require_owner(session: Session, schema: str, name: str) -> None:
    """Refuse what only an object's owner or a superuser may do.

    Raises:
        StatementFailed: 42501.
    """
    if session.user == EMBEDDED_USER or is_superuser(session, session.user) or owner_of(session, schema, name) == session.user:
        return
    raise StatementFailed("42501", f"must be owner of {'relation ' + name if name else 'schema ' + schema}")


def require_grantable(session: Session, kind: str, schema: str, name: str, privilege: str) -> None:
    """Refuse to grant a privilege to who neither owns the table or schema nor has it WITH GRANT OPTION (r_GRANT).

    Raises:
        StatementFailed: 42501.
    """
    rows = session.execute(
        f"select grantee_kind, grantee from {_GRANTS} where object_kind = ? and schema_name = ? and object_name = ? and privilege = ?"
        " and grantable",
        [kind, schema, name, privilege],
    )
    if not rows or not identities(session, session.user) & set(rows):
        require_owner(session, schema, name)


def require_admin_of(session: Session, role: str) -> None:
    """Refuse to grant or revoke a role to who is no superuser and has it without ADMIN OPTION (r_GRANT).

    Raises:
        StatementFailed: 42501.
    """
    if ("admin", role) not in identities(session, session.user) and not is_superuser(session, session.user):
        raise StatementFailed("42501", f'permission denied: must have admin option on role "{role}"')


def require_owner_or(session: Session, table: TableName, privilege: str) -> None:
    """Refuse what a table's owner may do, and who was granted the privilege for it: ALTER, DROP and TRUNCATE (r_GRANT).

    Raises:
        StatementFailed: 42501.
    """
    if session.user != EMBEDDED_USER and not allows_table(session, session.user, table, privilege):
        raise StatementFailed("42501", f"must be owner of relation {table.name}")


def is_granted(session: Session, user: str, object_kind: str, privilege: str, object_name: str = "") -> bool:
    """Tell whether a user was granted a privilege for an object of a name, or for all of that kind."""
    rows = session.execute(
        f"select grantee_kind, grantee from {_GRANTS} where object_kind = ? and privilege = ? and object_name in (?, '')",
        [object_kind, privilege, object_name],
    )
    return bool(identities(session, user) & set(rows))


def require_system(session: Session, privilege: str) -> None:
    """Refuse what only a superuser may do, and who was granted the permission of that name (r_roles-system-privileges).

    Raises:
        StatementFailed: 42501.
    """
    if session.user == EMBEDDED_USER or is_superuser(session, session.user):
        return
    if not is_granted(session, session.user, "system", privilege):
        raise StatementFailed("42501", f"permission denied: must be superuser or have the permission {privilege.upper()}")


def require_create_in_database(session: Session) -> None:
    """Refuse to make a schema to who may make none in this database (r_CREATE_SCHEMA).

    Raises:
        StatementFailed: 42501.
    """
    if not is_granted(session, session.user, "database", "create", session.database):
        require_system(session, "create schema")


def require_create_database(session: Session) -> None:
    """Refuse to make a database to who is neither a superuser nor CREATEDB (r_CREATE_DATABASE).

    Raises:
        StatementFailed: 42501.
    """
    if session.user == EMBEDDED_USER or is_superuser(session, session.user):
        return
    if not session.execute(f"select 1 from {_USERS} where user_name = ? and creates_databases", [session.user]):
        raise StatementFailed("42501", "permission denied to create database")


def require_execute(session: Session, name: str, owner: str) -> None:
    """Refuse to call a procedure to who is neither its owner nor was granted EXECUTE (stored-procedure-security-and-privileges).

    Raises:
        StatementFailed: 42501.
    """
    if session.user in {owner, EMBEDDED_USER} or is_superuser(session, session.user):
        return
    if not is_granted(session, session.user, "function", "execute", name):
        raise StatementFailed("42501", f"permission denied for procedure {name}")


def procedure_created(session: Session, name: str) -> None:
    """Grant what the default privileges of a procedure's maker say."""
    session.execute(
        f"insert into {_GRANTS} select 'function', '', ?, privilege, grantee_kind, grantee, grantable from {_DEFAULTS}"
        " where creator = ? and object_kind = 'procedures'",
        [name, session.user],
    )


def require_superuser(session: Session, what: str) -> None:
    """Refuse what only a superuser may do.

    Raises:
        StatementFailed: 42501.
    """
    if session.user != EMBEDDED_USER and not is_superuser(session, session.user):
        raise StatementFailed("42501", f"must be superuser to {what}")


def created(session: Session, schema: str, name: str) -> None:
    """Remember who made an object, and grant what its maker's default privileges say."""
    session.execute(f"delete from {_OWNERS} where schema_name = ? and object_name = ?", [schema, name])
    session.execute(f"insert into {_OWNERS} values (?, ?, ?)", [schema, name, session.user])
    if name:
        session.execute(
            f"insert into {_GRANTS} select 'table', ?, ?, privilege, grantee_kind, grantee, grantable from {_DEFAULTS}"
            " where creator = ? and object_kind = 'tables' and (schema_name = ? or schema_name = '')",
            [schema, name, session.user, schema],
        )


def give(session: Session, schema: str, name: str, owner: str) -> None:
    """Make somebody else the owner of an object."""
    session.execute(f"delete from {_OWNERS} where schema_name = ? and object_name = ?", [schema, name])
    session.execute(f"insert into {_OWNERS} values (?, ?, ?)", [schema, name, owner])


def dropped(session: Session, schema: str, name: str) -> None:
    """Forget an object's owner and grants."""
    session.execute(f"delete from {_OWNERS} where schema_name = ? and object_name = ?", [schema, name])
    session.execute(
        f"delete from {_GRANTS} where object_kind in ('table', 'column') and schema_name = ? and object_name = ?", [schema, name]
    )


def renamed(session: Session, schema: str, old: str, new: str) -> None:
    """Keep owner and grants of a table that has another name now."""
    session.execute(f"update {_OWNERS} set object_name = ? where schema_name = ? and object_name = ?", [new, schema, old])
    session.execute(
        f"update {_GRANTS} set object_name = ? where object_kind in ('table', 'column') and schema_name = ? and object_name = ?",
        [new, schema, old],
    )
