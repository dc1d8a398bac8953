"""Aggregates and window functions, with the frames Redshift asks for.

Sources: AWS, c_Aggregate_Functions.html, r_Window_function_synopsis.html and each function's page.
"""

from typing import Any

from sqlglot import exp

from infra.local.redshift.errors import StatementFailed, not_supported, syntax_error_near
from infra.local.redshift.sql.calls import AGGREGATES, RANKINGS, VALUES, WINDOW_ONLY
from infra.local.redshift.sql.scopes import Scope
from infra.local.redshift.sql.signatures import fitting, no_function
from infra.local.redshift.sql.sql_types import BIGINT, DOUBLE, FLOATS, HLLSKETCH, Kind, SqlType, numeric
from infra.local.redshift.sql.translation import Translation
from infra.local.redshift.sql.values import Typed, macro, plain, quoted, settled

NAMES = AGGREGATES | WINDOW_ONLY
_PERCENTILES = frozenset({"percentile_cont", "percentile_disc"})
_UNORDERED = _PERCENTILES | {"listagg", "median", "ratio_to_report"}
"""Functions whose window has PARTITION BY alone (r_WF_LISTAGG, r_WF_MEDIAN, r_WF_PERCENTILE_CONT, r_WF_RATIO_TO_REPORT)."""
_FRAMELESS = "Aggregate window functions with an ORDER BY clause require a frame clause"
_BOUNDS = {"UNBOUNDED": "UNBOUNDED", "CURRENT ROW": "CURRENT ROW"}


def called(expressions: Translation, node: exp.Anonymous, scope: Scope) -> Typed:
    """Return an aggregate that is no window function."""
    name = _name(node)
    if name in WINDOW_ONLY:
        raise StatementFailed("42809", f"window function {name} requires an OVER clause")
    if name in _PERCENTILES:
        raise syntax_error_near(name)
    return _computed(expressions, node, scope, over="", order=None)


def ordered(expressions: Translation, node: exp.WithinGroup, scope: Scope, over: str = "") -> Typed:
    """Return ``aggregate WITHIN GROUP (ORDER BY …)``.

    Raises:
        StatementFailed: 42601 for an aggregate that takes none.
    """
    call, order = node.this, node.expression
    if not isinstance(call, exp.Anonymous) or not isinstance(order, exp.Order):
        raise syntax_error_near("within")
    name = _name(call)
    if name == "listagg":
        return _computed(expressions, call, scope, over=over, order=order)
    if name not in _PERCENTILES or len(call.expressions) != 1 or len(order.expressions) != 1:
        raise no_function(name, [])
    fraction = expressions.value(call.expressions[0], scope)
    _refuse_share(call.expressions[0])
    wanted = order.expressions[0]
    value = expressions.value(wanted.this, scope)
    share = f"CAST({fraction.sql} AS DOUBLE)" if not wanted.args.get("desc") else f"(1 - CAST({fraction.sql} AS DOUBLE))"
    if name == "percentile_disc":
        return Typed(f"quantile_disc({value.sql}, {share}){over}", value.type)
    result = DOUBLE if value.type.is_number and value.type.kind is not Kind.NUMERIC else value.type
    argument = f"CAST({value.sql} AS DOUBLE)" if result == DOUBLE else value.sql
    return Typed(f"quantile_cont({argument}, {share}){over}", result)


def _refuse_share(node: exp.Expression) -> None:
    """The share of a percentile is a constant from 0 to 1 (r_PERCENTILE_CONT)."""
    if node.find(exp.Column):
        raise not_supported("a percentile that is no constant")
    while isinstance(node, exp.Paren | exp.Cast):
        node = node.this
    if isinstance(node, exp.Neg) or (isinstance(node, exp.Literal) and not node.is_string and float(node.name) > 1):
        raise StatementFailed("22003", f"percentile value {node.sql()} is not between 0 and 1")


def refuse_orders(select: exp.Select) -> None:
    """Aggregates of one query that sort what they get all sort it alike (r_LISTAGG, r_MEDIAN, r_PERCENTILE_CONT).

    Raises:
        StatementFailed: 0A000.
    """
    orders = set()
    for item in select.expressions:
        for node in item.walk(prune=lambda inner: isinstance(inner, exp.Query | exp.Window)):
            if isinstance(node, exp.WithinGroup) and not isinstance(node.parent, exp.Window):
                orders.add(", ".join(str(one.sql()).lower() for one in node.expression.expressions))
            elif isinstance(node, exp.Anonymous) and _name(node) == "median" and not isinstance(node.parent, exp.Window):
                orders.add(", ".join(str(exp.Ordered(this=one.copy()).sql()).lower() for one in node.expressions))
    if len(orders) > 1:
        raise StatementFailed("0A000", "within group ORDER BY clauses for aggregate functions must be the same")


