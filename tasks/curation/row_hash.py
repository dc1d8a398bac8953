"""Hashes a row's values to one integer, so that the load detects a change by comparing two integers."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_DIGEST_BYTES: Final = 8


def row_hashes(values: Sequence["pa.ChunkedArray[Any]"]) -> pa.Int64Array:
    """Hashes rows over their values alone.

    Each value is taken as its 8-byte big-endian integer, a decimal as the unscaled integer at its column's scale, in the order given; the
    hash is BLAKE2b of 8 bytes, read as a signed big-endian integer. Equal values have equal hashes on every machine and in every release.

    Rows that have a value of another kind (a date, a text, a wide decimal) or a null are hashed over texts: each value as it is written,
    decimals at their column's scale, dates as ISO 8601, a null as nothing after a mark of its own.

    Args:
        values: columns of equal length: int64 and decimal64 without nulls, or any of int64, decimals, dates and strings.

    Returns:
        int64, one per row.

    Raises:
        TypeError: a column of another type.
    """
    if not all(_is_eight_bytes(column.type) for column in values) and all(_is_written_exactly(column.type) for column in values):
        return _hashes_of_texts(values)
    packed = np.column_stack([_integers(column) for column in values]).astype(">i8")
    width = packed.shape[1] * packed.itemsize
    view = memoryview(packed.tobytes())
    digests = b"".join(blake2b(view[at : at + width], digest_size=_DIGEST_BYTES).digest() for at in range(0, len(view), width))
    return pa.array(np.frombuffer(digests, dtype=">i8").astype(np.int64), pa.int64())


def _is_eight_bytes(data_type: pa.DataType) -> bool:
    return pa.types.is_int64(data_type) or pa.types.is_decimal64(data_type)


def _is_written_exactly(data_type: pa.DataType) -> bool:
    return pa.types.is_int64(data_type) or pa.types.is_decimal(data_type) or pa.types.is_date32(data_type) or pa.types.is_string(data_type)


def _hashes_of_texts(values: Sequence["pa.ChunkedArray[Any]"]) -> pa.Int64Array:
    texts = [["\x00" if text is None else f"\x01{text}" for text in column.cast(pa.string()).to_pylist()] for column in values]
    digests = [blake2b("\x1f".join(row).encode(), digest_size=_DIGEST_BYTES).digest() for row in zip(*texts, strict=True)]
    return pa.array(np.frombuffer(b"".join(digests), dtype=">i8").astype(np.int64), pa.int64())


def _integers(column: "pa.ChunkedArray[Any]") -> npt.NDArray[np.int64]:
    if not _is_eight_bytes(column.type):
        raise TypeError(f"A value of type {column.type} cannot be part of a row hash.")
    return np.concatenate([np.empty(0, dtype=np.int64), *(_unscaled(chunk) for chunk in column.chunks)])


def _unscaled(chunk: "pa.Array[Any]") -> npt.NDArray[np.int64]:
    data = chunk.buffers()[1]
    if data is None:
        return np.empty(0, dtype=np.int64)
    return np.frombuffer(memoryview(data), dtype=np.int64)[chunk.offset : chunk.offset + len(chunk)]
