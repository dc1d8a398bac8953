"""What deployments are made of, from settings alone."""

import json
import logging
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.utilities.callables import parameter_schema
from prefect.utilities.importtools import import_object
from prefect.utilities.schema_tools.validation import ValidationError, validate
from prefect.utilities.templating import apply_values
from prefect_aws.workers.ecs_worker import ECSWorker

from deployments.entries import _deploy, read_entries
from deployments.errors import SettingsMissing
from deployments.place import check_place, code_version, ecs_template, job_variables, read_place
from deployments.report import Action, Change, count
from tasks.orchestration.settings import Settings, variable_name

ROOT = Path(__file__).resolve().parents[3]
HOOK = "https://hooks.slack.com/services/T/B/CANARY-HOOK"
TASK = {
    "cluster": "arn:aws:ecs:us-east-1:1:cluster/tickerhouse-prod",
    "family": "tickerhouse-prod",
    "launch_type": "FARGATE",
    "cpu": 1024,
    "memory": 2048,
    "execution_role_arn": "arn:aws:iam::1:role/execution",
    "task_role_arn": "arn:aws:iam::1:role/pipeline",
    "vpc_id": "vpc-1",
    "configure_cloudwatch_logs": True,
    "cloudwatch_logs_options": {"awslogs-group": "flows", "awslogs-region": "us-east-1"},
    "cloudwatch_logs_prefix": "flows",
    "network_configuration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": "ENABLED"},
}


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(variable_name(name), raising=False)


def on_ecs(monkeypatch: pytest.MonkeyPatch, **settings: str) -> Settings:
    wanted = {
        "TICKERHOUSE_ENVIRONMENT": "prod",
        "TICKERHOUSE_WORK_POOL_TYPE": "ecs",
        "TICKERHOUSE_WORK_POOL": "tickerhouse-prod",
        "TICKERHOUSE_IMAGE": "1.dkr.ecr.us-east-1.amazonaws.com/tickerhouse-prod@sha256:aa",
        "TICKERHOUSE_JOB_VARIABLES": json.dumps(TASK),
        "TICKERHOUSE_API_KEY_SECRET": "tickerhouse-prod/key",
        "TICKERHOUSE_SLACK_WEBHOOK": HOOK,
        "ALPHAVANTAGE_API_KEY": "CANARY-KEY",
    }
    for name, value in (wanted | settings).items():
        monkeypatch.setenv(name, value)
    return Settings.from_environment()


def test_everything_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKERHOUSE_WORK_POOL_TYPE", "ecs")
    with pytest.raises(SettingsMissing) as refused:
        check_place(Settings.from_environment())
    for name in ("SLACK_WEBHOOK", "IMAGE", "JOB_VARIABLES.cluster", "JOB_VARIABLES.cloudwatch_logs_options", "API_KEY_SECRET"):
        assert f"TICKERHOUSE_{name}" in refused.value.fact
    assert refused.value.exit_code == 2


def test_an_ecs_task_is_complete_and_carries_its_settings_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = on_ecs(monkeypatch, TICKERHOUSE_GATE_LIMIT="0.02")
    check_place(settings)
    variables = job_variables(settings)
    assert {name: variables[name] for name in TASK} == TASK
    assert variables["image"].endswith("@sha256:aa")
    assert variables["env"]["TICKERHOUSE_ENVIRONMENT"] == "prod"
    assert variables["env"]["TICKERHOUSE_GATE_LIMIT"] == "0.02"
    assert variables["env"]["TICKERHOUSE_API_KEY_SECRET"] == "tickerhouse-prod/key"
    assert "CANARY" not in json.dumps(read_place())


def test_every_variable_of_an_ecs_task_is_one_the_pool_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every variable of an ECS task reaches the deployment and is one the pool knows."""
    known = set(ecs_template()["variables"]["properties"])
    (daily,) = [entry for entry in read_entries(on_ecs(monkeypatch)) if entry.flow == "daily_prices"]
    variables = daily.facts["job variables"]
    assert {name: variables[name] for name in TASK} == TASK
    assert set(variables) <= known
    assert daily.name == "daily_prices/daily-prices-prod"
    assert daily.facts["work pool"] == "tickerhouse-prod"
    assert daily.facts["pull steps"] == [{"prefect.deployments.steps.set_working_directory": {"directory": "/app"}}]


def test_the_template_is_the_installed_prefect_aws_one_for_our_processor() -> None:
    """The template is that of the installed prefect-aws for the image's processor."""
    template = ecs_template()
    platform = template["job_configuration"]["task_definition"].pop("runtimePlatform")
    assert platform == {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}
    assert template == json.loads(json.dumps(ECSWorker.get_default_base_job_template()))


