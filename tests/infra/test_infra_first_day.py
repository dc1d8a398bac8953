"""The runbook's first day from top to bottom, as a person types it, on the stand-in account: what a later step needs is there by then.

The blocks are the runbook's own. ``aws`` asks the account, ``terraform`` is the real one, ``docker`` pushes an image of nothing; ``gh`` and
``tickerhouse`` say what they were asked. No statement of SQL is run here: ``tests/infra/test_infra_rights.py`` migrates.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.infra.account.server import ACCOUNT
from tests.infra.conftest import FIGURES, ROOT, VARIABLES, Applied

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": {}, "layers": []})

AWS = '#!/bin/sh\nexec "{python}" -m tests.infra.account.command_line "$@"\n'

# The real one in the folder that was applied; what a person would confirm is confirmed, and its state is there already.
TERRAFORM = """#!/bin/bash
words=()
for word in "$@"; do
  case "$word" in
    -chdir=*) words+=("-chdir={folder}") ;;
    -var-file=*) words+=("-var-file=$PWD/infra/terraform/${{word#*=}}") ;;
    init) exit 0 ;;
    apply) words+=(apply -auto-approve -input=false -no-color) ;;
    *) words+=("$word") ;;
  esac
done
exec "{terraform}" "${{words[@]}}"
"""

DOCKER = """#!/bin/sh
case "$1" in
  login) cat > /dev/null ;;
  push) aws ecr put-image --repository-name tickerhouse-dev --image-tag "${{2##*:}}" --image-manifest '{manifest}' > /dev/null ;;
  inspect) echo "x@$(aws ecr describe-images --repository-name tickerhouse-dev --query 'imageDetails[0].imageDigest' --output text)" ;;
