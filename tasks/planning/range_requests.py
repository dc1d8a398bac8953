"""Which calls fill a range of sessions."""

from collections.abc import Iterator
from datetime import date

from tasks.planning.bar_requests import COMPACT_SESSIONS
from tasks.planning.inputs import PlanningInputs
from tasks.planning.requests import CallRequest
from tasks.records import Call, OutputSize
from tasks.sessions import sessions_between


def range_requests(inputs: PlanningInputs, function: str, dataset: str, first: date, last: date) -> Iterator[CallRequest]:
    """The call for every symbol whose coverage does not span a range.

    Args:
        inputs: what the plan follows from.
        function: the API function of the bars.
        dataset: the name of their coverage.
        first: the first session wanted.
        last: the last one.
    """
    coverage = inputs.coverage(dataset)
    reach = len(sessions_between(first, inputs.clock.newest_final()))
    size: OutputSize = "compact" if reach <= COMPACT_SESSIONS else "full"
    for symbol in inputs.symbols:
        held = coverage.get(symbol)
        if held is None or held.first_session > first or held.last_session < last:
            yield CallRequest(Call(function, symbol, {"outputsize": size}, f"backfill from {first} to {last}"), is_of_prices=True)
