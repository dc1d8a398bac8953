"""``tickerhouse corporate-actions``, ``listings`` and ``rebuild``: the other flows, run once where the settings say."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from flows.command_line.run import RunNotBegun, _keep, _say, _show_progress, _title
from flows.command_line.surroundings import find_surroundings, ready
from tasks.as_of import read_as_of
from tasks.errors import TickerhouseError
from tasks.planning.watchlist import check_symbols
from tasks.summary.run_summary import RunSummary
from tasks.summary.text import render_headline


def run_reference(name: Literal["corporate_actions", "listings"], symbols: str, as_of: str, replay: Path | None) -> int:
    """Runs one of the flows beside the daily prices, and prints how it went.

    Returns:
        The exit status.

    Raises:
        WrongUsage: a word of the command or a setting cannot be; nothing was started.
        TickerhouseError: the run could not begin.
    """
    names = list(check_symbols(symbols.split(","))) if symbols else None
    moment = read_as_of(as_of, datetime.now(UTC)) if as_of else None

    def start() -> Any:
        from flows.corporate_actions import corporate_actions
        from flows.listings import listings

        flow = corporate_actions if name == "corporate_actions" else listings
        return flow(symbols=names, as_of=moment, return_state=True)

    return _run(start, as_of, moment, replay)


def _run(start: Callable[[], Any], as_of: str, moment: datetime | None, replay: Path | None) -> int:
    begun = time.monotonic()
    around = find_surroundings(replay)
    print(_title(around, as_of), flush=True)
    _show_progress()
    with ready(around, for_run=True, as_of=moment) as around:
        _say("stack", f"ready after {time.monotonic() - begun:.1f} s")
        from prefect.events.worker import EventsWorker
        from prefect.logging.handlers import APILogHandler

        try:
            state = start()
        finally:
            APILogHandler().flush()
            EventsWorker.drain_all()
        summary = state.result(raise_on_failure=False)
        if isinstance(summary, TickerhouseError):
            raise summary
        if not isinstance(summary, RunSummary):
            raise RunNotBegun(f"The run ended as {state.name}: {state.message}", "See the run in the Prefect UI.") from None
        _keep(summary, around.settings.home)
        rows = summary.rows
        print(f"\n{render_headline(summary)}", flush=True)
        _say("rows", f"{rows.parsed:,} parsed · {rows.quarantined:,} quarantined · {rows.new:,} new · {rows.changed:,} changed")
        for warning in summary.warnings:
            _say("warning", warning)
        if summary.error:
            _say("error", f"{summary.error.fact} {summary.error.way_out}")
    return summary.exit_code
