"""Gives memory back to the system around the validation of a batch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np

from tasks.arrays import give_back

_KEPT_WHEN_FREED: Final = 24 * 2**20


@contextmanager
def memory_given_back() -> Iterator[None]:
    """Lets the C library keep what is freed, and gives it back before, what parsing left unused, and after.

    Of itself the C library gives arrays of a megabyte back to the system as they are freed, to take them again page by page, dozens of
    times a column.
    """
    give_back()
    # Freed at once and never touched: from then on the C library keeps what is freed up to that size.
    np.empty(_KEPT_WHEN_FREED, dtype=np.uint8)
    try:
        yield
    finally:
        give_back()
