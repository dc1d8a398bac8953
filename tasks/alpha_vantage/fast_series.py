"""Bodies of a time series read many at once, where they are printed as the API prints them; any other body is read by ``parsing.py``.

The layout is pretty-printed JSON: the metadata, then rows of quoted values under numbered names, all of whose bytes but the values are
known. Braces end the rows, each value begins where the text before it ends, and each byte is compared with what it must be, so a guess
that fails is seen. A body with anything else in it (another order, an escape, a value that is missing or does not fit, a session with a
time of day) goes to the general reader, alone; either way the rows are those that the general reader gives.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks.alpha_vantage.digits import ALL_BITS, Words, dates, prices, quoted_bits, whole_numbers
from tasks.alpha_vantage.exact import decimals
from tasks.alpha_vantage.series import SeriesShape
from tasks.arrays import arrow_array
from tasks.records import CapturedBody
from tasks.schema import PRICE

Places = npt.NDArray[np.int64]

_PLAIN: Final = rb'"[ !#-\[\]-~]*"'
_ROW_ENDS: Final = b'"\n        }'
_ROW_BEGINS: Final = b',\n        "'
_SESSION: Final = b"0000-00-00"
_BODY_ENDS: Final = b"\n    }\n}"
_LONGEST_BLANK: Final = 16
_LARGEST_BODY: Final = 1 << 30
"""Arrow counts the bytes of a group's strings with 32 bits."""
_FRONT: Final = b" " * 64 + _ROW_ENDS
_BACK: Final = b" " * 1024
_PIECE_BYTES: Final = 1 << 17


@dataclass(frozen=True)
class Window:
    """The bytes in front of a value together with its first ones, cut out of every row as whole words.

    Attributes:
        before: how many bytes are known in front of the value.
        expected: the words that hold them; the value begins with the next word.
        compared: which bits of them must be as expected.
        size: bytes of the whole window.
    """

    before: int
    expected: Words
    compared: Words
    size: int


@dataclass(frozen=True)
class Layout:
    """How an endpoint's bodies are printed.

    Attributes:
        head: what stands in front of the rows; its group is the symbol.
        windows: of each value of a row.
        types: of each value.
    """

    head: re.Pattern[bytes]
    windows: tuple[Window, ...]
    types: tuple[pa.DataType, ...]


@dataclass(frozen=True)
class Columns:
    """What a group of bodies holds, column by column, in the order sent.

    Attributes:
        rows: how many rows each body has.
        session_date: dates.
        values: the other values, typed.
        places: where in ``buffer`` the text of each session and value begins and ends.
        buffer: the bytes.
    """

    rows: Places
    session_date: "pa.Array[Any]"
    values: "tuple[pa.Array[Any], ...]"
    places: tuple[tuple[Places, Places], ...]
    buffer: bytes

    def texts(self) -> "Iterator[pa.Array[Any]]":
        """The strings as received, of the session and of each value."""
        return (_texts(self.buffer, begins, ends) for begins, ends in self.places)


@lru_cache(maxsize=8)
def layout_of(shape: SeriesShape, schema: pa.Schema) -> Layout:
    """The layout of an endpoint, whose values are numbered from 1 in the order of its row keys."""
    members = b",\n".join(
        rb'        "%d\. %b": %b' % (number, name, rb'"(?P<symbol>[ !#-\[\]-~]*)"' if name == b"Symbol" else _PLAIN)
        for number, name in enumerate((b"Information", b"Symbol", b"Last Refreshed", b"Output Size", b"Time Zone"), start=1)
    )
    series = re.escape(shape.series_key).encode()
    head = rb'\{\n    "Meta Data": \{\n' + members + rb'\n    \},\n    "' + series + rb'": \{(?=\n        ")'
    names = [f'            "{number}. {name}": "'.encode() for number, name in enumerate(shape.row_keys, start=1)]
    texts = [_ROW_ENDS + _ROW_BEGINS + _SESSION + b'": {\n' + names[0], *(b'",\n' + name for name in names[1:])]
    types = tuple(schema.field(key.replace(" ", "_")).type for key in shape.row_keys)
    return Layout(re.compile(head), tuple(_window(text, data_type) for text, data_type in zip(texts, types, strict=True)), types)


