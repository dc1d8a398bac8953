"""``tickerhouse report``: draws the report of a run from what it left in the lake, and opens it."""

import sys
import webbrowser
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from flows.command_line.environment import read_environment, ready, shown
from flows.command_line.open import RunUnknown, fetch_pages
from flows.command_line.progress import waiting
from tasks.errors import WrongUsage
from tasks.lake import keys
from tasks.lake.errors import ObjectMissing
from tasks.lake.json_documents import parse_model
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.clients import Clients
from tasks.planning.watchlist import named_symbols
from tasks.records import Status
from tasks.results.report import SINCE, facts_of_lake, write_report
from tasks.summary import RunSummary
from tasks.summary.report_facts import remarkable
from tasks.warehouse.report import what_happened

_MOST: Final = 20
_SUMMARY: Final = TypeAdapter(RunSummary)


def draw_report(run_id: str, symbols: str | None, replay: Path | None, *, with_warehouse: bool, browser: bool) -> None:
    """Draws the page of a run anew, says where it is, and opens it.

    Args:
        run_id: a run, or ``last``.
        symbols: comma-separated, whose prices are drawn; None for the most remarkable ones.
        replay: a folder of recorded answers, or None.
        with_warehouse: whether splits, dividends and restatements are read from a warehouse that this wakes; the embedded one is awake.
        browser: whether to open the page.

    Raises:
        RunUnknown: there is no such run.
        WrongUsage: too many symbols, or an invalid one.
        TickerhouseError: lake or warehouse cannot be read.
    """
    named = named_symbols(symbols) or []
    if len(named) > _MOST:
        raise WrongUsage(f"{len(named)} symbols are more than one report draws.", f"Name at most {_MOST}.")
    with waiting("report", "reading the lake and drawing the page"), ready(read_environment(replay)) as context:
        clients = Clients(context.settings)
        summary = _summary(clients.lake, run_id)
        chosen = named or remarkable(summary, ())
        since = (summary.last_session or summary.as_of.date()) - SINCE
        happened = what_happened(clients.warehouse, chosen, since) if (with_warehouse or context.stack) and chosen else ()
        facts = facts_of_lake(clients.lake, summary, named, happened)
        address = write_report(clients.lake, facts)
        if context.stack:
            page = context.stack.local_path(address)
        else:
            page = fetch_pages(clients.lake, context.settings.home, keys.report_key(summary.run_id), [summary.run_id])
    drawn = {series.symbol for series in facts.series}
    if undrawn := [symbol for symbol in named if symbol not in drawn]:
        print(f"No prices of {', '.join(undrawn)} are held.", file=sys.stderr)
    print(shown(page))
    if browser and not webbrowser.open(page.resolve().as_uri()):
        print("No browser was found here; open the file yourself.")


def _summary(lake: LakeStore, run_id: str) -> RunSummary:
    if run_id == "last":
        listed = state.verdicts().read(lake)
        if not listed:
            raise RunUnknown("No run yet.", "Run `tickerhouse run` first.")
        # A run that was up to date has nothing to draw.
        run_id = next((entry.run_id for entry in listed if entry.status != Status.UP_TO_DATE), listed[0].run_id)
    key = keys.run_key(run_id)
    way_out = "Restore an earlier version of the object; `tickerhouse open runs` lists other runs."
    try:
        return parse_model(lake.get(key), _SUMMARY, lake.uri(key), "summary of a run", way_out)
    except ObjectMissing:
        raise RunUnknown(f"No run {run_id} is known.", "`tickerhouse open runs` lists the latest ones.") from None
