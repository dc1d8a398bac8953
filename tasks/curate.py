"""Step 5: the accepted bars as one deduplicated, typed, sorted Parquet file, and the manifest that names it."""

from dataclasses import dataclass

from tasks.curation.curate import curate
from tasks.orchestration.clients import open_lake
from tasks.orchestration.curated_file import write_curated
from tasks.orchestration.run import Run
from tasks.orchestration.step import step, step_logger
from tasks.quality.verdict import Verdict
from tasks.records import Manifest
from tasks.schema import DAILY_PRICES

logger = step_logger("curate")


@dataclass(frozen=True)
class Curation:
    """The curated file of a run: its manifest, or None where no bar was accepted."""

    manifest: Manifest | None

    @property
    def rows(self) -> int:
        """Rows of the file."""
        return self.manifest.rows if self.manifest else 0


def _needed(verdict: Verdict) -> list[str]:
    return [name for name in DAILY_PRICES.column_names if name in verdict.judged.column_names]


@step("curate")
def curate_bars(run: Run, verdict: Verdict) -> Curation:
    """Writes the curated file and its manifest.

    Raises:
        ParquetDoesNotFit: the file is not what COPY must find; nothing was loaded.
        LakeError: the lake cannot be written.
    """
    if not verdict.accepted_rows:
        logger.info("no bar was accepted, so there is nothing to load")
        return Curation(None)
    bars = curate(verdict.accepted_columns(*_needed(verdict)), DAILY_PRICES)
    manifest = write_curated(open_lake(run.settings, run.settings.load_role), DAILY_PRICES, bars, run.run_id)
    logger.info("%s rows in one file of %s bytes", f"{manifest.rows:,}", f"{manifest.file_bytes:,}")
    return Curation(manifest)