def _window(text: bytes, data_type: pa.DataType) -> Window:
    size = -(-len(text) // 8) * 8
    compared = b"\xff" * len(text)
    if _SESSION in text:
        at = text.index(_SESSION)
        compared = compared[:at] + _SESSION.replace(b"0", b"\0").replace(b"-", b"\xff") + compared[at + len(_SESSION) :]
    expected, bits = (np.frombuffer(each.rjust(size, b"\0"), "<u8") for each in (text, compared))
    return Window(len(text), expected & bits, bits, size + (16 if _is_plain_number(data_type) else 24))


def _is_plain_number(data_type: pa.DataType) -> bool:
    return bool(data_type == PRICE or pa.types.is_int64(data_type))


def rows_of(layout: Layout, body: CapturedBody) -> memoryview | None:
    """The part of a body that holds its rows, or None where what stands around them is not the layout's or names another symbol."""
    head = layout.head.match(body.body) if len(body.body) <= _LARGEST_BODY else None
    if head is None or head["symbol"].decode().strip().casefold() != body.symbol.casefold():
        return None
    last = body.body[-_LONGEST_BLANK - len(_BODY_ENDS) - len(_ROW_ENDS) :]
    tail = last.rstrip(b" \t\r\n")
    if not tail.endswith(_ROW_ENDS + _BODY_ENDS):
        return None
    return memoryview(body.body)[head.end() : len(body.body) - (len(last) - len(tail)) - len(_BODY_ENDS)]


def read_rows(layout: Layout, parts: Sequence[memoryview]) -> Columns | npt.NDArray[np.bool_]:
    """Reads the rows of many bodies.

    Args:
        layout: of the endpoint.
        parts: what ``rows_of`` gave for each body.

    Returns:
        The columns; or, where a row is not the layout's, for each body whether it has such a row.
    """
    buffer = b",".join([_FRONT, *parts, _BACK])
    ends = _found(buffer, b"}")
    lasts = np.searchsorted(ends, len(_FRONT) + np.cumsum([1 + len(part) for part in parts]) - 1)
    begins, ends = ends[:-1] + 1, ends[1:]
    rows = np.diff(lasts, prepend=0)
    session = begins + len(_ROW_BEGINS)
    day, wrong = dates(_cut(buffer, session, 8)[:, 0], _cut(buffer, session + 2, 8)[:, 0])
    places = [(session, session + len(_SESSION))]
    values: list[Any] = []
    at = begins - len(_ROW_ENDS)
    for window, data_type in zip(layout.windows, layout.types, strict=True):
        at = at + window.before
        known = len(window.expected)
        words = _cut(buffer, at - 8 * known, window.size)
        for word, expected, compared in zip(words.T, window.expected, window.compared, strict=False):
            is_wrong = (word if compared == ALL_BITS else word & compared) != expected
            if is_wrong.any():
                wrong |= is_wrong
        if _is_plain_number(data_type):
            numbers, length, not_number = (prices if data_type == PRICE else whole_numbers)(words[:, known], words[:, known + 1])
            wrong |= not_number
        else:
            numbers, length = None, quoted_bits([words[:, known + more] for more in range(3)]) >> 3
        values.append(numbers)
        places.append((at, at + length.astype(np.int64)))
        at = places[-1][1]
    wrong |= at + len(_ROW_ENDS) != ends + 1
    if not wrong.any():
        typed = tuple(
            _typed(_texts(buffer, *place), data_type) if numbers is None else arrow_array(numbers, data_type)
            for numbers, place, data_type in zip(values, places[1:], layout.types, strict=True)
        )
        missing = [array for array in typed if array.null_count]
        if not missing:
            session_date = arrow_array(day, pa.date32())
            return Columns(rows, session_date, typed, tuple(places), buffer)
        for array in missing:
            wrong |= array.is_null().to_numpy(zero_copy_only=False)
    return np.logical_or.reduceat(wrong != 0, lasts - rows)


def _found(buffer: bytes, character: bytes) -> Places:
    """Where a character stands; piece by piece, so that the flags stay in the processor's cache."""
    whole = np.frombuffer(buffer, np.uint8)
    pieces = range(0, len(whole), _PIECE_BYTES)
    return np.concatenate([begin + np.flatnonzero(whole[begin : begin + _PIECE_BYTES] == character[0]) for begin in pieces])


def _cut(buffer: bytes, places: Places, size: int) -> Words:
    """The bytes from each place on, as words; one row a place."""
    windows = np.ndarray((len(buffer) - size + 1,), f"V{size}", buffer, 0, (1,))
    words: Words = windows[places].view("<u8").reshape(len(places), size // 8)
    return words


def _texts(buffer: bytes, begins: Places, ends: Places) -> "pa.Array[Any]":
    offsets = np.empty(2 * len(begins) + 1, np.int32)
    offsets[:-1:2], offsets[1::2], offsets[-1] = begins, ends, ends[-1]
    # Every second string is what stands between two texts.
    strings = pa.Array.from_buffers(pa.string(), 2 * len(begins), [None, pa.py_buffer(offsets.data), pa.py_buffer(buffer)])
    return strings.take(arrow_array(np.arange(0, 2 * len(begins), 2), pa.int64()))


def _typed(texts: "pa.Array[Any]", data_type: Any) -> "pa.Array[Any]":
    """Dividends and splits have few distinct values, adjusted closes many."""
    encoded = texts.dictionary_encode()
    return decimals(encoded.dictionary, data_type).take(encoded.indices)
