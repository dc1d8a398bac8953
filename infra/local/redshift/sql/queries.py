"""Queries: SELECT with its clauses, set operations and WITH, each clause listed with what Redshift takes of it.

Source: AWS, r_SELECT_synopsis.html and the pages of its clauses.
"""

from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from infra.local.redshift.errors import StatementFailed, not_supported, syntax_error_near
from infra.local.redshift.sql import aggregates, hierarchies, outer_joins
from infra.local.redshift.sql.expressions import Expressions
from infra.local.redshift.sql.labels import label
from infra.local.redshift.sql.scopes import Catalog, Columns, Scope
from infra.local.redshift.sql.signatures import reserved_words
from infra.local.redshift.sql.sources import Sources
from infra.local.redshift.sql.sql_types import VARCHAR, Kind, SqlType, common_type
from infra.local.redshift.sql.values import Typed, cast, identifier, settled
from infra.local.redshift.sql.wording import first_word

_SELECT = frozenset({"with_", "kind", "expressions", "from_", "joins", "where", "group", "having", "qualify", "order", "limit", "offset"})
_SELECT |= {"connect", "distinct", "into", "exclude", "operation_modifiers", "laterals"}
_SET_OPERATION = frozenset({"with_", "this", "expression", "distinct", "order", "limit", "offset"})
_WRITTEN = {"by_name": "by", "locks": "for", "windows": "window", "sample": "tablesample"}
"""The word at which a clause begins, where the parser calls it by another."""
_SET_WORDS: tuple[tuple[type[exp.Expression], str], ...] = ((exp.Union, "UNION"), (exp.Except, "EXCEPT"), (exp.Intersect, "INTERSECT"))


