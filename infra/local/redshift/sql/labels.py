"""The label of a result column that no alias names: the function's, the column's or the type's, as PostgreSQL 8 gives it."""

from collections.abc import Callable

from sqlglot import exp

from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.sql.sql_types import declared
from infra.local.redshift.sql.values import label_of_type

UNNAMED = "?column?"
_BY_NAME = {"nvl": "coalesce", "date_part": "pgdate_part", "datediff": "date_diff", "dateadd": "date_add"}
_BY_NODE: dict[type[exp.Expression], str] = {
    exp.Case: "case",
    exp.Exists: "?column?",
    exp.Extract: "date_part",
    exp.Substring: "substring",
    exp.StrPosition: "position",
    exp.Trim: "btrim",
    exp.CurrentDate: "date",
    exp.CurrentUser: "current_user",
    exp.SessionUser: "session_user",
    exp.AtTimeZone: "timezone",
    exp.Sqrt: "?column?",
}


def label(node: exp.Expression, name: Callable[[exp.Expression], str]) -> str:
    """Return the label of an expression of the select list.

    Args:
        node: The expression.
        name: Folds an identifier.
    """
    if isinstance(node, exp.Column | exp.Dot):
        last = node.expression if isinstance(node, exp.Dot) else node.this
        return str(last.name).lower() if isinstance(last, exp.Anonymous) else name(last)
    if isinstance(node, exp.Paren | exp.Window | exp.WithinGroup | exp.IgnoreNulls | exp.RespectNulls | exp.Bracket):
        return label(node.this, name)
    if isinstance(node, exp.Anonymous):
        return _BY_NAME.get(str(node.name).lower(), str(node.name).lower())
    if isinstance(node, exp.Cast):
        return _label_of_cast(node, name)
    if isinstance(node, exp.CurrentTimestamp):
        return "sysdate" if node.args.get("sysdate") else "now"
    if isinstance(node, exp.Subquery):
        selected = node.this.expressions if isinstance(node.this, exp.Select) else []
        return selected[0].alias or label(selected[0], name) if selected else UNNAMED
    return _BY_NODE.get(type(node), UNNAMED)


def _label_of_cast(node: exp.Cast, name: Callable[[exp.Expression], str]) -> str:
    inner = label(node.this, name)
    if inner != UNNAMED:
        return inner
    try:
        return label_of_type(str(declared(node.args["to"]).kind))
    except (StatementFailed, KeyError, AttributeError):
        return UNNAMED
