"""Expressions: every construct Redshift has, translated; a construct that is not listed here is refused."""

import json
import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from infra.local.redshift.errors import StatementFailed, not_supported, syntax_error_near
from infra.local.redshift.sql import aggregates, operators
from infra.local.redshift.sql.builders import BUILDERS
from infra.local.redshift.sql.calls import LENGTHS_KEPT, TEMPLATES
from infra.local.redshift.sql.constructs import Constructs
from infra.local.redshift.sql.grammar import parse
from infra.local.redshift.sql.predicates import Predicates, unescaped
from infra.local.redshift.sql.scopes import Scope
from infra.local.redshift.sql.signatures import Signature, fitting, no_function, signatures
from infra.local.redshift.sql.sql_types import (
    BOOLEAN,
    DOUBLE,
    INTEGER,
    SMALLINT,
    SMALLINTS,
    SUPER,
    TIMESTAMP,
    VARCHAR,
    Kind,
    SqlType,
    declared,
    from_declared,
    numeric,
)
from infra.local.redshift.sql.values import NULL, Typed, cast, converted, integer, plain, quoted, settled, text
from infra.local.redshift.sql.wording import described

_CONSTANT = re.compile(r"(CAST\()*('([^']|'')*'|-?\d+|TRUE|FALSE)( AS [A-Z]+\))*")
_COMPARISONS: dict[type[exp.Expression], str] = {exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_ARITHMETIC: dict[type[exp.Expression], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}
_BITS: dict[type[exp.Expression], str] = {
    exp.BitwiseAnd: "&",
    exp.BitwiseOr: "|",
    exp.BitwiseLeftShift: "<<",
    exp.BitwiseRightShift: ">>",
}


class Expressions(Predicates, Constructs):
    """Translates expressions in a scope.

    Args:
        catalog: What is asked of the database.
        query: Translates a subquery in a scope; returns DuckDB's text and the columns.
    """

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
            raise not_supported(described(node))
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
        if value.type == SUPER or value.type.is_integer:  # sqlalchemy-redshift asks WHERE 1 AND …
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
        return _strict(signature, given, self._built(name, signature, given))

    def _built(self, name: str, signature: Signature, given: list[Typed]) -> Typed:
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
            if names[0] in {"current_user_id", "sysdate", "current_aws_account", "current_namespace"}:
                return self.call(names[0], [])
        column, path = scope.column(names)
        for key in self._written(node.parts[len(names) - len(path) :], path):
            column = self._attribute(column, key)
        return column

    def _written(self, nodes: list[exp.Expression], names: list[str]) -> list[str]:
        """Return names of attributes as they are written, where the session minds their case (super-configurations)."""
        return [str(node.name) for node in nodes] if self._setting("enable_case_sensitive_super_attribute") else names

    def _setting(self, name: str) -> bool:
        return self.catalog.setting(name).lower() in {"on", "true", "1"}

    def name(self, node: exp.Expression) -> str:
        """Return an identifier as it is folded: to lower case, unless it is quoted and the session minds case."""
        quoted_ = isinstance(node, exp.Identifier) and bool(node.quoted)
        if quoted_ and self._setting("enable_case_sensitive_identifier"):
            return str(node.name)
        return str(node.name).lower()

    def _attribute(self, value: Typed, key: str) -> Typed:
        if value.type != SUPER:
            raise StatementFailed("42809", f"column notation .{key} applied to type {value.type.kind}, which is not a composite type")
        exact = self._setting("enable_case_sensitive_identifier") or self._setting("enable_case_sensitive_super_attribute")
        return Typed(f"rs_super_key(CAST({value.sql} AS VARCHAR), {quoted(key)}, {str(exact).upper()}, {self._lax()})", SUPER)

    def _lax(self) -> str:
        return "TRUE" if self._setting("navigate_super_null_on_error") else "FALSE"

    def _dot(self, node: exp.Dot, scope: Scope) -> Typed:
        if isinstance(node.expression, exp.Anonymous):
            if self.name(node.this) != "pg_catalog" and str(node.expression.name).lower() in signatures():
                raise no_function(f"{node.this.sql()}.{node.expression.name}", [])
            return self.value(node.expression, scope)
        return self._attribute(self.value(node.this, scope), self._written([node.expression], [self.name(node.expression)])[0])

    def _bracket(self, node: exp.Bracket, scope: Scope) -> Typed:
        value = self.value(node.this, scope)
        inner = node.this.unnest().expression if isinstance(node.this.unnest(), exp.Dot) else node.this.unnest()
        if isinstance(inner, exp.Anonymous) and str(inner.name).lower() == "current_schemas" and len(node.expressions) == 1:
            # The one function that gives an array of PostgreSQL's, which counts from one.
            return Typed(f"string_split(trim({value.sql}, '{{}}'), ',')[{self.value(node.expressions[0], scope).sql}]", VARCHAR)
        if value.type == SMALLINTS and len(node.expressions) == 1:
            position = self.value(node.expressions[0], scope).sql
            return Typed(f"TRY_CAST(string_split(trim({value.sql}, '{{}}'), ',')[{position}] AS SMALLINT)", SMALLINT)
        if value.type != SUPER or len(node.expressions) != 1 or isinstance(node.expressions[0], exp.Slice):
            raise StatementFailed("42809", f"cannot subscript type {value.type.kind}")
        index = self.value(node.expressions[0], scope)
        if index.text is not None:
            return self._attribute(value, index.text)
        return Typed(f"rs_super_at(CAST({value.sql} AS VARCHAR), {index.sql}, {self._lax()})", SUPER)

    def _literal(self, node: exp.Literal, _scope: Scope) -> Typed:
        if node.is_string:
            return text(str(node.this))
        written = str(node.this)
        if written.isdigit():
            return integer(int(written))
        if re.search(r"[eE]", written):
            return cast(text(written), DOUBLE)
        whole, _, fraction = written.partition(".")
        if not re.fullmatch(r"\d*\.\d*", written):
            raise syntax_error_near(written)
        precision = len(whole.lstrip("0") or "0") + len(fraction)
        if precision > 38:  # noqa: PLR2004 - the widest NUMERIC
            raise StatementFailed("22003", "Numeric data overflow (result precision)")
        kind = numeric(precision, min(len(fraction), 37))
        return Typed(f"CAST('{written}' AS {kind.stored})", kind)

    def _paren(self, node: exp.Paren, scope: Scope) -> Typed:
        return self.value(node.this, scope)

    def _anonymous(self, node: exp.Anonymous, scope: Scope) -> Typed:
        name = str(node.this.name if isinstance(node.this, exp.Expression) else node.this).lower()
        if name not in signatures() and name not in aggregates.NAMES:
            return self._routine(name, [self.value(argument, scope) for argument in node.expressions])
        if name in aggregates.NAMES:
            return aggregates.called(self, node, scope)
        if name == "object_transform":
            return self._transformed(node, scope)
        if name == "grouping":
            return Typed(f"CAST(grouping({', '.join(self.value(item, scope).sql for item in node.expressions)}) AS INTEGER)", INTEGER)
        if name in {"dateadd", "datediff", "date_part", "date_trunc", "date_add", "date_diff", "pgdate_part"} and node.expressions:
            first = node.expressions[0]
            word = first.name if isinstance(first, exp.Column | exp.Var | exp.Literal) else ""
            return self.call(name, [text(word), *(self.value(argument, scope) for argument in node.expressions[1:])])
        if any(isinstance(argument, exp.Distinct | exp.Order | exp.Star) for argument in node.expressions):
            raise syntax_error_near(name)
        return self.call(name, [self.value(argument, scope) for argument in node.expressions])

    def _transformed(self, node: exp.Anonymous, scope: Scope) -> Typed:
        """OBJECT_TRANSFORM(input [KEEP path, …] [SET path, value, …]) (AWS, r_object_transform_function)."""
        value = converted(self.value(node.expressions[0], scope), SUPER)
        kept, changed = node.meta["keep"], node.meta["set"]
        paths = json.dumps([self.value(path, scope).text for path in kept] if kept is not None else None)
        names = json.dumps([self.value(path, scope).text for path in changed[::2]])
        values = [self.value(one, scope) for one in changed[1::2]]
        held = ", ".join(f"CAST({one.sql if one.type == SUPER else cast(settled(one), SUPER).sql} AS VARCHAR)" for one in values)
        given = f"CAST(to_json(CAST([{held}] AS VARCHAR[])) AS VARCHAR)"
        return Typed(f"CAST(rs_super_transform(CAST({value.sql} AS VARCHAR), {quoted(paths)}, {quoted(names)}, {given}) AS JSON)", SUPER)

    def _routine(self, name: str, given: list[Typed]) -> Typed:
        """Return a call of a SQL function somebody created: its SELECT with arguments for its parameters."""
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


Translate = Callable[[Expressions, Any, Scope], Typed]


def _strict(signature: Signature, given: list[Typed], value: Typed) -> Typed:
    """Give NULL where an argument is NULL that may be left out; what is left out has its default, what is NULL has not (r_Nulls)."""
    first = 0 if signature.name in {"substring", "substr"} else signature.required
    if signature.repeats or signature.group in {"hashes", "system", "catalog"}:
        return value
    unsure = [f"{one.sql} IS NULL" for one in given[first:] if not _CONSTANT.fullmatch(one.sql)]
    return Typed(f"(CASE WHEN {' OR '.join(unsure)} THEN NULL ELSE {value.sql} END)", value.type) if unsure else value


def _refuse_arguments(node: exp.Expression, known: frozenset[str]) -> None:
    """Refuse a clause of an expression that is not listed with it."""
    for name, value in node.args.items():
        if known and value and name not in known:
            raise not_supported(f"this form of {described(node)}")


_ARGUMENTS: dict[type[exp.Expression], frozenset[str]] = {
    exp.Like: frozenset({"this", "expression", "negate"}),
    exp.ILike: frozenset({"this", "expression", "negate"}),
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
    exp.Array: Expressions._array,
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
    exp.Operator: Expressions._named_operator,
    exp.ByteString: lambda _self, node, _scope: text(unescaped(str(node.this))),
    exp.Concat: lambda _self, node, _scope: text("".join(str(one.name) for one in node.expressions)),  # texts on lines of their own
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
    exp.CurrentTime: Expressions._clock,
    exp.Localtime: Expressions._clock,
    exp.Localtimestamp: Expressions._clock,
    exp.CurrentUser: Expressions._user,
    exp.CurrentUserId: lambda self, _node, _scope: self.call("current_user_id", []),
    exp.SessionUser: Expressions._user,
    exp.Window: aggregates.windowed,
    exp.WithinGroup: aggregates.ordered,
}
