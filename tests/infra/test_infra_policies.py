"""What the policies say, as the account has them: for every role, and for execution and deploy nothing else proves them."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infra.conftest import MODULE, ROOT, Applied
from tests.infra.rights.evaluation import Need, allows, listed, refuses
from tests.infra.rights.github import jobs_that_sign_in, subject

BUCKET = "arn:aws:s3:::tickerhouse-dev-alpha-vantage-123456789012"
ROLE = "arn:aws:iam::123456789012:role/tickerhouse-dev-"
PARLIAMENT = ROOT / ".venv-infra" / "bin" / "parliament"

REASONED = {
    ("deploy", "ecr:GetAuthorizationToken"),
    ("execution", "ecr:GetAuthorizationToken"),
    ("flow-logs", "logs:DescribeLogGroups"),
    ("load", "cloudwatch:PutMetricData"),
    ("load", "redshift-data:DescribeStatement"),
    ("load", "redshift-data:GetStatementResult"),
    ("worker", "ec2:DescribeSubnets"),
    ("worker", "ec2:DescribeVpcs"),
    ("worker", "ecs:DescribeTaskDefinition"),
    ("worker", "ecs:RegisterTaskDefinition"),
}
"""Actions that take no resource; the reason stands beside each in the policy's file."""


def statement(policy: dict[str, Any], sid: str) -> dict[str, Any]:
    (found,) = [each for each in policy["Statement"] if each.get("Sid") == sid]
    return dict(found)


def test_the_lake_refuses_everything_that_does_not_come_over_tls(applied: Applied) -> None:
    policy = json.loads(applied.client("s3").get_bucket_policy(Bucket=BUCKET.rpartition(":")[2])["Policy"])
    only_tls = statement(policy, "OnlyOverTls")
    assert (only_tls["Effect"], only_tls["Action"], only_tls["Principal"]) == ("Deny", "s3:*", "*")
    assert only_tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert set(only_tls["Resource"]) == {BUCKET, f"{BUCKET}/*"}


ENCRYPTION = "s3:x-amz-server-side-encryption"
KEY_ID = f"{ENCRYPTION}-aws-kms-key-id"
CUSTOMER = f"{ENCRYPTION}-customer-algorithm"


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({}, False),
        ({ENCRYPTION: "aws:kms", KEY_ID: "ours"}, False),
        ({ENCRYPTION: "aws:kms", KEY_ID: "another"}, True),
        ({KEY_ID: "another"}, True),
        ({ENCRYPTION: "AES256"}, True),
        ({ENCRYPTION: "aws:kms:dsse", KEY_ID: "ours"}, True),
        ({ENCRYPTION: "aws:kms"}, True),
        ({CUSTOMER: "AES256"}, True),
    ],
    ids=["default", "our-key", "another-key", "another-key-alone", "key-of-s3", "two-layers", "key-aws-s3", "key-of-the-caller"],
)
def test_the_lake_takes_objects_under_our_key_only(applied: Applied, headers: dict[str, str], *, refused: bool) -> None:
    policy = json.loads(applied.client("s3").get_bucket_policy(Bucket=BUCKET.rpartition(":")[2])["Policy"])
    (key,) = applied.client("kms").list_keys()["Keys"]
    sent = {name: key["KeyArn"] if value == "ours" else value for name, value in headers.items()}
    over_tls = {"aws:SecureTransport": "true", **sent}
    assert refuses(policy, Need("s3:PutObject", f"{BUCKET}/raw/x", over_tls)) is refused
    assert refuses(policy, Need("s3:PutObject", f"{BUCKET}/raw/x", over_tls | {"aws:SecureTransport": "false"}))


def test_the_way_to_the_lake_lets_through_what_the_roles_may_do(applied: Applied) -> None:
    """With enhanced VPC routing COPY and UNLOAD come this way, and flow runs too: its policy must not take away what a role has."""
    (endpoint,) = applied.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    way = json.loads(endpoint["PolicyDocument"])
    needs = [
        Need(action, resource.replace("*", "x"), {"aws:PrincipalAccount": "123456789012"})
        for policy in applied.policies.values()
        for each in policy["Statement"]
        for action in listed(each["Action"])
        for resource in listed(each["Resource"])
        if action.startswith("s3:")
    ]
    assert len({need.action for need in needs}) == 5
    assert [str(need) for need in needs if not allows(way, need)] == []
    assert not any(allows(way, Need(need.action, need.resource, {"aws:PrincipalAccount": "210987654321"})) for need in needs)


