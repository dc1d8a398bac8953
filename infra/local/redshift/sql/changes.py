"""INSERT, UPDATE, DELETE and MERGE: every value as its column takes it.

Sources: AWS, r_INSERT_30.html, r_UPDATE.html, r_DELETE.html, r_MERGE.html.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from infra.local.redshift.errors import StatementFailed, not_supported, syntax_error, syntax_error_near
from infra.local.redshift.sql.queries import Queries
from infra.local.redshift.sql.scopes import Catalog, Columns, Scope, Source
from infra.local.redshift.sql.values import Typed, assigned, identifier

_INSERT = frozenset({"this", "expression", "with_", "default"})
_UPDATE = frozenset({"this", "expressions", "from_", "where", "with_"})
_DELETE = frozenset({"this", "using", "where", "with_"})


@dataclass(frozen=True)
class Target:
    """The table that changes.

    Attributes:
        name: Its name, for errors.
        sql: DuckDB's name.
        columns: Its columns.
        computed: Columns of IDENTITY, which take no value.
    """

    name: str
    sql: str
    columns: Columns
    computed: frozenset[str] = frozenset()


class Changes:
    """Translates what changes a table.

    Args:
        catalog: What is asked of the database.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.queries = Queries(catalog)
        self.expressions = self.queries.expressions

    def insert(self, tree: exp.Insert, target: Target) -> str:
        """Return an INSERT.

        Raises:
            StatementFailed: what Redshift says to it.
        """
        _refuse(tree, _INSERT)
        if tree.this.alias:
            raise syntax_error_near(tree.this.alias)
        scope = Scope()
        prefix = self.queries._with(tree.args.get("with_"), scope)
        names = self._names(tree, target)
        if tree.args.get("default"):
            return f"INSERT INTO {target.sql} DEFAULT VALUES"
        into = f"INSERT INTO {target.sql} ({', '.join(identifier(name) for name in names)})"
        known = dict(target.columns)
        source = tree.expression
        while isinstance(source, exp.Paren):
            source = source.this
        listed = isinstance(tree.this, exp.Schema)
        if isinstance(source, exp.Values):
            given = source.expressions[0].expressions if isinstance(source.expressions[0], exp.Tuple) else [source]
            _enough(len(given), len(names), listed=listed)
            if len({len(row.expressions) if isinstance(row, exp.Tuple) else 1 for row in source.expressions}) > 1:
                raise StatementFailed("42601", "VALUES lists must all be the same length")
            if len(source.expressions) > 1 and source.find(exp.Query):
                raise StatementFailed("0A000", "can't use subqueries in multi-row VALUES")  # c_Examples_of_INSERT_30
            rows = [self._row(row, names, target, scope) for row in source.expressions]
            return f"{prefix}{into} VALUES {', '.join(rows)}"
        if not isinstance(source, exp.Query | exp.Subquery):
            raise syntax_error_near("")
        sql, columns = self.queries.unsettled(source, scope)
        _count(len(columns), len(names))
        _enough(len(columns), len(names), listed=listed)
        inner = [f"c{index}" for index in range(len(columns))]
        values = [
            assigned(Typed(column, kind), known[name], name).sql for column, (_, kind), name in zip(inner, columns, names, strict=False)
        ]
        into = f"INSERT INTO {target.sql} ({', '.join(identifier(name) for name in names[: len(columns)])})"
        return f"{into} {prefix}SELECT {', '.join(values)} FROM ({sql}) AS q({', '.join(inner)})"

    def _names(self, tree: exp.Insert, target: Target) -> list[str]:
        known = [name for name, _ in target.columns]
        if not isinstance(tree.this, exp.Schema):
            return known
        names = [self.expressions.name(column) for column in tree.this.expressions]
        for name in names:
            if name not in known:
                raise StatementFailed("42703", f'column "{name}" of relation "{target.name}" does not exist')
            if names.count(name) > 1:
                raise StatementFailed("42701", f'column "{name}" specified more than once')
            if name in target.computed and not _all_default(tree, names.index(name)):
                raise StatementFailed("0A000", f'cannot set an identity column to a value: "{name}"')
        return names

    def _row(self, row: exp.Expression, names: Sequence[str], target: Target, scope: Scope) -> str:
        values = row.expressions if isinstance(row, exp.Tuple) else [row.this if isinstance(row, exp.Paren) else row]
        _count(len(values), len(names))
        known = dict(target.columns)
        told = []
        for value, name in zip(values, names, strict=False):
            if _is_default(value):
                told.append("DEFAULT")
            elif name in target.computed:
                raise StatementFailed("0A000", f'cannot set an identity column to a value: "{name}"')
            else:
                told.append(assigned(self.expressions.value(value, scope), known[name], name).sql)
        told += ["DEFAULT"] * (len(names) - len(values))
        return f"({', '.join(told)})"

    def update(self, tree: exp.Update, target: Target) -> str:
        """Return an UPDATE.

        Raises:
            StatementFailed: what Redshift says to it.
        """
        _refuse(tree, _UPDATE)
        _refuse_only(tree.this)
        scope = Scope()
        prefix = self.queries._with(tree.args.get("with_"), scope)
        alias = self._target(tree.this, target, scope)
        source = ""
        if clause := tree.args.get("from_"):
            source = " FROM " + self.queries.sources.listed(clause.this, clause.args.get("joins") or [], scope)
        settings = self._settings(tree.expressions, target, scope)
        return f"{prefix}UPDATE {target.sql} AS {alias} SET {settings}{source}{self._where(tree, scope)}"

    def delete(self, tree: exp.Delete, target: Target) -> str:
        """Return a DELETE.

        Raises:
            StatementFailed: what Redshift says to it.
        """
        _refuse(tree, _DELETE)
        _refuse_only(tree.this)
        scope = Scope()
        prefix = self.queries._with(tree.args.get("with_"), scope)
        alias = self._target(tree.this, target, scope)
        using = tree.args.get("using") or []
        source = " USING " + ", ".join(self.queries.sources.item(item, scope) for item in using) if using else ""
        return f"{prefix}DELETE FROM {target.sql} AS {alias}{source}{self._where(tree, scope)}"

    def merge(self, tree: exp.Merge, target: Target, source: Target) -> str:
        """Return a MERGE with both its arms, which ``refusals`` has seen.

        Raises:
            StatementFailed: what Redshift says to it.
        """
        scope = Scope()
        name = self._target(tree.this, target, scope)
        using = tree.args["using"]
        alias = self.expressions.name(using.args["alias"].this) if using.alias else source.name
        scope.add(Source(alias, source.columns, (*(part.name.lower() for part in using.parts[:-1]), source.name)))
        condition = self.expressions.condition(tree.args["on"], scope)
        _refuse_parts(tree, scope)
        matched, unmatched = (when.args["then"] for when in tree.args["whens"].expressions)
        arms = f" WHEN MATCHED THEN {self._arm(matched, target, scope)} WHEN NOT MATCHED THEN {self._arm(unmatched, target, scope)}"
        return f"MERGE INTO {target.sql} AS {name} USING {source.sql} AS {identifier(alias)} ON {condition}{arms}"

    def condition(self, tree: exp.Merge, target: Target, source: Target) -> str:
        """Return the condition of a MERGE that removes duplicates."""
        scope = Scope()
        self._target(tree.this, target, scope)
        using = tree.args["using"]
        alias = self.expressions.name(using.args["alias"].this) if using.alias else source.name
        scope.add(Source(alias, source.columns, (*(part.name.lower() for part in using.parts[:-1]), source.name)))
        return self.expressions.condition(tree.args["on"], scope)

    def _arm(self, then: exp.Expression, target: Target, scope: Scope) -> str:
        if isinstance(then, exp.Var):
            if then.name.upper() != "DELETE":
                raise syntax_error_near(then.name.lower())
            return "DELETE"
        if isinstance(then, exp.Update):
            return f"UPDATE SET {self._settings(then.expressions, target, scope)}"
        if not isinstance(then, exp.Insert):
            raise syntax_error_near("then")
        names = [self.expressions.name(column.this if isinstance(column, exp.Column) else column) for column in _listed(then.this)]
        known = [name for name, _ in target.columns]
        for name in names:
            if name not in known:
                raise StatementFailed("42703", f'column "{name}" of relation "{target.name}" does not exist')
        row = then.expression
        names = names or known[: len(row.expressions) if isinstance(row, exp.Tuple) else 1]
        inner = Scope(sources=scope.sources[1:])
        told = self._row(row, names, target, inner)
        return f"INSERT ({', '.join(identifier(name) for name in names)}) VALUES {told}"

    def _settings(self, nodes: Sequence[exp.Expression], target: Target, scope: Scope) -> str:
        known, told, seen = dict(target.columns), [], set()
        for node in nodes:
            if not isinstance(node, exp.EQ) or not isinstance(node.this, exp.Column):
                raise syntax_error_near("set")
            if len(node.this.parts) > 1:  # a column that is set stands without its table (r_UPDATE)
                raise syntax_error_near(".")
            name = self.expressions.name(node.this.this)
            if name not in known:
                raise StatementFailed("42703", f'column "{name}" of relation "{target.name}" does not exist')
            if name in seen:
                raise StatementFailed("42601", f'multiple assignments to same column "{name}"')
            if name in target.computed:
                raise StatementFailed("0A000", f'cannot set an identity column to a value: "{name}"')
            seen.add(name)
            if _is_default(node.expression):
                told.append(f"{identifier(name)} = DEFAULT")
                continue
            value = assigned(self.expressions.value(node.expression, scope), known[name], name)
            told.append(f"{identifier(name)} = {value.sql}")
        return ", ".join(told)

    def _target(self, node: exp.Expression, target: Target, scope: Scope) -> str:
        alias = node.args.get("alias")
        name = self.expressions.name(alias.this) if alias is not None else target.name
        parts = (*(part.name.lower() for part in node.parts[:-1]), name)
        source = Source(name, target.columns, parts, told=".".join(parts) if alias is None else "")
        scope.add(source)
        return source.sql

    def _where(self, tree: exp.Expression, scope: Scope) -> str:
        where = tree.args.get("where")
        return f" WHERE {self.expressions.condition(where.this, scope)}" if where is not None else ""


