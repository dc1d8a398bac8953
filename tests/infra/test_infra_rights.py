"""Least privilege, judged by what arrived: no right is missing, none is too many, and what must not be is not.

The requests are those of the real flows, commands, COPY and worker (``flow_runs``, ``worker_runs``); the policies are those that the
account has. A right that is needed without a request being seen here stands in ``DOCUMENTED``, with its source.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from infra.cost.model import DEFAULT
from tasks.lake.observations import read_observations
from tasks.lake.store import LakeStore
from tasks.results.shards import ShardOrder, write_order
from tasks.sessions import SessionClock
from tests.infra import flow_runs
from tests.infra.account.journal import Request
from tests.infra.account.server import ACCOUNT, REGION
from tests.infra.conftest import FIGURES, ROOT, Applied
from tests.infra.flow_runs import NEXT_DAY, PAST, Ended, FlowRuns
from tests.infra.rights.evaluation import Need, faults, missing, passing, unused
from tests.infra.rights.forbidden import forbidden
from tests.infra.rights.translation import Place, needs_of

ROLES = ("pipeline", "ingest", "load", "copy", "worker")

UNLOAD = "https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html"
COPY_LISTS = "https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-access-permissions.html"
BUCKET = f"arn:aws:s3:::tickerhouse-dev-alpha-vantage-{ACCOUNT}"

CATALOG = f"tickerhouse_dev_alpha_vantage_{ACCOUNT}"

DOCUMENTED = {
    "load": [
        # Written only where a close leapt and no known event explains it (tasks/results/price_jumps.py).
        Need("s3:PutObject", f"{BUCKET}/state/moves/daily_prices.json", {}, "tasks.lake.state.StateDocument.change"),
        # Where retention, or TICKERHOUSE_LAKE_SNAPSHOT_DAYS of 0, leaves nothing (tasks/orchestration/current_files.py).
        Need("s3:DeleteObject", f"{BUCKET}/lake/daily_prices/year=2020/daily_prices.parquet", {}, "LakeWriter"),
        # Once a dataset has one more column (tasks/lake/catalog.py).
        *(
            Need("glue:UpdateTable", f"arn:aws:glue:{REGION}:{ACCOUNT}:{part}", {}, "awswrangler.catalog.create_parquet_table")
            for part in ("catalog", f"database/{CATALOG}", f"table/{CATALOG}/daily_prices")
        ),
    ],
    "copy": [
        Need("s3:GetEncryptionConfiguration", BUCKET, {}, UNLOAD),
        Need("s3:ListBucket", BUCKET, {"s3:prefix": "curated/daily_prices/run.parquet"}, COPY_LISTS),
        Need("s3:ListBucket", BUCKET, {"s3:prefix": "manifests/daily_prices/run.json"}, COPY_LISTS),
    ],
}


OTHER_FLOWS: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("migrate", "flows.migrate:migrate_warehouse", {}),
    ("listings", "flows.listings:listings", {"as_of": NEXT_DAY}),
    ("corporate actions", "flows.corporate_actions:corporate_actions", {"as_of": NEXT_DAY}),
    ("quotes", "flows.quotes:quotes", {"as_of": NEXT_DAY}),
    ("backfill", "flows.backfill:backfill", {"symbols": ["AAPL"], "from_session": "2024-01-02", "as_of": NEXT_DAY}),
    ("maintenance", "flows.maintenance:maintenance", {}),
    ("freshness", "flows.freshness:freshness", {}),
    ("rebuild", "flows.rebuild:rebuild_warehouse", {}),
)
"""Every flow but the daily one, which the commands run: name, entrypoint, parameters."""


@dataclass(frozen=True)
class Recording:
    """What each role was seen to need, how the processes ended, and what the first run asked of S3."""

    needs: dict[str, list[Need]]
    requests: Counter[str]
    place: Place
    ended: dict[str, Ended]
    worked: dict[str, Any]
    runs: FlowRuns
    of_first: list[Request]


@pytest.fixture(scope="module")
def recording(applied: Applied, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recording]:
    mark = applied.account.journal.mark()
    with flow_runs.opened(applied, tmp_path_factory.mktemp("flow-runs")) as runs:
        begun = applied.account.journal.mark()
        ended = {"first": runs.command("run", "--as-of", PAST)}
        of_first = [request for request in applied.account.journal.since(begun) if request.service == "s3"]
        # What it was answered waits in the lake, and the next run goes on from there.
        ended["broken"] = runs.command("run", "--as-of", NEXT_DAY, TICKERHOUSE_COPY_ROLE=f"arn:aws:iam::{ACCOUNT}:role/nobody")
        ended |= {
            "second": runs.command("run", "--as-of", NEXT_DAY),
            "page": runs.command("open", "last", "--no-browser"),
            "up to date": runs.command("run", "--as-of", NEXT_DAY),
        }
        ended["held back"] = runs.command("quarantine", "list")
        ended["release"] = runs.command("quarantine", "release", "--reason", "high is below low", "--note", "seen")
        ended |= runs.flows(*OTHER_FLOWS)
        ended |= runs.flows(("shard", "flows.shard:shard", {"order": _order_of(runs)}))
        worked = _work(applied, runs)
        place = _place(applied)
        roles = {key: role.rpartition("/tickerhouse-dev-")[2] for key, role in applied.account.journal.roles().items()}
        needs: dict[str, list[Need]] = {role: list(DOCUMENTED.get(role, [])) for role in ROLES}
        # Sent where a migration is pending; the database of these runs has them all.
        asked = Need("redshift-data:BatchExecuteStatement", place.workgroups["tickerhouse-dev"], {}, "tickerhouse migrate")
        needs["load"].append(asked)
        counted: Counter[str] = Counter()
        for request in applied.account.journal.since(mark):
            role = roles.get(request.access_key)
            if role is not None:
                counted[role] += 1
                needs[role] += needs_of(request, place)
        FIGURES.append("requests recorded: " + ", ".join(f"{role} {counted[role]}" for role in ROLES))
        yield Recording(needs, counted, place, ended, worked, runs, of_first)


def _order_of(runs: FlowRuns) -> str:
    """An order for what the last run was answered, written by a run's own function."""
    bucket = runs.environment["TICKERHOUSE_BUCKET"]
    lake = LakeStore(runs.applied.client("s3"), bucket)
    run_id = next(key for key in lake.keys("observations/")).split("/")[1]
    observations = tuple(seen for seen in read_observations(lake, run_id) if seen.call.function == "TIME_SERIES_DAILY")
    clock = SessionClock(datetime.fromisoformat(NEXT_DAY), timedelta(hours=4))
    order = ShardOrder(run_id, "daily_prices", "", "daily_prices", 0, clock, {}, {}, observations)
    write_order(lake, order)
    return order.key


