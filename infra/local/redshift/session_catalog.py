"""What a translation asks of a session: relations with their columns, system functions, settings."""

import contextlib
import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from infra.local.redshift import external_tables, freshness, privileges, protection, routines
from infra.local.redshift.definitions import read_definitions
from infra.local.redshift.errors import StatementFailed, no_relation
from infra.local.redshift.locks import Mode
from infra.local.redshift.lookup import require_schema
from infra.local.redshift.names import CATALOG_SCHEMA
from infra.local.redshift.session import Session, TableName
from infra.local.redshift.sql import grammar, zones
from infra.local.redshift.sql.queries import Queries, renamed
from infra.local.redshift.sql.scopes import Columns, Relation
from infra.local.redshift.sql.sql_types import BIGINT, BOOLEAN, INTEGER, VARCHAR, from_declared, from_stored
from infra.local.redshift.sql.values import Typed, identifier, quoted
from infra.local.redshift.system_views import system_views, visibility

VERSION = "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2, Redshift 1.0.embedded"
ACCOUNT = "000000000000"


class SessionCatalog:
    """One statement's view of the database; every table it names is locked for reading before it is looked at.

    Args:
        session: Whose statement it is.
        checks: Whether its user needs the privilege to read.
        protects: Whether masking and row-level security apply.
    """

    def __init__(self, session: Session, *, checks: bool = True, protects: bool = True) -> None:
        self._session = session
        self._checks, self._protects = checks, protects

    def trusted(self, *, protects: bool) -> "SessionCatalog":
        """Return the same without privileges; without policies as well where it does not protect."""
        return SessionCatalog(self._session, checks=False, protects=protects)

    def relation(self, parts: Sequence[str]) -> Relation:
        """Return the table, view or system view a name means.

        Raises:
            StatementFailed: 42P01 where there is none.
        """
        if found := self._system(list(parts)):
            return found
        other = self._other_database(parts)
        if other is not None:
            return other
        external_tables.refuse_to_read(self._session, parts)
        table = self._session.located(parts)
        readable = privileges.granted_columns(self._session, table, "select") if self._checks else None
        self._session.lock(table, Mode.READ)
        if late := self._late(table):
            return late
        relation = Relation(table.sql, columns_of(self._session, table))
        if self._protects:
            relation = protection.protected(self._session, table, relation, self)
        if readable is None:
            return relation
        return replace(relation, columns=tuple(column for column in relation.columns if column[0] in readable), partial=True)

    def routines(self, name: str) -> list[tuple[list[str], str, str]]:
        """Return the SQL functions of a name: argument types, result type, body.

        Raises:
            StatementFailed: 0A000 for a function of Lambda, which is not reached from here.
        """
        if found := routines.functions(self._session, name):
            return found
        if self._session.execute(f"select 1 from {CATALOG_SCHEMA}.declared where kind = 'function' and name = ?", [name]):  # noqa: S608 - our own name
            raise StatementFailed("0A000", f"calling Lambda by function {name} is not supported on this server")
        return []

    def setting(self, name: str) -> str:
        """Return a parameter's value."""
        return self._session.settings.get(name, "")

    def fact(self, name: str, arguments: list[Typed]) -> Typed | None:
        """Return what a system function gives, None where it is none of these."""
        answer = _FACTS.get(name)
        return answer(self._session, arguments) if answer else None

    def _system(self, parts: list[str]) -> Relation | None:
        session = self._session
        name = parts[-1]
        schema = parts[-2] if len(parts) > 1 else ""
        if len(parts) > 2 and parts[0] != session.database:  # noqa: PLR2004 - database, schema, name
            return None
        if schema == "information_schema":
            name = f"information_schema.{name}"
        elif schema not in {"", "pg_catalog"} or (not schema and name in session.temporary_tables):
            return None
        if name in system_views():
            if name in freshness.TELL_OF_IT:
                freshness.publish(session)
            return Relation(self._visible(name), system_views()[name])
        if schema:
            raise no_relation(".".join(parts[-2:]))
        return None

    def _visible(self, name: str) -> str:
        """Return the rows of a system view that its reader may see (AWS, c_visibility-of-data)."""
        session, sees = self._session, visibility().get(name)
        text = session.system_text(name)
        if sees is None or not self._checks or privileges.is_superuser(session, session.user):
            return text
        if sees == "superusers":
            raise StatementFailed("42501", f"permission denied for relation {name}")
        if privileges.sees_all_rows(session, session.user):
            return text
        column = next(column for column, _ in system_views()[name] if column in {"userid", "user_id"})
        return f"(SELECT * FROM {text} AS seen WHERE seen.{column} = {privileges.user_id(session, session.user)})"  # noqa: S608 - our own text

    def _late(self, table: TableName) -> Relation | None:
        """A late-binding view is read anew each time: what it names need not exist before (AWS, r_CREATE_VIEW)."""
        text = f"select query, column_names from {CATALOG_SCHEMA}.late_view where schema_name = ? and view_name = ?"  # noqa: S608 - our own name
        rows = self._session.remembered.get(("late", table), lambda: self._session.execute(text, [table.schema, table.name]))
        if not rows:
            return None
        sql, columns = Queries(self).query(grammar.parse(str(rows[0][0])), None)
        columns = renamed(columns, list(rows[0][1]), table.name)
        listed = ", ".join(identifier(name) for name, _ in columns)
        return Relation(f"(SELECT * FROM ({sql}) AS late({listed}))", columns)  # noqa: S608 - translated and quoted

    def described(self, view: str | None = None) -> list[tuple[str, str, Columns]]:
        """Return schema, name and columns of a table or view, or of every late-binding view whose query can be read now."""
        if view is not None:
            parts = _parts(view)
            table = self._session.located(parts)
            return [(table.schema, table.name, self.relation(parts).columns)]
        found = []
        for schema, name in self._session.execute(f"select schema_name, view_name from {CATALOG_SCHEMA}.late_view order by 1, 2"):  # noqa: S608 - our own name
            with contextlib.suppress(StatementFailed):  # what it names may be missing, or its reader may lack the right to it
                if late := self._late(TableName(str(schema), str(name))):
                    found.append((str(schema), str(name), late.columns))
        return found

    def _other_database(self, parts: Sequence[str]) -> Relation | None:
        """A name of three parts may lead into another database of the workgroup, for reading (AWS, cross-database-overview)."""
        session = self._session
        if len(parts) != 3 or parts[0] == session.database:  # noqa: PLR2004 - database, schema, name
            return None
        if parts[0] not in session.services.databases.names or parts[1] == CATALOG_SCHEMA:
            raise no_relation(".".join(parts))
        sql = ".".join(identifier(part) for part in parts)
        rows = session.execute(
            "select column_name, data_type from duckdb_columns() where database_name = ? and schema_name = ? and table_name = ?",
            list(parts),
        )
        if not rows:
            raise no_relation(".".join(parts))
        protection.refuse_across(session, *parts)
        return Relation(sql, tuple((str(name), from_stored(str(kind))) for name, kind in rows))


