"""Conditions: comparisons, logic, membership, patterns. Source: AWS, r_conditions.html."""

import re
from collections.abc import Callable

from sqlglot import exp

from infra.local.redshift.errors import StatementFailed, not_supported, syntax_error_near
from infra.local.redshift.sql import operators
from infra.local.redshift.sql.scopes import Scope
from infra.local.redshift.sql.sql_types import BOOLEAN, SMALLINTS, SUPER, VARCHAR
from infra.local.redshift.sql.translation import Translation
from infra.local.redshift.sql.values import Typed, as_text, cast, plain, quoted, settled


class Predicates(Translation):
    """Conditions."""

    def _compared(self, node: exp.Expression, scope: Scope, operator: str) -> Typed:
        for kind, word in ((exp.Any, "ANY"), (exp.All, "ALL")):
            if isinstance(node.expression, kind):
                return self._quantified(node, scope, operator, word)
        if isinstance(node.this, exp.Tuple) and isinstance(node.expression, exp.Tuple):
            if len(node.this.expressions) != len(node.expression.expressions):
                raise StatementFailed("42601", "unequal number of entries in row expressions")
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
        tells_an_array = values.type.is_string or values.type == SMALLINTS  # the catalog's arrays are texts: {1,2}
        if tells_an_array and operator == "=" and word == "ANY":
            return Typed(f"list_contains(string_split(trim({values.sql}, '{{}}'), ','), CAST({value.sql} AS VARCHAR))", BOOLEAN)
        raise not_supported(f"{word} over {values.type.kind}")

    def _logic(self, node: exp.Expression, scope: Scope) -> Typed:
        word = "AND" if isinstance(node, exp.And) else "OR"
        sides = [self.condition(part_, scope) for part_ in _flattened(node)]
        return Typed("(" + f" {word} ".join(sides) + ")", BOOLEAN)

    def _not(self, node: exp.Not, scope: Scope) -> Typed:
        return Typed(f"(NOT {self.condition(node.this, scope)})", BOOLEAN)

    def _is(self, node: exp.Is, scope: Scope) -> Typed:
        value, other = self.value(node.this, scope), node.expression
        if isinstance(other, exp.Null):
            # What is read from a SUPER is missing where nothing lies there and where a JSON null does.
            if value.type == SUPER:
                return Typed(f"({value.sql} IS NULL OR CAST({value.sql} AS VARCHAR) = 'null')", BOOLEAN)
            return Typed(f"({value.sql} IS NULL)", BOOLEAN)
        if isinstance(other, exp.Column) and other.name.lower() == "unknown" and len(other.parts) == 1:  # r_Boolean_type
            return Typed(f"({self.condition(node.this, scope)} IS NULL)", BOOLEAN)
        if not isinstance(other, exp.Boolean):
            raise not_supported("IS before anything but NULL, TRUE, FALSE and UNKNOWN")
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
        word = ("NOT " if node.args.get("negate") else "") + ("ILIKE" if isinstance(node, exp.ILike) else "LIKE")
        value, pattern = self.value(node.this, scope), self.value(node.expression, scope)
        if value.type.is_datetime:  # starttime like '2012%', r_STL_UTILITYTEXT
            value = cast(value, VARCHAR)
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
        if isinstance(node.this, exp.Not):
            inner = exp.Escape(this=node.this.this, expression=node.expression)
            return Typed(f"(NOT {self._escape(inner, scope).sql})", BOOLEAN)
        return self._similar(node, scope) if isinstance(node.this, exp.SimilarTo) else self._like(node, scope)

    def _named_operator(self, node: exp.Operator, scope: Scope) -> Typed:
        """OPERATOR(pg_catalog.~), as psql writes an operator so that no search path hides it."""
        name = str(node.args["operator"]).replace(" ", "").removeprefix("pg_catalog.")
        if name not in _OPERATORS:
            raise not_supported(f"OPERATOR({name})")
        return self.value(_OPERATORS[name](node.this, node.expression), scope)

    def _matches(self, node: exp.Expression, scope: Scope) -> Typed:
        parameters = "i" if isinstance(node, exp.RegexpILike) else ""
        value, pattern = self.value(node.this, scope), self.value(node.expression, scope)
        return Typed(f"rs_matches({as_text(value)}, {as_text(pattern)}, '{parameters}')", BOOLEAN)


_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def unescaped(written: str) -> str:
    """Return the text of E'…', in which a backslash begins a control character or stands before itself."""
    return re.sub(r"\\(.)", lambda found: _ESCAPED.get(found[1], found[1]), written, flags=re.DOTALL)


_OPERATORS: dict[str, Callable[[exp.Expression, exp.Expression], exp.Expression]] = {
    "~": lambda left, right: exp.RegexpLike(this=left, expression=right),
    "~*": lambda left, right: exp.RegexpILike(this=left, expression=right),
    "!~": lambda left, right: exp.Not(this=exp.RegexpLike(this=left, expression=right)),
    "!~*": lambda left, right: exp.Not(this=exp.RegexpILike(this=left, expression=right)),
    "=": lambda left, right: exp.EQ(this=left, expression=right),
    "<>": lambda left, right: exp.NEQ(this=left, expression=right),
    "<": lambda left, right: exp.LT(this=left, expression=right),
    ">": lambda left, right: exp.GT(this=left, expression=right),
}


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