def windowed(expressions: Translation, node: exp.Window, scope: Scope) -> Typed:
    """Return a function with OVER.

    Raises:
        StatementFailed: 0A000 and 42601 for windows Redshift does not take.
    """
    call, nulls = node.this, ""
    if isinstance(call, exp.IgnoreNulls | exp.RespectNulls):
        nulls = " IGNORE NULLS" if isinstance(call, exp.IgnoreNulls) else ""
        call = call.this
    if node.args.get("alias") or node.args.get("first") or (node.args.get("over") or "OVER") != "OVER":
        raise not_supported("a named window")
    inner = call.this if isinstance(call, exp.WithinGroup) else call
    if not isinstance(inner, exp.Anonymous):
        raise syntax_error_near("over")
    if _name(inner) not in NAMES:
        raise StatementFailed("42809", f"{_name(inner)} is not a window function")
    name = _name(inner)
    if not nulls and inner.expressions and isinstance(within := inner.expressions[0], exp.IgnoreNulls | exp.RespectNulls):
        nulls = " IGNORE NULLS" if isinstance(within, exp.IgnoreNulls) else ""  # FIRST_VALUE(expression IGNORE NULLS), r_WF_first_value
        inner = inner.copy()
        inner.expressions[0].replace(within.this.copy())
    if nulls and name not in VALUES | {"lag", "lead"}:
        raise syntax_error_near("ignore")
    if name != "listagg" and any(isinstance(argument, exp.Distinct) for argument in inner.expressions):
        raise not_supported("DISTINCT in a window function")
    over = _over(expressions, node, scope, name)
    if isinstance(call, exp.WithinGroup):
        return ordered(expressions, call, scope, over)
    return _computed(expressions, inner, scope, over=over, order=None, nulls=nulls)


def order_by(expressions: Translation, node: exp.Expression, scope: Scope) -> str:
    """Return one item of ORDER BY; NULL counts as the largest value unless told otherwise."""
    if node.args.get("with_fill"):
        raise syntax_error_near("with")
    direction = "DESC" if node.args.get("desc") else "ASC"
    return f"{expressions.value(node.this, scope).sql} {direction} NULLS {'FIRST' if node.args.get('nulls_first') else 'LAST'}"


def _over(expressions: Translation, node: exp.Window, scope: Scope, name: str) -> str:
    pieces = []
    if partition := node.args.get("partition_by"):
        pieces.append("PARTITION BY " + ", ".join(expressions.value(item, scope).sql for item in partition))
    order, spec = node.args.get("order"), node.args.get("spec")
    if order is None and name in {"lag", "lead"}:  # r_WF_LAG, r_WF_LEAD
        raise StatementFailed("42601", f"{name} requires ORDER BY in its window specification")
    if (order is not None or spec is not None) and name in _UNORDERED:
        raise syntax_error_near("order" if order is not None else "rows")
    if order is not None:
        pieces.append("ORDER BY " + ", ".join(order_by(expressions, item, scope) for item in order.expressions))
    if spec is not None and order is None:  # r_Window_function_synopsis: a frame stands behind ORDER BY alone
        raise syntax_error_near(str(spec.args.get("kind") or "").lower())
    if spec is not None:
        pieces.append(_frame(spec, name))
    elif order is not None and name not in RANKINGS:
        raise StatementFailed("0A000", _FRAMELESS)
    return f" OVER ({' '.join(pieces)})"


def _frame(spec: exp.Expression, name: str) -> str:
    kind = str(spec.args.get("kind") or "").upper()
    if kind != "ROWS" or spec.args.get("exclude") or name in RANKINGS:
        raise syntax_error_near(kind.lower())
    start = _bound(spec, "start")
    end = _bound(spec, "end") if spec.args.get("end") else "CURRENT ROW"
    return f"ROWS BETWEEN {start} AND {end}"


def _bound(spec: exp.Expression, side: str) -> str:
    bound, direction = spec.args.get(side), str(spec.args.get(f"{side}_side") or "").upper()
    if isinstance(bound, str):
        if bound.upper() not in _BOUNDS:
            raise syntax_error_near(bound)
        return f"{bound.upper()} {direction}".strip()
    if not isinstance(bound, exp.Literal) or bound.is_string:
        raise not_supported("a window frame whose bound is no number")
    return f"{bound.name} {direction}"


def _name(node: Any) -> str:
    return str(getattr(node, "name", "") or "").lower()


def _computed(expressions: Translation, node: exp.Anonymous, scope: Scope, *, over: str, order: exp.Order | None, nulls: str = "") -> Typed:
    name, given = _name(node), list(node.expressions)
    distinct = ""
    if given and isinstance(given[0], exp.Distinct):
        if given[0].args.get("on") or name in WINDOW_ONLY | {"median", "any_value"}:
            raise syntax_error_near("distinct")
        distinct, given = "DISTINCT ", [*given[0].expressions, *given[1:]]
    if name == "count" and len(given) == 1 and isinstance(given[0], exp.Star) and not distinct:
        return Typed(f"count(*){over}", BIGINT)
    if any(isinstance(argument, exp.Star | exp.Order | exp.Ordered) for argument in given):
        raise syntax_error_near(name)
    signature, values = fitting(name, [expressions.value(argument, scope) for argument in given])
    values = [settled(value) for value in values]
    if signature.group == "windows":
        return _ranked(name, values, over, nulls)
    if name == "listagg":
        return _listed(expressions, values, order, scope, distinct, over)
    return _aggregated(name, values[0], distinct, over)


