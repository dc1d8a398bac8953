"""Loads a manifest while holding the table's concurrency slot.

The lock in Prefect lets runs wait for one another where people see it; the warehouse's own turn guards the table also against those who
come past Prefect (``tasks/warehouse/table_lock.py``).
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import MappingProxyType
from typing import Final

from tasks.orchestration.concurrency import ConcurrencySlot, hold, table_slot
from tasks.orchestration.refused_rows import Loader, load_the_rest, may_be_of_rows
from tasks.orchestration.run import Run
from tasks.orchestration.settings import Settings
from tasks.orchestration.step_log import step_logger
from tasks.records import LoadResult, Manifest
from tasks.schema import TableSchema
from tasks.warehouse.errors import LoadFailed
from tasks.warehouse.load import load
from tasks.warehouse.options import LoadOptions

logger = step_logger("load")

_LONGEST_WAIT_SECONDS: Final = 1800.0


def load_manifest(run: Run, schema: TableSchema, manifest: Manifest, options: LoadOptions | None = None) -> LoadResult:
    """Loads a curated file in one transaction, under its table's lock; the same manifest twice changes nothing.

    Where the load fails with the rows of some symbols, they are found out and kept out, if the options say so (``refused_rows.py``).

    Args:
        run: who loads.
        schema: the table.
        manifest: the file.
        options: how; None for those of the settings alone.

    Raises:
        SlotTaken: another run writes the table and does not end.
        WarehouseError: the warehouse cannot be reached, or the transaction was rolled back; staged files are kept.
    """
    with hold_tables(run, [schema.table]):
        return load_held(run, schema, manifest, options or load_options(run.settings))


def load_held(run: Run, schema: TableSchema, manifest: Manifest, options: LoadOptions) -> LoadResult:
    """The same where the table's lock is held already.

    Raises:
        WarehouseError: as :func:`load_manifest`.
    """
    try:
        return load(run.warehouse, manifest, schema, options)
    except LoadFailed as failure:
        if not options.sets_aside or not may_be_of_rows(failure):
            raise
        return load_the_rest(Loader(run.lake, run.warehouse, schema, options), manifest, failure)


def load_options(settings: Settings, exchanges: Mapping[str, str] = MappingProxyType({}), *, sets_aside: bool = False) -> LoadOptions:
    """How loads and removals are carried out, by the settings; the rest as :class:`tasks.warehouse.options.LoadOptions` has it."""
    return LoadOptions(
        settings.copy_role, settings.warehouse_retries, settings.warehouse_retry_wait, sets_aside=sets_aside, exchanges=exchanges
    )


@contextmanager
def hold_tables(run: Run, tables: Iterable[str], longest_wait: float = _LONGEST_WAIT_SECONDS) -> Iterator[None]:
    """Holds the locks of some tables for as long as the block runs; waits while another run holds one of them.

    Args:
        run: who holds them; locks are apart by environment and source, like the tables.
        tables: with their schema; taken in the order of their names, so that two who want several never wait for each other.
        longest_wait: seconds to wait for each.

    Raises:
        SlotTaken: another run writes one of them and does not end.
    """
    with ExitStack() as held:
        for table in sorted(set(tables)):
            slot = ConcurrencySlot(table_slot(run.settings, table), f"writes {table}", longest_wait)
            held.enter_context(hold(slot, run.run_id, logger))
        yield
