"""What survives: a stop, a kill at any moment, and what else the server does around its statements."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import pytest
import redshift_connector

from infra.local.redshift import AlreadyOpen, ConnectionCut, RedshiftServer, StatementEvent, StatementFailed
from tests.integration.redshift.conftest import Client

pytestmark = pytest.mark.embedded

REPOSITORY = Path(__file__).resolve().parents[3]
SERVE = """
import sys, time
from pathlib import Path
from infra.local.redshift import RedshiftServer
server = RedshiftServer(Path(sys.argv[1]), None).start()
print(server.port, server.issue_password(), flush=True)
time.sleep(60)
"""


@contextmanager
def connected(server: RedshiftServer, database: str = "dev", *, autocommit: bool = True) -> Iterator[Client]:
    with closing(
        redshift_connector.connect(
            host=server.host, port=server.port, user="IAM:embedded", password=server.issue_password(), database=database, ssl=False
        )
    ) as connection:
        connection.autocommit = autocommit
        yield Client(connection)


def test_everything_is_there_again_after_a_restart(tmp_path: Path) -> None:
    with RedshiftServer(tmp_path, None) as server, connected(server) as client:
        client.run("create database prices")
        client.run("create schema market")
        client.run(
            "create table market.t (id bigint identity(1,1), symbol varchar(3) not null sortkey, close numeric(18,6), primary key (symbol))"
        )
        client.run("comment on table market.t is 'bars'")
        client.run("create view market.v as select symbol from market.t")
        client.run("create materialized view market.mv as select count(*) as n from market.t")
        client.run("create role reader")
        client.run("insert into market.t (symbol, close) values ('IBM', 1.5)")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dev.duckdb", "prices.duckdb"]
    with RedshiftServer(tmp_path, None) as server:
        with connected(server, "prices") as client:
            assert client.run("select current_database()") == [("prices",)]
        with connected(server) as client:
            client.run("insert into market.t (symbol) values ('MSF')")
            assert client.sqlstate("insert into market.t (symbol) values ('LONG')") == "22001"
            assert client.run("select id, symbol from market.t order by id") == [(1, "IBM"), (2, "MSF")]
            client.run("set search_path to market")
            definition = 'select "column", type, sortkey, "notnull" from pg_table_def where tablename = \'t\' order by "column"'
            assert client.run(definition) == [
                ("close", "numeric(18,6)", 0, False),
                ("id", "bigint", 0, True),
                ("symbol", "character varying(3)", 1, True),
            ]
            assert client.run("select remarks from svv_tables where table_name = 't'") == [("bars",)]
            assert client.run("select n from market.mv") == [(0,)]
            client.run("refresh materialized view market.mv")
            assert client.run("select n from market.mv") == [(2,)]
            assert client.run("select role_name from svv_roles") == [("reader",)]
            assert client.run("select * from pg_indexes")[0][4].endswith("(symbol)")


def test_a_killed_server_keeps_what_was_committed_and_nothing_else(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(tmp_path)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    port, password = process.stdout.readline().split()
    connection = redshift_connector.connect(
        host="127.0.0.1", port=int(port), user="IAM:embedded", password=password, database="dev", ssl=False
    )
    client = Client(connection)
    client.run("create table t (a varchar(3), primary key (a))")
    client.run("alter table t add column b varchar(2)")
    client.run("insert into t values ('yes', 'x')")
    client.commit()
    client.run("insert into t values ('no', 'x')")
    client.run("create table never (a int)")
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    process.stdout.close()
    with pytest.raises((redshift_connector.Error, OSError)):
        client.run("select 1")
    connection._usock.close()
    with RedshiftServer(tmp_path, None) as server, connected(server) as again:
        assert again.run("select * from t") == [("yes", "x")]
        assert again.sqlstate("update t set b = 'xyz'") == "22001"
        assert again.sqlstate("select * from never") == "42P01"


def test_databases_are_made_and_dropped(tmp_path: Path) -> None:
    with RedshiftServer(tmp_path, None) as server, connected(server) as client:
        client.run("create database other")
        assert client.sqlstate("create database other") == "42P04"
        with connected(server, "other") as there:
            there.run("create table t (a int)")
            assert there.sqlstate("drop database other") == "55006"
        assert client.sqlstate("select * from t") == "42P01"
        client.run("drop database other")
        assert client.sqlstate("drop database other") == "3D000"
        assert client.sqlstate("drop database dev") == "55006"
        assert [path.name for path in tmp_path.glob("other*")] == []
        server.create_database("made_by_the_stack")
        server.create_database("made_by_the_stack")
        with pytest.raises(StatementFailed, match="already exists"):
            server.create_database("made_by_the_stack", if_missing=False)


def test_a_folder_another_process_holds_is_told(tmp_path: Path) -> None:
    holder = "import sys, time, duckdb; c = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(60)"
    process = subprocess.Popen(
        [sys.executable, "-c", holder, str(tmp_path / "dev.duckdb")], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    with pytest.raises(AlreadyOpen, match=r"dev\.duckdb"):
        RedshiftServer(tmp_path, None).start()
    process.kill()
    process.wait(10)
    process.stdout.close()


def test_a_stopped_server_leaves_a_file_anybody_can_open(tmp_path: Path) -> None:
    with RedshiftServer(tmp_path, None) as server, connected(server) as client:
        client.run("create table t (a int)")
        client.run("insert into t values (7)")
    with duckdb.connect(str(tmp_path / "dev.duckdb"), read_only=True) as opened:
        assert opened.execute("select a from public.t").fetchall() == [(7,)]


def test_stopping_with_clients_connected_says_nothing(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
import redshift_connector
from infra.local.redshift import RedshiftServer
server = RedshiftServer(Path(sys.argv[1]), None).start()
password = server.issue_password()
address = {"host": server.host, "port": server.port, "database": "dev", "ssl": False}
connection = redshift_connector.connect(user="IAM:embedded", password=password, **address)
connection.cursor().execute("create table t (a int)")
server.stop()
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_text_received_is_recorded_in_memory_and_in_a_file(tmp_path: Path) -> None:
    log = tmp_path / "statements.jsonl"
    with RedshiftServer(None, None, statement_log=log) as server, connected(server) as client:
        client.run("select 1")
        client.run("select %s", (2,))
        client.fails("truncate nothing")
        assert list(server.statements)[-3:] == ["select 1", "select $1", "truncate nothing"]
    assert '"sql": "truncate nothing"' in log.read_text()


def test_an_observer_sees_each_statement_before_and_after() -> None:
    seen: list[tuple[str, str]] = []
    with RedshiftServer(None, None) as server:
        server.observe(lambda event: seen.append((event.phase, event.kind)))
        with connected(server) as client:
            client.run("create table t (a int)")
            client.fails("insert into t values ('x')")
    assert seen == [("before", "create_table"), ("after", "create_table"), ("before", "insert")]


def test_an_observer_can_fail_a_statement() -> None:
    def once(event: StatementEvent) -> None:
        if event.kind == "insert" and not failed.is_set():
            failed.set()
            raise StatementFailed("XX000", "1023", "Serializable isolation violation on table - 1")

    failed = threading.Event()
    with RedshiftServer(None, None, observer=once) as server, connected(server) as client:
        client.run("create table t (a int)")
        assert client.fails("insert into t values (1)")["M"] == "1023"
        client.run("insert into t values (1)")
        assert client.run("select a from t") == [(1,)]


@pytest.mark.parametrize(("phase", "kept"), [("before", []), ("after", [(1,)])])
def test_an_observer_can_cut_the_connection_around_the_commit(phase: str, kept: list[tuple[int]]) -> None:
    def cut(event: StatementEvent) -> None:
        if event.kind == "commit" and event.phase == phase:
            raise ConnectionCut

    with RedshiftServer(None, None) as server:
        with connected(server) as client:
            client.run("create table t (a int)")
        connection = redshift_connector.connect(
            host=server.host, port=server.port, user="IAM:embedded", password=server.issue_password(), database="dev", ssl=False
        )
        Client(connection).run("insert into t values (1)")
        server.observe(cut)
        with pytest.raises(redshift_connector.InterfaceError, match="BrokenPipe"):
            connection.commit()
        connection._usock.close()
        server.observe(None)
        with connected(server) as client:
            assert client.run("select a from t") == kept