def test_only_the_worker_passes_roles_and_only_two_and_only_to_tasks(applied: Applied) -> None:
    passing = {name: policy for name, policy in applied.policies.items() if "iam:PassRole" in json.dumps(policy)}
    assert list(passing) == ["worker"]
    passed = statement(passing["worker"], "PassFlowRoles")
    assert set(listed(passed["Resource"])) == {f"{ROLE}execution", f"{ROLE}pipeline"}
    assert passed["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


def test_a_star_as_resource_stands_only_where_an_action_takes_none(applied: Applied) -> None:
    stars = {
        (name, action)
        for name, policy in applied.policies.items()
        for each in policy["Statement"]
        if "*" in listed(each["Resource"])
        for action in listed(each["Action"])
    }
    assert stars == REASONED


def test_every_star_in_the_module_has_its_reason_beside_it() -> None:
    lines = [(file.name, line) for file in sorted(MODULE.glob("*.tf")) for line in file.read_text().splitlines()]
    stars = [(name, line) for name, line in lines if re.search(r'^\s*resources\s*=.*"\*"', line)]
    assert stars
    assert [(name, line) for name, line in stars if not re.search(r"# reason: \S.{15}", line)] == []


def test_no_policy_grants_whole_services(applied: Applied) -> None:
    wild = {
        (name, action)
        for name, policy in applied.policies.items()
        for each in policy["Statement"]
        for action in listed(each["Action"])
        if "*" in action
    }
    assert wild == set()


@pytest.mark.parametrize("role", ["execution", "worker", "pipeline"])
def test_only_ecs_tasks_of_this_account_take_on_task_roles(applied: Applied, role: str) -> None:
    (trust,) = applied.trusts[role]["Statement"]
    assert (trust["Effect"], trust["Action"], trust["Principal"]) == ("Allow", "sts:AssumeRole", {"Service": "ecs-tasks.amazonaws.com"})
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:ecs:us-east-1:123456789012:*"},
    }


@pytest.mark.parametrize("role", ["ingest", "load"])
def test_only_flow_runs_and_named_people_take_on_the_steps_roles(applied: Applied, role: str) -> None:
    (trust,) = applied.trusts[role]["Statement"]
    assert trust["Action"] == "sts:AssumeRole"
    assert set(trust["Principal"]["AWS"]) == {f"{ROLE}pipeline", "arn:aws:iam::123456789012:role/analysts"}


def test_only_redshift_of_this_account_takes_on_the_copy_role(applied: Applied) -> None:
    (trust,) = applied.trusts["copy"]["Statement"]
    assert set(trust["Principal"]["Service"]) == {"redshift.amazonaws.com", "redshift-serverless.amazonaws.com"}
    # Nothing says that Redshift sends more (roles.tf), and the role can be put to use only with iam:PassRole in this account.
    assert "Condition" not in trust


@pytest.mark.parametrize(
    ("role", "name", "environment"), [("deploy", "deliver", "dev"), ("deploy", "promote", "dev"), ("rehearse", "rehearse", "dev-rehearsal")]
)
def test_the_delivery_is_trusted_by_the_subject_that_github_sends(applied: Applied, role: str, name: str, environment: str) -> None:
    (trust,) = applied.trusts[role]["Statement"]
    github = "token.actions.githubusercontent.com"
    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert trust["Principal"] == {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{github}"}
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "deliver.yml").read_text())["jobs"]
    assert len(jobs_that_sign_in({"jobs": jobs})) == 3
    variables = {"TICKERHOUSE_ENVIRONMENT": "dev", "PROMOTE_TO": "dev"}
    sent = subject("example@123456/tickerhouse@456789", jobs[name], variables, "refs/heads/main")
    assert sent == f"repo:example@123456/tickerhouse@456789:environment:{environment}"
    assert trust["Condition"] == {"StringEquals": {f"{github}:aud": "sts.amazonaws.com", f"{github}:sub": sent}}


