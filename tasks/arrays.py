"""Arrow arrays from NumPy memory and Python strings, and back, without ``pa.array`` and ``to_numpy``, which would import pandas."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


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
