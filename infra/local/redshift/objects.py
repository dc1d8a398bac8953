"""S3 as COPY and UNLOAD see it: whole objects, read with boto3 and explicit credentials, never with the environment's.

Whole objects, because the range answers of ``rclone serve s3`` carry the checksum of the whole object and are refused by clients
that verify it.
"""

import functools
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.redshift.errors import StatementFailed


@dataclass(frozen=True)
class S3Access:
    """Where objects lie and what opens them.

    Attributes:
        endpoint: ``http(s)://host:port``.
        access_key: Access key.
        secret_key: Its secret.
        region: Region of the bucket.
    """

    endpoint: str
    access_key: str
    secret_key: str
    region: str

    def __repr__(self) -> str:
        """Leave the secret out."""
        return f"S3Access({self.endpoint!r}, {self.access_key!r}, region={self.region!r})"


@dataclass(frozen=True)
class StoredObject:
    """An object's address and size in bytes."""

    uri: str
    size: int


class Objects:
    """Reads and writes of one COPY or UNLOAD.

    Args:
        access: Where and with which credentials.
    """

    def __init__(self, access: S3Access) -> None:
        self._client = _client(access)

    def size(self, uri: str) -> int | None:
        """Return an object's size in bytes, None where it does not exist."""
        bucket, key = split_uri(uri)
        try:
            return int(self._client.head_object(Bucket=bucket, Key=key)["ContentLength"])
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND:
                return None
            raise _failed(uri, error) from error
        except BotoCoreError as error:
            raise _failed(uri, error) from error

    def read(self, uri: str) -> bytes:
        """Return an object's bytes.

        Raises:
            StatementFailed: XX000 with S3's own answer, as Redshift words it.
        """
        bucket, key = split_uri(uri)
        try:
            return bytes(self._client.get_object(Bucket=bucket, Key=key)["Body"].read())
        except (ClientError, BotoCoreError) as error:
            raise _failed(uri, error) from error

    def write(self, uri: str, body: bytes) -> None:
        """Store an object."""
        bucket, key = split_uri(uri)
        try:
            self._client.put_object(Bucket=bucket, Key=key, Body=body)
        except (ClientError, BotoCoreError) as error:
            raise _failed(uri, error) from error

    def delete(self, uri: str) -> None:
        """Remove an object."""
        bucket, key = split_uri(uri)
        try:
            self._client.delete_object(Bucket=bucket, Key=key)
        except (ClientError, BotoCoreError) as error:
            raise _failed(uri, error) from error

    def under(self, prefix: str) -> list[StoredObject]:
        """Return every object whose key begins with a prefix, in the order of keys; folders mean nothing to it."""
        bucket, key = split_uri(prefix)
        try:
            pages = list(self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key))
        except (ClientError, BotoCoreError) as error:
            raise _failed(prefix, error) from error
        found = [(str(item["Key"]), int(item["Size"])) for page in pages for item in page.get("Contents", [])]
        return [StoredObject(f"s3://{bucket}/{name}", size) for name, size in sorted(found) if size]


def split_uri(uri: str) -> tuple[str, str]:
    """Return bucket and key of ``s3://bucket/key``.

    Raises:
        StatementFailed: 0A000 for any other scheme.
    """
    if not uri.startswith("s3://"):
        raise StatementFailed("0A000", f"Invalid source {uri!r}: only s3:// is supported")
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


@functools.lru_cache(maxsize=16)
def _client(access: S3Access) -> Any:
    # Seldom needed, and a quarter of the time that a server takes to start.
    import boto3  # noqa: PLC0415 - see above
    from botocore.config import Config  # noqa: PLC0415 - see above

    session = boto3.session.Session(access.access_key, access.secret_key, region_name=access.region)
    return session.client(
        "s3",
        endpoint_url=access.endpoint,
        config=Config(
            s3={"addressing_style": "path"},
            signature_version="s3v4",
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            retries={"max_attempts": 2, "mode": "standard"},
        ),
    )


def _failed(uri: str, error: Exception) -> StatementFailed:
    if isinstance(error, ClientError):
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        words = error.response.get("Error", {})
        return StatementFailed(
            "XX000", f"S3ServiceException:{words.get('Message', 'unknown')},Status {status},Error {words.get('Code', status)}", uri
        )
    return StatementFailed("XX000", f"S3ServiceException:{error}", uri)
