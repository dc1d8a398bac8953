"""Reads CSV responses, and detects a notice inside one.

Asked for CSV, the API has put a refusal into a valid table: the header, then one row that spells the notice's key with one character a
column, cut at the header's width (``I,n,f,o,r,m,a``). No search for words finds it.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tasks.alpha_vantage.errors import CutOff, NoRows, UnknownShape
from tasks.alpha_vantage.names import plain_name

NOTICE_KEYS: Final = ("Information", "Note", "Error Message", "message", "detail")

_LONGEST_NOTICE: Final = 4096
"""Bytes; notices have 300."""
_ROW: Final = re.compile(r",(?!\s|\d{3}\b|$)")
"""A comma as it stands between cells; in a sentence a blank follows it, in a number three digits."""
_ENDS: Final = (".", "!", "?")
"""What a sentence ends with; a line alone that does is no row, wherever its commas stand."""
_BETWEEN_CELLS: Final = ",;|\t"
_LINE_ENDS: Final = (b"\n", b"\r")
_IN_QUOTES: Final = "unexpected end of data"
"""What the reader says of a body that ends inside quotes."""
_FEWEST_WORDS: Final = 3
_WORD: Final = re.compile(r"""[("'\[*]*[^\W\d_]+(?:['\u2019/-][^\W\d_]+)*[]*.,;:!?)"']*""")

CSV_ONLY: Final = frozenset({"LISTING_STATUS", "EARNINGS_CALENDAR", "IPO_CALENDAR"})
"""Functions that answer in CSV whatever is requested."""


@dataclass(frozen=True)
class CsvTable:
    """A CSV answer, every value a string as sent.

    Attributes:
        header: the column names, plain.
        rows: one sequence a row, as long as the header unless it was read otherwise.
    """

    header: tuple[str, ...]
    rows: Sequence[Sequence[str]]


def read_csv(body: bytes, *, is_strict: bool = True, known_header: str = "") -> CsvTable:
    """Reads a CSV answer.

    Args:
        body: as received.
        is_strict: whether a row that is not as long as the header refuses the answer. A sentence among the rows, and a row that the end
            of the body cuts off, always do.
        known_header: as the endpoint writes it; a part of it alone is cut off. Empty where it is not known.

    Raises:
        UnknownShape: it is not UTF-8, not CSV, or a row is not as long as the header.
        CutOff: the last line has no line end, and is a part of the known header, the only uneven one with too few cells, or in quotes.
        NoRows: there is a header and nothing else.
    """
    lines = _lines(body)
    if not lines:
        raise UnknownShape("The body holds no line of CSV.")
    header, *rows = lines
    if not rows:
        found = ",".join(header)
        if known_header.startswith(found) and found != known_header and not body.endswith(_LINE_ENDS):
            raise CutOff("The CSV breaks off in its header.")
        raise NoRows("The CSV holds a header and no row.")
    uneven = [number for number, row in enumerate(rows, start=2) if len(row) != len(header)]
    if not body.endswith(_LINE_ENDS) and len(rows[-1]) < len(header) and (uneven[0] > len(rows) or not is_strict):
        raise CutOff(f"The CSV breaks off in its last row: {len(rows[-1])} of {len(header)} cells and no line end.")
    if not is_strict:
        uneven = [number for number in uneven if _is_text(rows[number - 2])]
    if uneven:
        raise UnknownShape(f"Line {uneven[0]} of the CSV is not as long as its header.", evidence={"lines": uneven[:20]})
    return CsvTable(tuple(plain_name(name) for name in header), rows)


def hides_notice(body: bytes) -> bool:
    """Whether the first row spells the start of a notice's key."""
    try:
        lines = _lines(body)
    except UnknownShape:
        return False
    first = lines[1] if len(lines) > 1 else []
    spelt = "".join(first)
    return len(first) > 1 and bool(spelt) and all(len(cell) <= 1 for cell in first) and any(key.startswith(spelt) for key in NOTICE_KEYS)


def words_beside_rows(body: bytes) -> str:
    """The text of a body that is not JSON, without what looks like a header or a row, so that no data are read for their words.

    Args:
        body: as received.

    Returns:
        One line; empty where the body is longer than any notice.
    """
    lines = _written_lines(body)
    if len(lines) == 1 and lines[0].endswith(_ENDS):
        return lines[0]
    return " ".join(line for line in lines if not _ROW.search(line))


def is_sentence(body: bytes) -> bool:
    """Whether a body that is not JSON is words for people: three or more, most of what one of its lines holds, and no table.

    Args:
        body: as received.
    """
    lines = _written_lines(body)
    return not _is_table(lines) and any(map(is_of_words, lines))


def is_of_words(line: str) -> bool:
    """Whether a line says something: three words or more, and they are most of it; a symbol, a date, a name or a piece of JSON does not."""
    pieces = line.split(" ")
    words = sum(1 for piece in pieces if _WORD.fullmatch(piece))
    return words >= _FEWEST_WORDS and 2 * words >= len(pieces) and '":' not in line


def _is_text(row: Sequence[str]) -> bool:
    return (len(row) == 1 and " " in row[0].strip()) or is_of_words(",".join(row))


def _written_lines(body: bytes) -> list[str]:
    """The lines that hold something; none of a body that is longer than any notice."""
    text = body.decode("utf-8-sig", "replace") if len(body) <= _LONGEST_NOTICE else ""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _is_table(lines: Sequence[str]) -> bool:
    """Whether every line has as many cells, whatever parts them; in a line alone they are names of a word each."""
    for sign in _BETWEEN_CELLS:
        rows = [line.split(sign) for line in lines]
        is_even = len({len(row) for row in rows}) == 1 and len(rows[0]) >= _FEWEST_WORDS
        if is_even and (len(rows) > 1 or not any(" " in cell.strip() for cell in rows[0])):
            return True
    return False


def _lines(body: bytes) -> list[list[str]]:
    try:
        rows = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
        # A line of blanks is no row; for the reader it has one cell.
        return [row for row in rows if row and not (len(row) == 1 and row[0].isspace())]
    except (UnicodeDecodeError, csv.Error) as error:
        is_cut_off = str(error) == _IN_QUOTES and not body.endswith(_LINE_ENDS)
    if is_cut_off:
        raise CutOff("The CSV breaks off inside a quoted cell.")
    raise UnknownShape("The body is not CSV.")
