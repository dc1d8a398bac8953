"""Users, groups and roles. Sources: AWS, r_CREATE_USER.html, r_ALTER_USER.html, r_CREATE_GROUP.html, r_CREATE_ROLE.html and their DROPs."""

from infra.local.redshift import privileges, protection
from infra.local.redshift.credentials import EMBEDDED_USER
from infra.local.redshift.errors import StatementFailed, syntax_error_near
from infra.local.redshift.names import CATALOG_SCHEMA
from infra.local.redshift.session import Outcome, Session
from infra.local.redshift.sql.literals import timestamp
from infra.local.redshift.statement import Statement
from infra.local.redshift.tokens import keywords

# ruff: noqa: S608 - names are our own

_ROLES = f"{CATALOG_SCHEMA}.role"
_USERS = f"{CATALOG_SCHEMA}.user_account"
_GROUPS = f"{CATALOG_SCHEMA}.user_group"
_MEMBERS = f"{CATALOG_SCHEMA}.membership"
_OPTIONS = {
    "CREATEDB": 0,
    "NOCREATEDB": 0,
    "CREATEUSER": 0,
    "NOCREATEUSER": 0,
    "SUPERUSER": 0,
    "NOSUPERUSER": 0,
    "WITH": 0,
    "RESET": 1,
    "PASSWORD": 1,
    "EXTERNALID": 1,
}


_OF_ADMINISTRATORS = frozenset({"CREATEDB", "NOCREATEDB", "CONNECTION", "RENAME", "SESSION", "SYSLOG", "VALID"})


def _refuse_password(password: str) -> None:
    """A password in clear text has 8 to 64 characters, a capital, a small letter and a figure (r_CREATE_USER)."""
    if password.upper() == "DISABLE" or password.startswith(("md5", "sha256|")):
        return
    if not 8 <= len(password) <= 64:  # noqa: PLR2004 - AWS's limits
        raise StatementFailed("22023", "password must be between 8 and 64 characters long")
    for told, kind in (("an uppercase letter", str.isupper), ("a lowercase letter", str.islower), ("a number", str.isdigit)):
        if not any(map(kind, password)):
            raise StatementFailed("22023", f"password must contain {told}")
    if any(not "!" <= character <= "~" or character in "'\"\\/@" for character in password):
        raise StatementFailed("22023", "password must not contain blanks, quotation marks, \\, / or @, nor what is not ASCII")


def create_user(session: Session, statement: Statement) -> Outcome:
    """Execute CREATE USER name PASSWORD …; without a password there is no user."""
    privileges.require_system(session, "create user")
    name = _name(statement, 2)
    _refuse_public(name, "user")
    words = keywords(statement.tokens)
    if "PASSWORD" not in words:
        raise syntax_error_near("")
    _read_options(session, statement, name)
    _refuse_password(str(statement.tokens[words.index("PASSWORD") + 1].text) if words.index("PASSWORD") + 1 < len(words) else "")
    if privileges.user_exists(session, name):
        raise StatementFailed("42710", f'user "{name}" already exists')
    number = session.execute(f"select coalesce(max(user_id), 100) + 1 from {_USERS}")[0][0]
    session.execute(
        f"insert into {_USERS} values (?, ?, ?, ?)", [name, number, "CREATEUSER" in words or "SUPERUSER" in words, "CREATEDB" in words]
    )
    return Outcome("CREATE USER")


