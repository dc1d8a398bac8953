"""One process that imports once and runs each command in a fork of itself, which dies at a moment that is asked for.

Started as a program it reads requests from standard input and answers each on standard output, both as lines of JSON. A request has
``words`` and ``environment`` as in ``tests/end_to_end/command_process.py``, and perhaps ``dies_at``, the number of the moment, from 0, at
which the fork ends as with ``kill -9``, or ``killed_after``, the seconds after which it is killed so. The answer has ``exit_status``,
``out``, ``err`` and ``moments``, those that were reached: before and after each write to the lake, call to the API, and statement to the
warehouse.
"""

import importlib
import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any, Final

from tests.end_to_end.command_process import CommandProcess, answer_all, answer_request

KILLED: Final = -signal.SIGKILL
MAINTENANCE: Final = "maintenance"
_WRITES: Final = ("put", "put_if", "copy", "delete")


class MortalCommands(CommandProcess):
    """The program below, as a test uses it; a context manager.

    Args:
        environment: variables that lead to the stack on which commands run.
        log: where what is printed beside the commands' own output goes.
    """

    program = "tests.accidents.mortal_commands"


class _Moments:
    """Counts the moments of a command, and ends the process at one of them.

    Args:
        file: gets a line for each.
        dies_at: the number of the last; None for none.
    """

    def __init__(self, file: Path, dies_at: int | None) -> None:
        self._file, self._dies_at = file.open("w"), dies_at
        self._lock, self._number = threading.Lock(), 0

    def reach(self, name: str) -> None:
        # The lock is held while the process dies: no other thread gets past a moment meanwhile.
        with self._lock:
            self._file.write(name + "\n")
            self._file.flush()
            if self._number == self._dies_at:
                os.kill(os.getpid(), signal.SIGKILL)
                signal.pause()
            self._number += 1

    def around(self, owner: type, method: str, name: Callable[..., str]) -> None:
        """Makes two moments of each call of a method.

        Args:
            owner: its class.
            method: its name.
            name: what to call it, from its arguments.
        """
        real = getattr(owner, method)

        @wraps(real)
        def watched(*given: Any, **named: Any) -> Any:
            told = name(*given)
            self.reach(f"before {told}")
            result = real(*given, **named)
            self.reach(f"after {told}")
            return result

        setattr(owner, method, watched)


def main() -> None:
    """Answers until standard input ends."""
    answer_all(_in_a_fork)


def _in_a_fork(request: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        moments, answer = Path(folder) / "moments", Path(folder) / "answer"
        child = os.fork()
        if not child:
            try:
                _watch(_Moments(moments, request.get("dies_at")))
                answered = _run_maintenance(request) if request["words"][0] == MAINTENANCE else answer_request(request)
                answer.write_text(json.dumps({**answered, "modules": list(sys.modules)}))
            finally:
                # What is below belongs to the parent; without an answer it ends with this test's fault.
                os._exit(0)
        killer = threading.Timer(request.get("killed_after") or threading.TIMEOUT_MAX, os.kill, (child, signal.SIGKILL))
        killer.start()
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        killer.cancel()
        killer.join()
        told: dict[str, Any] = json.loads(answer.read_text()) if not ended else {"exit_status": ended, "out": "", "err": "", "modules": []}
        _import_too(told.pop("modules"))
        return {**told, "moments": moments.read_text().splitlines()}


def _run_maintenance(request: Mapping[str, Any]) -> dict[str, Any]:
    """Runs the flow that has no command of its own; its words are ``maintenance --replay FOLDER``."""
    from flows.command_line.environment import read_environment, ready  # noqa: PLC0415 - once Prefect's settings are set
    from flows.maintenance import maintenance  # noqa: PLC0415 - as above

    os.environ.clear()
    os.environ.update(request["environment"])
    with ready(read_environment(Path(request["words"][2])), for_run=True):
        state = maintenance(return_state=True)
    return {"exit_status": int(not state.is_completed()), "out": state.message, "err": ""}


def _import_too(modules: list[str]) -> None:
    """Imports what a fork had to import itself, so that the next need not."""
    for name in modules:
        if name not in sys.modules:
            with suppress(Exception):
                importlib.import_module(name)


def _watch(moments: _Moments) -> None:
    from redshift_connector import Connection, Cursor  # noqa: PLC0415 - once everything is imported

    from tasks.alpha_vantage.client import AlphaVantageClient  # noqa: PLC0415 - as above
    from tasks.lake.store import LakeStore  # noqa: PLC0415 - as above

    for method in _WRITES:
        moments.around(LakeStore, method, lambda _store, key, *_, method=method: f"{method} {key}")
    moments.around(AlphaVantageClient, "fetch", lambda _client, call, *_: f"call {call.function} {call.symbol}")
    moments.around(Cursor, "execute", lambda _cursor, sql, *_: f"statement {' '.join(sql.split())[:60]}")
    moments.around(Connection, "commit", lambda _connection: "commit")


if __name__ == "__main__":
    main()
