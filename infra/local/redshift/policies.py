"""Masking policies and policies of row-level security: making, attaching and dropping them. ``protection`` applies them.

Sources: AWS, t_ddm.html, t_rls.html, r_CREATE_MASKING_POLICY.html, r_ATTACH_MASKING_POLICY.html, r_CREATE_RLS_POLICY.html,
r_ATTACH_RLS_POLICY.html and the pages of ALTER, DETACH and DROP.
"""

from dataclasses import dataclass, field

from sqlglot import exp

from infra.local.redshift import privileges, protection
from infra.local.redshift.definitions import read_definitions
from infra.local.redshift.errors import StatementFailed, not_supported, syntax_error_near
from infra.local.redshift.locks import Mode
from infra.local.redshift.names import CATALOG_SCHEMA
from infra.local.redshift.session import Outcome, Session, TableName
from infra.local.redshift.session_catalog import SessionCatalog
from infra.local.redshift.sql import grammar
from infra.local.redshift.sql.sql_types import declared
from infra.local.redshift.statement import Statement
from infra.local.redshift.word_reader import WordReader

# ruff: noqa: S608 - names are our own

_POLICIES = f"{CATALOG_SCHEMA}.policy"
_ATTACHED = f"{CATALOG_SCHEMA}.attached_policy"
_KEY = ("kind", "policy", "schema_name", "table_name", "grantee_kind", "grantee", "outputs")
_ROWS = f"{CATALOG_SCHEMA}.row_security"


@dataclass
class _Attachment:
    tables: list[TableName] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    grantees: list[tuple[str, str]] = field(default_factory=list)
    priority: int = 0


def create_policy(session: Session, statement: Statement) -> Outcome:
    """Execute CREATE {MASKING | RLS} POLICY.

    Raises:
        StatementFailed: 42501, 42710 where there is one, and what its expression says.
    """
    reader, kind = _begin(session, statement)
    if_missing = reader.taken("IF", "NOT", "EXISTS")
    name = reader.name()[-1]
    if session.execute(f"select 1 from {_POLICIES} where kind = ? and name = ?", [kind, name]):
        if if_missing:
            return Outcome(f"CREATE {kind.upper()} POLICY")
        raise StatementFailed("42710", f'{kind} policy "{name}" already exists')
    inputs: list[tuple[str, str]] = []
    alias = ""
    if reader.taken("WITH"):
        inputs = _inputs(reader.parenthesis(statement.sql))
        reader.taken("AS")
        if reader.word() != "USING":
            alias = reader.name()[-1]
    elif kind == "masking":
        raise syntax_error_near(reader.text())
    reader.expect("USING")
    expression = reader.parenthesis(statement.sql)
    reader.expect_end()
    rule = protection.Rule(name, [column for column, _ in inputs], [kind for _, kind in inputs], expression, alias)
    protection.check(SessionCatalog(session).trusted(protects=False), rule, masks=kind == "masking")
    row = [kind, name, rule.inputs, rule.types, expression, alias, session.user]
    session.execute(f"insert into {_POLICIES} values (?, ?, ?, ?, ?, ?, ?)", row)
    return Outcome(f"CREATE {kind.upper()} POLICY")


def alter_policy(session: Session, statement: Statement) -> Outcome:
    """Execute ALTER {MASKING | RLS} POLICY name USING (expression)."""
    reader, kind = _begin(session, statement)
    name = reader.name()[-1]
    rule = protection.rule(session, kind, name)
    reader.expect("USING")
    expression = reader.parenthesis(statement.sql)
    reader.expect_end()
    changed = protection.Rule(name, rule.inputs, rule.types, expression, rule.alias)
    protection.check(SessionCatalog(session).trusted(protects=False), changed, masks=kind == "masking")
    session.execute(f"update {_POLICIES} set expression = ? where kind = ? and name = ?", [expression, kind, name])
    return Outcome(f"ALTER {kind.upper()} POLICY")


