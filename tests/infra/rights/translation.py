"""From requests as they arrived to the rights they need, by the Service Authorization Reference.

Some rights are needed and make no request of their own here: S3 and Secrets Manager use the data key for the caller, S3 says 404 for
what is missing only to who may list, ECS looks whether the caller may pass a role. They are told from the request that causes them.
A request that is not known here is an error: then the pipeline makes a call that nobody has judged.
(https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html)
"""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from tests.infra.account.journal import Request, parsed_query
from tests.infra.rights.evaluation import Need

_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class Place:
    """What names alone do not say.

    Attributes:
        account: the account's number.
        region: of everything.
        data_key: ARN of the key that bucket and secrets are under.
        secrets: name to ARN.
        workgroups: name to ARN.
        cluster: name of the ECS cluster.
    """

    account: str
    region: str
    data_key: str
    secrets: Mapping[str, str]
    workgroups: Mapping[str, str]
    cluster: str


def needs_of(request: Request, place: Place) -> list[Need]:
    """The rights that one request needs.

    Raises:
        NotImplementedError: a request nobody has judged.
    """
    translators = {
        "s3": _s3,
        "secretsmanager": _secrets_manager,
        "redshift-serverless": _redshift_serverless,
        "redshift-data": _redshift_data,
        "sts": _sts,
        "ecs": _ecs,
        "sqs": _sqs,
        "ec2": _ec2,
        "monitoring": _cloudwatch,
        "glue": _glue,
    }
    if request.service not in translators:
        raise NotImplementedError(f"Nobody has judged a call to {request.service}: {request.method} {request.path} {request.target}")
    return list(translators[request.service](request, place))


def _s3(request: Request, place: Place) -> Iterator[Need]:
    bucket, _, key = request.path.lstrip("/").partition("/")
    bucket_arn, object_arn = f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/{key}"
    seen = f"{request.method} {request.path} ({request.status})"
    via = {"kms:ViaService": f"s3.{place.region}.amazonaws.com"}
    if not key and request.method == "HEAD":
        yield Need("s3:ListBucket", bucket_arn, {}, seen)
    elif not key and request.method == "GET" and "list-type" in request.query:
        prefix = request.query.get("prefix")
        yield Need("s3:ListBucket", bucket_arn, {} if prefix is None else {"s3:prefix": prefix}, seen)
    elif key and request.method in {"GET", "HEAD"} and not request.query.keys() & {"acl", "tagging", "versionId"}:
        yield Need("s3:GetObject", object_arn, {}, seen)
        if request.status == HTTPStatus.NOT_FOUND:
            yield Need("s3:ListBucket", bucket_arn, {}, f"{seen}: S3 says 404 only to who may list")
        elif request.method == "GET":
            yield Need("kms:Decrypt", place.data_key, via, seen)
    elif key and request.method == "PUT" and not request.query.keys() & {"acl", "tagging", "partNumber"}:
        yield Need("s3:PutObject", object_arn, {}, seen)
        yield Need("kms:GenerateDataKey", place.data_key, via, seen)
        if "if-match" in request.conditions:
            yield Need("s3:GetObject", object_arn, {}, f"{seen}, only if it matches")
        if request.copy_source:
            yield Need("s3:GetObject", f"arn:aws:s3:::{request.copy_source}", {}, f"{seen}, copied")
            yield Need("kms:Decrypt", place.data_key, via, f"{seen}, copied")
    elif key and request.method == "DELETE" and not request.query:
        yield Need("s3:DeleteObject", object_arn, {}, seen)
    else:
        raise NotImplementedError(f"Nobody has judged {seen} {request.query}")


def _secrets_manager(request: Request, place: Place) -> Iterator[Need]:
    asked = json.loads(request.body)
    if request.target != "GetSecretValue":
        raise NotImplementedError(f"Nobody has judged secretsmanager:{request.target}")
    yield Need("secretsmanager:GetSecretValue", place.secrets[asked["SecretId"]], {}, request.target)
    yield Need("kms:Decrypt", place.data_key, {"kms:ViaService": f"secretsmanager.{place.region}.amazonaws.com"}, request.target)


def _redshift_serverless(request: Request, place: Place) -> Iterator[Need]:
    if request.target not in {"GetCredentials", "GetWorkgroup"}:
        raise NotImplementedError(f"Nobody has judged redshift-serverless:{request.target}")
    asked = json.loads(request.body)
    yield Need(f"redshift-serverless:{request.target}", place.workgroups[asked["workgroupName"]], {}, request.target)


