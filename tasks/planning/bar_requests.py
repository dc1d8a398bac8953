"""Requests for daily bars that are due, and how many bars each should return; every call carries its reason as text."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from tasks.planning.capabilities import capability_name, is_known_allowed
from tasks.planning.coverage import joined
from tasks.planning.inputs import PlanningInputs
from tasks.planning.requests import CallRequest
from tasks.records import Call, OutputSize, SymbolCoverage
from tasks.sessions import sessions_between
from tasks.wording import counted

COMPACT_SESSIONS: Final = 100
"""How many sessions ``outputsize=compact`` reaches back (https://www.alphavantage.co/documentation/#daily)."""

TRAILING_SESSIONS: Final = 5
"""How many sessions that are held are read again at least, because the API restates bars after the fact."""


def bar_requests(inputs: PlanningInputs, function: str, dataset: str) -> Iterator[CallRequest]:
    """The call for every symbol that lacks its due session, or whose whole history is due.

    Args:
        inputs: what the plan follows from.
        function: the API function of the bars.
        dataset: the name of their coverage.

    Yields:
        One request a symbol. What is held up to its due session is not requested, unless its whole history is due as well.
    """
    for state in _states(inputs, function, dataset):
        if not state.is_held:
            yield CallRequest(
                Call(function, state.symbol, {"outputsize": state.size}, state.reason()),
                state.held.last_session if state.held else date.min,
                is_of_prices=True,
            )


def open_gaps(inputs: PlanningInputs, function: str, dataset: str) -> dict[str, tuple[date, date]]:
    """Per symbol, the oldest and the newest missing session that no compact answer reaches; those missed earlier included."""
    return {state.symbol: state.gap for state in _states(inputs, function, dataset) if state.gap}


def sessions_after(held: date, due: date, exchange: str) -> list[date]:
    """The sessions of an exchange after ``held``, up to and including ``due``."""
    return [session for session in sessions_between(held, due, exchange) if session > held] if held < due else []


@dataclass(frozen=True)
class _Rules:
    """How much is asked for."""

    output_size: OutputSize | None
    full_history: bool
    full_history_since: datetime | None


@dataclass(frozen=True)
class _SymbolState:
    """One symbol, what is held of it, and the sessions that are missing.

    ``since`` is the first session wanted of it, ``reach`` how many sessions there are from that to the due one; None where all are wanted.
    """

    symbol: str
    held: SymbolCoverage | None
    missing: tuple[date, ...]
    rules: _Rules
    since: date = date.min
    reach: int | None = None

    @property
    def is_held(self) -> bool:
        """Whether nothing has to be requested."""
        if self.held is None or self.missing:
            return False
        if self.rules.output_size == "full":
            return self.held.full_history_at is not None
        return not self._is_whole_history_due

    @property
    def size(self) -> OutputSize:
        """How much is requested."""
        if self.rules.output_size is not None:
            return self.rules.output_size
        is_wanted = self.rules.full_history and (not self._is_compact_enough or self._is_whole_history_due)
        return "full" if is_wanted else "compact"

    @property
    def gap(self) -> tuple[date, date] | None:
        """The missing sessions that a compact answer does not reach, those missed earlier included."""
        unreached = [session for session in self.missing[:-COMPACT_SESSIONS] if session >= self.since]
        return joined(self._held_gap, (unreached[0], unreached[-1]) if unreached else None)

    @property
    def _held_gap(self) -> tuple[date, date] | None:
        return joined(*((max(first, self.since), last) for first, last in self.held.gaps if last >= self.since)) if self.held else None

    @property
    def _is_compact_enough(self) -> bool:
        if self.reach is not None and self.reach <= COMPACT_SESSIONS - TRAILING_SESSIONS:
            return True
        return self.held is not None and self._held_gap is None and len(self.missing) <= COMPACT_SESSIONS - TRAILING_SESSIONS

    @property
    def _is_whole_history_due(self) -> bool:
        since = self.rules.full_history_since
        if self.rules.output_size is not None or not self.rules.full_history or since is None or self.held is None:
            return False
        if self.reach is not None and self.reach <= COMPACT_SESSIONS - TRAILING_SESSIONS:
            return False
        return self.held.full_history_at is None or self.held.full_history_at < since

    def reason(self) -> str:
        """Why it is requested, in words."""
        if self.size == "full":
            return self._state() if not self.missing else f"{self._state()}, whole history"
        if self.gap is None:
            return self._state()
        first, last = self.gap
        which = str(first) if first == last else f"{first} to {last}"
        return f"{self._state()}; compact reaches {COMPACT_SESSIONS}, so {which} stays open until the whole history is read"

    def _state(self) -> str:
        if self.held is None:
            return "never seen"
        if not self.missing:
            return "whole history never read" if self.held.full_history_at is None else "whole history read long ago"
        return f"{counted(len(self.missing), 'session')} behind"


def _states(inputs: PlanningInputs, function: str, dataset: str) -> Iterator[_SymbolState]:
    rules, coverage = _rules(inputs, function), inputs.coverage(dataset)
    for symbol in inputs.symbols:
        held = coverage.get(symbol)
        missing = sessions_after(held.last_session, inputs.due[symbol], inputs.clock.exchange_of(symbol)) if held else ()
        since = inputs.since.get(symbol)
        reach = len(sessions_between(since, inputs.due[symbol], inputs.clock.exchange_of(symbol))) if since else None
        yield _SymbolState(symbol, held, tuple(missing), rules, since or date.min, reach)


def _rules(inputs: PlanningInputs, function: str) -> _Rules:
    may_request_full = is_known_allowed(inputs.capabilities, capability_name(function, "full"), inputs.now)
    is_wanted = inputs.output_size is None and inputs.wants_full_history
    full_history = is_wanted and (inputs.has_full_history if may_request_full is None else may_request_full)
    since = inputs.now - inputs.full_history_every if inputs.full_history_every else None
    return _Rules(inputs.output_size, full_history, since)
