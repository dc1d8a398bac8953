"""Lets a run die at one moment after the other: before and after each of its writes, calls and statements."""

from collections.abc import Sequence
from pathlib import Path

from tests.accidents.place import GOLDEN_RATIO, RUNS, Accident, Place
from tests.end_to_end.conftest import Home


class Deaths:
    """A place where runs die; the second of two runs does, so that there is something to restate.

    Args:
        home: whose ``commands`` are ``MortalCommands``.
        folder: for the answers.
        name: the beginning of its environments' names; no other place has it.

    Attributes:
        moments: of an undisturbed run.
    """

    def __init__(self, home: Home, folder: Path, name: str) -> None:
        self._place = Place(home, folder, name)
        self._start = self._place.starting_point(RUNS[0])
        calm = self._place.begin(self._start)
        self.moments: list[str] = self._place.run(RUNS[1], calm)["moments"]
        self._expected = self._place.look(self._start, calm)

    def die(self, number: int) -> Accident:
        """Dies at the moment of this number and runs once more."""
        settings = self._place.begin(self._start)
        dead = self._place.die(self._start, RUNS[1], settings, dies_at=number)
        if dead is None:
            return Accident(f"{number} {self.moments[number]}", ["the run was over before that moment"], 0)
        faults, seconds = self._place.make_good(self._start, RUNS[1], settings, dead, self._expected)
        return Accident(f"{number} {dead.moments[-1]}", faults, seconds)


def choose(moments: Sequence[str], count: int) -> list[int]:
    """The numbers of so many moments: the middle one of each kind, then others; as many as there are by then lie all over the run."""
    kinds: dict[str, list[int]] = {}
    for number, moment in enumerate(moments):
        kinds.setdefault(moment.split()[1], []).append(number)
    middle = dict.fromkeys(numbers[len(numbers) // 2] for numbers in kinds.values())
    spread = sorted(range(len(moments)), key=lambda number: number * GOLDEN_RATIO % 1)
    return list(middle | dict.fromkeys(spread))[:count]
