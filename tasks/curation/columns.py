"""Names of curated rows."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tasks.arrays import arrow_array, numbers_of, strings


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
