"""A pytest plugin: ``pytest_plugins = ["infra.local.redshift.pytest_plugin"]`` gives tests a fixture ``redshift``.

::

    def test_my_sql(redshift):
        with redshift.connect() as connection:
            cursor = connection.cursor()
            cursor.execute("select 10::decimal(8,2) / 3::decimal(8,2)")
            assert str(cursor.fetchone()[0]) == "3.333333333"
"""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import redshift_connector

from infra.local.redshift import RedshiftServer
from infra.local.redshift.credentials import EMBEDDED_USER

_numbers = itertools.count(1)


class Redshift:
    """A database of its own for one test.

    Attributes:
        server: The server it lies on.
        database: Its name.
    """

    def __init__(self, server: RedshiftServer, database: str) -> None:
        self.server = server
        self.database = database
        self._opened: list[Any] = []

    def settings(self) -> dict[str, Any]:
        """Return what ``redshift_connector.connect`` is called with."""
        return {
            "host": self.server.host,
            "port": self.server.port,
            "user": EMBEDDED_USER,
            "password": self.server.issue_password(),
            "database": self.database,
            "ssl": False,
        }

    def connect(self) -> Any:
        """Return a connection of redshift_connector; it is closed with the test."""
        connection = redshift_connector.connect(**self.settings())
        self._opened.append(connection)
        return connection

    def close(self) -> None:
        """Close every connection that is still open."""
        for connection in self._opened:
            if connection._usock is not None:  # noqa: SLF001 - the driver tells it nowhere else
                connection.close()


@pytest.fixture(scope="session")
def redshift_server() -> Iterator[RedshiftServer]:
    """One server for all tests, in memory."""
    with RedshiftServer(None, None) as server:
        yield server


@pytest.fixture
def redshift(redshift_server: RedshiftServer) -> Iterator[Redshift]:
    """An empty database for each test."""
    name = f"test_{next(_numbers)}"
    redshift_server.create_database(name)
    database = Redshift(redshift_server, name)
    yield database
    database.close()