esac
"""

SAID = '#!/bin/sh\necho "$(basename "$0") $*" >> "{log}"\n'


@dataclass(frozen=True)
class Day:
    """The day, over.

    Attributes:
        out: what the terminal showed, both streams.
        exit_status: of the shell in which everything was typed.
        asked: what ``gh`` and ``tickerhouse`` were asked, in order.
        steps: how many blocks were typed.
    """

    out: str
    exit_status: int
    asked: list[str]
    steps: int


def blocks(title: str) -> list[str]:
    """The blocks of a section that are not for the embedded stack."""
    section = re.split(r"^## ", RUNBOOK.partition(f"\n## {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    found = re.findall(r"^ *```sh\n(.*?)^ *```", section, re.MULTILINE | re.DOTALL)
    return [re.sub(r"^ {0,3}", "", block, flags=re.MULTILINE) for block in found]


def typed() -> list[str]:
    """What is typed, in its order: the functions, all steps with the first migration in its place; this environment is called dev."""
    opening = re.findall(r"^```sh\n(.*?)^```", RUNBOOK.partition("## Deploy from zero")[0], re.MULTILINE | re.DOTALL)
    *before, prefect = blocks("Deploy from zero")
    migration = blocks("First migration")[0]
    return [block.replace("env=prod", "env=dev") for block in [*opening, *before, migration, prefect]]


def checkout(folder: Path, applied: Applied) -> Path:
    """A checkout as far as the blocks need one, with programs in front of those of this machine."""
    (folder / "infra" / "terraform").mkdir(parents=True)
    shutil.copytree(ROOT / "infra" / "docker", folder / "infra" / "docker")
    shutil.copytree(ROOT / "deployments", folder / "deployments", ignore=shutil.ignore_patterns("__pycache__"))
    filled_in = "\n".join(f"{name} = {value if value.startswith('[') else json.dumps(value)}" for name, value in VARIABLES.items())
    (folder / "infra" / "terraform" / "terraform.tfvars.example").write_text(filled_in + "\n")
    programs = folder / "bin"
    programs.mkdir()
    for name, text in {
        "aws": AWS.format(python=sys.executable),
        "terraform": TERRAFORM.format(folder=applied.terraform.folder, terraform=shutil.which("terraform")),
        "docker": DOCKER.format(manifest=MANIFEST),
        "gh": SAID.format(log=folder / "asked"),
        "tickerhouse": SAID.format(log=folder / "asked"),
        "git": "#!/bin/sh\necho 0123abc\n",
    }.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    return programs


@pytest.fixture(scope="module")
def day(applied: Applied, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    folder = tmp_path_factory.mktemp("first-day")
    programs = checkout(folder, applied)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PREFECT_", "TF_", "TICKERHOUSE_"))}
    environment = kept | applied.account.environment() | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    steps = typed()
    done = subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", "\n".join(steps)],
        cwd=folder,
        env=environment | {"TF_IN_AUTOMATION": "1"},
        input="ALPHA\nuser:password\nhttps://hooks.slack.example.com/services/x\n",
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    asked = (folder / "asked").read_text().splitlines() if (folder / "asked").exists() else []
    on_it = len(blocks("Deploy from zero")) + 2
    FIGURES.append(f"first day: {len(steps)} of {on_it} blocks of the runbook typed, exit status {done.returncode}")
    yield Day(done.stdout + done.stderr, done.returncode, asked, len(steps))
    applied.terraform.run("apply", "-auto-approve", "-input=false")
    applied.client("s3").delete_bucket(Bucket=f"tickerhouse-terraform-{ACCOUNT}")
    iam = applied.client("iam")
    for role in iam.list_roles(PathPrefix="/aws-service-role/")["Roles"]:
        iam.delete_role(RoleName=role["RoleName"])
    # As in test_infra_rights.py: moto leaves a stopped task's network interface.
    ec2 = applied.client("ec2")
    for interface in ec2.describe_network_interfaces()["NetworkInterfaces"]:
        ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])


def test_the_whole_day_ends_well(day: Day) -> None:
    assert day.exit_status == 0, day.out[-4000:]
    assert day.steps == len(blocks("Deploy from zero")) + 2


def test_github_lets_main_in_before_aws_trusts_the_environment(day: Day) -> None:
    assert [line.split()[:4] for line in day.asked[:2]] == [
        ["gh", "api", "-X", "PUT"],
        ["gh", "api", "-X", "POST"],
    ]
    assert day.asked[0].split()[4] == "repos/example/tickerhouse/environments/dev"
    assert day.asked[1].endswith("deployment-branch-policies -f name=main")


def test_every_secret_has_the_value_that_was_typed(applied: Applied, day: Day) -> None:
    client = applied.client("secretsmanager")
    values = [client.get_secret_value(SecretId=f"tickerhouse-dev/{name}")["SecretString"] for name in applied.outputs["secrets"]]
    assert set(values) == {"ALPHA", "user:password", "https://hooks.slack.example.com/services/x"}
    assert "ALPHA" not in day.out


def test_the_image_is_kept_before_a_task_is_told_to_run_it(applied: Applied, day: Day) -> None:
    assert day.exit_status == 0
    (image,) = applied.client("ecr").describe_images(repositoryName="tickerhouse-dev")["imageDetails"]
    short = image["imageDigest"][7:19]
    assert set(image["imageTags"]) == {"0123abc", f"worker-{short}", f"deployed-{short}"}
    worker = applied.client("ecs").describe_task_definition(taskDefinition="tickerhouse-dev-worker")["taskDefinition"]
    assert worker["containerDefinitions"][0]["image"].endswith(f"@{image['imageDigest']}")


def test_the_database_role_is_made_before_anything_signs_in_with_it(applied: Applied, day: Day) -> None:
    assert day.exit_status == 0
    assert applied.account.data.statements == [
        "create role tickerhouse_loader",
        'create user "IAMR:tickerhouse-dev-load" password disable',
        'grant role sys:superuser to "IAMR:tickerhouse-dev-load"',
        'revoke role sys:superuser from "IAMR:tickerhouse-dev-load"',
    ]
    targets = [request.target for request in applied.account.journal.since() if request.service in {"redshift-data", "ecs"}]
    assert targets.index("ExecuteStatement") < targets.index("RunTask")


def test_prefect_is_told_last_and_looked_at_first(day: Day) -> None:
    assert day.asked[-2:] == ["tickerhouse deploy --dry-run", "tickerhouse deploy"]
