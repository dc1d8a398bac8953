"""What a client reads: types on the wire, bound parameters, labels, and Redshift's functions."""

# ruff: noqa: DTZ001 - a TIMESTAMP has no time zone

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.redshift.conftest import Client

pytestmark = pytest.mark.embedded


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1", 1),
        ("2::bigint", 2),
        ("3::smallint", 3),
        ("1.5::numeric(10,2)", Decimal("1.50")),
        ("-12345678901234567890.5::numeric(38,4)", Decimal("-12345678901234567890.5000")),
        ("2.5::float8", 2.5),
        ("1.5::float4", 1.5),
        ("true", True),
        ("'é'::varchar", "é"),
        ("date '2026-11-20'", date(2026, 11, 20)),
        ("date '1999-12-31'", date(1999, 12, 31)),
        ("timestamp '2026-11-20 01:02:03.5'", datetime(2026, 11, 20, 1, 2, 3, 500_000)),
        ("timestamptz '2026-11-20 01:02:03+02'", datetime(2026, 11, 19, 23, 2, 3, tzinfo=UTC)),
        ("null", None),
    ],
)
def test_a_value_arrives_as_the_driver_decodes_it_from_redshift(client: Client, expression: str, value: Any) -> None:
    assert client.run(f"select {expression}") == [(value,)]


@pytest.mark.parametrize(
    "value",
    [1, 70_000, 2**40, -1, 1.5, "x", "it's", None, True, Decimal("1.25"), date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5)],
)
def test_a_bound_value_comes_back(client: Client, value: Any) -> None:
    assert client.run("select %s", (value,)) == [(value,)]


def test_an_untyped_parameter_takes_the_type_it_is_compared_with(client: Client) -> None:
    client.run("create table t (d date, n int)")
    client.run("insert into t values (%s, %s)", ("2026-01-02", "7"))
    assert client.run("select n from t where d = %s and n < %s", ("2026-01-02", 8)) == [(7,)]


def test_columns_are_labelled_as_redshift_labels_them(client: Client) -> None:
    client.run("create table t (a int, b varchar(5))")
    sql = "select count(*), max(a), a + 1, a::bigint, 5::numeric(3,1), nvl(b, 'x') as named, getdate(), 1 from t group by a, b"
    assert client.columns(sql) == ["count", "max", "?column?", "a", "numeric", "named", "getdate", "?column?"]


def test_a_label_of_a_subquery_can_be_used_outside(client: Client) -> None:
    assert client.run("select max + 1 from (select max(a) from (select 41 as a) as inside) as outside") == [(42,)]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("dateadd(day, -7, date '2026-11-20')::date", date(2026, 11, 13)),
        ("datediff(day, date '2026-11-01', date '2026-11-20')", 19),
        ("date_trunc('month', date '2026-11-20')::date", date(2026, 11, 1)),
        ("to_char(date '2026-11-20', 'YYYY-MM-DD')", "2026-11-20"),
        ("nvl(null, 5)", 5),
        ("decode(2, 1, 'a', 2, 'b')", "b"),
        ("7 / 2", 3),
        ("-7 / 2", -3),
        ("7 % 4", 3),
        ("len('é')", 1),
        ("octet_length('é')", 2),
        ("left('abcdef', 3)", "abc"),
        ("'abcdef'::varchar(3)", "abc"),
        ("md5('a')", "0cc175b9c0f1b6a831c399e269772661"),
        ("sha2('a', 256)", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
        ("trunc(1.9)::int", 1),
        ("convert_timezone('UTC', 'America/New_York', timestamp '2026-11-20 12:00:00')", datetime(2026, 11, 20, 7)),
        ("coalesce(null, 'x')", "x"),
    ],
)
def test_a_function_of_redshift_gives_redshifts_answer(client: Client, expression: str, value: Any) -> None:
    assert client.run(f"select {expression}") == [(value,)]


def test_top_qualify_and_listagg_work(client: Client) -> None:
    client.run("create table p (symbol varchar(5), d date, close numeric(18,6))")
    client.run("insert into p values ('A', '2026-01-01', 1), ('A', '2026-01-02', 2), ('B', '2026-01-01', 3)")
    assert client.run("select top 1 symbol from p order by symbol desc") == [("B",)]
    latest = "select symbol, close from p as q qualify row_number() over (partition by symbol order by d desc) = 1 order by 1"
    assert client.run(latest) == [("A", Decimal("2.000000")), ("B", Decimal("3.000000"))]
    assert client.run("select listagg(symbol, ',') within group (order by symbol) from p") == [("A,A,B",)]
    assert client.run("select median(close), approximate count(distinct symbol) from p") == [(2, 2)]


