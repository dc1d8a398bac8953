import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from infra.local.errors import ServerNotStarted
from infra.local.processes import ProcessBook

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


def test_what_was_started_is_stopped_and_forgotten(tmp_path: Path) -> None:
    book = ProcessBook(tmp_path)
    book.start("sleeper", SLEEPER, os.environ)
    (record,) = json.loads((tmp_path / "processes.json").read_text())
    assert psutil.pid_exists(record["pid"])
    book.stop()
    assert not psutil.pid_exists(record["pid"])
    assert not (tmp_path / "processes.json").exists()


def test_what_a_killed_command_left_behind_is_ended(tmp_path: Path) -> None:
    starter = f"""
import os, sys
from pathlib import Path
from infra.local.processes import ProcessBook
ProcessBook(Path({str(tmp_path)!r})).start("sleeper", {SLEEPER!r}, os.environ)
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", starter], check=False)
    (record,) = json.loads((tmp_path / "processes.json").read_text())
    assert psutil.pid_exists(record["pid"])
    assert ProcessBook(tmp_path).end_leftovers() == ["sleeper"]
    assert not psutil.pid_exists(record["pid"])


def test_a_pid_that_is_another_programs_by_now_is_left_alone(tmp_path: Path) -> None:
    other = subprocess.Popen(SLEEPER)
    try:
        record = {"name": "sleeper", "pid": other.pid, "started": time.time() - 3600, "command": SLEEPER}
        (tmp_path / "processes.json").write_text(json.dumps([record]))
        assert ProcessBook(tmp_path).end_leftovers() == []
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_server_that_ends_at_once_is_reported_with_its_last_words(tmp_path: Path) -> None:
    book = ProcessBook(tmp_path)
    book.start("s3", [sys.executable, "-c", "raise SystemExit('no such folder')"], os.environ)
    with pytest.raises(ServerNotStarted, match="The embedded s3 server ended at once: no such folder"):
        book.wait_until("s3", lambda: False, 30)
    book.stop()


def test_a_server_that_stays_silent_is_reported_with_its_log(tmp_path: Path) -> None:
    book = ProcessBook(tmp_path)
    book.start("s3", SLEEPER, os.environ)
    with pytest.raises(ServerNotStarted, match=r"did not answer in 0 s\. See .*s3\.log"):
        book.wait_until("s3", lambda: False, 0.1)
    book.stop()