def alter_user(session: Session, statement: Statement) -> Outcome:
    """Execute ALTER USER."""
    name = _name(statement, 2)
    _refuse_missing(session, name)
    words = keywords(statement.tokens)
    if name != session.user or set(words) & _OF_ADMINISTRATORS:  # one's own password and settings are one's own (r_ALTER_USER)
        privileges.require_system(session, "alter user")
    if words[3:5] == ["RENAME", "TO"]:
        new = _name(statement, 5)
        _refuse_public(new, "user")
        if privileges.user_exists(session, new):
            raise StatementFailed("42710", f'user "{new}" already exists')
        session.execute(f"update {_USERS} set user_name = ? where user_name = ?", [new, name])
        _rename(session, "user", name, new)
        return Outcome("ALTER USER")
    _read_options(session, statement, name)
    if {"CREATEUSER", "SUPERUSER", "NOCREATEUSER", "NOSUPERUSER"} & set(words):
        privileges.require_superuser(session, "alter users")
        session.execute(f"update {_USERS} set is_superuser = ? where user_name = ?", [bool({"CREATEUSER", "SUPERUSER"} & set(words)), name])
    return Outcome("ALTER USER")


def drop_users(session: Session, statement: Statement) -> Outcome:
    """Execute DROP USER; one that owns something stays."""
    privileges.require_system(session, "drop user")
    names, if_exists = _names(statement)
    for name in names:
        if not privileges.user_exists(session, name):
            if if_exists:
                continue
            raise StatementFailed("42704", f'user "{name}" does not exist')
        if session.execute(f"select 1 from {CATALOG_SCHEMA}.owner where owner = ?", [name]):
            raise StatementFailed("55006", f'user "{name}" cannot be dropped because the user owns some object')
        if session.execute(f"select 1 from {CATALOG_SCHEMA}.granted where grantee_kind = 'user' and grantee = ?", [name]):
            raise StatementFailed("55006", f'user "{name}" cannot be dropped because the user has a privilege on some object')
        session.execute(f"delete from {_USERS} where user_name = ?", [name])
        session.execute(f"delete from {_MEMBERS} where member_kind = 'user' and member = ?", [name])
        protection.grantee_dropped(session, "user", name)
    return Outcome("DROP USER")


def create_group(session: Session, statement: Statement) -> Outcome:
    """Execute CREATE GROUP name [[WITH] USER user, …]."""
    privileges.require_superuser(session, "create groups")
    name = _name(statement, 2)
    _refuse_public(name, "group")
    if session.execute(f"select 1 from {_GROUPS} where group_name = ?", [name]):
        raise StatementFailed("42710", f'group "{name}" already exists')
    session.execute(f"insert into {_GROUPS} values (?)", [name])
    words = keywords(statement.tokens)
    if "USER" in words[3:]:
        _join(session, name, statement, words.index("USER", 3) + 1)
    return Outcome("CREATE GROUP")


def alter_group(session: Session, statement: Statement) -> Outcome:
    """Execute ALTER GROUP name {ADD | DROP} USER user, … or RENAME TO."""
    privileges.require_superuser(session, "alter groups")
    name = _name(statement, 2)
    words = keywords(statement.tokens)
    _refuse_missing_group(session, name)
    if words[3:5] == ["ADD", "USER"]:
        _join(session, name, statement, 5)
    elif words[3:5] == ["DROP", "USER"]:
        for user in _listed(statement, 5):
            session.execute(f"delete from {_MEMBERS} where kind = 'group' and name = ? and member = ?", [name, user])
    elif words[3:5] == ["RENAME", "TO"]:
        session.execute(f"update {_GROUPS} set group_name = ? where group_name = ?", [_name(statement, 5), name])
        _rename(session, "group", name, _name(statement, 5))
    else:
        raise syntax_error_near(str(statement.tokens[3].text) if len(words) > 3 else "")  # noqa: PLR2004 - ALTER ROLE name
    return Outcome("ALTER GROUP")


def drop_groups(session: Session, statement: Statement) -> Outcome:
    """Execute DROP GROUP."""
    privileges.require_superuser(session, "drop groups")
    names, if_exists = _names(statement)
    for name in names:
        if not if_exists:
            _refuse_missing_group(session, name)
        if session.execute(f"select 1 from {CATALOG_SCHEMA}.granted where grantee_kind = 'group' and grantee = ?", [name]):
            raise StatementFailed("55006", f'group "{name}" cannot be dropped because the group has a privilege on some object')
        session.execute(f"delete from {_GROUPS} where group_name = ?", [name])
        session.execute(f"delete from {_MEMBERS} where kind = 'group' and name = ?", [name])
    return Outcome("DROP GROUP")


