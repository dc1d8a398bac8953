"""SHOW GRANTS, COLUMN GRANTS, PROCEDURES, FUNCTIONS, PARAMETERS and CONSTRAINTS. Sources: AWS, r_SHOW_GRANTS.html and its neighbours.

The names of the columns are those that AWS's own driver reads.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from infra.local.redshift import privileges
from infra.local.redshift.errors import StatementFailed, syntax_error_near
from infra.local.redshift.lookup import require_schema
from infra.local.redshift.names import CATALOG_SCHEMA
from infra.local.redshift.procedure_parameters import parameters_of
from infra.local.redshift.session import Outcome, Session
from infra.local.redshift.statement import Statement
from infra.local.redshift.tokens import closing, keywords, name_at
from infra.local.redshift.types import BOOLEAN, INTEGER, VARCHAR, Column

# ruff: noqa: S608 - names are our own

_GRANTED = f"{CATALOG_SCHEMA}.granted"
_WIDTHS = {"identity_id": Column("identity_id", INTEGER, 4), "admin_option": Column("admin_option", BOOLEAN, 1)}
_IDENTITY = ("privilege_type", "identity_id", "identity_name", "identity_type", "admin_option", "privilege_scope")
_OBJECT = ("database_name", "schema_name", "object_name", "object_type", *_IDENTITY, "grantor_name")
_PROCEDURE = ("database_name", "schema_name", "procedure_name", "number_of_arguments", "argument_list", "return_type", "remarks")
_PARAMETER = ("parameter_name", "ordinal_position", "parameter_type", "data_type")
_PRIMARY = ("database_name", "schema_name", "table_name", "column_name", "key_seq", "pk_name")
_FOREIGN = (
    *("pk_database_name", "pk_schema_name", "pk_table_name", "pk_column_name", "fk_database_name", "fk_schema_name", "fk_table_name"),
    *("fk_column_name", "key_seq", "update_rule", "delete_rule", "fk_name", "pk_name", "deferrability"),
)
_NUMBERS = frozenset({"number_of_arguments", "ordinal_position", "key_seq", "update_rule", "delete_rule", "deferrability"})

Rest = Callable[[Statement, int], tuple[str | None, int | None]]
Like = Callable[[str, str | None], bool]


def grants(session: Session, statement: Statement, index: int) -> Outcome:
    """Return SHOW GRANTS ON object [FOR identity] and SHOW GRANTS FOR identity."""
    words = keywords(statement.tokens)
    if words[index : index + 1] == ["FOR"]:
        who, index = _identity(session, statement, index + 1)
        return _told(session, "where grantee_kind = ? and grantee = ?", list(who), _limit(statement, index))
    if words[index : index + 1] != ["ON"]:
        raise syntax_error_near(words[index].lower() if index < len(words) else "")
    kind = words[index + 1] if index + 1 < len(words) else ""
    parts, index = name_at(statement.tokens, index + 2 if kind in {"TABLE", "SCHEMA", "DATABASE", "FUNCTION", "PROCEDURE"} else index + 1)
    condition, values = "where object_kind = 'function'", []
    if kind == "SCHEMA":
        require_schema(session.cursor, session.database, parts[-1])
        condition, values = "where object_kind in ('schema', 'tables in schema') and schema_name = ?", [parts[-1]]
    elif kind == "DATABASE":
        condition, values = "where object_kind = 'database' and object_name = ?", [parts[-1]]
        if parts[-1] not in session.services.databases.names:
            raise StatementFailed("3D000", f'database "{parts[-1]}" does not exist')
    elif kind not in {"FUNCTION", "PROCEDURE"}:
        table = session.located(parts)
        condition, values = "where object_kind = 'table' and schema_name = ? and object_name = ?", [table.schema, table.name]
    if words[index : index + 1] == ["("]:
        index = closing(statement.tokens, index) + 1
    if words[index : index + 1] == ["FOR"]:
        who, index = _identity(session, statement, index + 1)
        condition, values = f"{condition} and grantee_kind = ? and grantee = ?", [*values, *who]
    return _told(session, condition, values, _limit(statement, index))


def column_grants(session: Session, statement: Statement, index: int) -> Outcome:
    """Return SHOW COLUMN GRANTS ON TABLE name; a column's grant counts for its table here, so that there are none of columns."""
    if keywords(statement.tokens)[index : index + 2] != ["ON", "TABLE"]:
        raise syntax_error_near("grants")
    parts, _ = name_at(statement.tokens, index + 2)
    session.located(parts)
    labels = ("database_name", "schema_name", "table_name", "column_name", "object_type", *_IDENTITY, "grantor_name")
    return Outcome("SHOW", _columns(labels), [])


def routines(kind: str, like: Like, rest: Rest) -> Callable[[Session, Statement, int], Outcome]:
    """Return what answers SHOW PROCEDURES or SHOW FUNCTIONS FROM SCHEMA name."""

    def answer(session: Session, statement: Statement, index: int) -> Outcome:
        if keywords(statement.tokens)[index : index + 2] != ["FROM", "SCHEMA"]:
            raise syntax_error_near(f"{kind}s")
        parts, index = name_at(statement.tokens, index + 2)
        require_schema(session.cursor, session.database, parts[-1])
        pattern, limit = rest(statement, index)
        found = session.execute(
            f"select name, arguments, returns, definition from {CATALOG_SCHEMA}.routine where kind = ? order by 1, 2", [kind]
        )
        rows = []
        for name, arguments, returns, definition in found if parts[-1] == "public" else []:
            if not like(str(name), pattern):
                continue
            kinds = [one.kind for one in parameters_of(str(definition))] if kind == "procedure" else json.loads(arguments)
            rows.append((session.database, "public", name, len(kinds), ", ".join(kinds), returns or None, None))
        labels = [label.replace("procedure", kind) for label in _PROCEDURE]
        return Outcome("SHOW", _columns(labels), rows[:limit])

    return answer


