"""Step 6: the manifest into the warehouse, in one transaction. The door to ``tasks/warehouse`` for everything that loads.

A load holds its table's slot in Prefect, so that runs wait for one another where people see it; a turn table in the warehouse guards it
against those who come past Prefect, too.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from tasks.orchestration.clients import load_options, open_lake, warehouse_connector
from tasks.orchestration.concurrency import ConcurrencySlot, hold, table_slot
from tasks.orchestration.run import Run
from tasks.orchestration.settings import Settings
from tasks.orchestration.step import step, step_logger
from tasks.records import NOTHING_LOADED, LoadResult, Manifest
from tasks.schema import DAILY_PRICES, TableSchema
from tasks.warehouse.load import load

logger = step_logger("load")

_LONGEST_WAIT_SECONDS: Final = 1800.0


@step("load")
def load_manifest(run: Run, manifest: Manifest | None) -> LoadResult:
    """Loads the curated file; the same manifest twice changes nothing.

    Raises:
        SlotTaken: another run writes the table and does not end.
        WarehouseError: the warehouse cannot be reached, or the transaction was rolled back; staged files are kept.
    """
    if manifest is None:
        return NOTHING_LOADED
    result = load_dataset(run, DAILY_PRICES, manifest)
    logger.info("%s bars new, %s changed, %s unchanged", f"{result.new:,}", f"{result.changed:,}", f"{result.unchanged:,}")
    return result


def load_dataset(run: Run, dataset: TableSchema, manifest: Manifest) -> LoadResult:
    """Loads the curated file of any dataset in one transaction, while it holds its table's slot.

    Raises:
        SlotTaken: another run writes the table and does not end.
        WarehouseError: as :func:`load_manifest`.
    """
    settings = run.settings
    with hold_tables(run.run_id, settings, [dataset.table]):
        return load(warehouse_connector(settings), manifest, dataset, load_options(settings))


@contextmanager
def hold_tables(run_id: str, settings: Settings, tables: Iterable[str], longest_wait: float = _LONGEST_WAIT_SECONDS) -> Iterator[None]:
    """Holds the slots of some tables for as long as the block runs; waits while another run holds one of them.

    Args:
        run_id: who holds them.
        settings: the place; slots are apart by environment and source, like the tables.
        tables: with their schema; taken in the order of their names, so that two who want several never wait for each other.
        longest_wait: seconds to wait for each.

    Raises:
        SlotTaken: another run writes one of them and does not end.
        LakeError: the lake, where the holder is written down, cannot be read or written.
    """
    lake = open_lake(settings, settings.load_role)
    with ExitStack() as held:
        for table in sorted(set(tables)):
            slot = ConcurrencySlot(table_slot(settings, table), table, f"writes {table}", lake, longest_wait)
            held.enter_context(hold(slot, run_id, logger))
        yield
