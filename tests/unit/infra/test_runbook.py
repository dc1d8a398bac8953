"""The runbook and the threat notes name only what there is."""

import re
from pathlib import Path

import pytest
import typer.main

from flows.command_line.app import app
from tasks.orchestration.settings import Settings, variable_name

ROOT = Path(__file__).resolve().parents[3]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
SECURITY = (ROOT / "docs" / "security.md").read_text()
MODULE = "\n".join(file.read_text() for file in sorted((ROOT / "infra" / "terraform").glob("*.tf")))

TITLES = [
    "Deploy from zero",
    "First migration",
    "Rotate a key",
    "The gate is closed",
    "The quota is exhausted",
    "The warehouse cannot be reached",
    "Restore",
    "A second environment",
    "Tear down",
]


@pytest.mark.parametrize("title", TITLES)
def test_every_situation_has_its_commands(title: str) -> None:
    section = re.split(r"^## ", RUNBOOK.partition(f"\n## {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    assert "```sh" in section


def test_every_command_named_is_there() -> None:
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    named = set(re.findall(r"\btickerhouse ([a-z][a-z-]+)", re.sub(r"git clone.*", "", RUNBOOK)))
    assert {"run", "migrate", "quarantine", "deploy"} <= named
    assert named <= commands


def test_every_output_and_variable_named_is_there() -> None:
    outputs = set(re.findall(r"terraform output -raw (\w+)|output -json (\w+)|output -raw (\w+)", RUNBOOK))
    names = {name for found in outputs for name in found if name}
    assert names >= {"command", "image_repository", "administrator_secret_arn", "settings"}
    assert names <= set(re.findall(r'^output "(\w+)"', MODULE, re.MULTILINE))
    variables = set(
        re.findall(
            r"-var \"?(\w+)=|^create_(\w+)|`(image_digest|worker_always_on|redshift_daily_rpu_hours|alarm_slack)`", RUNBOOK, re.MULTILINE
        )
    )
    assert {name for found in variables for name in found if name} <= set(re.findall(r'^variable "(\w+)"', MODULE, re.MULTILINE))


def test_every_setting_named_is_there() -> None:
    known = {variable_name(name) for name in Settings.model_fields}
    assert set(re.findall(r"TICKERHOUSE_[A-Z_]+", RUNBOOK + MODULE)) <= known


def test_every_file_named_is_there() -> None:
    named = set(re.findall(r"\b((?:infra|deployments|expectations|docs)/[\w./-]*\w)", RUNBOOK))
    named -= {name for name in named if name.endswith(".tfvars")}
    assert named >= {"infra/docker/push", "infra/docker/read-deployment"}
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_every_secret_named_is_one_that_terraform_makes() -> None:
    made = set(re.findall(r'^ +"([a-z-]+)" += "', (ROOT / "infra" / "terraform" / "secrets.tf").read_text(), re.MULTILINE))
    assert made == {"alpha-vantage-api-key", "prefect-credential", "slack-webhook"}
    assert set(re.findall(r"--secret-id \"tickerhouse-\$env/([a-z-]+)\"", RUNBOOK)) <= made
    assert all(name in RUNBOOK for name in made)


def test_every_role_that_terraform_makes_stands_in_the_threat_notes() -> None:
    rows = set(re.findall(r"^\| (\w+) \|", SECURITY.partition("## Who can read what")[2], re.MULTILINE))
    assert {"execution", "worker", "pipeline", "ingest", "load", "copy", "deploy"} <= rows


def test_the_threat_notes_are_one_page() -> None:
    assert len(SECURITY.split()) < 1100
