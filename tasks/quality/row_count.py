"""Counts the rows of a response in its bytes, without the parser, whose count it is compared with."""

import re
from typing import Final

_TEXT: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')
_OBJECT: Final = re.compile(rb'\{\s*["}]')
_OUTSIDE_ROWS: Final = 3
"""The answer itself, its metadata and the series: the objects of a series that are no rows."""


def count_series_rows(body: bytes) -> int:
    """Counts the rows of a time series, JSON or CSV.

    In JSON every row is an object, and only three others are, so opening braces are counted; those inside strings are none.

    Args:
        body: the exact bytes.
    """
    if body.lstrip()[:1] != b"{":
        return max(0, sum(1 for line in body.splitlines() if line.strip()) - 1)
    braces = body.count(b"{")
    # A brace that opens no object stands in a string, and then it is worth taking the strings out, which is slow.
    opens_objects = len(_OBJECT.findall(body))
    return (braces if braces == opens_objects else _TEXT.sub(b"", body).count(b"{")) - _OUTSIDE_ROWS


def count_listed_rows(body: bytes) -> int:
    """Counts the entries of the list ``data`` in a JSON answer; every entry is an object, and only the answer itself is another."""
    return _TEXT.sub(b"", body).count(b"{") - 1


def count_csv_rows(body: bytes) -> int:
    """Counts the lines of a CSV answer under its header."""
    return max(0, sum(1 for line in body.splitlines() if line.strip()) - 1)


def count_one_row(_body: bytes) -> int:
    """One: an answer of the endpoint is one row, or no data."""
    return 1
