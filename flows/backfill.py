"""The flow ``backfill``: named symbols over a range of sessions, by the same pipeline as the daily run."""

from datetime import date
from typing import Annotated

from prefect import State, flow

from flows.parameters import AsOf, parameter
from flows.pipeline import run_pipeline
from tasks.datasets import DAILY_PRICES
from tasks.orchestration.run import start_run
from tasks.plan import plan_backfill
from tasks.publish import end_state
from tasks.summary import RunSummary


@flow(name="backfill", flow_run_name="backfill from {from_session}")
def backfill(
    symbols: Annotated[list[str], parameter("Symbols", "What to fill.", ["AAPL", "BRK-B"], min_length=1, max_length=5000)],
    from_session: Annotated[date, parameter("From", "The first session wanted; the API's history begins on 1999-11-01.", "2020-01-02")],
    to_session: Annotated[date | None, parameter("To", "The last session wanted; empty means the latest final one.", "2024-12-31")] = None,
    as_of: AsOf = None,
) -> State[RunSummary]:
    """Loads the history of named symbols, by the daily run's own steps and out of its own share of the day's calls.

    A manual run starts at once, or when the run before it has ended; symbols that are held over the whole range are not requested.
    """
    run = start_run("backfill", as_of)
    return end_state(run_pipeline(run, lambda: plan_backfill(run, symbols, from_session, to_session), (DAILY_PRICES,)))
