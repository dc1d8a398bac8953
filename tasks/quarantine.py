"""Step 4, second half: what was held back goes into ``ops.quarantined_bar``, once, before the gate may stop the run."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from tasks.load import load_dataset
from tasks.orchestration.clients import open_lake
from tasks.orchestration.curated_file import write_curated
from tasks.orchestration.run import Run
from tasks.orchestration.step import step, step_logger
from tasks.quality.quarantine import for_warehouse
from tasks.quality.validation_target import ValidationTarget
from tasks.quality.verdict import Verdict
from tasks.schema import QUARANTINED_BARS

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
def keep_quarantine(run: Run, verdicts: Sequence[tuple[Verdict, ValidationTarget]]) -> Quarantine:
    """Loads the held-back rows of a run in a transaction of its own, through a curated file and a manifest like all that is loaded.

    Args:
        run: the run.
        verdicts: of every kind of rows that was judged, each with what it is about.

    Raises:
        ParquetDoesNotFit: the file is not what COPY must find.
        LakeError: the lake cannot be written.
        WarehouseError: the warehouse cannot be reached, or rolled the load back; the rows stand in the lake under ``quarantine/``.
    """
    kinds = [for_warehouse(verdict.quarantined, judged) for verdict, judged in verdicts if verdict.quarantined.num_rows]
    if not kinds:
        return Quarantine()
    rows = pa.concat_tables(kinds).combine_chunks()
    held_back = rows.num_rows
    manifest = write_curated(open_lake(run.settings, run.settings.load_role), QUARANTINED_BARS, rows, run.run_id)
    result = load_dataset(run, QUARANTINED_BARS, manifest)
    logger.info("%s bars held back for the first time, %s known", f"{result.new:,}", f"{held_back - result.new:,}")
    return Quarantine(new=result.new, known=held_back - result.new)