def _work(applied: Applied, runs: FlowRuns) -> dict[str, Any]:
    arn = applied.outputs["role_arns"]["worker"]
    given = applied.client("sts").assume_role(RoleArn=arn, RoleSessionName="worker")["Credentials"]
    own = applied.account.environment(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    variables = applied.outputs["work_pool"]["job_variables"] | {"image": f"{applied.outputs['image_repository']}@sha256:{'0' * 64}"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PREFECT_", "TICKERHOUSE_"))}
    done = subprocess.run(
        [sys.executable, "-m", "tests.infra.worker_runs"],
        cwd=ROOT,
        env=kept | own | _observing(applied) | {"PREFECT_API_URL": runs.environment["PREFECT_API_URL"], "PYTHONPATH": str(ROOT)},
        input=json.dumps(variables),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    # AWS takes a stopped task's network interface away; moto leaves it, and subnets and groups could then not be destroyed.
    ec2 = applied.client("ec2")
    for interface in ec2.describe_network_interfaces()["NetworkInterfaces"]:
        ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
    worked: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return worked


def _observing(applied: Applied) -> dict[str, str]:
    """The observer's settings, as the worker's task definition has them."""
    definition = applied.client("ecs").describe_task_definition(taskDefinition="tickerhouse-dev-worker")["taskDefinition"]
    (container,) = definition["containerDefinitions"]
    found = {each["name"]: each["value"] for each in container["environment"] if "OBSERVER" in each["name"]}
    assert found["PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME"] == "tickerhouse-dev-task-events"
    return found


def _place(applied: Applied) -> Place:
    secrets = applied.client("secretsmanager").list_secrets()["SecretList"]
    (workgroup,) = [each for each in applied.policies["load"]["Statement"] if each["Sid"] == "SignInToWarehouse"]
    (key,) = applied.client("kms").list_keys()["Keys"]
    named = applied.account.warehouse.answer("GetWorkgroup", {"workgroupName": "tickerhouse-dev"})[1]["workgroup"]["workgroupArn"]
    assert workgroup["Resource"] == named
    return Place(
        account=ACCOUNT,
        region=REGION,
        data_key=key["KeyArn"],
        secrets={each["Name"]: each["ARN"] for each in secrets},
        workgroups={"tickerhouse-dev": named},
        cluster="tickerhouse-dev",
    )


def test_the_pipeline_runs_on_what_terraform_made(recording: Recording) -> None:
    first = recording.ended["first"]
    assert first.exit_status == 3, first.out + first.err
    assert "CompletedWithWarnings" in first.out
    second = recording.ended["second"]
    assert second.exit_status == 0, second.out + second.err
    assert "UpToDate" in recording.ended["up to date"].out
    assert recording.runs.command("sql", "select count(distinct symbol) from market.fact_daily_price", "--csv").out.splitlines()[-1] == "6"


def test_an_interrupted_run_is_gone_on_with(recording: Recording) -> None:
    broken, second = recording.ended["broken"], recording.ended["second"]
    assert broken.exit_status == 1, broken.out + broken.err
    assert "stored and not loaded" in second.out, second.out + second.err


@pytest.mark.parametrize("name", ["page", "held back", "release", "shard", *(name for name, _, _ in OTHER_FLOWS)])
def test_what_else_runs_there_ends_well(recording: Recording, name: str) -> None:
    assert recording.ended[name].exit_status == 0, recording.ended[name].out + recording.ended[name].err


def test_the_worker_starts_and_stops_flow_runs(recording: Recording) -> None:
    started = recording.worked["started"]
    assert len(set(started)) == 2
    assert all("cluster/tickerhouse-dev::" in each for each in started)


def test_a_task_that_died_and_one_that_never_started_are_crashed_runs(recording: Recording) -> None:
    killed, never_started = recording.worked["crashed"]
    assert killed == ["Crashed", "The following containers stopped with a non-zero exit code: ['prefect']"]
    assert never_started[0] == "Crashed"
    assert "ECS task failed to start: CannotPullContainerError" in never_started[1]
    FIGURES.append(f"crashed tasks noticed after {recording.worked['seconds']:.1f} s by the observer")


def test_only_the_rule_of_this_cluster_fills_the_queue_of_task_events(applied: Applied) -> None:
    sqs, events = applied.client("sqs"), applied.client("events")
    url = sqs.get_queue_url(QueueName="tickerhouse-dev-task-events")["QueueUrl"]
    held = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    (statement,) = json.loads(held["Policy"])["Statement"]
    rule = events.describe_rule(Name="tickerhouse-dev-task-events")
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert (statement["Action"], statement["Resource"]) == ("sqs:SendMessage", held["QueueArn"])
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": rule["Arn"]}}
    assert json.loads(rule["EventPattern"])["detail"] == {"clusterArn": [applied.outputs["work_pool"]["job_variables"]["cluster"]]}
    assert [target["Arn"] for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]] == [held["QueueArn"]]
    # A weekend, in which the worker sleeps.
    assert int(held["MessageRetentionPeriod"]) > 3 * 86400


def test_the_cost_model_counts_requests_as_they_arrive(recording: Recording) -> None:
    of_symbols = Counter(request.method for request in recording.of_first if "/raw/" in request.path)
    # Five of six symbols were answered; observations, rejected bodies and everything else are the run's.
    assert of_symbols["PUT"] / 5 == DEFAULT.writes_a_symbol
    # The one capture with quarantined rows is read again, for their strings.
    assert (of_symbols["GET"] + of_symbols["HEAD"] - 1) / 5 == DEFAULT.reads_a_symbol
    of_run = Counter(request.method for request in recording.of_first if "/raw/" not in request.path)
    FIGURES.append(f"requests of one run apart from its symbols: {dict(of_run)}")
    assert of_run["PUT"] <= DEFAULT.writes_a_run
    assert 1 + of_run["GET"] + of_run["HEAD"] <= DEFAULT.reads_a_run


@pytest.mark.parametrize("role", ROLES)
def test_no_right_is_missing(applied: Applied, recording: Recording, role: str) -> None:
    assert recording.requests[role] > 0
    assert missing(applied.policies[role], recording.needs[role]) == []


@pytest.mark.parametrize("role", ROLES)
def test_no_right_is_too_many(applied: Applied, recording: Recording, role: str) -> None:
    assert unused(applied.policies[role], recording.needs[role]) == []


@pytest.mark.parametrize("role", ROLES)
def test_what_must_not_be_is_not(applied: Applied, recording: Recording, role: str) -> None:
    rows = forbidden(role, recording.place)
    assert rows
    assert passing(applied.policies[role], rows) == []


@pytest.mark.parametrize("role", ROLES)
def test_every_planted_fault_is_caught(applied: Applied, recording: Recording, role: str) -> None:
    needs, rows = recording.needs[role], forbidden(role, recording.place)

    # The sound policy passes, or the faults would prove nothing.
    assert not missing(applied.policies[role], needs)
    assert not unused(applied.policies[role], needs)
    planted: Counter[str] = Counter()
    slipped: list[str] = []
    for fault in faults(applied.policies[role]):
        planted[fault.kind] += 1
        # Each kind has its own check; that another would notice it too does not count.
        noticed: Mapping[str, list[Any]] = {
            "removed": missing(fault.policy, needs),
            "added": unused(fault.policy, needs),
            "condition": passing(fault.policy, rows),
        }
        if not noticed[fault.kind]:
            slipped.append(f"{fault.kind}: {fault.what}")
    FIGURES.append(f"faults planted in {role}: {dict(planted)}, slipped {len(slipped)}")
    assert slipped == []
    assert planted["removed"] >= 2
    assert planted["added"] >= 2
