"""Every command that a document or a help text shows is one that the command line takes, with its options."""

import re
import shlex
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from flows.command_line.app import app

ROOT = Path(__file__).resolve().parents[3]
PAGES = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def commands(page: Path) -> set[str]:
    """Every command line in a page's blocks of shell; comments, prompts and what is piped are cut off."""
    found = set()
    for block in re.findall(r"^ *```(?:sh|console)[^\n]*\n(.*?)^ *```", page.read_text(), re.MULTILINE | re.DOTALL):
        for line in re.sub(r"\\\n\s*", " ", block).splitlines():
            match = re.search(r"(?:^\s*(?:\$ )?|&& |in_network )(?:\.venv/bin/)?tickerhouse (.+)", line)
            if match:
                found.add(re.split(r"  +[(#]| \|\| | && | \| |\$\(", match[1])[0].strip())
    return found


COMMANDS = sorted({(command, page.name) for page in PAGES for command in commands(page)})


def test_the_documents_show_many_commands() -> None:
    assert len({command for command, _ in COMMANDS}) > 60


@pytest.mark.parametrize(("command", "page"), COMMANDS)
def test_a_command_of_a_document_is_taken(command: str, page: str) -> None:
    words = shlex.split(command, comments=True)
    group = typer.main.get_command(app)
    while isinstance(group, TyperGroup) and words and words[0] in group.commands:
        group = group.commands[words.pop(0)]
    assert not isinstance(group, TyperGroup) or not words or words[0].startswith("-"), f"{page}: no command {command}"
    if not isinstance(group, TyperGroup):
        group.make_context("tickerhouse", words)
