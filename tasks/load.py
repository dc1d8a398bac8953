"""Step 6: the manifest into the warehouse, in one transaction. The door to ``tasks/warehouse``."""

from tasks.aws import warehouse_door
from tasks.records import LoadResult, Manifest
from tasks.run import Run
from tasks.schema import DAILY_PRICES
from tasks.step import step, step_logger
from tasks.warehouse.load import load

logger = step_logger("load")


@step("load")
def load_manifest(run: Run, manifest: Manifest | None) -> LoadResult:
    """Loads the curated file; the same manifest twice changes nothing.

    Raises:
        WarehouseError: the warehouse cannot be reached, or the transaction was rolled back; staged files are kept.
    """
    if manifest is None:
        return LoadResult(staged=0, new=0, changed=0, unchanged=0, already_loaded=False, touched={}, seconds_in_transaction=0.0)
    result = load(
        warehouse_door(run.settings),
        manifest,
        DAILY_PRICES,
        copy_role=run.settings.copy_role,
        retries=run.settings.warehouse_retries,
        retry_wait=run.settings.warehouse_retry_wait,
    )
    logger.info("%s bars new, %s changed, %s unchanged", f"{result.new:,}", f"{result.changed:,}", f"{result.unchanged:,}")
    return result
