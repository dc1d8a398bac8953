"""docs/prefect.md: every command that can run here is run."""

import re
import shlex
import subprocess

import pytest

from deployments.alert_files import read_alerts
from tests.documented import of_prefect_page
from tests.end_to_end.conftest import COMMAND, ROOT, Home

pytestmark = [pytest.mark.server, pytest.mark.worker]

PAGE = (ROOT / "docs" / "prefect.md").read_text()


def test_the_commands_of_the_page_work_as_printed_in_their_order(shared: Home) -> None:
    commands = of_prefect_page()
    assert len(commands) == 7
    address = f"http://127.0.0.1:{shared.port('prefect')}/api"
    for command in commands:
        program, *words = shlex.split(command)
        done = subprocess.run(
            [COMMAND.with_name(program), *words],
            cwd=ROOT,
            env=shared.environment(PREFECT_API_URL=address),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        # Prefect prints one for each value of an entry that is not filled in.
        assert not re.search(r"\bWARNING\b", done.stdout + done.stderr), f"{command}: {done.stdout}{done.stderr}"
    assert shared.run("silence").lines == ["late until 2099-11-30 00:00 EST: the source is down; ticket 4711"]


def test_every_deployment_and_every_alert_is_on_the_page() -> None:
    named = set(re.findall(r"`([a-z_-]+)`", PAGE))
    assert {alert.name for alert in read_alerts("prod")} <= named
    flows = re.findall(r"flows/\w+\.py:(\w+)", (ROOT / "prefect.yaml").read_text())
    assert {flow.removesuffix("_warehouse") for flow in flows} <= named
