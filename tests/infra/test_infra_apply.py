"""Applied, planned again, destroyed: against moto and stand-ins for what moto lacks. AWS itself has never seen it."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tasks.orchestration.settings import Settings, variable_name
from tests.infra.account.redshift_serverless import PARAMETERS
from tests.infra.conftest import FIGURES, Applied

KNOWN_GAPS = {
    "aws_ecs_service.worker": {"availability_zone_rebalancing"},
    "aws_vpc_security_group_egress_rule.flows_warehouse": {"description"},
    "aws_vpc_security_group_egress_rule.warehouse_s3": {"description"},
    "aws_vpc_security_group_ingress_rule.warehouse_flows": {"description"},
}
"""What moto forgets of what it was told, so that a second plan wants to tell it again: resource to attributes."""


def test_a_second_plan_wants_nothing_but_what_moto_forgets(applied: Applied) -> None:
    applied.terraform.run("plan", "-input=false", "-detailed-exitcode", "-out=second", expected=(0, 2))
    planned = json.loads(applied.terraform.run("show", "-json", "second"))
    changes = {each["address"]: each["change"] for each in planned["resource_changes"] if each["change"]["actions"] != ["no-op"]}
    differing = {
        address: {name for name, value in (change["after"] or {}).items() if value != (change["before"] or {}).get(name)}
        for address, change in changes.items()
    }
    assert {tuple(change["actions"]) for change in changes.values()} <= {("update",)}
    FIGURES.append(f"second plan: {len(differing)} resources differ, each a gap of moto that is known by name")
    assert differing == KNOWN_GAPS


def test_the_warehouse_is_answered_with_parameters_that_nobody_declared(applied: Applied) -> None:
    """Or the plan above would prove nothing: AWS answers with every parameter in force."""
    workgroup = applied.account.warehouse.answer("GetWorkgroup", {"workgroupName": "tickerhouse-dev"})[1]["workgroup"]
    in_force = {each["parameterKey"]: each["parameterValue"] for each in workgroup["configParameters"]}
    assert in_force == PARAMETERS | {"require_ssl": "true", "max_query_execution_time": "900"}


def test_the_provider_without_its_exception_would_fail_at_the_second_apply(applied: Applied, tmp_path: Path) -> None:
    """The stand-in refuses what AWS refuses: an update that only takes undeclared parameters away."""
    folder = applied.terraform.folder
    shutil.copytree(folder, tmp_path / "copy", symlinks=True)
    copy = applied.terraform.copied(tmp_path / "copy")
    warehouse = copy.folder / "warehouse.tf"
    warehouse.write_text(warehouse.read_text().replace("ignore_changes = [config_parameter]", "ignore_changes = []"))
    said = copy.run("apply", "-auto-approve", "-input=false", "-target=aws_redshiftserverless_workgroup.this", expected=(1,))
    assert "didn't specify any changes" in " ".join(said.replace("│", "").split())


def test_a_parameter_changed_by_hand_is_told_at_the_next_plan(applied: Applied) -> None:
    named = {"workgroupName": "tickerhouse-dev", "configParameters": [{"parameterKey": "require_ssl", "parameterValue": "false"}]}
    applied.account.warehouse.answer("UpdateWorkgroup", named)
    try:
        said = " ".join(applied.terraform.run("plan", "-input=false").replace("│", "").split())
    finally:
        named["configParameters"] = [{"parameterKey": "require_ssl", "parameterValue": "true"}]
        applied.account.warehouse.answer("UpdateWorkgroup", named)
    assert "The warehouse must require TLS" in said
    assert "Check block assertion failed" not in applied.terraform.run("plan", "-input=false")


def test_a_variable_that_is_missing_is_named_at_plan_time(applied: Applied) -> None:
    said = applied.terraform.run("plan", "-input=false", expected=(1,), without="environment")
    assert "No value for required variable" in said
    assert 'The root module input variable "environment" is not set' in " ".join(said.replace("│", "").split())


def test_a_plan_without_any_prefect_says_which_two_variables_give_one(applied: Applied) -> None:
    said = applied.terraform.run("plan", "-input=false", expected=(1,), without="prefect_api_url")
    assert "Either prefect_api_url names a Prefect API, or prefect_server = {} makes a server" in " ".join(said.replace("│", "").split())


def test_nothing_was_asked_that_nobody_answers(applied: Applied) -> None:
    assert applied.account.lacking == []


def test_every_setting_of_the_output_is_one_the_pipeline_has_and_takes(applied: Applied, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = applied.outputs["settings"]
    known = {variable_name(name) for name in Settings.model_fields}
    assert set(settings) <= known
    for name in known:
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    taken = Settings.from_environment()
    assert taken.bucket_name == "tickerhouse-dev-alpha-vantage-123456789012"
    assert taken.database_name == "dev_alpha_vantage"
    assert taken.ingest_role == applied.outputs["role_arns"]["ingest"]


def test_the_workflow_reads_the_same_from_the_parameter(applied: Applied) -> None:
    value = applied.client("ssm").get_parameter(Name=applied.outputs["deployment_parameter"])["Parameter"]["Value"]
    deployment = json.loads(value)
    assert deployment["settings"] == applied.outputs["settings"]
    assert json.loads(deployment["settings"]["TICKERHOUSE_JOB_VARIABLES"]) == applied.outputs["work_pool"]["job_variables"]
    assert deployment["settings"]["TICKERHOUSE_WORK_POOL"] == applied.outputs["work_pool"]["name"] == "tickerhouse-dev"
    assert len(value) < 4096, "a parameter of the free tier holds 4 KiB"


def test_no_secret_has_a_value_and_none_is_in_the_state(applied: Applied) -> None:
    client = applied.client("secretsmanager")
    for name in applied.outputs["secrets"].values():
        assert client.list_secret_version_ids(SecretId=name)["Versions"] == []
    state = (applied.terraform.folder / "terraform.tfstate").read_text()
    assert '"aws_secretsmanager_secret_version"' not in state
    assert not re.findall(r'"admin_user_password": "[^"]', state)


def test_the_load_roles_database_rights_follow_from_its_tag(applied: Applied) -> None:
    tags = applied.client("iam").list_role_tags(RoleName="tickerhouse-dev-load")["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags}["RedshiftDbRoles"] == "tickerhouse_loader"


def test_every_resource_that_can_be_tagged_says_its_environment(applied: Applied) -> None:
    state = json.loads((applied.terraform.folder / "terraform.tfstate").read_text())
    silent = [
        f"{resource['type']}.{resource['name']}"
        for resource in state["resources"]
        if resource["mode"] == "managed"
        for instance in resource["instances"]
        if "tags_all" in instance["attributes"] and (instance["attributes"]["tags_all"] or {}).get("Environment") != "dev"
    ]
    assert silent == []