def columns_of(session: Session, table: TableName) -> Columns:
    """Return a table's or view's columns with their declared types."""
    return session.remembered.get(
        ("types", table),
        lambda: tuple((column.name, from_declared(column.declared_type)) for column in read_definitions(session, table)),
        own=table.is_temporary,
    )


_CATALOG_OIDS = {"pg_type": 1247, "pg_attribute": 1249, "pg_proc": 1255, "pg_class": 1259, "pg_database": 1262, "pg_attrdef": 2604}
_CATALOG_OIDS |= {"pg_constraint": 2606, "pg_depend": 2608, "pg_description": 2609, "pg_index": 2610, "pg_namespace": 2615}
"""As PostgreSQL 8 numbers its own tables: what stands in classoid."""
_ASKED = {
    "table": ("select", "insert", "update", "delete", "drop", "references", "alter", "truncate", "rule", "trigger"),
    "schema": ("create", "usage", "alter", "drop"),
    "database": ("create", "temporary", "temp", "usage", "alter"),
    "assumerole": ("all", "copy", "unload", "external function", "create model"),
}
Fact = Callable[[Session, list[Typed]], Typed]


def _text(value: str) -> Typed:
    return Typed(f"CAST({quoted(value)} AS VARCHAR)", VARCHAR, value)


