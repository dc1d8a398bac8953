"""``tickerhouse quarantine``: lists, shows and releases quarantined bars."""

import getpass
from pathlib import Path

from flows.command_line.environment import read_environment, ready
from flows.command_line.progress import waiting
from flows.command_line.text_table import print_table
from tasks.orchestration.clients import Clients
from tasks.orchestration.run import command_run
from tasks.release import Choice, check_release, quarantined_rows, release_rows
from tasks.warehouse.execution import session
from tasks.warehouse.quarantine import QuarantinedRow, count_by_run
from tasks.wording import counted


def print_runs(replay: Path | None) -> None:
    """Prints how many bars each run quarantined first.

    Raises:
        WarehouseError: the warehouse cannot be reached or read.
    """
    with (
        waiting("quarantine", "asking the warehouse"),
        ready(read_environment(replay)) as context,
        session(Clients(context.settings).console) as connection,
    ):
        runs = count_by_run(connection)
    columns = ("run", "dataset", "bars", "symbols", "released")
    print_table(columns, [(run.run_id, run.dataset, run.bars, run.symbols, run.released) for run in runs])


def print_bars(choice: Choice, replay: Path | None) -> None:
    """Prints quarantined bars in their original strings, each with its reasons and what became of it.

    Raises:
        WarehouseError: the warehouse cannot be reached or read.
    """
    with waiting("quarantine", "asking the warehouse"), ready(read_environment(replay)) as context:
        bars = quarantined_rows(command_run("quarantine", context.settings), choice)
    print_table(("symbol", "session", "received", "reasons", "run", "released"), [_row(bar) for bar in bars])


def release(choice: Choice, by: str, note: str, replay: Path | None) -> None:
    """Releases the chosen bars and prints what that did.

    Raises:
        NothingChosen: the choice or the note is empty.
        NotReleasable: a chosen bar does not fit the table.
        WarehouseError: the warehouse cannot be reached, or rolled back.
    """
    name = by or getpass.getuser()
    check_release(choice, name, note)
    with waiting("quarantine", "asking the warehouse"), ready(read_environment(replay)) as context:
        done = release_rows(command_run("release", context.settings), choice, by=name, note=note)
    before = f" {done.before} had been released before." if done.before else ""
    if done.loaded is None:
        print(f"Nothing to release.{before}" if done.before else "Nothing to release: no quarantined bar matches the choice.")
        return
    print(f"Released {counted(done.released, 'bar')} as {done.run_id}.{before}")
    print(f"{done.loaded.new} new in the table, {done.loaded.changed} changed, {done.loaded.unchanged} left as they were.")


def _row(bar: QuarantinedRow) -> tuple[str, ...]:
    received = ", ".join(f"{name} {_shown(text)}" for name, text in bar.received.items())
    released = f"{bar.released_at:%Y-%m-%d} by {bar.released_by}: {bar.release_note}" if bar.released_at else ""
    return (_shown(bar.symbol), _shown(bar.session_text), received, bar.reasons, bar.run_id, released)


def _shown(text: str | None) -> str:
    # What was received may be anything, also what a terminal would obey.
    if text is None:
        return "absent"
    return text if text.isprintable() else ascii(text)
