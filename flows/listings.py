"""The flow ``listings``: what is listed under which symbol, from Alpha Vantage to the symbol dimension."""

from typing import Annotated

from prefect import State, flow

from flows.parameters import AsOf, WatchlistPlace, asked
from tasks.extract import extract
from tasks.kinds import LISTED, bring_in_kinds, held_back, pass_gates
from tasks.orchestration.run import open_run
from tasks.orchestration.run_name import name_run
from tasks.publish import end_state
from tasks.quarantine import keep_quarantine
from tasks.reference_plan import plan_listings
from tasks.reference_publish import publish_reference
from tasks.results.run_results import end_if_nothing_landed, end_if_nothing_to_ask, tell
from tasks.summary import RunSummary


@flow(name="listings", flow_run_name="listings")
def listings(
    symbols: Annotated[
        list[str] | None,
        asked("Symbols", "Whose sector and industry are asked; empty means the watchlist's.", ["AAPL"], max_length=5000),
    ] = None,
    watchlist: WatchlistPlace = None,
    as_of: AsOf = None,
) -> State[RunSummary]:
    """Loads the list of all symbols, once a day, with sector and industry of those that are watched; every change is a version.

    A manual run starts at once; by itself it runs on Monday evenings.
    """
    run = open_run("listings", as_of)
    with tell(run) as story:
        story.planned = plan_listings(run, symbols, watchlist)
        name_run(run, story.planned)
        end_if_nothing_to_ask(story.planned)
        story.extraction = extract(run, story.planned)
        end_if_nothing_landed(story.extraction)
        bring_in_kinds(run, story, LISTED)
        story.quarantine = keep_quarantine(run, held_back(story))
        pass_gates(story)
    return end_state(publish_reference(run, story))
