"""Redshift's SQL in, DuckDB's out: parsing with sqlglot, and what its translation leaves undone."""

import logging
import re

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.tokens import Token

from infra.local.redshift.errors import syntax_error
from infra.local.redshift.refusals import refuse_merge, refuse_what_redshift_lacks
from infra.local.redshift.tokens import keywords

CATALOG_SCHEMA = "embedded"
"""The schema of each database file that holds what DuckDB's own catalog has no place for."""

CATALOG_VIEWS = frozenset(
    [
        "pg_attribute",
        "pg_class",
        "pg_description",
        "pg_indexes",
        "pg_namespace",
        "pg_tables",
        "pg_views",
        "pg_table_def",
        "svv_all_columns",
        "svv_all_tables",
        "svv_columns",
        "svv_mv_info",
        "stv_mv_info",
        "svv_redshift_columns",
        "svv_redshift_schemas",
        "svv_redshift_tables",
        "svv_roles",
        "svv_table_info",
        "svv_tables",
    ]
)
_INFORMATION_SCHEMA = {"tables": "svv_tables", "columns": "svv_columns"}
_COLOUR = re.compile(r"\x1b\[\d+m")
_ARMS = " WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (a) VALUES (1)"
_UNNAMED = "?column?"
_Type = exp.DataType.Type
_TYPE_LABELS = {
    _Type.SMALLINT: "int2",
    _Type.INT: "int4",
    _Type.BIGINT: "int8",
    _Type.FLOAT: "float4",
    _Type.DOUBLE: "float8",
    _Type.DECIMAL: "numeric",
    _Type.BOOLEAN: "bool",
    _Type.VARCHAR: "varchar",
    _Type.TEXT: "varchar",
    _Type.CHAR: "bpchar",
    _Type.DATE: "date",
    _Type.TIMESTAMP: "timestamp",
    _Type.TIMESTAMPTZ: "timestamptz",
}

# sqlglot logs what it falls back from; here every fallback is refused by name instead.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


def parse(sql: str) -> exp.Expression:
    """Parse one statement and translate it for DuckDB.

    Raises:
        StatementFailed: 42601 where it is no Redshift SQL, 0A000 where it uses what Redshift lacks.
    """
    tree = _tree(sql)
    refuse_what_redshift_lacks(tree)
    return translate(tree)


def parse_merge(sql: str, tokens: list[Token]) -> exp.Merge:
    """Parse a MERGE; one that ends in REMOVE DUPLICATES gets ``remove_duplicates`` in its meta.

    Raises:
        StatementFailed: 42601 where it breaks one of MERGE's restrictions.
    """
    simplified = keywords(tokens)[-2:] == ["REMOVE", "DUPLICATES"]
    if simplified:  # sqlglot has no such clause; what is executed for it is not made of these arms
        sql = sql[: tokens[-2].start] + _ARMS
    tree = _tree(sql)
    if not isinstance(tree, exp.Merge):
        raise syntax_error("WITH is not allowed in MERGE" if isinstance(tree, exp.Query) else "in MERGE")
    _read_rows(tree)
    refuse_what_redshift_lacks(tree)
    refuse_merge(tree)
    translated = translate(tree)
    translated.meta["remove_duplicates"] = simplified
    return translated


def translate(tree: exp.Expression) -> exp.Expression:
    """Return a Redshift tree in DuckDB's terms: folded names, Redshift's labels, times, casts and division."""
    for node in list(tree.walk()):
        if isinstance(node, exp.Identifier):
            node.set("this", node.this.lower())
        elif isinstance(node, exp.Table):
            _send_to_catalog(node)
    for select in list(tree.find_all(exp.Select)):
        select.set("expressions", [_labelled(projection) for projection in select.expressions])
    for total in [node for node in tree.find_all(exp.Sum) if _sums_small_integers(node)]:
        outer = total.parent if isinstance(total.parent, exp.Window) else total
        outer.replace(exp.cast(outer.copy(), "bigint", dialect="duckdb"))
    for node in reversed(list(tree.walk(bfs=True))):
        replacement = _in_duckdb_terms(node)
        if replacement is not node:
            node.replace(replacement)
    return tree


def to_duckdb(tree: exp.Expression) -> str:
    """Return the text DuckDB executes."""
    return str(tree.sql("duckdb"))