def create_role(session: Session, statement: Statement) -> Outcome:
    """Execute CREATE ROLE."""
    privileges.require_system(session, "create role")
    name = _name(statement, 2)
    if name == "public":
        raise StatementFailed("42939", 'role name "public" is reserved')
    if role_exists(session, name):
        raise StatementFailed("42710", f'role "{name}" already exists')
    if len(statement.tokens) > 3 and keywords(statement.tokens)[3] != "EXTERNALID":  # noqa: PLR2004 - CREATE ROLE name
        raise syntax_error_near(str(statement.tokens[3].text))
    session.execute(f"insert into {_ROLES} values (?)", [name])
    return Outcome("CREATE ROLE")


def alter_role(session: Session, statement: Statement) -> Outcome:
    """Execute ALTER ROLE name {RENAME TO name | OWNER TO user | EXTERNALID TO id}."""
    privileges.require_system(session, "alter role")
    name = _name(statement, 2)
    if not role_exists(session, name):
        raise StatementFailed("42704", f'role "{name}" does not exist')
    words = keywords(statement.tokens)
    if words[3:5] == ["RENAME", "TO"]:
        session.execute(f"update {_ROLES} set role_name = ? where role_name = ?", [_name(statement, 5), name])
        _rename(session, "role", name, _name(statement, 5))
    elif words[3:5] not in (["OWNER", "TO"], ["EXTERNALID", "TO"]) and words[3:5] != ["WITH", "EXTERNALID"]:
        raise syntax_error_near(str(statement.tokens[3].text) if len(words) > 3 else "")  # noqa: PLR2004 - ALTER ROLE name
    return Outcome("ALTER ROLE")


def drop_roles(session: Session, statement: Statement) -> Outcome:
    """Execute DROP ROLE name [FORCE | RESTRICT]; one that somebody has goes only by force."""
    privileges.require_system(session, "drop role")
    name = _name(statement, 2)
    if not role_exists(session, name):
        raise StatementFailed("42704", f'role "{name}" does not exist')
    rest = keywords(statement.tokens)[3:]
    if rest not in ([], ["FORCE"], ["RESTRICT"]):
        raise syntax_error_near(rest[0].lower())
    members = session.execute(f"select min(member_kind) from {_MEMBERS} where kind = 'role' and name = ?", [name])[0][0]
    if rest != ["FORCE"] and members:
        fact = "it depends on another role" if members == "role" else "it has been granted on a user"
        raise StatementFailed("2BP01", f"cannot drop this role since {fact}")
    session.execute(f"delete from {_ROLES} where role_name = ?", [name])
    session.execute(f"delete from {_MEMBERS} where (kind = 'role' and name = ?) or (member_kind = 'role' and member = ?)", [name, name])
    session.execute(f"delete from {CATALOG_SCHEMA}.granted where grantee_kind = 'role' and grantee = ?", [name])
    protection.grantee_dropped(session, "role", name)
    return Outcome("DROP ROLE")


def role_exists(session: Session, name: str) -> bool:
    """Tell whether there is a role."""
    return bool(session.execute(f"select 1 from {_ROLES} where role_name = ?", [name]))


