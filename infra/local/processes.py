"""The stack's processes: started, recorded, stopped; and what a killed command left behind, recognised and ended.

A process is known by pid, start time and command together, because a pid alone is soon another program's.
"""

import ctypes
import json
import logging
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import psutil

from infra.local.server_program import ServerProgram
from infra.local.whole_file import write_whole

logger = logging.getLogger("tickerhouse.embedded")

_PATIENCE_SECONDS = 10.0
_SIGNAL_AT_PARENTS_END: Final = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


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

    def start(self, program: ServerProgram) -> None:
        """Starts a program in a session of its own, so that Ctrl-C reaches the command that stops it and not the program itself.

        What it reads first is written to its standard input, which then stays open until this process ends.
        """
        self._logs.mkdir(parents=True, exist_ok=True)
        with self.log(program.name).open("ab" if program.name in self._running else "wb") as log:
            process = subprocess.Popen(
                program.command,
                cwd=program.folder,
                env=dict(program.environment),
                stdin=subprocess.DEVNULL if program.stdin is None else subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - this process has one thread
            )
        self._running[program.name] = process
        self._commands[program.name] = list(program.command)
        self.write()
        if program.stdin is not None and process.stdin is not None:
            process.stdin.write(program.stdin)
            process.stdin.flush()

    def has_ended(self, name: str) -> bool:
        """Whether a program that was started has ended by itself."""
        return self._running[name].poll() is not None

    def log(self, name: str) -> Path:
        """The file that holds what the process printed."""
        return self._logs / f"{name}.log"

    def stop(self) -> None:
        """Ends what this book started, politely and then for good; forgets it."""
        families = {name: _family(process.pid) for name, process in self._running.items()}
        for process in self._running.values():
            if process.stdin is not None:
                process.stdin.close()
        _end(families)
        for process in self._running.values():
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
                _end({str(record["name"]): _family(int(record["pid"]))})
                ended.append(str(record["name"]))
        self._file.unlink(missing_ok=True)
        return ended

    def write(self) -> None:
        """Records every process of the programs that run."""
        known = (_record(name, member, self._commands[name]) for name, process in self._running.items() for member in _family(process.pid))
        write_whole(self._file, json.dumps([record for record in known if record], indent=2) + "\n")

    def last_words(self, name: str) -> str:
        """The last line that a program printed."""
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


def _end(families: Mapping[str, list[psutil.Process]]) -> None:
    name_of = {process: name for name, family in families.items() for process in family}
    for process in name_of:
        _ignore_gone(process.terminate)
    _, alive = psutil.wait_procs(list(name_of), timeout=_PATIENCE_SECONDS)
    for process in alive:
        logger.warning("%s (pid %s) did not end when asked and was killed", name_of[process], process.pid)
        _ignore_gone(process.kill)
    psutil.wait_procs(alive, timeout=_PATIENCE_SECONDS)


def _ignore_gone(act: Callable[[], None]) -> None:
    try:
        act()
    except psutil.NoSuchProcess:
        return


_LIBC: Final = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _end_with_parent() -> None:
    # Where the supervisor itself is killed, no server outlives it; elsewhere the next command ends what is left.
    if _LIBC is not None:
        _LIBC.prctl(_SIGNAL_AT_PARENTS_END, signal.SIGKILL)
