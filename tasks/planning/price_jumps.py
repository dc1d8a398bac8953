"""Moves of a close that no known event explains, remembered until the symbol's events were read after them.

A split that nobody has loaded yet halves a close from one session to the next. Whether it was one, the source's own events say; so the
symbol's SPLITS and DIVIDENDS come first in the next plan. Once they were read after the move, it counts as explained: by them, or by the
market.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from tasks.planning.errors import BadPriceJumps
from tasks.records import SymbolCoverage

_VERSION: Final = 1


@dataclass(frozen=True)
class PriceJump:
    """A close that leapt.

    Attributes:
        session: the session it leapt to.
        ratio: the close, divided by the close before.
        seen_at: when a run saw it first, UTC.
    """

    session: date
    ratio: float
    seen_at: datetime

    @property
    def words(self) -> str:
        """What is told of it before a call."""
        return f"its close moved to {self.ratio:.2f} times the one before on {self.session}, and no known event explains it"


PriceJumps = Mapping[str, PriceJump]
Events = Mapping[str, SymbolCoverage]


def unexplained(moves: PriceJumps, dividends: Events, splits: Events) -> dict[str, PriceJump]:
    """The moves that are still to be looked into.

    Args:
        moves: by symbol, what was remembered.
        dividends: what is held of every symbol's dividends.
        splits: and of its splits.
    """
    return {symbol: move for symbol, move in moves.items() if not _is_explained(move, read_at(symbol, dividends, splits))}


def seen(moves: PriceJumps, found: PriceJumps, judged: Collection[str], dividends: Events, splits: Events) -> dict[str, PriceJump]:
    """What is to be remembered after a run.

    Args:
        moves: what was remembered before it.
        found: the newest move of every symbol that has one among the run's bars.
        judged: the symbols whose bars it had; what it did not find again of theirs is forgotten.
        dividends: what is held of every symbol's dividends.
        splits: and of its splits.

    Returns:
        By symbol; a move that was known keeps the moment it was seen first.
    """
    after = {symbol: move for symbol, move in moves.items() if symbol not in judged}
    for symbol, move in found.items():
        read = read_at(symbol, dividends, splits)
        if read is not None and read.date() > move.session:
            continue
        known = moves.get(symbol)
        after[symbol] = known if known is not None and known.session == move.session else move
    return unexplained(after, dividends, splits)


def read_at(symbol: str, dividends: Events, splits: Events) -> datetime | None:
    """Since when both kinds of a symbol's events are known, UTC; None where one of them was never read."""
    both = [held[symbol].observed_at for held in (dividends, splits) if symbol in held]
    return min(both) if len(both) == 2 else None  # noqa: PLR2004 - dividends and splits


def to_json(moves: PriceJumps) -> dict[str, Any]:
    """The moves as JSON-able values."""
    known = {
        symbol: {"session": move.session.isoformat(), "ratio": round(move.ratio, 6), "seen_at": move.seen_at.isoformat()}
        for symbol, move in moves.items()
    }
    return {"version": _VERSION, "moves": known}


def from_json(stored: Mapping[str, Any]) -> dict[str, PriceJump]:
    """What ``to_json`` wrote; nothing stored is no move.

    Raises:
        BadPriceJumps: something else is stored.
    """
    if not stored:
        return {}
    try:
        if stored["version"] != _VERSION:
            raise ValueError(stored["version"])  # noqa: TRY301 - one place says what cannot be read
        return {
            symbol: PriceJump(
                date.fromisoformat(one["session"]), float(one["ratio"]), datetime.fromisoformat(one["seen_at"]).astimezone(UTC)
            )
            for symbol, one in stored["moves"].items()
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadPriceJumps(
            f"What is stored of unexplained moves cannot be read ({type(error).__name__}: {error}).",
            "Delete the object under state/moves/; the next run finds them again.",
        ) from error


def _is_explained(move: PriceJump, read: datetime | None) -> bool:
    return read is not None and read > move.seen_at