def drop_policy(session: Session, statement: Statement) -> Outcome:
    """Execute DROP {MASKING | RLS} POLICY; one that is attached goes with CASCADE alone, which masking policies do not have."""
    reader, kind = _begin(session, statement)
    if_exists = kind == "rls" and reader.taken("IF", "EXISTS")
    name = reader.name()[-1]
    cascade = kind == "rls" and reader.taken("CASCADE")
    if kind == "rls":
        reader.taken("RESTRICT")
    reader.expect_end()
    if if_exists and not session.execute(f"select 1 from {_POLICIES} where kind = ? and name = ?", [kind, name]):
        return Outcome(f"DROP {kind.upper()} POLICY")
    protection.rule(session, kind, name)
    if not cascade and session.execute(f"select 1 from {_ATTACHED} where kind = ? and policy = ?", [kind, name]):
        raise StatementFailed("2BP01", f'cannot drop {kind} policy "{name}" because it is attached to a relation')
    with session.atomic():
        session.execute(f"delete from {_ATTACHED} where kind = ? and policy = ?", [kind, name])
        session.execute(f"delete from {_POLICIES} where kind = ? and name = ?", [kind, name])
    return Outcome(f"DROP {kind.upper()} POLICY")


def attach(session: Session, statement: Statement) -> Outcome:
    """Execute ATTACH {MASKING | RLS} POLICY.

    Raises:
        StatementFailed: 42704, 42703, and 42710 where another policy has the same column and priority.
    """
    reader, kind = _begin(session, statement)
    rule = protection.rule(session, kind, reader.name()[-1])
    found = _attachment(session, reader, kind, "TO")
    if kind == "masking" and len(found.inputs or found.outputs) != len(rule.inputs):
        raise StatementFailed("42601", f'masking policy "{rule.name}" takes {len(rule.inputs)} columns')
    for table in found.tables:
        session.lock(table, Mode.ALL)
        known = {column.name for column in read_definitions(session, table)}
        for column in [*found.outputs, *found.inputs, *(rule.inputs if kind == "rls" else [])]:
            if column not in known:
                raise StatementFailed("42703", f'column "{column}" of relation "{table.name}" does not exist')
    with session.atomic():
        for table in found.tables:
            for grantee in found.grantees:
                _attach(session, rule.name, kind, table, found, grantee)
    return Outcome(f"ATTACH {kind.upper()} POLICY")


def detach(session: Session, statement: Statement) -> Outcome:
    """Execute DETACH {MASKING | RLS} POLICY.

    Raises:
        StatementFailed: 42704 where the policy is not attached so.
    """
    reader, kind = _begin(session, statement)
    rule = protection.rule(session, kind, reader.name()[-1])
    found = _attachment(session, reader, kind, "FROM")
    with session.atomic():
        for table in found.tables:
            for grantee in found.grantees:
                key = [kind, rule.name, table.schema, table.name, *grantee, found.outputs]
                which = " and ".join(f"{name} = ?" for name in _KEY)
                if not session.execute(f"select 1 from {_ATTACHED} where {which}", key):
                    raise StatementFailed("42704", f'{kind} policy "{rule.name}" is not attached to relation "{table.name}"')
                session.execute(f"delete from {_ATTACHED} where {which}", key)
    return Outcome(f"DETACH {kind.upper()} POLICY")


def secure_rows(session: Session, statement: Statement, table: TableName, index: int) -> Outcome:
    """Execute ALTER TABLE name ROW LEVEL SECURITY {ON | OFF} [CONJUNCTION TYPE {AND | OR}] (AWS, r_ALTER_TABLE)."""
    _require(session)
    reader = WordReader(statement.tokens, index)
    reader.expect("ROW", "LEVEL", "SECURITY")
    on = reader.taken("ON")
    if not on:
        reader.expect("OFF")
    conjunction = "AND"
    if on and reader.taken("CONJUNCTION", "TYPE"):
        conjunction = reader.word()
        if conjunction not in {"AND", "OR"}:
            raise syntax_error_near(reader.text())
        reader.index += 1
    reader.expect_end()
    _refuse_other(session, table)
    with session.atomic():
        session.execute(f"delete from {_ROWS} where schema_name = ? and table_name = ?", [table.schema, table.name])
        if on:
            session.execute(f"insert into {_ROWS} values (?, ?, ?)", [table.schema, table.name, conjunction])
    return Outcome("ALTER TABLE")


