"""Transactions: all or nothing, failed until they end, and what ends them without being asked."""

import itertools
import socket
from collections.abc import Callable

import pytest

from tests.integration.redshift.conftest import Client

pytestmark = pytest.mark.embedded


@pytest.fixture
def table(client: Client) -> None:
    client.run("create table t (a int)")


@pytest.mark.usefixtures("table")
def test_what_is_rolled_back_is_gone_and_what_is_committed_stays(transaction: Client, client: Client) -> None:
    transaction.run("insert into t values (1)")
    assert client.run("select a from t") == []
    transaction.rollback()
    transaction.run("insert into t values (2)")
    transaction.commit()
    assert client.run("select a from t") == [(2,)]


def test_a_temporary_table_rolled_back_can_be_made_anew_with_other_columns(transaction: Client) -> None:
    transaction.run("create temp table made (a int)")
    assert transaction.columns("select * from made") == ["a"]
    transaction.rollback()
    assert transaction.sqlstate("select m.* from made as m") == "42P01"
    transaction.rollback()
    transaction.run("create temp table made (b varchar(3), c int)")
    assert transaction.columns("select n.* from made as n") == ["b", "c"]
    transaction.run("drop table made")
    transaction.run("create temp table made (d date)")
    assert transaction.columns("select o.* from made as o") == ["d"]


def test_a_temporary_table_hides_one_of_its_name_until_it_is_dropped(transaction: Client, client: Client) -> None:
    """Each time in other words, because the driver does not prepare a text twice."""
    client.run("create table hidden (a int)")
    assert transaction.columns("select * from hidden") == ["a"]
    transaction.run("create temp table hidden as select 1 as b")
    assert transaction.columns("select h.* from hidden as h") == ["b"]
    transaction.run("drop table hidden")
    assert transaction.columns("select k.* from hidden as k") == ["a"]


def test_ddl_is_part_of_the_transaction(transaction: Client) -> None:
    transaction.run("create table made (a int)")
    transaction.run("insert into made values (1)")
    transaction.run("create temp table staged (like made)")
    transaction.rollback()
    assert transaction.sqlstate("select * from made") == "42P01"
    transaction.rollback()
    assert transaction.sqlstate("select * from staged") == "42P01"
    transaction.rollback()
    transaction.run("create table made (b varchar(3))")
    transaction.commit()
    assert transaction.run("select type from pg_table_def where tablename = 'made'") == [("character varying(3)",)]


def test_a_failed_transaction_answers_nothing_until_it_ends(transaction: Client) -> None:
    transaction.fails("select * from nope")
    told = transaction.fails("select 1")
    assert (told["C"], told["M"]) == ("25P02", "current transaction is aborted, commands ignored until end of transaction block")
    transaction.rollback()
    assert transaction.run("select 1") == [(1,)]


@pytest.mark.usefixtures("table")
def test_the_commit_of_a_failed_transaction_is_a_rollback(transaction: Client, client: Client) -> None:
    transaction.run("insert into t values (1)")
    transaction.fails("insert into t values ('x')")
    transaction.commit()
    assert client.run("select a from t") == []


@pytest.mark.usefixtures("table")
def test_truncate_commits_what_went_before(transaction: Client, client: Client) -> None:
    transaction.run("create table kept (a int)")
    transaction.run("insert into t values (1)")
    transaction.run("truncate table t")
    transaction.rollback()
    assert client.run("select a from t") == []
    assert client.run("select a from kept") == []


@pytest.mark.parametrize("sql", ["vacuum t", "create database inside", "drop database dev", "refresh materialized view t"])
@pytest.mark.usefixtures("table")
def test_what_cannot_be_in_a_transaction_is_refused_there(transaction: Client, sql: str) -> None:
    transaction.run("select 1")
    assert transaction.sqlstate(sql) == "25001"


@pytest.mark.usefixtures("table")
def test_lock_outside_of_a_transaction_is_released_at_once(client: Client, connect: Callable[..., Client]) -> None:
    client.run("lock t")
    assert connect().run("select count(*) from t") == [(0,)]


@pytest.mark.usefixtures("table")
def test_a_statement_that_fails_alone_leaves_nothing(client: Client) -> None:
    assert client.sqlstate("insert into t select a from (select 1 as a union all select 1 / 0) as x") == "22012"
    assert client.run("select * from t") == []


@pytest.mark.usefixtures("table")
def test_a_transaction_sees_what_it_wrote_and_others_do_not(transaction: Client, client: Client) -> None:
    transaction.run("insert into t values (1)")
    transaction.run("update t set a = a + 1")
    assert transaction.run("select a from t") == [(2,)]
    assert client.run("select a from t") == []


@pytest.mark.usefixtures("table")
def test_the_work_of_a_client_that_vanishes_is_gone(transaction: Client, client: Client) -> None:
    transaction.run("lock t")
    transaction.run("insert into t values (1)")
    transaction.connection._usock.shutdown(socket.SHUT_RDWR)
    transaction.connection._usock.close()
    transaction.connection._usock = None
    client.run("update t set a = 2")
    assert client.run("select a from t") == []


_texts = itertools.count()


def _columns(client: Client, table: str) -> list[str]:
    """A table's columns, asked with a text that the driver has not described before."""
    return client.columns(f"select * from {table} -- {next(_texts)}")


def test_a_changed_table_is_seen_as_it_is_by_every_session(connect: Callable[..., Client]) -> None:
    here, there = connect(), connect()
    here.run("create table seen(a int)")
    assert _columns(there, "seen") == ["a"]
    here.run("alter table seen add column b int")
    assert _columns(there, "seen") == ["a", "b"]
    here.run("begin")
    here.run("alter table seen add column c int")
    assert _columns(here, "seen") == ["a", "b", "c"]
    here.run("rollback")
    assert _columns(here, "seen") == _columns(there, "seen") == ["a", "b"]
    here.run("drop table seen")
    assert there.sqlstate("select * from seen") == "42P01"


def test_a_snapshot_outlasts_what_others_change(connect: Callable[..., Client]) -> None:
    here, there = connect(), connect()
    here.run("create table held(a int)")
    there.run("create table other(a int)")
    here.run("begin")
    here.run("select * from held")
    there.run("alter table other add column b int")
    assert _columns(here, "other") == ["a"]
    here.run("commit")
    assert _columns(here, "other") == ["a", "b"]


def test_what_a_transaction_set_goes_with_its_rollback(client: Client) -> None:
    client.run("set timezone to 'America/New_York'")
    client.run("begin")
    client.run("set local timezone to 'Asia/Tokyo'")
    client.run("set query_group to 'mine'")
    assert client.run("show timezone") == [("Asia/Tokyo",)]
    client.run("rollback")
    assert client.run("show query_group") == [("unset",)]
    assert client.run("show timezone") == [("America/New_York",)]
    assert str(client.run("select '2026-01-01 12:00:00+00'::timestamptz::timestamp::varchar")[0][0]) == "2026-01-01 07:00:00"
