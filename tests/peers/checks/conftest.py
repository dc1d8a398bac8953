"""Where the checks connect to: what ``python -m tests.peers`` tells, or a local Redshift of their own."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Address:
    """A Redshift over TLS, and the S3 it reads."""

    host: str
    port: int
    user: str
    password: str
    trusted: str
    endpoint: str
    database: str = "dev"
    bucket: str = "peers"

    @property
    def keys(self) -> dict[str, str]:
        """What boto3 calls the credentials of the bucket."""
        return {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}

    @property
    def libpq(self) -> dict[str, Any]:
        """How psycopg is told it."""
        return {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "dbname": self.database,
            "sslmode": "verify-full",
            "sslrootcert": self.trusted,
        }


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """A Redshift; in the environment of a peer it runs in another process."""
    told = os.environ
    if "PEER_HOST" in told:
        yield Address(
            told["PEER_HOST"], int(told["PEER_PORT"]), told["PEER_USER"], told["PEER_PASSWORD"], told["PEER_TRUSTED"], told["PEER_S3"]
        )
        return
    from tests.peers.local import USER, local_stack  # noqa: PLC0415 - a peer's environment has nothing of this project

    with local_stack(tmp_path_factory.mktemp("peers")) as stack:
        yield Address(stack.host, stack.port, USER, stack.password, str(stack.trusted), stack.endpoint)
