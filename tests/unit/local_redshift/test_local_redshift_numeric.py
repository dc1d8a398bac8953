"""NUMERIC: precision, scale and value of every operation, against a model that shares nothing with the server but AWS's rules."""

import os
import random
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Context, Decimal

import duckdb
import pytest

from infra.local.redshift import runtime
from infra.local.redshift.sql.grammar import parse
from infra.local.redshift.sql.operators import numeric_result
from infra.local.redshift.sql.queries import Queries
from infra.local.redshift.sql.scopes import Columns, Relation
from infra.local.redshift.sql.sql_types import numeric
from infra.local.redshift.sql.values import Typed
from infra.local.redshift.translation import from_duckdb

OPERATIONS = int(os.environ.get("REDSHIFT_NUMERIC_OPERATIONS", "400"))
"""How many random operations are compared; the deep run takes 100,000."""

AT_ONCE = 100
"""Operations in one statement; one that overflows has a statement of its own."""

EXACT = Context(prec=200, rounding=ROUND_HALF_UP)


class NoTables:
    """A database without a table, for expressions that name none."""

    def relation(self, parts: object) -> Relation:
        raise AssertionError(parts)

    def described(self, view: str | None = None) -> list[tuple[str, str, Columns]]:
        del view
        return []

    def routines(self, name: str) -> list[tuple[list[str], str, str]]:
        raise AssertionError(name)

    def fact(self, name: str, arguments: list[Typed]) -> Typed | None:
        raise AssertionError((name, arguments))

    def setting(self, name: str) -> str:
        raise AssertionError(name)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    made = duckdb.connect()
    runtime.install(made)
    yield made
    runtime.remove(made)
    made.close()


def computed(connection: duckdb.DuckDBPyConnection, expression: str) -> tuple[object, str]:
    sql, columns = Queries(NoTables()).query(parse(f"select {expression}"), None)
    [(value,)] = connection.execute(sql).fetchall()
    return value, str(columns[0][1])


def model(operator: str, one: Decimal, other: Decimal, shape: tuple[int, int, int, int]) -> tuple[Decimal | None, int, int]:
    """AWS's rules (r_numeric_computations201.html), written down a second time: the value, None where it overflows, precision, scale."""
    p1, s1, p2, s2 = shape
    if operator == "*":
        precision, scale, value = p1 + p2 + 1, s1 + s2, EXACT.multiply(one, other)
    elif operator == "/":
        scale = max(4, s1 + p2 - s2 + 1)
        precision = p1 - s1 + s2 + scale
        if precision > 38:
            precision, scale = 38, max(38 + scale - precision, 4)
        value = EXACT.divide(one, other)
    else:
        scale = max(s1, s2)
        precision = max(p1 - s1, p2 - s2) + 1 + scale
        value = EXACT.add(one, other) if operator == "+" else EXACT.subtract(one, other)
    precision, scale = min(precision, 38), min(scale, 38)
    rounded = value.quantize(Decimal(1).scaleb(-scale), context=EXACT)
    return (rounded if abs(rounded) < Decimal(10) ** (precision - scale) else None), precision, scale


def random_numeric(chance: random.Random) -> tuple[Decimal, int, int]:
    precision = chance.randint(1, 38)
    scale = chance.randint(0, min(precision, 18))
    unscaled = chance.randint(0, 10 ** chance.randint(1, precision) - 1) * chance.choice((1, -1))
    return Decimal(unscaled).scaleb(-scale, EXACT), precision, scale


def all_computed(connection: duckdb.DuckDBPyConnection, expressions: list[str]) -> list[tuple[object, str]]:
    """Values and types of many expressions, by one statement."""
    sql, columns = Queries(NoTables()).query(parse(f"select {', '.join(expressions)}"), None)
    [values] = connection.execute(sql).fetchall()
    return [(value, str(column[1])) for value, column in zip(values, columns, strict=True)]


def test_random_operations_agree_with_the_model(connection: duckdb.DuckDBPyConnection) -> None:
    chance = random.Random(20260105)  # noqa: S311 - repeatable, not secret
    waiting: list[tuple[str, tuple[object, str]]] = []
    compared = 0
    while compared < OPERATIONS:
        (one, p1, s1), (other, p2, s2) = random_numeric(chance), random_numeric(chance)
        operator = chance.choice("+-*/")
        if operator == "/" and other == 0:
            continue
        compared += 1
        expression = f"'{one:f}'::numeric({p1},{s1}) {operator} '{other:f}'::numeric({p2},{s2})"
        expected, precision, scale = model(operator, one, other, (p1, s1, p2, s2))
        if expected is None:
            with pytest.raises(duckdb.Error) as raised:
                computed(connection, expression)
            assert from_duckdb(raised.value).sqlstate == "22003", expression
        else:
            waiting.append((expression, (expected, f"numeric({precision},{scale})")))
        if len(waiting) == AT_ONCE or compared == OPERATIONS:
            for (told, right), found in zip(waiting, all_computed(connection, [told for told, _ in waiting]), strict=True):
                assert found == right, told
            waiting.clear()


@pytest.mark.parametrize(
    ("operator", "left", "right", "result"),
    [
        ("/", (8, 2), (8, 2), (17, 9)),  # the example of the page
        ("/", (19, 0), (19, 0), (38, 19)),
        ("/", (19, 2), (38, 19), (38, 4)),
        ("*", (8, 2), (5, 0), (14, 2)),
        ("+", (7, 2), (15, 3), (16, 3)),
        ("*", (38, 19), (38, 19), (38, 38)),
    ],
)
def test_precision_and_scale_follow_the_page(operator: str, left: tuple[int, int], right: tuple[int, int], result: tuple[int, int]) -> None:
    assert numeric_result(operator, numeric(*left), numeric(*right)) == numeric(*result)


@pytest.mark.parametrize(
    ("expression", "value", "kind"),
    [
        ("1/2", 0, "integer"),
        ("cast(10 as decimal(8,2))/cast(3 as decimal(8,2))", Decimal("3.333333333"), "numeric(17,9)"),
        ("cast(1.5 as decimal)", Decimal(2), "numeric(18,0)"),
        ("1::smallint + 1::smallint", 2, "smallint"),
        ("1 + 2::bigint", 3, "bigint"),
        ("1.5 + 1", Decimal("2.5"), "numeric(12,1)"),
        ("1.5 * 2.0::float8", 3.0, "double precision"),
        ("round(12.345, 2)", Decimal("12.35"), "numeric(5,2)"),
        ("-7 % 3", -1, "integer"),
    ],
)
def test_an_expression_has_the_value_and_type_of_the_page(
    connection: duckdb.DuckDBPyConnection, expression: str, value: object, kind: str
) -> None:
    assert computed(connection, expression) == (value, kind)
