"""Expressions: every construct Redshift has, translated; a construct that is not listed here is refused."""

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from infra.local.redshift.errors import StatementFailed, not_supported, syntax_error_near
from infra.local.redshift.sql import aggregates, operators
from infra.local.redshift.sql.builders import BUILDERS, at_time_zone, extracted, met, part
from infra.local.redshift.sql.calls import LENGTHS_KEPT, TEMPLATES
from infra.local.redshift.sql.grammar import parse
from infra.local.redshift.sql.scopes import Catalog, Scope
from infra.local.redshift.sql.signatures import fitting, no_function, signatures
from infra.local.redshift.sql.sql_types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    INTERVAL,
    SUPER,
    TIMESTAMP,
    TIMESTAMPTZ,
    VARCHAR,
    Kind,
    SqlType,
    declared,
    from_declared,
    numeric,
)
from infra.local.redshift.sql.values import NULL, Typed, as_text, cast, converted, integer, macro, plain, quoted, settled, text

_COMPARISONS: dict[type[exp.Expression], str] = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_ARITHMETIC: dict[type[exp.Expression], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}
_BITS: dict[type[exp.Expression], str] = {
    exp.BitwiseAnd: "&",
    exp.BitwiseOr: "|",
    exp.BitwiseLeftShift: "<<",
    exp.BitwiseRightShift: ">>",
}
_UNITS = re.compile(r"\s*(?P<sign>[+-]?)(?P<amount>\d+(?:\.\d+)?)?\s*(?P<unit>[A-Za-z]+)")
_CLOCK = re.compile(r"\s*(?P<sign>[+-]?)(?P<hours>\d{1,3}):(?P<minutes>\d{2})(?::(?P<seconds>\d{2}(?:\.\d+)?))?\s*$")


