"""Which calls fill a range of sessions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

from tasks.planning.bar_requests import COMPACT_SESSIONS
from tasks.planning.capabilities import capability_name, is_known_allowed
from tasks.planning.coverage import missing_sessions
from tasks.planning.inputs import PlanningInputs
from tasks.planning.requests import CallRequest
from tasks.records import Call, OutputSize, SessionRange
from tasks.sessions import sessions_between

FIRST_SESSION: Final = date(1999, 11, 1)
"""Where the histories of the API begin (https://www.alphavantage.co/documentation/#daily)."""

_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Backfill:
    """What a backfill wants.

    Attributes:
        first: the first session.
        last: the last one; None for the latest final session of each symbol's exchange.
        requested_at: when a backfill requested each symbol last; of those that lack sessions, the one requested least recently comes first.
    """

    first: date
    last: date | None = None
    requested_at: Mapping[str, datetime] = field(default_factory=dict)


def range_requests(inputs: PlanningInputs, function: str, dataset: str, wanted: Backfill) -> Iterator[CallRequest]:
    """The call for every symbol that lacks a session of a range, holes included; the smallest answer that holds them is requested.

    Args:
        inputs: what the plan follows from.
        function: the API function of the bars.
        dataset: the name of their coverage.
        wanted: the range, and whose turn it is.

    Yields:
        One request a symbol, the one requested least recently first. None for a whole history that the key is known to be refused.
    """
    may_be_whole = is_known_allowed(inputs.capabilities, capability_name(function, "full"), inputs.now)
    lacking = missing_ranges(inputs, dataset, wanted)
    for symbol in sorted(lacking, key=lambda symbol: wanted.requested_at.get(symbol, _NEVER)):
        first, last = lacking[symbol]
        reach = len(sessions_between(first, inputs.due[symbol], inputs.clock.exchange_of(symbol)))
        size: OutputSize = "compact" if reach <= COMPACT_SESSIONS else "full"
        if size == "full" and may_be_whole is False:
            continue
        yield CallRequest(Call(function, symbol, {"outputsize": size}, f"backfill: {first} to {last} is missing"), is_of_prices=True)


def missing_ranges(inputs: PlanningInputs, dataset: str, wanted: Backfill) -> dict[str, SessionRange]:
    """By symbol, the range that spans the sessions it lacks and that the API may have; symbols that lack none are absent."""
    coverage = inputs.coverage(dataset)
    found: dict[str, SessionRange] = {}
    for symbol in inputs.symbols:
        held, exchange = coverage.get(symbol), inputs.clock.exchange_of(symbol)
        whole_at = held.full_history_at if held else None
        answered_until = inputs.clock.newest_final(exchange, whole_at) if whole_at else None
        last = min(wanted.last or inputs.due[symbol], inputs.due[symbol])
        first = max(wanted.first, FIRST_SESSION, inputs.since.get(symbol, FIRST_SESSION))
        missing = list(missing_sessions(held, first, last, answered_until, exchange))
        if missing:
            found[symbol] = (missing[0], missing[-1])
    return found