def _aggregated(name: str, value: Typed, distinct: str, over: str) -> Typed:
    kind, argument = value.type, f"{distinct}{plain(value) if name != 'count' else value.sql}"
    if name == "count":
        return Typed(f"count({argument}){over}", BIGINT)
    if name == "hll":  # what is exact here is within the error that r_HLL_function promises
        return Typed(f"count(DISTINCT {plain(value)}){over}", BIGINT)
    if name == "hll_create_sketch":
        if kind.kind in {Kind.HLLSKETCH, Kind.GEOMETRY, Kind.GEOGRAPHY, Kind.VARBYTE}:  # r_HLL_CREATE_SKETCH
            raise no_function(name, [value])
        return _sketched("hll_sketch", f"DISTINCT hash(CAST({plain(value)} AS VARCHAR))", value.sql, over)
    if name == "hll_combine":
        return _sketched("hll_union", value.sql, value.sql, over)
    if name in {"min", "max"} and kind.kind is Kind.BOOLEAN:
        raise no_function(name, [value])
    if name in {"sum", "avg"} and kind.kind in FLOATS:
        return Typed(f"{name}({distinct}CAST({value.sql} AS DOUBLE)){over}", DOUBLE)
    if name == "sum":
        result = BIGINT if kind.is_integer else numeric(38, kind.digits)
        return Typed(f"CAST(sum({argument}){over} AS {result.stored})", result)
    if name == "avg" and kind.is_integer:
        return Typed(f"CAST(sum({argument}){over} // count({argument}){over} AS BIGINT)", BIGINT)
    if name == "avg":
        total, count = f"CAST(sum({argument}){over} AS DECIMAL(38,{kind.digits}))", f"CAST(count({argument}){over} AS DECIMAL(19,0))"
        unit = f"CAST('1e-{kind.digits}' AS DECIMAL(38,{kind.digits}))"
        result = numeric(38, kind.digits)
        # Cut off, not rounded: the example of PIVOT in r_FROM_clause-pivot-unpivot-examples gives 2.71 for 8.15 / 3.
        return Typed(f"CAST({macro('averaged', total, count, str(10**kind.digits), unit)} AS {result.stored})", result)
    if name == "median":
        result = DOUBLE if kind.is_number and kind.kind is not Kind.NUMERIC else kind
        return Typed(f"CAST(median({argument}){over} AS {result.stored})", result)
    if name.startswith(("std", "var")):
        return Typed(f"{name}({distinct}CAST({value.sql} AS DOUBLE)){over}", DOUBLE)
    result = SqlType(Kind.VARCHAR, kind.length) if kind.kind is Kind.CHAR else kind
    return Typed(f"{name}({argument}){over}", result)


def _sketched(function: str, listed: str, value: str, over: str) -> Typed:
    found = f"list({listed}) FILTER (WHERE {value} IS NOT NULL){over}"
    return Typed(f"rs_{function}(coalesce(CAST(to_json({found}) AS VARCHAR), '[]'))", HLLSKETCH)


def _ranked(name: str, values: list[Typed], over: str, nulls: str) -> Typed:
    if name == "ratio_to_report":
        value = f"CAST({values[0].sql} AS DOUBLE)"
        return Typed(f"({value} / nullif(sum({value}){over}, 0))", DOUBLE)
    arguments = ", ".join(value.sql for value in values)
    if name in {"percent_rank", "cume_dist"}:
        return Typed(f"{name}(){over}", DOUBLE)
    if name in {"row_number", "rank", "dense_rank", "ntile"}:
        return Typed(f"{name}({arguments}){over}", BIGINT)
    return Typed(f"{name}({arguments}{nulls}){over}", values[0].type)


def _listed(expressions: Translation, values: list[Typed], order: exp.Order | None, scope: Scope, distinct: str, over: str) -> Typed:
    delimiter = values[1].sql if len(values) > 1 else quoted("")
    sorting = ""
    if order is not None:
        sorting = " ORDER BY " + ", ".join(order_by(expressions, item, scope) for item in order.expressions)
        if distinct and len(order.expressions) == 1:
            sorting = sorting.replace(expressions.value(order.expressions[0].this, scope).sql, plain(values[0]), 1)
    return Typed(f"string_agg({distinct}{plain(values[0])}, {delimiter}{sorting}){over}", SqlType(Kind.VARCHAR, 65_535))
