"""Numbers in messages: a noun and a verb agree with their number, whatever it is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.wording import agreeing, all_of, counted

ROOT = Path(__file__).resolve().parents[2]
ADJECTIVES = r"(?:(?:quarantined|rejected|ended|old|more) )?"
NOUNS = re.compile(rf"^ {ADJECTIVES}(calls|bars|symbols|rows|loads|runs|removals|warnings|silences|bodies)\b")
VERBS = re.compile(r"^ (are|were|have|do|cost|hold|lack|go|follow)\b")
BY_HAND = {
    "tasks/warehouse/transaction.py": "names three counts of one file side by side",
    "tasks/quality/verdict.py": "an assertion for programmers",
    "tasks/quality/validation.py": "an error of a parser, for programmers",
    "tasks/parse.py": "names two counts of one body side by side",
    "tasks/warehouse/table_lock.py": "a table that has not one row",
    "flows/command_line/report.py": "more than one symbol",
    "tasks/kept_out.py": "at least ten bars",
    "tasks/alpha_vantage/refusals.py": "more than one call",
}
"""Where a number is never 1, or where the sentence is about the number itself."""


@pytest.mark.parametrize(("number", "words"), [(0, "0 bars"), (1, "1 bar"), (2, "2 bars"), (1234, "1,234 bars")])
def test_a_noun_agrees_with_its_number(number: int, words: str) -> None:
    assert counted(number, "bar") == words


def test_a_verb_agrees_with_its_number() -> None:
    assert [agreeing(number, "is", "are") for number in (0, 1, 2)] == ["are", "is", "are"]
    assert [all_of(number, "symbol", "holds", "hold") for number in (1, 3)] == ["the only symbol holds", "all 3 symbols hold"]


def plural_by_hand(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            for before, after in zip(node.values, node.values[1:], strict=False):
                is_number = isinstance(before, ast.FormattedValue)
                if is_number and isinstance(after, ast.Constant) and NOUNS.match(str(after.value)):
                    yield node.lineno
                is_counted = isinstance(before, ast.FormattedValue) and ast.unparse(before.value).startswith("counted(")
                if is_counted and isinstance(after, ast.Constant) and VERBS.match(str(after.value)):
                    yield node.lineno


def test_plural_nouns_and_verbs_written_by_hand_are_found() -> None:
    faults = ("{n:,} old runs", "{counted(n, 'call')} do not fit", "{n} removals by retention")
    assert [len([*plural_by_hand(ast.parse(f'f"{text}"'))]) for text in faults] == [1, 1, 1]
    assert [*plural_by_hand(ast.parse("""f"{counted(n, 'call')} {agreeing(n, 'does', 'do')} not fit" """))] == []


def test_no_message_writes_a_plural_behind_a_number_by_hand() -> None:
    files = [file for folder in ("tasks", "flows", "deployments") for file in sorted((ROOT / folder).rglob("*.py"))]
    assert len(files) > 200
    found = {
        f"{place}:{line}"
        for file in files
        if (place := file.relative_to(ROOT).as_posix()) not in BY_HAND
        for line in plural_by_hand(ast.parse(file.read_text(encoding="utf-8")))
    }
    assert sorted(found) == []
