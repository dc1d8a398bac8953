"""Step 6, curate: the accepted rows of one dataset as one deduplicated, typed, sorted Parquet file."""

from collections.abc import Sequence

import pyarrow as pa

from tasks.alpha_vantage.errors import UnknownShape
from tasks.curation.curate import Curated
from tasks.datasets import Dataset
from tasks.lake.captures import read_captures
from tasks.orchestration.curated_file import write_curated
from tasks.orchestration.run import Run
from tasks.orchestration.step import step
from tasks.orchestration.step_log import step_logger
from tasks.quality.verdict import Verdict
from tasks.records import CapturedBody, CuratedFile, Observation

logger = step_logger("curate")


def curated_rows(run: Run, dataset: Dataset, verdict: Verdict, observations: Sequence[Observation]) -> pa.Table | Curated:
    """The accepted rows as their table holds them; the same responses give the same rows.

    Args:
        run: the run.
        dataset: what the rows are.
        verdict: which of them were accepted.
        observations: of the whole run; those of the dataset's companion complete the rows.

    Returns:
        Rows of the dataset's Arrow schema: one a key, sorted, typed.

    Raises:
        IncompleteBar: an accepted row lacks what its table requires.
        LakeError: the lake cannot be read.
    """
    companion = dataset.companion
    own = [observation for observation in observations if companion and observation.call.function == companion.function]
    completing = companion.parse(read_captures(run.raw, own), _set_aside).table if companion and own else None
    return dataset.curate(verdict.accepted_columns(*_needed(dataset)), completing)


@step("curate", "curate {dataset.name}")
def curate(run: Run, dataset: Dataset, verdict: Verdict, observations: Sequence[Observation]) -> CuratedFile:
    """Writes the curated file of one dataset; takes and raises what :func:`curated_rows` does.

    Raises:
        ParquetDoesNotFit: the file is not what COPY must find; nothing was written.
        LakeError: the lake cannot be written.
    """
    file = write_curated(run.lake, dataset.schema, curated_rows(run, dataset, verdict, observations), run.run_id)
    logger.info("%s: %s rows in one file of %s bytes", dataset.name, f"{file.rows:,}", f"{file.file_bytes:,}")
    return file


def _set_aside(body: CapturedBody, error: UnknownShape) -> None:
    logger.warning("%s is not completed: %s Its capture is kept: %s.", body.symbol, error.fact, body.key)


def _needed(dataset: Dataset) -> list[str]:
    """The typed columns of the parsed rows; the strings as received stay behind."""
    return [name for name in dataset.checks.parsed.names if not name.endswith("_text")]
