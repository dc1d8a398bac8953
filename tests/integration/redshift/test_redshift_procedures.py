"""Stored procedures: variables, branches, loops, cursors, errors and transactions of PL/pgSQL."""

import pytest

from tests.integration.redshift.conftest import Client

pytestmark = pytest.mark.embedded


def make(client: Client, head: str, body: str) -> None:
    client.run(f"create procedure {head} as $$ {body} $$ language plpgsql")


@pytest.fixture
def table(client: Client) -> None:
    client.run("create table t(a int)")


@pytest.mark.parametrize(
    ("head", "body", "given", "expected"),
    [
        ("p(a int, b out int)", "begin b := a + 2; end;", "5", 7),
        ("p(a int, b out varchar)", "begin if a > 9 then b := 'x'; elsif a > 5 then b := 'y'; else b := 'z'; end if; end;", "7", "y"),
        ("p(n int, s out int)", "declare i int; begin s := 0; for i in 1..n loop s := s + i; end loop; end;", "4", 10),
        ("p(n int, s out int)", "declare i int := 0; begin loop i := i + 1; exit when i > n; end loop; s := i; end;", "3", 4),
        ("p(n int, s out int)", "declare i int := 0; begin while i < n loop i := i + 1; end loop; s := i; end;", "3", 3),
        ("p(n int, s out int)", "declare r record; begin s := n; for r in select 3 as x loop s := s + r.x; end loop; end;", "0", 3),
        ("p(n int, s out int)", "begin execute 'select ' || n || ' * 2' into s; end;", "21", 42),
        ("p(n int, s out int)", "declare k constant int := 5; begin s := k * n; end;", "2", 10),
    ],
)
def test_a_procedure_gives_what_its_body_says(client: Client, head: str, body: str, given: str, expected: object) -> None:
    make(client, head, body)
    assert client.run(f"call p({given})") == [(expected,)]


@pytest.mark.usefixtures("table")
def test_a_failed_procedure_leaves_nothing(client: Client) -> None:
    make(client, "p()", "begin insert into t values (1); raise exception 'no %', 3; end;")
    assert client.fails("call p()") == client.fails("call p()") | {"C": "P0001", "M": "no 3"}
    assert client.run("select count(*) from t") == [(0,)]


@pytest.mark.usefixtures("table")
def test_commit_in_a_procedure_keeps_what_was_done(client: Client) -> None:
    make(client, "p()", "begin insert into t values (1); commit; insert into t values (2); raise exception 'no'; end;")
    assert client.sqlstate("call p()") == "P0001"
    assert client.run("select a from t") == [(1,)]
    client.run("begin")
    assert client.sqlstate("call p()") == "2D000"


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(("mode", "state"), [("", "22012"), (" nonatomic", "")])
def test_a_handler_runs_and_only_nonatomic_goes_on(client: Client, mode: str, state: str) -> None:
    make(client, f"p(){mode}", "begin execute 'select 1/0'; exception when others then insert into t values (9); end;")
    if state:
        assert client.sqlstate("call p()") == state
    else:
        client.run("call p()")
    assert client.run("select a from t") == [(9,)]


@pytest.mark.usefixtures("table")
def test_a_procedure_opens_a_cursor_for_its_caller(client: Client) -> None:
    client.run("insert into t values (1), (2)")
    make(client, "p(rs inout refcursor)", "begin open rs for select a from t order by a; end;")
    client.run("begin")
    client.run("call p('mine')")
    assert client.run("fetch all from mine") == [(1,), (2,)]


@pytest.mark.parametrize(("declared", "opened"), [("(k int)", "c"), ("(k int)", "c(1, 2)"), ("", "c(1)")])
def test_a_cursor_takes_the_arguments_it_is_declared_with(client: Client, declared: str, opened: str) -> None:
    make(client, "p()", f"declare c cursor {declared} for select 1; begin open {opened}; end;")
    assert client.sqlstate("call p()") == "42601"


@pytest.mark.parametrize("body", ["begin if true then null; end;", "begin null;"])
def test_a_body_that_is_no_block_is_refused_when_it_is_made(client: Client, body: str) -> None:
    assert client.sqlstate(f"create procedure p() as $$ {body} $$ language plpgsql") == "42601"


@pytest.mark.parametrize("body", ["begin x := 1; end;", "begin exit; end;"])
def test_a_body_that_cannot_go_on_is_refused_when_it_is_called(client: Client, body: str) -> None:
    make(client, "p()", body)
    assert client.sqlstate("call p()") == "42601"


def test_procedures_and_functions_are_shown(client: Client) -> None:
    make(client, "p(a int, b out varchar)", "begin b := a; end;")
    client.run("create function f(int) returns int stable as $$ select $1 $$ language sql")
    assert [row[2] for row in client.run("show procedures from schema public")] == ["p"]
    assert [row[2] for row in client.run("show functions from schema public")] == ["f"]
    assert [row[3:6] for row in client.run("show parameters of procedure public.p(int)")] == [("a", 1, "IN"), ("b", 2, "OUT")]
    client.run("alter procedure p(int) rename to q")
    assert [row[2] for row in client.run("show procedures from schema public")] == ["q"]


def test_grants_are_shown_by_object_and_by_identity(client: Client) -> None:
    client.run("create table shown(a int)")
    client.run("create user reader password disable")
    client.run("grant select on shown to reader")
    for statement in ("show grants on table public.shown", "show grants for reader"):
        assert [row[2:5] + row[6:8] for row in client.run(statement)] == [("shown", "TABLE", "SELECT", "reader", "user")]
    assert client.run("show grants on table public.shown for public") == []


def test_a_procedure_refuses_what_its_language_refuses(client: Client) -> None:
    client.run("create procedure public.lost() as $$ begin select 1; end; $$ language plpgsql")
    assert client.fails("call public.lost()")["M"] == "SELECT query has no destination for result data"
    client.run("create procedure public.needed() as $$ declare v int not null := 1; begin v := null; end; $$ language plpgsql")
    assert client.sqlstate("call public.needed()") == "22004"
    client.run("create procedure public.chosen(a int) as $$ begin case a when 1 then null; end case; end; $$ language plpgsql")
    assert client.fails("call public.chosen(2)")["M"] == "case not found"
    assert client.sqlstate("alter procedure public.chosen(int) owner to nosuch") == "42704"
