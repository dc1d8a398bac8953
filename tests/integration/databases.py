"""Databases that go with their test: DuckDB looks a name up in every database there is, and each that stays slows all later tests."""

import time
from contextlib import suppress

from infra.local.redshift import RedshiftServer
from infra.local.redshift.errors import StatementFailed

_PATIENCE_SECONDS = 1.0


def drop_database(server: RedshiftServer, name: str) -> None:
    """Drops a database that a test may have dropped itself.

    A session ends a moment after its client has left; where one goes on, the database stays.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while name in server.sessions()["database_name"].to_pylist():
        if time.monotonic() > deadline:
            return
        time.sleep(0.002)
    with suppress(StatementFailed):
        server.services.databases.drop(name)
