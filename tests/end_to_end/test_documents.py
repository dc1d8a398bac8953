"""The commands of the tutorial and the how-to pages, run in their order; the Python of the notebook page, run on what they loaded."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.conftest import ROOT, Ended, Home

pytestmark = pytest.mark.server

HOW_TO = ROOT / "docs" / "how-to"
PAGES = [ROOT / "docs" / "tutorial.md", *(HOW_TO / f"{name}.md" for name in ("add-a-symbol", "backfill", "restore", "upgrade", "notebook"))]
OWN = {"TICKERHOUSE_ENVIRONMENT": "documents"}


def commands(page: Path) -> list[str]:
    blocks = re.findall(r"^ *```sh embedded\n(.*?)^ *```", page.read_text(), re.MULTILINE | re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def ended(shared: Home) -> dict[str, Ended]:
    wanted = dict.fromkeys(command for page in PAGES for command in commands(page))
    return {command: shared.call(*shlex.split(command)[1:], **OWN) for command in wanted}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_a_page_ends_well(ended: dict[str, Ended], page: Path) -> None:
    assert commands(page)
    assert {command: ended[command].out + ended[command].err for command in commands(page) if ended[command].exit_status} == {}


def test_the_tutorial_shows_what_it_promises(ended: dict[str, Ended]) -> None:
    assert "high is below low" in ended["tickerhouse quarantine show --symbol DMGD"].out
    assert "(6 rows)" in next(each.out for command, each in ended.items() if command.startswith('tickerhouse sql "select symbol, count'))


def test_the_notebooks_python_reads_warehouse_and_files(shared: Home, ended: dict[str, Ended]) -> None:
    lines = ended["tickerhouse connect"].out.splitlines()
    exported = dict(line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export "))
    assert {"AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS", "SSL_CERT_FILE"} <= set(exported)
    blocks = re.findall(r"^```python\n(.*?)^```", (HOW_TO / "notebook.md").read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    lake = shared.folder / "s3" / "tickerhouse-documents-synthetic"
    program = [
        f"database, lake = 'documents_synthetic', {str(lake)!r}",
        *blocks,
        "assert len(prices) >= 6, prices",
        "assert not bars.duplicated(['symbol', 'session_date']).any()",
        "assert len(newest) == len(bars) and len(closes.columns) == len(prices), (len(newest), len(bars), closes.columns)",
    ]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "\n".join(program)],
        env=os.environ | exported,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
