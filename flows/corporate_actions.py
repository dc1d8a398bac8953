"""The flow ``corporate_actions``: splits, dividends and the source's adjusted series; events re-adjust what they touch."""

from prefect import State, flow

from flows.parameters import AsOf, Symbols, WatchlistPlace
from tasks.extract import extract
from tasks.kinds import CORPORATE_ACTIONS, bring_in_kinds, held_back, pass_gates
from tasks.orchestration.run import open_run
from tasks.orchestration.run_name import name_run
from tasks.publish import end_state
from tasks.quarantine import keep_quarantine
from tasks.reference_plan import plan_events
from tasks.reference_publish import publish_reference
from tasks.results.run_results import end_if_nothing_landed, end_if_nothing_to_ask, tell
from tasks.summary import RunSummary


@flow(name="corporate_actions", flow_run_name="corporate actions")
def corporate_actions(
    symbols: Symbols = None,
    watchlist: WatchlistPlace = None,
    as_of: AsOf = None,
) -> State[RunSummary]:
    """Loads the events of every symbol, once a day, and the source's adjusted series where the key may ask for it.

    A new event re-adjusts its symbol's series and touches no raw bar. A manual run starts at once; by itself it runs on Thursday evenings.
    """
    run = open_run("corporate_actions", as_of)
    with tell(run) as story:
        story.planned = plan_events(run, symbols, watchlist)
        name_run(run, story.planned)
        end_if_nothing_to_ask(story.planned)
        story.extraction = extract(run, story.planned)
        end_if_nothing_landed(story.extraction)
        bring_in_kinds(run, story, CORPORATE_ACTIONS)
        story.quarantine = keep_quarantine(run, held_back(story))
        pass_gates(story)
    return end_state(publish_reference(run, story))
