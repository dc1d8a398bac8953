"""The flow ``corporate_actions``: splits, dividends and the source's adjusted series; events re-adjust what they touch."""

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
    """Loads the events of every symbol, once a day, and the source's adjusted series where the key may ask for it.

    A new event re-adjusts its symbol's series and touches no raw bar. A manual run starts at once; by itself it runs on Thursday evenings.
    """
    return end_state(run_planned(start_run("corporate_actions", as_of), Selection(symbols, watchlist, exchange=exchange)))
