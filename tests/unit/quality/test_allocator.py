"""Arrow shares the allocator of NumPy, and what validation leaves unused goes back to the system."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tasks.arrays import arrow_array
from tasks.quality.allocator import memory_given_back

PIECES = 2_000
PIECE_BYTES = 100_000


def resident() -> int:
    """Bytes of this process that lie in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_arrow_takes_its_memory_from_the_c_library() -> None:
    assert pa.default_memory_pool().backend_name == "system"


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not tell what lies in memory")
def test_memory_that_was_freed_goes_back_to_the_system() -> None:
    with memory_given_back():
        pieces = [np.ones(PIECE_BYTES, np.uint8) for _ in range(PIECES)]
        kept = pieces[:: PIECES // 10]
        held = resident()
        del pieces
    assert resident() < held - PIECES * PIECE_BYTES // 2
    assert len(kept) == 10


def test_what_was_made_meanwhile_outlives_it() -> None:
    with memory_given_back():
        column = arrow_array(np.arange(100_000), pa.int64())
    assert column[-1].as_py() == 99_999
