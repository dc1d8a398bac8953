"""What a load kept out of its table, symbol by symbol, for a person to decide."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from tasks.wording import counted


@dataclass(frozen=True)
class SeriesReplaced:
    """A symbol whose whole series an answer would replace; its rows were kept out of the table for a person to decide.

    Attributes:
        symbol: whose series.
        shared: bars that the table holds and the answer has as well.
        moved: those of them with another close.
        factor: by what all of these are multiplied; None where they have no factor in common.
        rows: how many rows were kept out, those of sessions that the table does not hold included.
    """

    symbol: str
    shared: int
    moved: int
    factor: float | None
    rows: int

    @property
    def sentence(self) -> str:
        """For people."""
        how = f"{self.factor:.4g} times the held one" if self.factor else "another one, by no common factor"
        moved = f"{self.symbol}: the close of {self.moved} of {self.shared} bars that are held is now {how}"
        return f"SeriesReplaced: {moved}, and no known split or dividend explains it; {counted(self.rows, 'bar')} quarantined."

    @property
    def next_step(self) -> str:
        """What a person does who has decided."""
        return f'If it is right: tickerhouse quarantine release --symbol {shlex.quote(self.symbol)} --reason SeriesReplaced --note "..."'


@dataclass(frozen=True)
class SymbolRefused:
    """A symbol whose rows the warehouse did not take; they were kept out of the table, and everything else was loaded.

    Attributes:
        symbol: whose rows.
        fact: which check did not hold with them, or how their load failed.
        rows: how many rows were kept out.
    """

    symbol: str
    fact: str
    rows: int

    @property
    def sentence(self) -> str:
        """For people."""
        return f"LoadRefused: {self.symbol} was set aside, {counted(self.rows, 'row')} quarantined. {self.fact}"

    @property
    def next_step(self) -> str:
        """What happens of itself, and what a person can do."""
        return "It is requested again by the next run. To make the table anew from the lake: tickerhouse rebuild"


KeptOut = SeriesReplaced | SymbolRefused
"""A symbol of which nothing was loaded."""


def rows_of(kept_out: Iterable[KeptOut]) -> int:
    """The rows of all of them."""
    return sum(each.rows for each in kept_out)
