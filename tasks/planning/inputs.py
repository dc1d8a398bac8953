"""The inputs of every plan: values read from the lake, the calendar and the settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from tasks.planning.capabilities import NOTHING_KNOWN, Capabilities
from tasks.planning.price_jumps import PriceJump
from tasks.records import OutputSize, SymbolCoverage
from tasks.sessions import SessionClock

Coverage = Mapping[str, SymbolCoverage]


@dataclass(frozen=True)
class PlanningInputs:
    """The facts that a plan follows from.

    Attributes:
        symbols: the symbols of the run, in the order of the watchlist.
        clock: the moment the run speaks for, and the exchange of every symbol.
        now: the present instant, UTC; the budget is of the real day.
        coverage: gives what is held of a dataset, by its name: per symbol; symbols never seen are absent.
        calls_left: calls the day has left for the flow, or None where it has no limit.
        price_jumps: per symbol, a close that jumped and that no known event explains.
        capabilities: what the key was seen to be allowed or refused.
        output_size: ``compact`` or ``full`` for every symbol, or None to choose for each.
        wants_full_history: whether the settings want whole histories.
        has_full_history: whether the plan of the key has whole histories.
        full_history_every: how long after it was read a whole history is read again, or None for never.
        since: the first session wanted of some symbols, as the watchlist says; of the others as far as the API goes.
        wants_adjusted_prices: whether the settings want the source's adjusted series.
        is_whole: whether the symbols are all of the watchlist, of which nobody chose some.
    """

    symbols: tuple[str, ...]
    clock: SessionClock
    now: datetime
    coverage: Callable[[str], Coverage]
    calls_left: int | None
    price_jumps: Mapping[str, PriceJump] = field(default_factory=dict)
    capabilities: Capabilities = field(default_factory=lambda: NOTHING_KNOWN)
    output_size: OutputSize | None = None
    wants_full_history: bool = False
    has_full_history: bool = False
    full_history_every: timedelta | None = None
    since: Mapping[str, date] = field(default_factory=dict)
    wants_adjusted_prices: bool = True
    is_whole: bool = False

    @property
    def as_of(self) -> datetime:
        """The moment the run speaks for, UTC."""
        return self.clock.as_of

    @cached_property
    def due(self) -> dict[str, date]:
        """The newest final session of every symbol."""
        return self.clock.due(self.symbols)
