"""How a command comes to the servers and leaves them: the locks, and the supervisor that is found, started, replaced or ended."""

import hashlib
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final, NoReturn

import psutil

from infra.local import errors
from infra.local.errors import EmbeddedStackError, ServerNotStarted, StackBusy
from infra.local.file_lock import FileLock
from infra.local.processes import ProcessBook
from infra.local.server_program import needed_variables
from infra.local.stack_files import IN_USE_LOCK, STACK_LOCK, START_LOCK, write_stay_up
from infra.local.supervisor_state import SupervisorConfiguration, SupervisorState

SUPERVISOR: Final = "infra.local.supervisor"
_WORDS: Final = {"s3": "S3", "services": "Redshift, Alpha Vantage and Slack", "prefect": "Prefect"}
_TICK_SECONDS: Final = 0.05
_PROCESS_SECONDS: Final = 60.0
"""How long a process may take to begin, on a busy machine."""
_END_SECONDS: Final = 30.0
_SUPERVISOR_SECONDS: Final = 10.0
_SOON_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 5.0
_WATCH_SECONDS: Final = 0.5
_SURE: Final = 3
"""How often in a row others must be seen, because the supervisor holds the lock for moments too."""
_PROGRAMS: Final = ("tickerhouse", "prefect", "duckdb")


