"""What to ask, in which order, and what does not fit today; every call carries its reason in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Final

from tasks.records import Call, NotAsked, OutputSize, Plan, SymbolCoverage
from tasks.sessions import DEFAULT_EXCHANGE, sessions_between

COMPACT_SESSIONS: Final = 100
"""How many sessions ``outputsize=compact`` reaches back (https://www.alphavantage.co/documentation/#daily)."""

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
            the plan of the key serves them and the configuration wants them.
        resets_at: when the budget of the day resets (UTC), for the words about what is left out.
        exchanges: the exchange of every symbol that is not listed on the default one.

    Returns:
        The plan, stalest symbol first, symbols never seen before all others. A symbol held up to its due session is not asked, unless
        ``full`` is asked and its whole history was never read.
    """
    wanted = [
        _want(symbol, coverage.get(symbol), due[symbol], exchanges.get(symbol, DEFAULT_EXCHANGE))
        for symbol in sorted(dict.fromkeys(symbols), key=lambda symbol: _staleness(coverage.get(symbol)))
    ]
    held = tuple(want.symbol for want in wanted if want.is_held(output_size))
    open_wants = [want for want in wanted if not want.is_held(output_size)]
    affordable = len(open_wants) if calls_left is None else max(0, calls_left)
    return Plan(
        calls=tuple(want.call(output_size, full_history=full_history) for want in open_wants[:affordable]),
        held=held,
        left_out=tuple(_leave_out(want, calls_left, resets_at) for want in open_wants[affordable:]),
        due_session={want.symbol: want.due for want in wanted},
        budget_left=calls_left,
    )


def is_up_to_date(plan: Plan) -> bool:
    """Whether there is nothing to ask and nothing was left out."""
    return not plan.calls and not plan.left_out


@dataclass(frozen=True)
class _Want:
    """One symbol, what is held of it, and the sessions that are due."""

    symbol: str
    held: SymbolCoverage | None
    due: date
    missing: tuple[date, ...]

    def is_held(self, output_size: OutputSize | None) -> bool:
        if self.held is None or self.missing:
            return False
        return output_size != "full" or self.held.full_history_at is not None

    def call(self, output_size: OutputSize | None, *, full_history: bool) -> Call:
        size: OutputSize = output_size or ("full" if full_history and not self._is_compact_enough else "compact")
        return Call(DAILY, self.symbol, {"outputsize": size}, self._reason(size))

    def state(self) -> str:
        """How far behind the symbol is, in words."""
        if self.held is None:
            return "never seen"
        if not self.missing:
            return "whole history never read"
        return f"{len(self.missing)} {'session' if len(self.missing) == 1 else 'sessions'} behind"

    @property
    def _is_compact_enough(self) -> bool:
        return self.held is not None and len(self.missing) <= COMPACT_SESSIONS

    def _reason(self, size: OutputSize) -> str:
        if size == "full":
            return self.state() if not self.missing else f"{self.state()}, whole history"
        unreached = self.missing[:-COMPACT_SESSIONS]
        if not unreached:
            return self.state()
        gap = str(unreached[0]) if len(unreached) == 1 else f"{unreached[0]} to {unreached[-1]}"
        return f"{self.state()}; compact reaches {COMPACT_SESSIONS}, so {gap} stays open until the whole history is read"


def _want(symbol: str, held: SymbolCoverage | None, due: date, exchange: str) -> _Want:
    missing: tuple[date, ...] = ()
    if held is not None and held.last_session < due:
        missing = tuple(session for session in sessions_between(held.last_session, due, exchange) if session > held.last_session)
    return _Want(symbol, held, due, missing)


def _staleness(held: SymbolCoverage | None) -> date:
    return held.last_session if held is not None else date.min


def _leave_out(want: _Want, calls_left: int | None, resets_at: datetime | None) -> NotAsked:
    when = f"after {resets_at:%Y-%m-%d %H:%M} UTC" if resets_at else "when the day has ended"
    return NotAsked(
        symbol=want.symbol,
        reason=f"{want.state()}; {_budget_words(max(0, calls_left or 0))}",
        next_step=f"The first run {when}, when the budget resets, asks for it.",
    )


def _budget_words(calls_left: int) -> str:
    if calls_left == 0:
        return "no call is left today"
    return "the one call left today goes to another symbol" if calls_left == 1 else f"the {calls_left} calls left today go to other symbols"
