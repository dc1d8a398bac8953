"""Mutated statements: whatever a client sends, what it is told is Redshift's, and the session lives on."""

import os
import random
import re

import pytest
import redshift_connector

from infra.local.redshift.conformance.claims import claims
from tests.integration.redshift.conftest import Client

pytestmark = pytest.mark.embedded

STATEMENTS = int(os.environ.get("REDSHIFT_FUZZ_STATEMENTS", "300"))
"""How many mutated statements are sent; the deep run sends 20,000."""

FOREIGN = re.compile(
    r"duckdb|binder error|catalog error|parser error|conversion error|invalid input error|out of range error|constraint error|"
    r"internal error: \w+error|sqlglot|traceback|did you mean|candidate function|candidate binding|memory\.main|\brs_\w+|embedded_|"
    r"LINE \d|hugeint|pyarrow|0x[0-9a-f]{6}",
    re.IGNORECASE,
)
PIECES = (
    *(
        "select",
        "from",
        "where",
        "null",
        "'x'",
        "1",
        "1.5",
        "(",
        ")",
        ",",
        "*",
        "+",
        "||",
        "::int",
        "::varchar(3)",
        "::super",
        "group by 1",
    ),
    *("order by 1", "over ()", "distinct", "date '2026-01-31'", "interval '1 day'", "array(1)", "limit 1", "union all", "case when", "end"),
    *(
        "t",
        "a",
        "count(*)",
        "sum(a)",
        "json_parse('[1]')",
        "::date",
        "::numeric(5,2)",
        "in (1, 2)",
        "is null",
        "-",
        "/ 0",
        "like '%'",
        "[0]",
        ".b",
    ),
)
NEVER = re.compile(
    r"^\s*(drop|truncate|cancel|begin|commit|rollback|set|vacuum|lock|unload|copy|alter database)\b|100000000", re.IGNORECASE
)


def mutated(chance: random.Random, statement: str) -> str:
    words = statement.split(" ")
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(words))
        what = chance.random()
        if what < 0.3:
            words.insert(place, chance.choice(PIECES))
        elif what < 0.6:
            words[place] = chance.choice(PIECES)
        elif what < 0.8 and len(words) > 1:
            words.pop(place)
        else:
            other = chance.randrange(len(words))
            words[place], words[other] = words[other], words[place]
    return " ".join(words)


def test_no_foreign_word_reaches_a_client(client: Client) -> None:
    client.run("create table t (a int, b varchar(10), c super, d date)")
    client.run("insert into t values (1, 'x', json_parse('{\"b\":[1]}'), '2026-01-01')")
    seeds = [statement for claim in claims() for statement in claim.statements if not NEVER.search(statement)]
    seeds += [
        "select a, b, c.b[0], d from t where a = 1 and b like 'x%'",
        "insert into t (a, b) values (2, 'y')",
        "update t set b = 'z' where a = 2",
    ]
    chance = random.Random(20260105)  # noqa: S311 - repeatable, not secret
    for _ in range(STATEMENTS):
        statement = mutated(chance, chance.choice(seeds))
        if NEVER.search(statement):
            continue
        try:
            client.run(statement)
        except redshift_connector.error.Error as error:
            told = error.args[0] if error.args else {}
            text = f"{told.get('M', '')} {told.get('D', '')}" if isinstance(told, dict) else str(error)
            assert not FOREIGN.search(text.replace(statement, "")), (statement, told)
            client.run("rollback")
    assert client.run("select 1") == [(1,)]
