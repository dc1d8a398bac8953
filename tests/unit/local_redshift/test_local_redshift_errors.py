"""Errors of DuckDB in Redshift's words: the code is Redshift's and no word is DuckDB's."""

import duckdb
import pytest

from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.translation import from_duckdb


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
        (("select cast('x' as integer)",), "22P02", 'invalid input syntax for integer: "x"'),
        (("select cast('x' as decimal(3,1))",), "22P02", 'invalid input syntax for type numeric: "x"'),
        (("select cast('1000' as decimal(3,1))",), "22003", "Numeric data overflow (result precision)"),
        (("select cast('40000' as smallint)",), "22003", 'value "40000" is out of range for type smallint'),
        (("select cast(300 as tinyint)",), "22003", "Numeric data overflow (result precision)"),
        (("select cast(1000 as decimal(3,1))",), "22003", "Numeric data overflow (result precision)"),
        (("select 9223372036854775807 + 1::bigint",), "22003", "Numeric data overflow (result precision)"),
        (("select error('@22012@division by zero')",), "22012", "division by zero"),
        (("create schema s", "create schema s"), "42P06", 'schema "s" already exists'),
        (("select nope(1)",), "42883", "function nope does not exist"),
        (("selec 1",), "42601", "syntax error"),
        (("select (select unnest([1, 2]))",), "21000", "more than one row returned by a subquery used as an expression"),
    ],
)
def test_an_error_of_duckdb_gets_redshifts_code_and_words(statements: tuple[str, ...], sqlstate: str, message: str) -> None:
    told = raised_by(*statements)
    assert (told.sqlstate, told.message) == (sqlstate, message)


def test_an_error_nobody_foresaw_names_nothing_of_duckdb() -> None:
    assert from_duckdb(RuntimeError("DuckDB: Binder Error")).message == "Internal error: the statement could not be executed"
