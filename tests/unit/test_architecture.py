"""The levels of docs/architecture.md, held against every import."""

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TASKS = ROOT / "tasks"

STEPS = frozenset(
    {"plan", "extract", "parse", "validate", "quarantine", "curate", "reconcile", "recover", "load", "write_lake", "publish"}
    | {"rebuild", "release", "undo", "shard", "migrate", "freshness", "maintain"}
)
"""What people see in the Prefect UI: one file each, in the root of tasks/."""
GROUND_FOLDERS = frozenset({"pages"})
GROUND = GROUND_FOLDERS | frozenset({"ahead", "arrays", "schema", "records", "errors", "exchanges", "sessions", "wording", "kept_out"})
UPPER = frozenset({"results", "orchestration", "datasets"})
MODULES = frozenset(path.name for path in TASKS.iterdir() if path.is_dir() and any(path.glob("*.py"))) - UPPER - GROUND

OUR_OWN = {"deployments", "flows", "infra", "tasks", "tests"}
WALL_CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
LONGEST_MODULE, LONGEST_FUNCTION = 400, 60


@cache
def modules(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found
    return found


@cache
def nodes(file: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(file.read_text())))


@cache
def imports(file: Path) -> tuple[str, ...]:
    found: list[str] = []
    for node in nodes(file):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
    return tuple(found)


def module_name(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def package_of(name: str) -> str:
    """A file that imports its neighbours by way of their package does not import what the package hands on."""
    return name.rpartition(".")[0]


def reaches(name: str, *places: str) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)


def level(part: str) -> int:
    """The level of a file or folder of tasks/, from the ground up."""
    if part in GROUND:
        return 1
    if part in MODULES:
        return 2
    return {"datasets": 3, "orchestration": 4, "results": 5}.get(part, 6)


def part_of(name: str) -> str | None:
    """The file or folder of tasks/ that an import reaches."""
    parts = name.split(".")
    return parts[1] if parts[0] == "tasks" and len(parts) > 1 else None


def test_the_root_of_tasks_holds_the_steps_and_the_common_nouns() -> None:
    assert {path.stem for path in TASKS.glob("*.py")} == STEPS | (GROUND - GROUND_FOLDERS) | {"__init__"}


def test_every_import_of_tasks_goes_down_a_level_or_stays_in_its_folder() -> None:
    upward = []
    for file in modules("tasks"):
        own = file.relative_to(TASKS).parts[0].removesuffix(".py")
        for part in {part for name in imports(file) if (part := part_of(name))} - {own}:
            # Steps may call one another's plain functions: a rebuild passes through those of a run.
            if level(part) > level(own) or (level(part) == level(own) and part not in STEPS | GROUND):
                upward.append(f"{file.relative_to(ROOT)} imports {part}")
    assert upward == []


def test_flows_and_command_line_are_the_top_level() -> None:
    for folder in ("tasks", "infra"):
        for file in modules(folder):
            assert not [name for name in imports(file) if reaches(name, "flows", "deployments")], file


@pytest.mark.parametrize("folder", sorted(MODULES | {"datasets"}))
def test_what_is_below_orchestration_knows_no_prefect_clock_or_environment(folder: str) -> None:
    for file in modules(f"tasks/{folder}"):
        assert not [name for name in imports(file) if reaches(name, "prefect", "prefect_aws")], file
        calls = {(node.value.id, node.attr) for node in nodes(file) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)}
        assert not calls & (WALL_CLOCKS | {("os", "environ"), ("os", "getenv")}), file


def test_modules_do_not_import_one_another() -> None:
    for folder in MODULES:
        for file in modules(f"tasks/{folder}"):
            strangers = {name for name in imports(file) if (part := part_of(name)) and part != folder and part not in GROUND}
            assert strangers == set(), file


def test_no_file_imports_itself_in_a_circle_not_even_for_its_types() -> None:
    files = {module_name(file): file for folder in ("tasks", "flows", "deployments", "infra") for file in modules(folder)}
    drawn = {name: {other for other in imports(file) if other in files} - {name, package_of(name)} for name, file in files.items()}
    TopologicalSorter(drawn).prepare()


def test_clients_are_known_to_runs_and_planning_alone() -> None:
    opening = [file.name for file in modules("tasks") if any(reaches(name, "tasks.orchestration.clients") for name in imports(file))]
    assert sorted(opening) == ["planning_inputs.py", "run.py"]


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
    allowed = {TASKS / "orchestration" / "settings.py"}
    for folder in ("flows", "tasks"):
        for file in modules(folder):
            if file in allowed or "command_line" in file.parts:
                continue
            assert "os.environ" not in file.read_text(), file


def test_no_module_is_too_long() -> None:
    files = [file for folder in OUR_OWN for file in (ROOT / folder).rglob("*.py")]
    assert [str(file) for file in files if len(file.read_text().splitlines()) > LONGEST_MODULE] == []


def functions(file: Path) -> Iterator[tuple[str, int]]:
    for node in nodes(file):
        if isinstance(node, ast.FunctionDef):
            yield f"{file.relative_to(ROOT)}:{node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_no_function_is_longer_than_a_screen() -> None:
    files = [file for folder in ("deployments", "flows", "infra", "tasks") for file in modules(folder)]
    assert [(name, lines) for file in files for name, lines in functions(file) if lines > LONGEST_FUNCTION] == []


def test_a_dataset_file_is_under_120_lines() -> None:
    sizes = {file.name: len(file.read_text().splitlines()) for file in modules("tasks/datasets")}
    assert {name: size for name, size in sizes.items() if size >= 120} == {}