def _redshift_data(request: Request, place: Place) -> Iterator[Need]:
    asked = json.loads(request.body)
    if request.target in {"ExecuteStatement", "BatchExecuteStatement"}:
        workgroup = place.workgroups[asked["WorkgroupName"]]
        yield Need(f"redshift-data:{request.target}", workgroup, {}, request.target)
        # "permission to call the redshift-serverless:GetCredentials operation is required" (API_ExecuteStatement).
        yield Need("redshift-serverless:GetCredentials", workgroup, {}, request.target)
    elif request.target in {"DescribeStatement", "GetStatementResult"}:
        yield Need(f"redshift-data:{request.target}", "*", OWN_STATEMENT, request.target)
    else:
        raise NotImplementedError(f"Nobody has judged redshift-data:{request.target}")


OWN_STATEMENT = {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}
"""The context of a call about a statement of the caller's own; IAM fills the policy's variable with the same."""


def _sts(request: Request, place: Place) -> Iterator[Need]:
    asked = parsed_query(request.body.decode())
    # GetCallerIdentity is open to everybody who can sign.
    if asked["Action"] == "AssumeRole":
        yield Need("sts:AssumeRole", asked["RoleArn"], {}, f"AssumeRole in {place.account}")
    elif asked["Action"] != "GetCallerIdentity":
        raise NotImplementedError(f"Nobody has judged sts:{asked['Action']}")


def _cloudwatch(request: Request, place: Place) -> Iterator[Need]:
    if request.target == "PutMetricData":
        yield Need("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": _namespace(request)}, "PutMetricData")
    else:
        raise NotImplementedError(f"Nobody has judged a call to CloudWatch in {place.account}: {request.path} {request.target}")


def _namespace(request: Request) -> str:
    if request.body[:2] == _GZIP:
        return str(json.loads(gzip.decompress(request.body))["Namespace"])
    return str(json.loads(request.body)["Namespace"])


def _glue(request: Request, place: Place) -> Iterator[Need]:
    """Of a table the catalog, the database and the table itself (Service Authorization Reference, AWS Glue)."""
    asked = json.loads(request.body)
    if request.target not in {"BatchCreatePartition", "CreateTable", "GetTable", "UpdateTable"}:
        raise NotImplementedError(f"Nobody has judged glue:{request.target}")
    table = asked.get("TableName") or asked.get("Name") or asked["TableInput"]["Name"]
    start, database = f"arn:aws:glue:{place.region}:{place.account}", asked["DatabaseName"]
    for part in ("catalog", f"database/{database}", f"table/{database}/{table}"):
        yield Need(f"glue:{request.target}", f"{start}:{part}", {}, request.target)


def _ec2(request: Request, place: Place) -> Iterator[Need]:
    action = parsed_query(request.body.decode())["Action"]
    if not action.startswith("Describe"):
        raise NotImplementedError(f"Nobody has judged ec2:{action} in {place.account}")
    yield Need(f"ec2:{action}", "*", {}, action)


def _ecs(request: Request, place: Place) -> Iterator[Need]:
    asked = json.loads(request.body)
    seen = request.target
    start = f"arn:aws:ecs:{place.region}:{place.account}"
    any_task = f"{start}:task/{place.cluster}/0123456789abcdef"
    if request.target in {"DescribeTaskDefinition", "RegisterTaskDefinition"}:
        yield Need(f"ecs:{request.target}", "*", {}, seen)
        yield from _passed(asked, seen)
    elif request.target == "RunTask":
        yield Need("ecs:RunTask", asked["taskDefinition"], {"ecs:cluster": asked["cluster"]}, seen)
        yield from _passed(asked.get("overrides", {}), seen)
        if asked.get("tags"):
            yield Need("ecs:TagResource", any_task, {"ecs:CreateAction": "RunTask"}, f"{seen} with tags")
    elif request.target == "DescribeTasks":
        for task in asked["tasks"]:
            yield Need("ecs:DescribeTasks", task, {"ecs:cluster": asked["cluster"]}, seen)
    elif request.target == "StopTask":
        yield Need("ecs:StopTask", asked["task"], {"ecs:cluster": asked["cluster"]}, seen)
    else:
        raise NotImplementedError(f"Nobody has judged ecs:{request.target}")


def _sqs(request: Request, place: Place) -> Iterator[Need]:
    asked = json.loads(request.body)
    if request.target not in {"ChangeMessageVisibility", "DeleteMessage", "GetQueueUrl", "ReceiveMessage"}:
        raise NotImplementedError(f"Nobody has judged sqs:{request.target}")
    queue = asked.get("QueueName") or asked["QueueUrl"].rpartition("/")[2]
    yield Need(f"sqs:{request.target}", f"arn:aws:sqs:{place.region}:{place.account}:{queue}", {}, request.target)


def _passed(asked: Mapping[str, Any], seen: str) -> Iterator[Need]:
    for part in ("executionRoleArn", "taskRoleArn"):
        if asked.get(part):
            yield Need("iam:PassRole", asked[part], {"iam:PassedToService": "ecs-tasks.amazonaws.com"}, f"{seen} passes {part}")
