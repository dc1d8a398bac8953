"""Regular expressions: POSIX operators, SIMILAR TO, and the REGEXP functions with their positions, occurrences and parameters.

Sources: AWS, pattern-matching-conditions-posix, pattern-matching-conditions-similar-to, REGEXP_COUNT, REGEXP_INSTR,
REGEXP_REPLACE, REGEXP_SUBSTR.
"""

import functools
import re
from collections.abc import Callable
from typing import Any

from infra.local.redshift.errors import StatementFailed

_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": r"\x21-\x7e",
    "lower": "a-z",
    "print": r"\x20-\x7e",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\s",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}


@functools.lru_cache(maxsize=1024)
def _compiled(pattern: str, parameters: str) -> re.Pattern[str]:
    if set(parameters) - set("ceip"):
        raise StatementFailed("22023", f"invalid regular expression parameters {parameters!r}")
    perl = "p" in parameters
    translated = re.sub(r"\[:(\w+):\]", lambda found: _CLASSES.get(found[1], found[0]), pattern)
    if not perl and re.search(r"\(\?[=!<]", translated):
        raise StatementFailed("2201B", "Invalid preceding regular expression prior to repetition operator")
    try:
        return re.compile(translated, re.IGNORECASE if "i" in parameters else 0)
    except re.error as error:
        raise StatementFailed("2201B", f"Invalid regular expression: {pattern}") from error


def matches(value: str, pattern: str, parameters: str) -> bool:
    """Tell whether a pattern is found anywhere in a text."""
    return _compiled(pattern, parameters).search(value) is not None


def similar(value: str, pattern: str, escape: str) -> bool:
    """Tell whether a whole text is similar to a pattern of %, _ and POSIX metacharacters."""
    return _similar(pattern, escape).fullmatch(value) is not None


@functools.lru_cache(maxsize=1024)
def _similar(pattern: str, escape: str) -> re.Pattern[str]:
    result, index, inside = "", 0, False
    while index < len(pattern):
        mark = pattern[index]
        if escape and mark == escape and index + 1 < len(pattern):
            index += 1
            result += re.escape(pattern[index])
        elif inside:
            inside = mark != "]"
            result += mark
        elif mark == "[":
            inside, result = True, result + mark
        else:
            result += {"%": ".*", "_": ".", ".": r"\.", "^": r"\^", "$": r"\$", "\\": r"\\"}.get(mark, mark)
        index += 1
    translated = re.sub(r"\[:(\w+):\]", lambda found: _CLASSES.get(found[1], found[0]), result)
    try:
        return re.compile(translated, re.DOTALL)
    except re.error as error:
        raise StatementFailed("2201B", f"Invalid regular expression: {pattern}") from error


def regexp_replace(value: str, pattern: str, replacement: str, position: int, parameters: str) -> str:
    """Return a text with every occurrence from a position on replaced."""
    start = _start(position)
    if "p" in parameters:
        replaced = re.sub(r"\$(\d)", r"\\\1", replacement.replace("\\", "\\\\"))
    else:
        replaced = replacement.replace("\\", "\\\\") if not re.search(r"\\\d", replacement) else replacement
    return value[:start] + _compiled(pattern, parameters).sub(replaced, value[start:])


def regexp_count(value: str, pattern: str, position: int, parameters: str) -> int:
    """Return how often a pattern is found from a position on."""
    return sum(1 for _ in _compiled(pattern, parameters).finditer(value, _start(position)))


def regexp_instr(value: str, pattern: str, position: int, occurrence: int, option: int, parameters: str) -> int:
    """Return where an occurrence begins, or the place after it where the option is 1; 0 where there is none."""
    found = _occurrence(value, pattern, position, occurrence, parameters)
    return 0 if found is None else (found.end() if option else found.start()) + 1


def regexp_substr(value: str, pattern: str, position: int, occurrence: int, parameters: str) -> str:
    """Return an occurrence, "" where there is none; with ``e`` its first group."""
    found = _occurrence(value, pattern, position, occurrence, parameters)
    if found is None:
        return ""
    return str(found[1] or "") if "e" in parameters and found.re.groups else str(found[0])


def _occurrence(value: str, pattern: str, position: int, occurrence: int, parameters: str) -> "re.Match[str] | None":
    if occurrence < 1:
        raise StatementFailed("22023", "occurrence must be a positive integer")
    for number, found in enumerate(_compiled(pattern, parameters).finditer(value, _start(position)), start=1):
        if number == occurrence:
            return found
    return None


def _start(position: int) -> int:
    if position < 1:
        raise StatementFailed("22023", "position must be a positive integer")
    return position - 1


FUNCTIONS: dict[Callable[..., Any], str] = {
    matches: "BOOLEAN",
    similar: "BOOLEAN",
    regexp_replace: "VARCHAR",
    regexp_count: "INTEGER",
    regexp_instr: "INTEGER",
    regexp_substr: "VARCHAR",
}
