"""What policies make of a table for one user: masked columns, and the rows that row-level security leaves.

Sources: AWS, t_ddm.html, t_ddm-hierarchy.html, t_rls.html, t_rls_usage.html, t_rls_statements.html.
"""

from dataclasses import dataclass
from typing import Protocol

from sqlglot import exp

from infra.local.redshift import privileges
from infra.local.redshift.errors import StatementFailed, syntax_error_near
from infra.local.redshift.names import CATALOG_SCHEMA
from infra.local.redshift.session import Session, TableName
from infra.local.redshift.sql import grammar
from infra.local.redshift.sql.queries import Queries, renamed
from infra.local.redshift.sql.scopes import Catalog, Relation, Scope, Source
from infra.local.redshift.sql.sql_types import from_declared
from infra.local.redshift.sql.values import Typed, cast, identifier

# ruff: noqa: S608 - names are quoted, texts are our own or translated

_POLICIES = f"{CATALOG_SCHEMA}.policy"
_ATTACHED = f"{CATALOG_SCHEMA}.attached_policy"
_ROWS = f"{CATALOG_SCHEMA}.row_security"
_TEXTS = f"{CATALOG_SCHEMA}.view_text"
_TABLE = "protected"


class Protecting(Catalog, Protocol):
    """A catalog that can leave privileges, and policies, out of account."""

    def trusted(self, *, protects: bool) -> Catalog:
        """Return the same without privileges; without policies as well where it does not protect."""


@dataclass(frozen=True)
class Rule:
    """A policy.

    Attributes:
        name: Its name.
        inputs: The columns that its expression names.
        types: Their types, as the catalog writes them.
        expression: As it was written.
        alias: What the relation is called in it, "" where it is not.
    """

    name: str
    inputs: list[str]
    types: list[str]
    expression: str
    alias: str


def rule(session: Session, kind: str, name: str) -> Rule:
    """Return a policy.

    Raises:
        StatementFailed: 42704 where there is none.
    """
    rows = session.execute(f"select inputs, types, expression, alias from {_POLICIES} where kind = ? and name = ?", [kind, name])
    if not rows:
        raise StatementFailed("42704", f'{kind} policy "{name}" does not exist')
    inputs, types, expression, alias = rows[0]
    return Rule(name, list(inputs), list(types), str(expression), str(alias))


def check(catalog: Catalog, policy: Rule, *, masks: bool) -> None:
    """Translate a policy's expression, as using it will.

    Raises:
        StatementFailed: what Redshift says to the expression.
    """
    if masks:
        _values(catalog, policy, policy.inputs)
    else:
        _condition(catalog, policy)


def protected(session: Session, table: TableName, relation: Relation, catalog: Protecting) -> Relation:
    """Return a table or view as the session's user may see it.

    Args:
        session: Whose user reads.
        table: What is read.
        relation: The same without policies.
        catalog: What the reading statement asks of the database.
    """
    if table.is_temporary or not session.remembered.get(("policies",), lambda: _any(session)):
        return relation
    if viewed := _view(session, table, catalog):
        return viewed
    inner = catalog.trusted(protects=False)
    masks = _masks(session, table, relation, inner)
    condition = _rows(session, table, inner)
    if not masks and condition is None:
        return relation
    listed = ", ".join(f"{masks.get(name) or f'{_TABLE}.{identifier(name)}'} AS {identifier(name)}" for name, _ in relation.columns)
    where = f" WHERE {condition}" if condition is not None else ""
    return Relation(f"(SELECT {listed} FROM {relation.sql} AS {_TABLE}{where})", relation.columns)


def refuse_change(session: Session, table: TableName) -> None:
    """Refuse to change or delete rows of a table whose rows are hidden from the user.

    Raises:
        StatementFailed: 0A000, in the words of t_rls_limitations.
    """
    if table.is_temporary or not session.remembered.get(("policies",), lambda: _any(session)):
        return
    if _secured(session, table) and not _ignores_rows(session):
        raise StatementFailed("0A000", "One of the RLS policies on target relation is not supported in UPDATE/DELETE.")


def refuse_across(session: Session, database: str, schema: str, name: str) -> None:
    """Refuse to read a protected table of another database.

    Raises:
        StatementFailed: 42501, in the words of t_rls_limitations.
    """
    rows = [
        row
        for memory in ("row_security", "attached_policy")
        for row in session.execute(
            f"select 1 from {identifier(database)}.{CATALOG_SCHEMA}.{memory} where schema_name = ? and table_name = ?", [schema, name]
        )
    ]
    if rows and not privileges.is_superuser(session, session.user):
        raise StatementFailed("42501", f'RLS-protected relation "{name}" cannot be accessed via cross-database query.')


def refuse_column(session: Session, table: TableName, column: str) -> None:
    """Refuse to drop or rename a column that an attached policy names.

    Raises:
        StatementFailed: 2BP01.
    """
    rows = session.execute(
        f"select a.policy from {_ATTACHED} a join {_POLICIES} p on p.kind = a.kind and p.name = a.policy"
        " where a.schema_name = ? and a.table_name = ? and (list_contains(a.outputs, ?) or list_contains(a.inputs, ?)"
        " or (a.kind = 'rls' and list_contains(p.inputs, ?)))",
        [table.schema, table.name, column, column, column],
    )
    if rows:
        raise StatementFailed("2BP01", f'cannot change column "{column}" because policy "{rows[0][0]}" depends on it')


