"""How the embedded Prefect server is set and started; a server of one's own needs the same settings (docs/prefect.md)."""

import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from infra.local.ports import HOST
from infra.local.server_program import ServerProgram, needed_variables

LEASES_ON_DISK: Final = "prefect.server.concurrency.lease_storage.filesystem"
"""Where a server keeps who holds a concurrency slot.

By default it is the server's memory, and a server that is started again tells each run that its slot is gone; the run then ends as Crashed
(https://github.com/PrefectHQ/prefect/issues/18802).
"""

_DATABASE: Final = "PREFECT_API_DATABASE_CONNECTION_URL"


def server_environment(home: Path, host: str, port: int, outside: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a Prefect server's process.

    Args:
        home: holds its database and its leases.
        host: where it listens.
        port: likewise.
        outside: this process's environment, of which everything but Prefect's own settings is kept.
    """
    url = f"http://{host}:{port}"
    kept = {name: value for name, value in outside.items() if not name.startswith("PREFECT_")}
    return kept | {
        "PREFECT_HOME": str(home),
        _DATABASE: f"sqlite+aiosqlite:///{home / 'prefect.db'}",
        "PREFECT_SERVER_API_HOST": host,
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": LEASES_ON_DISK,
        "PREFECT_UI_URL": url,
        "PREFECT_UI_API_URL": f"{url}/api",
        # Or runs and their logs are kept for ever; in seconds, 90 days.
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(90 * 86400),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }


def prefect_program(home: Path, port: int, outside: Mapping[str, str]) -> ServerProgram:
    """A Prefect server on 127.0.0.1.

    Args:
        home: holds its database and its leases; it runs there.
        port: where it listens.
        outside: this process's environment, of which it is given what it needs.
    """
    health = f"http://{HOST}:{port}/api/health"
    # Prefect notes that a database has its block types under the database's address, so that address must be the same in every home.
    given = server_environment(home, HOST, port, needed_variables(outside, outward=True)) | {_DATABASE: "sqlite+aiosqlite:///prefect.db"}
    command = [sys.executable, "-m", "infra.prefect_start"]
    return ServerProgram("prefect", command, given, lambda: _is_healthy(health), 240.0, home)


def _is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310 - always http to 127.0.0.1
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's own number
    except OSError:
        return False