class Expressions:
    """Translates expressions in a scope.

    Args:
        catalog: What is asked of the database.
        query: Translates a subquery in a scope; returns DuckDB's text and the columns.
    """

    def __init__(self, catalog: Catalog, query: Callable[[exp.Expression, Scope], tuple[str, Any]]) -> None:
        self.catalog = catalog
        self.query = query
        self.arguments: list[list[Typed]] = []

    def value(self, node: exp.Expression, scope: Scope) -> Typed:
        """Return an expression's translation.

        Raises:
            StatementFailed: what Redshift says to it.
        """
        kind = type(node)
        if kind in _COMPARISONS:
            return self._compared(node, scope, _COMPARISONS[kind])
        if kind in _ARITHMETIC:
            return operators.arithmetic(_ARITHMETIC[kind], self.value(node.this, scope), self.value(node.expression, scope))
        if kind in _BITS:
            return self._bits(node, scope, _BITS[kind])
        translate = _NODES.get(kind)
        if translate is None:
            raise not_supported(f"the expression {_described(node)}")
        _refuse_arguments(node, _ARGUMENTS.get(kind, frozenset()))
        return translate(self, node, scope)

    def condition(self, node: exp.Expression, scope: Scope) -> str:
        """Return a condition's translation.

        Raises:
            StatementFailed: 42804 where it is no condition.
        """
        value = self.value(node, scope)
        if value.type.kind is Kind.UNKNOWN:
            value = cast(value, BOOLEAN)
        if value.type == SUPER:
            value = cast(value, BOOLEAN)
        if value.type != BOOLEAN:
            raise StatementFailed("42804", f"argument of WHERE must be type boolean, not type {value.type.kind}")
        return value.sql

    def call(self, name: str, arguments: list[Typed]) -> Typed:
        """Return a call of a function that is no aggregate.

        Raises:
            StatementFailed: 42883 where there is none for the arguments.
        """
        if name not in signatures():
            raise no_function(name, arguments)
        signature, given = fitting(name, arguments)
        if signature.group in {"system", "catalog"} and (fact := self.catalog.fact(name, given)):
            return fact
        if name in BUILDERS:
            return BUILDERS[name](self.catalog, name, given)
        if name not in TEMPLATES:
            raise not_supported(f"function {name}")
        texts = [plain(value) if value.type.kind is Kind.CHAR else value.sql for value in given]
        sql = TEMPLATES[name].format(*texts, *["NULL"] * (len(signature.arguments) - len(given)))
        result = self._returned(signature.returns, name, given)
        return Typed(f"CAST({sql} AS {result.stored})" if result.is_integer else sql, result)

    def _returned(self, returns: str, name: str, given: list[Typed]) -> SqlType:
        if returns == "same":
            return given[0].type
        if returns == "varchar":
            length = given[0].type.length if name in LENGTHS_KEPT and given and given[0].type.kind is Kind.VARCHAR else None
            return SqlType(Kind.VARCHAR, length)
        if returns == "timestamp":
            return TIMESTAMP
        return from_declared(returns.replace("varbyte", "binary varying"))

    def _column(self, node: exp.Column, scope: Scope) -> Typed:
        names = [self.name(piece) for piece in node.parts]
        if isinstance(node.this, exp.Star):
            raise syntax_error_near("*")
        if len(names) == 1 and isinstance(node.this, exp.Identifier) and not node.this.quoted:
            if names[0] == "user":
                return self.call("current_user", [])
            if names[0] in {"current_user_id", "sysdate"}:
                return self.call(names[0], [])
        column, path = scope.column(names)
        for key in path:
            column = self._attribute(column, key)
        return column

    def name(self, node: exp.Expression) -> str:
        """Return an identifier as it is folded: to lower case, unless it is quoted and the session minds case."""
        quoted_ = isinstance(node, exp.Identifier) and bool(node.quoted)
        if quoted_ and self.catalog.setting("enable_case_sensitive_identifier").lower() in {"on", "true", "1"}:
            return str(node.name)
        return str(node.name).lower()

    def _attribute(self, value: Typed, key: str) -> Typed:
        if value.type != SUPER:
            raise StatementFailed("42809", f"column notation .{key} applied to type {value.type.kind}, which is not a composite type")
        exact = self.catalog.setting("enable_case_sensitive_identifier").lower() in {"on", "true", "1"}
        return Typed(f"rs_super_key(CAST({value.sql} AS VARCHAR), {quoted(key)}, {str(exact).upper()})", SUPER)

    def _dot(self, node: exp.Dot, scope: Scope) -> Typed:
        if isinstance(node.expression, exp.Anonymous):
            if self.name(node.this) != "pg_catalog" and str(node.expression.name).lower() in signatures():
                raise no_function(f"{node.this.sql()}.{node.expression.name}", [])
            return self.value(node.expression, scope)
        return self._attribute(self.value(node.this, scope), self.name(node.expression))

    def _bracket(self, node: exp.Bracket, scope: Scope) -> Typed:
        value = self.value(node.this, scope)
        if value.type != SUPER or len(node.expressions) != 1 or isinstance(node.expressions[0], exp.Slice):
            raise StatementFailed("42809", f"cannot subscript type {value.type.kind}")
        index = self.value(node.expressions[0], scope)
        if index.text is not None:
            return self._attribute(value, index.text)
        return Typed(f"rs_super_at(CAST({value.sql} AS VARCHAR), {index.sql})", SUPER)

    def _literal(self, node: exp.Literal, _scope: Scope) -> Typed:
        if node.is_string:
            return text(str(node.this))
        written = str(node.this)
        if written.isdigit():
            return integer(int(written))
        if re.search(r"[eE]", written):
            return Typed(f"CAST('{written}' AS DOUBLE)", DOUBLE)
        whole, _, fraction = written.partition(".")
        if not re.fullmatch(r"\d*\.\d*", written):
            raise syntax_error_near(written)
        precision = len(whole.lstrip("0") or "0") + len(fraction)
        if precision > 38:  # noqa: PLR2004 - the widest NUMERIC
            raise StatementFailed("22003", "Numeric data overflow (result precision)")
        kind = numeric(precision, min(len(fraction), 37))
        return Typed(f"CAST('{written}' AS {kind.stored})", kind)

    def _negated(self, node: exp.Neg, scope: Scope) -> Typed:
        if isinstance(node.this, exp.Literal) and not node.this.is_string and str(node.this.this).isdigit():
            return integer(-int(node.this.this))
        value = self.value(node.this, scope)
        if value.type.kind is Kind.UNKNOWN:
            value = cast(value, DOUBLE)
        if not (value.type.is_number or value.type == INTERVAL):
            raise StatementFailed("42883", f"operator does not exist: - {value.type.kind}")
        return Typed(f"(-{value.sql})", value.type)

    def _compared(self, node: exp.Expression, scope: Scope, operator: str) -> Typed:
        for kind, word in ((exp.Any, "ANY"), (exp.All, "ALL")):
            if isinstance(node.expression, kind):
                return self._quantified(node, scope, operator, word)
        if isinstance(node.this, exp.Tuple) and isinstance(node.expression, exp.Tuple):
            pairs = zip(node.this.expressions, node.expression.expressions, strict=False)
            sides = [operators.comparable(self.value(one, scope), self.value(other, scope), operator) for one, other in pairs]
            return Typed(f"(({', '.join(one for one, _ in sides)}) {operator} ({', '.join(other for _, other in sides)}))", BOOLEAN)
        return operators.compared(operator, self.value(node.this, scope), self.value(node.expression, scope))

    def _quantified(self, node: exp.Expression, scope: Scope, operator: str, word: str) -> Typed:
        inner = node.expression.this
        inner = inner.this if isinstance(inner, exp.Paren | exp.Subquery) else inner
        value = self.value(node.this, scope)
        if isinstance(inner, exp.Query):
            sql, columns = self.query(inner, scope)
            one, other = operators.comparable(value, Typed("v", columns[0][1]), operator)
            return Typed(f"({one} {operator} {word}(SELECT {other} FROM ({sql}) AS q(v)))", BOOLEAN)
        values = self.value(inner, scope)
        if values.type == SUPER and operator == "=":
            scalar = f"to_json({plain(settled(value))})"
            return Typed(f"json_contains({values.sql}, {scalar})", BOOLEAN)
        raise not_supported(f"{word} over {values.type.kind}")

    def _bits(self, node: exp.Expression, scope: Scope, operator: str) -> Typed:
        left, right = self.value(node.this, scope), self.value(node.expression, scope)
        if not (left.type.is_integer and right.type.is_integer):
            raise operators.no_operator(operator, left.type, right.type)
        return Typed(f"({left.sql} {operator} {right.sql})", left.type)

    def _xor(self, node: exp.Expression, scope: Scope) -> Typed:
        left, right = self.value(node.this, scope), self.value(node.expression, scope)
        if not (left.type.is_integer and right.type.is_integer):
            raise operators.no_operator("#", left.type, right.type)
        return Typed(f"xor({left.sql}, {right.sql})", left.type)

    def _inverted(self, node: exp.Expression, scope: Scope) -> Typed:
        value = self.value(node.this, scope)
        if not value.type.is_integer:
            raise StatementFailed("42883", f"operator does not exist: ~ {value.type.kind}")
        return Typed(f"(~{value.sql})", value.type)

    def _named(self, name: str) -> "Translate":
        def translate(self: Expressions, node: exp.Expression, scope: Scope) -> Typed:
            return self.call(name, [self.value(node.this, scope)])

        return translate

    def _power(self, node: exp.Expression, scope: Scope) -> Typed:
        return self.call("power", [self.value(node.this, scope), self.value(node.expression, scope)])

    def _logic(self, node: exp.Expression, scope: Scope) -> Typed:
        word = "AND" if isinstance(node, exp.And) else "OR"
        sides = [self.condition(part_, scope) for part_ in _flattened(node)]
        return Typed("(" + f" {word} ".join(sides) + ")", BOOLEAN)

    def _not(self, node: exp.Not, scope: Scope) -> Typed:
        return Typed(f"(NOT {self.condition(node.this, scope)})", BOOLEAN)

    def _paren(self, node: exp.Paren, scope: Scope) -> Typed:
        return self.value(node.this, scope)

    def _is(self, node: exp.Is, scope: Scope) -> Typed:
        value, other = self.value(node.this, scope), node.expression
        if isinstance(other, exp.Null):
            # What is read from a SUPER is missing where nothing lies there and where a JSON null does.
            if value.type == SUPER:
                return Typed(f"({value.sql} IS NULL OR CAST({value.sql} AS VARCHAR) = 'null')", BOOLEAN)
            return Typed(f"({value.sql} IS NULL)", BOOLEAN)
        if not isinstance(other, exp.Boolean):
            raise not_supported(f"IS {_described(other)}")
        condition = self.condition(node.this, scope)
        return Typed(f"({condition} IS {'TRUE' if other.this else 'FALSE'})", BOOLEAN)

    def _between(self, node: exp.Between, scope: Scope) -> Typed:
        value, low, high = (self.value(side, scope) for side in (node.this, node.args["low"], node.args["high"]))
        return Typed(f"({operators.compared('>=', value, low).sql} AND {operators.compared('<=', value, high).sql})", BOOLEAN)

    def _in(self, node: exp.In, scope: Scope) -> Typed:
        query = node.args.get("query")
        if query is not None:
            return self._in_query(node, query, scope)
        if not node.expressions:
            raise syntax_error_near(")")
        if isinstance(node.this, exp.Tuple):
            rows = [self._compared(exp.EQ(this=node.this, expression=row), scope, "=").sql for row in node.expressions]
            return Typed("(" + " OR ".join(rows) + ")", BOOLEAN)
        value = self.value(node.this, scope)
        sides = [operators.comparable(value, self.value(item, scope)) for item in node.expressions]
        if len({one for one, _ in sides}) == 1:
            return Typed(f"({sides[0][0]} IN ({', '.join(other for _, other in sides)}))", BOOLEAN)
        return Typed("(" + " OR ".join(f"{one} = {other}" for one, other in sides) + ")", BOOLEAN)

    def _in_query(self, node: exp.In, query: exp.Expression, scope: Scope) -> Typed:
        sql, columns = self.query(query, scope)
        values = node.this.expressions if isinstance(node.this, exp.Tuple) else [node.this]
        if len(columns) != len(values):
            raise StatementFailed(
                "42601", "subquery has too many columns" if len(columns) > len(values) else "subquery has too few columns"
            )
        names = [f"c{index}" for index in range(len(columns))]
        sides = [
            operators.comparable(self.value(value, scope), Typed(name, column[1]))
            for value, name, column in zip(values, names, columns, strict=True)
        ]
        one, other = ", ".join(side for side, _ in sides), ", ".join(side for _, side in sides)
        if len(sides) > 1:
            one, other = f"({one})", f"({other})"
        return Typed(f"({one} IN (SELECT {other} FROM ({sql}) AS q({', '.join(names)})))", BOOLEAN)

    def _exists(self, node: exp.Exists, scope: Scope) -> Typed:
        sql, _ = self.query(node.this, scope)
        return Typed(f"EXISTS ({sql})", BOOLEAN)

    def _subquery(self, node: exp.Expression, scope: Scope) -> Typed:
        sql, columns = self.query(node, scope)
        if len(columns) != 1:
            raise StatementFailed("42601", "subquery must return only one column")
        return Typed(f"({sql})", columns[0][1])

    def _like(self, node: exp.Expression, scope: Scope) -> Typed:
        escape = "\\"
        if isinstance(node, exp.Escape):
            escape, node = str(node.expression.name), node.this
        if len(escape) > 1:
            raise StatementFailed("22025", "invalid escape string")
        word = "ILIKE" if isinstance(node, exp.ILike) else "LIKE"
        value, pattern = self.value(node.this, scope), self.value(node.expression, scope)
        if not (value.type.is_string or value.type == SUPER) or not (pattern.type.is_string or pattern.type == SUPER):
            raise operators.no_operator("~~", value.type, pattern.type)
        return Typed(f"({as_text(value)} {word} {as_text(pattern)} ESCAPE {quoted(escape)})", BOOLEAN)

    def _similar(self, node: exp.Expression, scope: Scope) -> Typed:
        escape = "\\"
        if isinstance(node, exp.Escape):
            escape, node = str(node.expression.name), node.this
        value, pattern = self.value(node.this, scope), self.value(node.expression, scope)
        return Typed(f"rs_similar({as_text(value)}, {as_text(pattern)}, {quoted(escape)})", BOOLEAN)

    def _escape(self, node: exp.Escape, scope: Scope) -> Typed:
        return self._similar(node, scope) if isinstance(node.this, exp.SimilarTo) else self._like(node, scope)

    def _matches(self, node: exp.Expression, scope: Scope) -> Typed:
        parameters = "i" if isinstance(node, exp.RegexpILike) else ""
        value, pattern = self.value(node.this, scope), self.value(node.expression, scope)
        return Typed(f"rs_matches({as_text(value)}, {as_text(pattern)}, '{parameters}')", BOOLEAN)

    def _case(self, node: exp.Case, scope: Scope) -> Typed:
        subject = self.value(node.this, scope) if node.this is not None else None
        conditions, results = [], []
        for arm in node.args["ifs"]:
            if subject is None:
                conditions.append(self.condition(arm.this, scope))
            else:
                conditions.append(operators.compared("=", subject, self.value(arm.this, scope)).sql)
            results.append(self.value(arm.args["true"], scope))
        default = node.args.get("default")
        if default is not None:
            results.append(self.value(default, scope))
        values, kind = met(results, "CASE")
        arms = " ".join(f"WHEN {condition} THEN {value}" for condition, value in zip(conditions, values, strict=False))
        return Typed(f"(CASE {arms} ELSE {values[-1] if default is not None else 'NULL'} END)", kind)

    def _cast(self, node: exp.Expression, scope: Scope) -> Typed:
        if node.args.get("format") or node.args.get("action") or node.args.get("default"):
            raise syntax_error_near("format")
        kind = node.args["to"]
        named = kind.sql("redshift").lower()
        if named in _CATALOG_TYPES:
            return self._special_cast(node, named, scope)
        target = declared(kind)
        value = self.value(node.this, scope)
        if target == INTERVAL and value.text is not None:
            return interval(value.text)
        if isinstance(node, exp.TryCast):
            if value.type.is_string:
                return Typed(f"TRY_CAST({plain(value)} AS {target.stored})", target)
            return Typed(f"TRY_CAST({value.sql} AS {target.stored})", target)
        if value.type == TIMESTAMP and target == TIMESTAMPTZ:
            return Typed(f"CAST({value.sql} AS TIMESTAMP WITH TIME ZONE)", target)
        return cast(value, target)

    def _special_cast(self, node: exp.Expression, name: str, scope: Scope) -> Typed:
        if name == "regclass":
            value = self.value(node.this, scope)
            if value.text is not None:
                return self.catalog.fact("regclass", [value]) or value
            return value
        return cast(self.value(node.this, scope), INTEGER if name == "oid" else VARCHAR)

    def _interval(self, node: exp.Interval, scope: Scope) -> Typed:
        if not isinstance(node.this, exp.Literal) or not node.this.is_string:
            raise syntax_error_near(str(node.this.sql("redshift")) if node.this is not None else "")
        del scope
        unit = node.args.get("unit")
        written = str(node.this.this)
        return interval(f"{written} {unit.name}" if unit is not None and not _UNITS.search(written) else written)

    def _extract(self, node: exp.Extract, scope: Scope) -> Typed:
        value = self.value(node.expression, scope)
        if value.type.kind is Kind.UNKNOWN:
            value = cast(value, TIMESTAMP)
        found = part(str(node.this.name))
        if not (value.type.is_datetime or value.type.kind in {Kind.TIME, Kind.TIMETZ, Kind.INTERVAL}):
            raise no_function("pgdate_part", [text(found), value])
        result = DOUBLE if value.type == TIMESTAMPTZ or found == "epoch" else INTEGER
        return Typed(f"CAST({extracted(found, value)} AS {result.stored})", result)

    def _position(self, node: exp.StrPosition, scope: Scope) -> Typed:
        if node.meta.get("listed"):
            raise syntax_error_near(",")
        return self.call("strpos", [self.value(node.this, scope), self.value(node.args["substr"], scope)])

    def _substring(self, node: exp.Substring, scope: Scope) -> Typed:
        given = [node.this, node.args.get("start") or exp.Literal.number(1), node.args.get("length")]
        return self.call("substring", [self.value(argument, scope) for argument in given if argument is not None])

    def _trim(self, node: exp.Trim, scope: Scope) -> Typed:
        name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or ""), "btrim")
        given = [node.this, node.args.get("expression")]
        return self.call(name, [self.value(argument, scope) for argument in given if argument is not None])

    def _dpipe(self, node: exp.DPipe, scope: Scope) -> Typed:
        return operators.concatenated(self.value(node.this, scope), self.value(node.expression, scope))

    def _at_zone(self, node: exp.AtTimeZone, scope: Scope) -> Typed:
        return at_time_zone(self.value(node.this, scope), self.value(node.args["zone"], scope))

    def _anonymous(self, node: exp.Anonymous, scope: Scope) -> Typed:
        name = str(node.this.name if isinstance(node.this, exp.Expression) else node.this).lower()
        if name not in signatures() and name not in aggregates.NAMES:
            return self._routine(name, [self.value(argument, scope) for argument in node.expressions])
        if name in aggregates.NAMES:
            return aggregates.called(self, node, scope)
        if name in {"dateadd", "datediff", "date_part", "date_trunc", "date_add", "date_diff", "pgdate_part"} and node.expressions:
            first = node.expressions[0]
            word = first.name if isinstance(first, exp.Column | exp.Var | exp.Literal) else ""
            return self.call(name, [text(word), *(self.value(argument, scope) for argument in node.expressions[1:])])
        if any(isinstance(argument, exp.Distinct | exp.Order | exp.Star) for argument in node.expressions):
            raise syntax_error_near(name)
        return self.call(name, [self.value(argument, scope) for argument in node.expressions])

    def _routine(self, name: str, given: list[Typed]) -> Typed:
        """Return a call of a SQL function somebody created: its SELECT with the arguments in place of $1, $2 …"""
        for kinds, returns, body in self.catalog.routines(name):
            if len(kinds) != len(given):
                continue
            targets = [declared(exp.DataType.build(kind, dialect="redshift")) for kind in kinds]
            self.arguments.append([cast(value, target) for value, target in zip(given, targets, strict=True)])
            try:
                value = self.value(parse(body).expressions[0], Scope())
            finally:
                self.arguments.pop()
            return cast(value, declared(exp.DataType.build(returns, dialect="redshift")))
        raise no_function(name, given)

    def _argument(self, node: exp.Parameter, _scope: Scope) -> Typed:
        position = int(node.name) if str(node.name).isdigit() else 0
        if not self.arguments or not 1 <= position <= len(self.arguments[-1]):
            raise StatementFailed("42P02", f"there is no parameter ${node.name}")
        return self.arguments[-1][position - 1]

    def _now(self, node: exp.CurrentTimestamp, _scope: Scope) -> Typed:
        return self.call("sysdate" if node.args.get("sysdate") else "now", [])

    def _today(self, _node: exp.Expression, _scope: Scope) -> Typed:
        return Typed("CAST(now() AT TIME ZONE 'UTC' AS DATE)", DATE)

    def _user(self, _node: exp.Expression, _scope: Scope) -> Typed:
        return self.call("current_user", [])

    def _approximate(self, node: exp.Expression, scope: Scope) -> Typed:
        return self.value(node.this, scope)


