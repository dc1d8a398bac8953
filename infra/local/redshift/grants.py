"""GRANT, REVOKE and ALTER DEFAULT PRIVILEGES. Sources: AWS, r_GRANT.html, r_REVOKE.html, r_ALTER_DEFAULT_PRIVILEGES.html."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot.tokens import Token, TokenType

from infra.local.redshift import privileges
from infra.local.redshift.errors import StatementFailed, syntax_error_near
from infra.local.redshift.lookup import require_schema
from infra.local.redshift.names import CATALOG_SCHEMA
from infra.local.redshift.session import Outcome, Session
from infra.local.redshift.statement import Kind, Statement
from infra.local.redshift.tokens import closing, name_at
from infra.local.redshift.word_reader import WordReader

# ruff: noqa: S608 - names are our own

_TABLE_PRIVILEGES = ("select", "insert", "update", "delete", "drop", "references", "alter", "truncate", "trigger", "rule")
_PRIVILEGES = {
    "table": _TABLE_PRIVILEGES,
    "tables in schema": _TABLE_PRIVILEGES,
    "tables in database": _TABLE_PRIVILEGES,
    "schema": ("create", "usage", "alter", "drop"),
    "schemas in database": ("create", "usage", "alter", "drop"),
    "database": ("create", "temporary", "temp", "usage", "alter"),
    "function": ("execute",),
    "language": ("usage",),
    "datashare": ("alter", "share", "usage"),
    "assumerole": (),
    "system": (
        *("create user", "drop user", "alter user", "create schema", "drop schema", "alter default privileges"),
        *("create table", "drop table", "alter table", "truncate table", "vacuum", "analyze", "cancel"),
        *("create or replace function", "create or replace external function", "drop function"),
        *("create or replace procedure", "drop procedure", "create or replace view", "drop view", "create model", "drop model"),
        *("create datashare", "alter datashare", "drop datashare", "create library", "drop library"),
        *("create role", "drop role", "alter role", "access catalog", "access system table"),
        *("create rls policy", "drop rls policy", "attach rls policy", "detach rls policy", "explain rls", "ignore rls"),
        *("create masking policy", "alter masking policy", "drop masking policy", "attach masking policy", "detach masking policy"),
        *("explain masking", "unmask"),
    ),
}
_ASSUMED = (("ALL",), ("COPY",), ("UNLOAD",), ("EXTERNAL", "FUNCTION"), ("CREATE", "MODEL"))
_GRANTS = f"{CATALOG_SCHEMA}.granted"
_DEFAULTS = f"{CATALOG_SCHEMA}.default_grant"
_MEMBERS = f"{CATALOG_SCHEMA}.membership"


@dataclass
class _Grant:
    kind: str = "table"
    privileges: list[str] = field(default_factory=list)
    objects: list[tuple[str, str]] = field(default_factory=list)
    grantees: list[tuple[str, str]] = field(default_factory=list)
    grantable: bool = False


def grant_or_revoke(session: Session, statement: Statement) -> Outcome:
    """Execute GRANT or REVOKE."""
    revokes = statement.kind is Kind.REVOKE
    reader = _Reader(session, statement.tokens, 1)
    if revokes and reader.taken("GRANT", "OPTION", "FOR"):
        reader.grantable = True
    if revokes and reader.taken("ADMIN", "OPTION", "FOR"):
        reader.grantable = True
    if reader.word() == "ROLE":
        return _membership(session, reader, revokes=revokes)
    grant = reader.assumed("FROM" if revokes else "TO") if reader.taken("ASSUMEROLE") else reader.grant("FROM" if revokes else "TO")
    with session.atomic():
        for schema, name in grant.objects:
            _apply(session, grant, schema, name, revokes=revokes, option_alone=revokes and reader.grantable)
    return Outcome("REVOKE" if revokes else "GRANT")


def alter_default(session: Session, statement: Statement) -> Outcome:
    """Execute ALTER DEFAULT PRIVILEGES: what its user, or the one named, makes later is granted with its making."""
    reader = _Reader(session, statement.tokens, 3)
    creators = reader.names() if reader.taken("FOR", "USER") else [session.user]
    schemas = reader.schemas() if reader.taken("IN", "SCHEMA") else [""]
    revokes = reader.word() == "REVOKE"
    if reader.word() not in {"GRANT", "REVOKE"}:
        raise syntax_error_near(reader.text())
    reader.index += 1
    reader.taken("GRANT", "OPTION", "FOR")
    words = reader.privileges()
    reader.expect("ON")
    kind = reader.word().lower()
    if kind not in {"tables", "functions", "procedures", "schemas"}:
        raise syntax_error_near(reader.text())
    reader.index += 1
    reader.expect("FROM" if revokes else "TO")
    grantees, grantable = reader.grantees()
    _refuse_option(grantees, grantable=grantable)
    listed = list(_TABLE_PRIVILEGES) if words == ["all"] else words
    with session.atomic():
        for creator in creators:
            for schema in schemas:
                for privilege in listed:
                    for grantee in grantees:
                        key = [creator, schema, kind, privilege, *grantee]
                        session.execute(
                            f"delete from {_DEFAULTS} where creator = ? and schema_name = ? and object_kind = ? and privilege = ?"
                            " and grantee_kind = ? and grantee = ?",
                            key,
                        )
                        if not revokes:
                            session.execute(f"insert into {_DEFAULTS} values (?, ?, ?, ?, ?, ?, ?)", [*key, grantable])
    return Outcome("ALTER DEFAULT PRIVILEGES")


def _apply(session: Session, grant: _Grant, schema: str, name: str, *, revokes: bool, option_alone: bool) -> None:
    known = _PRIVILEGES[grant.kind]
    listed = list(known) if known and grant.privileges == ["all"] else grant.privileges
    for privilege in listed:
        if grant.kind in {"table", "schema"}:
            privileges.require_grantable(session, grant.kind, schema, name, privilege)
        _, _, column = privilege.rstrip(")").partition("(")
        if column:
            privileges.require_column(session, schema, name, column)
        for grantee in grant.grantees:
            key = ["column" if column else grant.kind, schema, name, privilege, *grantee]
            session.execute(
                f"{f'update {_GRANTS} set grantable = false' if option_alone else f'delete from {_GRANTS}'}"
                " where object_kind = ? and schema_name = ? and object_name = ? and privilege = ? and grantee_kind = ? and grantee = ?",
                key,
            )
            if not revokes:
                session.execute(f"insert into {_GRANTS} values (?, ?, ?, ?, ?, ?, ?)", [*key, grant.grantable])


def _refuse_option(grantees: Sequence[tuple[str, str]], *, grantable: bool) -> None:
    if grantable and any(kind == "group" or (kind, name) == privileges.PUBLIC for kind, name in grantees):
        raise StatementFailed("0LP01", "grant options cannot be granted to a group or to PUBLIC")


def _roles_of(session: Session, role: str) -> set[str]:
    """Return the roles that a role has, itself or by others (r_GRANT, roles)."""
    rows = session.execute(f"select name, member from {_MEMBERS} where kind = 'role' and member_kind = 'role'")
    found: set[str] = set()
    open_ = {role}
    while open_:
        found |= open_
        open_ = {str(name) for name, member in rows if member in open_} - found
    return found - {role}


def _membership(session: Session, reader: "_Reader", *, revokes: bool) -> Outcome:
    roles: list[str] = []
    while reader.taken("ROLE") or roles:
        roles.append(reader.role())
        if not reader.taken(","):
            break
    reader.expect("FROM" if revokes else "TO")
    grantees, administers = reader.grantees()
    for role in roles:
        reader.refuse_missing_role(role)
        privileges.require_admin_of(session, role)
        for kind, name in grantees:
            session.execute(
                f"delete from {_MEMBERS} where kind in (?, 'admin') and name = ? and member_kind = ? and member = ?",
                ["admin" if reader.grantable else "role", role, kind, name],
            )
            if not revokes and kind == "role" and name in {role, *_roles_of(session, role)}:
                raise StatementFailed("0LP01", "cannot grant this role, a circular dependency was detected between these roles")
            if not revokes:
                session.execute(f"insert into {_MEMBERS} values ('role', ?, ?, ?)", [role, kind, name])
            if administers:
                session.execute(f"insert into {_MEMBERS} values ('admin', ?, ?, ?)", [role, kind, name])
    return Outcome("REVOKE" if revokes else "GRANT")


class _Reader(WordReader):
    def __init__(self, session: Session, tokens: list[Token], index: int) -> None:
        super().__init__(tokens, index)
        self.session = session
        self.grantable = False

    def role(self) -> str:
        """Read a role's name; those of the system are written ``sys:dba``."""
        name = self.text().lower()
        if not name:
            raise syntax_error_near("")
        self.index += 1
        if name == "sys" and self.taken(":"):
            name = f"sys:{self.text().lower()}"
            self.index += 1
        return name

    def names(self) -> list[str]:
        names = []
        while True:
            if not self.text():
                raise syntax_error_near("")
            names.append(self.text() if self.text().startswith("IAM:") else self.text().lower())
            self.index += 1
            if not self.taken(","):
                return names

    def schemas(self) -> list[str]:
        found = self.names()
        for schema in found:
            require_schema(self.session.cursor, self.session.database, schema)
        return found

    def privileges(self) -> list[str]:
        found = []
        while True:
            word = self.word().lower()
            if not word or self.tokens[self.index].token_type == TokenType.STRING:
                raise syntax_error_near(self.text())
            self.index += 1
            if word == "all":
                self.taken("PRIVILEGES")
            while self.word() not in {",", "ON", "TO", "FROM", "FOR", "("} and self.index < len(self.words):
                word += f" {self.word().lower()}"
                self.index += 1
            columns = self.names() if self.taken("(") else []
            if columns:
                self.expect(")")
            found += [f"{word}({column})" for column in columns] or [word]
            if not self.taken(","):
                return found

    def grant(self, direction: str) -> _Grant:
        grant = _Grant(privileges=self.privileges())
        if self.word() == direction:  # system permissions, which name no object
            grant.kind, grant.objects = "system", [("", "")]
        elif self.taken("FOR"):
            self._scoped(grant)
        else:
            self.expect("ON")
            self._objects(grant)
        self.expect(direction)
        grant.grantees, grant.grantable = self.grantees()
        _refuse_option(grant.grantees, grantable=grant.grantable)
        known = _PRIVILEGES[grant.kind]
        if grant.kind == "system" and any(kind != "role" for kind, _ in grant.grantees):
            raise StatementFailed("0LP01", "system permissions can be granted to roles alone")
        if any("(" in privilege for privilege in grant.privileges) and (
            grant.kind != "table" or not {privilege.partition("(")[0] for privilege in grant.privileges} <= {"select", "update"}
        ):
            raise StatementFailed("0LP01", "the privileges of columns are SELECT and UPDATE of a table")  # r_GRANT
        for privilege in (one.partition("(")[0] for one in grant.privileges):
            if known and privilege != "all" and privilege not in known:
                raise StatementFailed("0LP01", f"invalid privilege type {privilege.upper()} for {grant.kind}")
        return grant

    def assumed(self, direction: str) -> _Grant:
        """Read what follows ASSUMEROLE: roles of IAM, users, and the statements that may use them (r_GRANT)."""
        privileges.require_superuser(self.session, "grant ASSUMEROLE")
        grant = _Grant("assumerole")
        self.expect("ON")
        while True:
            if self.word() not in {"", "DEFAULT", "ALL"} or not self.text():
                raise syntax_error_near(self.text())
            grant.objects += [("", name.strip()) for name in self.text().lower().split(",")]
            self.index += 1
            if not self.taken(","):
                break
        self.expect(direction)
        grant.grantees = self.listed()
        self.expect("FOR")
        while True:
            allowed = next((words for words in _ASSUMED if self.taken(*words)), None)
            if allowed is None:
                raise syntax_error_near(self.text())
            grant.privileges.append(" ".join(allowed).lower())
            if not self.taken(","):
                break
        self.expect_end()
        return grant

    def _scoped(self, grant: _Grant) -> None:
        what = self.word().lower()
        if what not in {"tables", "schemas", "functions", "procedures"}:
            raise syntax_error_near(self.text())
        self.index += 1
        self.expect("IN")
        where = self.word().lower()
        if where not in {"schema", "database"}:
            raise syntax_error_near(self.text())
        self.index += 1
        grant.kind = f"{what} in {where}" if what in {"tables", "schemas"} else "function"
        grant.objects = [(name, "") for name in self.schemas()] if where == "schema" else [("", "") for _ in self.names()]

    def _objects(self, grant: _Grant) -> None:
        if self.taken("ALL", "TABLES", "IN", "SCHEMA"):
            for schema in self.schemas():
                rows = self.session.execute(
                    "select table_name from information_schema.tables where table_catalog = ? and table_schema = ?",
                    [self.session.database, schema],
                )
                grant.objects += [(schema, str(name)) for (name,) in rows]
            return
        if self.taken("SCHEMA"):
            grant.kind, grant.objects = "schema", [(name, "") for name in self.schemas()]
            return
        readers = {"DATABASE": self._databases, "DATASHARE": self._datashares, "FUNCTION": self._routines, "PROCEDURE": self._routines}
        if read := readers.get(self.word()):
            self.index += 1
            read(grant)
            return
        if self.word() in {"LANGUAGE", "ALL", "EXTERNAL", "MODEL"}:
            grant.kind = "function" if self.word() != "LANGUAGE" else "language"
            while self.index < len(self.words) and self.word() not in {"TO", "FROM"}:
                self.index += 1
            grant.objects = [("", "")]
            return
        self.taken("TABLE")
        while True:
            parts, self.index = name_at(self.tokens, self.index)
            table = self.session.located(parts)
            grant.objects.append((table.schema, table.name))
            if not self.taken(","):
                return

    def _routines(self, grant: _Grant) -> None:
        """Read functions or procedures, each with its types or without."""
        grant.kind = "function"
        while True:
            parts, self.index = name_at(self.tokens, self.index)
            if self.word() == "(":
                self.index = closing(self.tokens, self.index) + 1
            rows = self.session.execute(f"select owner from {CATALOG_SCHEMA}.routine where name = ?", [parts[-1]])
            if not rows:
                raise StatementFailed("42883", f"function or procedure {parts[-1]} does not exist")
            if str(rows[0][0]) != self.session.user:
                privileges.require_superuser(self.session, f"grant rights to {parts[-1]}")
            grant.objects.append(("", parts[-1]))
            if not self.taken(","):
                return

    def _databases(self, grant: _Grant) -> None:
        grant.kind, grant.objects = "database", [("", name) for name in self.names()]
        for _, name in grant.objects:
            if name not in self.session.services.databases.names:
                raise StatementFailed("3D000", f'database "{name}" does not exist')

    def _datashares(self, grant: _Grant) -> None:
        grant.kind, grant.objects = "datashare", [("", name) for name in self.names()]
        for _, name in grant.objects:
            known = f"select 1 from {CATALOG_SCHEMA}.declared where kind = 'datashare' and name = ?"
            if not self.session.execute(known, [name]):
                raise StatementFailed("42704", f'datashare "{name}" does not exist')

    def grantees(self) -> tuple[list[tuple[str, str]], bool]:
        found = self.listed()
        grantable = self.taken("WITH", "GRANT", "OPTION") or self.taken("WITH", "ADMIN", "OPTION")
        self.taken("CASCADE")
        self.taken("RESTRICT")
        self.expect_end()
        return found, grantable

    def listed(self) -> list[tuple[str, str]]:
        """Read users, groups, roles, PUBLIC, and for a datashare accounts and namespaces."""
        found: list[tuple[str, str]] = []
        while True:
            if self.word() in {"ACCOUNT", "NAMESPACE"} and self.word(1) == "" and self.index + 1 < len(self.tokens):
                self.index += 2
                found.append((self.word(-2).lower(), str(self.tokens[self.index - 1].text)))
                if not self.taken(","):
                    return found
                continue
            kind = "role" if self.taken("ROLE") else "group" if self.taken("GROUP") else "user"
            name = self.role() if not self.text().startswith("IAM:") else self.text()
            self.index += self.text() == name and name.startswith("IAM:")
            found.append(self._grantee(kind, name))
            if not self.taken(","):
                return found

    def _grantee(self, kind: str, name: str) -> tuple[str, str]:
        if kind == "user" and name == "public":
            return privileges.PUBLIC
        if kind == "role":
            self.refuse_missing_role(name)
        elif kind == "group":
            if not self.session.execute(f"select 1 from {CATALOG_SCHEMA}.user_group where group_name = ?", [name]):
                raise StatementFailed("42704", f'group "{name}" does not exist')
        elif not privileges.user_exists(self.session, name) and not name.startswith("IAM:"):
            raise StatementFailed("42704", f'user "{name}" does not exist')
        return kind, name

    def refuse_missing_role(self, name: str) -> None:
        if name.startswith("sys:"):
            return
        if not self.session.execute(f"select 1 from {CATALOG_SCHEMA}.role where role_name = ?", [name]):
            raise StatementFailed("42704", f'role "{name}" does not exist')
