"""MERGE, with Redshift's restrictions; duplicates among unmatched source rows go in twice, as the rule is about target rows only."""

from dataclasses import replace

from sqlglot import exp

from infra.local.redshift import privileges, protection
from infra.local.redshift.errors import StatementFailed, syntax_error
from infra.local.redshift.locks import Mode
from infra.local.redshift.names import name_parts
from infra.local.redshift.queries import target_of
from infra.local.redshift.session import Outcome, Session, TableName
from infra.local.redshift.session_catalog import SessionCatalog
from infra.local.redshift.sql.changes import Changes
from infra.local.redshift.sql.values import identifier
from infra.local.redshift.views import refuse_view

# ruff: noqa: S608 - names are resolved and quoted, texts are our own or translated


def merge(session: Session, tree: exp.Merge) -> Outcome:
    """Execute a MERGE read by ``refusals.parse_merge``; the driver gets no count, as from Redshift."""
    target = session.located(name_parts(tree.this))
    source = session.located(name_parts(tree.args["using"]))
    session.lock(target, Mode.WRITE)
    session.lock(source, Mode.READ)
    refuse_view(session, target)
    protection.refuse_change(session, target)
    privileges.require_table(session, source, "select")
    _refuse_view(session, source)
    changes = Changes(SessionCatalog(session))
    into = target_of(session, target)
    out_of = replace(target_of(session, source), sql=changes.queries.catalog.relation(name_parts(tree.args["using"])).sql)
    if not tree.meta.get("remove_duplicates"):
        for privilege in _privileges(tree):
            privileges.require_table(session, target, privilege)
        session.execute(changes.merge(tree, into, out_of))
        return Outcome("MERGE")
    if [kind.stored for _, kind in into.columns] != [kind.stored for _, kind in out_of.columns]:
        raise StatementFailed("42804", "REMOVE DUPLICATES needs source and target with the same columns and types")
    alias = tree.args["using"].alias.lower() or out_of.name
    condition = changes.condition(tree, into, out_of)
    with session.atomic():
        session.execute(f"delete from {into.sql} as {identifier(into.name)} using {out_of.sql} as {identifier(alias)} where {condition}")
        session.execute(f"insert into {into.sql} select * from {out_of.sql}")
    return Outcome("MERGE")


def _privileges(tree: exp.Merge) -> list[str]:
    """MERGE asks for SELECT and for what its arms do (AWS, r_MERGE)."""
    deletes = any(isinstance(when.args["then"], exp.Var) for when in tree.args["whens"].expressions)
    return ["select", "insert", "delete" if deletes else "update"]


def _refuse_view(session: Session, source: TableName) -> None:
    if source.is_temporary:
        return
    rows = session.execute(
        "select 1 from duckdb_views() where database_name = ? and schema_name = ? and view_name = ?",
        [session.database, source.schema, source.name],
    )
    if rows:
        raise syntax_error("the source of MERGE must be a table, not a view")
