"""What DuckDB could do and Redshift cannot is refused; what nobody knows never passes silently."""

import pytest
import redshift_connector

from tests.integration.redshift.conftest import Client

pytestmark = pytest.mark.embedded


@pytest.mark.parametrize(
    "sql",
    [
        "insert into t values (1) on conflict do nothing",
        "insert into t values (1) returning a",
        "create index i on t (a)",
        "select distinct on (a) * from t",
        "select count(*) filter (where a > 1) from t",
        "select * from t, lateral (select 1) as x",
        "select {'a': 1}",
        "create function f() returns int as $$ return 1 $$ language plpythonu",
        "attach 'x.duckdb'",
        "pragma database_list",
        "install httpfs",
        "copy t from 's3://lake/x' iam_role default format orc",
        "alter table t add column a int, add column b int",
    ],
)
def test_a_construct_that_redshift_or_this_stand_in_lacks_is_refused(client: Client, sql: str) -> None:
    client.run("create table t (a int)")
    assert client.sqlstate(sql) in {"0A000", "42601"}


@pytest.mark.parametrize("sql", ["from t", "from t select a", "values (1)", "summarize t", "table t", "describe t"])
def test_a_text_that_is_no_redshift_sql_is_refused(client: Client, sql: str) -> None:
    client.run("create table t (a int)")
    assert client.sqlstate(sql) in {"0A000", "42601"}


@pytest.mark.parametrize(
    "function",
    [
        "read_parquet('x')",
        "list_value(1)",
        "gen_random_uuid_()",
        "strlen('a')",
        "epoch_us(getdate())",
        "duckdb_tables()",
        "read_text('/etc/hostname')",
    ],
)
def test_a_function_of_duckdb_alone_does_not_exist(client: Client, function: str) -> None:
    assert client.sqlstate(f"select {function}") in {"42883", "0A000"}


def test_two_statements_cannot_be_prepared_at_once(client: Client) -> None:
    assert "multiple commands" in client.fails("select 1; select 2")["M"]


def test_a_parameter_where_redshift_takes_none_is_a_syntax_error(client: Client) -> None:
    client.run("create table t (a int)")
    assert client.fails("copy t from %s iam_role default format parquet", ("s3://lake/x",))["M"] == 'syntax error at or near "$1"'
    assert client.sqlstate("create table u (a int default %s)", (1,)) == "42601"


def test_the_stand_ins_own_schema_is_closed(client: Client) -> None:
    assert client.sqlstate("insert into embedded.role values ('x')") == "42501"
    assert client.sqlstate("drop schema embedded cascade") == "42501"


def test_a_comment_alone_is_an_empty_statement(client: Client) -> None:
    with pytest.raises(redshift_connector.ProgrammingError, match="query was empty"):
        client.run("-- nothing")


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("select * from pg_class for update", "for"),
        ("select 1 as x union all by name select 2 as x", "by"),
        ("select x from (select 1 as x) t limit 1 with ties", "with"),
        ("select x, sum(x) over w from (select 1 as x) t window w as (order by x)", "window"),
    ],
)
def test_a_refused_clause_is_told_by_the_word_it_begins_with(client: Client, sql: str, word: str) -> None:
    assert client.fails(sql)["M"] == f'syntax error at or near "{word}"'
