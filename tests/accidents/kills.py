"""Kills commands of every flow after one time and another."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.accidents.answers import SYMBOLS
from tests.accidents.mortal_commands import MAINTENANCE
from tests.accidents.place import GOLDEN_RATIO, GONE_WELL, RUNS, Accident, Place
from tests.accidents.starting_point import StartingPoint
from tests.end_to_end.conftest import Home
from tests.end_to_end.made_up import AFTER

_EARLIEST: Final = 0.25
"""Before that part of a command's time only servers and coverage are looked at."""
_SHORTER: Final = 0.8
_ON_SYMBOLS: Final = ("--symbols", SYMBOLS, "--as-of", AFTER)
_DECIDED: Final = ("--note", "looked up", "--by", "A. Reader")
_SECOND_RUN: Final = "the id of the second run"


@dataclass(frozen=True)
class _Case:
    """A command that is killed; it begins after two runs, or after the first, and perhaps with a new database."""

    words: tuple[str, ...]
    is_second: bool = True
    has_tables: bool = True
    settings: Mapping[str, str] = field(default_factory=dict, hash=False)


_CASES: Final = (
    _Case(RUNS[1], is_second=False),
    _Case(("rebuild",)),
    _Case(("undo", _SECOND_RUN, "--dataset", "daily_prices", *_DECIDED)),
    _Case(("quarantine", "release", "--symbol", "JMPD", *_DECIDED)),
    _Case((MAINTENANCE,), settings={"TICKERHOUSE_RETENTION_DAYS": "30"}),
    _Case(("backfill", "--from", "2019-01-02", *_ON_SYMBOLS), is_second=False),
    _Case(("corporate-actions", *_ON_SYMBOLS), settings={"TICKERHOUSE_ADJUSTED_PRICES": "off"}),
    _Case(("listings", *_ON_SYMBOLS)),
    _Case(("quotes", *_ON_SYMBOLS)),
    _Case(("migrate",), has_tables=False),
)


@dataclass(frozen=True)
class _Undisturbed:
    remains: dict[str, Any]
    seconds: float


class Kills:
    """A place where commands are killed.

    Args:
        home: whose ``commands`` are ``MortalCommands``.
        folder: for the answers.
        name: the beginning of its environments' names; no other place has it.
    """

    def __init__(self, home: Home, folder: Path, name: str) -> None:
        self._place = Place(home, folder, name)
        self._undisturbed: dict[_Case, _Undisturbed] = {}
        self._starts = [self._place.starting_point(words) for words in RUNS]
        self._second_run = home.last_run()["run_id"]

    def kill(self, number: int) -> Accident:
        """Kills a command, of the next flow for each number, and runs it once more."""
        case = _CASES[number % len(_CASES)]
        words = [self._second_run if word == _SECOND_RUN else word for word in case.words]
        if case not in self._undisturbed:
            start, settings = self._begin(case)
            begun = time.monotonic()
            ended = self._place.run(words, settings)
            assert ended["exit_status"] in GONE_WELL, ended["out"] + ended["err"]
            self._undisturbed[case] = _Undisturbed(self._place.look(start, settings), time.monotonic() - begun)
        calm, dead = self._undisturbed[case], None
        after = calm.seconds * (_EARLIEST + (1 - _EARLIEST) * (number * GOLDEN_RATIO % 1)) / _SHORTER
        while dead is None:
            after *= _SHORTER
            start, settings = self._begin(case)
            dead = self._place.die(start, words, settings, killed_after=after)
        faults, seconds = self._place.make_good(start, words, settings, dead, calm.remains)
        last = dead.moments[-1] if dead.moments else "nothing"
        return Accident(f"{' '.join(case.words[:2])} after {after:.1f} of {calm.seconds:.1f} s: {last}", faults, seconds)

    def _begin(self, case: _Case) -> tuple[StartingPoint, dict[str, str]]:
        start = self._starts[case.is_second]
        return start, {**self._place.begin(start, has_tables=case.has_tables), **case.settings}
