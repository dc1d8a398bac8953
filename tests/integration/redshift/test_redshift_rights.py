"""Rights, settings, cancelling, and what UNLOAD writes."""

import socket
import struct
import time
from collections.abc import Callable

import duckdb
import pytest
import redshift_connector

from infra.local.redshift import RedshiftServer, StatementEvent
from tests.integration.redshift.conftest import BUCKET, ROLE, Client, Lake

pytestmark = pytest.mark.embedded


@pytest.fixture
def guarded(client: Client) -> Client:
    client.run("create schema market")
    client.run("create table market.bars (symbol varchar(10), close numeric(10,2))")
    client.run("insert into market.bars values ('IBM', 1.5)")
    client.run("create role reader")
    client.run("create user bob password 'Abcdefg1'")
    client.run("grant role reader to bob")
    return client


def test_a_user_reads_only_what_its_role_was_granted(guarded: Client) -> None:
    guarded.run("set session authorization 'bob'")
    assert guarded.fails("select * from market.bars")["M"] == "permission denied for schema market"
    guarded.run("reset session authorization")
    guarded.run("grant usage on schema market to role reader")
    guarded.run("set session authorization 'bob'")
    assert guarded.fails("select * from market.bars")["M"] == "permission denied for relation bars"
    guarded.run("set session authorization default")
    guarded.run("grant select on all tables in schema market to role reader")
    guarded.run("set session authorization 'bob'")
    assert guarded.run("select symbol from market.bars") == [("IBM",)]
    assert guarded.sqlstate("insert into market.bars values ('X', 1)") == "42501"
    assert guarded.sqlstate("drop table market.bars") == "42501"
    assert guarded.sqlstate("create table market.mine (a int)") == "42501"


def test_default_privileges_cover_only_what_their_user_makes_later(guarded: Client) -> None:
    guarded.run("grant usage, create on schema market to bob")
    guarded.run("alter default privileges in schema market grant select on tables to role reader")
    guarded.run("create table market.later (a int)")
    guarded.run("create user eve password 'Abcdefg1'")
    guarded.run("grant usage, create on schema market to eve")
    guarded.run("set session authorization 'eve'")
    guarded.run("create table market.of_eve (a int)")
    guarded.run("set session authorization 'bob'")
    assert guarded.run("select count(*) from market.later") == [(0,)]
    assert guarded.sqlstate("select count(*) from market.of_eve") == "42501"


def test_a_scoped_permission_covers_tables_of_every_maker(guarded: Client) -> None:
    guarded.run("grant usage on schema market to role reader")
    guarded.run("grant select for tables in schema market to role reader")
    guarded.run("create table market.later (a int)")
    guarded.run("set session authorization 'bob'")
    assert guarded.run("select count(*) from market.later") == [(0,)]


def test_a_statement_ends_at_its_timeout_and_the_session_lives_on(client: Client) -> None:
    client.run("set statement_timeout to 200")
    told = client.fails("with recursive r(n) as (select 1 union all select n + 1 from r where n < 100000000) select max(n) from r")
    assert told["C"] == "57014"
    assert "200 ms" in told["M"]
    client.run("reset statement_timeout")
    assert client.run("select 1") == [(1,)]


def test_what_a_statement_does_after_its_timeout_is_no_other_error(server: RedshiftServer, client: Client) -> None:
    """A COPY that is interrupted in its first step goes on to its second, in a transaction that DuckDB has ended."""

    def interrupted(event: StatementEvent) -> None:
        if event.phase == "before" and event.sql == "select 2":
            time.sleep(0.5)
            raise duckdb.TransactionException("Current transaction is aborted (please ROLLBACK)")

    client.run("set statement_timeout to 200")
    server.observe(interrupted)
    told = client.fails("select 2")
    server.observe(None)
    assert (told["C"], "200 ms" in told["M"]) == ("57014", True)
    client.run("reset statement_timeout")


@pytest.mark.parametrize("statement", ["set threads to 1", "set nosuch to 'x'", "set memory_limit = '1GB'"])
def test_a_parameter_redshift_lacks_is_refused(client: Client, statement: str) -> None:
    assert client.sqlstate(statement) == "42704"


def test_a_parameter_that_is_fixed_here_refuses_another_value(client: Client) -> None:
    assert client.sqlstate("set json_serialization_enable to true") == "0A000"
    client.run("set json_serialization_enable to false")


def test_a_cancel_needs_the_secret_of_the_session(server: RedshiftServer, client: Client) -> None:
    [(number,)] = client.run("select pg_backend_pid()")
    session = server._sessions[number]
    for secret, interrupted in ((session.secret ^ 1, ""), (session.secret, "Query cancelled on user's request")):
        with socket.create_connection((server.host, server.port)) as asking:
            asking.sendall(struct.pack("!iiii", 16, 80877102, number, secret))
            assert asking.recv(1) == b""
        for _ in range(100):
            if session.interrupted == interrupted:
                break
            time.sleep(0.01)
        assert session.interrupted == interrupted


