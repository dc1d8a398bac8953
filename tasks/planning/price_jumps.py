"""Price jumps: closes that moved as far as a split would move them, and that no known event explains.

A split that is not loaded yet halves a close from one session to the next. Whether it was one is known from the source's events; so the
symbol's splits and dividends come first in the next plan. Once both were read after the jump, it is explained: by them, or by the market.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tasks.records import Instant, SymbolCoverage


@dataclass(frozen=True)
class PriceJump:
    """The newest jump of one symbol, as it is remembered between runs.

    Attributes:
        session: the session it jumped to.
        ratio: the close, divided by the close before.
        seen_at: when its bar was observed, UTC.
    """

    session: date
    ratio: float
    seen_at: Instant

    @property
    def words(self) -> str:
        """How it is described before a call."""
        return f"its close moved to {self.ratio:.2f} times the one before on {self.session}, and no known event explains it"


Events = Mapping[str, SymbolCoverage]


def unexplained(jumps: Mapping[str, PriceJump], dividends: Events, splits: Events) -> dict[str, PriceJump]:
    """The jumps that are still to be looked into: those after which dividends and splits were not both read.

    Args:
        jumps: by symbol.
        dividends: what is held of every symbol's dividends.
        splits: and of its splits.
    """
    both = (dividends, splits)
    return {symbol: jump for symbol, jump in jumps.items() if not all(was_read_after(events.get(symbol), jump) for events in both)}


def was_read_after(events: SymbolCoverage | None, jump: PriceJump) -> bool:
    """Whether a symbol's events of one kind were read after a jump, so that they include what explains it."""
    # An answer of a later day includes the session's events, also where the jump's bar is observed again after it.
    return events is not None and (events.observed_at > jump.seen_at or events.observed_at.date() > jump.session)
