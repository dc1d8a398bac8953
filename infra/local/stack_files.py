"""The small files in the stack's folder that commands and the supervisor share; the state has a module of its own."""

import json
from pathlib import Path
from typing import Final

from infra.local.whole_file import write_whole

STACK_LOCK: Final = "stack.lock"
"""Held by the supervisor for as long as it runs."""
IN_USE_LOCK: Final = "in_use.lock"
"""Held by every command that uses the servers, shared; by the supervisor alone while it stops them."""
START_LOCK: Final = "start.lock"
"""Held by a command while it looks for the supervisor, starts one, or ends one."""
DATA_LOCK: Final = "data.lock"
"""Held by a command while it makes bucket, database and tables."""

_STAY_UP: Final = "stay_up"
_MADE: Final = "made.json"


def read_stay_up(folder: Path) -> float:
    """For how many seconds the servers stay up after the last command; what the newest command wished."""
    try:
        return float((folder / _STAY_UP).read_text())
    except (FileNotFoundError, ValueError):
        return 0.0


def read_made(folder: Path) -> list[str]:
    """What ``write_made`` wrote; nothing where it is not there or not whole."""
    try:
        made = json.loads((folder / _MADE).read_text())
    except (FileNotFoundError, ValueError):
        return []
    return made if isinstance(made, list) else []


def write_made(folder: Path, made: list[str]) -> None:
    """Writes down which data is there: the servers that it was made with, and a name of what was made."""
    write_whole(folder / _MADE, json.dumps(made) + "\n")


def write_stay_up(folder: Path, seconds: float) -> None:
    """Writes down what a command wishes."""
    write_whole(folder / _STAY_UP, f"{seconds:g}\n")
