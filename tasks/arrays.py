"""Arrow arrays from NumPy memory and Python strings, and back, without ``pa.array`` and ``to_numpy``, which would import pandas.

Also columns that grow batch by batch in contiguous memory, so that each batch can be freed at once. Importing it lets Arrow take its memory
from the C library, in the whole process.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

# Arrow's own allocator keeps what it frees to itself, beside the C library's, which NumPy uses: a third of what a batch needs.
pa.set_memory_pool(pa.system_memory_pool())

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FIRST_ROWS: Final = 1 << 17


def give_back() -> None:
    """Gives memory that was freed, but kept by the C library, back to the system."""
    pa.system_memory_pool().release_unused()


def arrow_array(values: npt.NDArray[Any], data_type: pa.DataType) -> "pa.Array[Any]":
    """An array of a type whose values are these integers; nothing is copied and nothing is null."""
    return pa.Array.from_buffers(data_type, len(values), [None, pa.py_buffer(np.ascontiguousarray(values).data)])


def numbers_of(array: Any, data_type: Any) -> npt.NDArray[Any]:
    """The values of an array without nulls, as they lie in memory."""
    if not len(array):
        return np.empty(0, data_type)
    return np.frombuffer(array.buffers()[1], data_type, len(array), array.offset * np.dtype(data_type).itemsize)


def strings(texts: Sequence[str]) -> "pa.Array[Any]":
    """An array of strings."""
    encoded = [text.encode() for text in texts]
    offsets = np.zeros(len(encoded) + 1, np.int32)
    np.cumsum([len(text) for text in encoded], out=offsets[1:])
    return pa.Array.from_buffers(pa.string(), len(encoded), [None, pa.py_buffer(offsets.data), pa.py_buffer(b"".join(encoded))])


def microseconds(instants: Sequence[datetime]) -> npt.NDArray[np.int64]:
    """Instants with a time zone as microseconds since 1970, UTC."""
    return np.array([(instant - _EPOCH) // _MICROSECOND for instant in instants], np.int64)


class GrowingColumn(Protocol):
    """A column that is filled."""

    def append(self, values: Any) -> None:
        """Adds an Arrow array."""

    def finished(self) -> Any:
        """All of it as one Arrow array; nothing may be added after."""


def growing(dtype: pa.DataType, *, is_name: bool) -> GrowingColumn:
    """A column for values of a type; names (a symbol, a capture's key) become a dictionary."""
    if is_name:
        return _Names()
    return (
        _FixedWidth(dtype)
        if (pa.types.is_primitive(dtype) or pa.types.is_decimal64(dtype)) and dtype.bit_width in {32, 64}
        else _Pieces(dtype)
    )


class _Pieces:
    """A column of any type, put together at the end."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        self.pieces: list[Any] = []

    def append(self, values: Any) -> None:
        self.pieces.append(values)

    def finished(self) -> Any:
        return pa.concat_arrays(self.pieces) if self.pieces else pa.nulls(0, self.dtype)


class _FixedWidth:
    """A column of integers, decimals, dates or instants of 4 or 8 bytes; as ``_Pieces`` from the first null on."""

    def __init__(self, dtype: pa.DataType) -> None:
        self.dtype = dtype
        self.numbers = np.empty(0, f"i{dtype.bit_width // 8}")
        self.count = 0
        self.others: list[Any] = []

    def append(self, values: Any) -> None:
        if self.others or values.null_count:
            self.others.append(values)
            return
        numbers, end = numbers_of(values, self.numbers.dtype), self.count + len(values)
        if not self.count:
            # As it lies: where one array is the whole column, nothing is copied.
            self.numbers = numbers
        elif end > self.count:
            if end > len(self.numbers):
                self._grow(max(end + end // 8, _FIRST_ROWS))
            self.numbers[self.count : end] = numbers
        self.count = end

    def _grow(self, rows: int) -> None:
        if self.numbers.flags.owndata:
            # Moved by the system's page tables, not copied: what a copy leaves behind is a hole, as large as the column in the end.
            self.numbers.resize(rows, refcheck=False)
            return
        larger = np.empty(rows, self.numbers.dtype)
        larger[: self.count] = self.numbers
        self.numbers = larger

    def finished(self) -> Any:
        without_nulls = arrow_array(self.numbers[: self.count], self.dtype)
        return pa.concat_arrays([without_nulls, *self.others]) if self.others else without_nulls


class _Names:
    """A column of strings without nulls, as a sorted dictionary."""

    def __init__(self) -> None:
        self.codes = _FixedWidth(pa.int32())
        self.known: dict[str, int] = {}

    def append(self, values: Any) -> None:
        encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
        own = [self.known.setdefault(text, len(self.known)) for text in encoded.dictionary.to_pylist()]
        self.codes.append(arrow_array(np.array(own, np.int32)[numbers_of(encoded.indices, np.int32)], pa.int32()))

    def finished(self) -> Any:
        in_order = sorted(self.known)
        rank = np.zeros(len(self.known), np.int32)
        rank[[self.known[text] for text in in_order]] = np.arange(len(in_order), dtype=np.int32)
        codes = rank[numbers_of(self.codes.finished(), np.int32)]
        return pa.DictionaryArray.from_arrays(arrow_array(codes, pa.int32()), strings(in_order))
