"""The prices of AWS in us-east-1, in USD, each with where it was read and when; other regions differ."""

from dataclasses import dataclass
from typing import Final

READ_ON: Final = "2026-11"
"""When all of them were last looked over together. All are from the public price pages, none from a bill."""


@dataclass(frozen=True)
class Price:
    """One price.

    Attributes:
        usd: per unit.
        unit: what is paid for.
        source: the page.
        read_on: the month in which it was read there.
    """

    usd: float
    unit: str
    source: str
    read_on: str = READ_ON


_S3: Final = "https://aws.amazon.com/s3/pricing/"
_FARGATE: Final = "https://aws.amazon.com/fargate/pricing/"
_REDSHIFT: Final = "https://aws.amazon.com/redshift/pricing/"
_CLOUDWATCH: Final = "https://aws.amazon.com/cloudwatch/pricing/"
_KMS: Final = "https://aws.amazon.com/kms/pricing/"
_VPC: Final = "https://aws.amazon.com/vpc/pricing/"
_RDS: Final = "https://aws.amazon.com/rds/postgresql/pricing/"

RPU_HOUR: Final = Price(0.375, "RPU-hour, billed by the second, a minute at least for each time it wakes", _REDSHIFT)
WAREHOUSE_GB_MONTH: Final = Price(0.024, "GB-month of Redshift managed storage", _REDSHIFT)
FARGATE_CPU_HOUR: Final = Price(0.03238, "vCPU-hour, ARM", _FARGATE)
FARGATE_GB_HOUR: Final = Price(0.00356, "GB-hour of memory, ARM", _FARGATE)
PUBLIC_ADDRESS_HOUR: Final = Price(0.005, "hour of a public IPv4 address in use", _VPC)
S3_GB_MONTH: Final = Price(0.023, "GB-month, Standard", _S3)
S3_INSTANT_GB_MONTH: Final = Price(0.004, "GB-month, Glacier Instant Retrieval, 128 KB an object at least", _S3)
S3_WRITE: Final = Price(0.005 / 1000, "PUT or LIST request, Standard", _S3)
S3_READ: Final = Price(0.0004 / 1000, "GET or HEAD request, Standard", _S3)
S3_TO_INSTANT: Final = Price(0.02 / 1000, "transition into Glacier Instant Retrieval", _S3)
SECRET_MONTH: Final = Price(0.40, "secret and month", "https://aws.amazon.com/secrets-manager/pricing/")
KEY_MONTH: Final = Price(1.00, "customer-managed key and month; from its second year's rotation on 1.00 more", _KMS)
KEY_REQUEST: Final = Price(0.03 / 10_000, "request to the key", _KMS)
LOG_GB: Final = Price(0.50, "GB of logs taken in", _CLOUDWATCH)
METRIC_MONTH: Final = Price(0.30, "custom metric and month, by the hour in which it was sent", _CLOUDWATCH)
ALARM_MONTH: Final = Price(0.10, "alarm metric and month", _CLOUDWATCH)
DASHBOARD_MONTH: Final = Price(3.00, "dashboard and month; an account's first three are free", _CLOUDWATCH)
QUEUE_REQUEST: Final = Price(
    0.40 / 1e6, "request to a standard queue; an account's first million a month is free", "https://aws.amazon.com/sqs/pricing/"
)
IMAGE_GB_MONTH: Final = Price(0.10, "GB-month of images in ECR", "https://aws.amazon.com/ecr/pricing/")
NAT_HOUR: Final = Price(0.045, "hour of a NAT gateway", _VPC)
DATABASE_HOUR: Final = Price(0.016, "hour of db.t4g.micro, PostgreSQL, one zone", _RDS)
DATABASE_GB_MONTH: Final = Price(0.115, "GB-month of gp3 storage, one zone", _RDS)
HOSTED_ZONE_MONTH: Final = Price(0.50, "hosted zone of a private namespace and month", "https://aws.amazon.com/route53/pricing/")
ENDPOINT_HOUR: Final = Price(0.01, "hour of an interface endpoint in one zone", "https://aws.amazon.com/privatelink/pricing/")