def _rows(values: Sequence[str]) -> Typed:
    return Typed(f"unnest(CAST([{', '.join(quoted(value) for value in values)}] AS VARCHAR[]))", VARCHAR)


def _described(session: Session, view: str | None = None) -> Typed:
    """Columns as PostgreSQL writes rows: with a comma, blank or parenthesis a value stands in quotes (PG_GET_COLS)."""
    rows = [
        (schema, name, column, str(kind), str(position))
        for schema, name, columns in SessionCatalog(session).described(view)
        for position, (column, kind) in enumerate(columns, start=1)
    ]
    written = ["(" + ",".join(f'"{value}"' if re.search(r"[,() ]", value) else value for value in row) + ")" for row in rows]
    return _rows(written)


def _integer(value: int) -> Typed:
    return Typed(f"CAST({value} AS INTEGER)", INTEGER)


def _bigint(value: int) -> Typed:
    return Typed(f"CAST({value} AS BIGINT)", BIGINT)


def _current_setting(session: Session, arguments: list[Typed]) -> Typed:
    name = (arguments[0].text or "").lower()
    known = session.settings | session.parameters.variables
    may_be_missing = "." in name and len(arguments) > 1 and arguments[1].sql == "FALSE"  # error_if_undefined (r_CURRENT_SETTING)
    if name not in known and not may_be_missing:
        raise StatementFailed("42704", f'unrecognized configuration parameter "{name}"')
    value = known.get(name)
    return Typed("CAST(NULL AS VARCHAR)", VARCHAR) if value is None else _text(value)


def _set_config(session: Session, arguments: list[Typed]) -> Typed:
    name = (arguments[0].text or "").lower()
    session.set_parameter(name, arguments[1].text or "", local=arguments[2].sql == "TRUE")
    return _text(arguments[1].text or "")


def _parts(name: str) -> list[str]:
    """Return the parts of a dotted name; a point inside quotes parts nothing."""
    return [(quoted_part or plain_part).lower() for quoted_part, plain_part in re.findall(r'"([^"]*)"|([^."]+)', name)]


def _registered(session: Session, arguments: list[Typed]) -> Typed:
    name = (arguments[0].text or "").replace('"', "").lower()
    if name.isdigit():
        return _integer(int(name))
    if (system := name.removeprefix("pg_catalog.")) in system_views():
        return _integer(_CATALOG_OIDS.get(system, 3000 + list(system_views()).index(system)))
    table = session.located(_parts(arguments[0].text or ""))
    rows = session.execute(f"select oid from {session.system_text('pg_class')} where relname = ?", [table.name])  # noqa: S608 - our own text
    return _integer(int(rows[0][0]) if rows else 0)


def _viewdef(session: Session, arguments: list[Typed]) -> Typed:
    views = session.system_text("pg_views")
    if arguments[0].text is not None:
        table = session.located(_parts(arguments[0].text))
        rows = session.execute(
            f"select definition from {views} where schemaname = ? and viewname = ?",  # noqa: S608 - our own text
            [table.schema, table.name],
        )
        return _text(str(rows[0][0]) if rows else "")
    relations = session.system_text("pg_class")
    # Names of our own: what is asked for by oid may be a column of the query around it.
    joined = f"{views} known_v JOIN {relations} known_c ON known_c.relname = known_v.viewname"
    found = f"(SELECT max(known_v.definition) FROM {joined} WHERE known_c.oid = {arguments[0].sql})"  # noqa: S608
    return Typed(found, VARCHAR)


def _user_by_id(session: Session, arguments: list[Typed]) -> Typed:
    users = session.system_text("pg_user")
    found = f"SELECT max(known_u.usename) FROM {users} known_u WHERE known_u.usesysid = {arguments[0].sql}"  # noqa: S608 - texts of our own
    return Typed(f"coalesce(({found}), 'unknown')", VARCHAR)


