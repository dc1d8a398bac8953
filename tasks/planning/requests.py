"""Orders the requested calls and cuts them to what is left of the day's budget.

The order: what explains a price jump first, then the stalest; of equally stale ones prices before events, and compact answers before
whole histories. Calls that the key may turn out not to be allowed come last, because nothing waits for them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tasks.records import Call, SkippedCall, SymbolCoverage
from tasks.wording import agreeing, counted


@dataclass(frozen=True)
class CallRequest:
    """A call that is due.

    Attributes:
        call: what is requested, with its reason.
        read_on: how fresh what is held is; the oldest of all dates where nothing is.
        is_of_prices: whether it brings prices, and no events or names.
        is_urgent: whether something waits for it: a price jump, or rows that have no place without it.
        is_probe: whether it is unknown if the key's plan includes it.
    """

    call: Call
    read_on: date = date.min
    is_of_prices: bool = False
    is_urgent: bool = False
    is_probe: bool = False

    @property
    def rank(self) -> tuple[bool, bool, date, bool, bool]:
        """The smaller, the earlier."""
        is_whole_history = self.call.options.get("outputsize") == "full"
        return (self.is_probe, not self.is_urgent, self.read_on, not self.is_of_prices, is_whole_history)


def fit_to_budget(
    requests: Sequence[CallRequest], calls_left: int | None, resets_at: datetime, answered: Collection[tuple[str, str]] = ()
) -> tuple[tuple[Call, ...], tuple[SkippedCall, ...]]:
    """Puts requests in order and cuts them to what is left of the day.

    Args:
        requests: what is due.
        calls_left: calls the day has left for this flow, or None where it has no limit.
        resets_at: when that resets, UTC.
        answered: function and symbol of the calls that stored answers make unnecessary; they come first and cost nothing.

    Returns:
        The calls, first to be sent first, and those that do not fit, each with a reason of its own; a probe is not among them, because
        nothing is known to be missing where it is not sent.
    """
    free = tuple(request.call for request in requests if (request.call.function, request.call.symbol) in answered)
    paid = [request for request in requests if (request.call.function, request.call.symbol) not in answered]
    ordered = sorted(paid, key=lambda request: request.rank)
    affordable = len(ordered) if calls_left is None else max(0, calls_left)
    skipped = tuple(_skipped(request.call, affordable, resets_at) for request in ordered[affordable:] if not request.is_probe)
    return (*free, *(request.call for request in ordered[:affordable])), skipped


def is_of_the_day(coverage: SymbolCoverage | None, as_of: datetime) -> bool:
    """Whether what is held was read on the day of ``as_of``, or later."""
    return coverage is not None and coverage.observed_at.date() >= as_of.date()


def read_on(coverage: SymbolCoverage | None) -> date:
    """When what is held was read; the oldest of all dates where nothing is held."""
    return coverage.observed_at.date() if coverage else date.min


def how_old(coverage: SymbolCoverage | None, as_of: datetime) -> str:
    """The same in words, for the reason of a call."""
    if coverage is None:
        return "never read"
    days = (as_of.date() - coverage.observed_at.date()).days
    return f"read {counted(days, 'day')} ago" if days > 0 else "read already today"


def _skipped(call: Call, affordable: int, resets_at: datetime) -> SkippedCall:
    budget = {0: "no call is left today", 1: "the one call left today goes to another symbol"}.get(
        affordable, f"the {counted(affordable, 'call')} left today {agreeing(affordable, 'goes', 'go')} to others"
    )
    return SkippedCall(
        symbol=call.symbol,
        reason=f"{call.function} ({call.reason}): {budget}",
        next_step=f"The first run after {resets_at:%Y-%m-%d %H:%M} UTC, when the budget resets, requests it.",
    )
