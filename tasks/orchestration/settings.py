"""The settings: one frozen, typed object read from environment variables; no other module reads the environment.

Every field is the environment variable ``TICKERHOUSE_<FIELD>``; the API key alone is ``ALPHAVANTAGE_API_KEY``, which the API's users know.
"""

import difflib
import json
import os
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from tasks.errors import BadSetting, UnknownSetting

PREFIX = "TICKERHOUSE_"
_OWN_WORDS: Final = "Value error, "
"""What pydantic writes before the words of a check of ours."""
_PLAINLY: Final = {"time_delta_parsing": "write a duration as ISO 8601 has it, e.g. PT4H for four hours"}

SOURCE_FORM: Final = re.compile(r"alpha_vantage|synthetic|replay-[0-9a-f]{8,16}", re.ASCII)
"""Where bars come from; sources never share a bucket, a database, coverage or a budget."""

RUNBOOK: Final = "docs/runbook.md"

_LAST_PORT: Final = 65_535

Seconds = Annotated[float, Field(ge=0, le=604_800)]
"""A week at most: what waits, a socket or a thread, knows no infinity."""


class Settings(BaseSettings):
    """The settings of a run, from environment variables.

    Raises:
        UnknownSetting: a ``TICKERHOUSE_`` variable that names no field; the nearest name is given.
        BadSetting: an invalid value; all of them are named at once.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    environment: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,15}$")] = "dev"
    """Part of every resource's name, so that `dev` stands beside `prod`."""

    source: str = "alpha_vantage"
    """Where bars come from: `alpha_vantage`, `synthetic` (the embedded stack's choice without a key) or `replay-<hash>`."""

    api_url: str = "https://www.alphavantage.co/query"
    """Address of the Alpha Vantage API."""

    api_key: Annotated[SecretStr | None, Field(validation_alias="ALPHAVANTAGE_API_KEY")] = None
    """The API key; if empty, it is read from the secret below."""

    api_key_secret: str = ""
    """The Secrets Manager secret that holds the key where `ALPHAVANTAGE_API_KEY` is not set."""

    plan: Literal["free", "premium_75", "premium_150", "premium_300", "premium_600", "premium_1200"] = "free"
    """Which plan the key belongs to; its limits are in `tasks/alpha_vantage/api_plans.py`."""

    bucket: str = ""
    """The lake's bucket; by default `tickerhouse-<environment>-<source>`."""

    workgroup: str = "tickerhouse"
    """The Redshift Serverless workgroup."""

    database: str = ""
    """The warehouse's database; by default `<environment>_<source>`."""

    region: str = "us-east-1"
    """The AWS region of bucket and workgroup; COPY needs both in one."""

    copy_role: str = "default"
    """The IAM role that COPY reads the lake with; `default` is the namespace's own."""

    ingest_role: str = ""
    """The IAM role the extraction assumes; empty: the session's own rights."""

    load_role: str = ""
    """The IAM role curation and load assume; empty: the session's own rights."""

    settling: Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=7))] = timedelta(hours=4)
    """How long after the official close a session's bar counts as final (ISO 8601, e.g. `PT4H`; seven days at most)."""

    gate_limit: Annotated[float, Field(ge=0, le=1)] = 0.05
    """The share of quarantined rows above which the gate closes."""

    gate_rows: Annotated[int, Field(ge=1)] = 5
    """The least number of quarantined rows of a dataset that closes the gate, whatever their share."""

    body_limit: Annotated[int, Field(ge=1 << 16)] = 64 << 20
    """The largest answer that is taken, in bytes, inflated; a larger one costs its own symbol."""

    batch_size: Annotated[int, Field(ge=25, le=100)] = 50
    """Symbols in one extraction task."""

    request_timeout: Seconds = 60.0
    """Seconds to wait for the next bytes of a response; full histories are streamed slowly."""

    retry_wait: Seconds = 2.0
    """First backoff after a temporary refusal, in seconds; doubles, with jitter."""

    retry_wait_limit: Seconds = 60.0
    """Longest single backoff, in seconds."""

    retry_total: Seconds = 300.0
    """Seconds after the first request within which a call may be retried; a single request may take as long."""

    minute_wait: Seconds = 62.0
    """Seconds to wait after a refusal for the minute's rate limit."""

    warehouse_timeout: Seconds = 180.0
    """Seconds to wait for the warehouse to answer a connection; an idle workgroup resumes on first contact."""

    warehouse_statement_timeout: Annotated[float, Field(ge=0, le=86_400)] = 900.0
    """Seconds that one statement in the warehouse may take, its wait for another load included; 0 for no limit."""

    warehouse_access: Literal["auto", "driver", "data_api"] = "auto"
    """How `sql`, `quarantine`, `migrate` and `dictionary` reach the warehouse: `auto` is the Data API on AWS, else a connection."""

    warehouse_retries: Annotated[int, Field(ge=0, le=10)] = 4
    """How often a load transaction is retried on a fresh connection, after conflicts and cold starts only."""

    warehouse_retry_wait: Seconds = 2.0
    """First backoff between these retries, in seconds; doubles, with jitter."""

    copy_slices: Annotated[int, Field(ge=1, le=128)] = 4
    """Slices of the workgroup (`select count(*) from stv_slices`): a large load is written in a multiple of so many files, for COPY."""

    shards: Annotated[int, Field(ge=0, le=64)] = 0
    """Into how many shards a large run is cut by symbol from parse to curate, each a run of the deployment `shard`; 0 cuts none."""

    shard_captures: Annotated[int, Field(ge=2)] = 1000
    """A run with at least so many responses of a dataset is cut."""

    shard_retries: Annotated[int, Field(ge=0, le=5)] = 1
    """How often a shard that died is started again."""

    shard_wait: Seconds = 3600.0
    """Seconds within which a shard must end; one that does not counts as dead."""

    retention_years: Annotated[int, Field(ge=0, le=200)] = 0
    """Years of bars that the warehouse keeps; `maintenance` removes older ones there, never from the lake. 0 keeps all."""

    retention_days: Annotated[int, Field(ge=0, le=73_000)] = 0
    """The same in days, e.g. `30`; where both are set, the shorter time counts. 0 sets no limit."""

    lake_table: Literal["on", "off"] = "on"
    """Whether a load also replaces the Parquet files of the years it touched under `lake/`, for Athena, Spectrum, DuckDB and pandas."""

    lake_snapshot_days: Annotated[int, Field(ge=0, le=3650)] = 14
    """Days that the files each run wrote for `lake/` are kept under `lake-snapshots/`; 0 removes them at once."""

    lake_catalog: Annotated[str, Field(pattern=r"^[a-z0-9_]{0,255}$")] = ""
    """The database of the Glue Data Catalog in which these tables are registered; empty: in none."""

    watchlist: str = "deployments/watchlist.yaml"
    """The symbols of the daily run: a file, or an `s3://` address of one."""

    output_size: Literal["compact", "full"] = "compact"
    """What to request for a new symbol or one with a gap: the latest 100 sessions, or the whole history if the plan includes it."""

    adjusted_prices: Literal["where_allowed", "off"] = "where_allowed"
    """Whether `corporate_actions` loads the source's adjusted series: if the key's plan includes that endpoint, or never."""

    quotes: Literal["off", "hourly"] = "off"
    """Whether the latest quotes are scheduled every hour that New York trades; they use at most a fifth of the day's calls."""

    backfill: date | None = None
    """The first session of the histories that are filled every night, e.g. `1999-11-01`; empty: only by command."""

    batch_retries: Annotated[int, Field(ge=0, le=5)] = 2
    """How often Prefect retries an extraction batch for calls that were temporarily refused."""

    batch_retry_wait: Seconds = 300.0
    """Seconds between these retries."""

    done_by: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "21:30"
    """Deadline (New York time) for the day's session; after it, the `late` alert is sent."""

    sessions_allowed: Annotated[int, Field(ge=0, le=20)] = 1
    """How many final sessions a symbol may lack before the `freshness-missed` alert is sent."""

    stuck_after: Seconds = 10_800.0
    """Seconds after which a flow run that runs, or waits to run, counts as stuck."""

    budget_warning: Annotated[float, Field(ge=0, le=1)] = 0.2
    """Send an alert when at most this share of the day's calls is left."""

    restated_warning: Annotated[int, Field(ge=1)] = 50
    """Send an alert when one run restates at least this many bars."""

    slow_factor: Annotated[float, Field(ge=1)] = 3.0
    """Send an alert when a step takes this many times its median, and at least a minute longer."""

    metrics_namespace: str = ""
    """CloudWatch namespace for each run's metrics; empty: no metrics are sent."""

    slack_webhook: SecretStr | None = None
    """Slack webhook for alarms; required by `tickerhouse deploy`, kept in a Prefect block."""

    slack_notice_webhook: SecretStr | None = None
    """Slack webhook of a second channel, for notices; empty: the first channel."""

    runbook: Annotated[str, Field(pattern=r"^[A-Za-z0-9:/._~@%+-]{1,500}$")] = RUNBOOK
    """Where the runbook can be read; every alert in Slack links to its section there if it begins with `https://`."""

    work_pool: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,60}$")] = "default"
    """The Prefect work pool that deployments run in."""

    work_pool_type: Literal["process", "ecs"] = "process"
    """What the pool's workers start: processes beside themselves, or ECS tasks."""

    schedules_active: bool = True
    """Whether the schedules of the deployments start runs; off for an environment that is started by hand."""

    image: str = ""
    """The image of an ECS task, by digest."""

    job_variables: Annotated[dict[str, Any], NoDecode] = {}
    """Job variables of an ECS task, as JSON: cluster, size, roles, network, logs; see the Terraform output `work_pool`."""

    code_folder: str = ""
    """Where a worker finds the code; by default this checkout for processes, `/app` in the image of an ECS task."""

    freshness_days: Literal["daily", "weekdays"] = "daily"
    """Days on which freshness is checked: `weekdays` if no worker runs at weekends; the alert about missing checks allows for it."""

    stack: Literal["embedded", "aws"] = "embedded"
    """Where the command line runs things: servers it starts on 127.0.0.1, or AWS with your own credentials. Workers ignore it."""

    stay_up_minutes: Annotated[float, Field(ge=0, le=10_080)] = 15.0
    """Minutes that the embedded stack stays up after a command; 0 ends it with the command, `tickerhouse down` at once."""

    ports: Annotated[str, Field(pattern=r"^([a-z0-9_]+=\d{1,5}(,[a-z0-9_]+=\d{1,5})*)?$")] = ""
    """Ports of the embedded servers, e.g. `prefect=4200,redshift=5439`; all others are chosen once per checkout."""

    home: Path = Path(".tickerhouse")
    """Directory of the embedded stack and of the last run's summary."""

    @field_validator("source")
    @classmethod
    def _known_source(cls, value: str) -> str:
        if not SOURCE_FORM.fullmatch(value):
            msg = "must be alpha_vantage, synthetic or replay-<hash>"
            raise ValueError(msg)
        return value

    @field_validator("ports")
    @classmethod
    def _possible_ports(cls, value: str) -> str:
        if any(not 1 <= port <= _LAST_PORT for port in _ports(value).values()):
            msg = f"a port is a number from 1 to {_LAST_PORT}"
            raise ValueError(msg)
        return value

    @field_validator("job_variables", mode="before")
    @classmethod
    def _from_json(cls, value: object) -> object:
        # Decoded here and not by pydantic-settings, whose own error names neither the variable nor the other faults.
        try:
            return json.loads(value) if isinstance(value, str) else value
        except (ValueError, RecursionError):
            msg = 'write a JSON object, e.g. {"cpu": 1024}'
            raise ValueError(msg) from None

    @property
    def bucket_name(self) -> str:
        """The bucket in force; S3 allows no underscore, so the source's becomes a hyphen."""
        return self.bucket or f"tickerhouse-{self.environment}-{self.source.replace('_', '-')}"

    @property
    def database_name(self) -> str:
        """The database in force; Redshift allows no hyphen unquoted, so the source's becomes an underscore."""
        return self.database or f"{self.environment}_{self.source.replace('-', '_')}"

    @property
    def uses_data_api(self) -> bool:
        """Whether a person's commands send their statements over the Data API."""
        return self.warehouse_access == "data_api" or (self.warehouse_access == "auto" and self.stack == "aws")

    @property
    def wanted_ports(self) -> dict[str, int]:
        """`ports`, by server name."""
        return _ports(self.ports)

    @classmethod
    def from_environment(cls) -> Self:
        """Reads the settings from the process's environment."""
        _refuse_unknown_names(os.environ)
        try:
            return cls()
        except ValidationError as error:
            raise BadSetting(_describe(error), "See docs/reference/settings.md.") from None