def test_a_process_takes_settings_from_its_worker_not_its_environment() -> None:
    """A process takes its settings from its worker but not its environment."""
    variables = job_variables(Settings.from_environment())
    of_every_run = {"PREFECT_LOGGING_EXTRA_LOGGERS": "tickerhouse", "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "60"}
    assert variables == {"env": {"TICKERHOUSE_ENVIRONMENT": "dev", **of_every_run}}


def test_the_defaults_work_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {entry.flow: entry.facts for entry in read_entries(Settings.from_environment())}
    assert {"daily_prices", "freshness", "backfill", "maintenance"} <= set(entries)
    for name, facts in entries.items():
        assert facts["limit"] == [16 if name == "shard" else 1, "ENQUEUE"], name
        assert facts["work pool"] == "default"
        # Automations alert about runs of an environment's own tag and take them up again; a shard is its run's affair.
        assert facts["tags"] == ["tickerhouse", "tickerhouse-dev-shard" if name == "shard" else "tickerhouse-dev"]
        assert "run starts" in facts["description"], name
        assert all(" America/New_York" in schedule for schedule in facts["schedules"])
    monkeypatch.setenv("TICKERHOUSE_SCHEDULES_ACTIVE", "false")
    (daily,) = [entry for entry in read_entries(Settings.from_environment()) if entry.flow == "daily_prices"]
    assert daily.facts["schedules"] == ["15 20 * * 1-5 America/New_York (paused)"]


def test_quotes_are_asked_by_the_hour_only_where_a_setting_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def schedules() -> list[str]:
        (quotes,) = [entry for entry in read_entries(Settings.from_environment()) if entry.flow == "quotes"]
        found: list[str] = quotes.facts["schedules"]
        return found

    (paused,) = schedules()
    assert paused.startswith("DTSTART:")
    assert paused.endswith(" America/New_York (paused)")
    monkeypatch.setenv("TICKERHOUSE_QUOTES", "hourly")
    assert schedules() == [paused.removesuffix(" (paused)")]
    monkeypatch.setenv("TICKERHOUSE_SCHEDULES_ACTIVE", "false")
    assert schedules() == [paused]


def test_every_flow_has_an_entry() -> None:
    entries: list[dict[str, Any]] = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    entered = {entry["entrypoint"] for entry in entries}
    written = {
        f"flows/{file.name}:{function}"
        for file in (ROOT / "flows").glob("*.py")
        for function in re.findall(r"^@flow\(.*\)\ndef (\w+)", file.read_text(), re.MULTILINE)
    }
    assert entered == written


def test_every_field_of_a_form_says_what_it_means_and_gives_an_example() -> None:
    entries: list[dict[str, Any]] = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    fields = {
        f"{entry['entrypoint']} {name}": field
        for entry in entries
        for name, field in parameter_schema(import_object(entry["entrypoint"])).properties.items()
    }
    assert len(fields) > 20
    assert [name for name, field in fields.items() if ". Example: " not in field.get("description", "")] == []
    assert [name for name, field in fields.items() if not field["title"][0].isupper()] == []


def test_the_version_is_a_commit() -> None:
    assert len(code_version().removesuffix("-edited")) >= 5


def test_a_deploy_is_counted_in_one_sentence() -> None:
    changes = [Change(Action.CREATED, "block", "a"), Change(Action.LEFT, "block", "b"), Change(Action.LEFT, "block", "c")]
    assert count(changes) == "1 created, 0 changed, 2 left, 0 removed"
    assert Change(Action.CHANGED, "deployment", "x/dev", "form").line() == "  changed   deployment  x/dev (form)"


def test_a_rehearsal_says_what_it_would_do_and_not_what_it_did() -> None:
    assert count([Change(Action.CREATED, "block", "a")], is_dry_run=True) == "1 to create, 0 to change, 0 left, 0 to remove"
    assert Change(Action.REMOVED, "block", "a").line(is_dry_run=True) == "  to remove block       a"


@pytest.mark.parametrize("pool", ["process", "ecs"])
def test_every_name_in_prefect_yaml_has_a_value(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, pool: str) -> None:
    """What has none is a warning of `prefect deploy --all`, ten times over."""
    if pool == "ecs":
        on_ecs(monkeypatch)
    written = yaml.safe_load((ROOT / "prefect.yaml").read_text())
    monkeypatch.setattr(logging.getLogger("prefect.utilities.templating"), "propagate", True)
    monkeypatch.setattr(logging.getLogger("prefect"), "propagate", True)
    with caplog.at_level(logging.WARNING):
        filled_in = apply_values(written["deployments"], {"place": read_place()}, warn_on_notset=True)
    assert caplog.messages == []
    variables = filled_in[0]["work_pool"]["job_variables"]
    assert (variables["cluster"] is None) == (pool == "process")


def test_a_form_takes_no_name_that_the_flow_does_not_know() -> None:
    for entry in read_entries(Settings.from_environment()):
        assert entry.facts["form"]["additionalProperties"] is False, entry.name


def test_a_form_takes_symbols_as_people_type_them_and_nothing_else() -> None:
    entries: list[dict[str, Any]] = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    forms = [parameter_schema(import_object(name)).model_dump_for_openapi() for name in {entry["entrypoint"] for entry in entries}]
    with_symbols = [form for form in forms if "symbols" in form["properties"]]
    assert len(with_symbols) == 5
    for form in with_symbols:
        validate({"symbols": ["AAPL", " brk-b", "ACWV:BAT", "600104.SHH"]}, form, raise_on_error=True)
        for wrong in ("ibm;drop table", "", "AAPL MSFT", "ÄÖ"):
            with pytest.raises(ValidationError):
                validate({"symbols": [wrong]}, form, raise_on_error=True)


def test_neither_prefects_deploy_nor_git_is_given_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = on_ecs(monkeypatch)
    given: list[dict[str, str]] = []

    def run(command: list[str], **more: Any) -> subprocess.CompletedProcess[str]:
        given.append(more["env"])
        return subprocess.CompletedProcess(command, 0, "0123abc", "")

    monkeypatch.setattr(subprocess, "run", run)
    _deploy(settings, [])
    code_version.__wrapped__()
    assert len(given) == 2
    for environment in given:
        assert environment["TICKERHOUSE_ENVIRONMENT"] == "prod"
        assert "CANARY" not in json.dumps(environment)