def _refuse(tree: exp.Expression, known: frozenset[str]) -> None:
    for name, value in tree.args.items():
        if value and name not in known:
            word = {"conflict": "on conflict", "returning": "returning"}.get(name, name.rstrip("_").replace("_", " "))
            raise not_supported(f"{word.upper()} in {tree.key.upper()}")


def _refuse_parts(tree: exp.Merge, scope: Scope) -> None:
    """MERGE takes a SUPER column whole (r_MERGE)."""
    for node in (one for part in (tree.args["on"], tree.args["whens"]) for one in part.find_all(exp.Column, exp.Dot, exp.Bracket)):
        names = [str(piece.name).lower() for piece in node.parts] if isinstance(node, exp.Column) else []
        if isinstance(node, exp.Bracket) or (len(names) > 1 and scope.column(names)[1]):
            raise StatementFailed("0A000", "Partial reference of SUPER column is not supported in MERGE statement.")


def _refuse_only(table: exp.Expression) -> None:
    if table.args.get("only"):
        raise syntax_error_near("only")


def _count(given: int, taken: int) -> None:
    if given > taken:
        raise syntax_error("INSERT has more expressions than target columns")


def _enough(given: int, wanted: int, *, listed: bool) -> None:
    """Columns that are listed have a value each; without a list the last ones may have none."""
    if listed and given < wanted:
        raise syntax_error("INSERT has more target columns than expressions")


def _is_default(node: exp.Expression) -> bool:
    return (isinstance(node, exp.Var) and node.name.upper() == "DEFAULT") or (
        isinstance(node, exp.Column) and len(node.parts) == 1 and node.name.upper() == "DEFAULT" and not node.this.quoted
    )


def _all_default(tree: exp.Insert, index: int) -> bool:
    if not isinstance(tree.expression, exp.Values):
        return False
    rows = tree.expression.expressions
    return all(isinstance(row, exp.Tuple) and index < len(row.expressions) and _is_default(row.expressions[index]) for row in rows)


def _listed(node: exp.Expression | None) -> list[exp.Expression]:
    return list(node.expressions) if isinstance(node, exp.Tuple | exp.Schema) else []