def test_several_statements_in_one_message_are_one_transaction(client: Client, connect: Callable[..., Client]) -> None:
    client.run("create table t (a int)")
    other = connect()
    with pytest.raises(redshift_connector.error.Error):
        other.connection.run("insert into t values (1); insert into nosuch values (2)")
    assert client.run("select count(*) from t") == [(0,)]


@pytest.mark.usefixtures("lake")
def test_unload_leaves_what_lies_there_unless_told_otherwise(client: Client, database: str) -> None:
    client.run("create table t (a int, b varchar(5))")
    client.run("insert into t values (1, 'x'), (2, 'y')")
    unload = f"unload ('select * from t') to 's3://{BUCKET}/{database}/out_' iam_role '{ROLE}' format parquet"
    client.run(unload)
    assert "not empty" in client.fails(unload)["M"]
    client.run(f"{unload} allowoverwrite")


def test_unload_makes_a_folder_for_each_value_of_its_partition(client: Client, lake: Lake, database: str) -> None:
    client.run("create table t (a int, b varchar(5))")
    client.run("insert into t values (1, 'x'), (2, 'y'), (3, null)")
    client.run(f"unload ('select * from t') to 's3://{BUCKET}/{database}/by/' iam_role '{ROLE}' format csv partition by (b)")
    found = lake.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{database}/by/")["Contents"]
    assert sorted(item["Key"].removeprefix(f"{database}/by/") for item in found) == [
        "b=__HIVE_DEFAULT_PARTITION__/0000_part_00",
        "b=x/0000_part_00",
        "b=y/0000_part_00",
    ]
    body = lake.s3.get_object(Bucket=BUCKET, Key=f"{database}/by/b=y/0000_part_00")["Body"].read()
    assert body == b"2\n"


@pytest.mark.parametrize(
    "sql",
    [
        "create role other",
        "create schema other",
        "create database other",
        "create group other",
        "alter user bob createdb",
        "alter role reader rename to writer",
        "truncate market.bars",
        "comment on table market.bars is 'x'",
    ],
)
def test_what_takes_a_permission_is_refused_without_it(guarded: Client, sql: str) -> None:
    guarded.run("grant usage on schema market to role reader")
    guarded.run("set session authorization 'bob'")
    assert guarded.sqlstate(sql) == "42501"


def test_a_permission_of_the_system_is_enough(guarded: Client) -> None:
    guarded.run("grant create role to role reader")
    guarded.run("grant create on database " + str(guarded.run("select current_database()")[0][0]) + " to bob")
    guarded.run("set session authorization 'bob'")
    guarded.run("create role other")
    guarded.run("create schema other")
    guarded.run("alter user bob password 'Gfedcba1'")


def test_alter_drop_and_truncate_of_a_table_are_granted(guarded: Client) -> None:
    guarded.run("grant usage on schema market to bob")
    guarded.run("grant alter, truncate, drop on market.bars to bob")
    guarded.run("set session authorization 'bob'")
    guarded.run("alter table market.bars add column volume int")
    guarded.run("truncate market.bars")
    guarded.run("drop table market.bars")


def test_a_procedure_is_called_by_who_was_granted_to(guarded: Client) -> None:
    guarded.run(
        "create procedure public.fill() as $$ begin insert into market.bars values ('A', 1); end; $$ language plpgsql security definer"
    )
    guarded.run("set session authorization 'bob'")
    assert guarded.fails("call public.fill()")["M"] == "permission denied for procedure fill"
    guarded.run("reset session authorization")
    guarded.run("grant execute on procedure public.fill() to role reader")
    guarded.run("set session authorization 'bob'")
    guarded.run("call public.fill()")
    guarded.run("reset session authorization")
    assert guarded.run("select count(*) from market.bars") == [(2,)]


def test_a_procedure_of_its_caller_has_its_callers_rights(guarded: Client) -> None:
    guarded.run("create procedure public.fill() as $$ begin insert into market.bars values ('A', 1); end; $$ language plpgsql")
    guarded.run("grant execute on procedure public.fill() to bob")
    guarded.run("set session authorization 'bob'")
    assert guarded.sqlstate("call public.fill()") == "42501"


