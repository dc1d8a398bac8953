"""Step 8, load: a manifest into the warehouse, in one transaction."""

from tasks.datasets import Dataset
from tasks.orchestration.run import Run
from tasks.orchestration.step import step
from tasks.orchestration.step_log import step_logger
from tasks.orchestration.table_load import load_manifest
from tasks.records import LoadResult, Manifest
from tasks.wording import counted

logger = step_logger("load")


@step("load", "load {dataset.name}")
def load(run: Run, dataset: Dataset, manifest: Manifest) -> LoadResult:
    """Loads the curated file of a dataset; the same manifest twice changes nothing.

    A symbol with whose rows a check of the warehouse does not hold is kept out, so that everything else is loaded.

    Raises:
        SlotTaken: another run writes the table and does not end.
        WarehouseError: the warehouse cannot be reached, or the transaction was rolled back; staged files are kept.
    """
    loaded = load_manifest(run, dataset.schema, manifest, sets_aside=True)
    logger.info(
        "%s: %s new, %s changed, %s unchanged", dataset.name, counted(loaded.new, "row"), f"{loaded.changed:,}", f"{loaded.unchanged:,}"
    )
    return loaded
