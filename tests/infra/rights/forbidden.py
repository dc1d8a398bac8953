"""Calls that must be refused, by role: they pin the conditions and borders that needed calls cannot."""

from tests.infra.rights.evaluation import Need
from tests.infra.rights.translation import Place


def forbidden(role: str, place: Place) -> list[Need]:
    """What a role must not be able to do."""
    bucket = f"arn:aws:s3:::tickerhouse-dev-alpha-vantage-{place.account}"
    own = {
        "pipeline": _for_pipeline(bucket, place),
        "ingest": _for_ingest(bucket, place),
        "load": _for_load(bucket, place),
        "copy": _for_copy(bucket),
        "worker": _for_worker(place),
    }
    return own[role] + _for_everybody(bucket, place)


def _for_everybody(bucket: str, place: Place) -> list[Need]:
    dynamo = {"kms:ViaService": f"dynamodb.{place.region}.amazonaws.com"}
    return [
        Need("s3:GetObject", "arn:aws:s3:::another-bucket/raw/x"),
        Need("s3:PutObject", f"{bucket}/elsewhere/x"),
        Need("s3:DeleteObject", f"{bucket}/raw/x"),
        Need("s3:DeleteObject", f"{bucket}/curated/x"),
        Need("s3:PutBucketPolicy", bucket),
        Need("kms:Decrypt", place.data_key),
        Need("kms:GenerateDataKey", place.data_key),
        Need("kms:Decrypt", place.data_key, dynamo),
        Need("kms:GenerateDataKey", place.data_key, dynamo),
        Need("kms:ScheduleKeyDeletion", place.data_key),
        Need("secretsmanager:GetSecretValue", place.secrets["tickerhouse-dev/slack-webhook"]),
        Need("secretsmanager:GetSecretValue", place.secrets["tickerhouse-dev/prefect-credential"]),
        Need("iam:PassRole", f"arn:aws:iam::{place.account}:role/administrator", {"iam:PassedToService": "ecs-tasks.amazonaws.com"}),
        Need("sts:AssumeRole", f"arn:aws:iam::{place.account}:role/administrator"),
        Need("redshift-serverless:UpdateWorkgroup", place.workgroups["tickerhouse-dev"]),
        Need("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": "AWS/Elsewhere"}),
        Need("cloudwatch:PutMetricData", "*"),
    ]


def _for_pipeline(bucket: str, place: Place) -> list[Need]:
    return [
        Need("s3:GetObject", f"{bucket}/raw/x"),
        Need("s3:ListBucket", bucket),
        Need("secretsmanager:GetSecretValue", place.secrets["tickerhouse-dev/alpha-vantage-api-key"]),
        Need("redshift-serverless:GetCredentials", place.workgroups["tickerhouse-dev"]),
        Need("redshift-data:ExecuteStatement", place.workgroups["tickerhouse-dev"]),
        Need("sts:AssumeRole", f"arn:aws:iam::{place.account}:role/tickerhouse-dev-worker"),
    ]


def _for_ingest(bucket: str, place: Place) -> list[Need]:
    return [
        # A shard has these rights alone: it hands its file over and cannot put it where COPY reads.
        Need("s3:PutObject", f"{bucket}/curated/x"),
        Need("s3:PutObject", f"{bucket}/manifests/x"),
        Need("s3:PutObject", f"{bucket}/state/coverage/x"),
        Need("s3:GetObject", f"{bucket}/curated/x"),
        Need("s3:GetObject", f"{bucket}/manifests/x"),
        Need("s3:DeleteObject", f"{bucket}/rejected/x"),
        Need("redshift-serverless:GetCredentials", place.workgroups["tickerhouse-dev"]),
        Need("redshift-data:ExecuteStatement", place.workgroups["tickerhouse-dev"]),
        # The key opens the lake for writing, the secret only for reading.
        Need("kms:GenerateDataKey", place.data_key, {"kms:ViaService": f"secretsmanager.{place.region}.amazonaws.com"}),
    ]


