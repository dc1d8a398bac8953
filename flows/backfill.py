"""The flow ``backfill``: symbols over a range of sessions, by the same pipeline as the daily run."""

from datetime import date
from typing import Annotated

from prefect import State, flow

from flows.parameters import AsOf, Symbols, WatchlistPlace, parameter
from flows.pipeline import run_pipeline
from tasks.datasets import DAILY_PRICES
from tasks.orchestration.backfill_plan import SessionBounds
from tasks.orchestration.planning_inputs import Selection
from tasks.orchestration.run import start_run
from tasks.plan import plan_backfill
from tasks.publish import end_state
from tasks.summary import RunSummary


@flow(name="backfill", flow_run_name="backfill")
def backfill(
    symbols: Symbols = None,
    watchlist: WatchlistPlace = None,
    from_session: Annotated[
        date | None, parameter("From", "The first session wanted; empty means TICKERHOUSE_BACKFILL, or 1999-11-01.", "2020-01-02")
    ] = None,
    to_session: Annotated[
        date | None, parameter("To", "The last session wanted; empty means the latest final session.", "2024-12-31")
    ] = None,
    as_of: AsOf = None,
) -> State[RunSummary]:
    """Loads the history of symbols, by the daily run's own steps and out of its own share of the day's calls.

    A manual run starts at once, or when the run before it has ended. A symbol that lacks no session of the range is not requested; of the
    others, the one requested least recently comes first. Where nothing is missing it ends as UpToDate without a call.
    """
    run, bounds = start_run("backfill", as_of), SessionBounds(from_session, to_session)
    return end_state(run_pipeline(run, lambda: plan_backfill(run, Selection(symbols, watchlist), bounds), (DAILY_PRICES,)))
