"""Quotes commands so that a reader can paste them into a shell."""

import os
import shlex
import sys
from pathlib import Path


def command(*words: str) -> str:
    """A command as it can be typed where the reader stands, whether or not the environment is activated."""
    program = Path(sys.argv[0])
    is_on_path = program.parent in {Path(folder) for folder in os.get_exec_path()}
    if program.name != "tickerhouse" or is_on_path:
        return shlex.join(["tickerhouse", *words])
    try:
        return shlex.join([str(program.absolute().relative_to(Path.cwd())), *words])
    except ValueError:
        return shlex.join([str(program), *words])
