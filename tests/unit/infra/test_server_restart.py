"""A Prefect server that is started again under a run lets it go on: who holds a slot is on disk, not in the server's memory."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from infra.local.prefect_server import LEASES_ON_DISK, server_environment

PATIENCE_SECONDS = 240.0

# Outlasts the restart and two renewals of the lease; a lease of the shortest that Prefect takes is renewed every 22 s.
LEASE_SECONDS = 30
FLOW = """
import time
from prefect import flow

@flow
def long():
    for _ in range(60):
        time.sleep(1)
"""
DEPLOY = """
import sys
from prefect import flow
from prefect.client.schemas.objects import ConcurrencyLimitConfig

flow.from_source(source=sys.argv[1], entrypoint="long.py:long").deploy(
    name="once", work_pool_name="here", concurrency_limit=ConcurrencyLimitConfig(limit=1), print_next_steps=False
)
"""


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.5)


@contextmanager
def running(words: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process and its children, ended as a deployment ends them."""
    with log.open("ab") as said:
        process = subprocess.Popen(words, env=environment, stdout=said, stderr=said, start_new_session=True)
        try:
            yield process
        finally:
            family = [*psutil.Process(process.pid).children(recursive=True)] if process.poll() is None else []
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)
            for member in family:
                with suppress(psutil.NoSuchProcess):
                    member.kill()


def test_the_embedded_server_keeps_its_leases_on_disk(tmp_path: Path) -> None:
    environment = server_environment(tmp_path, "127.0.0.1", 4200, {"PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "elsewhere", "PATH": "/bin"})
    assert environment["PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE"] == LEASES_ON_DISK
    assert environment["PATH"] == "/bin"


@pytest.mark.worker
@pytest.mark.server
def test_a_run_outlives_a_restart_of_its_server(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path / "server"
    home.mkdir()
    (tmp_path / "long.py").write_text(FLOW)
    of_server = server_environment(home, "127.0.0.1", port, os.environ) | {
        "PREFECT_SERVER_CONCURRENCY_INITIAL_DEPLOYMENT_LEASE_DURATION": str(LEASE_SECONDS)
    }
    api = f"http://127.0.0.1:{port}/api"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    of_client = kept | {"PREFECT_HOME": str(tmp_path / "client"), "PREFECT_API_URL": api, "DO_NOT_TRACK": "1"}
    prefect = [sys.executable, "-m", "prefect"]

    def is_healthy() -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{api}/health", timeout=2).status_code == httpx.codes.OK
        return False

    def state() -> str:
        with suppress(httpx.HTTPError):
            (run,) = httpx.post(f"{api}/flow_runs/filter", json={}, timeout=5).json()
            return str(run["state"]["name"])
        return ""

    def do(*words: str) -> None:
        done = subprocess.run(words, env=of_client, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    serve = ([*prefect, "server", "start"], of_server, tmp_path / "server.log")
    with ExitStack() as worker:
        with running(*serve):
            until(is_healthy, "the server did not start")
            do(*prefect, "work-pool", "create", "here", "--type", "process")
            do(sys.executable, "-c", DEPLOY, str(tmp_path))
            work = [*prefect, "worker", "start", "--pool", "here", "--type", "process"]
            worker.enter_context(running(work, of_client, tmp_path / "worker.log"))
            do(*prefect, "deployment", "run", "long/once")
            until(lambda: state() == "Running", f"no run started: {(tmp_path / 'worker.log').read_text()[-3000:]}")
        with running(*serve):
            until(is_healthy, "the server did not start again")
            until(lambda: state() not in {"", "Running", "Pending"}, "the run did not end")
            assert state() == "Completed", (tmp_path / "worker.log").read_text()[-3000:]
