"""How many rows a response holds, counted in its bytes: on purpose without the parser, whose count it is compared with.

It accepts what the parser accepts: a byte order mark, members beside the usual ones, nested values, any order and any blanks.
"""

import re
from typing import Final

import numpy as np

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_SERIES: Final = "time series (daily)"
_ENDS_A_NAME: Final = np.isin(np.arange(256), np.frombuffer(b")_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", np.uint8))
"""Per byte whether it may be the last of a name: a brace in a string never follows such a one, a quote and a colon."""
_USUAL_HEAD: Final = re.compile(
    rb'\s*\{\s*"Meta Data"\s*:\s*\{[^{}]*\}\s*,\s*"[^"{}\\]*Time Series[^"{}\\]*"\s*:\s*\{\s*"[^"{}\\]*"\s*:\s*\{'
)
_USUAL_TAIL: Final = re.compile(rb'["\d\s]\}\s*\}\s*\}\s*\Z')
_TAIL_BYTES: Final = 256
_BLANK, _QUOTE, _COLON = b' ":'
_AROUND_ROWS: Final = 2
"""The answer itself and the series: the objects of a usual series that hold others."""

_TOKEN: Final = re.compile(rb'("(?:[^"\\]|\\.)*")(\s*:)?|[{}\[\]]', re.DOTALL)
_ESCAPE: Final = re.compile(rb"\\u([0-9a-fA-F]{4})|\\(.)", re.DOTALL)
_NUMBERED: Final = re.compile(r"\d+\.\s*")
_QUOTED: Final = re.compile(rb'(?<![^,\r\n])"(?:[^"]|"")*"')
_IN_SERIES: Final = 2
"""How many objects and lists are open where a row begins."""


def count_series_rows(body: bytes) -> int:
    """Counts the rows of a daily time series, JSON or CSV: the members of the object under the series' name.

    Args:
        body: the exact bytes.
    """
    text = body.removeprefix(_BYTE_ORDER_MARK)
    if text.lstrip()[:1] != b"{":
        return count_csv_rows(text)
    usual = _usual_rows(text)
    return _members(text, _SERIES, of_list=False) if usual is None else usual


def count_listed_rows(body: bytes) -> int:
    """Counts the entries of the list ``data`` in a JSON answer."""
    return _members(body.removeprefix(_BYTE_ORDER_MARK), "data", of_list=True)


def count_csv_rows(body: bytes) -> int:
    """Counts the lines of a CSV answer under its header; a line break inside quotes ends none."""
    text = body.removeprefix(_BYTE_ORDER_MARK)
    if b'"' in text:
        text = _QUOTED.sub(lambda cell: b" " if _is_blank(cell[0][1:-1]) else b"quoted", text)
    return max(0, sum(1 for line in text.splitlines() if line and not _is_blank(line)) - 1)


def _is_blank(text: bytes) -> bool:
    # Blanks are those of Unicode, which bytes do not know.
    return text.decode(errors="replace").isspace()


def count_one_row(_body: bytes) -> int:
    """One: an answer of the endpoint is one row, or no data."""
    return 1


def _usual_rows(text: bytes) -> int | None:
    """The rows of a body in which nothing stands but metadata and a series of flat rows; None for any other, which is walked through."""
    if not _USUAL_HEAD.match(text) or not _USUAL_TAIL.search(text[-_TAIL_BYTES:]):
        return None
    characters = np.frombuffer(text, np.uint8)
    opened, closed = (np.flatnonzero(characters == brace) for brace in b"{}")
    if len(opened) != len(closed):
        return None
    next_opened, next_closed = np.append(opened[1:], len(text)), np.append(closed, len(text))[np.searchsorted(closed, opened)]
    colon = opened - 1 - (characters[opened - 1] == _BLANK)
    is_named = (characters[colon] == _COLON) & (characters[colon - 1] == _QUOTE) & _ENDS_A_NAME[characters[colon - 2]]
    flat = int(np.count_nonzero(is_named & (next_closed < next_opened)))
    return flat - 1 if len(opened) == flat + _AROUND_ROWS else None


def _members(text: bytes, name: str, *, of_list: bool) -> int:
    """Walks through JSON and counts what stands directly in the member of the answer that has a name."""
    depth = count = 0
    is_inside = False
    for token in _TOKEN.finditer(text):
        string, colon = token[1], token[2]
        if string is None:
            if token[0] in b"{[":
                count += is_inside and of_list and depth == _IN_SERIES
                depth += 1
            else:
                depth -= 1
        elif colon is not None and depth == 1:
            is_inside = _plain(string) == name
        elif colon is not None and depth == _IN_SERIES:
            count += is_inside and not of_list
    return count


def _plain(string: bytes) -> str:
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)).encode("utf-8", "replace") if found[1] else found[2], string[1:-1])
    return _NUMBERED.sub("", text.decode("utf-8", "replace").strip(), count=1).strip().replace("_", " ").lower()
