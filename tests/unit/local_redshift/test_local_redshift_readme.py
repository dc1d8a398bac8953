"""The commands in the README of the local Redshift: each names what is there, with options that are read there."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
README = (ROOT / "infra" / "local" / "redshift" / "README.md").read_text(encoding="utf-8")
COMMANDS = [line.partition("#")[0].strip() for line in re.findall(r"^(?:python|REDSHIFT_\w+=\d+ pytest) .*$", README, re.MULTILINE)]


def source_of(command: str) -> Path:
    """The file a command starts: a script, a test, or a package's __main__."""
    words = command.split()
    if "-m" not in words:
        return ROOT / next(word for word in words if word.endswith(".py"))
    module = words[words.index("-m") + 1]
    spec = importlib.util.find_spec(f"{module}.__main__")
    assert spec is not None, module
    return Path(str(spec.origin))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_is_there_with_its_options(command: str) -> None:
    source = source_of(command)
    text = source.read_text(encoding="utf-8")
    for option in re.findall(r"--[a-z0-9-]+", command):
        assert f'"{option}"' in text, (source, option)
    for variable in re.findall(r"^(REDSHIFT_\w+)=", command):
        assert variable in text, (source, variable)


def test_the_readme_names_every_kind_of_command() -> None:
    assert {source_of(command).name for command in COMMANDS} >= {"__main__.py", "test_redshift_fuzz.py", "redshift_server.py"}
