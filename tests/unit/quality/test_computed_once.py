import threading

import pytest

from tasks.quality.computed_once import computed_once


class Box:
    """Counts how often its property is worked out."""

    made = 0

    @property
    def contents(self) -> list[int]:
        self.made += 1
        return [self.made]


class Crate(Box):
    """Inherits the property."""


def test_each_object_works_its_property_out_once_within_the_block() -> None:
    first, second = Box(), Crate()
    with computed_once(Box, "contents"):
        assert [box.contents for box in (first, second, first, second)] == [[1]] * 4
        assert first.contents is first.contents
    assert (first.made, second.made) == (1, 1)


def read_and_raise(box: Box) -> None:
    with computed_once(Box, "contents"):
        assert box.contents == box.contents == [1]
        raise ZeroDivisionError


def test_after_a_block_that_raises_it_is_worked_out_each_time_again() -> None:
    box = Box()
    with pytest.raises(ZeroDivisionError):
        read_and_raise(box)
    assert (box.contents, box.contents) == ([2], [3])


def test_an_object_that_is_gone_is_not_taken_for_its_successor() -> None:
    with computed_once(Box, "contents"):
        given = [Box().contents for _ in range(50)]
        assert len({id(each) for each in given}) == len(given)


def test_another_thread_waits_until_the_block_has_ended() -> None:
    box, entered = Box(), threading.Event()

    def enter() -> None:
        with computed_once(Box, "contents"):
            entered.set()

    other = threading.Thread(target=enter)
    with computed_once(Box, "contents"):
        other.start()
        assert not entered.wait(0.05)
    other.join(10)
    assert entered.is_set()
    assert (box.contents, box.contents) == ([1], [2])
