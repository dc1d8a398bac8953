"""The stack's processes: started, recorded, stopped; and what a killed command left behind, recognised and ended.

A process is known by pid, start time and command together, because a pid alone is soon another program's.
"""

import json
import logging
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from infra.local.errors import ServerNotStarted
from infra.local.whole_file import write_whole

logger = logging.getLogger("tickerhouse.embedded")

_PATIENCE_SECONDS = 10.0


class ProcessBook:
    """Starts processes and keeps a record of them in a file, so that a later command can end what this one could not.

    Args:
        folder: holds ``processes.json`` and one ``logs/<name>.log`` a process.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "processes.json"
        self._logs = folder / "logs"
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._commands: dict[str, list[str]] = {}

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str], *, stdin: bytes | None = None) -> None:
        """Starts a process in a session of its own, so that Ctrl-C reaches the command that stops it and not the process itself.

        Args:
            name: a word for the record and the log file.
            command: program and arguments.
            environment: the whole environment of the process.
            stdin: written to the process's standard input, which then stays open until this command ends.
        """
        self._logs.mkdir(parents=True, exist_ok=True)
        with self.log(name).open("wb") as log:
            process = subprocess.Popen(
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running[name] = process
        self._commands[name] = list(command)
        self._write()
        if stdin is not None and process.stdin is not None:
            process.stdin.write(stdin)
            process.stdin.flush()

    def log(self, name: str) -> Path:
        """The file that holds what the process printed."""
        return self._logs / f"{name}.log"

    def wait_until(self, name: str, is_ready: Callable[[], bool], seconds: float) -> None:
        """Waits for a started process to be of use.

        Raises:
            ServerNotStarted: it ended, or was not ready in time.
        """
        deadline = time.monotonic() + seconds
        process = self._running[name]
        while not is_ready():
            if process.poll() is not None:
                raise ServerNotStarted(f"The embedded {name} server ended at once: {self._last_words(name)}", f"See {self.log(name)}.")
            if time.monotonic() > deadline:
                raise ServerNotStarted(f"The embedded {name} server did not answer in {seconds:.0f} s.", f"See {self.log(name)}.")
            time.sleep(0.05)
        # Again, now that the server has started processes of its own.
        self._write()

    def stop(self) -> None:
        """Ends what this book started, newest first, politely and then for good; forgets it."""
        for name, process in reversed(self._running.items()):
            if process.stdin is not None:
                process.stdin.close()
            _end(_family(process.pid), name)
            process.wait()
        self._running.clear()
        self._file.unlink(missing_ok=True)

    def end_leftovers(self) -> list[str]:
        """Ends what an earlier command started and could not stop; gives the names of what was ended."""
        ended: list[str] = []
        if not self._file.exists():
            return ended
        for record in json.loads(self._file.read_text()):
            if _is_same(record):
                _end(_family(int(record["pid"])), str(record["name"]))
                ended.append(str(record["name"]))
        self._file.unlink(missing_ok=True)
        return ended

    def _write(self) -> None:
        known = (_record(name, member, self._commands[name]) for name, process in self._running.items() for member in _family(process.pid))
        write_whole(self._file, json.dumps([record for record in known if record], indent=2) + "\n")

    def _last_words(self, name: str) -> str:
        lines = self.log(name).read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it printed nothing."


def _record(name: str, member: psutil.Process, started_as: list[str]) -> dict[str, object]:
    try:
        # For a moment after its start a process has no command line yet, and one recorded without would not be known again.
        return {"name": name, "pid": member.pid, "started": member.create_time(), "command": member.cmdline() or started_as}
    except psutil.NoSuchProcess:
        return {}


def _is_same(record: Mapping[str, object]) -> bool:
    try:
        process = psutil.Process(int(str(record["pid"])))
        is_as_old = abs(process.create_time() - float(str(record["started"]))) < 1.0
        return is_as_old and process.cmdline() == record["command"]
    except psutil.Error:
        return False


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [*process.children(recursive=True), process]
    except psutil.NoSuchProcess:
        return []


def _end(processes: list[psutil.Process], name: str) -> None:
    for process in processes:
        _ignore_gone(process.terminate)
    _, alive = psutil.wait_procs(processes, timeout=_PATIENCE_SECONDS)
    for process in alive:
        logger.warning("%s (pid %s) did not end when asked and was killed", name, process.pid)
        _ignore_gone(process.kill)
    psutil.wait_procs(alive, timeout=_PATIENCE_SECONDS)


def _ignore_gone(act: Callable[[], None]) -> None:
    try:
        act()
    except psutil.NoSuchProcess:
        return