class StackUse:
    """One command's use of the servers.

    Args:
        folder: the stack's folder, which is there.
        report: is given a line for all that takes longer than a moment.

    Attributes:
        token: tells these servers from those of an earlier start; empty before ``begin``.
    """

    def __init__(self, folder: Path, report: Callable[[str], None]) -> None:
        self._folder = folder
        self._report = report
        self.token = ""
        self._in_use = FileLock(folder / IN_USE_LOCK)
        self._stack = FileLock(folder / STACK_LOCK)

    def begin(self, wanted_ports: Mapping[str, int], stay_up: float, *, with_prefect: bool) -> dict[str, int]:
        """Comes to the servers: finds the supervisor of this version and these settings, or starts one; waits for no server yet.

        Args:
            wanted_ports: ports the user set, by server name.
            stay_up: for how many seconds the servers stay up after the last command.
            with_prefect: whether Prefect is needed.

        Returns:
            The ports, by server name.

        Raises:
            StackBusy: other commands use servers of another version or with other settings.
            EmbeddedStackError: the supervisor could not begin.
        """
        identity = stack_identity(wanted_ports)
        needed = _needed(with_prefect=with_prefect)
        start = FileLock(self._folder / START_LOCK)
        self._wait_for(start.take, "another command starts or ends the servers; waiting for it", _PROCESS_SECONDS)
        try:
            state = self._found()
            if state is not None and not (state.identity == identity and set(needed) <= set(state.servers)):
                self._end_supervisor(state, "of another version or with other settings")
                state = None
            self._wait_for(lambda: self._in_use.take(shared=True), "the servers are ending; waiting for them", _END_SECONDS)
            # It may have ended by itself before this command held the lock.
            state = state and self._found()
            write_stay_up(self._folder, stay_up)
            if state is None:
                state = self._start(identity, wanted_ports, needed, stays_up=stay_up > 0)
            self.token = state.token
        finally:
            start.give_back()
        return dict(self._wait_state(lambda state: bool(state.ports)).ports)

    def is_waiting(self, *, with_prefect: bool) -> bool:
        """Whether a server that is needed does not answer yet."""
        return not set(_needed(with_prefect=with_prefect)) <= set(self._wait_state(lambda _: True).ready)

    def wait(self, *, with_prefect: bool) -> None:
        """Waits until the servers answer, and reports each that was waited for.

        Raises:
            ServerNotStarted: one did not start; other errors of the stack likewise.
        """
        begun = said = time.monotonic()
        missing = list(_needed(with_prefect=with_prefect))
        state = self._wait_state(lambda _: True)
        missing = [name for name in missing if name not in state.ready]
        while missing:
            for name in [name for name in missing if name in state.ready]:
                # Of servers that an earlier command started, only this command's own wait is told.
                self._report(f"{_WORDS[name]} ready after {min(state.ready[name], time.monotonic() - begun):.1f} s")
                missing.remove(name)
                said = time.monotonic()
            if missing and time.monotonic() - said > (_SOON_SECONDS if said == begun else _AGAIN_SECONDS):
                said = time.monotonic()
                self._report(f"waiting for {' and '.join(_WORDS[name] for name in missing)} ({said - begun:.0f} s)")
            time.sleep(_TICK_SECONDS)
            state = self._wait_state(lambda _: True)

    def watch(self) -> NoReturn:
        """Reports each server that ended by itself and is started again, for as long as they can be kept running.

        Raises:
            ServerNotStarted: the supervisor was killed, or cannot keep a server running; other errors of the stack likewise.
        """
        known: dict[str, int] = {}
        awaited: set[str] = set()
        while True:
            state = self._wait_state(lambda _: True)
            for name in [name for name, times in state.restarts.items() if times > known.get(name, 0)]:
                self._report(f"{_WORDS[name]} ended by itself; starting it again")
                awaited.add(name)
            known = dict(state.restarts)
            for name in sorted(awaited & set(state.ready)):
                self._report(f"{_WORDS[name]} ready again")
                awaited.remove(name)
            time.sleep(_WATCH_SECONDS)

    def end(self, stay_up: float) -> None:
        """Leaves the servers; where they are to end with this command, waits for that, unless another command uses them."""
        if not self._in_use.is_held:
            return
        write_stay_up(self._folder, stay_up)
        self._in_use.give_back()
        if stay_up > 0:
            return
        deadline, others = time.monotonic() + _END_SECONDS, 0
        while self._stack.is_taken and others < _SURE and time.monotonic() < deadline:
            state = SupervisorState.read(self._folder)
            if state is not None and state.token != self.token:
                return
            others = others + 1 if self._is_used_by_others() else 0
            time.sleep(_TICK_SECONDS)

    def stop(self) -> bool:
        """Ends the servers, whatever was wished, and what a killed supervisor may have left.

        Returns:
            Whether any ran.

        Raises:
            StackBusy: a command uses them.
        """
        start = FileLock(self._folder / START_LOCK)
        self._wait_for(start.take, "another command starts or ends the servers; waiting for it", _PROCESS_SECONDS)
        try:
            state = self._found()
            if state is None:
                return bool(ProcessBook(self._folder).end_leftovers())
            self._end_supervisor(state, "")
        finally:
            start.give_back()
        return True

    def _found(self) -> SupervisorState | None:
        """What runs; None where nothing does."""
        deadline = time.monotonic() + _SUPERVISOR_SECONDS
        while self._stack.is_taken:
            # For a moment after its start, the state is that of the supervisor before.
            state = SupervisorState.read(self._folder)
            if state is not None and _is_supervisor(state.pid):
                return state
            if time.monotonic() > deadline:
                raise StackBusy(
                    f"Another program holds {self._folder / STACK_LOCK}.", "End it; it may be a `tickerhouse up` of an older version."
                )
            time.sleep(_TICK_SECONDS)
        return None

    def _start(self, identity: str, wanted_ports: Mapping[str, int], awaited: tuple[str, ...], *, stays_up: bool) -> SupervisorState:
        self._report(f"starting {', '.join(_WORDS[name] for name in awaited)}")
        more = tuple(name for name in _WORDS if stays_up and name not in awaited)
        self.token = secrets.token_hex(8)
        configuration = SupervisorConfiguration(str(self._folder), dict(wanted_ports), (*awaited, *more), awaited, identity, self.token)
        log = self._folder / "logs" / "supervisor.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("wb") as words:
            started = subprocess.run(
                [sys.executable, "-m", SUPERVISOR],
                cwd=self._folder,
                env=needed_variables(os.environ, outward=True),
                input=configuration.to_line(),
                stdout=words,
                stderr=words,
                start_new_session=True,
                timeout=_PROCESS_SECONDS,
                check=False,
            )
        deadline = time.monotonic() + _PROCESS_SECONDS
        while started.returncode == 0 and time.monotonic() < deadline:
            state = SupervisorState.read(self._folder)
            if state is not None and state.token == self.token:
                return state
            time.sleep(_TICK_SECONDS)
        last = log.read_text(errors="replace").strip().splitlines()[-1:]
        raise ServerNotStarted(f"The supervisor of the servers did not begin: {' '.join(last) or 'it printed nothing.'}", f"See {log}.")

    def _end_supervisor(self, state: SupervisorState, which: str) -> None:
        deadline = time.monotonic() + _SOON_SECONDS
        # The supervisor holds the lock itself for moments, while it looks whether anybody else does.
        while not self._in_use.take():
            if time.monotonic() > deadline and self._is_used_by_others():
                raise StackBusy(
                    f"Another command is using this checkout's embedded stack{f', {which}' if which else ''}.",
                    "Wait until it ends, or end it; `tickerhouse up` and `tickerhouse worker` use it until Ctrl-C.",
                )
            time.sleep(_TICK_SECONDS)
        try:
            process = psutil.Process(state.pid)
            process.terminate()
            self._wait_for(lambda: not self._stack.is_taken, "the servers are ending; waiting for them", _END_SECONDS, process.kill)
        except psutil.NoSuchProcess:
            pass
        finally:
            self._in_use.give_back()

    def _is_used_by_others(self) -> bool:
        """Whether a command besides this one holds the servers; a supervisor that ends them holds the lock alone."""
        if not self._in_use.take(shared=True):
            return False
        is_alone = self._in_use.take()
        self._in_use.give_back()
        return not is_alone

    def _wait_state(self, is_reached: Callable[[SupervisorState], bool]) -> SupervisorState:
        while True:
            state = SupervisorState.read(self._folder)
            is_ours = state is not None and state.token == self.token
            if state is not None and is_ours and state.failure is not None:
                self._wait_for(lambda: not self._stack.is_taken, "the other servers are ending", _END_SECONDS)
                raise _error(state.failure.error)(state.failure.fact, state.failure.way_out)
            if not self._stack.is_taken:
                raise ServerNotStarted("The supervisor of the servers was killed.", "Run the command again.")
            if state is not None and is_ours and is_reached(state):
                return state
            time.sleep(_TICK_SECONDS)

    def _wait_for(self, is_done: Callable[[], bool], words: str, seconds: float, then: Callable[[], None] | None = None) -> None:
        """Waits, with a line where that takes longer than a moment; does something where it takes too long, or gives up."""
        begun, is_reported = time.monotonic(), False
        while not is_done():
            waited = time.monotonic() - begun
            if waited > _SOON_SECONDS and not is_reported:
                is_reported = True
                self._report(words)
            if waited > seconds:
                if then is None:
                    raise StackBusy(f"Waited {seconds:.0f} s: {words}.", "Try again, or see the logs in the stack's folder.")
                then()
                then = None
                seconds += _END_SECONDS
            time.sleep(_TICK_SECONDS)


def stack_identity(wanted_ports: Mapping[str, int]) -> str:
    """What the servers are made of, as a hash: the code, the versions of what they run, the ports, the way to addresses outside."""
    here = Path(__file__).parent
    code = sorted((str(file.relative_to(here)), file.stat().st_mtime_ns, file.stat().st_size) for file in here.rglob("*.py"))
    inward = needed_variables(os.environ)
    outward = {name: value for name, value in needed_variables(os.environ, outward=True).items() if name not in inward}
    made_of = [sys.executable, code, [version(name) for name in _PROGRAMS], sorted(wanted_ports.items()), sorted(outward.items())]
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()


def _needed(*, with_prefect: bool) -> tuple[str, ...]:
    return (*(("prefect",) if with_prefect else ()), "s3", "services")


def _is_supervisor(pid: int) -> bool:
    try:
        return SUPERVISOR in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False


def _error(name: str) -> type[EmbeddedStackError]:
    found: type[EmbeddedStackError] = getattr(errors, name)
    return found
