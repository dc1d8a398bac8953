"""Columns that grow batch by batch in contiguous memory, so that each batch can be freed at once."""

from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks.arrays import arrow_array, numbers_of, strings

_FIRST_ROWS: Final = 1 << 17


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
        self.numbers = np.empty(_FIRST_ROWS, f"i{dtype.bit_width // 8}")
        self.count = 0
        self.others: list[Any] = []

    def append(self, values: Any) -> None:
        if self.others or values.null_count:
            self.others.append(values)
            return
        end = self.count + len(values)
        if end > len(self.numbers):
            larger = np.empty(max(end, 2 * len(self.numbers)), self.numbers.dtype)
            larger[: self.count] = self.numbers[: self.count]
            self.numbers = larger
        self.numbers[self.count : end] = numbers_of(values, self.numbers.dtype)
        self.count = end

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


def without_unused(column: Any, positions: npt.NDArray[np.int32]) -> Any:
    """A dictionary column without the names that none of the rows at these positions has; its other rows mean nothing any more."""
    codes = numbers_of(column.indices, np.int32)
    is_used = np.zeros(len(column.dictionary), np.bool_)
    is_used[codes[positions]] = True
    if is_used.all():
        return column
    rank = (np.cumsum(is_used) - 1).clip(0).astype(np.int32)
    used = [text for text, is_one in zip(column.dictionary.to_pylist(), is_used, strict=True) if is_one]
    return pa.DictionaryArray.from_arrays(arrow_array(rank[codes], pa.int32()), strings(used))
