"""Translates botocore's exceptions into one line: the fact and the way out."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)
from urllib3.exceptions import HTTPError

from tasks.lake.errors import BucketMissing, LakeError, LakeForbidden, LakeUnreachable, ObjectChanged, ObjectMissing, OperationUnsupported

_NO_CREDENTIALS: Final = (
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    SSOError,
    TokenRetrievalError,
)
_FORBIDDEN: Final = frozenset({"AccessDenied", "ExpiredToken", "TokenRefreshRequired", "InvalidToken"})
"""Besides every code that comes with HTTP 401 or 403."""
_SKEWED: Final = frozenset({"RequestTimeTooSkewed", "RequestInTheFuture", "RequestExpired"})
_BUSY: Final = frozenset({"RequestTimeout", "SlowDown", "ServiceUnavailable", "Throttling", "ThrottlingException"})
_DAMAGED_ON_THE_WAY: Final = frozenset({"BadDigest", "IncompleteBody", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"})
_ELSEWHERE: Final = frozenset({"301", "307", "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "Redirect"})
_CHANGED: Final = frozenset({"412", "PreconditionFailed", "ConditionalRequestConflict", "OperationAborted"})
_KMS: Final = "KMS."
_UNAUTHORISED: Final = frozenset({401, 403})
_FIRST_SERVER_FAULT: Final = 500
_NOT_IMPLEMENTED: Final = 501
_OWN_FAULTS: Final = frozenset({500, 507})
_LOOK_UP: Final = "Look the code up in the S3 API reference."
_WAYS_OUT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "InvalidObjectState": "Restore it from its storage class, then run again.",
        "EntityTooLarge": "It is larger than S3 takes in one request: load fewer symbols at once.",
    }
)


@contextmanager
def translated(bucket: str, key: str = "") -> Iterator[None]:
    """Turns what botocore raises inside into the lake's own errors.

    The cause is dropped: botocore's texts carry addresses, and a signed address is a secret.

    Args:
        bucket: the bucket the call goes to.
        key: the object or prefix; empty where the call is about the bucket itself.

    Raises:
        LakeError: as one of its subclasses wherever there is one.
    """
    try:
        yield
    except ClientError as error:
        raise _of_answer(error, bucket, key) from None
    except ParamValidationError as error:
        if "Invalid bucket name" not in str(error):
            raise
        fact = f"{bucket!r} cannot be the name of a bucket."
        raise BucketMissing(fact, "Set TICKERHOUSE_BUCKET to the bucket's name alone.", {"bucket": bucket}) from None
    except _NO_CREDENTIALS as error:
        fact = f"There are no AWS credentials to reach bucket {bucket} with."
        way_out = "Log in (aws sso login), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        raise LakeForbidden(fact, way_out, {"bucket": bucket, "cause": type(error).__name__}) from None
    except RecursionError:
        # botocore asks a redirecting server for the bucket's region, is redirected again, and has no end of it.
        fact = f"Every request to bucket {bucket} is redirected."
        way_out = "Set TICKERHOUSE_REGION to the bucket's, and AWS_ENDPOINT_URL_S3 to the server's own address."
        raise LakeUnreachable(fact, way_out, {"bucket": bucket, "key": key}) from None
    except (BotoCoreError, HTTPError) as error:
        at = f" at {key}" if key else ""
        fact = f"Bucket {bucket} cannot be reached{at} ({type(error).__name__})."
        way_out = "Check the network and AWS_ENDPOINT_URL_S3, then run again."
        raise LakeUnreachable(fact, way_out, {"bucket": bucket, "key": key, "cause": type(error).__name__}) from None


def answer_of_another(bucket: str, key: str) -> LakeUnreachable:
    """The error of an answer that lacks what every answer of S3 has; without it, a page of a proxy would count as an object or a list."""
    fact = f"What was answered for s3://{bucket}/{key} is not from S3."
    return LakeUnreachable(fact, "Check AWS_ENDPOINT_URL_S3 and any proxy in between.", {"bucket": bucket, "key": key})


def _of_answer(error: ClientError, bucket: str, key: str) -> LakeError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    http_status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    what = f"{error.operation_name} on s3://{bucket}/{key}"
    error_type, fact, way_out = _of_place(code, bucket, key) or _of_rights(code, http_status, what) or _of_server(code, http_status, what)
    evidence = {"bucket": bucket, "key": key, "operation": error.operation_name, "code": code, "http_status": http_status}
    return error_type(fact, way_out, evidence)


_Translated = tuple[type[LakeError], str, str]


def _of_place(code: str, bucket: str, key: str) -> _Translated | None:
    if code == "NoSuchBucket" or (code == "404" and not key):
        return BucketMissing, f"Bucket {bucket} is not there.", "Create it, or name another with TICKERHOUSE_BUCKET."
    if code in {"404", "NoSuchKey"}:
        way_out = "Check that TICKERHOUSE_BUCKET and TICKERHOUSE_SOURCE name the lake it was written to."
        return ObjectMissing, f"s3://{bucket}/{key} is not there.", way_out
    if code in _CHANGED:
        return ObjectChanged, f"s3://{bucket}/{key} was changed by somebody else meanwhile.", "Run again."
    if code in _ELSEWHERE:
        return LakeUnreachable, f"Bucket {bucket} is in another region ({code}).", "Set TICKERHOUSE_REGION to the bucket's."
    return None


def _of_rights(code: str, http_status: int, what: str) -> _Translated | None:
    if code in _SKEWED:
        fact = f"The clock of this machine differs too much from that of S3 ({code} at {what})."
        return LakeForbidden, fact, "Set the clock, or let NTP set it, and run again."
    fact = f"{what} is not allowed ({code})."
    if code.startswith(_KMS):
        return LakeForbidden, fact, "Check the KMS key that encrypts the bucket, and its policy."
    if code in _FORBIDDEN or (http_status in _UNAUTHORISED and code not in _WAYS_OUT):
        way_out = "Check the credentials, the role in TICKERHOUSE_INGEST_ROLE or TICKERHOUSE_LOAD_ROLE, and its policy."
        return LakeForbidden, fact, way_out
    return None


def _of_server(code: str, http_status: int, what: str) -> _Translated:
    if code == "NotImplemented" or http_status == _NOT_IMPLEMENTED:
        return OperationUnsupported, f"S3 refused {what} ({code}).", _LOOK_UP
    if code in _BUSY | _DAMAGED_ON_THE_WAY or http_status >= _FIRST_SERVER_FAULT:
        # rclone says no more than this of a full or a read-only disk.
        way_out = "Run again; a server of your own may have a full disk, see its log." if http_status in _OWN_FAULTS else "Run again."
        return LakeUnreachable, f"S3 could not answer {what} ({code}).", way_out
    return LakeError, f"S3 refused {what} ({code}).", _WAYS_OUT.get(code, _LOOK_UP)
