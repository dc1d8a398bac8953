"""The flow ``daily_prices``: from the watchlist to the warehouse, once a trading day."""

from datetime import datetime
from typing import Annotated, Literal

from prefect import State, flow
from pydantic import Field

from tasks.curate import curate_bars
from tasks.extract import extract
from tasks.load import load_manifest
from tasks.parse import parse
from tasks.plan import plan_calls
from tasks.publish import end_state, publish
from tasks.run import open_run
from tasks.story import end_if_nothing_landed, end_if_nothing_to_ask, tell
from tasks.summary import RunSummary
from tasks.validate import judge, pass_gate


@flow(name="daily_prices")
def daily_prices(
    symbols: Annotated[
        list[str] | None, Field(title="Symbols", description="In place of the watchlist.", examples=[["AAPL", "BRK-B"]])
    ] = None,
    watchlist: Annotated[str | None, Field(title="Watchlist", description="A file or s3:// address in place of the usual one.")] = None,
    as_of: Annotated[datetime | None, Field(title="As of", description="The moment the run speaks for; empty means now.")] = None,
    output_size: Annotated[
        Literal["compact", "full"] | None,
        Field(title="Output size", description="The latest 100 sessions or the whole history; empty lets the plan decide."),
    ] = None,
) -> State[RunSummary]:
    """Takes the daily prices that are due from Alpha Vantage to Redshift, once each, losing nothing on the way.

    A manual run starts at once; a run for which everything is held ends as UpToDate without a call.
    """
    run = open_run("daily_prices", as_of)
    with tell(run) as story:
        story.planned = plan_calls(run, symbols, watchlist, output_size)
        end_if_nothing_to_ask(story.planned)
        story.extraction = extract(run, story.planned)
        end_if_nothing_landed(story.extraction)
        story.parsing = parse(run, story.extraction.observations)
        story.judgement = judge(run, story.parsing, story.extraction)
        pass_gate(story.judgement)
        story.curation = curate_bars(run, story.judgement.verdict)
        story.loaded = load_manifest(run, story.curation.manifest)
    return end_state(publish(run, story))