def parameters(session: Session, statement: Statement, index: int) -> Outcome:
    """Return SHOW PARAMETERS OF {PROCEDURE | FUNCTION} name(types)."""
    words = keywords(statement.tokens)
    kind = words[index + 1].lower() if words[index : index + 1] == ["OF"] and index + 1 < len(words) else ""
    if kind not in {"procedure", "function"}:
        raise syntax_error_near("parameters")
    parts, index = name_at(statement.tokens, index + 2)
    found = session.execute(f"select arguments, definition from {CATALOG_SCHEMA}.routine where kind = ? and name = ?", [kind, parts[-1]])
    if not found:
        raise StatementFailed("42883", f"{kind} {parts[-1]} does not exist")
    arguments, definition = found[0]
    if kind == "procedure":
        listed = [(one.name, one.mode, one.kind) for one in parameters_of(str(definition))]
    else:
        listed = [("", "IN", one) for one in json.loads(arguments)]
    rows = [
        (session.database, "public", parts[-1], name or None, position, mode, told)
        for position, (name, mode, told) in enumerate(listed, start=1)
    ]
    return Outcome("SHOW", _columns(("database_name", "schema_name", f"{kind}_name", *_PARAMETER)), rows)


def constraints(session: Session, statement: Statement, index: int) -> Outcome:
    """Return SHOW CONSTRAINTS {PRIMARY | FOREIGN} KEYS [EXPORTED] FROM TABLE name."""
    words = keywords(statement.tokens)
    kind = words[index] if index < len(words) else ""
    exported = words[index + 2 : index + 3] == ["EXPORTED"]
    start = index + 3 if exported else index + 2
    if kind not in {"PRIMARY", "FOREIGN"} or words[index + 1 : index + 2] != ["KEYS"] or words[start : start + 2] != ["FROM", "TABLE"]:
        raise syntax_error_near(kind.lower())
    parts, _ = name_at(statement.tokens, start + 2)
    table = session.located(parts[-2:])
    side = "on_schema = ? and on_table = ?" if exported else "schema_name = ? and table_name = ?"
    found = session.execute(
        "select constraint_name, schema_name, table_name, column_names, on_schema, on_table, on_columns"
        f" from {CATALOG_SCHEMA}.known_constraint where kind = ? and {side} order by 1",
        [kind[0].lower(), table.schema, table.name],
    )
    rows: list[tuple[Any, ...]] = []
    for name, schema, of, names, on_schema, on_table, on_names in found:
        for position, column in enumerate(names, start=1):
            own = (session.database, schema, of, column)
            if kind == "PRIMARY":
                rows.append((*own, position, name))
            else:
                rows.append((session.database, on_schema, on_table, on_names[position - 1], *own, position, 3, 3, name, None, 7))
    return Outcome("SHOW", _columns(_PRIMARY if kind == "PRIMARY" else _FOREIGN), rows)


def _told(session: Session, condition: str, values: list[str], limit: int | None) -> Outcome:
    found = session.execute(
        f"select object_kind, schema_name, object_name, privilege, grantee_kind, grantee, grantable from {_GRANTED} {condition}"
        " order by 2, 3, 6, 4",
        values,
    )
    rows = []
    for kind, schema, name, privilege, grantee_kind, grantee, grantable in found:
        number = privileges.user_id(session, str(grantee)) if grantee_kind == "user" else 0
        scope = str(kind).split(" in ", maxsplit=1)[0].upper()
        object_type = {"tables in schema": "SCHEMA", "tables in database": "DATABASE"}.get(str(kind), str(kind).upper())
        identity = (str(privilege).upper(), number, grantee, grantee_kind, bool(grantable), scope)
        owner = privileges.owner_of(session, str(schema), str(name))
        rows.append((session.database, schema or None, name or None, object_type, *identity, owner))
    return Outcome("SHOW", _columns(_OBJECT), rows[:limit])


def _identity(session: Session, statement: Statement, index: int) -> tuple[tuple[str, str], int]:
    words = keywords(statement.tokens)
    if words[index : index + 1] == ["ROLE"]:
        name = str(statement.tokens[index + 1].text).lower() if index + 1 < len(words) else ""
        if not session.execute(f"select 1 from {CATALOG_SCHEMA}.role where role_name = ?", [name]):
            raise StatementFailed("42704", f'role "{name}" does not exist')
        return ("role", name), index + 2
    name = str(statement.tokens[index].text) if index < len(words) else ""
    if name.lower() == "public":
        return privileges.PUBLIC, index + 1
    name = session.user if name.lower() == "current_user" else name if name.startswith("IAM:") else name.lower()
    if not privileges.user_exists(session, name) and name != session.user:
        raise StatementFailed("42704", f'user "{name}" does not exist')
    return ("user", name), index + 1


def _limit(statement: Statement, index: int) -> int | None:
    words = keywords(statement.tokens)[index:]
    if words[:2] == ["FROM", "DATABASE"]:
        words, index = words[3:], index + 3
    if not words:
        return None
    if words[0] != "LIMIT" or len(words) != 2 or not words[1].isdigit():  # noqa: PLR2004 - LIMIT and a number
        raise syntax_error_near(str(statement.tokens[index].text))
    return int(words[1])


def _columns(labels: Sequence[str]) -> list[Column]:
    return [_WIDTHS.get(label, Column(label, INTEGER, 4) if label in _NUMBERS else Column(label, VARCHAR)) for label in labels]
