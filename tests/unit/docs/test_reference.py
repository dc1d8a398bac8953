"""docs/reference/ is what the code gives, and every page of the documents can be reached from their index."""

import ast
import re
from pathlib import Path

import pytest

from flows.command_line.reference import EVENTS, EXIT_CODES, FOLDER, pages
from tasks.alerting.alert import EMITTED, RAISED_BY_PREFECT
from tasks.records import Status

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("name", ["alerts.md", "commands.md", "events.md", "exit-codes.md", "settings.md", "states.md"])
def test_a_page_of_the_reference_is_what_the_code_gives(name: str) -> None:
    assert (FOLDER / name).read_text() == pages()[name], "run: make reference"


def test_the_exit_codes_hold_every_status() -> None:
    words = {code: meaning for code, _, meaning in EXIT_CODES}
    assert [status for status in Status if f"`{status}`" not in words[status.exit_code]] == []


def test_every_event_that_is_emitted_has_its_line() -> None:
    emitted = set()
    for file in [*(ROOT / "tasks").rglob("*.py"), *(ROOT / "flows").glob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "emit_event":
                emitted |= {each.value for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant)}
    assert {name for name in emitted if str(name).startswith("tickerhouse.")} == set(EVENTS) - {"tickerhouse.alert.<name>"}


def test_every_alert_has_its_section_in_the_runbook() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text()
    assert set(re.findall(r"^### ([a-z-]+)$", runbook, re.MULTILINE)) >= EMITTED | RAISED_BY_PREFECT


def test_every_section_of_an_alert_says_what_to_do_with_a_command() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text().partition("\n## Alerts\n")[2].partition("\n## ")[0]
    sections = dict(re.findall(r"^### ([a-z-]+)\n(.*?)(?=^### |\Z)", runbook, re.MULTILINE | re.DOTALL))
    assert set(sections) == EMITTED | RAISED_BY_PREFECT
    assert [name for name, text in sections.items() if "```sh" not in text] == []


def test_every_page_is_in_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / target).resolve() for target in re.findall(r"\]\(([^)#:]+)\)", index.read_text())}
    there = {page for page in (ROOT / "docs").rglob("*.md") if page != index}
    assert {page.relative_to(ROOT) for page in there - linked if page.parent not in linked} == set()
