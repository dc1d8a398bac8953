"""A store of bytes under keys, over one S3 bucket."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError
from urllib3.exceptions import HTTPError

from tasks.lake.errors import ObjectMissing
from tasks.lake.recent_writes import RecentWrites
from tasks.lake.s3_errors import answer_of_another, translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_READS: Final = 3
_NOT_FOUND: Final = "404"
_CUT: Final = (ResponseStreamingError, IncompleteReadError, ReadTimeoutError, HTTPError)

LONGEST_LINK: Final = timedelta(days=7)
"""How long a presigned link may live (https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html)."""


class LakeStore:
    """Bytes under keys in one bucket; safe to share between threads.

    Every method raises ``BucketMissing``, ``LakeForbidden`` or ``LakeUnreachable`` where that is the fact.

    Args:
        client: a client as ``tasks.lake.client.s3_client`` configures it.
        bucket: the bucket's name.

    Attributes:
        bucket: the bucket's name.
        recent: what a writer leaves here for its reader in the same process, beside the object itself.
    """

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self.bucket = bucket
        self.recent = RecentWrites()

    def put(self, key: str, body: bytes, content_type: str = "application/octet-stream") -> str:
        """Stores ``body`` whole under ``key``, replacing what was there, and returns its ``s3://`` address."""
        self.recent.drop(key)
        with translated(self.bucket, key):
            self._client.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType=content_type)
        return self.uri(key)

    def get(self, key: str) -> bytes:
        """The object's bytes.

        Raises:
            ObjectMissing: nothing is stored under the key.
        """
        return self.get_tagged(key)[0]

    def get_tagged(self, key: str) -> tuple[bytes, str]:
        """The object's bytes and its entity tag, which changes with them.

        Raises:
            ObjectMissing: nothing is stored under the key.
        """
        with translated(self.bucket, key):
            # botocore sends a request again, and not the reading of its body.
            for attempt in range(1, _READS + 1):
                answer = self._client.get_object(Bucket=self.bucket, Key=key)
                try:
                    body = answer["Body"].read()
                except _CUT:
                    if attempt == _READS:
                        raise
                    continue
                if "ETag" not in answer:
                    raise answer_of_another(self.bucket, key)
                return body, answer["ETag"]
        raise AssertionError("the last attempt returns or raises")

    def put_if(self, key: str, body: bytes, content_type: str, tag: str | None) -> None:
        """Stores ``body`` only where the object still has ``tag``, or, without one, where there is none.

        Not every server looks at the condition; one that does not simply stores
        (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).

        Raises:
            ObjectChanged: it has another tag, or is there already.
            OperationUnsupported: the server refuses conditions.
        """
        with translated(self.bucket, key):
            if tag is None:
                self._client.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType=content_type, IfNoneMatch="*")
            else:
                self._client.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType=content_type, IfMatch=tag)

    def size(self, key: str) -> int:
        """The object's length in bytes.

        Raises:
            ObjectMissing: nothing is stored under the key.
        """
        try:
            return self._size(key)
        except ObjectMissing:
            # HEAD has no body, so that a missing bucket looks like a missing object.
            self.check()
            raise

    def size_before_writing(self, key: str) -> int | None:
        """The object's length in bytes, None where nothing is stored, in one request: the write that follows names a missing bucket."""
        try:
            return self._size(key)
        except ObjectMissing:
            return None

    def exists(self, key: str) -> bool:
        """Whether an object is stored under the key."""
        try:
            self.size(key)
        except ObjectMissing:
            return False
        return True

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        """Every key that begins with ``prefix`` and is greater than ``after``, in the order the server lists them.

        Not every server takes ``StartAfter`` into account, so that it is compared here too.
        """
        with translated(self.bucket, prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix, StartAfter=after)
            for page in pages:
                if "Name" not in page:
                    raise answer_of_another(self.bucket, prefix)
                yield from (entry["Key"] for entry in page.get("Contents", []) if entry["Key"] > after)

    def copy(self, source: str, target: str) -> None:
        """Stores the object under ``source`` under ``target`` too, replacing what was there in one step; at most 5 GB.

        Raises:
            ObjectMissing: nothing is stored under ``source``.
        """
        with translated(self.bucket, target):
            self._client.copy_object(Bucket=self.bucket, Key=target, CopySource={"Bucket": self.bucket, "Key": source})

    def delete(self, key: str) -> None:
        """Removes the object under the key; one that is not there is no error."""
        self.recent.drop(key)
        with translated(self.bucket, key):
            self._client.delete_object(Bucket=self.bucket, Key=key)

    def uri(self, key: str) -> str:
        """The ``s3://`` address of a key."""
        return f"s3://{self.bucket}/{key}"

    def presigned_url(self, key: str, expires: timedelta) -> str:
        """A link that lets its holder read one object until it expires; treat it as a secret.

        Args:
            key: the object; it is not looked up.
            expires: at most seven days, and no longer than the credentials that sign it live.

        Raises:
            ValueError: a life of no time, or longer than S3 allows.
        """
        if not timedelta(0) < expires <= LONGEST_LINK:
            raise ValueError(f"A link must be valid for more than 0 s and at most {LONGEST_LINK}, not {expires}.")
        with translated(self.bucket, key):
            return self._client.generate_presigned_url(
                "get_object", Params={"Bucket": self.bucket, "Key": key}, ExpiresIn=int(expires.total_seconds())
            )

    def check(self) -> None:
        """Asks whether the bucket can be reached; one call, so that a run fails before it spends anything."""
        with translated(self.bucket):
            try:
                self._client.head_bucket(Bucket=self.bucket)
            except ClientError as error:
                if error.response["Error"]["Code"] != _NOT_FOUND:
                    # An answer to HEAD has no body, and so no reason: a wrong clock looks like a missing right.
                    self._client.list_objects_v2(Bucket=self.bucket, MaxKeys=1)
                raise

    def _size(self, key: str) -> int:
        with translated(self.bucket, key):
            answer = self._client.head_object(Bucket=self.bucket, Key=key)
            if "ETag" not in answer:
                raise answer_of_another(self.bucket, key)
            return answer["ContentLength"]
