"""The flow ``listings``: loads which security is listed under which symbol into the symbol dimension."""

from typing import Annotated

from prefect import State, flow

from flows.parameters import AsOf, Symbol, WatchlistPlace, parameter
from flows.pipeline import run_planned
from tasks.orchestration.planning_inputs import Selection
from tasks.orchestration.run import start_run
from tasks.publish import end_state
from tasks.summary import RunSummary


@flow(name="listings", flow_run_name="listings")
def listings(
    symbols: Annotated[
        list[Symbol] | None,
        parameter("Symbols", "Symbols whose sector and industry are read; empty means the whole watchlist.", ["AAPL"], max_length=5000),
    ] = None,
    watchlist: WatchlistPlace = None,
    as_of: AsOf = None,
) -> State[RunSummary]:
    """Loads the list of all symbols, once a day, with sector and industry of those that are watched; every change is a version.

    A manual run starts at once; by itself it runs on Monday evenings.
    """
    return end_state(run_planned(start_run("listings", as_of), Selection(symbols, watchlist)))
