"""The README cannot lie: what it lists is what there is."""

import re
from pathlib import Path

import typer.main

from flows.command_line.app import app
from tasks.orchestration.settings import Settings, variable_name
from tasks.records import Status

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "README.md").read_text()


def settings_table() -> str:
    lines = ["| variable | default | what it sets |", "|---|---|---|"]
    sources = dict(
        re.findall(r'^    (\w+): .*\n    """(.+?)"""', (ROOT / "tasks" / "orchestration" / "settings.py").read_text(), re.MULTILINE)
    )
    for name, field in Settings.model_fields.items():
        default = str(field.default) if field.default not in ("", None) else ""
        if name == "settling":
            default = "PT4H"
        lines.append(f"| `{variable_name(name)}` | {f'`{default}`' if default else ''} | {sources[name]} |")
    return "\n".join(lines)


def test_the_settings_table_is_the_settings() -> None:
    stated = README.partition("<!-- settings -->")[2].partition("<!-- /settings -->")[0].strip()
    assert stated == settings_table()


def test_the_readme_names_every_command_and_no_other() -> None:
    """Every command is in the README and every command named there exists."""
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    named = set(re.findall(r"tickerhouse ([a-z][a-z-]+)", README))
    assert commands <= named
    assert named <= commands


def test_the_exit_codes_are_those_of_the_statuses() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\d) \|", README, re.MULTILINE))
    assert rows == {str(status): str(status.exit_code) for status in Status}


def test_every_folder_of_the_layout_is_there() -> None:
    layout = README.partition("## Layout")[2].partition("\n## ")[0]
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
    for target in set(re.findall(r"`make ([a-z-]+)[^`]*`", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
