import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

from infra.local.processes import ProcessBook
from infra.local.server_program import ServerProgram

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


def test_what_was_started_is_stopped_and_forgotten(tmp_path: Path) -> None:
    book = ProcessBook(tmp_path)
    book.start(ServerProgram("sleeper", SLEEPER, os.environ, lambda: True, 1.0, tmp_path))
    (record,) = json.loads((tmp_path / "processes.json").read_text())
    assert psutil.pid_exists(record["pid"])
    book.stop()
    assert not psutil.pid_exists(record["pid"])
    assert not (tmp_path / "processes.json").exists()


def test_what_a_killed_command_left_behind_is_ended(tmp_path: Path) -> None:
    starter = f"""
import os, sys
from pathlib import Path
from infra.local import processes
from infra.local.server_program import ServerProgram
processes._end_with_parent = lambda: None
folder = Path({str(tmp_path)!r})
processes.ProcessBook(folder).start(ServerProgram("sleeper", {SLEEPER!r}, os.environ, lambda: True, 1.0, folder))
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
