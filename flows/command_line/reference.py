"""``tickerhouse corporate-actions``, ``listings`` and ``quotes``: the other flows, run once where the settings say."""

import importlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from flows.command_line.environment import read_environment, ready
from flows.command_line.run import RunNotBegun, _colored, _keep, _say, _show_progress, _title
from tasks.errors import TickerhouseError
from tasks.orchestration.as_of import read_as_of
from tasks.planning.watchlist import check_symbols
from tasks.summary.run_summary import RunSummary
from tasks.summary.text import render_text

Name = Literal["corporate_actions", "listings", "quotes"]


def run_reference(name: Name, symbols: str, as_of: str, replay: Path | None) -> int:
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
        return getattr(importlib.import_module(f"flows.{name}"), name)(symbols=names, as_of=moment, return_state=True)

    return _run(start, as_of, moment, replay)


def _run(start: Callable[[], Any], as_of: str, moment: datetime | None, replay: Path | None) -> int:
    begun = time.monotonic()
    around = read_environment(replay)
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
        print("", render_text(summary, around.place, _colored), sep="\n" if summary.symbols else "", flush=True)
    return summary.exit_code
