"""An empty, migrated Prefect database, made once by Prefect itself; new homes begin with a copy of it.

Migrating an empty database takes a Prefect server longer than all the rest of its start. ``python -m infra.local.prefect_database`` makes
the template, as ``make`` does once it has installed everything; without one a server migrates its own database.
"""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Final
from urllib.parse import quote

from infra.local.errors import ServerNotStarted
from infra.local.ports import HOST
from infra.local.prefect_server import prefect_program

_DATABASE: Final = "prefect.db"
# Where Prefect notes which block types the database holds; without it a server registers them all again.
_MEMO: Final = "memo_store.toml"
_PATIENCE_SECONDS: Final = 180.0


def template_folder() -> Path:
    """Where the template of the installed version of Prefect is kept: in the environment that it was installed in."""
    return Path(sys.prefix) / "share" / "tickerhouse" / f"prefect-{version('prefect')}"


def begin_with_template(home: Path, template: Path | None = None) -> bool:
    """Gives a home that has no database yet a copy of the template.

    Args:
        home: of a Prefect server that does not run.
        template: the folder of the template; that of the installed version where None.

    Returns:
        Whether it was copied.
    """
    template = template or template_folder()
    if (home / _DATABASE).exists() or not (template / _DATABASE).exists():
        return False
    draft = home / f"{_DATABASE}.draft"
    # A copy of the file alone would lose what stands in its write-ahead log.
    with (
        closing(sqlite3.connect(f"file:{quote(str(template / _DATABASE))}?immutable=1", uri=True)) as source,
        closing(sqlite3.connect(draft)) as copy,
    ):
        source.backup(copy)
    if (template / _MEMO).exists():
        shutil.copy(template / _MEMO, home / _MEMO)
    draft.replace(home / _DATABASE)
    return True


def make_template(template: Path) -> None:
    """Lets a Prefect server migrate an empty database and register its block types, and keeps the result.

    Args:
        template: the folder to keep it in; nothing is done where it has one.

    Raises:
        ServerNotStarted: the server did not get ready.
    """
    if (template / _DATABASE).exists():
        return
    with tempfile.TemporaryDirectory(prefix="tickerhouse-prefect-") as folder:
        home = Path(folder)
        _serve_once(home)
        template.mkdir(parents=True, exist_ok=True)
        if (home / _MEMO).exists():
            shutil.copy(home / _MEMO, template / _MEMO)
        draft = template / f"{_DATABASE}.{os.getpid()}"
        with closing(sqlite3.connect(home / _DATABASE)) as source, closing(sqlite3.connect(draft)) as copy:
            source.backup(copy)
        draft.replace(template / _DATABASE)


def _serve_once(home: Path) -> None:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    program = prefect_program(home, port, os.environ)
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            program.command, cwd=program.folder, env=dict(program.environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not program.is_ready():
            if server.poll() is not None or time.monotonic() > deadline:
                last = (home / "server.log").read_text(errors="replace").strip().splitlines()[-1:]
                raise ServerNotStarted(f"Prefect made no database: {' '.join(last)}", "A server makes its own when it starts.")
            time.sleep(0.1)
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    make_template(template_folder())