@pytest.mark.parametrize("role", ["deploy", "rehearse"])
def test_the_delivery_reads_one_deployment_and_two_secrets(applied: Applied, role: str) -> None:
    policy = applied.policies[role]
    resources = {each["Sid"]: listed(each["Resource"]) for each in policy["Statement"]}
    assert resources["ReadDeployment"] == ["arn:aws:ssm:us-east-1:123456789012:parameter/tickerhouse-dev/deployment"]
    secrets = applied.client("secretsmanager")
    readable = {secrets.describe_secret(SecretId=arn)["Name"] for arn in resources["SignInToPrefect"]}
    assert readable == {"tickerhouse-dev/prefect-credential", "tickerhouse-dev/slack-webhook"}
    assert not any(allows(policy, Need(action, f"{BUCKET}/raw/x")) for action in ("s3:GetObject", "s3:PutObject"))
    assert not allows(policy, Need("sts:AssumeRole", f"{ROLE}load"))


def test_a_deployment_pushes_one_repository_and_a_rehearsal_none(applied: Applied) -> None:
    own, of_before = (f"arn:aws:ecr:us-east-1:123456789012:repository/tickerhouse-{name}" for name in ("dev", "staging"))
    deploy, rehearse = applied.policies["deploy"], applied.policies["rehearse"]
    assert allows(deploy, Need("ecr:PutImage", own))
    assert allows(deploy, Need("ecr:BatchGetImage", of_before))
    assert not allows(deploy, Need("ecr:PutImage", of_before))
    assert [each["Sid"] for each in rehearse["Statement"]] == ["ReadDeployment", "SignInToPrefect", "UseDataKeyForSecrets"]


def test_the_execution_role_reads_no_secret_but_the_prefect_credential(applied: Applied) -> None:
    """The execution role reads the Prefect credential and no other secret."""
    policy = applied.policies["execution"]
    secrets = applied.client("secretsmanager")
    arns = {
        name: secrets.describe_secret(SecretId=f"tickerhouse-dev/{name}")["ARN"]
        for name in ("prefect-credential", "alpha-vantage-api-key", "slack-webhook")
    }
    readable = {name for name, arn in arns.items() if allows(policy, Need("secretsmanager:GetSecretValue", arn))}
    assert readable == {"prefect-credential"}
    groups = {"flows", "worker", "rejected-traffic"}
    stream = "arn:aws:logs:us-east-1:123456789012:log-group:/tickerhouse-dev/{}:*:log-stream:x"
    writable = {group for group in groups if allows(policy, Need("logs:PutLogEvents", stream.format(group)))}
    assert writable == {"flows", "worker"}


def test_alarms_and_budget_may_use_key_and_topic_and_only_for_this_account(applied: Applied) -> None:
    topic = applied.outputs["alarm_topic_arn"]
    policy = json.loads(applied.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    speaking = statement(policy, "AlarmsAndBudgetOfThisAccount")
    (key,) = [each["KeyId"] for each in applied.client("kms").list_keys()["Keys"]]
    key_policy = json.loads(applied.client("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    opening = statement(key_policy, "AlarmsAndBudget")
    for each in (speaking, opening):
        assert set(each["Principal"]["Service"]) == {"cloudwatch.amazonaws.com", "budgets.amazonaws.com"}
        assert each["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    assert "alias/aws/sns" not in json.dumps(applied.client("sns").get_topic_attributes(TopicArn=topic))


@pytest.mark.parametrize("role", ["copy", "deploy", "execution", "flow-logs", "ingest", "load", "pipeline", "rehearse", "worker"])
def test_parliament_finds_nothing_but_the_reasoned_stars(applied: Applied, role: str) -> None:
    if not Path(PARLIAMENT).exists():
        pytest.skip("parliament is in .venv-infra, which `make infra` sets up")
    ended = subprocess.run([PARLIAMENT], input=json.dumps(applied.policies[role]), capture_output=True, text=True, check=False)
    findings = [line for line in ended.stdout.splitlines() if line and "Unnecessary use of Resource *" not in line]
    assert findings == []


def test_parliament_would_find_a_misspelt_action(applied: Applied) -> None:
    if not Path(PARLIAMENT).exists():
        pytest.skip("parliament is in .venv-infra, which `make infra` sets up")
    misspelt = json.dumps(applied.policies["load"]).replace("GetCredentials", "GetCredentialss")
    ended = subprocess.run([PARLIAMENT], input=misspelt, capture_output=True, text=True, check=False)
    assert "Unknown action redshift-serverless:GetCredentialss" in ended.stdout
