"""Redshift's SQL in DuckDB's words, and errors the other way round."""

import duckdb
import pytest

from infra.local.redshift.dialect import parse, to_duckdb
from infra.local.redshift.errors import StatementFailed, from_duckdb


def translated(sql: str) -> str:
    return to_duckdb(parse(sql))


def test_names_are_folded_and_expressions_labelled() -> None:
    assert translated('select MAX("Close"), A from Market.T') == 'SELECT MAX("close") AS "max", a FROM market.t'


def test_a_division_by_what_may_be_zero_is_guarded() -> None:
    guarded = "(CASE WHEN (b) = 0 THEN ERROR('division by zero') ELSE a / b END)"
    assert translated("select a / b as c, a / 2 as d from t") == f"SELECT {guarded} AS c, a / 2 AS d FROM t"


def test_catalog_names_lead_to_the_catalog_of_the_database() -> None:
    assert translated("select * from pg_catalog.pg_class") == "SELECT * FROM embedded.pg_class"
    assert translated("select * from information_schema.columns") == "SELECT * FROM embedded.svv_columns"
    assert translated("select * from market.svv_columns") == "SELECT * FROM market.svv_columns"


def raised_by(*statements: str) -> StatementFailed:
    with duckdb.connect() as connection:
        for statement in statements[:-1]:
            connection.execute(statement)
        with pytest.raises(duckdb.Error) as raised:
            connection.execute(statements[-1]).fetchall()
    return from_duckdb(raised.value)


@pytest.mark.parametrize(
    ("statements", "sqlstate", "message"),
    [
        (("select * from nope",), "42P01", 'relation "nope" does not exist'),
        (("create table t (a int)", "create table t (a int)"), "42P07", 'Relation "t" already exists'),
        (("create table t (a int)", "select b from t"), "42703", 'column "b" does not exist'),
        (("create table t (a int not null)", "insert into t values (null)"), "23502", "Cannot insert a NULL value into column a"),
        (
            ('create table t (a varchar check (strlen("a") <= 3))', "insert into t values ('éé')"),
            "22001",
            "value too long for type character varying(3)",
        ),
        (("select cast('x' as integer)",), "22P02", None),
        (("select cast(300 as tinyint)",), "22003", None),
        (("select cast(1000 as decimal(3,1))",), "22003", None),
        (("select 9223372036854775807 + 1::bigint",), "22003", None),
        (("select case when 0 = 0 then error('division by zero') end",), "22012", "division by zero"),
        (("create schema s", "create schema s"), "42P06", 'schema "s" already exists'),
        (("select nope(1)",), "42883", None),
        (("selec 1",), "42601", None),
    ],
)
def test_an_error_of_duckdb_gets_redshifts_code(statements: tuple[str, ...], sqlstate: str, message: str | None) -> None:
    told = raised_by(*statements)
    assert told.sqlstate == sqlstate
    assert message is None or told.message == message
