"""Values that the deployments take from the settings."""

import json
import os
import subprocess
from datetime import datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from deployments.errors import SettingsMissing
from deployments.schedules import trading_day_rule
from tasks.orchestration.settings import Settings, variable_name, without_secrets

ROOT: Final = Path(__file__).resolve().parent.parent

_IMAGE_FOLDER: Final = "/app"
# Without it ECS takes x86, where the image does not start (infra/docker/push).
_IMAGE_PLATFORM: Final = {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}
HEARTBEAT_SECONDS: Final = 60
"""How often a run says that it lives; Prefect's own default, 180, would let three lost events look like a crash."""

_OF_EVERY_RUN: Final = {"PREFECT_LOGGING_EXTRA_LOGGERS": "tickerhouse", "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS)}
_NEEDED_ON_ECS: Final = (
    "cluster",
    "cpu",
    "memory",
    "execution_role_arn",
    "task_role_arn",
    "vpc_id",
    "network_configuration",
    "cloudwatch_logs_options",
)
# Every job variable that prefect.yaml names; one that a place has not is null there, which is the pool's own default.
_JOB_VARIABLES: Final = (
    *_NEEDED_ON_ECS,
    "env",
    "image",
    "family",
    "launch_type",
    "configure_cloudwatch_logs",
    "cloudwatch_logs_prefix",
    "prefect_api_key_secret_arn",
    "prefect_api_auth_string_secret_arn",
)
# A run needs none of these; the API key and the webhooks are secrets besides, and never stand in a deployment.
_NOT_FOR_RUNS: Final = frozenset(
    {
        "api_key",
        "slack_webhook",
        "slack_notice_webhook",
        "runbook",
        "work_pool",
        "work_pool_type",
        "image",
        "job_variables",
        "code_folder",
        "schedules_active",
        "quotes",
        "freshness_days",
        "ports",
        "home",
        "stack",
    }
)


def check_place(settings: Settings) -> None:
    """Sees that everything is set that the deployments need.

    Raises:
        SettingsMissing: with the name of every setting that is not.
    """
    missing = [] if settings.slack_webhook else [variable_name("slack_webhook")]
    if settings.work_pool_type == "ecs":
        missing += [] if settings.image else [variable_name("image")]
        missing += [f"{variable_name('job_variables')}.{name}" for name in _NEEDED_ON_ECS if not settings.job_variables.get(name)]
        missing += [] if settings.api_key_secret else [variable_name("api_key_secret")]
    if missing:
        raise SettingsMissing(f"Not set: {', '.join(missing)}.", "Nothing was deployed; docs/prefect.md says where each comes from.")


def read_place() -> dict[str, Any]:
    """The build step of ``prefect.yaml``: what its entries are filled in with.

    Returns:
        ``environment``, ``tags``, ``shard_tags``, ``version``, ``code_folder``, ``job_variables``, ``schedules_active``,
        ``quotes_active``, ``quotes_rule``, ``backfill_active``, ``backfill_cron``, ``freshness_cron``.
    """
    settings = Settings.from_environment()
    return {
        "environment": settings.environment,
        "tags": tags(settings),
        "shard_tags": ["tickerhouse", f"{own_tag(settings)}-shard"],
        "version": code_version(),
        "code_folder": settings.code_folder or (_IMAGE_FOLDER if settings.work_pool_type == "ecs" else str(ROOT)),
        "job_variables": dict.fromkeys(_JOB_VARIABLES) | job_variables(settings),
        "schedules_active": settings.schedules_active,
        "quotes_active": settings.schedules_active and settings.quotes == "hourly",
        "quotes_rule": trading_day_rule(datetime.now(ZoneInfo("America/New_York")).date(), range(9, 17), 45),
        "backfill_active": settings.schedules_active and settings.backfill is not None,
        "backfill_cron": "30 22 * * *" if settings.freshness_days == "daily" else "30 22 * * 1-5",
        "freshness_cron": "45 21 * * *" if settings.freshness_days == "daily" else "45 21 * * 1-5",
    }


def tags(settings: Settings) -> list[str]:
    """The tags of every deployment and run; the automations listen for the second."""
    return ["tickerhouse", own_tag(settings)]


def own_tag(settings: Settings) -> str:
    """The tag of one environment."""
    return f"tickerhouse-{settings.environment}"


def job_variables(settings: Settings) -> dict[str, Any]:
    """What every run is started with: the settings that were set, and on ECS the task."""
    environment = {
        variable_name(name): os.environ[variable_name(name)]
        for name in sorted(settings.model_fields_set - _NOT_FOR_RUNS)
        if os.environ.get(variable_name(name))
    }
    if settings.work_pool_type == "process":
        # A worker's own environment reaches its processes; what the embedded stack chose for this machine changes with it.
        return {"env": {variable_name("environment"): settings.environment, **_OF_EVERY_RUN}}
    environment[variable_name("environment")] = settings.environment
    return {
        **settings.job_variables,
        "image": settings.image,
        "env": {**_OF_EVERY_RUN, **environment, **settings.job_variables.get("env", {})},
    }


def silent_hours(settings: Settings) -> int:
    """After how many hours without a freshness check nothing watches any more: a day, or a weekend, and two hours."""
    return 26 if settings.freshness_days == "daily" else 74


@lru_cache(maxsize=1)
def code_version() -> str:
    """The commit of the checkout, with a sign where it was edited since; the package's version where there is no git."""
    try:
        command = ["git", "describe", "--always", "--dirty=-edited", "--abbrev=12", "--exclude=*"]
        done = subprocess.run(command, cwd=ROOT, env=without_secrets(os.environ), capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return version("tickerhouse")
    return done.stdout.strip() or version("tickerhouse")


def ecs_template() -> dict[str, Any]:
    """The base job template of an ECS work pool, as prefect-aws has it, for the processor that the image is built for."""
    template: dict[str, Any] = json.loads((ROOT / "deployments" / "ecs_job_template.json").read_text())
    template["job_configuration"]["task_definition"]["runtimePlatform"] = dict(_IMAGE_PLATFORM)
    return template
