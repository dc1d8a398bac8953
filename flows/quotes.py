"""The flow ``quotes``: the latest price of every symbol, whenever it runs."""

from prefect import State, flow

from flows.parameters import AsOf, Exchange, Symbols, WatchlistPlace
from flows.pipeline import run_planned
from tasks.orchestration.planning_inputs import Selection
from tasks.orchestration.run import start_run
from tasks.publish import end_state
from tasks.summary import RunSummary


@flow(name="quotes", flow_run_name="quotes")
def quotes(
    symbols: Symbols = None,
    watchlist: WatchlistPlace = None,
    as_of: AsOf = None,
    exchange: Exchange = None,
) -> State[RunSummary]:
    """Loads the latest quote of every symbol whenever it runs, with a fifth of the day's calls at most; quotes never become bars.

    A manual run starts at once; by itself it runs only where TICKERHOUSE_QUOTES says hourly, while New York trades.
    """
    return end_state(run_planned(start_run("quotes", as_of), Selection(symbols, watchlist, exchange=exchange)))
