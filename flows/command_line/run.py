"""``tickerhouse run`` and the commands of the other flows: runs one flow and prints its progress and summary."""

import importlib
import logging
import os
import sys
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flows.command_line.progress import Progress, StepBegins, StepLines
from flows.command_line.shell_quoting import command
from tasks.errors import TickerhouseError, WrongUsage
from tasks.orchestration.as_of import read_as_of
from tasks.orchestration.step_log import show_beginnings
from tasks.planning.watchlist import named_symbols
from tasks.sessions import SessionClock

# Wrong usage is answered before anything that takes long to import is.
if TYPE_CHECKING:
    from flows.command_line.environment import CommandEnvironment
    from tasks.orchestration.clients import Clients
    from tasks.orchestration.planning_inputs import Selection
    from tasks.orchestration.settings import Settings
    from tasks.records import OutputSize, Status
    from tasks.summary.run_summary import RunSummary

_COLORS: Final = {"Completed": 32, "UpToDate": 32, "CompletedWithWarnings": 33, "QuotaExhausted": 33}
_RED: Final = 31


class DateUnfit(WrongUsage):
    """An invalid date on the command line."""


class RunNotBegun(TickerhouseError):
    """The flow ended before it had a summary; Prefect's own words say why."""


def session_range(first: str, last: str) -> dict[str, date | None]:
    """The range of a backfill, as the parameters of its flow.

    Raises:
        DateUnfit: one of them is no date.
    """
    return {"from_session": _date("--from", first), "to_session": _date("--to", last)}


