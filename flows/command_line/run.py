"""``tickerhouse run``: the flow, where the settings say, with its progress and its summary on the screen."""

import logging
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from flows.command_line.environment import CommandEnvironment, read_environment, ready
from flows.command_line.shell_quoting import command
from tasks.errors import TickerhouseError
from tasks.orchestration.as_of import read_as_of
from tasks.orchestration.clients import open_lake
from tasks.orchestration.watchlist import find_watchlist
from tasks.planning.watchlist import check_symbols
from tasks.records import OutputSize, Status
from tasks.summary.run_summary import RunSummary
from tasks.summary.text import render_text

_COLORS: Final = {Status.COMPLETED: 32, Status.UP_TO_DATE: 32, Status.COMPLETED_WITH_WARNINGS: 33, Status.QUOTA_EXHAUSTED: 33}
_RED: Final = 31


class RunNotBegun(TickerhouseError):
    """The flow ended before it had a story to tell; Prefect's own words say why."""


def run_daily_prices(symbols: str, as_of: str, output_size: OutputSize | None, replay: Path | None) -> int:
    """Runs the flow once, prints how it went, and keeps its summary in ``last_run.json``.

    Args:
        symbols: comma-separated, in place of the watchlist; empty for the watchlist.
        as_of: an ISO 8601 instant; empty for now.
        output_size: what to ask for; None lets the plan decide.
        replay: a folder of recorded answers in place of the API.

    Returns:
        The exit status.

    Raises:
        WrongUsage: a word of the command or a setting cannot be; nothing was started.
        TickerhouseError: the run could not begin.
    """
    begun = time.monotonic()
    names = list(check_symbols(symbols.split(","))) if symbols else None
    moment = read_as_of(as_of, datetime.now(UTC)) if as_of else None
    around = read_environment(replay)
    print(_title(around, as_of), flush=True)
    _show_progress()
    with ready(around, for_run=True, as_of=moment) as around:
        open_lake(around.settings, around.settings.ingest_role).check()
        if names is None:
            find_watchlist(around.settings, "")
        _say("stack", f"ready after {time.monotonic() - begun:.1f} s")
        summary = _run_flow(names, moment, output_size)
        summary = summary.model_copy(update={"next_commands": _commands(summary, replay)})
        _keep(summary, around.settings.home)
        print("", render_text(summary, around.place, _colored), sep="\n" if summary.symbols else "", flush=True)
    return summary.exit_code


def _run_flow(symbols: list[str] | None, as_of: datetime | None, output_size: OutputSize | None) -> RunSummary:
    # Prefect reads its settings when it is imported, and those are known only now.
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogHandler

    from flows.daily_prices import daily_prices

    try:
        state = daily_prices(symbols=symbols, as_of=as_of, output_size=output_size, return_state=True)
    finally:
        # Logs and events are sent in the background, to a server that may be stopped right after this.
        APILogHandler().flush()
        EventsWorker.drain_all()
    summary = state.result(raise_on_failure=False)
    if isinstance(summary, TickerhouseError):
        raise summary
    if not isinstance(summary, RunSummary):
        raise RunNotBegun(f"The run ended as {state.name}: {state.message}", "See the run in the Prefect UI.") from None
    return summary


def _title(around: CommandEnvironment, as_of: str) -> str:
    words = around.source.words if around.source else "the real API"
    moment = f" · as of {as_of}" if as_of else ""
    return f"Tickerhouse {around.settings.environment} · source {around.settings.source} ({words}) · plan {around.settings.plan}{moment}"


def _commands(summary: RunSummary, replay: Path | None) -> tuple[str, ...]:
    """The next commands, as they can be typed from here."""
    source = ["--replay", str(replay)] if replay else []
    if summary.status is Status.UP_TO_DATE:
        return ()
    commands = (
        [] if summary.status is Status.GATE_CLOSED else [command("sql", "select * from market.latest_price order by symbol", *source)]
    )
    if summary.places.page:
        commands.append(command("open", summary.run_id))
    return (*commands, command("up"))


def _keep(summary: RunSummary, home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    draft = home / "last_run.json.draft"
    draft.write_text(summary.model_dump_json(indent=2) + "\n")
    draft.replace(home / "last_run.json")


def _show_progress() -> None:
    """Lets the steps' own log lines through to the screen; Prefect's go to its UI only."""
    os.environ.setdefault("PREFECT_LOGGING_EXTRA_LOGGERS", "tickerhouse")
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    # It reports even a slot that was not free at once, which is waited for, as an error of its own.
    os.environ.setdefault("PREFECT_INTERNAL_LOGGING_LEVEL", "CRITICAL")
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_StepFormatter())
    logger = logging.getLogger("tickerhouse")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)


class _StepFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        # One line a message: tracebacks are for the run's log.
        return f"  {record.name.rpartition('.')[2]:<11} {record.getMessage()}"


def _say(title: str, text: str) -> None:
    print(f"  {title:<11} {text}", flush=True)


def _colored(text: str, status: Status) -> str:
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        return text
    return f"\x1b[1;{_COLORS.get(status, _RED)}m{text}\x1b[0m"
