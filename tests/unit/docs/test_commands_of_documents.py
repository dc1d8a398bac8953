"""Every command that a document or a help text shows is one that the command line takes, with its options, and a test runs it."""

import shlex

import pytest
import typer.main
from typer.core import TyperGroup

from flows.command_line.app import app
from tests.documented import ELSEWHERE, IN_ORDER, PAGES, ROOT, documented, embedded, examples, of_prefect_page

COMMANDS = sorted({(command, page.name) for page in PAGES for command in documented(page)})


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


def test_every_command_of_the_documents_is_run_by_one_test() -> None:
    pages = {command for page in PAGES for command in embedded(page)}
    on_their_own = {command.removeprefix("tickerhouse ") for command in [*pages, *of_prefect_page(), *examples()]}
    assert {command for command, _ in COMMANDS} - on_their_own == {*IN_ORDER, *ELSEWHERE}
    assert not {*IN_ORDER, *ELSEWHERE} & on_their_own


@pytest.mark.parametrize("command", ELSEWHERE)
def test_a_test_that_is_named_for_a_command_runs_it(command: str) -> None:
    file, words = ELSEWHERE[command]
    assert words in (ROOT / "tests" / file).read_text()
