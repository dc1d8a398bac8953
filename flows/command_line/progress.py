"""What a command shows while it works: a line for each result, and what it is doing where that takes longer than a second.

`make` runs this file by its path, before any package is installed, so it needs the standard library only:
``python -P flows/command_line/progress.py WORDS COMMAND``.
"""

import logging
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Self, TextIO

_LOOK_SECONDS: Final = 0.2
_SOON_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 5.0
_WAITING: Final = re.compile(r"(waiting for .*) \((\d+) s\)")
_UNDER_WAY: Final = ("starting ", "making ")
_ERASE: Final = "\r\x1b[K"


class Progress:
    """The lines of one command. Safe to share between threads; a context manager, at whose end nothing is under way any more.

    On a terminal the last line is live: it names what is under way and counts its seconds. Elsewhere such a line is printed after a
    second, and then every five.

    Args:
        out: where the lines go; standard output as it is by then, where None.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self.out = out if out is not None else sys.stdout
        self._is_live = self.out.isatty()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._title, self._text = "", ""
        self._since = self._shown = time.monotonic()
        self._is_drawn = False
        self._thread = threading.Thread(target=self._watch, name="progress", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()
        with self._lock:
            self._erase()

    def doing(self, title: str, text: str, seconds: float = 0.0) -> None:
        """Says what is under way from now on, and for how many seconds it has been."""
        with self._lock:
            self._title, self._text = title, text
            self._since = self._shown = time.monotonic() - seconds

    def stack_line(self, text: str) -> None:
        """Shows what the embedded stack reports: what it waits for as under way, everything else as a line."""
        if waiting := _WAITING.fullmatch(text):
            if waiting[1] != self._text:
                self.doing("stack", waiting[1], float(waiting[2]))
            return
        self.line("stack", text)
        self.doing("stack", text if text.startswith(_UNDER_WAY) else "waiting for the servers")

    def line(self, title: str, text: str) -> None:
        """Prints a result; what is under way goes on."""
        with self._lock:
            self._erase()
            self._print(title, text)
            self._shown = time.monotonic()

    def _watch(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            with self._lock:
                now = time.monotonic()
                seconds = now - self._since
                if not self._title or now - self._shown < _SOON_SECONDS:
                    continue
                text = f"{self._text} ({seconds:.0f} s)"
                if self._is_live:
                    self.out.write(f"{_ERASE}  {self._title:<11} {text}")
                    self.out.flush()
                    self._is_drawn = True
                elif self._shown == self._since or now - self._shown >= _AGAIN_SECONDS:
                    self._print(self._title, text)
                    self._shown = now

    def _print(self, title: str, text: str) -> None:
        self.out.write(f"  {title:<11} {text}\n")
        self.out.flush()

    def _erase(self) -> None:
        if self._is_drawn:
            self.out.write(_ERASE)
            self._is_drawn = False


_waiting: Final[list[Progress]] = []


@contextmanager
def waiting(title: str, text: str) -> Iterator[None]:
    """Shows on a terminal that a command works which prints only at its end, and for how long; elsewhere nothing.

    Args:
        title: the command.
        text: what it does, as ``reading the lake``.
    """
    if not sys.stderr.isatty():
        yield
        return
    with Progress(sys.stderr) as progress:
        progress.doing(title, text)
        _waiting.append(progress)
        try:
            yield
        finally:
            _waiting.remove(progress)


def print_beside(title: str, text: str) -> None:
    """Prints a line on standard error, beside what a command prints for others to read; it takes the place of a live one."""
    progress = _waiting[-1] if _waiting else Progress(sys.stderr)
    progress.line(title, text)


class StepLines(logging.Handler):
    """Shows what steps log: a line a message, without its traceback, which is for the run's log."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self.stream = progress.out
        self._progress = progress

    def emit(self, record: logging.LogRecord) -> None:
        """Prints a message under its step's name."""
        self._progress.line(record.name.rpartition(".")[2], record.getMessage())


class StepBegins(logging.Handler):
    """Shows which step is under way."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress

    def emit(self, record: logging.LogRecord) -> None:
        """Names the step that begins."""
        self._progress.doing(record.getMessage(), "running")


def run_shown(words: str, command: Sequence[str], out: TextIO | None = None) -> int:
    """Runs a part of the set-up, shows for how long it goes on, and passes on what it prints.

    Args:
        words: what is done, as ``installing 7 packages``.
        command: a program and its arguments.
        out: where the lines go; standard output if None.

    Returns:
        The command's exit status.

    Raises:
        OSError: the program cannot be started.
    """
    begun = time.monotonic()
    with Progress(out) as progress:
        progress.doing("setup", words)
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as process:
            for line in process.stdout or ():
                progress.line("setup", line.rstrip())
        if process.returncode == 0:
            progress.line("setup", f"{words}: {time.monotonic() - begun:.0f} s")
    return process.returncode


if __name__ == "__main__":
    sys.exit(run_shown(sys.argv[1], sys.argv[2:]))
