"""MERGE, read: its restrictions, and REMOVE DUPLICATES, which the parser does not know. Source: AWS, r_MERGE.html."""

from sqlglot import exp
from sqlglot.tokens import Token

from infra.local.redshift.errors import syntax_error
from infra.local.redshift.sql import grammar
from infra.local.redshift.tokens import keywords

_ARMS = " WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (a) VALUES (1)"


def parse_merge(sql: str, tokens: list[Token]) -> exp.Merge:
    """Parse a MERGE; one that ends in REMOVE DUPLICATES gets ``remove_duplicates`` in its meta.

    Raises:
        StatementFailed: 42601 where it breaks one of MERGE's restrictions.
    """
    simplified = keywords(tokens)[-2:] == ["REMOVE", "DUPLICATES"]
    if simplified:  # sqlglot has no such clause; what is executed for it is not made of these arms
        sql = sql[: tokens[-2].start] + _ARMS
    tree = grammar.parse(sql).copy()
    if not isinstance(tree, exp.Merge):
        raise syntax_error("WITH is not allowed in MERGE" if isinstance(tree, exp.Query) else "in MERGE")
    _read_rows(tree)
    refuse_merge(tree)
    tree.meta["remove_duplicates"] = simplified
    return tree


def refuse_merge(tree: exp.Merge) -> None:
    """Check a MERGE against Redshift's restrictions.

    Raises:
        StatementFailed: 42601 naming the restriction.
    """
    target, source = tree.this, tree.args["using"]
    if not isinstance(source, exp.Table):
        raise syntax_error("the source of MERGE must be a table, not a subquery")
    if tree.args.get("with_") or tree.args.get("returning"):
        raise syntax_error("WITH is not allowed in MERGE" if tree.args.get("with_") else "RETURNING is not allowed in MERGE")
    if target.alias:
        raise syntax_error("the target of MERGE cannot have an alias")
    if _name(target) == _name(source):
        raise syntax_error("source and target of MERGE cannot be the same table")
    whens = tree.args["whens"].expressions
    arms = [bool(when.args.get("matched")) for when in whens]
    extra = any(when.args.get("condition") or when.args.get("source") for when in whens)
    if arms != [True, False] or extra:
        raise syntax_error("MERGE takes exactly WHEN MATCHED and WHEN NOT MATCHED, in this order and without further conditions")


def _read_rows(tree: exp.Merge) -> None:
    """Turn ``INSERT VALUES (...)`` without columns into a row; sqlglot reads it as a call of a function VALUES."""
    for insert in tree.find_all(exp.Insert):
        row = insert.this
        call = row.expressions[0] if isinstance(row, exp.Tuple) and len(row.expressions) == 1 else None
        if isinstance(call, exp.Anonymous) and call.name.upper() == "VALUES":
            insert.set("this", None)
            insert.set("expression", exp.Tuple(expressions=call.expressions))


def _name(table: exp.Table) -> tuple[str, str]:
    return table.db.lower(), table.name.lower()
