"""Commands in a home of their own or on one long-running `tickerhouse up` that most tests share.

``run`` and ``start`` are the real command, a process each, for what is about the command itself; ``call`` is the same command line in one
process that all tests share, for what is about the outcome.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import httpx
import psutil
import pytest
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_fixed

from flows.command_line.database_template import make_migrated_template
from infra.local.file_lock import FileLock
from infra.local.stack_files import STACK_LOCK
from infra.local.stack_use import StackUse
from tests.end_to_end.command_process import CommandProcess

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ROOT / ".." / "shared" / "recorded"
COMMAND = Path(sys.executable).with_name("tickerhouse")

PAST = "2026-06-30T12:00:00Z"
"""A moment when no session is open, so that the stand-in's hundred bars a symbol are all final."""

_FOREIGN = ("ALPHAVANTAGE_", "AWS_", "PREFECT_", "TICKERHOUSE_")


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    exit_status: int
    out: str
    err: str
    seconds: float

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class Home:
    """A TICKERHOUSE_HOME and the console script that works in it, as a person would run it from the checkout.

    ``commands`` is the process that ``call`` uses; only the shared home has one.
    """

    commands: CommandProcess | None = None

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def environment(self, **settings: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        return kept | {"TICKERHOUSE_HOME": str(self.folder), "TICKERHOUSE_STAY_UP_MINUTES": "0", "PYTHONUNBUFFERED": "1"} | settings

    def start(self, *words: str, **settings: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [COMMAND, *words],
            cwd=ROOT,
            env=self.environment(**settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str, **settings: str) -> Ended:
        begun = time.monotonic()
        with self.start(*words, **settings) as process:
            try:
                out, err = process.communicate(timeout=240)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert "Traceback" not in out + err, out + err
        return Ended(process.returncode, out, err, time.monotonic() - begun)

    def call(self, *words: str, **settings: str) -> Ended:
        """What ``run`` gives, without a process of its own."""
        assert self.commands is not None
        begun = time.monotonic()
        exit_status, out, err = self.commands.run(words, self.environment(**settings))
        assert "Traceback" not in out + err, out + err
        return Ended(exit_status, out, err, time.monotonic() - begun)

    def last_run(self) -> dict[str, Any]:
        summary: dict[str, Any] = json.loads((self.folder / "last_run.json").read_text())
        return summary

    def bars(self, **settings: str) -> list[str]:
        """Every bar's symbol, session and values, as the warehouse has them; bookkeeping left out."""
        asked = self.call("sql", BARS, "--csv", **settings)
        assert asked.exit_status == 0, asked.err
        return asked.lines[1:]

    def stored_bars(self, database: str) -> list[str]:
        """The same from the database's file, which opens while no server runs."""
        with duckdb.connect(str(self.folder / "redshift" / f"{database}.duckdb"), read_only=True) as file:
            return [",".join(map(str, row)) for row in file.execute(BARS).fetchall()]

    def servers(self) -> list[psutil.Process]:
        """The processes of the stack, as its own record names them."""
        record = self.folder / "processes.json"
        pids = [each["pid"] for each in json.loads(record.read_text())] if record.exists() else []
        return [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]

    def port(self, server: str) -> int:
        return int(json.loads((self.folder / "ports.json").read_text())[server])

    def stand_in(self, path: str, asked: Mapping[str, object] | None = None) -> Any:
        """What the Alpha Vantage stand-in says of itself; a POST where something is asked."""
        return _exchange(f"http://127.0.0.1:{self.port('alpha_vantage')}{path}", asked)

    def prefect(self, path: str, asked: Mapping[str, object] | None = None) -> Any:
        """What the Prefect server's API answers; a POST where something is asked."""
        return _exchange(f"http://127.0.0.1:{self.port('prefect')}/api{path}", asked)


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, httpx.HTTPStatusError) and error.response.status_code == httpx.codes.SERVICE_UNAVAILABLE


# Prefect answers so while another request holds its database, and its own client tries again.
@retry(retry=retry_if_exception(_is_busy), wait=wait_fixed(1), stop=stop_after_attempt(10), reraise=True)
def _exchange(url: str, asked: Mapping[str, object] | None) -> Any:
    return (httpx.get(url, timeout=30) if asked is None else httpx.post(url, json=asked, timeout=30)).raise_for_status().json()


BARS = "select symbol, session_date, open, high, low, close, volume from market.fact_daily_price order by symbol, session_date"


def read_until(process: "subprocess.Popen[str]", beginning: str) -> list[str]:
    """Reads a command's output up to the first line that begins so."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if line.startswith(beginning):
            return lines
    _, err = process.communicate()
    pytest.fail(f"the command ended without a line that begins with {beginning!r}:\n" + "\n".join(lines) + err)


def kill(process: "subprocess.Popen[str]") -> None:
    """Ends a command as `kill -9` does, and leaves its servers to themselves."""
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)


@pytest.fixture(scope="session", autouse=True)
def database_template() -> None:
    """New databases begin with their tables, also where a migration or the server has changed since `make` last set up."""
    make_migrated_template()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home whose stack runs for the whole session; tests keep apart by environment or by replay folder."""
    home = Home(tmp_path_factory.mktemp("shared"))
    up = home.start("up")
    try:
        said = read_until(up, "Ctrl-C stops them.")
        servers = home.servers()
        assert len(servers) >= 3, said
        with CommandProcess(home.environment(), home.folder / "commands.log") as home.commands:
            yield home
        up.send_signal(signal.SIGINT)
        out, err = up.communicate(timeout=60)
    finally:
        if up.poll() is None:
            up.send_signal(signal.SIGTERM)
            up.communicate(timeout=60)
    assert up.returncode == 0, err
    assert out.splitlines()[-1] == "Stopped."
    assert not err
    assert not [process for process in servers if process.is_running()]
    assert not (home.folder / "processes.json").exists()
    logs = "\n".join(log.read_text(errors="replace") for log in (home.folder / "logs").iterdir())
    assert "leaked" not in logs
    assert "Task was destroyed" not in logs


@dataclass(frozen=True)
class CalmRun:
    """A run that nothing disturbed, and what it left in the warehouse."""

    ended: Ended
    summary: dict[str, Any]
    bars: list[str]


CALM = {"TICKERHOUSE_ENVIRONMENT": "calm"}


@pytest.fixture(scope="session")
def calm(shared: Home) -> CalmRun:
    ended = shared.call("run", "--as-of", PAST, **CALM)
    return CalmRun(ended, shared.last_run(), shared.bars(**CALM))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home that no other test uses."""
    own = Home(tmp_path / "home")
    yield own
    if own.folder.is_dir():
        StackUse(own.folder, print).stop()
        assert not FileLock(own.folder / STACK_LOCK).is_taken, "a supervisor outlives its test"
    for process in own.servers():
        if process.is_running():
            process.kill()
