"""Where accidents happen: commands die, the same command then runs once more, and what is left is compared with an undisturbed one's."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from tasks.datasets import QUOTES
from tests.accidents.answers import SYMBOLS, write
from tests.accidents.mortal_commands import KILLED, MortalCommands
from tests.accidents.remains import Remains, sent_requests, stored_calls
from tests.accidents.starting_point import StartingPoint
from tests.end_to_end.conftest import Home
from tests.end_to_end.golden import differences
from tests.end_to_end.made_up import AFTER, BEFORE

GOLDEN_RATIO: Final = 1.618033988749895
"""Its multiples, without their whole part, fill the space between 0 and 1 evenly, wherever one stops."""

RUNS: Final = tuple(("run", "--symbols", SYMBOLS, "--as-of", moment) for moment in (BEFORE, AFTER))
"""Two runs, of which the second restates bars, quarantines one, and loads a split and a dividend."""

GONE_WELL: Final = (0, 3)


@dataclass(frozen=True)
class Accident:
    """A command that died, and what came after it.

    Attributes:
        what: which command, and when it died.
        faults: where what is left differs from what an undisturbed command leaves; empty where it does not.
        seconds: of the clean run of the command.
    """

    what: str
    faults: Sequence[str]
    seconds: float

    def __str__(self) -> str:
        shown = "".join(f"\n         {fault}" for fault in self.faults[:10])
        return f"{'UNEQUAL' if self.faults else 'equal':<8} {self.seconds:5.1f} s  {self.what}{shown}"


@dataclass(frozen=True)
class Dead:
    """A command that has died.

    Attributes:
        moments: that it had reached.
        stored: the answers that it stored, by function and symbol.
        sent: the requests that it sent.
    """

    moments: Sequence[str]
    stored: Counter[tuple[str, str]]
    sent: Counter[tuple[str, str]]


class Place:
    """An environment with answers of its own.

    Args:
        home: whose ``commands`` are ``MortalCommands``.
        folder: for the answers.
        name: the beginning of its environments' names; no other place has it.
    """

    def __init__(self, home: Home, folder: Path, name: str) -> None:
        self._home, self._folder, self._name = home, folder, name
        self._on = ("--replay", str(write(folder)))
        self._environments = 0
        self.first = {"TICKERHOUSE_ENVIRONMENT": name}

    def starting_point(self, words: Sequence[str]) -> StartingPoint:
        """Runs a command in the place's first environment, and keeps what that holds then."""
        assert self.run(words, self.first)["exit_status"] in GONE_WELL
        return StartingPoint(self._home, self._name)

    def begin(self, start: StartingPoint, *, has_tables: bool = True) -> dict[str, str]:
        """The settings of a new environment that begins there; without tables it has no database either."""
        self._environments += 1
        return start.begin(self._home, f"{self._name}{self._environments}", has_tables=has_tables)

    def run(self, words: Sequence[str], settings: Mapping[str, str], **death: float | None) -> dict[str, Any]:
        """Runs a command, as ``mortal_commands`` says."""
        assert isinstance(self._home.commands, MortalCommands)
        environment = self._home.environment(**settings)
        return self._home.commands.ask({"words": [*words, *self._on], "environment": environment, **death})

    def look(self, start: StartingPoint, settings: Mapping[str, str]) -> dict[str, Any]:
        """What is left, to be compared."""
        return self._remains.look(start.lake, settings)

    def die(self, start: StartingPoint, words: Sequence[str], settings: Mapping[str, str], **death: float) -> Dead | None:
        """Lets a command die; None where it ended before."""
        held, asked = stored_calls(start.lake), sent_requests(self._home, self._folder)
        died = self.run(words, settings, **death)
        if died["exit_status"] != KILLED:
            return None
        return Dead(died["moments"], stored_calls(start.lake) - held, sent_requests(self._home, self._folder) - asked)

    def make_good(
        self, start: StartingPoint, words: Sequence[str], settings: Mapping[str, str], dead: Dead, expected: Mapping[str, Any]
    ) -> tuple[list[str], float]:
        """Runs the command once more, and gives what is not as expected, and the run's seconds."""
        asked, begun = sent_requests(self._home, self._folder), time.monotonic()
        clean = self.run(words, settings)
        seconds = time.monotonic() - begun
        again = (sent_requests(self._home, self._folder) - asked).keys() & dead.sent.keys() & dead.stored.keys()
        # A quote is of the moment, and is requested anew.
        again = {call for call in again if call[0] != QUOTES.function}
        faults = [f"{function} {symbol} was requested again, although its answer was stored" for function, symbol in sorted(again)]
        if clean["exit_status"] not in GONE_WELL:
            faults.append(f"the clean run ended with {clean['exit_status']}: {clean['out']}{clean['err']}")
        return faults + differences(expected, self.look(start, settings)), seconds

    @cached_property
    def _remains(self) -> Remains:
        return Remains(self._home, self._on, self.first)
