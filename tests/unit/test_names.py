"""A test's name is its claim, short enough to be read in a list; what else is to be said of it stands in its docstring."""

import ast
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
LONGEST = 70


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
