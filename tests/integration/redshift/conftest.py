"""One embedded Redshift over moto's S3 for all tests here, and a fresh database for each."""

import io
import itertools
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import redshift_connector

from infra.local.redshift import RedshiftServer, S3Access
from tests.integration.databases import drop_database

BUCKET = "lake"
REGION = "us-east-1"
KEY = "testing"
ROLE = "arn:aws:iam::123456789012:role/copy"


class Client:
    """A connection of the real driver, and what a test asks of it."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def run(self, sql: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        with closing(self.connection.cursor()) as cursor:
            cursor.execute(sql, parameters) if parameters is not None else cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def columns(self, sql: str) -> list[str]:
        with closing(self.connection.cursor()) as cursor:
            cursor.execute(sql)
            return [name if isinstance(name, str) else name.decode() for name, *_ in cursor.description]

    def fails(self, sql: str, parameters: Sequence[Any] | None = None) -> dict[str, str]:
        with pytest.raises(redshift_connector.error.Error) as raised:
            self.run(sql, parameters)
        told = raised.value.args[0]
        assert isinstance(told, dict), told
        return told

    def sqlstate(self, sql: str, parameters: Sequence[Any] | None = None) -> str:
        return self.fails(sql, parameters)["C"]

    def rollback(self) -> None:
        self.connection.rollback()

    def commit(self) -> None:
        self.connection.commit()


class Lake:
    """The bucket COPY reads from."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.s3 = boto3.client("s3", endpoint_url=endpoint, region_name=REGION, aws_access_key_id=KEY, aws_secret_access_key=KEY)
        self.s3.create_bucket(Bucket=BUCKET)

    def put(self, key: str, body: bytes) -> str:
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return f"s3://{BUCKET}/{key}"

    def under(self, prefix: str) -> dict[str, bytes]:
        """The objects under a prefix, by what follows it."""
        found = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        keys = [str(one["Key"]) for one in found]
        return {key.removeprefix(prefix): self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}

    def put_table(self, key: str, table: pa.Table, **options: Any) -> str:
        buffer = io.BytesIO()
        pq.write_table(table, buffer, **options)
        return self.put(key, buffer.getvalue())

    def put_manifest(self, key: str, *uris: str, **changes: Any) -> str:
        """A manifest as the pipeline writes it; a change to None leaves that part out."""
        entries = []
        for uri in uris:
            name = uri.removeprefix(f"s3://{BUCKET}/")
            size = self.s3.head_object(Bucket=BUCKET, Key=name)["ContentLength"]
            entry = {"url": uri, "mandatory": True, "meta": {"content_length": size}} | changes
            entries.append({name: value for name, value in entry.items() if value is not None})
        return self.put(key, json.dumps({"entries": entries}).encode())


@pytest.fixture(scope="session")
def lake(endpoint: str) -> Lake:
    return Lake(endpoint)


@pytest.fixture(scope="session")
def server(endpoint: str) -> Iterator[RedshiftServer]:
    with RedshiftServer(
        None, S3Access(endpoint, KEY, KEY, REGION), lock_timeout=10, allowed_copy_role=r"default|arn:aws:iam::\d+:role/copy"
    ) as running:
        yield running


_numbers = itertools.count(1)


@pytest.fixture
def database(server: RedshiftServer) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    server.create_database(name)
    yield name
    drop_database(server, name)


@pytest.fixture
def connect(server: RedshiftServer, database: str) -> Iterator[Callable[..., Client]]:
    """Opens connections to the test's database; each statement its own transaction unless told otherwise."""
    opened: list[Any] = []
    guard = threading.Lock()

    def open_connection(*, autocommit: bool = True) -> Client:
        connection = redshift_connector.connect(
            host=server.host, port=server.port, user="IAM:embedded", password=server.issue_password(), database=database, ssl=False
        )
        connection.autocommit = autocommit
        with guard:
            opened.append(connection)
        return Client(connection)

    yield open_connection
    for connection in opened:
        if connection._usock is not None:
            connection.close()


@pytest.fixture
def client(connect: Callable[..., Client]) -> Client:
    return connect()


@pytest.fixture
def transaction(connect: Callable[..., Client]) -> Client:
    """A connection as the driver opens it: a transaction begins with the first statement."""
    return connect(autocommit=False)
