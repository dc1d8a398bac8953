"""The supervisor itself, with programs in place of the servers that start at once; ``python -m`` as the real one.

A file ``<server>.breaks`` in the stack's folder makes that server end at once, ``<server>.silent`` lets it never answer.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.local import supervisor
from infra.local.server_program import ServerProgram, needed_variables

_BREAKS = "raise SystemExit('no room left')"
_SLEEPS = "import time; time.sleep(600)"


def _light_program(name: str, folder: Path, _ports: Mapping[str, int]) -> ServerProgram:
    command = [sys.executable, "-c", _BREAKS if (folder / f"{name}.breaks").exists() else _SLEEPS]
    given = needed_variables(os.environ, outward=name == "prefect")
    return ServerProgram(name, command, given, lambda: not (folder / f"{name}.silent").exists(), 0.5, folder)


if __name__ == "__main__":
    setattr(supervisor, "server_program", _light_program)  # noqa: B010 - a name that the module imported
    supervisor.main()
