"""The flow ``quotes``: the latest price of every symbol, as often as it is asked for."""

from prefect import State, flow

from flows.parameters import AsOf, Symbols, WatchlistPlace
from tasks.extract import extract
from tasks.kinds import QUOTED, bring_in_kinds, held_back, pass_gates
from tasks.orchestration.run import open_run
from tasks.orchestration.run_name import name_run
from tasks.publish import end_state
from tasks.quarantine import keep_quarantine
from tasks.reference_plan import plan_quotes
from tasks.reference_publish import publish_reference
from tasks.results.run_results import end_if_nothing_landed, end_if_nothing_to_ask, tell
from tasks.summary import RunSummary


@flow(name="quotes", flow_run_name="quotes")
def quotes(
    symbols: Symbols = None,
    watchlist: WatchlistPlace = None,
    as_of: AsOf = None,
) -> State[RunSummary]:
    """Loads the latest quote of every symbol, anew each time, out of a fifth of the day's calls at most; no source of bars.

    A manual run starts at once; by itself it runs only where TICKERHOUSE_QUOTES says hourly, while New York trades.
    """
    run = open_run("quotes", as_of)
    with tell(run) as story:
        story.planned = plan_quotes(run, symbols, watchlist)
        name_run(run, story.planned)
        end_if_nothing_to_ask(story.planned)
        story.extraction = extract(run, story.planned)
        end_if_nothing_landed(story.extraction)
        bring_in_kinds(run, story, QUOTED)
        story.quarantine = keep_quarantine(run, held_back(story))
        pass_gates(story)
    return end_state(publish_reference(run, story))
