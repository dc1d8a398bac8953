"""The commands of the tutorial and the how-to pages, run in their order; the Python of the notebook page, run on what they loaded."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.end_to_end.conftest import ROOT, Ended, Home

pytestmark = pytest.mark.server

HOW_TO = ROOT / "docs" / "how-to"
TUTORIAL = ROOT / "docs" / "tutorial.md"
NOTEBOOK = HOW_TO / "notebook.md"
PAGES = [TUTORIAL, HOW_TO / "add-a-symbol.md", NOTEBOOK]
LONG_PAGES = [HOW_TO / f"{name}.md" for name in ("backfill", "restore", "upgrade")]
"""Those whose commands take long; the subject of each has a shorter test."""
OWN = {"TICKERHOUSE_ENVIRONMENT": "documents"}
READING = ("plan", "status", "doctor", "open", "report", "sql", "dictionary", "quarantine", "quotes")
"""What the examples of README and the help do that end at once and need no other run than the tutorial's."""

OF_ANOTHER_RUN = re.compile(r"\d{8}T\d{6}Z|release|--file docs/data_dictionary")


def commands(page: Path) -> list[str]:
    blocks = re.findall(r"^ *```sh embedded\n(.*?)^ *```", page.read_text(), re.MULTILINE | re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


def examples() -> list[str]:
    shown = [
        line
        for page in (ROOT / "README.md", ROOT / "docs" / "reference" / "commands.md")
        for line in re.findall(r"^(?:\$ )?(?:\s*\.venv/bin/)?(tickerhouse .+?)(?:  +#.*)?$", page.read_text(), re.MULTILINE)
    ]
    return [line for line in dict.fromkeys(shown) if line.split()[1].startswith(READING) and not OF_ANOTHER_RUN.search(line)]


Follow = Callable[[Path], dict[str, Ended]]
"""Runs the commands of a page, each once however many pages have it."""


@pytest.fixture(scope="module")
def follow(shared: Home) -> Follow:
    run = cache(lambda command: shared.call(*shlex.split(command)[1:], **OWN))
    return lambda page: {command: run(command) for command in commands(page)}


@pytest.mark.parametrize("page", [*PAGES, *(pytest.param(page, marks=pytest.mark.deep) for page in LONG_PAGES)], ids=lambda page: page.stem)
def test_every_command_of_a_page_ends_well(follow: Follow, page: Path) -> None:
    ended = follow(page)
    assert ended
    assert {command: each.out + each.err for command, each in ended.items() if each.exit_status} == {}


@pytest.mark.deep
def test_every_example_that_reads_ends_well(shared: Home, follow: Follow) -> None:
    assert follow(TUTORIAL)
    failed = {}
    for command in examples():
        words = shlex.split(command)[1:]
        done = shared.call(*words, *(["--no-browser"] if words[0] in {"open", "report"} else []), **OWN)
        if done.exit_status:
            failed[command] = done.out + done.err
    assert failed == {}


def test_the_read_me_and_the_help_have_many_examples_that_read() -> None:
    assert len(examples()) >= 20


def test_the_tutorial_shows_what_it_promises(follow: Follow) -> None:
    ended = follow(TUTORIAL)
    assert "high is below low" in ended["tickerhouse quarantine show --symbol DMGD"].out
    assert "(6 rows)" in next(each.out for command, each in ended.items() if command.startswith('tickerhouse sql "select symbol, count'))


def test_the_notebooks_python_reads_warehouse_and_files(shared: Home, follow: Follow) -> None:
    lines = follow(NOTEBOOK)["tickerhouse connect"].out.splitlines()
    exported = dict(line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export "))
    assert {"AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS", "SSL_CERT_FILE"} <= set(exported)
    blocks = re.findall(r"^```python\n(.*?)^```", NOTEBOOK.read_text(), re.MULTILINE | re.DOTALL)
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
