"""Recover, before the first load of a run: loads again what a warehouse restored to an earlier point has lost, though coverage has it."""

from datetime import timedelta
from typing import Final

from tasks.datasets import DATASETS
from tasks.errors import TickerhouseError
from tasks.kept_out import SymbolRefused
from tasks.orchestration import state
from tasks.orchestration.kept_file import kept_manifest
from tasks.orchestration.past_loads import loads_of_the_lake, remember_contact
from tasks.orchestration.planning_inputs import listed_exchanges
from tasks.orchestration.run import Run, utc_now
from tasks.orchestration.step import step
from tasks.orchestration.step_log import step_logger
from tasks.orchestration.table_load import load_manifest, load_options
from tasks.undo import UndoLost, read_undo, repeat_undo
from tasks.warehouse.errors import NotUndoable
from tasks.warehouse.rebuild import audited_state, past_loads
from tasks.warehouse.undo import UNDO
from tasks.wording import counted

logger = step_logger("recover")

LONGEST_SILENCE: Final = timedelta(hours=24)
"""After this time without contact even a run that has nothing to load asks the warehouse; it is billed as a minute."""


class BarsLost(TickerhouseError):
    """The table of bars has fewer than its audit counts: rows were deleted past Tickerhouse."""


@step("recover")
def recover(run: Run) -> tuple[str, ...]:
    """Compares the newest load that the lake knows with the audit, and loads what is missing there, without a call.

    Args:
        run: the run, before its first load.

    Returns:
        What a person should know, as sentences; none where nothing is missing.

    Raises:
        BarsLost: the table has fewer bars than the audit counts.
        LakeError: the lake cannot be read.
        WarehouseError: the warehouse cannot be reached, or refused a load.
    """
    last = state.last_contact().read(run.lake)
    if last is None or not last.newest_load or state.rebuild_loads().read(run.lake):
        # Nothing is known to have been loaded, or a rebuild is loading everything.
        return ()
    found = audited_state(run.warehouse, last.newest_load)
    warnings = () if found.is_known else _load_missing(run, last.newest_load)
    if found.bars_held < found.bars_counted:
        raise BarsLost(
            f"market.fact_daily_price has {counted(found.bars_held, 'bar')}; by its audit {found.bars_counted:,} should be in it.",
            "Rows were deleted by hand. Load them again from the lake: tickerhouse rebuild",
            {"held": found.bars_held, "counted": found.bars_counted},
        )
    return warnings


def recover_after_silence(run: Run) -> tuple[str, ...]:
    """The same for a run that has nothing to load, where the warehouse was not reached for :data:`LONGEST_SILENCE`.

    Raises:
        BarsLost, LakeError, WarehouseError: as :func:`recover`.
    """
    last = state.last_contact().read(run.lake)
    if last is None or run.started_at - last.at < LONGEST_SILENCE:
        return ()
    warnings = recover(run)
    remember_contact(run.lake, None, utc_now())
    return warnings


def _load_missing(run: Run, newest: str) -> tuple[str, ...]:
    audited = {past.manifest_uri for past in past_loads(run.warehouse)}
    missing = loads_of_the_lake(run.lake, audited)
    if not missing:
        return (f"The warehouse does not know the newest load, and the lake cannot give it back: {newest}.",)
    options = load_options(run.settings, listed_exchanges(run.settings.watchlist, run.clients), sets_aside=True)
    not_repeated: list[str] = []
    kept_out: list[str] = []
    for past in missing:
        if past.dataset == UNDO:
            try:
                repeat_undo(run, read_undo(run.lake, past))
            except UndoLost as error:
                not_repeated.append(str(error))
            except NotUndoable as error:
                # What it took back was loaded again since, so that its rows are not those it took back.
                not_repeated.append(f"{past.run_id} is not repeated: {error}")
            continue
        schema = DATASETS[past.dataset].schema
        done = load_manifest(run, schema, kept_manifest(run.lake, schema, past.manifest_uri), options)
        kept_out += [each.sentence for each in done.kept_out if isinstance(each, SymbolRefused)]
        logger.info("%s of %s was loaded again: %s", past.dataset, past.run_id, counted(past.rows, "row"))
    loads = [past for past in missing if past.dataset != UNDO]
    lost = f"{counted(len(loads), 'load')} ({counted(sum(past.rows for past in loads), 'row')})"
    if undone := len(missing) - len(loads) - len(not_repeated):
        lost = f"{lost} and {counted(undone, 'undo')}"
    return (f"The warehouse was set back to an earlier point; {lost} that it had lost came back from the lake.", *not_repeated, *kept_out)
