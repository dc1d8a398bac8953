"""Translates botocore's exceptions into one line: the fact and the way out."""

from collections.abc import Iterator
from contextlib import contextmanager
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

from tasks.lake.errors import BucketMissing, LakeError, LakeForbidden, LakeUnreachable, ObjectChanged, ObjectMissing, OperationUnsupported

_NO_CREDENTIALS: Final = (
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    SSOError,
    TokenRetrievalError,
)
_FORBIDDEN: Final = frozenset(
    {
        "403",
        "AccessDenied",
        "AllAccessDisabled",
        "ExpiredToken",
        "TokenRefreshRequired",
        "InvalidAccessKeyId",
        "InvalidToken",
        "SignatureDoesNotMatch",
    }
)
_SKEWED: Final = frozenset({"RequestTimeTooSkewed", "RequestInTheFuture", "RequestExpired"})
_BUSY: Final = frozenset({"RequestTimeout", "SlowDown", "ServiceUnavailable", "InternalError", "Throttling", "ThrottlingException"})
_CHANGED: Final = frozenset({"412", "PreconditionFailed", "ConditionalRequestConflict", "OperationAborted"})
_FIRST_SERVER_FAULT: Final = 500
_NOT_IMPLEMENTED: Final = 501


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
    except BotoCoreError as error:
        at = f" at {key}" if key else ""
        fact = f"Bucket {bucket} cannot be reached{at} ({type(error).__name__})."
        way_out = "Check the network and AWS_ENDPOINT_URL_S3, then run again."
        raise LakeUnreachable(fact, way_out, {"bucket": bucket, "key": key, "cause": type(error).__name__}) from None


def _of_answer(error: ClientError, bucket: str, key: str) -> LakeError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    http_status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    evidence = {"bucket": bucket, "key": key, "operation": error.operation_name, "code": code, "http_status": http_status}
    place = f"s3://{bucket}/{key}"
    if code == "NoSuchBucket" or (code == "404" and not key):
        return BucketMissing(f"Bucket {bucket} is not there.", "Create it, or name another with TICKERHOUSE_BUCKET.", evidence)
    if code in {"404", "NoSuchKey"}:
        way_out = "Check that TICKERHOUSE_BUCKET and TICKERHOUSE_SOURCE name the lake it was written to."
        return ObjectMissing(f"{place} is not there.", way_out, evidence)
    if code in _CHANGED:
        return ObjectChanged(f"{place} was changed by somebody else meanwhile.", "Run again.", evidence)
    if code in _FORBIDDEN | _SKEWED:
        way_out = "Check the credentials, the role in TICKERHOUSE_INGEST_ROLE or TICKERHOUSE_LOAD_ROLE, and its policy."
        fact = f"{error.operation_name} on {place} is not allowed ({code})."
        if code in _SKEWED:
            fact = f"The clock of this machine differs too much from that of S3 ({code} at {error.operation_name} on {place})."
            way_out = "Set the clock, or let NTP set it, and run again."
        return LakeForbidden(fact, way_out, evidence)
    is_unsupported = code == "NotImplemented" or http_status == _NOT_IMPLEMENTED
    if not is_unsupported and (code in _BUSY or http_status >= _FIRST_SERVER_FAULT):
        return LakeUnreachable(f"S3 could not answer {error.operation_name} on {place} ({code}).", "Run again.", evidence)
    error_type = OperationUnsupported if is_unsupported else LakeError
    return error_type(f"S3 refused {error.operation_name} on {place} ({code}).", "Look the code up in the S3 API reference.", evidence)