def dropped(session: Session, table: TableName) -> None:
    """Detach every policy from a table that is dropped."""
    for memory in (_ATTACHED, _ROWS):
        session.execute(f"delete from {memory} where schema_name = ? and table_name = ?", [table.schema, table.name])


def table_renamed(session: Session, table: TableName, name: str) -> None:
    """Keep the policies of a table that has another name now."""
    for memory in (_ATTACHED, _ROWS):
        session.execute(f"update {memory} set table_name = ? where schema_name = ? and table_name = ?", [name, table.schema, table.name])


def grantee_dropped(session: Session, kind: str, name: str) -> None:
    """Detach every policy from a user or role that is dropped."""
    session.execute(f"delete from {_ATTACHED} where grantee_kind = ? and grantee = ?", [kind, name])


def _any(session: Session) -> bool:
    return bool(session.execute(f"select 1 from {_ATTACHED} union all select 1 from {_ROWS} limit 1"))


def _view(session: Session, table: TableName, catalog: Protecting) -> Relation | None:
    """Return a view with its query read for this user: its owner's privileges count, and the reader's policies (t_rls_usage)."""
    rows = session.execute(f"select definition from {_TEXTS} where schema_name = ? and view_name = ?", [table.schema, table.name])
    if not rows:
        return None
    tree = grammar.parse(str(rows[0][0]))
    if tree.expression is None:
        return None  # a late-binding view is read by its own path
    sql, columns = Queries(catalog.trusted(protects=True)).query(tree.expression, None)
    names = [column.name.lower() for column in tree.this.expressions] if isinstance(tree.this, exp.Schema) else []
    columns = renamed(columns, names, table.name)
    listed = ", ".join(identifier(name) for name, _ in columns)
    return Relation(f"(SELECT * FROM ({sql}) AS viewed({listed}))", columns)


def _attached(session: Session, table: TableName, kind: str) -> list[tuple[str, list[str], list[str]]]:
    """Return the policies of a table that apply to the session's user, those that count more last."""
    rows = session.execute(
        f"select policy, outputs, inputs, grantee_kind, grantee from {_ATTACHED} where kind = ? and schema_name = ? and table_name = ?"
        " order by priority",
        [kind, table.schema, table.name],
    )
    who = privileges.identities(session, session.user)
    return [(str(name), list(outputs), list(inputs)) for name, outputs, inputs, *grantee in rows if tuple(grantee) in who]


def _masks(session: Session, table: TableName, relation: Relation, catalog: Catalog) -> dict[str, str]:
    kinds = dict(relation.columns)
    found: dict[str, str] = {}
    for name, outputs, inputs in _attached(session, table, "masking"):
        values = _values(catalog, rule(session, "masking", name), inputs or outputs)
        found |= {column: cast(value, kinds[column]).sql for column, value in zip(outputs, values, strict=False)}
    return found


def _rows(session: Session, table: TableName, catalog: Catalog) -> str | None:
    """Return the condition that row-level security puts to a table, None where it puts none; without a policy no row is seen."""
    secured = _secured(session, table)
    if not secured or _ignores_rows(session):
        return None
    conditions = [_condition(catalog, rule(session, "rls", name)) for name, _, _ in _attached(session, table, "rls")]
    return f" {secured} ".join(f"({condition})" for condition in dict.fromkeys(conditions)) or "FALSE"


def _secured(session: Session, table: TableName) -> str:
    rows = session.execute(f"select conjunction from {_ROWS} where schema_name = ? and table_name = ?", [table.schema, table.name])
    return str(rows[0][0]) if rows else ""


def _ignores_rows(session: Session) -> bool:
    """Tell whether the session's user sees every row: a superuser, one with sys:secadmin or with the right IGNORE RLS."""
    return privileges.is_member(session, session.user, "sys:secadmin") or privileges.is_granted(
        session, session.user, "system", "ignore rls"
    )


def _values(catalog: Catalog, policy: Rule, columns: list[str]) -> list[Typed]:
    """Return what a masking policy makes of a table's columns, one value for each column that it masks."""
    tree = grammar.parse(f"select {policy.expression}").copy()
    own = dict(zip(policy.inputs, columns, strict=False))
    for node in list(tree.find_all(exp.Column)):
        if len(node.parts) == 1 and node.name.lower() in own:
            node.set("this", exp.to_identifier(own[node.name.lower()], quoted=True))
    kinds = tuple((column, from_declared(kind)) for column, kind in zip(columns, policy.types, strict=False))
    scope = Scope(sources=[Source(policy.alias or _TABLE, kinds, told=_TABLE)])
    return [Queries(catalog).expressions.value(item, scope) for item in tree.expressions]


def _condition(catalog: Catalog, policy: Rule) -> str:
    tree = grammar.parse(f"select 1 where {policy.expression}")
    where = tree.args.get("where")
    if where is None:
        raise syntax_error_near("using")
    kinds = tuple((column, from_declared(kind)) for column, kind in zip(policy.inputs, policy.types, strict=True))
    scope = Scope(sources=[Source(policy.alias or _TABLE, kinds, told=_TABLE)])
    return Queries(catalog).expressions.condition(where.this, scope)
