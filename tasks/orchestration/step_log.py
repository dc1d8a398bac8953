"""Loggers of the steps, whose lines reach Prefect and the terminal."""

import logging
from typing import Final

_BEGINS: Final = logging.getLogger("tickerhouse_step_begins")
"""Beside the steps' own loggers: that a step begins is for a screen, and not for the run's log."""
_BEGINS.propagate = False
_BEGINS.setLevel(logging.INFO)


def note_beginning(name: str) -> None:
    """Lets a screen know which step is under way."""
    _BEGINS.info("%s", name)


def show_beginnings(handler: logging.Handler) -> None:
    """Hands the name of every step that begins to a handler, in place of the one before."""
    _BEGINS.handlers = [handler]


def step_logger(name: str) -> logging.Logger:
    """The logger of a step.

    Args:
        name: the step's name, the first column on the screen.
    """
    return logging.getLogger(f"tickerhouse.step.{name}")