def _constraint(_session: Session, arguments: list[Typed]) -> Typed:
    def listed(columns: str) -> str:
        written = "case when regexp_full_match(name, '[a-z_][a-z0-9_]*') then name else '\"' || replace(name, '\"', '\"\"') || '\"' end"
        return f"array_to_string(list_transform(known_k.{columns}, lambda name: {written}), ', ')"

    on = "CASE known_k.on_schema WHEN 'public' THEN '' ELSE known_k.on_schema || '.' END || known_k.on_table"
    told = (
        f"CASE known_k.kind WHEN 'p' THEN 'PRIMARY KEY (' || {listed('column_names')} || ')' "
        f"WHEN 'u' THEN 'UNIQUE (' || {listed('column_names')} || ')' "
        f"ELSE 'FOREIGN KEY (' || {listed('column_names')} || ') REFERENCES ' || {on} || '(' || {listed('on_columns')} || ')' END"
    )
    found = f"FROM {CATALOG_SCHEMA}.known_constraint known_k WHERE known_k.number = {arguments[0].sql}"
    return Typed(f"(SELECT max({told}) {found})", VARCHAR)


def _remark(session: Session, arguments: list[Typed], position: str) -> Typed:
    remarks = session.system_text("pg_description")
    found = f"FROM {remarks} known_d WHERE known_d.objoid = {arguments[0].sql} AND known_d.objsubid = {position}"
    return Typed(f"(SELECT max(known_d.description) {found})", VARCHAR)


def _format_type(_session: Session, arguments: list[Typed]) -> Typed:
    oid, modifier = arguments[0].sql, arguments[1].sql
    names = {16: "boolean", 20: "bigint", 21: "smallint", 23: "integer", 25: "text", 700: "real", 701: "double precision", 1082: "date"}
    names |= {1083: "time without time zone", 1114: "timestamp without time zone", 1184: "timestamp with time zone", 1186: "interval"}
    names |= {18: '"char"', 19: "name", 26: "oid", 1266: "time with time zone", 4000: "super", 3000: "geometry"}
    names |= {3001: "geography", 2935: "hllsketch", 1188: "interval year to month", 1190: "interval day to second"}
    arms = " ".join(f"WHEN {number} THEN {quoted(name)}" for number, name in names.items())
    sized = " ".join(
        f"WHEN {number} THEN {quoted(name)} || CASE WHEN {modifier} > 4 THEN '(' || ({modifier} - 4) || ')' ELSE '' END"
        for number, name in ((1042, "character"), (1043, "character varying"), (6551, "binary varying"))
    )
    digits = f"'(' || (({modifier} - 4) >> 16) || ',' || (({modifier} - 4) & 65535) || ')'"
    precise = f"WHEN 1700 THEN 'numeric' || CASE WHEN {modifier} > 4 THEN {digits} ELSE '' END"
    return Typed(f"(CASE {oid} {arms} {sized} {precise} ELSE '???' END)", VARCHAR)


def _has_table(session: Session, arguments: list[Typed]) -> Typed:
    user, name, privilege = arguments if len(arguments) > 2 else [_text(session.user), *arguments]  # noqa: PLR2004 - with or without a user
    if name.text is None:
        return Typed("TRUE", BOOLEAN)
    parts = _parts(name.text)
    who = _asked_of(session, user)
    if parts[-1] in system_views() and parts[:-1] in ([], ["pg_catalog"]):
        return _truth(_privilege(privilege, "table") == "select")
    return _truth(privileges.allows_table(session, who, session.located(parts), _privilege(privilege, "table")))


def _has_schema(session: Session, arguments: list[Typed]) -> Typed:
    user, name, privilege = arguments if len(arguments) > 2 else [_text(session.user), *arguments]  # noqa: PLR2004 - with or without a user
    schema = (name.text or "").replace('"', "").lower()
    require_schema(session.cursor, session.database, schema)
    return _truth(privileges.allows_schema(session, _asked_of(session, user), schema, _privilege(privilege, "schema")))


def _privilege(value: Typed, kind: str) -> str:
    word = (value.text or "").strip().lower()
    if word not in _ASKED[kind]:
        raise StatementFailed("22023", f'unrecognized privilege type: "{value.text}"')
    return word


def _asked_of(session: Session, user: Typed) -> str:
    if user.text is not None and user.text != session.signed_in and not privileges.user_exists(session, user.text):
        raise StatementFailed("42704", f'user "{user.text}" does not exist')
    return user.text or session.user


