"""Step 8, load: a manifest into the warehouse, in one transaction."""

from collections.abc import Mapping

from tasks.datasets import Dataset
from tasks.orchestration.run import Run
from tasks.orchestration.step import step
from tasks.orchestration.step_log import step_logger
from tasks.orchestration.table_load import load_manifest, load_options
from tasks.records import LoadResult, Manifest
from tasks.wording import counted

logger = step_logger("load")


@step("load", "load {dataset.name}")
def load(run: Run, dataset: Dataset, manifest: Manifest, exchanges: Mapping[str, str]) -> LoadResult:
    """Loads the curated file of a dataset; the same manifest twice changes nothing.

    A symbol whose rows the warehouse does not take is kept out, so that everything else is loaded.

    Args:
        run: the run.
        dataset: what is loaded.
        manifest: of its curated file.
        exchanges: of symbols of which somebody named one.

    Raises:
        SlotTaken: another run writes the table and does not end.
        WarehouseError: the warehouse cannot be reached, or the transaction was rolled back; staged files are kept.
    """
    loaded = load_manifest(run, dataset.schema, manifest, load_options(run.settings, exchanges, sets_aside=True))
    logger.info(
        "%s: %s new, %s changed, %s unchanged", dataset.name, counted(loaded.new, "row"), f"{loaded.changed:,}", f"{loaded.unchanged:,}"
    )
    return loaded
