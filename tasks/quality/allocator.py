"""Releases memory between Arrow, NumPy and pandas while a batch is validated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np
import pyarrow as pa

_KEPT_WHEN_FREED: Final = 24 * 2**20


@contextmanager
def one_allocator() -> Iterator[None]:
    """Lets Arrow take its memory from the C library, as NumPy does, and the C library keep what is freed.

    Arrow's own pool keeps what it frees to itself, a fifth of what a batch needs. And the C library gives arrays of a megabyte back to
    the system as they are freed, to take them again page by page, dozens of times a column.

    Arrow's pool is the whole process's, so callers take turns.
    """
    former = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    # Freed at once and never touched: from then on the C library keeps what is freed up to that size.
    np.empty(_KEPT_WHEN_FREED, dtype=np.uint8)
    try:
        yield
    finally:
        pa.set_memory_pool(former)