def _for_load(bucket: str, place: Place) -> list[Need]:
    return [
        Need("s3:GetObject", f"{bucket}/raw/x"),
        Need("s3:GetObject", f"{bucket}/observations/x"),
        Need("s3:PutObject", f"{bucket}/raw/x"),
        Need("s3:PutObject", f"{bucket}/observations/x"),
        Need("s3:GetObject", f"{bucket}/shards/x"),
        Need("s3:PutObject", f"{bucket}/shards/x"),
        Need("s3:PutObject", f"{bucket}/state/budget/x"),
        Need("s3:PutObject", f"{bucket}/lake-snapshots/x"),
        Need("glue:DeleteTable", f"arn:aws:glue:{place.region}:{place.account}:table/elsewhere/x"),
        Need("glue:CreateTable", f"arn:aws:glue:{place.region}:{place.account}:table/elsewhere/x"),
        Need("secretsmanager:GetSecretValue", place.secrets["tickerhouse-dev/alpha-vantage-api-key"]),
        Need("kms:Decrypt", place.data_key, {"kms:ViaService": f"secretsmanager.{place.region}.amazonaws.com"}),
        Need("redshift-serverless:GetCredentials", place.workgroups["tickerhouse-dev"].rpartition("/")[0] + "/another"),
        Need("redshift-data:ExecuteStatement", place.workgroups["tickerhouse-dev"].rpartition("/")[0] + "/another"),
        Need("redshift-data:GetStatementResult", "*", {"redshift-data:statement-owner-iam-userid": "somebody else"}),
        Need("redshift-data:GetStatementResult", "*"),
    ]


def _for_copy(bucket: str) -> list[Need]:
    return [
        Need("s3:ListBucket", bucket),
        Need("s3:ListBucket", bucket, {"s3:prefix": ""}),
        Need("s3:ListBucket", bucket, {"s3:prefix": "raw/"}),
        Need("s3:GetObject", f"{bucket}/raw/x"),
        Need("s3:GetObject", f"{bucket}/quarantine/x"),
        Need("s3:GetObject", f"{bucket}/shards/x"),
        Need("s3:PutObject", f"{bucket}/curated/x"),
        Need("s3:PutObject", f"{bucket}/lake/x"),
        Need("s3:GetObject", f"{bucket}/lake-snapshots/x"),
    ]


def _for_worker(place: Place) -> list[Need]:
    ecs = f"arn:aws:ecs:{place.region}:{place.account}"
    role = f"arn:aws:iam::{place.account}:role/tickerhouse-dev"
    return [
        Need("ecs:RunTask", f"{ecs}:task-definition/tickerhouse-dev-flow:1", {"ecs:cluster": f"{ecs}:cluster/another"}),
        Need("ecs:RunTask", f"{ecs}:task-definition/tickerhouse-dev-flow:1"),
        Need("ecs:RunTask", f"{ecs}:task-definition/another:1", {"ecs:cluster": f"{ecs}:cluster/tickerhouse-dev"}),
        Need("ecs:StopTask", f"{ecs}:task/another/1", {"ecs:cluster": f"{ecs}:cluster/another"}),
        Need("ecs:DescribeTasks", f"{ecs}:task/another/1", {"ecs:cluster": f"{ecs}:cluster/another"}),
        Need("ecs:ExecuteCommand", f"{ecs}:task/tickerhouse-dev/1"),
        Need("sqs:ReceiveMessage", f"arn:aws:sqs:{place.region}:{place.account}:another"),
        Need("sqs:SendMessage", f"arn:aws:sqs:{place.region}:{place.account}:tickerhouse-dev-task-events"),
        Need("ecs:TagResource", f"{ecs}:task/tickerhouse-dev/1"),
        Need("ecs:TagResource", f"{ecs}:task/tickerhouse-dev/1", {"ecs:CreateAction": "CreateService"}),
        Need("iam:PassRole", f"{role}-pipeline", {"iam:PassedToService": "ec2.amazonaws.com"}),
        Need("iam:PassRole", f"{role}-pipeline"),
        Need("iam:PassRole", f"{role}-deploy", {"iam:PassedToService": "ecs-tasks.amazonaws.com"}),
        Need("sts:AssumeRole", f"{role}-ingest"),
    ]
