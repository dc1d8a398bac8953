"""Finds the texts in which an answer that is not data says why, wherever it holds them."""

from typing import Any, Final

from tasks.alpha_vantage.csv_text import NOTICE_KEYS
from tasks.alpha_vantage.json_text import Number, is_object
from tasks.alpha_vantage.names import plain_name

_FEW_MEMBERS: Final = 2
"""An answer of more members is of another shape; what a company's description says of subscriptions is no notice."""

_VALUES: Final = frozenset({"symbol", "name", "description", "title", "address"})
"""Members that hold what a company is."""

_ERRORS: Final = frozenset({"error", "errors", "error message"})
_NOTICES: Final = frozenset({plain_name(key) for key in NOTICE_KEYS} | {"reason", "warning", "warnings", "notice", "msg"})


def texts_of_notice(answer: Any) -> list[str]:
    """The texts of an answer that may be a notice, in no order that matters.

    They are those of members named after an error, at any depth, with all that stands in them; of members named after a notice, in the
    answer itself or in the items of its list; and whatever text an answer of one or two members without rows, or a list, holds directly.

    Args:
        answer: what ``read_json`` gave.
    """
    found: list[str] = []
    waiting: list[tuple[Any, int, bool]] = [(answer, 0, False)]
    while waiting:
        value, depth, is_of_notice = waiting.pop()
        if isinstance(value, str):
            found += [value] if is_of_notice and not isinstance(value, Number) else []
        elif is_object(value):
            # Text beside rows says what they are.
            is_short = not depth and len(value) <= _FEW_MEMBERS and not any(_holds_rows(member) for _, member in value)
            for name, member in value:
                is_own = _is_named_so(plain_name(name), depth) or (is_short and isinstance(member, str) and plain_name(name) not in _VALUES)
                waiting.append((member, depth + 1, is_of_notice or is_own))
        elif isinstance(value, list):
            # The items of a list that is the whole answer stand where an answer stands.
            is_answer = value is answer
            waiting += [(item, 0 if is_answer else depth + 1, is_of_notice or (is_answer and isinstance(item, str))) for item in value]
    return found[::-1]


def _holds_rows(value: Any) -> bool:
    members = [member for _, member in value] if is_object(value) else value
    return isinstance(members, list) and any(is_object(member) or isinstance(member, list) for member in members)


def _is_named_so(name: str, depth: int) -> bool:
    return name in _ERRORS or (not depth and name in _NOTICES)
