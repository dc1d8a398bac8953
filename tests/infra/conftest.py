"""Terraform applied to a made-up account, once for all tests here; the pipeline and the worker run on what it made.

Slow, and run by ``make infra`` only (infra/terraform/verify); ``make test`` says so for each.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.infra.account.server import Account

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "infra" / "terraform"

FIGURES: list[str] = []
"""Measured things, printed at the end."""

VARIABLES = {
    "environment": "dev",
    "plan": "premium_1200",
    "prefect_api_url": "https://prefect.example.com/api",
    "github_repository": "example@123456/tickerhouse@456789",
    "promote_from": "staging",
    "alarm_email": "data@example.com",
    "operator_role_arns": '["arn:aws:iam::123456789012:role/analysts"]',
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("INFRA_VERIFY") == "1":
        return
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="minutes long; run by `make infra`"))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for figure in FIGURES:
        terminalreporter.write_line(f"infra: {figure}")


class Terraform:
    """Terraform in a copy of the module, with its state beside it."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._environment = environment
        self.seconds: dict[str, float] = {}

    def copied(self, folder: Path) -> "Terraform":
        """The same, in a copy of the folder."""
        return Terraform(folder, self._environment)

    def run(self, command: str, *words: str, expected: tuple[int, ...] = (0,), without: str = "") -> str:
        begun = time.monotonic()
        ended = subprocess.run(
            [shutil.which("terraform") or "terraform", command, "-no-color", *words],
            cwd=self.folder,
            env={name: value for name, value in self._environment.items() if name != f"TF_VAR_{without}"},
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        self.seconds[command] = time.monotonic() - begun
        assert ended.returncode in expected, (
            f"terraform {command} ended with {ended.returncode}:\n{ended.stdout[-4000:]}\n{ended.stderr[-4000:]}"
        )
        return ended.stdout + ended.stderr if ended.returncode == 1 else ended.stdout


@dataclass(frozen=True)
class Applied:
    """What Terraform made.

    Attributes:
        account: where.
        terraform: to ask it again.
        said: what apply printed.
        outputs: by name.
    """

    account: Account
    terraform: Terraform
    said: str
    outputs: dict[str, Any]
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    trusts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """A client with an administrator's rights."""
        import boto3  # noqa: PLC0415 - its own endpoint and key, whatever the environment says

        make: Any = boto3.Session("administrator", "testing", region_name="us-east-1").client
        return make(service, endpoint_url=self.account.url)


@pytest.fixture(scope="session")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    """The module, applied; destroyed again at the end, and then nothing is left."""
    if shutil.which("terraform") is None:
        pytest.skip("Terraform is not installed")
    folder = tmp_path_factory.mktemp("terraform")
    for file in MODULE.glob("*.tf"):
        shutil.copy(file, folder)
    # State stays beside the copy; the module's own backend is a bucket of people's own.
    (folder / "backend.tf").unlink()
    with Account() as account:
        foreign = ("AWS_", "TF_", "TICKERHOUSE_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        variables = {f"TF_VAR_{name}": value for name, value in VARIABLES.items()}
        terraform = Terraform(folder, kept | account.environment() | variables | {"TF_IN_AUTOMATION": "1"})
        plugins = os.environ.get("TF_PLUGIN_DIR")
        terraform.run("init", "-input=false", *([f"-plugin-dir={plugins}"] if plugins else []))
        said = terraform.run("apply", "-auto-approve", "-input=false")
        outputs = {name: each["value"] for name, each in json.loads(terraform.run("output", "-json")).items()}
        made = Applied(account, terraform, said, outputs)
        _read_back(made)
        yield made
        destroyed = terraform.run("destroy", "-auto-approve", "-input=false").strip().splitlines()[-1]
        seconds = terraform.seconds
        FIGURES.append(f"{said.partition('Apply complete! ')[2].splitlines()[0]} apply {seconds['apply']:.0f} s")
        FIGURES.append(f"{destroyed} destroy {seconds['destroy']:.0f} s")
        assert account.warehouse.is_empty
        assert made.client("s3").list_buckets()["Buckets"] == []
        assert made.client("iam").list_roles()["Roles"] == []


def _read_back(made: Applied) -> None:
    """Policies and trusts as the account has them, not as we wrote them."""
    iam = made.client("iam")
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"].removeprefix("tickerhouse-dev-")
        made.trusts[name] = role["AssumeRolePolicyDocument"]
        (policy,) = iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
        made.policies[name] = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=policy)["PolicyDocument"]
