"""The flow ``backfill``: named symbols over a range of sessions, by the same way as the daily run."""

from datetime import date
from typing import Annotated

from prefect import State, flow

from flows.daily_prices import bring_in
from flows.parameters import AsOf, asked
from tasks.backfill import plan_backfill
from tasks.orchestration.run import open_run
from tasks.publish import end_state
from tasks.summary import RunSummary


@flow(name="backfill", flow_run_name="backfill from {from_session}")
def backfill(
    symbols: Annotated[list[str], asked("Symbols", "What to fill.", ["AAPL", "BRK-B"], min_length=1, max_length=5000)],
    from_session: Annotated[date, asked("From", "The first session wanted; the API's history begins on 1999-11-01.", "2020-01-02")],
    to_session: Annotated[date | None, asked("To", "The last session wanted; empty means the newest that is final.", "2024-12-31")] = None,
    as_of: AsOf = None,
) -> State[RunSummary]:
    """Takes the history of named symbols to Redshift, by the daily run's own steps and out of its own share of the day's calls.

    A manual run starts at once, or when the run before it has ended; symbols that are held over the whole range are not asked for.
    """
    run = open_run("backfill", as_of)
    return end_state(bring_in(run, lambda: plan_backfill(run, symbols, from_session, to_session)))
