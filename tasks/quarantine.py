"""Step 5, quarantine: the rejected rows of a run into ``ops.quarantined_bar``, before a gate may stop it."""

from collections.abc import Sequence

import pyarrow as pa

from tasks.lake.manifests import write_manifest
from tasks.orchestration.curated_file import write_curated
from tasks.orchestration.run import Run
from tasks.orchestration.step import step
from tasks.orchestration.step_log import step_logger
from tasks.orchestration.table_load import load_manifest
from tasks.quality.quarantine import for_warehouse
from tasks.quality.validation_target import ValidationTarget
from tasks.quality.verdict import Verdict
from tasks.results.dataset_result import Quarantined
from tasks.schema import QUARANTINED_BARS

logger = step_logger("quarantine")


@step("quarantine")
def quarantine(run: Run, verdicts: Sequence[tuple[Verdict, ValidationTarget]]) -> Quarantined:
    """Loads the rejected rows of all datasets in a transaction of its own, through a curated file and a manifest like all that is loaded.

    Args:
        run: the run.
        verdicts: of every dataset, each with what it is about.

    Raises:
        ParquetDoesNotFit: the file is not what COPY must find.
        LakeError: the lake cannot be written.
        WarehouseError: the warehouse cannot be reached, or rolled the load back; the rows stand in the lake under ``quarantine/``.
    """
    tables = [for_warehouse(verdict.quarantined, target) for verdict, target in verdicts if verdict.quarantined.num_rows]
    if not tables:
        return Quarantined()
    rows = pa.concat_tables(tables).combine_chunks()
    count = rows.num_rows
    manifest = write_manifest(run.lake, write_curated(run.lake, QUARANTINED_BARS, rows, run.run_id))
    loaded = load_manifest(run, QUARANTINED_BARS, manifest)
    logger.info("%s newly quarantined, %s quarantined before", f"{loaded.new:,}", f"{count - loaded.new:,}")
    return Quarantined(new=loaded.new, known=count - loaded.new)