def _date(option: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise DateUnfit(f"{option} {text!r} is not a date.", f"Write e.g. {option} 2020-01-02.") from None


def run_flow(  # noqa: PLR0913 - each option has its name at the call
    name: str,
    symbols: str | None,
    as_of: str,
    replay: Path | None,
    output_size: "OutputSize | None" = None,
    *,
    watchlist: str = "",
    exchange: str = "",
    more: Mapping[str, date | None] | None = None,
) -> int:
    """Runs a flow once, prints how it went, and keeps its summary in ``last_run.json``.

    Args:
        name: the flow, as ``flows.plans`` names it.
        symbols: comma-separated, in place of the watchlist; None for the watchlist.
        as_of: an ISO 8601 instant or a session's date; empty for now.
        replay: a folder of recorded answers in place of the API.
        output_size: how much of daily prices to request; None lets the plan decide.
        watchlist: a file or address in place of the watchlist that settings name; empty for that.
        more: further parameters of the flow.
        exchange: the symbols of this exchange alone; empty for all.

    Returns:
        The exit status.

    Raises:
        WrongUsage: an argument or a setting is invalid; nothing was started.
        TickerhouseError: the run could not begin, or not report its end.
    """
    begun = time.monotonic()
    names = named_symbols(symbols)
    from flows.command_line.environment import read_environment, ready
    from tasks.orchestration.settings import Settings

    moment = read_as_of(as_of, datetime.now(UTC), Settings.from_environment().settling) if as_of else None
    context = read_environment(replay)
    place = (watchlist or context.settings.watchlist) if names is None else ""
    print(_title(context, moment, place), flush=True)
    _check_early(context.settings, names, moment, more, watchlist, exchange)
    with show_progress() as progress, ready(context, for_run=True, as_of=moment, report=progress.stack_line) as context:
        from tasks.orchestration.clients import Clients
        from tasks.orchestration.planning_inputs import Selection
        from tasks.summary.text import render_text

        clients = Clients(context.settings)
        clients.raw.check()
        _check_selection(clients, Selection(names, watchlist or None, exchange=exchange), moment, more)
        progress.line("stack", f"ready after {time.monotonic() - begun:.1f} s")
        progress.doing("run", "beginning")
        given = {"output_size": output_size, "exchange": exchange, "watchlist": watchlist}
        chosen: dict[str, object] = {option: value for option, value in given.items() if value}
        summary = summary_of(name, {"symbols": names, "as_of": moment, **chosen, **(more or {})})
        summary = summary.model_copy(update={"next_commands": _commands(summary, replay, stays_up=_stays_up(context))})
        _keep(summary, context.settings.home)
        print("", render_text(summary, context.place, _colored), sep="\n" if summary.symbols else "", flush=True)
    return _exit_status(summary)


def _check_early(
    settings: "Settings",
    names: list[str] | None,
    moment: datetime | None,
    bounds: Mapping[str, date | None] | None,
    watchlist: str,
    exchange: str,
) -> None:
    from tasks.orchestration.watchlist import check_local_watchlist

    if names is None:
        check_local_watchlist(watchlist or settings.watchlist)
    if bounds is not None or exchange:
        # Only these: what is imported for it takes seconds, which else the servers' start hides.
        check_local_selection(settings, names, moment, bounds, watchlist, exchange)


def check_local_selection(
    settings: "Settings",
    names: list[str] | None,
    moment: datetime | None,
    bounds: Mapping[str, date | None] | None,
    watchlist: str = "",
    exchange: str = "",
) -> None:
    """Refuses what a person chose before any server is started, unless the watchlist lies in S3: then once that answers.

    Args:
        settings: in force.
        names: the symbols, in place of the watchlist; None for the watchlist.
        moment: the moment to run for; None for now.
        bounds: the range of a backfill; None where the flow takes none.
        watchlist: in place of the one that settings name; empty for that.
        exchange: the symbols of this exchange alone; empty for all.

    Raises:
        WrongUsage: a symbol, the watchlist, the exchange, the moment or the range is invalid.
    """
    from tasks.orchestration.clients import Clients
    from tasks.orchestration.planning_inputs import Selection
    from tasks.orchestration.watchlist import is_file

    if is_file(watchlist or settings.watchlist):
        _check_selection(Clients(settings), Selection(names, watchlist or None, exchange=exchange), moment, bounds)


def _check_selection(
    clients: "Clients", selection: "Selection", moment: datetime | None, bounds: "Mapping[str, date | None] | None"
) -> None:
    """Refuses symbols, a watchlist in S3, a moment or a backfill's range that is invalid before the run begins."""
    from tasks.orchestration.backfill_plan import SessionBounds, check_range
    from tasks.orchestration.planning_inputs import selected_entries

    entries = selected_entries(clients, selection)
    clock = SessionClock(moment or datetime.now(UTC), clients.settings.settling, {entry.symbol: entry.exchange for entry in entries})
    due = clock.due([entry.symbol for entry in entries])
    if bounds is not None:
        newest = {clock.exchange_of(symbol): session for symbol, session in due.items()}
        check_range(SessionBounds(bounds["from_session"] or clients.settings.backfill, bounds["to_session"]), newest)


def summary_of(name: str, parameters: dict[str, Any]) -> "RunSummary":
    """Calls a flow in this process.

    Args:
        name: the flow, as ``flows.plans`` names it.
        parameters: its parameters.

    Raises:
        TickerhouseError: the run could not begin.
    """
    # Prefect reads its settings when it is imported, and those are known only now.
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogHandler

    from tasks.orchestration.prefect_server import gone_error, is_gone, look_after_failure, watching
    from tasks.publish import ended_run
    from tasks.summary.run_summary import RunSummary

    flow = getattr(importlib.import_module(f"flows.{name}"), name)
    ended_run.clear()
    try:
        with watching():
            state = flow(**parameters, return_state=True)
    except Exception:
        look_after_failure()
        if not is_gone():
            raise
        if not ended_run:
            raise gone_error() from None
        return ended_run[0]
    finally:
        if not is_gone():
            # Logs and events are sent in the background, to a server that may be stopped right after this.
            APILogHandler().flush()
            EventsWorker.drain_all()
    summary = state.result(raise_on_failure=False)
    if isinstance(summary, TickerhouseError):
        raise summary
    if not isinstance(summary, RunSummary):
        raise RunNotBegun(f"The run ended as {state.name}: {state.message}", "See the run in the Prefect UI.") from None
    return summary


def _exit_status(summary: "RunSummary") -> int:
    from tasks.orchestration.prefect_server import gone_error, is_gone

    if is_gone() and summary.error is None:
        # All was done, but that the run has ended is not seen in Prefect.
        raise gone_error()
    return summary.exit_code


def _title(context: "CommandEnvironment", moment: datetime | None, watchlist: str) -> str:
    words = context.source.words if context.source else "the real API"
    listed = f" · watchlist {watchlist}" if watchlist else ""
    as_of = f" · as of {moment:%Y-%m-%d %H:%M} UTC" if moment else ""
    settings = context.settings
    return f"Tickerhouse {settings.environment} · source {settings.source} ({words}) · plan {settings.plan}{listed}{as_of}"


def _stays_up(context: "CommandEnvironment") -> bool:
    return context.stack is not None and context.stack.stay_up > 0


def _commands(summary: "RunSummary", replay: Path | None, *, stays_up: bool) -> tuple[str, ...]:
    """The next commands, as they can be typed from here."""
    from tasks.records import Status

    source = ["--replay", str(replay)] if replay else []
    if summary.status is Status.UP_TO_DATE:
        return ()
    commands = []
    if summary.status is Status.FAILED:
        commands.append(command("doctor"))
    elif summary.flow == "daily_prices" and summary.status is not Status.GATE_CLOSED:
        commands.append(command("sql", "select * from market.latest_price order by symbol", *source))
    if summary.places.page:
        commands.append(command("open", summary.run_id))
    if summary.status is Status.GATE_CLOSED:
        commands.append(command("quarantine", "show", summary.run_id, *source))
    return (*commands, command("down" if stays_up else "up"))


def _keep(summary: "RunSummary", home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    draft = home / "last_run.json.draft"
    draft.write_text(summary.model_dump_json(indent=2) + "\n")
    draft.replace(home / "last_run.json")


def show_progress() -> Progress:
    """Lets the steps' own log lines through to the screen; Prefect's go to its UI only.

    Returns:
        What shows them; what is under way is shown from when it is entered.
    """
    os.environ.setdefault("PREFECT_LOGGING_EXTRA_LOGGERS", "tickerhouse")
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    # A server that is started again answers within these; one that does not is gone (tasks/orchestration/prefect_server.py).
    os.environ.setdefault("PREFECT_CLIENT_MAX_RETRIES", "4")
    os.environ.setdefault("PREFECT_API_REQUEST_TIMEOUT", "10")
    # Logs that do not reach the server are no reason to write into the command's own words.
    logging.raiseExceptions = False
    # It reports even a slot that was not free at once, which is waited for, as an error of its own.
    os.environ.setdefault("PREFECT_INTERNAL_LOGGING_LEVEL", "CRITICAL")
    progress = Progress()
    progress.doing("stack", "importing the flow")
    logger = logging.getLogger("tickerhouse")
    logger.setLevel(logging.INFO)
    logger.addHandler(StepLines(progress))
    show_beginnings(StepBegins(progress))
    return progress


def _colored(text: str, status: "Status") -> str:
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        return text
    return f"\x1b[1;{_COLORS.get(str(status), _RED)}m{text}\x1b[0m"
