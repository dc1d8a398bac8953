"""`tickerhouse worker` leaves no worker behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

PROGRAM = """
import sys
from contextlib import contextmanager
from flows.command_line import worker
from flows.command_line.environment import CommandEnvironment
from tasks.orchestration.settings import Settings
@contextmanager
def ready(context, **_):
    yield context
worker.ready = ready
worker.read_environment = lambda _: CommandEnvironment(Settings(source="synthetic"))
worker.prefect_name = lambda _: "nobody"
sys.executable = {program!r}
sys.exit(worker.work())
"""

SERVING = "#!/bin/sh\ntrap 'exit 7' TERM\nsleep 0.2\necho serving\nwhile :; do sleep 0.02; done\n"


def test_what_ends_the_command_ends_its_worker(tmp_path: Path) -> None:
    program = tmp_path / "serving"
    program.write_text(SERVING)
    program.chmod(0o755)
    environment = {**os.environ, "TICKERHOUSE_HOME": str(tmp_path)}
    script = PROGRAM.format(program=str(program))
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as command:
        assert command.stdout is not None
        assert "serving\n" in iter(command.stdout.readline, "")
        command.send_signal(signal.SIGTERM)
        assert command.wait(timeout=20) == 7
