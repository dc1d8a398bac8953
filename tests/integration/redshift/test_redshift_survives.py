"""What the server outlives: results larger than its memory, kills, crowds, clients that say nothing, clients that die."""

import contextlib
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pytest
import redshift_connector

from infra.local.redshift import RedshiftServer, connection
from tests.integration.redshift.conftest import KEY, REGION, ROLE, Client, Lake

pytestmark = pytest.mark.embedded

REPOSITORY = Path(__file__).resolve().parents[3]
USER = "IAM:embedded"
SERVE = f"""
import sys, time
from pathlib import Path
from infra.local.redshift import RedshiftServer, S3Access
folder = Path(sys.argv[1]) if sys.argv[1] else None
server = RedshiftServer(folder, S3Access(sys.argv[2], "{KEY}", "{KEY}", "{REGION}")).start()
print(server.port, server.issue_password(), flush=True)
time.sleep(120)
"""
MEGABYTE = 1 << 20


class Served:
    """A server in a process of its own, which a test may kill."""

    def __init__(self, folder: Path | None, endpoint: str) -> None:
        command = [sys.executable, "-c", SERVE, str(folder or ""), endpoint]
        self.process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        port, self.password = self.process.stdout.readline().split()
        self.port = int(port)

    def connect(self) -> Any:
        return redshift_connector.connect(host="127.0.0.1", port=self.port, user=USER, password=self.password, database="dev", ssl=False)

    def kill(self) -> None:
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def memory(self) -> float:
        return float(psutil.Process(self.process.pid).memory_info().rss) / MEGABYTE


@pytest.fixture
def serve(endpoint: str) -> Iterator[Callable[[Path | None], Served]]:
    started: list[Served] = []

    def start(folder: Path | None) -> Served:
        started.append(Served(folder, endpoint))
        return started[-1]

    yield start
    for served in started:
        with contextlib.suppress(ValueError):
            served.kill()


def signed_in(port: int, password: str, database: str = "dev") -> socket.socket:
    """A client that speaks the protocol itself and reads as slowly as a test wants."""
    client = socket.create_connection(("127.0.0.1", port))
    body = struct.pack("!i", 196608) + f"user\0{USER}\0database\0{database}\0\0".encode()
    client.sendall(struct.pack("!i", len(body) + 4) + body)
    assert client.recv(9)[:1] == b"R"
    client.sendall(b"p" + struct.pack("!i", len(password) + 5) + password.encode() + b"\0")
    told = b""
    while not told.endswith(b"Z\0\0\0\5I"):
        told += client.recv(65536)
    return client


def ask(client: socket.socket, sql: str) -> None:
    client.sendall(b"Q" + struct.pack("!i", len(sql) + 5) + sql.encode() + b"\0")


def read_all(client: socket.socket, each: Callable[[], None] = lambda: None) -> tuple[int, bytes]:
    """Read until the server is ready again; the bytes read and the last of them."""
    size, end = 0, b""
    while not end.endswith((b"Z\0\0\0\5I", b"Z\0\0\0\5T", b"Z\0\0\0\5E")):
        read = client.recv(MEGABYTE)
        assert read, "the server closed the connection"
        size += len(read)
        end = (end + read)[-200:]
        each()
    return size, end


def test_a_result_is_sent_while_it_is_read_and_not_kept(serve: Callable[[Path | None], Served]) -> None:
    served = serve(None)
    peak = [0.0]

    def look() -> None:
        peak[0] = max(peak[0], served.memory())

    with closing(signed_in(served.port, served.password)) as client:
        ask(client, "create table thousand as select repeat('x', 1000) as t from generate_series(1, 1000)")
        read_all(client)
        before = served.memory()
        ask(client, "select a.t from thousand a cross join (select t from thousand limit 100) b")
        size, end = read_all(client, look)
    assert size > 100 * 1000 * 1000
    assert b"SELECT 100000\0" in end
    assert peak[0] - before < 60


def test_an_error_amid_the_rows_is_told_and_the_session_goes_on(client: Client, server: RedshiftServer, database: str) -> None:
    client.run("create table t (i int)")
    client.run("insert into t select * from generate_series(1, 5000)")
    with closing(signed_in(server.port, server.issue_password(), database)) as raw:
        ask(raw, "select 1 / (4000 - i) from t")
        _, end = read_all(raw)
        assert b"division by zero" in end
        ask(raw, "select count(*) from t")
        assert b"SELECT 1\0" in read_all(raw)[1]
    assert client.sqlstate("select 1 / (4000 - i) from t") == "22012"
    assert client.run("select count(*) from t") == [(5000,)]


def test_a_cancel_ends_a_result_that_is_being_read(client: Client, server: RedshiftServer, database: str) -> None:
    client.run("create table t as select repeat('x', 1000) as t from generate_series(1, 1000)")
    with closing(signed_in(server.port, server.issue_password(), database)) as raw:
        ask(raw, "select a.t from t a cross join t b")
        raw.recv(1000)
        session = max(server._sessions.values(), key=lambda one: one.number)
        server.cancel(session.number, session.secret)
        size, end = read_all(raw)
    assert b"57014" in end
    assert size < 500 * MEGABYTE


def test_a_client_that_leaves_amid_its_rows_gives_back_its_locks(client: Client, server: RedshiftServer, database: str) -> None:
    client.run("create table t as select repeat('x', 1000) as t from generate_series(1, 1000)")
    with closing(signed_in(server.port, server.issue_password(), database)) as raw:
        ask(raw, "begin; delete from t where t = 'y'; select a.t from t a cross join t b")
        raw.recv(1000)
    client.run("begin")
    client.run("lock t")
    client.run("rollback")


