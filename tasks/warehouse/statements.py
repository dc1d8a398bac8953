"""The statements of single tables, read from ``tables/<table>/<name>.sql``; those that every load repeats are in ``templates.py``.

Values are always bound. What Redshift cannot bind (the name of a stage, the address and the role of COPY: sqlalchemy-redshift#240)
is a ``${placeholder}``, filled by :func:`fill` and by nothing else, after its spelling was checked against its form.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

from tasks.warehouse.errors import BadPlaceholder

_IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9_]{0,126}", re.ASCII)
_S3_ADDRESS: Final = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[A-Za-z0-9_.=/%:+@,~-]{1,1024}", re.ASCII)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ROLE_ADDRESS: Final = re.compile(r"arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,576}", re.ASCII)
_PLACEHOLDER: Final = re.compile(r"\$\{([a-z_]+)(?:\(([a-z_]+(?:, [a-z_]+)*)\))?\}", re.ASCII)


def statement(folder: str, name: str, /, **placeholders: str | date | int) -> str:
    """One statement, ready to be sent.

    Args:
        folder: the table's folder under ``tables/``.
        name: the file's name without ``.sql``.
        placeholders: a value for each ``${placeholder}`` of the file: ``stage`` and ``delta`` (identifiers), ``manifest`` (the ``s3://``
            address of one object), ``files`` (what the addresses of several begin with), ``role`` (an IAM role's ARN, or ``default``),
            ``identities`` (sha256, separated by commas), ``touched``, ``following``, ``rewritten``, ``symbols``, ``turn`` and ``date``
            (identifiers), ``table`` and ``target`` (tables, perhaps with a schema), ``first`` and ``last`` (dates), ``milliseconds`` (a
            whole number).

    Returns:
        The text without its header comment and without a closing semicolon.

    Raises:
        BadPlaceholder: a value that does not have its placeholder's form.
    """
    (only,) = split((tables() / folder / f"{name}.sql").read_text(encoding="utf-8"))
    return fill(only, plain_values(placeholders))


def has_statement(table: str, name: str) -> bool:
    """Whether a table's folder has that statement of its own."""
    return (tables() / table / f"{name}.sql").is_file()


def fill(text: str, values: Mapping[str, Callable[..., str]]) -> str:
    """Fills the placeholders of a text, ``${name}`` and ``${name(one, other)}``; what has several lines is indented like its first.

    Args:
        text: a file, or a part of one.
        values: for each name what gives its value, from the words in its parentheses.

    Raises:
        KeyError: the text has a placeholder that ``values`` does not have.
    """

    def value(found: re.Match[str]) -> str:
        head = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        indent = " " * (len(head) - len(head.lstrip()))
        return values[found[1]](*(found[2] or "").split(", ") if found[2] else ()).replace("\n", f"\n{indent}")

    return _PLACEHOLDER.sub(value, text)


def plain_values(placeholders: Mapping[str, str | date | int]) -> dict[str, Callable[..., str]]:
    """The values of :func:`statement`'s placeholders for :func:`fill`.

    Raises:
        BadPlaceholder: a value that does not have its placeholder's form.
    """
    checked = {name: _FORMS[name](value) for name, value in placeholders.items()}
    return {name: lambda text=text: text for name, text in checked.items()}


def tables() -> Traversable:
    """The folder that holds a folder for each table."""
    return files(__package__) / "tables"


def split(text: str) -> list[str]:
    """The statements of a file: a semicolon at a line's end closes one; comment lines are dropped."""
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return [part.strip() for part in re.split(r";[ \t]*(?:\n|$)", code) if part.strip()]


def identifier(value: str) -> str:
    """The value as it is.

    Raises:
        BadPlaceholder: it is not a plain identifier.
    """
    if not _IDENTIFIER.fullmatch(value):
        raise BadPlaceholder(f"{value!r} is not a plain identifier.", "Lower case letters, digits and underscores, a letter first.")
    return value


def _qualified(value: str) -> str:
    return ".".join(identifier(part) for part in value.split(".", 1))


def _s3_address(value: str) -> str:
    if not _S3_ADDRESS.fullmatch(value):
        raise BadPlaceholder(
            f"{value!r} is not a plain s3:// address of one object.", "COPY takes no bound values, so quotes and blanks are refused."
        )
    return f"'{value}'"


def _role(value: str) -> str:
    if value == "default":
        return value
    if not _ROLE_ADDRESS.fullmatch(value):
        raise BadPlaceholder(f"{value!r} is not an IAM role.", "TICKERHOUSE_COPY_ROLE takes an IAM role's ARN, or: default.")
    return f"'{value}'"


def _digests(value: str) -> str:
    """A list for IN, which takes no bound array."""
    digests = value.split(",")
    if not all(_DIGEST.fullmatch(digest) for digest in digests):
        raise BadPlaceholder("A list of identities contains a value that is not a sha256.", "They are hexadecimal, separated by commas.")
    return ", ".join(f"'{digest}'" for digest in digests)


def date_literal(day: date) -> str:
    """A date as a literal.

    Raises:
        BadPlaceholder: it is not a date.
    """
    # A datetime is a date to Python, and its text is another.
    if type(day) is not date:
        raise BadPlaceholder(f"{day!r} is not a date.", "The first and the last date of a load enter its statements as literals.")
    return f"DATE '{day.isoformat()}'"


def _whole_number(value: int) -> str:
    if type(value) is not int or value < 0:
        raise BadPlaceholder(f"{value!r} is not a whole number.", "It is 0 or more.")
    return str(value)


_FORMS: Final[dict[str, Callable[[Any], str]]] = {
    **dict.fromkeys(("stage", "delta", "touched", "following", "rewritten", "symbols", "turn", "date"), identifier),
    **dict.fromkeys(("table", "target"), _qualified),
    **dict.fromkeys(("first", "last"), date_literal),
    "manifest": _s3_address,
    "files": _s3_address,
    "role": _role,
    "identities": _digests,
    "milliseconds": _whole_number,
}
