"""While a batch is judged Arrow shares an allocator with NumPy; afterwards everything is as it was."""

import pyarrow as pa
import pytest

from tasks.quality.allocator import one_allocator


def test_arrow_takes_memory_from_the_c_library_only_while_judging() -> None:
    """Arrow takes its memory from the C library only while a batch is judged."""
    former = pa.default_memory_pool().backend_name
    with one_allocator():
        assert pa.default_memory_pool().backend_name == "system"
        with one_allocator():
            assert pa.default_memory_pool().backend_name == "system"
        assert pa.default_memory_pool().backend_name == "system"
    assert pa.default_memory_pool().backend_name == former


def test_arrow_has_its_own_pool_back_where_judging_breaks_off() -> None:
    former = pa.default_memory_pool().backend_name
    with pytest.raises(pa.ArrowInvalid), one_allocator():
        pa.array(["no number"]).cast(pa.int64())
    assert pa.default_memory_pool().backend_name == former


def test_what_was_made_meanwhile_outlives_it() -> None:
    with one_allocator():
        column = pa.array(range(100_000), pa.int64())
    assert column[-1].as_py() == 99_999
