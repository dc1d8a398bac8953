"""The seconds of a step."""

import time

import pytest

from tasks.orchestration.run import Stopwatch


class Clock:
    """A clock that is set by hand."""

    seconds = 100.0

    def read(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(time, "perf_counter", made.read)
    return made


def test_a_step_taken_twice_adds_up(clock: Clock) -> None:
    watch = Stopwatch()
    for seconds in (2.0, 3.0):
        with watch.time("extract"):
            clock.seconds += seconds
        clock.seconds += 50.0
    assert watch.seconds == {"extract": 5.0}


def test_batches_side_by_side_count_once(clock: Clock) -> None:
    watch = Stopwatch()
    with watch.time("extract"):
        clock.seconds += 1.0
        with watch.time("extract"):
            clock.seconds += 2.0
        clock.seconds += 4.0
    assert watch.seconds == {"extract": 7.0}
