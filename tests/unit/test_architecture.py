"""The arrows of docs/architecture.md, held against every import."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UPPER = {"orchestration", "results"}
ROOMS = sorted(path.name for path in (ROOT / "tasks").iterdir() if path.is_dir() and any(path.glob("*.py")) and path.name not in UPPER)
GROUND_FLOOR = {"tasks.errors", "tasks.records", "tasks.schema", "tasks.sessions"}
OUR_OWN = {"deployments", "flows", "infra", "tasks", "tests"}
WALL_CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}


def modules(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found
    return found


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def reaches(name: str, *places: str) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_the_ground_floor_and_itself_and_nothing_more(room: str) -> None:
    """A room imports the ground floor and itself and nothing else of ours."""
    own = {name for file in modules(f"tasks/{room}") for name in imports(file) if name.split(".")[0] in OUR_OWN}
    strangers = {name for name in own if name != "tasks" and not reaches(name, f"tasks.{room}", *GROUND_FLOOR)}
    assert not strangers


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_knows_no_prefect_no_wall_clock_and_no_environment(room: str) -> None:
    for file in modules(f"tasks/{room}"):
        assert not [name for name in imports(file) if reaches(name, "prefect", "prefect_aws")], file
        calls = {
            (node.value.id, node.attr)
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        }
        assert not calls & (WALL_CLOCKS | {("os", "environ"), ("os", "getenv")}), file


def test_the_ground_floor_stands_on_nothing_of_ours_but_itself() -> None:
    for module in GROUND_FLOOR:
        file = ROOT / (module.replace(".", "/") + ".py")
        assert not [name for name in imports(file) if name.split(".")[0] in OUR_OWN and not reaches(name, "tasks", *GROUND_FLOOR)]
        assert not [name for name in imports(file) if reaches(name, *(f"tasks.{room}" for room in ROOMS))]


def test_the_embedded_stack_shares_no_code_with_the_pipeline() -> None:
    for file in modules("infra/local"):
        assert not [name for name in imports(file) if reaches(name, "tasks", "flows", "deployments")], file


def test_only_the_command_line_reaches_the_embedded_stack() -> None:
    for folder in ("deployments", "flows", "tasks"):
        for file in modules(folder):
            reaching = [name for name in imports(file) if reaches(name, "infra")]
            assert not reaching or "command_line" in file.parts, file


def test_the_command_line_opens_the_embedded_stack_only_when_needed() -> None:
    """The command line opens the embedded stack only when a command needs it."""
    for file in modules("flows/command_line"):
        at_the_top = ast.Module([node for node in ast.parse(file.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)], [])
        names = [node.module or "" for node in at_the_top.body if isinstance(node, ast.ImportFrom)]
        assert not [name for name in names if reaches(name, "infra")], file


def test_only_settings_and_the_command_line_read_the_environment() -> None:
    allowed = {ROOT / "tasks" / "orchestration" / "settings.py"}
    for folder in ("flows", "tasks"):
        for file in modules(folder):
            if file in allowed or "command_line" in file.parts:
                continue
            assert "os.environ" not in file.read_text(), file


def test_no_module_is_longer_than_a_sitting() -> None:
    for folder in OUR_OWN:
        for file in (ROOT / folder).rglob("*.py"):
            assert len(file.read_text().splitlines()) <= 400, file
