"""The embedded stack's S3, in a process of its own, for as long as a measurement needs it."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from infra.local.ports import HOST
from infra.local.server_programs import server_program

_PAUSE: Final = 0.05


@contextlib.contextmanager
def served_s3(folder: Path) -> Iterator[str]:
    """Serves a part of a folder, and gives the address."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    program = server_program("s3", folder, {"s3": port})
    with subprocess.Popen(program.command, env=program.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            deadline = time.monotonic() + program.patience
            while not program.is_ready():
                assert server.poll() is None, "the server ended by itself"
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(_PAUSE)
            yield f"http://{HOST}:{port}"
        finally:
            server.terminate()
