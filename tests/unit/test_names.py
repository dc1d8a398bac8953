"""Names say what is there: a test's its claim, short enough to be read in a list, and a docstring's the arguments of its function."""

import ast
import re
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
LONGEST = 70


@cache
def names() -> dict[str, Path]:
    found = {}
    for file in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found[node.name] = file.relative_to(TESTS)
    return found


def test_no_test_has_a_name_of_more_than_seventy_characters() -> None:
    assert len(names()) > 500
    assert {name: str(file) for name, file in names().items() if len(name) > LONGEST} == {}


def described_arguments(function: ast.FunctionDef) -> list[str]:
    listed = re.search(r"^Args:\n((?: {4}.*\n?)+)", ast.get_docstring(function) or "", re.MULTILINE)
    return re.findall(r"^ {4}\**(\w+):", listed[1], re.MULTILINE) if listed else []


def test_every_argument_that_a_docstring_describes_is_one() -> None:
    foreign = []
    for file in (path for folder in ("deployments", "flows", "infra", "tasks") for path in (TESTS.parent / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef):
                given = {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
                foreign += [f"{file.name}: {node.name}({name})" for name in described_arguments(node) if name not in given]
    assert foreign == []
