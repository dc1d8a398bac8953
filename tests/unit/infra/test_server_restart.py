"""A Prefect server that is started again under a run lets it go on: who holds a slot is on disk, not in the server's memory."""

import os
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

PATIENCE_SECONDS = 400.0

# A run renews its slot when it starts and then every 225 s, which Prefect's flow engine has as a constant (300 s, three quarters of it).
RENEWED_AFTER_SECONDS = 225.0

# It works until it is told that it may end, however long a server takes to start.
FLOW = """
import time
from pathlib import Path
from prefect import flow

@flow
def long():
    while not Path("{folder}", "may-end").exists():
        time.sleep(0.5)
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
            family = psutil.Process(process.pid).children(recursive=True)
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(30)
            # What is left of it, and what it started.
            process.kill()
            for member in family:
                with suppress(psutil.NoSuchProcess):
                    member.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def is_healthy(api: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"{api}/health", timeout=2).status_code == httpx.codes.OK
    return False


def test_the_embedded_server_keeps_its_leases_on_disk(tmp_path: Path) -> None:
    environment = server_environment(tmp_path, "127.0.0.1", 4200, {"PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "elsewhere", "PATH": "/bin"})
    assert environment["PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE"] == LEASES_ON_DISK
    assert environment["PATH"] == "/bin"


@pytest.mark.worker
@pytest.mark.server
@pytest.mark.parametrize(("storage", "answer"), [(LEASES_ON_DISK, 204), ("prefect.server.concurrency.lease_storage.memory", 410)])
def test_a_slot_outlives_a_restart_on_disk_and_is_gone_from_memory(tmp_path: Path, storage: str, answer: int) -> None:
    """What ends a run is this answer to the renewal of its slot: 410 Gone."""
    port = free_port()
    api = f"http://127.0.0.1:{port}/api"
    environment = server_environment(tmp_path, "127.0.0.1", port, os.environ) | {"PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": storage}
    serve = ([sys.executable, "-m", "infra.prefect_start"], environment, tmp_path / "server.log")
    with running(*serve):
        until(lambda: is_healthy(api), "the server did not start")
        httpx.post(f"{api}/v2/concurrency_limits/", json={"name": "one", "limit": 1}).raise_for_status()
        asked = {"names": ["one"], "slots": 1, "mode": "concurrency", "lease_duration": 300}
        taken = httpx.post(f"{api}/v2/concurrency_limits/increment-with-lease", json=asked)
        lease = taken.raise_for_status().json()["lease_id"]
    with running(*serve):
        until(lambda: is_healthy(api), "the server did not start again")
        renewed = httpx.post(f"{api}/v2/concurrency_limits/leases/{lease}/renew", json={"lease_duration": 300})
        assert renewed.status_code == answer, renewed.text


@pytest.mark.worker
@pytest.mark.server
def test_a_run_outlives_a_restart_of_its_server(tmp_path: Path) -> None:
    port = free_port()
    home = tmp_path / "server"
    home.mkdir()
    (tmp_path / "long.py").write_text(FLOW.format(folder=tmp_path))
    of_server = server_environment(home, "127.0.0.1", port, os.environ)
    api = f"http://127.0.0.1:{port}/api"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    of_client = kept | {"PREFECT_HOME": str(tmp_path / "client"), "PREFECT_API_URL": api, "DO_NOT_TRACK": "1"}
    prefect = [sys.executable, "-m", "prefect"]

    def state() -> str:
        with suppress(httpx.HTTPError):
            (run,) = httpx.post(f"{api}/flow_runs/filter", json={}, timeout=5).json()
            return str(run["state"]["name"])
        return ""

    def do(*words: str) -> None:
        done = subprocess.run(words, env=of_client, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    serve = ([sys.executable, "-m", "infra.prefect_start"], of_server, tmp_path / "server.log")
    with ExitStack() as worker:
        with running(*serve):
            until(lambda: is_healthy(api), "the server did not start")
            do(*prefect, "work-pool", "create", "here", "--type", "process")
            do(sys.executable, "-c", DEPLOY, str(tmp_path))
            work = [*prefect, "worker", "start", "--pool", "here", "--type", "process"]
            worker.enter_context(running(work, of_client, tmp_path / "worker.log"))
            do(*prefect, "deployment", "run", "long/once")
            until(lambda: state() == "Running", f"no run started: {(tmp_path / 'worker.log').read_text()[-3000:]}")
            begun = time.monotonic()
        with running(*serve):
            until(lambda: is_healthy(api), "the server did not start again")
            # The renewal on the new server is where a server without leases ends the run.
            until(lambda: state() not in {"", "Running"} or time.monotonic() - begun > RENEWED_AFTER_SECONDS + 30, "time stands still")
            assert state() == "Running", (tmp_path / "worker.log").read_text()[-3000:]
            (tmp_path / "may-end").touch()
            until(lambda: state() not in {"", "Running"}, "the run did not end")
            assert state() == "Completed", (tmp_path / "worker.log").read_text()[-3000:]