def _has_database(session: Session, arguments: list[Typed]) -> Typed:
    user, name, privilege = arguments if len(arguments) > 2 else [_text(session.user), *arguments]  # noqa: PLR2004 - with or without a user
    database = (name.text or "").lower()
    if database not in session.services.databases.names:
        raise StatementFailed("3D000", f'database "{name.text}" does not exist')
    return _truth(privileges.allows_database(session, _asked_of(session, user), database, _privilege(privilege, "database")))


def _has_assumerole(session: Session, arguments: list[Typed]) -> Typed:
    user, role, command = arguments if len(arguments) > 2 else [_text(session.user), *arguments]  # noqa: PLR2004 - with or without a user
    who = privileges.identities(session, user.text or session.user)
    rows = session.execute(
        f"select grantee_kind, grantee from {CATALOG_SCHEMA}.granted where object_kind = 'assumerole'"  # noqa: S608 - our own name
        " and object_name in (?, 'all') and privilege in (?, 'all')",
        [(role.text or "").lower(), _privilege(command, "assumerole")],
    )
    return _truth(privileges.is_superuser(session, user.text or session.user) or bool(who & set(rows)))


def _truth(value: bool) -> Typed:  # noqa: FBT001 - a value, not a switch
    return Typed("TRUE" if value else "FALSE", BOOLEAN)


_FACTS: dict[str, Fact] = {
    "version": lambda _session, _arguments: _text(VERSION),
    "current_user": lambda session, _arguments: _text(session.user),
    "current_user_id": lambda session, _arguments: _integer(privileges.user_id(session, session.user)),
    "current_database": lambda session, _arguments: _text(session.database),
    "current_schema": lambda session, _arguments: _text(session.search_path[0]),
    "current_schemas": lambda session, arguments: _text(
        "{" + ",".join([*(["pg_catalog"] if arguments[0].sql == "TRUE" else []), *session.search_path]) + "}"
    ),
    "current_namespace": lambda _session, _arguments: _text("00000000-0000-0000-0000-000000000000"),
    "current_aws_account": lambda _session, _arguments: _text(ACCOUNT),
    "db_collation": lambda _session, _arguments: _text("case_sensitive"),
    "pg_timezone_names": lambda _session, _arguments: _rows(zones.listed_names(dt.datetime.now(dt.UTC))),
    "pg_timezone_abbrevs": lambda _session, _arguments: _rows(zones.listed_abbreviations()),
    "default_iam_role": lambda _session, _arguments: _text(""),
    "current_setting": _current_setting,
    "set_config": _set_config,
    "pg_backend_pid": lambda session, _arguments: _integer(session.number),
    "pg_cancel_backend": lambda session, arguments: session.interrupt_other(arguments[0].sql, end=False),
    "pg_terminate_backend": lambda session, arguments: session.interrupt_other(arguments[0].sql, end=True),
    "pg_last_copy_count": lambda session, _arguments: _bigint(session.last_copy_count),
    "pg_last_copy_id": lambda session, _arguments: _integer(session.last_copy_id),
    "pg_get_cols": lambda session, arguments: _described(session, arguments[0].text or ""),
    "pg_get_late_binding_view_cols": lambda session, _arguments: _described(session),
    "last_user_query_id": lambda session, _arguments: _integer(session.previous_query_id),
    "pg_last_query_id": lambda session, _arguments: _integer(session.previous_query_id),
    "pg_last_unload_count": lambda session, _arguments: _bigint(session.last_unload_count),
    "pg_last_unload_id": lambda session, _arguments: _integer(session.last_unload_id),
    "slice_num": lambda _session, _arguments: _integer(0),
    "regclass": _registered,
    "pg_get_viewdef": _viewdef,
    "pg_get_userbyid": _user_by_id,
    "pg_get_constraintdef": _constraint,
    "obj_description": lambda session, arguments: _remark(session, arguments, "0"),
    "col_description": lambda session, arguments: _remark(session, arguments, arguments[1].sql),
    "format_type": _format_type,
    "has_table_privilege": _has_table,
    "has_schema_privilege": _has_schema,
    "has_assumerole_privilege": _has_assumerole,
    "has_database_privilege": _has_database,
    "role_is_member_of": lambda session, arguments: _truth(privileges.is_member(session, arguments[0].text or "", arguments[1].text or "")),
    "user_is_member_of": lambda session, arguments: _truth(privileges.is_member(session, arguments[0].text or "", arguments[1].text or "")),
}