Translate = Callable[[Expressions, Any, Scope], Typed]


def interval(written: str) -> Typed:
    """Return the INTERVAL a text writes, for example ``1 day 2 hours`` or ``02:30``.

    Raises:
        StatementFailed: 22007 where it writes none.
    """
    rest, pieces = written.strip(), []
    while rest:
        if found := _CLOCK.match(rest):
            seconds = float(found["seconds"] or 0) + int(found["minutes"]) * 60 + int(found["hours"]) * 3600
            pieces.append(f"to_microseconds({int(round(seconds * 1e6)) * (-1 if found['sign'] == '-' else 1)})")
            break
        found = _UNITS.match(rest)
        unit = part_of_interval(found["unit"]) if found else None
        if found is None or unit is None:
            raise StatementFailed("22007", f'invalid input syntax for type interval: "{written}"')
        pieces.append(f"CAST('{found['sign']}{found['amount'] or 1} {unit}' AS INTERVAL)")
        rest = rest[found.end() :].lstrip(" ,")
    if not pieces:
        raise StatementFailed("22007", f'invalid input syntax for type interval: "{written}"')
    return Typed("(" + " + ".join(pieces) + ")" if len(pieces) > 1 else pieces[0], INTERVAL)


def part_of_interval(word: str) -> str | None:
    """Return the unit of an INTERVAL a word means, None where it is none."""
    try:
        found = part(word)
    except StatementFailed:
        return None
    return found if found not in {"epoch", "dow", "doy", "timezone", "timezone_hour", "timezone_minute"} else None