def test_a_kill_during_commits_leaves_whole_transactions(serve: Callable[[Path | None], Served], tmp_path: Path) -> None:
    served = serve(tmp_path)
    first = served.connect()
    acknowledged = [0]
    with contextlib.suppress(redshift_connector.Error, OSError):
        run = Client(first).run
        run("create table a (i int)")
        run("create table b (i int, t varchar(2000))")
        first.commit()
        threading.Timer(0.3 + random.random(), served.kill).start()  # noqa: S311 - another moment each time
        for number in range(1, 5000):
            run(f"insert into a values ({number})")
            run(f"insert into b select {number}, repeat('x', 2000) from generate_series(1, 50)")
            first.commit()
            acknowledged[0] = number
    first._usock.close()
    served.process.wait(10)
    again = serve(tmp_path)
    with closing(again.connect()) as connected:
        found = Client(connected).run("select (select count(*) from a), (select max(i) from a), (select count(*) from b)")[0]
    # The commit that was under way may stand or not; nothing is half there, and nothing that was told is gone.
    assert 0 < acknowledged[0] <= found[0] <= acknowledged[0] + 1
    assert found == (found[0], found[0], 50 * found[0])


def test_a_kill_inside_copy_leaves_nothing_of_it(serve: Callable[[Path | None], Served], lake: Lake, tmp_path: Path) -> None:
    uri = lake.put_table("killed/rows.parquet", pa.table({"i": pa.array(range(2_000_000), pa.int64())}))
    served = serve(tmp_path)
    with closing(served.connect()) as connected:
        Client(connected).run("create table t (i bigint)")
        Client(connected).run("insert into t values (-1)")
        connected.commit()
    loader = served.connect()
    loader.autocommit = True
    failed: list[Exception] = []

    def load() -> None:
        try:
            Client(loader).run(f"copy t from '{uri}' iam_role '{ROLE}' format parquet")
        except (redshift_connector.Error, OSError) as error:
            failed.append(error)

    thread = threading.Thread(target=load)
    thread.start()
    time.sleep(0.2)
    served.kill()
    thread.join(10)
    loader._usock.close()
    again = serve(tmp_path)
    with closing(again.connect()) as connected:
        count = Client(connected).run("select count(*) from t")[0][0]
        assert count == (1 if failed else 2_000_001)
        Client(connected).run("insert into t values (-2)")
        connected.commit()
    assert failed, "the COPY had ended before the kill: make the file larger"


def test_a_client_that_dies_inside_copy_gives_back_its_locks(client: Client, lake: Lake, server: RedshiftServer, database: str) -> None:
    uri = lake.put_table("died/rows.parquet", pa.table({"i": pa.array(range(1_000_000), pa.int64())}))
    client.run("create table t (i bigint)")
    raw = signed_in(server.port, server.issue_password(), database)
    ask(raw, "begin")
    read_all(raw)
    ask(raw, f"copy t from '{uri}' iam_role '{ROLE}' format parquet")
    deadline = time.monotonic() + 10
    while not server.services.locks.held().num_rows and time.monotonic() < deadline:
        time.sleep(0.005)
    assert server.services.locks.held().num_rows
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # reset, as a killed client's machine does
    raw.close()
    client.run("begin")
    client.run("lock t")
    assert client.run("select count(*) from t") == [(0,)]
    client.run("rollback")


def test_a_hundred_connections_are_served_at_once(server: RedshiftServer, database: str) -> None:
    together = threading.Barrier(100)
    answers: list[bytes] = []

    def one(number: int) -> None:
        with closing(signed_in(server.port, server.issue_password(), database)) as raw:
            together.wait(60)
            ask(raw, f"select {number}")
            answers.append(read_all(raw)[1])

    threads = [threading.Thread(target=one, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 100
    assert all(b"SELECT 1\0" in answer for answer in answers)


@pytest.mark.parametrize("begun", [b"", struct.pack("!i", 100), struct.pack("!ii", 8, 80877103)])
def test_who_has_not_signed_in_is_cut_off(monkeypatch: pytest.MonkeyPatch, server: RedshiftServer, begun: bytes) -> None:
    monkeypatch.setattr(connection, "SIGN_IN_SECONDS", 0.2)
    with closing(socket.create_connection(("127.0.0.1", server.port))) as silent:
        silent.sendall(begun)
        silent.settimeout(10)
        with contextlib.suppress(ConnectionResetError):
            while silent.recv(100):
                pass


def test_a_byte_now_and_then_does_not_put_off_the_end(monkeypatch: pytest.MonkeyPatch, server: RedshiftServer) -> None:
    monkeypatch.setattr(connection, "SIGN_IN_SECONDS", 0.3)
    with closing(socket.create_connection(("127.0.0.1", server.port))) as slow:
        slow.settimeout(0.05)
        slow.sendall(struct.pack("!i", 5000))
        deadline = time.monotonic() + 10
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            while time.monotonic() < deadline:
                slow.sendall(b"x")
                with contextlib.suppress(TimeoutError):
                    assert slow.recv(1) == b""
                    break
        assert time.monotonic() < deadline


def test_ten_seconds_are_what_a_client_has_to_sign_in() -> None:
    assert connection.SIGN_IN_SECONDS == 10.0