def test_a_user_reads_the_columns_it_was_granted(guarded: Client) -> None:
    guarded.run("grant usage on schema market to bob")
    guarded.run("grant select (symbol), update (close) on market.bars to bob")
    assert guarded.run("select column_name, privilege_type from svv_column_privileges order by 1") == [
        ("close", "UPDATE"),
        ("symbol", "SELECT"),
    ]
    guarded.run("set session authorization 'bob'")
    assert guarded.run("select symbol from market.bars") == [("IBM",)]
    assert guarded.run("select count(*) from market.bars") == [(1,)]
    for sql in ("select close from market.bars", "select * from market.bars", "select b.close from market.bars b"):
        assert guarded.fails(sql)["M"].startswith("permission denied for relation"), sql
    guarded.run("update market.bars set close = 2")
    assert guarded.sqlstate("update market.bars set symbol = 'X'") == "42501"
    guarded.run("reset session authorization")
    guarded.run("revoke select (symbol) on market.bars from bob")
    guarded.run("set session authorization 'bob'")
    assert guarded.sqlstate("select symbol from market.bars") == "42501"


def test_a_grant_names_columns_that_there_are(guarded: Client) -> None:
    assert guarded.sqlstate("grant select (nosuch) on market.bars to bob") == "42703"
    assert guarded.sqlstate("grant insert (symbol) on market.bars to bob") == "0LP01"


def test_a_privilege_with_grant_option_is_passed_on(guarded: Client) -> None:
    guarded.run("create user eve password 'Abcdefg1'")
    guarded.run("grant usage on schema market to bob")
    guarded.run("grant select on market.bars to bob with grant option")
    guarded.run("set session authorization 'bob'")
    guarded.run("grant select on market.bars to eve")
    assert guarded.sqlstate("grant insert on market.bars to eve") == "42501"
    guarded.run("reset session authorization")
    guarded.run("revoke grant option for select on market.bars from bob")
    guarded.run("set session authorization 'bob'")
    assert guarded.sqlstate("grant select on market.bars to eve") == "42501"
    assert guarded.run("select symbol from market.bars") == [("IBM",)]


def test_a_role_is_granted_by_who_has_its_admin_option(guarded: Client) -> None:
    guarded.run("set session authorization 'bob'")
    assert guarded.sqlstate("grant role reader to bob") == "42501"
    guarded.run("reset session authorization")
    guarded.run("grant role reader to bob with admin option")
    guarded.run("create user eve password 'Abcdefg1'")
    guarded.run("set session authorization 'bob'")
    guarded.run("grant role reader to eve")
    guarded.run("reset session authorization")
    assert guarded.run("select user_name, admin_option from svv_user_grants order by 1") == [("bob", True), ("eve", False)]
    guarded.run("revoke admin option for role reader from bob")
    assert guarded.run("select user_is_member_of('bob', 'reader')") == [(True,)]
    guarded.run("set session authorization 'bob'")
    assert guarded.sqlstate("grant role reader to eve") == "42501"


def test_a_user_keeps_what_it_has_under_a_new_name(guarded: Client) -> None:
    guarded.run("grant usage, create on schema market to bob")
    guarded.run("set session authorization 'bob'")
    guarded.run("create table market.mine (a int)")
    guarded.run("reset session authorization")
    guarded.run("alter user bob rename to rob")
    guarded.run("alter role reader rename to readers")
    assert guarded.run("select usename from pg_class join pg_user on usesysid = relowner where relname = 'mine'") == [("rob",)]
    assert guarded.run("select user_is_member_of('rob', 'readers'), has_schema_privilege('rob', 'market', 'create')") == [(True, True)]
    assert guarded.sqlstate("drop user rob") == "55006"


def test_default_privileges_need_a_schema_that_there_is(guarded: Client) -> None:
    assert guarded.sqlstate("alter default privileges in schema nosuch grant select on tables to bob") == "3F000"


def test_a_word_that_is_no_permission_is_not_granted(guarded: Client) -> None:
    assert guarded.sqlstate("grant bob to role reader") == "0LP01"


def test_a_user_sees_its_own_rows_of_the_log(guarded: Client) -> None:
    guarded.run("set session authorization 'bob'")
    guarded.run("select 4711")
    own = "select count(*) > 0, count(distinct userid) from stl_query"
    assert guarded.run(own) == [(True, 1)]
    assert guarded.run("select count(*) from sys_query_history where query_text like 'create role%'") == [(0,)]
    guarded.run("reset session authorization")
    guarded.run("alter user bob syslog access unrestricted")
    guarded.run("set session authorization 'bob'")
    assert guarded.run(own) == [(True, 2)]


@pytest.mark.parametrize("view", ["svv_table_info", "stv_locks", "stl_vacuum"])
def test_some_views_are_for_superusers_alone(guarded: Client, view: str) -> None:
    guarded.run(f"select * from {view}")
    guarded.run("set session authorization 'bob'")
    assert guarded.sqlstate(f"select * from {view}") == "42501"
