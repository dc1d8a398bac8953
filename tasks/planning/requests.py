"""Calls that somebody wants, put in order and cut to the budget: the plan of every flow but the daily one.

The order: what explains a move first, then the stalest; of equally stale ones prices before events, and the cheap before the dear. Calls
that the key may turn out not to be allowed come last, because nothing waits for them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tasks.records import Call, Plan, SkippedCall


@dataclass(frozen=True)
class CallRequest:
    """A call that is due.

    Attributes:
        call: what is asked, with its reason.
        read_on: how fresh what is held is; the oldest of all dates where nothing is.
        is_of_prices: whether it brings prices, and no events or names.
        is_urgent: whether a move waits for it.
        is_probe: whether nobody knows if the key may ask it.
    """

    call: Call
    read_on: date = date.min
    is_of_prices: bool = False
    is_urgent: bool = False
    is_probe: bool = False

    @property
    def rank(self) -> tuple[bool, bool, date, bool, bool]:
        """The smaller, the earlier."""
        is_dear = self.call.options.get("outputsize") == "full"
        return (self.is_probe, not self.is_urgent, self.read_on, not self.is_of_prices, is_dear)


def fit(
    wants: Sequence[CallRequest],
    symbols: Collection[str],
    calls_left: int | None,
    resets_at: datetime,
    due_session: Mapping[str, date] | None = None,
) -> Plan:
    """Puts wants in order and cuts them to what is left of the day.

    Args:
        wants: what is due.
        symbols: all symbols the flow is about; those without a want are held.
        calls_left: calls the day has left for this flow, or None where it has no limit.
        resets_at: when that resets, UTC.
        due_session: the newest final session, per symbol, where bars are among the wants.

    Returns:
        The plan. Every call that does not fit is left out with a reason of its own; a probe is not, because nothing is known to be
        missing where it is not sent.
    """
    ordered = sorted(wants, key=lambda want: want.rank)
    affordable = len(ordered) if calls_left is None else max(0, calls_left)
    wanted = {want.call.symbol for want in wants}
    return Plan(
        calls=tuple(want.call for want in ordered[:affordable]),
        held=tuple(symbol for symbol in symbols if symbol not in wanted),
        left_out=tuple(_leave_out(want.call, affordable, resets_at) for want in ordered[affordable:] if not want.is_probe),
        due_session=due_session or {},
        budget_left=calls_left,
    )


def _leave_out(call: Call, affordable: int, resets_at: datetime) -> SkippedCall:
    budget = "no call is left for it today" if affordable == 0 else f"the day's calls do not reach ({affordable} left)"
    return SkippedCall(
        symbol=call.symbol,
        reason=f"{call.function} ({call.reason}); {budget}",
        next_step=f"The first run after {resets_at:%Y-%m-%d %H:%M} UTC, when the budget resets, asks for it.",
    )