def _rename(session: Session, kind: str, old: str, new: str) -> None:
    """Keep for a user, group or role under its new name what it owns, was granted and belongs to."""
    held = {"granted": "grantee", "default_grant": "grantee", "attached_policy": "grantee"}
    owned = {"owner": "owner", "declared": "owner", "routine": "owner", "default_grant": "creator", "attached_policy": "grantor"}
    for table, column in held.items():
        session.execute(f"update {CATALOG_SCHEMA}.{table} set {column} = ? where {column} = ? and grantee_kind = ?", [new, old, kind])
    for table, column in owned.items() if kind == "user" else ():
        session.execute(f"update {CATALOG_SCHEMA}.{table} set {column} = ? where {column} = ?", [new, old])
    session.execute(f"update {_MEMBERS} set name = ? where kind = ? and name = ?", [new, kind, old])
    session.execute(f"update {_MEMBERS} set member = ? where member_kind = ? and member = ?", [new, kind, old])


def _read_options(session: Session, statement: Statement, name: str) -> None:
    words = keywords(statement.tokens)
    index = 3
    while index < len(words):
        word = words[index]
        if words[index : index + 2] == ["IN", "GROUP"]:
            for group in _listed(statement, index + 2):
                _refuse_missing_group(session, group)
                session.execute(f"insert into {_MEMBERS} values ('group', ?, 'user', ?)", [group, name])
            return
        if words[index : index + 2] == ["SYSLOG", "ACCESS"]:
            _give_log(session, name, words[index + 2] if index + 2 < len(words) else "")
        if words[index : index + 2] == ["VALID", "UNTIL"]:
            until = str(statement.tokens[index + 2].text) if index + 2 < len(words) else ""
            if until.lower() != "infinity":
                timestamp(until)
        if words[index : index + 3] == ["RESET", "SESSION", "TIMEOUT"] or words[index : index + 2] in (
            ["VALID", "UNTIL"],
            ["CONNECTION", "LIMIT"],
            ["SYSLOG", "ACCESS"],
            ["SESSION", "TIMEOUT"],
        ):
            index += 3
        elif word == "SET":
            return
        elif word in _OPTIONS:
            index += 1 + _OPTIONS[word]
        else:
            raise syntax_error_near(str(statement.tokens[index].text))


def _give_log(session: Session, name: str, access: str) -> None:
    """Keep whether a user sees the rows of others in the system's tables (r_ALTER_USER)."""
    if access not in {"RESTRICTED", "UNRESTRICTED"}:
        raise syntax_error_near(access.lower())
    privileges.require_superuser(session, "give SYSLOG ACCESS")
    session.execute(f"delete from {_MEMBERS} where kind = 'syslog' and member = ?", [name])
    if access == "UNRESTRICTED":
        session.execute(f"insert into {_MEMBERS} values ('syslog', 'unrestricted', 'user', ?)", [name])


def _join(session: Session, group: str, statement: Statement, index: int) -> None:
    for user in _listed(statement, index):
        _refuse_missing(session, user)
        session.execute(f"insert into {_MEMBERS} values ('group', ?, 'user', ?)", [group, user])


def _listed(statement: Statement, index: int) -> list[str]:
    return [str(token.text).lower() for token in statement.tokens[index:] if str(token.text) != ","]


def _names(statement: Statement) -> tuple[list[str], bool]:
    if_exists = keywords(statement.tokens)[2:4] == ["IF", "EXISTS"]
    names = _listed(statement, 4 if if_exists else 2)
    if not names:
        raise syntax_error_near("")
    return names, if_exists


def _name(statement: Statement, index: int) -> str:
    if index >= len(statement.tokens):
        raise syntax_error_near("")
    return str(statement.tokens[index].text).lower()


def _refuse_public(name: str, kind: str) -> None:
    if name == "public":  # it means everybody (r_CREATE_USER)
        raise StatementFailed("42939", f'{kind} name "public" is reserved')


def _refuse_missing(session: Session, name: str) -> None:
    if not privileges.user_exists(session, name) and name != EMBEDDED_USER.lower():
        raise StatementFailed("42704", f'user "{name}" does not exist')


def _refuse_missing_group(session: Session, name: str) -> None:
    if not session.execute(f"select 1 from {_GROUPS} where group_name = ?", [name]):
        raise StatementFailed("42704", f'group "{name}" does not exist')
