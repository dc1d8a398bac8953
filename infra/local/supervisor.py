"""The process that keeps the embedded stack's servers running, and ends with them once no command has used them for a while.

``python -m infra.local.supervisor`` reads a ``SupervisorConfiguration`` as one line of JSON from standard input, and leaves the command
that started it. Commands find it by the lock it holds and by the state it writes; each holds ``in_use.lock`` shared for as long as it
runs, so that the kernel itself tells when the last of them has ended.
"""

import logging
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Final, NoReturn

from infra.local.errors import EmbeddedStackError, ServerNotStarted
from infra.local.file_lock import FileLock
from infra.local.ports import choose_ports
from infra.local.processes import ProcessBook
from infra.local.server_program import ServerProgram
from infra.local.server_programs import SERVERS, server_program
from infra.local.stack_files import IN_USE_LOCK, STACK_LOCK, read_stay_up
from infra.local.supervisor_state import STATE_FILE, Failure, SupervisorConfiguration, SupervisorState

logger = logging.getLogger("tickerhouse.embedded")

_TICK_SECONDS: Final = 0.1
_LOCK_SECONDS: Final = 30.0
_MOST_RESTARTS: Final = 3


class Ended(BaseException):
    """The process was asked to end."""


class Supervisor:
    """Starts servers, starts a lost one again, and writes down which of them answer.

    Args:
        configuration: what to start.
    """

    def __init__(self, configuration: SupervisorConfiguration) -> None:
        self._folder = Path(configuration.folder)
        self._configuration = configuration
        self._in_use = FileLock(self._folder / IN_USE_LOCK)
        self._book = ProcessBook(self._folder)
        self._state = SupervisorState(configuration.token, configuration.identity, os.getpid(), configuration.servers)
        self._programs: dict[str, ServerProgram] = {}
        self._begun: dict[str, float] = {}
        self._restarts: dict[str, int] = {}

    def serve(self) -> None:
        """Keeps the servers running until no command has used them for as long as the last one wished, then stops them.

        Raises:
            EmbeddedStackError: a server could not be started, or not be kept running; commands find it in the state.
        """
        self._state.write(self._folder)
        try:
            for name in self._book.end_leftovers():
                logger.info("ended the %s server that a killed supervisor had left behind", name)
            self._state = replace(self._state, ports=choose_ports(self._folder, SERVERS, self._configuration.wanted_ports))
            self._keep_running()
        except EmbeddedStackError as error:
            self._state = replace(self._state, failure=Failure(type(error).__name__, error.fact, error.way_out), ready={})
            self._state.write(self._folder)
            raise
        finally:
            self._book.stop()
            if self._state.failure is None:
                (self._folder / STATE_FILE).unlink(missing_ok=True)

    def _keep_running(self) -> None:
        # The command that starts a supervisor uses the servers by then.
        last_used = time.monotonic()
        while True:
            self._start_next()
            for name in list(self._programs):
                self._look_at(name)
            now = time.monotonic()
            if not self._in_use.take():
                last_used = now
            elif now - last_used >= read_stay_up(self._folder):
                # The lock is kept: a command that comes now waits, and then starts servers of its own.
                logger.info("no command has used the servers for %.0f s", now - last_used)
                return
            else:
                self._in_use.give_back()
            time.sleep(_TICK_SECONDS)

    def _start_next(self) -> None:
        """Starts the next server. The first ones start at once, and one that no command waits for when the others are ready."""
        waiting = [name for name in self._configuration.servers if name not in self._programs]
        for name in waiting:
            if name in self._configuration.awaited or len(self._state.ready) == len(self._programs):
                self._start(name)

    def _start(self, name: str) -> None:
        program = server_program(name, self._folder, self._state.ports)
        self._programs[name] = program
        self._begun[name] = time.monotonic()
        self._book.start(program)
        self._state.write(self._folder)

    def _look_at(self, name: str) -> None:
        program, seconds = self._programs[name], time.monotonic() - self._begun[name]
        if self._book.has_ended(name):
            words = self._book.last_words(name)
            if name not in self._state.ready:
                raise ServerNotStarted(f"The embedded {name} server ended at once: {words}", f"See {self._book.log(name)}.")
            self._restarts[name] = self._restarts.get(name, 0) + 1
            if self._restarts[name] > _MOST_RESTARTS:
                raise ServerNotStarted(f"The embedded {name} server ends again and again: {words}", f"See {self._book.log(name)}.")
            logger.warning("the %s server ended (%s); starting it again", name, words)
            ready = {other: took for other, took in self._state.ready.items() if other != name}
            self._state = replace(self._state, ready=ready, restarts=dict(self._restarts))
            self._start(name)
        elif name not in self._state.ready:
            if program.is_ready():
                self._state = replace(self._state, ready={**self._state.ready, name: seconds})
                self._state.write(self._folder)
                # Again, now that the server has started processes of its own.
                self._book.write()
            elif seconds > program.patience:
                raise ServerNotStarted(
                    f"The embedded {name} server did not answer in {program.patience:.0f} s.",
                    f"See {self._book.log(name)}; then try again, on a machine that is less busy.",
                )


def main() -> None:
    """Leaves the command that started it, takes the stack's lock, and serves."""
    configuration = SupervisorConfiguration.from_line(sys.stdin.readline())
    # In two steps, so that the command need not wait for its child: the first process ends at once.
    if os.fork():
        os._exit(0)
    with open(os.devnull) as nothing:  # noqa: PTH123 - a device, wanted as a number
        os.dup2(nothing.fileno(), 0)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _end)
    lock = FileLock(Path(configuration.folder) / STACK_LOCK)
    deadline = time.monotonic() + _LOCK_SECONDS
    while not lock.take():
        if time.monotonic() > deadline:
            logger.error("another supervisor holds %s", STACK_LOCK)
            sys.exit(1)
        time.sleep(_TICK_SECONDS)
    try:
        Supervisor(configuration).serve()
    except Ended:
        logger.info("ended as asked")
    except EmbeddedStackError as error:
        logger.error("%s", error)  # noqa: TRY400 - its text is for people, and is all there is
    # At once, so that locks and process end together.
    os._exit(0)


def _end(*_: object) -> NoReturn:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise Ended


if __name__ == "__main__":
    main()
