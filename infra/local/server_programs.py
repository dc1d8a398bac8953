"""The programs of the embedded stack: what each needs on disk, how it is started, and when it is ready."""

import os
import shutil
import socket
import sys
import sysconfig
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from infra.local.certificate import ensure_certificate
from infra.local.errors import ServerNotStarted
from infra.local.ports import HOST
from infra.local.prefect_database import begin_with_template
from infra.local.prefect_server import prefect_program
from infra.local.server_program import ServerProgram, needed_variables
from infra.local.services_configuration import ServicesConfiguration
from infra.local.stack_constants import ACCESS_KEY, REGION, SECRET_KEY, WORKGROUP

SERVERS: Final = ("alpha_vantage", "control_plane", "prefect", "redshift", "s3", "slack")
"""What has a port of its own."""

_OUR_OWN: Final = ("redshift", "control_plane", "alpha_vantage", "slack")


def server_program(name: str, folder: Path, ports: Mapping[str, int]) -> ServerProgram:
    """Readies what a server needs on disk, and says how to start it.

    Args:
        name: ``s3``, ``services`` (Redshift, its control plane, the Alpha Vantage stand-in and the Slack inbox) or ``prefect``.
        folder: the stack's folder.
        ports: by server name.

    Raises:
        ServerNotStarted: its program is not installed.
    """
    return {"s3": _s3, "services": _services, "prefect": _prefect}[name](folder, ports)


def _s3(folder: Path, ports: Mapping[str, int]) -> ServerProgram:
    program = shutil.which("rclone", path=sysconfig.get_path("scripts")) or shutil.which("rclone")
    if program is None:
        raise ServerNotStarted("rclone, which serves the embedded S3, is not installed.", "Run `make run`, which sets everything up.")
    served = folder / "s3"
    served.mkdir(exist_ok=True)
    where = ["--addr", f"{HOST}:{ports['s3']}", "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", "--config", os.devnull]
    environment = needed_variables(os.environ)
    return ServerProgram("s3", [program, "serve", "s3", *where, str(served)], environment, lambda: _listens(ports["s3"]), 60.0, folder)


def _services(folder: Path, ports: Mapping[str, int]) -> ServerProgram:
    trusted = os.environ.get("SSL_CERT_FILE")
    certificate, private_key, _ = ensure_certificate(folder / "tls", datetime.now(UTC), Path(trusted) if trusted else None)
    configuration = ServicesConfiguration(
        folder=str(folder),
        ports=dict(ports),
        s3_endpoint=f"http://{HOST}:{ports['s3']}",
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
        region=REGION,
        workgroup=WORKGROUP,
        certificate=str(certificate),
        private_key=str(private_key),
    )
    return ServerProgram(
        "services",
        [sys.executable, "-m", "infra.local.services"],
        needed_variables(os.environ),
        lambda: all(_listens(ports[name]) for name in _OUR_OWN),
        180.0,
        folder,
        stdin=configuration.to_line(),
    )


def _prefect(folder: Path, ports: Mapping[str, int]) -> ServerProgram:
    home = folder / "prefect"
    home.mkdir(exist_ok=True)
    begin_with_template(home)
    return prefect_program(home, ports["prefect"], os.environ)


def _listens(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((HOST, port)) == 0