def _flattened(node: exp.Expression) -> list[exp.Expression]:
    """Return the operands of a chain of AND or OR, without recursion: a generated condition may have thousands."""
    kind, pending, found = type(node), [node], []
    while pending:
        current = pending.pop()
        if type(current) is kind:
            pending += [current.expression, current.this]
        else:
            found.append(current)
    return found


def _described(node: exp.Expression) -> str:
    return str(getattr(node, "key", type(node).__name__)).upper()


def _refuse_arguments(node: exp.Expression, known: frozenset[str]) -> None:
    """Refuse a clause of an expression that is not listed with it."""
    for name, value in node.args.items():
        if known and value and name not in known:
            raise not_supported(f"{name.upper()} in {_described(node)}")


_CATALOG_TYPES = frozenset({"oid", "name", "regclass", "regproc", "regtype"})
_ARGUMENTS: dict[type[exp.Expression], frozenset[str]] = {
    exp.Like: frozenset({"this", "expression"}),
    exp.ILike: frozenset({"this", "expression"}),
    exp.In: frozenset({"this", "expressions", "query"}),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.Case: frozenset({"this", "ifs", "default"}),
    exp.Trim: frozenset({"this", "expression", "position"}),
    exp.Anonymous: frozenset({"this", "expressions", "normalize_functions"}),
}
_NODES: dict[type[exp.Expression], Translate] = {
    exp.Column: Expressions._column,
    exp.Dot: Expressions._dot,
    exp.Bracket: Expressions._bracket,
    exp.Literal: Expressions._literal,
    exp.Parameter: Expressions._argument,
    exp.Null: lambda _self, _node, _scope: NULL,
    exp.Boolean: lambda _self, node, _scope: Typed("TRUE" if node.this else "FALSE", BOOLEAN),
    exp.Neg: Expressions._negated,
    exp.BitwiseXor: Expressions._xor,
    exp.BitwiseNot: Expressions._inverted,
    exp.Pow: Expressions._power,
    exp.Sqrt: lambda self, node, scope: self.call("sqrt", [self.value(node.this, scope)]),
    exp.Cbrt: lambda self, node, scope: self.call("cbrt", [self.value(node.this, scope)]),
    exp.Abs: lambda self, node, scope: self.call("abs", [self.value(node.this, scope)]),
    exp.And: Expressions._logic,
    exp.Or: Expressions._logic,
    exp.Not: Expressions._not,
    exp.Paren: Expressions._paren,
    exp.Is: Expressions._is,
    exp.Between: Expressions._between,
    exp.In: Expressions._in,
    exp.Exists: Expressions._exists,
    exp.Subquery: Expressions._subquery,
    exp.Select: Expressions._subquery,
    exp.Union: Expressions._subquery,
    exp.Like: Expressions._like,
    exp.ILike: Expressions._like,
    exp.SimilarTo: Expressions._similar,
    exp.Escape: Expressions._escape,
    exp.RegexpLike: Expressions._matches,
    exp.RegexpILike: Expressions._matches,
    exp.Case: Expressions._case,
    exp.Cast: Expressions._cast,
    exp.TryCast: Expressions._cast,
    exp.Interval: Expressions._interval,
    exp.Extract: Expressions._extract,
    exp.StrPosition: Expressions._position,
    exp.Substring: Expressions._substring,
    exp.Trim: Expressions._trim,
    exp.DPipe: Expressions._dpipe,
    exp.AtTimeZone: Expressions._at_zone,
    exp.Anonymous: Expressions._anonymous,
    exp.CurrentTimestamp: Expressions._now,
    exp.CurrentDate: Expressions._today,
    exp.CurrentUser: Expressions._user,
    exp.SessionUser: Expressions._user,
    exp.Window: lambda self, node, scope: aggregates.windowed(self, node, scope),
    exp.WithinGroup: lambda self, node, scope: aggregates.ordered(self, node, scope),
}
__all__ = ["Expressions", "converted", "interval", "macro", "settled"]