def _tree(sql: str) -> exp.Expression:
    try:
        trees = sqlglot.parse(sql, read="redshift")
    except sqlglot.errors.SqlglotError as error:
        raise syntax_error(_COLOUR.sub("", str(error)).split("\n", maxsplit=1)[0]) from error
    if len(trees) != 1 or trees[0] is None:
        raise syntax_error("one statement expected")
    return trees[0]


def _read_rows(tree: exp.Merge) -> None:
    """Turn ``INSERT VALUES (...)`` without columns into a row; sqlglot reads it as a call of a function VALUES."""
    for insert in tree.find_all(exp.Insert):
        row = insert.this
        call = row.expressions[0] if isinstance(row, exp.Tuple) and len(row.expressions) == 1 else None
        if isinstance(call, exp.Anonymous) and call.name.upper() == "VALUES":
            insert.set("this", None)
            insert.set("expression", exp.Tuple(expressions=call.expressions))


def _send_to_catalog(table: exp.Table) -> None:
    schema, name = table.db.lower(), table.name.lower()
    if schema == "information_schema":
        name = _INFORMATION_SCHEMA.get(name, "")
    elif schema not in {"", "pg_catalog"}:
        return
    if name in CATALOG_VIEWS:
        table.set("this", exp.to_identifier(name))
        table.set("db", exp.to_identifier(CATALOG_SCHEMA))


def _labelled(projection: exp.Expression) -> exp.Expression:
    if isinstance(projection, exp.Alias | exp.Aliases | exp.Column | exp.Star) or projection.is_star:
        return projection
    return exp.alias_(projection, _label(projection), quoted=True)


def _label(node: exp.Expression) -> str:
    if isinstance(node, exp.Paren | exp.Window):
        return _label(node.this)
    if isinstance(node, exp.Cast):
        return _label(node.this) if isinstance(node.this, exp.Column | exp.Func) else _TYPE_LABELS.get(node.to.this, _UNNAMED)
    label = _UNNAMED
    if isinstance(node, exp.Column | exp.Anonymous):
        label = str(node.name).lower()
    elif isinstance(node, exp.CurrentTimestamp):
        label = "sysdate" if node.args.get("sysdate") else "getdate"
    elif isinstance(node, exp.CurrentVersion):
        label = "version"
    elif isinstance(node, exp.Func) and not isinstance(node, exp.Connector | exp.Binary):
        label = str(node.sql_name()).lower()
    return label


def _in_duckdb_terms(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.CurrentTimestamp):
        return _utc_now(whole_seconds=not node.args.get("sysdate"))
    if isinstance(node, exp.Anonymous) and node.name.lower() == "octet_length":
        return exp.Anonymous(this="strlen", expressions=[argument.copy() for argument in node.expressions])
    if isinstance(node, exp.Div | exp.Mod) and not _certainly_not_zero(node.expression):
        return exp.paren(
            exp.case()
            .when(exp.EQ(this=exp.paren(node.expression.copy()), expression=exp.Literal.number(0)), _error("division by zero"))
            .else_(node.copy())
        )
    if isinstance(node, exp.Cast) and node.to.this in {_Type.VARCHAR, _Type.NVARCHAR} and node.to.expressions:
        length = node.to.expressions[0].name
        if length.isdigit():
            return exp.Left(this=exp.cast(node.this, "varchar", dialect="duckdb"), expression=exp.Literal.number(length))
    return node


def _sums_small_integers(total: exp.Sum) -> bool:
    """Tell whether an argument is certainly INTEGER or smaller: Redshift's sum is then BIGINT, DuckDB's would be NUMERIC(38,0)."""
    return annotate_types(total.this.copy(), dialect="redshift").is_type(_Type.TINYINT, _Type.SMALLINT, _Type.INT) is True


def _utc_now(*, whole_seconds: bool) -> exp.Expression:
    now = "CAST(NOW() AT TIME ZONE 'UTC' AS TIMESTAMP)"
    return sqlglot.parse_one(f"DATE_TRUNC('second', {now})" if whole_seconds else now, read="duckdb")


def _certainly_not_zero(divisor: exp.Expression) -> bool:
    return isinstance(divisor, exp.Literal) and not divisor.is_string and float(divisor.name) != 0


def _error(text: str) -> exp.Expression:
    return exp.Anonymous(this="error", expressions=[exp.Literal.string(text)])
