"""The program ``tickerhouse``: runs a command, and turns what goes wrong into one line and an exit status."""

import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

from flows.command_line.app import app
from tasks.errors import TickerhouseError

_INTERRUPTED: Final = 130


def main() -> NoReturn:
    """The entry point of the program."""
    # A collection looks at all that was imported, which is never freed: with the usual thresholds that takes a tenth of a short command.
    gc.set_threshold(50_000, 20, 100)
    try:
        run_command()
    finally:
        # The interpreter's last collection takes a second over all that was imported, and frees what ends with the process anyway.
        gc.freeze()


def run_command() -> NoReturn:
    """Runs the command that the arguments name: one clear line for every error that is known, and its exit status."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with _errors_as_lines():
            app()
    finally:
        _end_at_once_without_server()
    sys.exit(0)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _end_at_once_without_server() -> None:
    """Ends the process where its Prefect server is gone: what Prefect has in the background would wait for it."""
    known = sys.modules.get("tasks.orchestration.prefect_server")
    if known is None or not known.is_gone():
        return
    error = sys.exc_info()[1]
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(error.code if isinstance(error, SystemExit) and isinstance(error.code, int) else 1)


@contextmanager
def _errors_as_lines() -> Iterator[None]:
    try:
        yield
    except TickerhouseError as error:
        print(f"tickerhouse: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # Who read the output has enough of it; the interpreter would write into the pipe once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        way_out = "Check that it is there, that you may write it and that its disk has space; then run the command again."
        print(f"tickerhouse: {place}{error.strerror or error}. {way_out}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        _end_interrupted()
    except SystemExit as end:
        # Typer makes this of an interruption, and says nothing.
        if end.code == _INTERRUPTED:
            _end_interrupted()
        raise


def _end_interrupted() -> NoReturn:
    print("tickerhouse: interrupted. Everything received is kept; run it again to continue.", file=sys.stderr)
    sys.exit(_INTERRUPTED)
