"""Results made in threads, a few ahead of whoever takes them."""

import threading
from collections.abc import Iterator

import pytest

from tasks.ahead import ahead


def test_results_come_in_the_order_of_what_was_given() -> None:
    later = threading.Event()

    def make(number: int) -> int:
        # The first is ready last.
        assert later.wait(10) if number == 0 else True
        if number == 1:
            later.set()
        return -number

    assert list(ahead(make, range(6), threads=2)) == [0, -1, -2, -3, -4, -5]


def test_no_more_is_taken_than_threads_can_make() -> None:
    taken: list[int] = []

    def given() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    results = ahead(abs, given(), threads=3)
    assert next(results) == 0
    assert taken == [0, 1, 2, 3]
    results.close()  # type: ignore[attr-defined] # a generator


def test_an_error_is_raised_in_its_turn() -> None:
    results = ahead(lambda number: 6 // number, [3, 2, 0, 1], threads=2)
    assert [next(results), next(results)] == [2, 3]
    with pytest.raises(ZeroDivisionError):
        next(results)
