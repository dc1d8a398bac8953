"""The cost model holds what Terraform makes: how many of each that is paid for by the month, and how large."""

import json
from collections import Counter
from typing import Any

import pytest

from infra.cost import prices
from infra.cost.model import DEFAULT, HOURS_A_MONTH, options
from tests.infra.conftest import Applied

FREE = {
    "aws_appautoscaling_scheduled_action",
    "aws_appautoscaling_target",
    "aws_budgets_budget",
    "aws_cloudwatch_event_rule",
    "aws_cloudwatch_event_target",
    "aws_cloudwatch_log_group",
    "aws_default_security_group",
    "aws_ecr_lifecycle_policy",
    "aws_ecr_repository",
    "aws_ecs_cluster",
    "aws_ecs_cluster_capacity_providers",
    "aws_ecs_service",
    "aws_ecs_task_definition",
    "aws_flow_log",
    "aws_glue_catalog_database",
    "aws_iam_openid_connect_provider",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_internet_gateway",
    "aws_kms_alias",
    "aws_redshiftserverless_namespace",
    "aws_redshiftserverless_usage_limit",
    "aws_redshiftserverless_workgroup",
    "aws_route",
    "aws_route_table",
    "aws_route_table_association",
    "aws_s3_bucket",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_security_group",
    "aws_sns_topic",
    "aws_sns_topic_policy",
    "aws_sns_topic_subscription",
    "aws_sqs_queue",
    "aws_sqs_queue_policy",
    "aws_ssm_parameter",
    "aws_subnet",
    "aws_vpc",
    "aws_vpc_endpoint",
    "aws_vpc_security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule",
}
"""What costs nothing by being there: paid by use, which the model counts by runs, or not at all."""

PAID = {"aws_cloudwatch_dashboard", "aws_cloudwatch_metric_alarm", "aws_kms_key", "aws_secretsmanager_secret"}
"""What is paid by the month."""


@pytest.fixture(scope="module")
def resources(applied: Applied) -> list[dict[str, Any]]:
    shown = json.loads(applied.terraform.run("show", "-json"))
    found: list[dict[str, Any]] = shown["values"]["root_module"]["resources"]
    return [each for each in found if each["mode"] == "managed"]


def values(resources: list[dict[str, Any]], address: str) -> dict[str, Any]:
    (found,) = [each["values"] for each in resources if each["address"] == address]
    return dict(found)


def test_every_kind_of_resource_is_known_to_be_free_or_counted(resources: list[dict[str, Any]]) -> None:
    assert {each["type"] for each in resources} == FREE | PAID


def test_what_is_paid_by_the_month_is_counted_as_it_is_made(resources: list[dict[str, Any]]) -> None:
    made = Counter(each["type"] for each in resources)
    assert made["aws_kms_key"] == DEFAULT.keys
    # And the administrator's, which AWS makes.
    assert made["aws_secretsmanager_secret"] + 1 == DEFAULT.secrets
    assert made["aws_cloudwatch_dashboard"] == DEFAULT.dashboards
    alarms = [each["values"] for each in resources if each["type"] == "aws_cloudwatch_metric_alarm"]
    metrics = [bool(alarm["metric_name"]) + sum(bool(query["metric"]) for query in alarm["metric_query"]) for alarm in alarms]
    assert sum(metrics) == DEFAULT.alarm_metrics


def test_sizes_are_those_that_are_paid_for(resources: list[dict[str, Any]]) -> None:
    assert values(resources, "aws_redshiftserverless_workgroup.this")["base_capacity"] == DEFAULT.rpus
    command = values(resources, "aws_ecs_task_definition.command")
    assert (int(command["cpu"]) / 1024, int(command["memory"]) / 1024) == (DEFAULT.task_cpu, DEFAULT.task_gb)
    worker = values(resources, "aws_ecs_task_definition.worker")
    assert (int(worker["cpu"]) / 1024, int(worker["memory"]) / 1024) == (0.25, 0.5)


def test_the_worker_is_up_for_as_long_as_it_is_paid_for(applied: Applied) -> None:
    window = applied.outputs["run_window"]
    assert window["end_hour"] - window["start_hour"] == DEFAULT.worker_hours
    assert window["always_on"] is False


def test_every_image_that_is_paid_for_is_one_that_the_rules_keep(resources: list[dict[str, Any]]) -> None:
    rules = json.loads(values(resources, "aws_ecr_lifecycle_policy.app")["policy"])["rules"]
    (deployed,) = [rule["selection"]["countNumber"] for rule in rules if rule["selection"].get("tagPrefixList") == ["deployed-"]]
    assert deployed + 1 == DEFAULT.images


def test_what_a_choice_adds_is_what_terraform_would_make(applied: Applied) -> None:
    """One gateway with one address and none for the tasks; an interface endpoint in three zones."""
    choices = ("-var=egress_mode=nat", '-var=interface_endpoints=["secretsmanager"]')
    applied.terraform.run("plan", "-input=false", "-refresh=false", "-out=choices", *choices)
    planned = json.loads(applied.terraform.run("show", "-json", "choices"))["planned_values"]["root_module"]["resources"]
    made = Counter(each["type"] for each in planned if each["mode"] == "managed")
    assert (made["aws_nat_gateway"], made["aws_eip"]) == (1, 1)
    assert values(planned, "aws_ecs_service.worker")["network_configuration"][0]["assign_public_ip"] is False
    (endpoint,) = [each["values"] for each in planned if each["address"].startswith("aws_vpc_endpoint.interface")]
    assert len(endpoint["subnet_ids"]) == 3
    one_zone = HOURS_A_MONTH * prices.ENDPOINT_HOUR.usd
    assert options()["one interface endpoint (three zones)"] == pytest.approx(len(endpoint["subnet_ids"]) * one_zone)
