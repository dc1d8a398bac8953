"""The README cannot lie: what it lists is what there is."""

import re
from pathlib import Path

import typer.main

from flows.command_line.app import app

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "README.md").read_text()


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) < 120


def test_the_readme_names_only_commands_that_exist() -> None:
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    named = set(re.findall(r"tickerhouse ([a-z][a-z-]+)", README))
    assert {"sql", "open", "status", "doctor", "connect", "down"} <= named
    assert named <= commands


def test_every_folder_of_the_layout_is_there() -> None:
    layout = (ROOT / "docs" / "architecture.md").read_text().partition("## Folders")[2].partition("\n## ")[0]
    folders = re.findall(r"`([a-z/]+/)`", layout)
    assert len(folders) > 5
    for folder in folders:
        assert (ROOT / folder).is_dir(), folder


def test_every_link_leads_somewhere() -> None:
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_make_target_named_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None
    # A name under .PHONY without a rule does nothing, and make says that this was right.
    pages = "".join(page.read_text() for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
    named = {*phony[1].split(), *re.findall(r"`make ([a-z-]+)[^`]*`", pages)}
    assert [target for target in sorted(named) if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []
