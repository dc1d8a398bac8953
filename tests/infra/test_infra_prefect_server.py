"""A Prefect server of one's own, applied beside the rest and taken away again: who is led to it, and who may come in."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from prefect.settings import Settings
from prefect.settings.legacy import _get_valid_setting_names

from infra.cost import prices
from infra.cost.model import PrefectServer
from tests.infra.conftest import Applied
from tests.infra.rights.evaluation import Need, allows, listed
from tests.infra.test_infra_costs import FREE, PAID

ADDRESS = "http://prefect.tickerhouse-dev.internal:4200/api"
OWN_SERVER = ("-var=prefect_api_url=", "-var=prefect_server={}", "-var=prefect_auth=auth_string")

KNOWN_GAPS = {"aws_ecs_service.prefect[0]": {"availability_zone_rebalancing", "enable_execute_command"}}
"""What moto forgets, as in test_infra_apply.py; descriptions of rules beside it."""


OF_A_SERVER = {
    "aws_db_instance",
    "aws_db_subnet_group",
    "aws_efs_access_point",
    "aws_efs_file_system",
    "aws_efs_mount_target",
    "aws_service_discovery_private_dns_namespace",
    "aws_service_discovery_service",
}
"""What is there beside the rest: the database, the hosted zone of its name, and a disk of a few kilobytes."""


@pytest.fixture(scope="module")
def served(applied: Applied) -> Iterator[Applied]:
    applied.terraform.run("apply", "-auto-approve", "-input=false", *OWN_SERVER)
    yield applied
    applied.terraform.run("apply", "-auto-approve", "-input=false")


def container(applied: Applied, family: str) -> dict[str, Any]:
    ecs = applied.client("ecs")
    (definition,) = ecs.describe_task_definition(taskDefinition=f"tickerhouse-dev-{family}")["taskDefinition"]["containerDefinitions"]
    return dict(definition)


def environment(definition: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in definition["environment"]}


def test_worker_and_commands_are_led_to_the_server_with_its_credential(served: Applied) -> None:
    for family in ("worker", "command"):
        definition = container(served, family)
        assert environment(definition)["PREFECT_API_URL"] == ADDRESS
        assert [each["name"] for each in definition["secrets"]] == ["PREFECT_API_AUTH_STRING"]


def test_the_delivery_reads_the_same_address(served: Applied) -> None:
    value = served.client("ssm").get_parameter(Name=served.outputs["deployment_parameter"])["Parameter"]["Value"]
    assert json.loads(value)["prefect_api_url"] == ADDRESS


def test_every_setting_of_the_server_is_one_that_prefect_has(served: Applied) -> None:
    definition = container(served, "prefect")
    named = {*environment(definition), *(each["name"] for each in definition["secrets"])}
    assert {"PREFECT_SERVER_API_AUTH_STRING", "PREFECT_SERVER_DATABASE_PASSWORD"} <= named
    assert named - _get_valid_setting_names(Settings) == set()


def test_the_servers_password_is_read_by_the_execution_role_alone(served: Applied) -> None:
    definition = container(served, "prefect")
    (secret,) = {each["valueFrom"].removesuffix(":password::") for each in definition["secrets"] if each["name"].endswith("_PASSWORD")}
    need = Need("secretsmanager:GetSecretValue", secret)
    iam = served.client("iam")
    readable = set()
    for role in iam.list_roles()["Roles"]:
        for policy in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
            if allows(iam.get_role_policy(RoleName=role["RoleName"], PolicyName=policy)["PolicyDocument"], need):
                readable.add(role["RoleName"])
    assert readable == {"tickerhouse-dev-execution"}


def test_the_servers_role_has_its_disk_and_the_tunnel_and_nothing_more(served: Applied) -> None:
    policy = served.client("iam").get_role_policy(RoleName="tickerhouse-dev-prefect", PolicyName="prefect")["PolicyDocument"]
    actions = {action.partition(":")[0] for each in policy["Statement"] for action in listed(each["Action"])}
    assert actions == {"elasticfilesystem", "ssmmessages"}


def test_only_worker_and_flow_runs_come_in(served: Applied) -> None:
    ec2 = served.client("ec2")
    groups = {each["GroupName"]: each for each in ec2.describe_security_groups()["SecurityGroups"]}
    for name, comes_in, ports in (
        ("tickerhouse-dev-prefect", "tickerhouse-dev-flows", {4200}),
        ("tickerhouse-dev-prefect-store", "tickerhouse-dev-prefect", {5432, 2049}),
    ):
        rules = groups[name]["IpPermissions"]
        assert {rule["FromPort"] for rule in rules} == ports
        assert not any(rule["IpRanges"] or rule["Ipv6Ranges"] for rule in rules)
        assert {pair["GroupId"] for rule in rules for pair in rule["UserIdGroupPairs"]} == {groups[comes_in]["GroupId"]}


def test_what_a_server_is_paid_for_is_what_the_cost_model_counts(served: Applied) -> None:
    shown = json.loads(served.terraform.run("show", "-json"))
    resources = [each for each in shown["values"]["root_module"]["resources"] if each["mode"] == "managed"]
    assert {each["type"] for each in resources} - FREE - PAID == OF_A_SERVER
    (database,) = [each["values"] for each in resources if each["type"] == "aws_db_instance"]
    # One zone, and backups no larger than the database, which are free.
    assert (database["instance_class"], database["storage_type"], database["multi_az"]) == ("db.t4g.micro", "gp3", False)
    assert database["instance_class"] in prices.DATABASE_HOUR.unit
    assert database["allocated_storage"] == PrefectServer.storage_gigabytes
    assert len(database["master_user_secret"]) == PrefectServer.secrets
    (task,) = [each["values"] for each in resources if each["address"] == "aws_ecs_task_definition.prefect[0]"]
    assert (int(task["cpu"]) / 1024, int(task["memory"]) / 1024) == (PrefectServer.cpu, PrefectServer.gigabytes)
    assert len([each for each in resources if each["type"] == "aws_service_discovery_private_dns_namespace"]) == 1


def test_the_servers_plan_is_as_empty_as_the_rest(served: Applied) -> None:
    served.terraform.run("plan", "-input=false", "-out=served", *OWN_SERVER)
    planned = json.loads(served.terraform.run("show", "-json", "served"))
    differing = {
        each["address"]: {
            name for name, value in (each["change"]["after"] or {}).items() if value != (each["change"]["before"] or {}).get(name)
        }
        for each in planned["resource_changes"]
        if each["change"]["actions"] != ["no-op"] and "prefect" in each["address"]
    }
    assert {address: names for address, names in differing.items() if names != {"description"}} == KNOWN_GAPS
