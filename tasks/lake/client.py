"""Configures the S3 client."""

from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONNECTIONS: Final = 16

_CONFIG: Final = Config(
    # rclone answers 400 to presigned links of the older form; real S3 refuses it in regions younger than 2014.
    signature_version="s3v4",
    # Presigned links then name the region's own host; the global one redirects for a young bucket, which breaks the signature.
    # A server reached by IP address is addressed by path all the same.
    s3={"addressing_style": "virtual"},
    # rclone answers a range with the whole object's checksum; transfers are protected by TLS and by our own sha256.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    retries={"mode": "standard", "total_max_attempts": 4},
    connect_timeout=5,
    read_timeout=60,
    max_pool_connections=CONNECTIONS,
)


def s3_client(session: boto3.Session, region: str) -> "S3Client":
    """An S3 client that works unchanged against S3, ``rclone serve s3`` and moto.

    botocore itself honours ``AWS_ENDPOINT_URL_S3``; name the server there by IP address, not by host name.

    Args:
        session: carries the credentials of the step.
        region: of the bucket.

    Returns:
        A client that is safe to share between threads.
    """
    return session.client("s3", region_name=region, config=_CONFIG)
