"""Requests for splits and dividends that are due."""

from collections.abc import Iterator

from tasks.planning.inputs import PlanningInputs
from tasks.planning.price_jumps import was_read_after
from tasks.planning.requests import CallRequest, how_old, is_of_the_day, read_on
from tasks.records import Call


def event_requests(inputs: PlanningInputs, function: str, dataset: str) -> Iterator[CallRequest]:
    """One call a symbol and day; at once, and before everything else, where a price jump waits for it and not for the other events alone.

    Args:
        inputs: what the plan follows from.
        function: the API function of the events.
        dataset: the name of their coverage.
    """
    coverage = inputs.coverage(dataset)
    for symbol in inputs.symbols:
        held, jump = coverage.get(symbol), inputs.price_jumps.get(symbol)
        if jump is not None and not was_read_after(held, jump):
            yield CallRequest(Call(function, symbol, reason=jump.words), read_on(held), is_urgent=True)
        elif not is_of_the_day(held, inputs.as_of):
            yield CallRequest(Call(function, symbol, reason=how_old(held, inputs.as_of)), read_on(held))
