"""MERGE, with Redshift's restrictions; duplicates among unmatched source rows go in twice, as the rule is about target rows only."""

from sqlglot import exp

from infra.local.redshift.definitions import read_definitions
from infra.local.redshift.dialect import to_duckdb
from infra.local.redshift.errors import StatementFailed, syntax_error
from infra.local.redshift.locks import Mode
from infra.local.redshift.names import name_parts
from infra.local.redshift.session import Outcome, Session, TableName
from infra.local.redshift.views import refuse_materialized

# ruff: noqa: S608 - names are resolved and quoted, texts are our own or translated


def merge(session: Session, tree: exp.Merge) -> Outcome:
    """Execute a MERGE read by ``dialect.parse_merge``; the driver gets no count, as from Redshift."""
    target = session.located(name_parts(tree.this))
    source = session.located(name_parts(tree.args["using"]))
    session.lock(target, Mode.WRITE)
    session.lock(source, Mode.READ)
    refuse_materialized(session, target)
    _refuse_view(session, source)
    if tree.meta.get("remove_duplicates"):
        _replace_matched(session, tree, target, source)
    else:
        _complete_insert(session, tree, target)
        session.execute(to_duckdb(tree))
    return Outcome("MERGE")


def _replace_matched(session: Session, tree: exp.Merge, target: TableName, source: TableName) -> None:
    into, out_of = read_definitions(session, target), read_definitions(session, source)
    if [column.stored_type for column in into] != [column.stored_type for column in out_of]:
        raise StatementFailed("42804", "REMOVE DUPLICATES needs source and target with the same columns and types")
    named, using = to_duckdb(tree.this), to_duckdb(tree.args["using"])
    with session.atomic():
        session.execute(f"delete from {named} using {using} where {to_duckdb(tree.args['on'])}")
        session.execute(f"insert into {target.sql} select * from {source.sql}")


def _complete_insert(session: Session, tree: exp.Merge, target: TableName) -> None:
    """Name the target's columns in an INSERT that names none."""
    insert = tree.args["whens"].expressions[1].args["then"]
    if not isinstance(insert, exp.Insert) or insert.this is not None:
        return
    values = insert.expression.expressions
    names = [column.name for column in read_definitions(session, target)]
    if len(values) > len(names):
        raise syntax_error("INSERT has more expressions than target columns")
    insert.set("this", exp.Tuple(expressions=[exp.column(name, quoted=True) for name in names[: len(values)]]))


def _refuse_view(session: Session, source: TableName) -> None:
    if source.is_temporary:
        return
    rows = session.execute(
        "select 1 from duckdb_views() where database_name = ? and schema_name = ? and view_name = ?",
        [session.database, source.schema, source.name],
    )
    if rows:
        raise syntax_error("the source of MERGE must be a table, not a view")
