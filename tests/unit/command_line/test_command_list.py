"""The command list, and what the command line takes from people who do not read it first."""

import io
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from flows.command_line.app import app
from flows.command_line.sql import StatementUnfit, read_statement

QUERIES = sorted((Path(__file__).resolve().parents[3] / "docs" / "queries").glob("*.sql"))


def help_of(*words: str) -> str:
    ended = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).invoke(app, [*words, "-h"], terminal_width=80)
    assert ended.exit_code == 0, ended.output
    return ended.output


@pytest.mark.parametrize("group", [(), ("quarantine",)])
def test_the_command_list_is_whole_within_80_columns(group: tuple[str, ...]) -> None:
    listed = help_of(*group).partition("Commands:\n")[2].splitlines()
    command = typer.main.get_command(app)
    for name in group:
        command = command.commands[name]  # type: ignore[attr-defined]
    assert [line.split()[0] for line in listed] == list(command.commands)  # type: ignore[attr-defined]
    assert [line for line in listed if len(line) > 80 or line.endswith("...") or not line.endswith((".", "nothing."))] == []


def test_the_version_is_that_of_the_package() -> None:
    ended = CliRunner().invoke(app, ["--version"])
    assert ended.exit_code == 0
    assert ended.output.startswith("tickerhouse ")


def test_completion_can_be_installed() -> None:
    assert "--install-completion" in help_of()


@pytest.mark.parametrize("file", QUERIES, ids=lambda file: file.stem)
def test_every_query_of_the_documents_is_one_statement(file: Path) -> None:
    statement = read_statement("", file)
    assert statement.startswith(("SELECT", "WITH"))
    assert not statement.endswith(";")


@pytest.mark.parametrize(("statement", "file"), [("", None), ("-", None), ("", Path("-"))])
def test_a_statement_comes_from_standard_input(statement: str, file: Path | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("-- why\nselect 1;\n"))
    assert read_statement(statement, file) == "select 1"


def test_no_statement_and_two_places_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(StatementUnfit, match="No statement in standard input"):
        read_statement("", None)
    with pytest.raises(StatementUnfit, match="A statement and --file"):
        read_statement("select 1", QUERIES[0])
