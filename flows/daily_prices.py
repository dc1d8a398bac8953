"""The flow ``daily_prices``: from the watchlist to the warehouse, once a trading day."""

from typing import Annotated, Literal

from prefect import State, flow

from flows.parameters import AsOf, Exchange, Symbols, WatchlistPlace, parameter
from flows.pipeline import run_planned
from tasks.orchestration.planning_inputs import Selection
from tasks.orchestration.run import start_run
from tasks.publish import end_state
from tasks.summary import RunSummary


@flow(name="daily_prices", flow_run_name="daily prices")
def daily_prices(
    symbols: Symbols = None,
    watchlist: WatchlistPlace = None,
    as_of: AsOf = None,
    output_size: Annotated[
        Literal["compact", "full"] | None,
        parameter(
            "Output size",
            "compact: the latest 100 sessions; full: the whole history (a premium plan); empty means what each symbol lacks.",
            "full",
        ),
    ] = None,
    exchange: Exchange = None,
) -> State[RunSummary]:
    """Loads the daily prices that are due, and the splits and dividends of symbols whose price jumped.

    A manual run starts at once; by itself it runs from Monday to Friday in the evening. Where nothing is due it ends as UpToDate
    without a call.
    """
    return end_state(run_planned(start_run("daily_prices", as_of), Selection(symbols, watchlist, output_size, exchange)))
