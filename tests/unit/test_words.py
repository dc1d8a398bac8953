"""The words of docs/glossary.md, held against identifiers and against every text that people read."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

from deployments.alert_files import read_alerts
from flows.command_line.app import app

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("deployments", "flows", "tasks")

NOT_IDENTIFIERS = frozenset(
    re.findall(
        r"\w+",
        """
        ask asks asking asked tell tells telling told say says saying said speak speaks
        spoken hear hears heard judge judges judged judgement judgements bring brings brought story stories
        leap leaps leapt door doors ground grounds deed deeds kind kinds room rooms anew
        quiet surroundings noise fate purse seat voucher candle ripe
        """,
    )
)
"""Parts of names that are not used; the glossary has the word to use instead."""

KEPT = {
    # Members of stored documents and columns of tables keep the names they were first written under.
    "judged_at": "tasks/quality/report_index.py",
    "symbols_asked": "tasks/warehouse/runs.py",
}
"""Names that stay, each with the file it stands in."""

ELSEWHERE = {"slot": ("tasks/orchestration/", "deployments/limits.py", "tasks/load.py", "tasks/extract.py", "flows/command_line/run.py")}
"""Words that only some places use."""

FOR_PEOPLE = frozenset({"meaning", "remedy", "way_out", "next_step", "fact", "title", "reason", "sentence", "note"})
"""Variables and class attributes whose text people read."""

NOT_PHRASES = (
    r"held[- ]back",
    r"holds? (?:it|them|the row) back",
    r"\bis told\b",
    r"\bare told\b",
    r"\btold\b",
    r"\bsaid\b",
    r"\basked\b",
    r"\basks for\b",
    r"\basking\b",
    r"\bjudged?\b",
    r"\bjudging\b",
    r"\bbrought\b",
    r"\bleap(?:s|t)?\b",
    r"\bstory\b",
    r"\banew\b",
    r"\bleft out\b",
    r"\bcannot be(?: \(|\.|:|$)",
    r"\blanded\b",
    r"\blet (?:it|them|us) (?:pass|in)\b",
    r"\bwhat is to be\b",
    r"\bkept quiet\b",
    r"\bis no (?!row|word|other|daily|longer|more)",
    r"\bmade-up\b(?! prices)",
    r"\bto be in\b",
    r"\bthe rooms?\b",
    r"\bmade again\b",
    r"\bwhoever\b",
    r"\bnobody\b",
)
"""Phrases that texts for people do not use."""


@cache
def modules() -> tuple[tuple[str, ast.Module], ...]:
    files = [file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))]
    return tuple((str(file.relative_to(ROOT)), ast.parse(file.read_text())) for file in files)


def names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def parts(name: str) -> set[str]:
    return {part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def texts(node: ast.AST) -> Iterator[str]:
    """The literal text of an expression; what is filled in stands as ``{}``."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        for part in node.values:
            yield from texts(part.value) if isinstance(part, ast.FormattedValue) else ()
    else:
        for child in ast.iter_child_nodes(node):
            yield from texts(child)


def messages(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """What is raised, logged or printed, and the texts of alerts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            parts_of = [argument for argument in node.exc.args if not isinstance(argument, ast.Dict)]
        elif isinstance(node, ast.Assign) and any(isinstance(name, ast.Name) and name.id in FOR_PEOPLE for name in node.targets):
            parts_of = [node.value]
        elif isinstance(node, ast.Call) and is_for_people(node.func):
            parts_of = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg not in {"name", "cause", "command"})]
        else:
            continue
        for part in parts_of:
            yield from ((node.lineno, text) for text in texts(part))


def is_for_people(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        return function.attr in {"info", "warning", "error"}
    return isinstance(function, ast.Name) and function.id in {"print", "Alert", "_line", "_row", "parameter"}


def offences(text: str) -> list[str]:
    return [found[0] for phrase in NOT_PHRASES if (found := re.search(phrase, text, re.IGNORECASE))]


def settings() -> dict[str, str]:
    source = (ROOT / "tasks" / "orchestration" / "settings.py").read_text()
    return dict(re.findall(r'^    (\w+): .*\n    """(.+?)"""', source, re.MULTILINE))


def test_identifiers_use_the_words_of_the_glossary() -> None:
    found = {
        f"{file}: {name}" for file, tree in modules() for name in names(tree) if parts(name) & NOT_IDENTIFIERS and KEPT.get(name) != file
    }
    assert sorted(found) == []


def test_every_name_that_is_kept_is_there() -> None:
    there = {(name, file) for file, tree in modules() for node in ast.walk(tree) for name in fields(node)} | {
        (name, file) for file, tree in modules() for name in names(tree)
    }
    assert set(KEPT.items()) <= there


def fields(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


@pytest.mark.parametrize("word", sorted(ELSEWHERE))
def test_a_word_of_some_places_is_in_no_other_identifier(word: str) -> None:
    found = {
        f"{file}: {name}"
        for file, tree in modules()
        for name in names(tree)
        if word in parts(name) and not file.startswith(ELSEWHERE[word])
    }
    assert sorted(found) == []


def test_messages_logs_and_errors_use_plain_words() -> None:
    found = [
        f"{file}:{line}: {words} in {text!r}" for file, tree in modules() for line, text in messages(tree) if (words := offences(text))
    ]
    assert found == []


def test_help_texts_use_plain_words() -> None:
    found = [f"{name}: {words} in {text!r}" for name, text in help_texts(typer.main.get_command(app)) if (words := offences(text))]
    assert found == []


def help_texts(command: object, name: str = "tickerhouse") -> Iterator[tuple[str, str]]:
    yield name, str(getattr(command, "help", "") or "")
    for option in getattr(command, "params", []):
        yield f"{name} {option.name}", str(getattr(option, "help", "") or "")
    if isinstance(command, TyperGroup):
        for own, each in command.commands.items():
            yield from help_texts(each, f"{name} {own}")


def test_descriptions_of_settings_use_plain_words() -> None:
    assert len(settings()) > 40
    assert {name: words for name, text in settings().items() if (words := offences(text))} == {}


def test_alert_descriptions_and_templates_use_plain_words() -> None:
    found = [f"{alert.name}: {words}" for alert in read_alerts("prod") if (words := offences(alert.description))]
    for file in sorted((ROOT / "deployments" / "alerts").rglob("message.json.j2")):
        found += [
            f"{file.parent.name}: {words}" for text in re.findall(r'"([A-Z][^"\n]{3,})"', file.read_text()) if (words := offences(text))
        ]
    assert found == []


def test_first_sentences_of_modules_use_plain_words() -> None:
    found = [f"{file}: {words}" for file, tree in modules() if (words := offences((ast.get_docstring(tree) or "").partition("\n")[0]))]
    assert found == []


def test_the_glossary_is_sorted_and_defines_each_word_once() -> None:
    rows = re.findall(r"^\| ([\w -]+) \| (.+?) \| (.*?) ?\|$", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)
    words = [word for word, _, _ in rows if word != "word"]
    assert len(words) >= 40
    assert words == sorted(set(words), key=str.lower)


def test_a_word_of_the_house_is_noticed() -> None:
    """The checks above can fail."""
    assert offences("3 bars were held back and nobody was told.") == ["held back", "told", "nobody"]
    assert parts("judge_run") & NOT_IDENTIFIERS == {"judge"}
    assert parts("_Told") & NOT_IDENTIFIERS == {"told"}
