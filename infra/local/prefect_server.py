"""How the embedded Prefect server is set; a server of one's own needs the same (docs/prefect.md)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

LEASES_ON_DISK: Final = "prefect.server.concurrency.lease_storage.filesystem"
"""Where a server keeps who holds a concurrency slot.

By default it is the server's memory, and a server that is started again tells each run that its slot is gone; the run then ends as Crashed
(https://github.com/PrefectHQ/prefect/issues/18802).
"""


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
        "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home / 'prefect.db'}",
        "PREFECT_SERVER_API_HOST": host,
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": LEASES_ON_DISK,
        "PREFECT_UI_URL": url,
        "PREFECT_UI_API_URL": f"{url}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
