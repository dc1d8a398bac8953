"""Step 5: the accepted bars as one deduplicated, typed, sorted Parquet file, and the manifest that names it."""

from dataclasses import dataclass

from tasks.aws import open_lake
from tasks.curation.curate import curate
from tasks.curation.parquet import check_footer, to_parquet
from tasks.lake.manifests import write_manifest
from tasks.quality.verdict import Verdict
from tasks.records import Manifest
from tasks.run import Run
from tasks.schema import DAILY_PRICES
from tasks.step import step, step_logger

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
    parquet = to_parquet(bars, DAILY_PRICES)
    check_footer(parquet, DAILY_PRICES, bars.num_rows)
    manifest = write_manifest(open_lake(run.settings, run.settings.load_role), DAILY_PRICES, parquet, bars.num_rows, run.run_id)
    logger.info("%s rows in one file of %s bytes", f"{manifest.rows:,}", f"{manifest.file_bytes:,}")
    return Curation(manifest)
