"""The program ``tickerhouse``: runs a command, and turns what goes wrong into one line and an exit status."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from flows.command_line.app import app
from tasks.errors import TickerhouseError


def main() -> NoReturn:
    """The entry point: one clear line for every error that is known, and its exit status."""
    signal.signal(signal.SIGTERM, _interrupt)
    with _errors_as_lines():
        app()
    sys.exit(0)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


@contextmanager
def _errors_as_lines() -> Iterator[None]:
    try:
        yield
    except TickerhouseError as error:
        print(f"tickerhouse: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("tickerhouse: interrupted. Everything received is kept; run it again to continue.", file=sys.stderr)
        sys.exit(130)
