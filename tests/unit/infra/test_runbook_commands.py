"""Every command of AWS that the runbook and the scripts name is one that AWS has, with its options; every block is sound shell."""

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

ROOT = Path(__file__).resolve().parents[3]
PAGES = [ROOT / "docs" / name for name in ("runbook.md", "security.md", "truth.md")]
PAGES += [ROOT / "infra" / "docker" / name for name in ("keep", "promote", "push", "read-deployment", "tunnel")]
BLOCKS = re.findall(r"^ *```sh(?: embedded)?\n(.*?)^ *```", PAGES[0].read_text(), re.MULTILINE | re.DOTALL)

EVERYWHERE = {"query", "output", "region"}
# What the command line adds to the API by itself (https://docs.aws.amazon.com/cli/latest/reference/).
ITS_OWN = {
    ("s3", "cp"): set(),
    ("s3", "mv"): set(),
    ("s3", "rm"): set(),
    ("ecr", "get-login-password"): set(),
    ("logs", "tail"): {"log-stream-names", "since", "format", "follow"},
}


def commands(text: str) -> set[tuple[str, str, frozenset[str]]]:
    """Service, operation and options of every call."""
    joined = re.sub(r"\\\n\s*", " ", text)
    # What stands in for a value does not end a command.
    joined = re.sub(r"\$\((?:field|terraform|printf)[^()]*\)", "X", joined)
    found = re.findall(r"\baws ([a-z0-9-]+) ([a-z0-9-]+)\b([^|)>\n#`]*)", joined)
    return {(service, operation, frozenset(re.findall(r"(?<= )--([a-z-]+)", rest))) for service, operation, rest in found}


@cache
def model(service: str) -> Any:
    return botocore.session.get_session().get_service_model("s3" if service == "s3api" else service)


NAMED = sorted(
    {(*command, page.name) for page in PAGES for command in commands(page.read_text())},
    # A set has another order in every process, and the workers of pytest-xdist have to agree.
    key=lambda named: (named[0], named[1], sorted(named[2]), named[3]),
)


def test_the_runbook_names_many_commands() -> None:
    assert len(NAMED) > 20
    assert len(BLOCKS) > 20


@pytest.mark.parametrize(("service", "operation", "options", "page"), NAMED, ids=lambda value: value if isinstance(value, str) else "")
def test_aws_has_the_command_and_takes_its_options(service: str, operation: str, options: frozenset[str], page: str) -> None:
    if (service, operation) in ITS_OWN:
        assert options - EVERYWHERE <= ITS_OWN[service, operation], page
        return
    by_name = {xform_name(name, "-"): name for name in model(service).operation_names}
    assert operation in by_name, page
    shape = model(service).operation_model(by_name[operation]).input_shape
    known = {xform_name(member, "-") for member in shape.members} if shape else set()
    switches = {f"no-{name}" for name in known}
    assert options - EVERYWHERE <= known | switches, page
    # The command line makes a token of idempotency up.
    needed = {xform_name(member, "-") for member in shape.required_members} if shape else set()
    assert needed <= options, page


@pytest.mark.parametrize("block", BLOCKS)
def test_every_block_is_sound_shell(block: str) -> None:
    done = subprocess.run(["/bin/bash", "-n"], input=block, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 0, done.stderr
