"""Converts text to typed columns exactly, or to null; never rounds.

Only plain decimal notation counts: an optional minus sign, digits, and for decimals an optional fraction. ``1e3``, `` 1``, ``+1``, ``.5``
and ``nan`` become null, although Arrow's own cast takes some of them. A value that the type cannot hold to the last digit becomes null;
nothing is ever rounded.
"""

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.alpha_vantage.series import SESSION_TEXT
from tasks.schema import is_blank

_PLAIN_DECIMAL: Final = r"\A-?[0-9]+(\.[0-9]+)?\z"
_PLAIN_INTEGER: Final = r"\A-?[0-9]+(\.0+)?\z"
_SURE_INTEGER: Final = r"\A-?[0-9]{1,18}\z"
_DATE_TEXT: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INT64_RANGE: Final = range(-(2**63), 2**63)
_INT64_DIGITS: Final = 19


def decimals(texts: "pa.Array[Any]", to: "pa.Decimal64Type[Any, Any] | pa.Decimal128Type[Any, Any]") -> "pa.Array[Any]":
    """Types a column of strings as decimals.

    Args:
        texts: strings and nulls.
        to: a decimal type with a scale of at least 1.

    Returns:
        Values of that type; null where the text is not plain or does not fit exactly.
    """
    whole_digits = to.precision - to.scale
    sure = rf"\A-?[0-9]{{1,{whole_digits}}}(\.[0-9]{{1,{to.scale}}})?\z"
    return _typed(texts, to, _PLAIN_DECIMAL, sure, lambda text: _decimal(text, whole_digits, to.scale))


def integers(texts: "pa.Array[Any]") -> "pa.Array[Any]":
    """Types a column of strings as 64-bit integers; null where the text is no whole number (``700.0`` is one) or does not fit."""
    return _typed(texts, pa.int64(), _PLAIN_INTEGER, _SURE_INTEGER, _integer)


def sessions(texts: "pa.Array[Any]") -> "pa.Array[Any]":
    """Types a column of the API's session keys as dates; a time of day is dropped; null where the text is no date."""
    encoded = texts.dictionary_encode()
    dates = pa.array([_session(text) for text in encoded.dictionary.to_pylist()], pa.date32())
    return dates.take(encoded.indices)


def dates(texts: "pa.Array[Any]") -> "pa.Array[Any]":
    """Types a column of ``YYYY-MM-DD`` as dates; null where the text is no date, or says that there is none."""
    encoded = texts.dictionary_encode()
    found = pa.array([None if is_blank(text) else _date(text or "") for text in encoded.dictionary.to_pylist()], pa.date32())
    return found.take(encoded.indices)


def _typed(texts: "pa.Array[Any]", to: pa.DataType, plain: str, sure: str, one: Callable[[str], str | None]) -> "pa.Array[Any]":
    """Casts what surely fits; what is plain and may fit, e.g. with zeros at either end, is first looked at one by one."""
    is_sure = _matches(texts, sure)
    if is_sure.true_count == len(texts):
        return texts.cast(to)
    is_open = pc.and_not(_matches(texts, plain), is_sure)
    fitting: pa.Array[Any] = pc.if_else(is_sure, texts, pa.scalar(None, pa.string()))
    opened = texts.filter(is_open)
    if len(opened):
        fitting = pc.replace_with_mask(fitting, is_open, pa.array([one(text or "") for text in opened.to_pylist()], pa.string()))
    return fitting.cast(to)


def _matches(texts: "pa.Array[Any]", pattern: str) -> pa.BooleanArray:
    return pc.and_kleene(pc.is_valid(texts), pc.match_substring_regex(texts, pattern))


def _decimal(text: str, whole_digits: int, scale: int) -> str | None:
    """The shortest text of the same value, or None where the value does not fit."""
    whole, _, fraction = text.removeprefix("-").partition(".")
    whole, fraction = whole.lstrip("0"), fraction.rstrip("0")
    if len(whole) > whole_digits or len(fraction) > scale:
        return None
    return f"{'-' if text.startswith('-') else ''}{whole or '0'}.{fraction or '0'}"


def _integer(text: str) -> str | None:
    """The shortest text of the same value, or None where the value does not fit."""
    digits = text.removeprefix("-").partition(".")[0].lstrip("0") or "0"
    if len(digits) > _INT64_DIGITS:
        return None
    value = -int(digits) if text.startswith("-") else int(digits)
    return str(value) if value in _INT64_RANGE else None


@lru_cache(maxsize=32_768)
def _session(text: str | None) -> date | None:
    match = SESSION_TEXT.fullmatch(text or "")
    return _date(match[1]) if match else None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE_TEXT.fullmatch(text) else None
    except ValueError:
        return None
