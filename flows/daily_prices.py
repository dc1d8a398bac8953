"""The flow ``daily_prices``: from the watchlist to the warehouse, once a trading day."""

from collections.abc import Callable
from typing import Annotated, Literal

from prefect import State, flow

from flows.parameters import AsOf, Symbols, WatchlistPlace, asked
from tasks.curate import curate_bars
from tasks.extract import extract
from tasks.kinds import EVENTS, bring_in_kinds, held_back
from tasks.load import load_manifest
from tasks.orchestration.run import Run, open_run
from tasks.orchestration.run_name import name_run
from tasks.parse import parse
from tasks.plan import PlanResult, plan_calls
from tasks.publish import end_state, publish
from tasks.quality.prices import DAILY_PRICES
from tasks.quarantine import keep_quarantine
from tasks.reconcile import reconcile
from tasks.results.run_results import end_if_nothing_landed, end_if_nothing_to_ask, tell
from tasks.summary import RunSummary
from tasks.validate import judge, pass_gate


@flow(name="daily_prices", flow_run_name="daily prices")
def daily_prices(
    symbols: Symbols = None,
    watchlist: WatchlistPlace = None,
    as_of: AsOf = None,
    output_size: Annotated[
        Literal["compact", "full"] | None,
        asked("Output size", "The latest 100 sessions or the whole history (a premium plan); empty lets the plan decide."),
    ] = None,
) -> State[RunSummary]:
    """Takes the daily prices that are due from Alpha Vantage to Redshift, once each, losing nothing on the way.

    A manual run starts at once; a run for which everything is held ends as UpToDate without a call.
    """
    run = open_run("daily_prices", as_of)
    return end_state(bring_in(run, lambda: plan_calls(run, symbols, watchlist, output_size)))


def bring_in(run: Run, plan: Callable[[], PlanResult]) -> RunSummary:
    """The way of the data, for every flow that brings in bars.

    Args:
        run: the run.
        plan: its first step, which says what to ask.
    """
    with tell(run) as story:
        story.planned = plan()
        name_run(run, story.planned)
        end_if_nothing_to_ask(story.planned)
        story.extraction = extract(run, story.planned)
        end_if_nothing_landed(story.extraction)
        bring_in_kinds(run, story, EVENTS)
        story.parsing = parse(run, story.bars.observations)
        story.judgement = judge(run, story.planned, story.parsing, story.bars)
        story.quarantine = keep_quarantine(run, [(story.judgement.verdict, DAILY_PRICES), *held_back(story)])
        pass_gate(story.judgement)
        story.curation = curate_bars(run, story.judgement.verdict)
        story.layers = reconcile(run, story.parsing, story.judgement.verdict, story.curation)
        story.loaded = load_manifest(run, story.curation.manifest)
    return publish(run, story)
