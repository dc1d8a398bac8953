"""One process that runs many commands, one after the other, on the embedded stack: a process for each would import for longer than it runs.

Started as a program it reads requests from standard input and answers each on standard output, both as lines of JSON. A request has
``words``, what follows ``tickerhouse`` on the command line, and ``environment``, all its variables; the answer has ``exit_status``, ``out``
and ``err``. Prefect reads its settings while it is imported, so that all runs must be on the stack of the first request, the program's own
environment; and what a request changes in Prefect's settings has no effect.
"""

import gc
import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

ROOT: Final = Path(__file__).resolve().parents[2]
LEAKS: Final = ("leaked", "Task was destroyed", "was never awaited")


class CommandProcess:
    """The program below, as a test uses it; a context manager.

    Args:
        environment: variables that lead to the stack on which commands run.
        log: where what is printed beside the commands' own output goes.
    """

    program = "tests.end_to_end.command_process"

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._environment = dict(environment)
        self._log = log

    def __enter__(self) -> Self:
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self.program],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self._process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise
        beside = self._log.read_text()
        assert self._process.returncode == 0, beside
        assert not [word for word in LEAKS if word in beside], beside

    def run(self, words: tuple[str, ...], environment: Mapping[str, str]) -> tuple[int, str, str]:
        """Runs a command, and gives its exit status and what it printed to standard output and to standard error."""
        answer = self.ask({"words": words, "environment": dict(environment)})
        return answer["exit_status"], answer["out"], answer["err"]

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Sends a request to the program, and gives its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, self._log.read_text()
        answer: dict[str, Any] = json.loads(line)
        return answer


def main() -> None:
    """Answers until standard input ends."""
    answer_all(answer_request)


def answer_all(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Answers each request of standard input, once everything is imported."""
    # What a library prints goes beside the answers.
    answers: IO[str] = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    # As the program itself does.
    gc.set_threshold(50_000, 20, 100)
    import_everything()
    for line in sys.stdin:
        answers.write(json.dumps(answer(json.loads(line))) + "\n")
        answers.flush()


def import_everything() -> None:
    """Imports what commands need, once Prefect's settings are set."""
    from flows.command_line.environment import embedded_stack  # noqa: PLC0415 - after the log has taken standard output's place
    from flows.command_line.run import show_progress  # noqa: PLC0415 - as above
    from tasks.orchestration.settings import Settings  # noqa: PLC0415 - as above

    show_progress()
    with embedded_stack(Settings.from_environment(), meanwhile=_import_flows):
        pass


def _import_flows(_: object) -> None:
    import flows.daily_prices  # noqa: F401, PLC0415 - once Prefect's settings are set


def answer_request(request: dict[str, Any]) -> dict[str, Any]:
    """Runs the command of a request in this process."""
    from flows.command_line.program import run_command as command_line  # noqa: PLC0415 - as above

    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = [str(Path(sys.executable).with_name("tickerhouse")), *request["words"]]
    exit_status: object = None
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        try:
            command_line()
        except SystemExit as ended:
            exit_status = ended.code
    logger = logging.getLogger("tickerhouse")
    logger.handlers = [each for each in logger.handlers if getattr(each, "stream", None) is not out]
    return {"exit_status": exit_status or 0, "out": out.getvalue(), "err": err.getvalue()}


if __name__ == "__main__":
    main()
