"""The flow ``corporate_actions``: dividends and splits from Alpha Vantage to the warehouse, where they re-adjust what they touch."""

from datetime import datetime
from typing import Annotated

from prefect import State, flow

from flows.form import asked
from tasks.extract import extract
from tasks.publish import end_state
from tasks.reference import KINDS, Brought, bring_in
from tasks.reference_plan import plan_events
from tasks.reference_publish import publish_reference
from tasks.run import open_run
from tasks.story import end_if_nothing_landed, end_if_nothing_to_ask, tell
from tasks.summary import RunSummary


@flow(name="corporate_actions", flow_run_name="corporate actions")
def corporate_actions(
    symbols: Annotated[
        list[str] | None, asked("Symbols", "In place of the watchlist; empty means all of it.", ["AAPL", "BRK-B"], max_length=5000)
    ] = None,
    watchlist: Annotated[
        str | None, asked("Watchlist", "A file or s3:// address in place of the usual one.", "s3://my-bucket/config/watchlist.yaml")
    ] = None,
    as_of: Annotated[datetime | None, asked("As of", "The moment the run speaks for; empty means now.", "2026-11-20T02:00:00Z")] = None,
) -> State[RunSummary]:
    """Loads the events of every symbol, once a day; a new one re-adjusts its symbol's series and touches no raw bar.

    A manual run starts at once; by itself it runs on Thursday evenings.
    """
    run = open_run("corporate_actions", as_of)
    brought: list[Brought] = []
    with tell(run) as story:
        story.planned = plan_events(run, symbols, watchlist)
        end_if_nothing_to_ask(story.planned)
        story.extraction = extract(run, story.planned)
        end_if_nothing_landed(story.extraction)
        brought.append(bring_in(run, KINDS["splits"], story.extraction.observations))
        brought.append(bring_in(run, KINDS["dividends"], story.extraction.observations))
    return end_state(publish_reference(run, story, brought))
