"""JSON read without losing anything: members an object repeats are kept, numbers stay as they were written.

An object becomes a tuple of its ``(name, value)`` pairs in the order sent, an array a list, a number its text as ``Number``.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, Final, TypeGuard

from tasks.alpha_vantage.errors import UnknownShape

JsonObject = tuple[tuple[str, Any], ...]


class Number(str):
    """A JSON number as it was written, told apart from a string that looks the same."""

    __slots__ = ()


class NotReadable(UnknownShape):
    """The bytes are not JSON.

    Attributes:
        is_truncated: whether they begin as JSON and merely end too early.
    """

    is_truncated = False


def read_json(body: bytes) -> Any:
    """Reads a body.

    Raises:
        NotReadable: it is not UTF-8, not JSON, or nested beyond reason.
    """
    try:
        return _DECODER.decode(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        trouble = NotReadable("The body is not JSON.", evidence={"bytes": len(body)})
        trouble.is_truncated = _ends_too_early(body, error)
    raise trouble  # outside the except block: the decoder's error holds the whole body


def is_object(value: Any) -> TypeGuard[JsonObject]:
    """Whether a value that ``read_json`` gave was a JSON object."""
    return isinstance(value, tuple)


def written(value: Any) -> str:
    """A value as text: a string as it is, anything else as its JSON text; a lone surrogate, which no UTF-8 holds, as its escape."""
    text = value if isinstance(value, str) else _dump(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return str(text)


def all_written(values: Sequence[Any]) -> Sequence[str]:
    """What ``written`` gives for each of many values."""
    if set(map(type, values)) == {str}:
        # One look at all of them is enough where no text has a lone surrogate, which is nearly always.
        try:
            "".join(values).encode()
        except UnicodeEncodeError:
            pass
        else:
            return values
    return [written(value) for value in values]


class _Written(str):
    """A piece of JSON text, told apart from a value that is still to be written."""

    __slots__ = ()


def _dump(value: Any) -> str:
    """Without recursion: what the decoder can nest may be deeper than Python can call."""
    parts: list[str] = []
    waiting: list[Any] = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, tuple | list):
            waiting += reversed(_pieces(each))
        else:
            parts.append(each if isinstance(each, _Written | Number) else json.dumps(each))
    return "".join(parts)


def _pieces(container: Any) -> list[Any]:
    """An object or a list as its members and the texts between them."""
    begin, end = "{}" if isinstance(container, tuple) else "[]"
    pieces: list[Any] = []
    for member in container:
        before = ", " if pieces else begin
        if isinstance(container, tuple):
            name, value = member
            pieces += [_Written(f"{before}{json.dumps(name)}: "), value]
        else:
            pieces += [_Written(before), member]
    return [*pieces, _Written(end if pieces else begin + end)]


def _ends_too_early(body: bytes, error: Exception) -> bool:
    if isinstance(error, UnicodeDecodeError):
        return error.end == len(body) and error.reason == "unexpected end of data"
    if not isinstance(error, json.JSONDecodeError):
        return False
    rest = error.doc[error.pos :].strip()
    # An unterminated string is reported at its opening quote; everything else where the text stops making sense, which for a text that
    # was cut is its very end or the beginning of its last, unfinished word, number or escape.
    return error.msg.startswith("Unterminated string") or _UNFINISHED.fullmatch(rest) is not None


_UNFINISHED: Final = re.compile(r"[-+.\w]{0,9}", re.ASCII)
_DECODER: Final = json.JSONDecoder(object_pairs_hook=tuple, parse_float=Number, parse_int=Number, parse_constant=Number)