def _attach(session: Session, policy: str, kind: str, table: TableName, found: _Attachment, grantee: tuple[str, str]) -> None:
    rows = session.execute(
        f"select policy, outputs, grantee_kind, grantee, priority from {_ATTACHED} where kind = ? and schema_name = ? and table_name = ?",
        [kind, table.schema, table.name],
    )
    for other, outputs, grantee_kind, name, priority in rows:
        same = kind == "rls" and other == policy
        if (same and (grantee_kind, name) == grantee) or (set(outputs) & set(found.outputs) and priority == found.priority):
            what = f" with priority {priority}" if kind == "masking" else ""
            raise StatementFailed("42710", f'{kind} policy "{other}" is already attached to relation "{table.name}"{what}')
    row = [kind, policy, table.schema, table.name, found.outputs, found.inputs, *grantee, found.priority, session.user]
    session.execute(f"insert into {_ATTACHED} values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def _begin(session: Session, statement: Statement) -> tuple[WordReader, str]:
    reader = WordReader(statement.tokens, 1)
    kind = "masking" if reader.taken("MASKING") else "rls"
    if kind == "rls":
        reader.expect("RLS")
    reader.expect("POLICY")
    _require(session)
    return reader, kind


def _require(session: Session) -> None:
    if not privileges.is_member(session, session.user, "sys:secadmin"):
        privileges.require_superuser(session, "manage policies")


def _inputs(listed: str) -> list[tuple[str, str]]:
    tree = grammar.parse(f"create table inputs ({listed})")
    columns = tree.this.expressions if isinstance(tree.this, exp.Schema) else []
    if not columns or not all(isinstance(column, exp.ColumnDef) and column.kind is not None for column in columns):
        raise syntax_error_near(listed)
    return [(column.name.lower(), str(declared(column.kind))) for column in columns]


def _columns(reader: WordReader) -> list[str]:
    reader.expect("(")
    names = []
    while True:
        names.append(reader.name()[-1])
        if not reader.taken(","):
            break
    reader.expect(")")
    return names


def _attachment(session: Session, reader: WordReader, kind: str, direction: str) -> _Attachment:
    found = _Attachment()
    reader.expect("ON")
    if kind == "rls":
        reader.taken("TABLE")
    while True:
        parts = reader.name()
        table = session.located(parts)
        _refuse_other(session, table)
        found.tables.append(table)
        if kind == "masking" or not reader.taken(","):
            break
    if kind == "masking":
        found.outputs = _columns(reader)
        if direction == "TO" and reader.taken("USING"):
            found.inputs = _columns(reader)
    reader.expect(direction)
    while True:
        found.grantees.append(_grantee(session, reader))
        if kind == "masking" or not reader.taken(","):
            break
    if kind == "masking" and direction == "TO" and reader.taken("PRIORITY"):
        if not reader.word().isdigit():
            raise syntax_error_near(reader.text())
        found.priority = int(reader.word())
        reader.index += 1
    reader.expect_end()
    return found


def _grantee(session: Session, reader: WordReader) -> tuple[str, str]:
    if reader.taken("PUBLIC"):
        return privileges.PUBLIC
    kind = "role" if reader.taken("ROLE") else "user"
    name = reader.name()[-1]
    if kind == "user" and not privileges.user_exists(session, name):
        raise StatementFailed("42704", f'user "{name}" does not exist')
    if kind == "role" and not session.execute(f"select 1 from {CATALOG_SCHEMA}.role where role_name = ?", [name]):
        raise StatementFailed("42704", f'role "{name}" does not exist')
    return kind, name


def _refuse_other(session: Session, table: TableName) -> None:
    views = "select 1 from duckdb_views() where database_name = ? and schema_name = ? and view_name = ?"
    stored = f"select 1 from {CATALOG_SCHEMA}.materialized_view where table_schema = ? and table_name = ?"
    if (
        table.is_temporary
        or session.execute(views, [session.database, table.schema, table.name])
        or session.execute(stored, [table.schema, table.name])
    ):
        raise not_supported("a policy on a temporary table or a view, on this server,")
