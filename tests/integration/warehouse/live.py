"""A database and a folder of a bucket of their own on AWS, for the tests that run on a real workgroup with ``--live``."""

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta

import boto3

from tasks.lake.client import s3_client
from tasks.lake.store import LakeStore
from tasks.orchestration.settings import Settings
from tasks.warehouse.connection import WarehouseAddress, connect
from tasks.warehouse.query import run_statement


class FolderStore(LakeStore):
    """A bucket of which only one folder is seen, so that nothing of a real lake can be met."""

    def __init__(self, store: LakeStore, folder: str) -> None:
        super().__init__(store._client, store.bucket)
        self._folder = folder

    def put(self, key: str, body: bytes, content_type: str = "application/octet-stream") -> str:
        return super().put(self._folder + key, body, content_type) and self.uri(key)

    def get(self, key: str) -> bytes:
        return super().get(self._folder + key)

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        for key in super().keys(self._folder + prefix, self._folder + after if after else ""):
            yield key.removeprefix(self._folder)

    def delete(self, key: str) -> None:
        super().delete(self._folder + key)

    def uri(self, key: str) -> str:
        return f"s3://{self.bucket}/{self._folder}{key}"

    def _size(self, key: str) -> int:
        return super()._size(self._folder + key)

    def presigned_url(self, key: str, expires: timedelta) -> str:
        return super().presigned_url(self._folder + key, expires)


@contextmanager
def bucket(settings: Settings) -> Iterator[LakeStore]:
    """A folder of its own in the bucket that settings name; emptied afterwards."""
    whole = LakeStore(s3_client(boto3.Session(region_name=settings.region), settings.region), settings.bucket_name)
    whole.check()
    store = FolderStore(whole, f"tmp/live-{secrets.token_hex(4)}/")
    try:
        yield store
    finally:
        for key in list(store.keys("")):
            store.delete(key)


@contextmanager
def database(settings: Settings) -> Iterator[WarehouseAddress]:
    """A database of its own in the workgroup that settings name, made beside the one they name; dropped afterwards."""
    address = WarehouseAddress(settings.workgroup, settings.database_name, settings.region, settings.warehouse_timeout)
    client = boto3.client("redshift-serverless", region_name=settings.region)
    name = f"tickerhouse_live_{secrets.token_hex(4)}"
    with closing(connect(address, client)) as connection:
        run_statement(connection, f"CREATE DATABASE {name}")
    try:
        yield replace(address, database=name)
    finally:
        with closing(connect(address, client)) as connection:
            run_statement(connection, f"DROP DATABASE {name}")
