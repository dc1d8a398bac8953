"""The flow ``corporate_actions``: splits, dividends and the source's adjusted series."""

from prefect import State, flow

from flows.parameters import AsOf, Exchange, Symbols, WatchlistPlace
from flows.pipeline import run_planned
from tasks.orchestration.planning_inputs import Selection
from tasks.orchestration.run import start_run
from tasks.publish import end_state
from tasks.summary import RunSummary


@flow(name="corporate_actions", flow_run_name="corporate actions")
def corporate_actions(
    symbols: Symbols = None,
    watchlist: WatchlistPlace = None,
    as_of: AsOf = None,
    exchange: Exchange = None,
) -> State[RunSummary]:
    """Loads splits and dividends of every symbol, once a day at most, and the source's adjusted series where the key's plan includes it.

    A new split or dividend adjusts the series of its symbol again; raw bars stay as they are. A manual run starts at once; by
    itself it runs on Thursday evenings.
    """
    return end_state(run_planned(start_run("corporate_actions", as_of), Selection(symbols, watchlist, exchange=exchange)))
