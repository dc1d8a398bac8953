"""Hashes a row's values to one integer, which spares the load comparing the values of rows that are as they were."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks.arrays import arrow_array

_DIGEST_BYTES: Final = 8
_STEP: Final = np.uint64(0x9E3779B97F4A7C15)
_MIXED: Final = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))
_LAST_SHIFT: Final = np.uint64(31)

Words = npt.NDArray[np.uint64]


def row_hashes(values: Sequence["pa.ChunkedArray[Any]"]) -> "pa.Array[Any]":
    """Hashes rows over their values alone.

    A row of numbers is a row of 64-bit words in the order given: an integer is one, a decimal its unscaled integer at its column's scale,
    in one word or, where it is wider, in two, the lower first. From 0 on, each word ``w`` makes ``h`` to ``mix((h + step) xor w)`` with
    SplitMix64's step and mix (Steele, Lea and Flood 2014), all modulo 2 to the power of 64; the last ``h`` is read as a signed integer. It
    is the same on every machine.

    A row that has a value of another kind (a date, a text) or a null is hashed over texts: each value as it is written, decimals at their
    column's scale, dates as ISO 8601, a null as nothing after a mark of its own; BLAKE2b of 8 bytes, as a signed big-endian integer.

    Numbers had BLAKE2b, too, in releases before: rows with such a hash stay as they are, because the load compares values where hashes
    differ.

    Args:
        values: columns of equal length: int64, decimals, dates and strings.

    Returns:
        int64, one per row.

    Raises:
        TypeError: a column of another type.
    """
    for column in values:
        if not (_words(column.type) or pa.types.is_date32(column.type) or pa.types.is_string(column.type)):
            raise TypeError(f"A value of type {column.type} cannot be part of a row hash.")
    if not all(_words(column.type) and not column.null_count for column in values):
        return _hashes_of_texts(values)
    hashes = np.zeros(len(values[0]), np.uint64)
    for column in values:
        for words in _words_of(column):
            _add(hashes, words)
    return arrow_array(hashes.view(np.int64), pa.int64())


def _words(data_type: pa.DataType) -> int:
    """How many 64-bit words a number of the type has; 0 for what is no number."""
    if pa.types.is_decimal128(data_type):
        return 2
    return int(pa.types.is_int64(data_type) or pa.types.is_decimal64(data_type))


def _words_of(column: "pa.ChunkedArray[Any]") -> Iterator[Words]:
    width = _words(column.type)
    words = [_words_in(chunk, width) for chunk in column.chunks if len(chunk)]
    whole = words[0] if len(words) == 1 else np.concatenate([np.empty(0, np.uint64), *words])
    return (whole[word::width] for word in range(width))


def _words_in(chunk: Any, width: int) -> Words:
    return np.frombuffer(chunk.buffers()[1], np.dtype("<u8"), width * len(chunk), 8 * width * chunk.offset)


def _add(hashes: Words, words: Words) -> None:
    hashes += _STEP
    hashes ^= words
    for shift, factor in _MIXED:
        hashes ^= hashes >> shift
        hashes *= factor
    hashes ^= hashes >> _LAST_SHIFT


def _hashes_of_texts(values: Sequence["pa.ChunkedArray[Any]"]) -> "pa.Array[Any]":
    texts = [["\x00" if text is None else f"\x01{text}" for text in column.cast(pa.string()).to_pylist()] for column in values]
    digests = [blake2b("\x1f".join(row).encode(), digest_size=_DIGEST_BYTES).digest() for row in zip(*texts, strict=True)]
    return arrow_array(np.frombuffer(b"".join(digests), dtype=">i8").astype(np.int64), pa.int64())
