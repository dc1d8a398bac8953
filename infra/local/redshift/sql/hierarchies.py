"""CONNECT BY: rows with their parents, as a table that names itself. Source: AWS, r_CONNECT_BY_clause.html."""

from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from infra.local.redshift.errors import StatementFailed, not_supported, syntax_error_near

_NAME, _PARENT = "embedded_hierarchy", "embedded_parent"


def refuse_beyond(node: exp.Select) -> None:
    """Refuse what CONNECT BY is not translated with.

    Raises:
        StatementFailed: 0A000 for joins and NOCYCLE, 42601 without FROM or PRIOR.
    """
    connect = node.args["connect"]
    if node.args.get("from_") is None:
        raise syntax_error_near("connect")
    if connect.args.get("nocycle"):
        raise syntax_error_near("nocycle")
    if connect.args["connect"].find(exp.Prior) is None:
        raise StatementFailed("42601", "CONNECT BY needs at least one condition with PRIOR")
    if node.args.get("joins") or node.args["from_"].this.args.get("joins"):
        raise not_supported("CONNECT BY over a join, on this server,")


def rewritten(node: exp.Select, columns: Sequence[str]) -> tuple[exp.Select, exp.With]:
    """Return a query with CONNECT BY as one over a table of WITH RECURSIVE, and that WITH.

    Args:
        node: The query.
        columns: The names of the columns of its FROM.
    """
    item = node.args["from_"].this
    alias = item.alias_or_name
    connect = node.args["connect"]
    named = [*(name for name in columns if name != "level"), "level"]
    own = [exp.column(name, table=alias, quoted=True) for name in named[:-1]]
    first = exp.Select(expressions=[*own, exp.Literal.number(1)]).from_(item.copy())
    if connect.args.get("start") is not None:
        first = first.where(connect.args["start"].copy())
    deeper = exp.Add(this=exp.column("level", table=_PARENT), expression=exp.Literal.number(1))
    parent = exp.to_table(_NAME)
    parent.set("alias", exp.TableAlias(this=exp.to_identifier(_PARENT)))
    following = exp.Select(expressions=[*(one.copy() for one in own), deeper.copy()]).from_(item.copy())
    following.append("joins", exp.Join(this=parent, on=_joined(connect.args["connect"].copy(), alias, deeper)))
    members = exp.Union(this=first, expression=following, distinct=False)
    listed = exp.TableAlias(this=exp.to_identifier(_NAME), columns=[exp.to_identifier(name, quoted=True) for name in named])
    query = node.copy()
    query.set("connect", None)
    query.set("with_", None)
    table = exp.to_table(_NAME)
    table.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    query.set("from_", exp.From(this=table))
    query.set("expressions", [one for shown in query.expressions for one in _opened(shown, own)])
    return query, exp.With(expressions=[exp.CTE(this=members, alias=listed)], recursive=True)


def _joined(condition: Any, alias: str, deeper: exp.Expression) -> Any:
    """Return the condition with the parent's columns for PRIOR, the row's own for others and its level for LEVEL."""
    holder = exp.Paren(this=condition)
    for prior in list(holder.find_all(exp.Prior)):
        inner = prior.this
        for column in [inner] if isinstance(inner, exp.Column) else list(inner.find_all(exp.Column)):
            column.set("table", exp.to_identifier(_PARENT))
        prior.replace(inner)
    for column in list(holder.find_all(exp.Column)):
        if column.table == _PARENT:
            continue
        if column.name.lower() == "level" and not column.table:
            column.replace(exp.Paren(this=deeper.copy()))
        else:
            column.set("table", exp.to_identifier(alias, quoted=True))
    return holder


def _opened(shown: exp.Expression, own: Sequence[exp.Column]) -> list[Any]:
    """Return an item of the select list; ``*`` stands for the columns without LEVEL."""
    is_star = isinstance(shown, exp.Star) or (isinstance(shown, exp.Column) and isinstance(shown.this, exp.Star))
    return [one.copy() for one in own] if is_star else [shown]
