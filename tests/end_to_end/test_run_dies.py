"""Commands that die, each followed by one clean run of the same: what is left is what an undisturbed command leaves.

Samples, unless ``--deaths N`` and ``--kills N`` say how many; ``-s`` shows each.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.accidents.deaths import Deaths, choose
from tests.accidents.kills import Kills
from tests.accidents.mortal_commands import MortalCommands
from tests.accidents.place import Accident
from tests.end_to_end.conftest import Home

pytestmark = [pytest.mark.server, pytest.mark.deep]


@pytest.fixture(scope="module")
def mortal(shared: Home) -> Iterator[Home]:
    """The shared stack, on which each command runs in a fork of its own."""
    own = Home(shared.folder)
    with MortalCommands(own.environment(), own.folder / "mortal_commands.log") as own.commands:
        yield own


def test_a_run_that_died_at_any_moment_is_made_good_by_the_next(mortal: Home, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    place = Deaths(mortal, tmp_path, "dies")
    assert len(place.moments) > 200
    assert not _unequal(place.die, choose(place.moments, pytestconfig.getoption("--deaths")))


def test_a_killed_command_of_any_flow_is_made_good_by_the_next(mortal: Home, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    place = Kills(mortal, tmp_path, "kills")
    assert not _unequal(place.kill, range(pytestconfig.getoption("--kills")))


def _unequal(happen: Callable[[int], Accident], numbers: Iterable[int]) -> list[str]:
    accidents: list[Accident] = []
    for number in numbers:
        accidents.append(happen(number))
        _say(str(accidents[-1]))
    unequal = [str(accident) for accident in accidents if accident.faults]
    longest = max(accident.seconds for accident in accidents)
    _say(f"{len(accidents) - len(unequal)} of {len(accidents)} equal; longest recovery {longest:.1f} s")
    return unequal


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
