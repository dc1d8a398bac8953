"""docs/architecture.md: the files it names exist, and its levels are those that the imports are held to."""

import re
from pathlib import Path

from flows.plans import FLOW_PLANS
from tests.unit.test_architecture import GROUND, MODULES, UPPER

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "architecture.md").read_text()


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    lines = [line for line in section(title).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_every_file_and_folder_that_the_page_names_exists() -> None:
    named = re.findall(r"`((?:flows|tasks|deployments|infra|expectations|tests)/[\w/.]*)`", PAGE)
    assert len(named) > 30
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_link_of_the_page_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", PAGE)
    assert [link for link in links if not (ROOT / "docs" / link).is_file()] == []


def test_the_page_shows_the_levels_that_imports_are_held_to() -> None:
    places = {row[0]: row[1] for row in rows("Levels")}
    assert [name[0] for name in places] == list("7654321")
    assert set(re.findall(r"`tasks/(\w+)/`", places["2 modules"])) == MODULES
    assert {name.split()[1] for name in list(places)[2:5]} == UPPER
    assert set(re.findall(r"`tasks/(\w+)(?:\.py|/)`", places["1 common"])) == GROUND


def test_the_page_answers_thirteen_common_changes() -> None:
    assert len(rows("Where to change what")) == 13


def test_the_steps_of_the_page_stand_in_the_pipelines_order() -> None:
    code = (ROOT / "flows" / "pipeline.py").read_text().split("def run_pipeline")[1]
    steps = [row[0] for row in rows("Data flow")]
    places = [code.index("planner()" if step == "plan" else f" {step.replace(' ', '_')}(") for step in steps]
    assert places == sorted(places)
    assert "daily_prices" in FLOW_PLANS
