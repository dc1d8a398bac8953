"""Which functions there are and what they take: AWS's lists in ``allowed/functions.txt``, read once."""

import functools
from dataclasses import dataclass
from pathlib import Path

from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.sql.sql_types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    HLLSKETCH,
    INTEGER,
    INTERVAL,
    SUPER,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    VARBYTE,
    Kind,
    SqlType,
)
from infra.local.redshift.sql.values import Typed, as_text, cast, converted

_FOLDER = Path(__file__).parent / "allowed"
_WIDTH_OF_TEXT = 64
_UNRESERVED = frozenset({"start", "connect"})
"""START and CONNECT are listed and not reserved (r_pg_keywords)."""


@dataclass(frozen=True)
class Signature:
    """One form of a function.

    Attributes:
        name: In lower case.
        group: The section of AWS's list it stands in.
        arguments: What each argument takes.
        required: How many must be given.
        repeats: Whether the last argument may be given more often.
        returns: The type's name, or a word that says how it follows from the arguments.
        page: AWS's page.
    """

    name: str
    group: str
    arguments: tuple[str, ...]
    required: int
    repeats: bool
    returns: str
    page: str


@functools.cache
def signatures() -> dict[str, tuple[Signature, ...]]:
    """Return every function's forms, by name."""
    found: dict[str, list[Signature]] = {}
    group = ""
    for line in (_FOLDER / "functions.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            group = line[1:].partition(" ")[0]
        elif line and not line.startswith("#"):
            head, _, rest = line.partition(" -> ")
            returns, _, page = rest.partition(" = ")
            name, _, given = head.removesuffix(")").partition("(")
            words = [word.strip() for word in given.split(",") if word.strip()]
            required = sum(not word.endswith("?") for word in words)
            repeats = bool(words) and words[-1].rstrip("?").endswith("...")
            arguments = tuple(word.removesuffix("?").removesuffix("...") for word in words)
            found.setdefault(name, []).append(Signature(name, group, arguments, required, repeats, returns, page))
    return {name: tuple(forms) for name, forms in found.items()}


@functools.cache
def reserved_words() -> frozenset[str]:
    """Return the words that are names only in double quotes."""
    lines = (_FOLDER / "reserved_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#")) - _UNRESERVED


def fitting(name: str, arguments: list[Typed]) -> tuple[Signature, list[Typed]]:
    """Return the form of a function that takes these arguments, and the arguments as it takes them.

    Raises:
        StatementFailed: 42883 where no form does.
    """
    failure: StatementFailed | None = None
    for signature in signatures().get(name, ()):
        if not signature.required <= len(arguments) or (len(arguments) > len(signature.arguments) and not signature.repeats):
            continue
        words = [*signature.arguments, *[signature.arguments[-1]] * (len(arguments) - len(signature.arguments))] if arguments else []
        if not all(_takes(word, argument) for word, argument in zip(words, arguments, strict=False)):
            continue
        try:
            return signature, [_given(word, argument) for word, argument in zip(words, arguments, strict=False)]
        except StatementFailed as error:
            failure = failure or error
    raise failure or no_function(name, arguments)


def no_function(name: str, arguments: list[Typed]) -> StatementFailed:
    """Return the refusal of a function that does not exist for these arguments (42883)."""
    kinds = ", ".join(argument.type.told for argument in arguments)
    return StatementFailed(
        "42883",
        f"function {name}({kinds}) does not exist",
        "No function matches the given name and argument types. You may need to add explicit type casts.",
    )


def _takes(word: str, value: Typed) -> bool:
    kind = value.type
    if word in {"any", "part"} or value.is_null:
        return True
    if kind.kind is Kind.SUPER:
        return word in {"super", "string", "number", "integer", "double", "boolean"}
    if kind.kind is Kind.UNKNOWN:
        return word not in {"varbyte", "time", "super", "hllsketch"} or (word == "time" and _is_clock(value.text or ""))
    return {
        "string": kind.is_string or kind.is_number or kind.is_datetime or kind.kind in {Kind.TIME, Kind.INTERVAL},
        "integer": kind.is_number,
        "number": kind.is_number,
        "double": kind.is_number,
        "boolean": kind.kind is Kind.BOOLEAN,
        "super": False,
        "varbyte": kind.kind is Kind.VARBYTE,
        "hllsketch": kind.kind is Kind.HLLSKETCH,
        "interval": kind.kind is Kind.INTERVAL,
        "time": kind.kind in {Kind.TIME, Kind.TIMETZ},
    }.get(word, kind.is_datetime or kind.is_string)


def _is_clock(text: str) -> bool:
    return ":" in text and "-" not in text and "/" not in text and " " not in text.strip()


def _given(word: str, value: Typed) -> Typed:
    if word in {"any", "part"}:
        return value
    if word == "string":
        if value.text is not None or value.type.is_string:
            return value
        return Typed(as_text(value), SqlType(Kind.VARCHAR, _WIDTH_OF_TEXT))
    if word == "number":
        return value if value.type.is_number else cast(value, DOUBLE)
    if word == "datetime":
        if value.type.is_datetime:
            return value
        return cast(value, TIMESTAMPTZ if _has_zone(value.text or "") else TIMESTAMP)
    if word == "time" and value.type.kind in {Kind.TIME, Kind.TIMETZ}:
        return value
    targets = {
        "integer": BIGINT if value.type == BIGINT else INTEGER,
        "double": DOUBLE,
        "boolean": BOOLEAN,
        "date": DATE,
        "timestamp": TIMESTAMP,
        "timestamptz": TIMESTAMPTZ,
        "time": TIME,
        "interval": INTERVAL,
        "super": SUPER,
        "varbyte": VARBYTE,
        "hllsketch": HLLSKETCH,
    }
    return converted(value, targets[word])


def _has_zone(text: str) -> bool:
    clock = text.strip().rpartition(" ")[2] if ":" in text else ""
    return ":" in clock and ("+" in clock or clock.count("-") == 1)
