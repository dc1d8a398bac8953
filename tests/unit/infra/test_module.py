"""What can be read off the files of infra/terraform, infra/docker and the workflows without running anything."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployments.place import ecs_template

ROOT = Path(__file__).resolve().parents[3]
MODULE = ROOT / "infra" / "terraform"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CONDITIONS = (ROOT / "docs" / "decisions" / "0010-conditions-of-policies.md").read_text()
DOCKERFILE = (ROOT / "infra" / "docker" / "Dockerfile").read_text()


def blocks(kind: str) -> dict[str, str]:
    """Every block of one kind, by name; terraform fmt puts its closing brace into the first column."""
    text = "\n".join(file.read_text() for file in sorted(MODULE.glob("*.tf")))
    return {match[1]: match[2] for match in re.finditer(rf'^{kind} "([^"]+)" {{\n(.*?)^}}', text, re.MULTILINE | re.DOTALL)}


def workflow(file: Path) -> dict[Any, Any]:
    read: dict[Any, Any] = yaml.safe_load(file.read_text())
    return read


def test_every_variable_is_typed_and_described() -> None:
    variables = blocks("variable")
    assert len(variables) > 25
    for name, body in variables.items():
        assert re.search(r"^  type +=", body, re.MULTILINE), name
        assert re.search(r'^  description +=( "|\s<<)', body, re.MULTILINE), name


def test_every_output_is_described() -> None:
    outputs = blocks("output")
    assert {"settings", "work_pool", "role_arns", "run_window"} <= set(outputs)
    for name, body in outputs.items():
        assert re.search(r'^  description += "[^"]{15,}"', body, re.MULTILINE), name


def test_every_refusal_is_tested_by_name() -> None:
    refusing = {name for name, body in blocks("variable").items() if "validation {" in body}
    refusals = "\n".join(file.read_text() for file in sorted((MODULE / "tests").glob("refusals*.tftest.hcl")))
    tested = set(re.findall(r"expect_failures = \[var\.(\w+)\]", refusals))
    assert refusing == tested


def test_every_refusal_is_in_words() -> None:
    texts = re.findall(r'error_message = "((?:[^"\\]|\\.)+)"', "\n".join(blocks("variable").values()))
    assert len(texts) >= len([body for body in blocks("variable").values() if "validation {" in body])
    assert all(text.endswith(".") and len(text) > 30 for text in texts)


def test_nothing_is_a_secret_in_the_module() -> None:
    text = "\n".join(file.read_text() for file in MODULE.glob("*.tf"))
    assert "aws_secretsmanager_secret_version" not in text
    assert not re.search(r"^\s*admin_user_password", text, re.MULTILINE)


def test_every_terraform_file_is_short() -> None:
    for file in MODULE.glob("*.tf"):
        assert len(file.read_text().splitlines()) <= 400, file.name


def test_every_schedule_lies_inside_the_workers_window() -> None:
    variables = blocks("variable")
    start, hours = (int(re.findall(r"default +=  ?(\d+)", variables[name])[0]) for name in ("run_window_start_hour", "run_window_hours"))
    deployments = workflow(ROOT / "prefect.yaml")["deployments"]
    # Another exchange's evening needs a worker that is always on (docs/how-to/follow-another-exchange.md).
    schedules = [
        schedule for each in deployments for schedule in each.get("schedules") or [] if "exchange" not in schedule.get("parameters", {})
    ]
    # Quotes are asked for by day; Terraform refuses that without a worker by day (tests/refusals.tftest.hcl).
    by_day = [schedule for schedule in schedules if schedule["active"] == "{{ place.quotes_active }}"]
    assert len(by_day) == 1
    assert "rrule" in by_day[0], "it knows the holidays"
    crons = [schedule["cron"] for schedule in schedules if schedule not in by_day and not str(schedule["cron"]).startswith("{{")]
    # deployments/place.py chooses them by TICKERHOUSE_FRESHNESS_DAYS, which Terraform sets to `weekdays` where the worker sleeps.
    crons += re.findall(r'else "([\d* ,-]+)"', (ROOT / "deployments" / "place.py").read_text())
    assert len(crons) >= 4
    for cron in crons:
        minute, hour, _, _, days = cron.split()
        assert start <= int(hour) < start + hours, cron
        assert int(minute) >= 0
        assert set(days) <= set("12345-,"), cron
    assert {schedule["timezone"] for schedule in schedules} == {"America/New_York"}


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_every_action_is_pinned_by_commit_and_says_its_release(file: Path) -> None:
    used = re.findall(r"uses: (\S+)(.*)", file.read_text())
    for action, comment in used:
        assert action.startswith("./") or re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
        assert action.startswith("./") or re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action


# The first release of each that runs on Node 24; Node 20 left GitHub's runners on 2026-09-16
# (https://github.blog/changelog/2025-09-19-deprecation-of-node-20-on-github-actions-runners/).
ON_NODE_24 = {"actions/checkout": 5, "actions/setup-python": 6, "aws-actions/configure-aws-credentials": 6, "hashicorp/setup-terraform": 4}


def test_every_action_runs_on_a_runtime_that_github_still_has() -> None:
    used = {
        (action, int(major))
        for file in WORKFLOWS
        for action, major in re.findall(r"uses: ([\w-]+/[\w-]+)@\S+ # v(\d+)\.", file.read_text())
    }
    assert {action for action, _ in used} == set(ON_NODE_24)
    assert [(action, major) for action, major in used if major < ON_NODE_24[action]] == []


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_every_workflow_may_only_read_and_guards_its_concurrency(file: Path) -> None:
    read = workflow(file)
    assert read["permissions"] == {"contents": "read"}
    for name, job in read["jobs"].items():
        # A job that calls another workflow is guarded there.
        assert job.get("uses") or read.get("concurrency", job.get("concurrency", {})).get("group"), name
        assert set(job.get("permissions", {}).items()) <= {("contents", "read"), ("id-token", "write")}, name


def test_the_delivery_runs_on_main_alone_after_the_checks_without_a_key() -> None:
    """The delivery runs on main only, after the checks, one at a time, and without a key."""
    file = ROOT / ".github" / "workflows" / "deliver.yml"
    read = workflow(file)
    # YAML 1.1 reads the bare word `on` as true.
    assert read[True] == {"push": {"branches": ["main"]}}
    assert read["jobs"]["deliver"]["concurrency"]["cancel-in-progress"] is False
    assert read["jobs"]["deliver"]["needs"] == "checks"
    assert "secrets." not in file.read_text()
    assert "tickerhouse deploy" in file.read_text()


def test_the_audit_runs_weekly_and_on_every_change_of_a_lock() -> None:
    read = workflow(ROOT / ".github" / "workflows" / "audit.yml")
    assert read[True]["schedule"]
    assert "**.lock" in read[True]["pull_request"]["paths"]
    (job,) = read["jobs"].values()
    audited = set(re.findall(r"\S+\.lock", job["steps"][-1]["run"]))
    locks = {str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.lock"), *(ROOT / "infra" / "tools").glob("*.lock")]}
    assert audited == locks


def test_the_image_is_built_from_the_lock_in_two_stages_and_runs_as_nobody() -> None:
    assert len(re.findall(r"^FROM ", DOCKERFILE, re.MULTILINE)) == 2
    assert "--require-hashes" in DOCKERFILE
    assert "requirements.lock" in DOCKERFILE
    assert "requirements-local" not in DOCKERFILE
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE) == ["1000"]
    assert "infra/local" not in DOCKERFILE


def test_what_the_image_takes_in_reaches_docker_and_buildah() -> None:
    """What the image takes in is let through to Docker and handed to buildah."""
    copied = {word for line in re.findall(r"^COPY (?!--)(.*) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()}
    assert copied >= {"requirements.lock", "flows", "tasks", "infra/cost"}
    ignore = (ROOT / "infra" / "docker" / "Dockerfile.dockerignore").read_text().split()
    assert ignore[0] == "**"
    assert {f"!{name}" for name in copied} == {line for line in ignore if line.startswith("!")}
    handed = set(" ".join(re.findall(r"^cp -r (.*) \S+$", (ROOT / "infra" / "docker" / "build").read_text(), re.MULTILINE)).split())
    assert handed == copied


def test_the_image_is_pushed_for_the_processor_that_every_task_runs_on() -> None:
    processors = re.findall(r'cpu_architecture += "(\w+)"', "".join(file.read_text() for file in MODULE.glob("*.tf")))
    flow_runs = ecs_template()["job_configuration"]["task_definition"]["runtimePlatform"]["cpuArchitecture"]
    # The worker, a command, a Prefect server of one's own, and every flow run.
    assert [*processors, flow_runs] == ["ARM64"] * 4
    assert "docker build --platform linux/arm64 " in (ROOT / "infra" / "docker" / "push").read_text()


def test_every_pin_of_the_tools_has_its_hash_and_no_address() -> None:
    lock = (ROOT / "infra" / "tools" / "requirements.lock").read_text()
    assert "://" not in lock
    pinned = re.findall(r"^[A-Za-z0-9][^\n]*==[^\n]*\\\n    --hash=sha256:", lock, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[A-Za-z0-9]\S*==", lock, re.MULTILINE)) > 50


def test_every_condition_stands_on_a_page_that_says_who_sends_it() -> None:
    """A condition that the calling service does not send lets nothing through, and no test without an account would show it."""
    asked = {key for file in MODULE.glob("*.tf") for key in re.findall(r'^ +variable += "([\w.:-]+)"', file.read_text(), re.MULTILINE)}
    rows = [line.split(" | ") for line in CONDITIONS.splitlines() if line.startswith("| `")]
    assert {key for row in rows for key in re.findall(r"`([^`]+)`", row[0])} == asked
    assert all("https://" in row[2] or "as above" in row[2] for row in rows)


def test_a_service_that_is_known_by_its_account_is_in_that_row() -> None:
    names = {"ecs-tasks": "ECS", "vpc-flow-logs": "flow logs", "cloudwatch": "CloudWatch", "budgets": "Budgets", "events": "EventBridge"}
    for key in ("aws:SourceAccount", "aws:SourceArn"):
        (row,) = [line for line in CONDITIONS.splitlines() if line.startswith(f"| `{key}`")]
        statements = re.findall(
            r"^  statement {\n(.*?)^  }", "\n".join(file.read_text() for file in MODULE.glob("*.tf")), re.MULTILINE | re.DOTALL
        )
        calling = {
            service
            for statement in statements
            if f'"{key}"' in statement
            for service in re.findall(r'"([\w-]+)\.amazonaws\.com"', statement)
        }
        assert calling
        assert [service for service in calling if names[service] not in row] == []