@pytest.mark.parametrize("expression", ["1 / 0", "1 % 0", "a / (a - a)", "1.0 / 0", "(1 / a) / (a - 1)"])
def test_division_by_zero_is_an_error(client: Client, expression: str) -> None:
    assert client.fails(f"select {expression} from (select 1 as a) as t") | {"S": "", "V": ""} == {
        "S": "",
        "V": "",
        "C": "22012",
        "M": "division by zero",
    }


def test_a_row_that_is_filtered_out_divides_nothing(client: Client) -> None:
    client.run("create table t (a int)")
    client.run("insert into t values (0), (2)")
    assert client.run("select 10 / a from t where a <> 0") == [(5,)]
    assert client.run("select 10 / nullif(a, 0) from t order by a") == [(None,), (5,)]


def test_a_sum_of_integers_of_any_width_is_a_bigint(client: Client) -> None:
    client.run("create table t (a bigint, b boolean)")
    client.run("insert into t values (1, true), (2, false)")
    [(counted, summed)] = client.run("select sum(case when b then 1 else 0 end), sum(a) from t")
    assert (type(counted), counted, type(summed), summed) == (int, 1, int, 3)
    windowed = client.run("select sum(case when b then 1 else 0 end) over (partition by a) from t order by a")
    assert [(type(value), value) for (value,) in windowed] == [(int, 1), (int, 0)]


def test_getdate_is_utc_in_whole_seconds_and_sysdate_is_finer(client: Client) -> None:
    [(now, finer)] = client.run("select getdate(), sysdate")
    assert now.tzinfo is None
    assert now.microsecond == 0
    assert now <= finer <= now + timedelta(seconds=1)
    assert abs(datetime.now(UTC).replace(tzinfo=None) - finer) < timedelta(seconds=30)


def test_an_unknown_name_is_told_with_its_code(client: Client) -> None:
    client.run("create table t (a int)")
    assert client.sqlstate("select * from nope") == "42P01"
    assert client.fails("select * from nope")["M"] == 'relation "nope" does not exist'
    assert client.fails("select * from public.nope")["M"] == 'relation "public.nope" does not exist'
    told = client.fails("select * from nope.t")
    assert (told["C"], told["M"]) == ("3F000", 'schema "nope" does not exist')
    assert client.fails("select nope('a')")["M"] == 'function nope("unknown") does not exist'
    assert client.sqlstate("select nope from t") == "42703"
    assert client.sqlstate("select nope(a) from t") == "42883"
    assert client.sqlstate("selec 1") == "42601"
    assert client.sqlstate("select * from nowhere.t") in {"42P01", "3F000"}


def test_names_are_folded_to_lower_case(client: Client) -> None:
    client.run('create table "Mixed" ("Case" int)')
    client.run("insert into mixed values (1)")
    assert client.columns("select * from MIXED") == ["case"]


def test_a_statement_prepared_before_a_column_was_added_still_answers(client: Client) -> None:
    client.run("create table t (a int)")
    assert client.run("select * from t") == []
    client.run("alter table t add column b int default 3")
    client.run("insert into t values (1, 2)")
    assert client.run("select * from t") == [(1, 2)]


def test_a_result_of_many_rows_arrives_whole(client: Client) -> None:
    client.run("create table n (a int)")
    client.run("insert into n values " + ",".join(f"({number})" for number in range(1000)))
    assert len(client.run("select x.a from n as x, n as y limit 20000")) == 20_000


def test_a_dataframe_can_be_fetched(client: Client) -> None:
    cursor = client.connection.cursor()
    cursor.execute("select 1 as a, 'x' as b union all select 2, 'y' order by 1")
    frame = cursor.fetch_dataframe()
    assert list(frame.columns) == ["a", "b"]
    assert frame.to_numpy().tolist() == [[1, "x"], [2, "y"]]


def test_parameters_of_the_session_can_be_set_and_shown(client: Client) -> None:
    client.run("create schema market")
    client.run("create table market.p (a int)")
    client.run("set search_path to market, public")
    assert client.run("show search_path") == [("market, public",)]
    assert client.run("select * from p") == []
    client.run("reset search_path")
    assert client.sqlstate("select * from p") == "42P01"
    assert client.run("show enable_case_sensitive_identifier") == [("off",)]
    assert client.sqlstate("show nothing_like_it") == "42704"


def test_the_session_knows_who_and_where_it_is(client: Client, database: str) -> None:
    [(user, here, version)] = client.run("select current_user, current_database(), version()")
    assert (user, here) == ("IAM:embedded", database)
    assert "Redshift 1.0" in version


def test_what_ran_is_in_the_query_history(client: Client) -> None:
    client.run("create table t (a int)")
    client.fails("insert into t values (1, 2)")
    rows = client.run("select query_type, status from sys_query_history where query_type in ('CREATE_TABLE', 'INSERT') order by query_id")
    assert rows == [("CREATE_TABLE", "success"), ("INSERT", "failed")]