def _ports(text: str) -> dict[str, int]:
    pairs = (pair.split("=") for pair in text.split(",") if pair)
    return {name: int(port) for name, port in pairs}


def variable_name(field_name: str) -> str:
    """The environment variable that sets a field."""
    return "ALPHAVANTAGE_API_KEY" if field_name == "api_key" else PREFIX + field_name.upper()


def without_secrets(environment: Mapping[str, str], *kept: str) -> dict[str, str]:
    """The variables for a child process: everything but the API key and the webhooks.

    Args:
        environment: this process's own.
        kept: fields of the secrets that the child needs all the same.
    """
    secret = {variable_name(name) for name, field in Settings.model_fields.items() if SecretStr in get_args(field.annotation)}
    return {name: value for name, value in environment.items() if name not in secret - {variable_name(name) for name in kept}}


def _refuse_unknown_names(names: Iterable[str]) -> None:
    known = {variable_name(name) for name in Settings.model_fields}
    for name in sorted(names):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.85)
            way_out = f"Did you mean {near[0]}?" if near else f"The settings are: {', '.join(sorted(known))}."
            raise UnknownSetting(f"{name} is not a setting.", way_out)


def _describe(error: ValidationError) -> str:
    # The input is never echoed: one of the fields is the API key.
    problems = error.errors(include_input=False, include_url=False)
    return " ".join(f"{_name(each['loc'])}: {_PLAINLY.get(each['type'], each['msg'].removeprefix(_OWN_WORDS))}." for each in problems)


def _name(place: tuple[int | str, ...]) -> str:
    return variable_name(str(place[0]).lower()) if place else "Settings"
