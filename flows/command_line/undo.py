"""``tickerhouse undo``: lists loads, and takes one back."""

import getpass
from pathlib import Path

from flows.command_line.environment import read_environment, ready
from flows.command_line.progress import waiting
from flows.command_line.text_table import print_table
from tasks.orchestration.run import command_run
from tasks.undo import UndoRequest, check_undo, listed_loads, undo
from tasks.wording import counted

_LISTED = 20


def print_loads(replay: Path | None) -> None:
    """Prints the latest loads, newest first.

    Raises:
        WarehouseError: the warehouse cannot be reached or read.
    """
    with waiting("undo", "asking the warehouse"), ready(read_environment(replay)) as context:
        loads = listed_loads(command_run("undo", context.settings))
    columns = ("run", "dataset", "new", "changed", "loaded (UTC)", "undone by")
    rows = [(load.run_id, load.dataset, load.rows_new, load.rows_changed, load.finished_at, load.undone_by) for load in loads]
    print_table(columns, rows[:_LISTED])


def undo_run(run_id: str, dataset: str, by: str, note: str, replay: Path | None) -> None:
    """Undoes one load and prints what that did.

    Raises:
        LoadNotChosen: no load, or several, or no reason.
        NotUndoable: later loads changed what it wrote, or its table keeps no former values.
        WarehouseError: the warehouse cannot be reached, or rolled back.
    """
    request = UndoRequest(run_id, dataset, by or getpass.getuser(), note)
    check_undo(request)
    with waiting("undo", "asking the warehouse"), ready(read_environment(replay)) as context:
        done = undo(command_run("undo", context.settings), request)
    changes = f"{counted(done.removed, 'row')} removed, {done.restored:,} with former values again"
    print(f"Undone as {done.run_id}: {changes}." if done.is_new else f"{run_id} had been undone as {done.run_id}: {changes}.")
    if done.gone:
        symbols = counted(len({symbol for symbol, _ in done.gone}), "symbol")
        print(f"The removed rows of {symbols} are missing now; what brings them: tickerhouse plan")