class Queries:
    """Translates queries.

    Args:
        catalog: What is asked of the database.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.expressions = Expressions(catalog, self.query)
        self.sources = Sources(catalog, self.expressions, self.query)

    def query(self, node: exp.Expression, parent: Scope | None) -> tuple[str, Columns]:
        """Return a query's text for DuckDB and its columns.

        Raises:
            StatementFailed: what Redshift says to it.
        """
        sql, columns = self.unsettled(node, parent)
        return sql, tuple((name, VARCHAR if kind.kind is Kind.UNKNOWN else kind) for name, kind in columns)

    def unsettled(self, node: exp.Expression, parent: Scope | None) -> tuple[str, Columns]:
        """Return a query as ``query`` does; a column of texts in quotes stays UNKNOWN, so that its place decides the type."""
        return self._query(node, parent.inner() if parent is not None else Scope())

    def _query(self, node: exp.Expression, scope: Scope) -> tuple[str, Columns]:
        if isinstance(node, exp.Subquery | exp.Paren):
            return self._wrapped(node, scope)
        _refuse_clauses(node)
        prefix = self._with(node.args.get("with_"), scope)
        if isinstance(node, exp.Select) and node.args.get("connect"):
            prefix, node = self._connected(node, scope, prefix)
        if isinstance(node, exp.Select):
            sql, columns = self._select(node, scope)
        elif isinstance(node, exp.SetOperation):
            sql, columns = self._set_operation(node, scope)
        else:
            raise syntax_error_near(first_word(node))
        return prefix + sql, columns

    def _connected(self, node: exp.Select, scope: Scope, prefix: str) -> tuple[str, exp.Select]:
        """Return the WITH and the query that a query with CONNECT BY stands for."""
        hierarchies.refuse_beyond(node)
        looked = scope.inner()
        self.sources.listed(node.args["from_"].this, [], looked)
        query, with_ = hierarchies.rewritten(node, [name for name, _ in looked.sources[0].columns])
        made = self._with(with_, scope)
        if not prefix:
            return made, query
        others = prefix.removeprefix("WITH RECURSIVE ").removeprefix("WITH ").rstrip()
        return f"WITH RECURSIVE {others}, {made.removeprefix('WITH RECURSIVE ')}", query

    def _wrapped(self, node: exp.Expression, scope: Scope) -> tuple[str, Columns]:
        for name, value in node.args.items():
            if value and name not in {"this", "order", "limit", "offset", "with_"}:
                raise syntax_error_near(name.rstrip("_"))
        prefix = self._with(node.args.get("with_"), scope)
        sql, columns = self._query(node.this, scope)
        tail = self._tail(node, scope, columns)
        return (f"{prefix}SELECT * FROM ({sql}){tail}" if prefix or tail else sql), columns

    def _with(self, with_: exp.Expression | None, scope: Scope) -> str:
        if with_ is None:
            return ""
        if with_.args.get("search"):
            raise not_supported("SEARCH in WITH")
        recursive = bool(with_.args.get("recursive"))
        pieces = []
        for cte in with_.expressions:
            if cte.args.get("materialized") is not None or cte.args.get("scalar") or cte.args.get("key_expressions"):
                raise syntax_error_near("materialized")
            alias = cte.args["alias"]
            name = self.expressions.name(alias.this)
            names = [self.expressions.name(column) for column in alias.columns]
            sql, columns = self._recursive(cte.this, scope, name, names) if recursive and names else self.query(cte.this, scope)
            columns = renamed(columns, names, name)
            scope.relations[name] = columns
            pieces.append(f"{identifier(name)}({', '.join(identifier(column) for column, _ in columns)}) AS ({sql})")
        return f"WITH {'RECURSIVE ' if recursive else ''}{', '.join(pieces)} "

    def _recursive(self, node: exp.Expression, scope: Scope, name: str, names: list[str]) -> tuple[str, Columns]:
        """The first member gives the columns their types; the second one may then name the table itself."""
        if not isinstance(node, exp.Union):
            return self.query(node, scope)
        if node.args.get("distinct"):
            raise syntax_error_near("union")
        _, columns = self.query(node.this, scope)
        inner = scope.inner()
        inner.relations[name] = renamed(columns, names, name)
        first, _ = self.query(node.this, scope)
        second, other = self.query(node.expression, inner)
        selected = ", ".join(f"CAST({identifier(f'c{index}')} AS {kind.stored})" for index, (_, kind) in enumerate(columns))
        listed = ", ".join(identifier(f"c{index}") for index in range(len(other)))
        return f"{first} UNION ALL SELECT {selected} FROM ({second}) AS q({listed})", columns

    def _select(self, node: exp.Select, scope: Scope) -> tuple[str, Columns]:
        aggregates.refuse_orders(node)
        conditions, marked = outer_joins.parted(node)
        if marked and node.args.get("from_"):
            source, left = self.sources.outer_joined(node, marked, scope)
            conditions += left
        else:
            source = self.sources.translated(node, scope)
        projections = self._projections(node, scope)
        if not projections:
            raise syntax_error_near("from" if node.args.get("from_") else "")
        pieces = ["SELECT" + self._distinct(node)]
        pieces.append(", ".join(f"{settled(value).sql} AS {identifier(name)}" for name, value in projections))
        pieces.append(source)
        if conditions:
            scope.uses_labels = True  # Redshift lets a label stand in WHERE for its expression
            pieces.append("WHERE " + " AND ".join(f"({self.expressions.condition(one, scope)})" for one in conditions))
            scope.uses_labels = False
        pieces.append(self._group(node, scope, projections))
        if having := node.args.get("having"):
            pieces.append(f"HAVING {self.expressions.condition(having.this, scope)}")
        if qualify := node.args.get("qualify"):
            scope.uses_labels = True
            pieces.append(self._qualify(node, qualify, scope))
        columns = tuple((name, value.type) for name, value in projections)
        if node.args.get("distinct"):
            self._refuse_hidden_order(node, scope, projections)
        return " ".join(piece for piece in pieces if piece) + self._tail(node, scope, columns), columns

    def _refuse_hidden_order(self, node: exp.Select, scope: Scope, projections: Sequence[tuple[str, Typed]]) -> None:
        """DISTINCT rows have no other values than those shown, by which they could be sorted."""
        shown = {value.sql for _, value in projections}
        names = {name for name, _ in projections}
        for item in node.args["order"].expressions if node.args.get("order") else ():
            wanted = item.this
            if isinstance(wanted, exp.Literal) or (isinstance(wanted, exp.Column) and self.expressions.name(wanted.this) in names):
                continue
            if self.expressions.value(wanted, scope).sql not in shown:
                raise StatementFailed("42P10", "for SELECT DISTINCT, ORDER BY expressions must appear in target list")

    def _distinct(self, node: exp.Select) -> str:
        distinct = node.args.get("distinct")
        if distinct is None:
            return ""
        if distinct.args.get("on"):
            raise not_supported("SELECT DISTINCT ON")
        return " DISTINCT"

    def _projections(self, node: exp.Select, scope: Scope) -> list[tuple[str, Typed]]:
        found: list[tuple[str, Typed]] = []
        scope.uses_labels = True
        for item in node.expressions:
            star = item if isinstance(item, exp.Star) else item.this if isinstance(item, exp.Column) else None
            if isinstance(star, exp.Star):
                found += self.sources.starred(item, star, scope)
                continue
            value = self.expressions.value(item.unalias(), scope)
            name = self.expressions.name(item.args["alias"]) if isinstance(item, exp.Alias) else label(item, self.expressions.name)
            if isinstance(item, exp.Aliases) or isinstance(item.args.get("alias"), exp.Placeholder):
                raise syntax_error_near("(" if isinstance(item, exp.Aliases) else ":")
            found.append((name, value))
            scope.labels.setdefault(name, value)
        scope.uses_labels = False
        if excluded := node.args.get("exclude"):
            names = {self.expressions.name(column) for column in excluded}
            found = [(name, value) for name, value in found if name not in names]
        return found

    def _group(self, node: exp.Select, scope: Scope, projections: Sequence[tuple[str, Typed]]) -> str:
        group = node.args.get("group")
        if group is None:
            return ""
        if group.args.get("totals"):
            raise syntax_error_near("with")
        if group.args.get("all"):
            return "GROUP BY ALL"
        items = [self._grouped(item, scope, projections) for item in group.expressions]
        for name in ("grouping_sets", "rollup", "cube"):
            items += [self._grouped(item, scope, projections) for item in group.args.get(name) or []]
        return "GROUP BY " + ", ".join(items)

    def _grouped(self, item: exp.Expression, scope: Scope, projections: Sequence[tuple[str, Typed]]) -> str:
        for kind, word in ((exp.Rollup, "ROLLUP"), (exp.Cube, "CUBE"), (exp.GroupingSets, "GROUPING SETS")):
            if isinstance(item, kind):
                _refuse_grouping(item)
                return f"{word} ({', '.join(self._grouped(inner, scope, projections) for inner in item.expressions)})"
        if isinstance(item, exp.Tuple):
            return f"({', '.join(self._grouped(inner, scope, projections) for inner in item.expressions)})"
        if isinstance(item, exp.Literal) and not item.is_string:
            return str(_ordinal(item, len(projections), "GROUP BY"))
        if isinstance(item, exp.Column) and len(item.parts) == 1:
            name = self.expressions.name(item.this)
            try:
                return self.expressions.value(item, scope).sql
            except StatementFailed as failure:
                if failure.sqlstate != "42703" or name not in scope.labels:
                    raise
                return str([label_ for label_, _ in projections].index(name) + 1)
        return self.expressions.value(item, scope).sql

    def _qualify(self, node: exp.Select, qualify: exp.Expression, scope: Scope) -> str:
        """A QUALIFY right behind FROM needs an alias before it (AWS, r_QUALIFY_clause)."""
        if node.args.get("where") is None and not any(node.args.get(name) for name in ("group", "having")):
            joins = node.args.get("joins") or []
            last = joins[-1].this if joins else node.args["from_"].this if node.args.get("from_") else None
            if last is None or not last.alias:
                raise syntax_error_near("qualify")
        return f"QUALIFY {self.expressions.condition(qualify.this, scope)}"

    def _tail(self, node: exp.Expression, scope: Scope, columns: Columns) -> str:
        sql = ""
        if order := node.args.get("order"):
            if order.args.get("siblings"):
                raise not_supported("ORDER SIBLINGS BY")
            sql += " ORDER BY " + ", ".join(self._ordered(item, scope, columns, node) for item in order.expressions)
        if limit := node.args.get("limit"):
            sql += self._limit(limit)
        if offset := node.args.get("offset"):
            sql += f" OFFSET {_count(offset.expression, 'offset')}"
        return sql

    def _limit(self, limit: exp.Expression) -> str:
        if not isinstance(limit, exp.Limit):
            raise syntax_error_near("fetch")
        if options := limit.args.get("limit_options"):
            raise syntax_error_near("with" if options.args.get("with_ties") else "%")
        if limit.args.get("expressions"):
            raise syntax_error_near("by")
        if isinstance(limit.expression, exp.Column | exp.Var) and limit.expression.name.lower() == "all":
            return ""
        return f" LIMIT {_count(limit.expression, 'limit')}"

    def _ordered(self, item: exp.Expression, scope: Scope, columns: Columns, node: exp.Expression) -> str:
        direction = f"{'DESC' if item.args.get('desc') else 'ASC'} NULLS {'FIRST' if item.args.get('nulls_first') else 'LAST'}"
        wanted = item.this
        names = [name for name, _ in columns]
        if isinstance(wanted, exp.Literal):
            if wanted.is_string:  # r_ORDER_BY_clause, usage notes
                raise not_supported("a string literal in ORDER BY")
            return f"{_ordinal(wanted, len(columns), 'ORDER BY')} {direction}"
        if isinstance(wanted, exp.Column) and len(wanted.parts) == 1 and self.expressions.name(wanted.this) in names:
            return f"{names.index(self.expressions.name(wanted.this)) + 1} {direction}"
        if not isinstance(node, exp.Select):
            raise StatementFailed("42703", f'column "{wanted.name or wanted.sql()}" does not exist')
        scope.uses_labels = True
        return aggregates.order_by(self.expressions, item, scope)

    def _set_operation(self, node: exp.SetOperation, scope: Scope) -> tuple[str, Columns]:
        word = next(word for kind, word in _SET_WORDS if isinstance(node, kind))
        _refuse_limits(node, word)
        sides = [self._query(side, scope.inner()) for side in (node.this, node.expression)]
        (first, left), (second, right) = sides
        if len(left) != len(right):
            raise StatementFailed("42601", f"each {word} query must have the same number of columns")
        columns: list[tuple[str, SqlType]] = []
        for (name, one), (_, other) in zip(left, right, strict=True):
            shared = common_type(one, other)
            if shared is None:
                raise StatementFailed("42804", f"{word} types {one.kind} and {other.kind} cannot be matched")
            columns.append((name, shared))
        if word != "UNION" and not node.args.get("distinct"):
            raise syntax_error_near("all")
        keyword = word if node.args.get("distinct") else f"{word} ALL"
        merged = tuple(columns)
        sql = f"({_as_columns(first, left, merged)}) {keyword} ({_as_columns(second, right, merged)})"
        tail = self._tail(node, scope, merged)
        return (f"SELECT * FROM ({sql}){tail}" if tail else sql), merged


def renamed(columns: Columns, names: Sequence[str], alias: str) -> Columns:
    """Return columns under the names an alias lists for them.

    Raises:
        StatementFailed: 42P10, where it lists more than there are.
    """
    if len(names) > len(columns):
        raise StatementFailed("42P10", f'table "{alias}" has {len(columns)} columns available but {len(names)} columns specified')
    return tuple((names[index] if index < len(names) else name, kind) for index, (name, kind) in enumerate(columns))


def _as_columns(sql: str, columns: Columns, target: Columns) -> str:
    if all(one == other for (_, one), (_, other) in zip(columns, target, strict=True)) and [n for n, _ in columns] == [
        n for n, _ in target
    ]:
        return sql
    names = [f"c{index}" for index in range(len(columns))]
    selected = ", ".join(
        f"{cast(Typed(name, kind), wanted).sql if kind.stored != wanted.stored else name} AS {identifier(label_)}"
        for name, (_, kind), (label_, wanted) in zip(names, columns, target, strict=True)
    )
    return f"SELECT {selected} FROM ({sql}) AS q({', '.join(names)})"


def _ordinal(item: exp.Literal, count: int, clause: str) -> int:
    number = int(item.name) if item.name.isdigit() else 0
    if not 1 <= number <= count:
        raise StatementFailed("42P10", f"{clause} position {item.name} is not in select list")
    return number


def _count(node: Any, clause: str) -> str:
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Cast):
        node = node.this
    if not isinstance(node, exp.Literal) or not str(node.name).isdigit():
        raise StatementFailed("42601", f"argument of {clause.upper()} must be a whole number that is not negative")
    return str(node.name)


def _refuse_grouping(extension: exp.Expression) -> None:
    """A grouping set names a column once and no constant (r_GROUP_BY_aggregation-extensions, usage notes)."""
    for one in [extension] if isinstance(extension, exp.Rollup | exp.Cube) else []:
        if any(isinstance(inner, exp.Literal) for inner in one.expressions):
            raise not_supported("a constant as a grouping column of an aggregation extension")
    for inner in extension.expressions:
        listed = [str(column.sql()).lower() for column in inner.expressions] if isinstance(inner, exp.Tuple) else []
        if len(set(listed)) < len(listed):
            raise not_supported("a grouping set that contains duplicate columns")


def _refuse_limits(node: exp.SetOperation, word: str) -> None:
    """ORDER BY, LIMIT and OFFSET stand behind the last query; LIMIT not even in the parentheses of one (r_UNION, usage notes)."""
    last = node.this
    while isinstance(last, exp.SetOperation):
        last = last.expression
    if isinstance(last, exp.Select) and any(last.args.get(name) for name in ("order", "limit", "offset")):
        raise syntax_error_near(word.lower())
    for side in (node.this, node.expression):
        inner = side
        while isinstance(inner, exp.Subquery | exp.Paren):
            inner = inner.this
        if any(one.args.get(name) for one in (side, inner) for name in ("limit", "offset")):
            raise StatementFailed("0A000", "LIMIT may not be used within input to set operations.")


def _refuse_clauses(node: exp.Expression) -> None:
    known = _SELECT if isinstance(node, exp.Select) else _SET_OPERATION
    for name, value in node.args.items():
        if value and name not in known:
            raise syntax_error_near(_WRITTEN.get(name, name.rstrip("_")))
    if node.args.get("kind") or node.args.get("operation_modifiers"):
        raise syntax_error_near(str(node.args.get("kind") or "").lower())


def refuse_reserved(name: exp.Expression) -> None:
    """Refuse a reserved word as a name.

    Raises:
        StatementFailed: 42601.
    """
    if isinstance(name, exp.Identifier) and not name.quoted and str(name.name).lower() in reserved_words():
        raise syntax_error_near(str(name.name))
