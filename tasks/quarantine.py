"""Step 4, second half: what was held back goes into ``ops.quarantined_bar``, once, before the gate may stop the run."""

from dataclasses import dataclass

from tasks.aws import open_lake, warehouse_door
from tasks.curation.parquet import check_footer, to_parquet
from tasks.lake.manifests import write_manifest
from tasks.quality.prices import DAILY_PRICES
from tasks.quality.quarantine import for_warehouse
from tasks.quality.verdict import Verdict
from tasks.run import Run
from tasks.schema import QUARANTINED_BARS
from tasks.step import step, step_logger
from tasks.warehouse.load import load

logger = step_logger("quarantine")


@dataclass(frozen=True)
class Quarantine:
    """What became of the held-back bars of a run.

    Attributes:
        new: bars held back for the first time.
        known: bars that were delivered before with the same strings and for the same reasons, released or not; nobody is told twice.
    """

    new: int = 0
    known: int = 0


@step("quarantine")
def keep_quarantine(run: Run, verdict: Verdict) -> Quarantine:
    """Loads the held-back bars of a run in a transaction of its own, through a curated file and a manifest like all that is loaded.

    Raises:
        ParquetDoesNotFit: the file is not what COPY must find.
        LakeError: the lake cannot be written.
        WarehouseError: the warehouse cannot be reached, or rolled the load back; the rows stand in the lake under ``quarantine/``.
    """
    held_back = verdict.quarantined.num_rows
    if not held_back:
        return Quarantine()
    rows = for_warehouse(verdict.quarantined, DAILY_PRICES)
    parquet = to_parquet(rows, QUARANTINED_BARS)
    check_footer(parquet, QUARANTINED_BARS, rows.num_rows)
    manifest = write_manifest(open_lake(run.settings, run.settings.load_role), QUARANTINED_BARS, parquet, rows.num_rows, run.run_id)
    result = load(
        warehouse_door(run.settings),
        manifest,
        QUARANTINED_BARS,
        copy_role=run.settings.copy_role,
        retries=run.settings.warehouse_retries,
        retry_wait=run.settings.warehouse_retry_wait,
    )
    logger.info("%s bars held back for the first time, %s known", f"{result.new:,}", f"{held_back - result.new:,}")
    return Quarantine(new=result.new, known=held_back - result.new)
