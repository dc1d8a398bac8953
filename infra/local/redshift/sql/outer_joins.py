"""Outer joins in Oracle's manner: ``(+)`` behind a column in WHERE, and which tables it joins (AWS, r_WHERE_oracle_outer.html)."""

from collections.abc import Callable, Iterator, Sequence

from sqlglot import exp

from infra.local.redshift.errors import StatementFailed, syntax_error_near
from infra.local.redshift.sql.scopes import Scope


def parted(select: exp.Select) -> tuple[list[exp.Expression], list[exp.Expression]]:
    """Return the conditions of WHERE without and with the operator.

    Raises:
        StatementFailed: 42601 for the operator behind something else than a column or beside JOIN, 0A000 for one within OR or IN.
    """
    where = select.args.get("where")
    plain: list[exp.Expression] = []
    marked: list[exp.Expression] = []
    for condition in _conditions(where.this) if where is not None else ():
        columns = list(_marked(condition))
        for column in columns:
            if not isinstance(column, exp.Column):
                raise syntax_error_near("(")
            if any(isinstance(around, exp.Or | exp.In) for around in _around(column, condition)):
                raise StatementFailed("0A000", "Outer join operator (+) not allowed in operand of OR or IN.")
        (marked if columns else plain).append(condition)
    if marked and not all(join.meta.get("comma") for join in select.args.get("joins") or []):
        raise StatementFailed("0A000", "Outer join operator (+) not allowed in a query that also has FROM clause join syntax.")
    return plain, marked


def joined(
    items: Sequence[str], marked: Sequence[exp.Expression], scope: Scope, condition: Callable[[exp.Expression], str]
) -> tuple[str, list[exp.Expression]]:
    """Return FROM with the outer joins, and the conditions that join nothing and stay in WHERE.

    Args:
        items: The items of FROM for DuckDB, as ``scope.sources`` has them.
        marked: The conditions with the operator.
        scope: What names mean.
        condition: Translates a condition.

    Raises:
        StatementFailed: 0A000 where a table is joined to two others, or two to one another.
    """
    places = {source.alias: place for place, source in enumerate(scope.sources)}
    joins: dict[int, list[exp.Expression]] = {}
    partners: dict[int, set[int]] = {}
    left: list[exp.Expression] = []
    for one in marked:
        inner = {places.get(_source(column, scope), -1) for column in _marked(one)}
        if len(inner) > 1:
            raise _joined_twice()
        others = {places.get(_source(column, scope), -1) for column in _own(one) if isinstance(column, exp.Column)} - inner - {-1}
        table = inner.pop()
        if table < 0:  # a table of the query around this one is joined to nothing here
            left.append(one)
            continue
        joins.setdefault(table, []).append(one)
        partners.setdefault(table, set()).update(others)
    for table in [table for table, others in partners.items() if not others]:
        left += joins.pop(table)
    if any(len(partners[table]) > 1 for table in joins):
        raise _joined_twice()
    placed = [place for place in range(len(items)) if place not in joins]
    sql = "FROM " + " CROSS JOIN ".join(items[place] for place in placed)
    while len(placed) < len(items):
        following = [place for place in joins if place not in placed and partners[place] <= set(placed)]
        if not following:
            raise _joined_twice()
        for place in following:
            sql += f" LEFT JOIN {items[place]} ON {' AND '.join(f'({condition(one)})' for one in joins[place])}"
        placed += following
    return sql, left


def _joined_twice() -> StatementFailed:
    return StatementFailed("0A000", "A table may be outer joined to at most one other table.")


def _conditions(node: exp.Expression) -> Iterator[exp.Expression]:
    bare = node.unnest()
    if isinstance(bare, exp.And):
        yield from _conditions(bare.this)
        yield from _conditions(bare.expression)
    else:
        yield node


def _own(condition: exp.Expression) -> Iterator[exp.Expression]:
    """Walk a condition without the subqueries in it."""
    yield from condition.walk(prune=lambda node: isinstance(node, exp.Query))


def _marked(condition: exp.Expression) -> Iterator[exp.Expression]:
    return (node for node in _own(condition) if node.args.get("join_mark"))


def _around(node: exp.Expression, condition: exp.Expression) -> Iterator[exp.Expression]:
    while node is not condition and node.parent is not None:
        node = node.parent
        yield node


def _source(column: exp.Expression, scope: Scope) -> str:
    """Return the alias of the item of FROM that a column belongs to, "" where it is none of this query's."""
    names = [str(piece.name).lower() for piece in column.parts] if isinstance(column, exp.Column) else []
    if len(names) > 1:
        return names[-2]
    return next((source.alias for source in scope.sources if names[-1:] and names[-1] in {name for name, _ in source.columns}), "")
