"""FROM: tables, subqueries, joins, PIVOT and UNPIVOT, and SUPER values whose elements become rows.

Sources: AWS, r_FROM_clause30.html, r_FROM_clause-pivot-unpivot-examples.html, query-super.html (unnesting).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlglot import exp

from infra.local.redshift.errors import StatementFailed, no_relation, not_supported, syntax_error_near
from infra.local.redshift.sql import outer_joins
from infra.local.redshift.sql.expressions import Expressions
from infra.local.redshift.sql.pivots import pivoted
from infra.local.redshift.sql.scopes import Catalog, Columns, Scope, Source
from infra.local.redshift.sql.signatures import reserved_words
from infra.local.redshift.sql.sql_types import BIGINT, INTEGER, SUPER, VARCHAR
from infra.local.redshift.sql.values import Typed, identifier, quoted
from infra.local.redshift.sql.wording import first_word

_TABLE = frozenset({"this", "alias", "db", "catalog", "pivots"})
_SUBQUERY = frozenset({"this", "alias", "pivots", "with_"})
_DESCRIBED: Columns = (
    ("view_schema", VARCHAR),
    ("view_name", VARCHAR),
    ("col_name", VARCHAR),
    ("col_type", VARCHAR),
    ("col_num", INTEGER),
)
_SIDES = frozenset({"", "LEFT", "RIGHT", "FULL"})
_KINDS = frozenset({"", "INNER", "OUTER", "CROSS"})


class Sources:
    """Translates FROM.

    Args:
        catalog: What is asked of the database.
        expressions: Translates conditions.
        query: Translates subqueries.
    """

    def __init__(self, catalog: Catalog, expressions: Expressions, query: Callable[[exp.Expression, Scope], tuple[str, Columns]]) -> None:
        self.catalog = catalog
        self.expressions = expressions
        self.query = query

    def translated(self, node: exp.Select, scope: Scope) -> str:
        """Return the FROM of a SELECT with its joins, "" where it has none; fills the scope."""
        clause = node.args.get("from_")
        if node.args.get("laterals"):
            raise syntax_error_near("lateral")
        if clause is None:
            if node.args.get("joins"):
                raise syntax_error_near("join")
            return ""
        return "FROM " + self.listed(clause.this, node.args.get("joins") or [], scope)

    def outer_joined(self, node: exp.Select, marked: Sequence[exp.Expression], scope: Scope) -> tuple[str, list[exp.Expression]]:
        """Return a FROM whose items ``(+)`` joins, and the conditions that stay in WHERE; fills the scope."""
        items = [self.item(node.args["from_"].this, scope)]
        items += [self._join(join, scope).removeprefix(" CROSS JOIN ") for join in node.args.get("joins") or []]
        return outer_joins.joined(items, marked, scope, lambda condition: self.expressions.condition(condition, scope))

    def listed(self, first: exp.Expression, joins: list[exp.Expression], scope: Scope) -> str:
        """Return an item of FROM with what is joined to it."""
        sql = self.item(first, scope)
        joined = [*(first.args.get("joins") or []), *joins]
        if joined and isinstance(first, exp.Table) and not isinstance(first.this, exp.Identifier):
            raise not_supported("Specified types or functions (one per INFO message) on Redshift tables: generate_series")
        for nested in first.args.get("joins") or []:
            sql += self._join(nested, scope)
        for join in joins:
            sql += self._join(join, scope)
        return sql

    def item(self, node: exp.Expression, scope: Scope) -> str:
        """Return one item of FROM and add it to the scope.

        Raises:
            StatementFailed: 42P01 for a name that is none, 0A000 and 42601 for what Redshift has not.
        """
        if isinstance(node, exp.Table):
            return self._table(node, scope)
        if isinstance(node, exp.Subquery):
            return self._subquery(node, scope)
        if isinstance(node, exp.Unnest | exp.AtIndex | exp.Alias):
            return self._unnested(node, scope)
        if isinstance(node, exp.Pivot) and node.args.get("unpivot"):
            return self._attributes(node.this, scope)
        if isinstance(node, exp.Paren):
            return f"({self.listed(node.this, [], scope)})"
        raise syntax_error_near(first_word(node))

    def _table(self, node: exp.Table, scope: Scope) -> str:
        for name, value in node.args.items():
            if value and name not in _TABLE | {"joins"}:
                raise syntax_error_near(name.rstrip("_"))
        if not isinstance(node.this, exp.Identifier):
            return self._function(node, scope)
        parts = [self.expressions.name(piece) for piece in (node.args.get("catalog"), node.args.get("db"), node.this) if piece is not None]
        if not node.this.quoted and len(parts) == 1 and parts[0] in reserved_words():
            raise syntax_error_near(parts[0])
        if parts[-1].endswith((".csv", ".parquet", ".json")) or "*" in parts[-1]:
            raise no_relation(".".join(parts[-2:]))
        if opened := self._path(parts, node.args.get("alias"), scope):
            return opened
        if len(parts) == 1 and parts[0] in scope.relations:
            return self._aliased(identifier(parts[0]), scope.relations[parts[0]], node, scope, parts)
        relation = self.catalog.relation(parts)
        sql = self._aliased(relation.sql, relation.columns, node, scope, parts)
        scope.sources[-1] = replace(scope.sources[-1], partial=relation.partial)
        return sql

    def _aliased(self, sql: str, columns: Columns, node: exp.Expression, scope: Scope, parts: list[str]) -> str:
        if pivots := node.args.get("pivots"):
            if len(pivots) != 1:
                raise syntax_error_near("pivot")
            sql, columns = pivoted(pivots[0], sql, columns, self.expressions)
            node, sql = pivots[0], f"({sql})"
            parts = parts or ["pivot"]
        alias_node = node.args.get("alias")
        named = isinstance(alias_node, exp.TableAlias) and alias_node.this is not None
        if named and isinstance(alias_node.this, exp.Identifier) and not alias_node.this.quoted:
            self._refuse_reserved_alias(alias_node.this)
        alias = self.expressions.name(alias_node.this) if named else parts[-1]
        names = [self.expressions.name(column) for column in (alias_node.columns if isinstance(alias_node, exp.TableAlias) else [])]
        if len(names) > len(columns):
            raise StatementFailed("42P10", f'table "{alias}" has {len(columns)} columns available but {len(names)} columns specified')
        renamed = tuple((names[index] if index < len(names) else name, kind) for index, (name, kind) in enumerate(columns))
        scope.add(Source(alias, renamed, () if named else tuple(parts), bool(parts) and parts[-1].startswith(("pg_", "svv_external_"))))
        listed = f"({', '.join(identifier(name) for name, _ in renamed)})" if names else ""
        return f"{sql} AS {identifier(alias)}{listed}"

    def _refuse_reserved_alias(self, name: exp.Identifier) -> None:
        if str(name.name).lower() in reserved_words():
            raise syntax_error_near(str(name.name))

    def _function(self, node: exp.Table, scope: Scope) -> str:
        """generate_series is the leader node's own; no other function stands in FROM."""
        call = node.this
        name = str(getattr(call, "name", "")).lower()
        if name in {"pg_get_cols", "pg_get_late_binding_view_cols"}:
            view = self.expressions.value(call.expressions[0], scope).text if call.expressions else None
            if (view is None) == (name == "pg_get_cols"):
                raise StatementFailed("42883", f"function {name} does not exist")
            return self._aliased(self._described(view), _DESCRIBED, node, scope, [name])
        if not isinstance(call, exp.Anonymous) or name != "generate_series" or scope.sources:
            if not isinstance(call, exp.Anonymous):
                raise syntax_error_near(first_word(call))
            raise StatementFailed("42883", f"function {name} does not exist")
        bounds = [self.expressions.value(argument, scope) for argument in call.expressions]
        if not (2 <= len(bounds) <= 3 and all(bound.type.is_integer for bound in bounds)):  # noqa: PLR2004 - from, to, step
            raise StatementFailed("42883", "function generate_series does not exist")
        kind = BIGINT if any(bound.type == BIGINT for bound in bounds) else INTEGER
        sql = f"(SELECT CAST(unnest(generate_series({', '.join(bound.sql for bound in bounds)})) AS {kind.stored}) AS generate_series)"
        return self._aliased(sql, (("generate_series", kind),), node, scope, ["generate_series"])

    def _described(self, view: str | None) -> str:
        """Columns as PG_GET_COLS and PG_GET_LATE_BINDING_VIEW_COLS list them."""
        rows = [
            f"({quoted(schema)}, {quoted(view)}, {quoted(column)}, {quoted(str(kind))}, CAST({position} AS INTEGER))"
            for schema, view, columns in self.expressions.catalog.described(view)
            for position, (column, kind) in enumerate(columns, start=1)
        ]
        names = ", ".join(identifier(name) for name, _ in _DESCRIBED)
        nothing = "('', '', '', '', 0)"
        limit = "" if rows else " WHERE FALSE"
        return f"(SELECT * FROM (VALUES {', '.join(rows) or nothing}) AS late({names}){limit})"

    def _subquery(self, node: exp.Subquery, scope: Scope) -> str:
        for name, value in node.args.items():
            if value and name not in _SUBQUERY | {"joins", "order", "limit", "offset"}:
                raise syntax_error_near(name.rstrip("_"))
        if isinstance(node.this, exp.Table):
            if not node.this.args.get("joins"):
                raise syntax_error_near(")")
            return f"({self.listed(node.this, [], scope)})"
        if isinstance(node.this, exp.Subquery) and (node.this.args.get("joins") or not isinstance(node.this.unnest(), exp.Query)):
            return f"({self.listed(node.this, [], scope)})"
        if not isinstance(node.this, exp.Query):
            raise syntax_error_near("values" if isinstance(node.this, exp.Values) else "(")
        bare = exp.Subquery()
        bare.args = {name: value for name, value in node.args.items() if name not in {"alias", "pivots", "joins"}}
        outer = scope.inner()
        sql, columns = self.query(bare, outer)
        # r_FROM_clause30 asks for an alias, but AWS's own examples (README, derived tables) and drivers do without.
        if node.args.get("alias") is None and not node.args.get("pivots"):
            named = exp.Subquery(this=node.this, alias=exp.TableAlias(this=exp.to_identifier(f"derived_table{len(scope.sources) + 1}")))
            return self._aliased(f"({sql})", columns, named, scope, [])
        return self._aliased(f"({sql})", columns, node, scope, [])

    def _path(self, parts: list[str], alias: exp.Expression | None, scope: Scope) -> str | None:
        """A dotted name whose head is an item of FROM opens the SUPER value it leads to, one row for each element."""
        head = next((source for source in scope.sources if source.alias == parts[0]), None)
        is_element = head is not None and (parts[0], SUPER) in head.columns
        if head is None or (len(parts) == 1 and not is_element):
            return None
        path: exp.Expression = exp.column(parts[1], table=parts[0]) if len(parts) > 1 else exp.column(parts[0], table=parts[0])
        for part in parts[2:]:
            path = exp.Dot(this=path, expression=exp.to_identifier(part))
        value = self.expressions.value(path, scope)
        name = self.expressions.name(alias.this) if isinstance(alias, exp.TableAlias) and alias.this is not None else parts[-1]
        return self._elements(value, name, None, scope)

    def _unnested(self, node: Any, scope: Scope) -> str:
        position = None
        if isinstance(node, exp.AtIndex):
            position = self.expressions.name(node.expression)
            node = node.this
        if isinstance(node, exp.Alias):
            return self._elements(self.expressions.value(node.this, scope), self.expressions.name(node.args["alias"]), position, scope)
        if isinstance(node, exp.Unnest):
            inner = node.expressions[0]
            if not isinstance(inner, exp.Column | exp.Dot | exp.Bracket) or node.args.get("offset"):
                raise StatementFailed("42883", "function unnest does not exist")
            alias = node.args.get("alias")
            names = [*(alias.columns if alias is not None else []), *([alias.this] if alias is not None and alias.this is not None else [])]
            name = self.expressions.name(names[0]) if names else label_of(inner)
            return self._elements(self.expressions.value(inner, scope), name, position, scope)
        return self._elements(self.expressions.value(node, scope), label_of(node), position, scope)

    def _attributes(self, node: Any, scope: Scope) -> str:
        """UNPIVOT of a SUPER object: one row for each attribute, with its value and its name (AWS, query-super, object unpivoting)."""
        named = None
        if isinstance(node, exp.AtIndex):
            named, node = self.expressions.name(node.expression), node.this
        alias = node.args.get("alias")
        if isinstance(node, exp.Table):
            parts = [self.expressions.name(piece) for piece in node.parts]
            path: exp.Expression = exp.column(parts[1], table=parts[0]) if len(parts) > 1 else exp.column(parts[0])
            for part in parts[2:]:
                path = exp.Dot(this=path, expression=exp.to_identifier(part))
            shown = self.expressions.name(alias.this) if alias is not None and alias.this is not None else parts[-1]
        else:
            path = node.this if isinstance(node, exp.Alias) else node
            shown = self.expressions.name(alias) if alias is not None else label_of(path)
        value = self.expressions.value(path, scope)
        if value.type != SUPER:
            raise StatementFailed("42804", f"{shown} is no SUPER value: UNPIVOT takes apart objects only")
        scope.add(Source(shown, ((shown, SUPER), *(((named, VARCHAR),) if named else ()))))
        keys = f"CASE WHEN json_type({value.sql}) = 'OBJECT' THEN json_keys({value.sql}) ELSE [] END"
        found = f"SELECT unnest({keys}) AS k"
        held = f"CAST(rs_super_key(CAST({value.sql} AS VARCHAR), k, TRUE, TRUE) AS JSON)"
        also = f", k AS {identifier(named)}" if named else ""
        return f"(SELECT {held} AS {identifier(shown)}{also} FROM ({found})) AS {identifier(shown)}"

    def _elements(self, value: Typed, name: str, position: str | None, scope: Scope) -> str:
        if value.type != SUPER:
            raise StatementFailed("42804", f"{name} is no SUPER value: FROM takes apart arrays only")
        columns: Columns = ((name, SUPER), *(((position, BIGINT),) if position else ()))
        scope.add(Source(name, columns))
        index = f", pos AS {identifier(position)}" if position else ""
        held = f"coalesce(TRY_CAST({value.sql} AS JSON[]), CAST([] AS JSON[]))"
        return (
            f"(SELECT v AS {identifier(name)}{index} FROM (SELECT unnest({held}) AS v, "
            f"unnest(range(len({held}))) AS pos)) AS {identifier(name)}"
        )

    def _join(self, node: exp.Expression, scope: Scope) -> str:
        for name, value in node.args.items():
            if value and name not in {"this", "on", "using", "side", "kind", "method", "expressions"}:
                raise syntax_error_near(name.rstrip("_"))
        side, kind, method = (str(node.args.get(name) or "").upper() for name in ("side", "kind", "method"))
        if side not in _SIDES or kind not in _KINDS or method not in {"", "NATURAL"}:
            raise syntax_error_near((kind or method).lower())
        if isinstance(node.this, exp.Lateral):
            raise syntax_error_near("lateral")
        known = {name for source in scope.sources for name, _ in source.columns}
        sql = self.item(node.this, scope) if not node.this.args.get("joins") else f"({self.listed(node.this, [], scope)})"
        on, using = node.args.get("on"), node.args.get("using")
        is_path = isinstance(node.this, exp.Unnest | exp.AtIndex | exp.Alias | exp.Pivot) or sql.startswith("(SELECT v AS")
        if not (side or kind or method or on or using) and not node.meta.get("comma"):
            raise syntax_error_near("")
        if not (side or kind or method or on or using):
            return f" CROSS JOIN {'LATERAL ' if is_path else ''}{sql}"
        _refuse_join(method or kind, side, on, using)
        if kind == "CROSS":
            return f" CROSS JOIN {sql}"
        words = " ".join(word for word in ("NATURAL" if method else "", side, "JOIN") if word)
        if method:
            added = {name for name, _ in scope.sources[-1].columns}
            scope.merged |= known & added
            return f" {words} {sql}"
        if using:
            names = [self.expressions.name(column) for column in using]
            for name in names:
                if name not in known or name not in {column for column, _ in scope.sources[-1].columns}:
                    raise StatementFailed("42703", f'column "{name}" specified in USING clause does not exist')
            scope.merged |= set(names)
            return f" {words} {sql} USING ({', '.join(identifier(name) for name in names)})"
        if on is None:
            raise syntax_error_near("")
        lateral = "LATERAL " if is_path else ""
        return f" {words} {lateral}{sql} ON {self.expressions.condition(on, scope)}"

    def starred(self, item: exp.Expression, star: exp.Star, scope: Scope) -> list[tuple[str, Typed]]:
        """Return the columns ``*`` or ``alias.*`` stands for."""
        if star.args.get("replace") or star.args.get("rename"):
            raise syntax_error_near("replace")
        sources = scope.sources
        if isinstance(item, exp.Column):
            names = [self.expressions.name(piece) for piece in item.parts[:-1]]
            found = scope.source(names[-1])
            if found is None:
                raise no_relation(names[-1])
            sources = [found]
        elif not sources:
            raise StatementFailed("42601", "SELECT * with no tables specified is not valid")
        excluded = {self.expressions.name(column) for column in star.args.get("except_") or []}
        columns: list[tuple[str, Typed]] = []
        seen: set[str] = set()
        for source in sources:
            if source.partial:
                raise source.denied()
            for name, kind in source.columns:
                merged = name in scope.merged and not isinstance(item, exp.Column)
                if name in excluded or (merged and name in seen):
                    continue
                seen.add(name)
                sql = identifier(name) if merged else f"{identifier(source.alias)}.{identifier(name)}"
                columns.append((name, Typed(sql, kind)))
        return columns


def _refuse_join(kind: str, side: str, on: exp.Expression | None, using: Any) -> None:
    """CROSS JOIN and NATURAL JOIN take no condition, FULL JOIN only one that compares for equality."""
    if kind in {"CROSS", "NATURAL"} and (on or using):
        raise syntax_error_near("on" if on else "using")
    if side == "FULL" and on is not None and on.find(exp.EQ) is None:
        raise StatementFailed("0A000", "FULL JOIN is only supported with merge-joinable join conditions")


def label_of(node: exp.Expression) -> str:
    """Return the last name of a path."""
    return str(node.expression.name if isinstance(node, exp.Dot) else node.name).lower()


__all__ = ["Sources", "not_supported"]
