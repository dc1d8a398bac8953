"""What to ask, in which order, and what does not fit today; every call carries its reason in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from tasks.planning.coverage import joined
from tasks.records import Call, OutputSize, Plan, SkippedCall, SymbolCoverage
from tasks.sessions import DEFAULT_EXCHANGE, sessions_between

COMPACT_SESSIONS: Final = 100
"""How many sessions ``outputsize=compact`` reaches back (https://www.alphavantage.co/documentation/#daily)."""

TRAILING_SESSIONS: Final = 5
"""How many sessions that are held are read again at least, because the API restates bars after the fact."""

DAILY: Final = "TIME_SERIES_DAILY"

_NO_EXCHANGES: Final[Mapping[str, str]] = MappingProxyType({})


def make_plan(  # noqa: PLR0913 - a plan is made of this many facts, and each has its name at the call
    symbols: Iterable[str],
    coverage: Mapping[str, SymbolCoverage],
    due: Mapping[str, date],
    calls_left: int | None,
    output_size: OutputSize | None = None,
    *,
    full_history: bool = False,
    full_history_since: datetime | None = None,
    resets_at: datetime | None = None,
    exchanges: Mapping[str, str] = _NO_EXCHANGES,
) -> Plan:
    """Plans one run of daily prices.

    Args:
        symbols: the asked symbols; one that is there twice counts once.
        coverage: what is held per symbol; symbols never seen are absent.
        due: the newest final session of every symbol.
        calls_left: calls the day has left, or None where it has no limit.
        output_size: ``compact`` or ``full`` for every symbol, or None to choose for each.
        full_history: with ``output_size`` None, whether whole histories are asked where compact is not enough; the caller says so where
            the key may ask for them and the configuration wants them.
        full_history_since: with ``full_history``, a whole history that was last read before this instant (UTC), or never, is read again.
        resets_at: when the budget of the day resets (UTC), for the words about what is left out.
        exchanges: the exchange of every symbol that is not listed on the default one.

    Returns:
        The plan: symbols never seen first, then the stalest, and of equally stale ones the cheap calls before the dear. A symbol held up
        to its due session is not asked, unless its whole history is due as well.
    """
    rules = _Rules(output_size, full_history, full_history_since)
    wanted = [
        _want(symbol, coverage.get(symbol), due[symbol], exchanges.get(symbol, DEFAULT_EXCHANGE), rules)
        for symbol in dict.fromkeys(symbols)
    ]
    wanted.sort(key=lambda want: (want.staleness, want.size == "full"))
    open_wants = [want for want in wanted if not want.is_held]
    affordable = len(open_wants) if calls_left is None else max(0, calls_left)
    asked, unaffordable = open_wants[:affordable], open_wants[affordable:]
    filled = {want.symbol for want in asked if want.size == "full"}
    return Plan(
        calls=tuple(want.call() for want in asked),
        held=tuple(want.symbol for want in wanted if want.is_held),
        left_out=tuple(_leave_out(want, calls_left, resets_at) for want in unaffordable),
        due_session={want.symbol: want.due for want in wanted},
        budget_left=calls_left,
        gaps={want.symbol: want.gap for want in wanted if want.gap and want.symbol not in filled},
    )


@dataclass(frozen=True)
class _Rules:
    """What is asked for by whoever plans."""

    output_size: OutputSize | None
    full_history: bool
    full_history_since: datetime | None


@dataclass(frozen=True)
class _Want:
    """One symbol, what is held of it, and the sessions that are due."""

    symbol: str
    held: SymbolCoverage | None
    due: date
    missing: tuple[date, ...]
    rules: _Rules

    @property
    def staleness(self) -> date:
        """The newest session held; the oldest of all dates where nothing is."""
        return self.held.last_session if self.held is not None else date.min

    @property
    def is_held(self) -> bool:
        """Whether nothing has to be asked."""
        if self.held is None or self.missing:
            return False
        if self.rules.output_size == "full":
            return self.held.full_history_at is not None
        return not self._is_whole_history_due

    @property
    def size(self) -> OutputSize:
        """What is asked."""
        if self.rules.output_size is not None:
            return self.rules.output_size
        is_wanted = self.rules.full_history and (not self._is_compact_enough or self._is_whole_history_due)
        return "full" if is_wanted else "compact"

    @property
    def gap(self) -> tuple[date, date] | None:
        """The missing sessions that a compact answer does not reach, those missed earlier included."""
        unreached = self.missing[:-COMPACT_SESSIONS]
        return joined(self.held.gap if self.held else None, (unreached[0], unreached[-1]) if unreached else None)

    def call(self) -> Call:
        return Call(DAILY, self.symbol, {"outputsize": self.size}, self._reason())

    def state(self) -> str:
        """How far behind the symbol is, in words."""
        if self.held is None:
            return "never seen"
        if not self.missing:
            return "whole history never read" if self.held.full_history_at is None else "whole history read long ago"
        return f"{len(self.missing)} {'session' if len(self.missing) == 1 else 'sessions'} behind"

    @property
    def _is_compact_enough(self) -> bool:
        return self.held is not None and self.held.gap is None and len(self.missing) <= COMPACT_SESSIONS - TRAILING_SESSIONS

    @property
    def _is_whole_history_due(self) -> bool:
        since = self.rules.full_history_since
        if self.rules.output_size is not None or not self.rules.full_history or since is None or self.held is None:
            return False
        return self.held.full_history_at is None or self.held.full_history_at < since

    def _reason(self) -> str:
        if self.size == "full":
            return self.state() if not self.missing else f"{self.state()}, whole history"
        if self.gap is None:
            return self.state()
        first, last = self.gap
        which = str(first) if first == last else f"{first} to {last}"
        return f"{self.state()}; compact reaches {COMPACT_SESSIONS}, so {which} stays open until the whole history is read"


def _want(symbol: str, held: SymbolCoverage | None, due: date, exchange: str, rules: _Rules) -> _Want:
    missing: tuple[date, ...] = ()
    if held is not None and held.last_session < due:
        missing = tuple(session for session in sessions_between(held.last_session, due, exchange) if session > held.last_session)
    return _Want(symbol, held, due, missing, rules)


def _leave_out(want: _Want, calls_left: int | None, resets_at: datetime | None) -> SkippedCall:
    when = f"after {resets_at:%Y-%m-%d %H:%M} UTC" if resets_at else "when the day has ended"
    return SkippedCall(
        symbol=want.symbol,
        reason=f"{want.state()}; {_budget_words(max(0, calls_left or 0))}",
        next_step=f"The first run {when}, when the budget resets, asks for it.",
    )


def _budget_words(calls_left: int) -> str:
    if calls_left == 0:
        return "no call is left today"
    return "the one call left today goes to another symbol" if calls_left == 1 else f"the {calls_left} calls left today go to other symbols"
