"""Step 6, curate: the accepted rows of one dataset as one deduplicated, typed, sorted Parquet file, or one a shard."""

from collections.abc import Iterator, Sequence

import pyarrow as pa

from tasks.alpha_vantage.errors import UnknownShape
from tasks.arrays import give_back
from tasks.curation.curate import Curated
from tasks.curation.parquet import check_footer
from tasks.datasets import Dataset
from tasks.lake.captures import read_captures
from tasks.lake.errors import LakeError
from tasks.lake.manifests import write_curated_parts
from tasks.orchestration.curated_file import write_curated
from tasks.orchestration.run import Run
from tasks.orchestration.step import step
from tasks.orchestration.step_log import step_logger
from tasks.quality.verdict import Verdict
from tasks.records import CapturedBody, CuratedFile, Observation
from tasks.results.dataset_result import ShardResult
from tasks.results.shards import read_whole
from tasks.wording import counted

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
    completing = companion.parse(read_captures(run.raw, own, _set_damaged_aside), _set_aside).table if companion and own else None
    return dataset.curate(verdict.accepted_columns(*_needed(dataset)), completing)


@step("curate", "curate {dataset.name}")
def curate(
    run: Run, dataset: Dataset, verdict: Verdict, observations: Sequence[Observation], shards: Sequence[ShardResult] = ()
) -> CuratedFile:
    """Writes the curated file of one dataset; takes and raises what :func:`curated_rows` does.

    What shards have curated is taken over from them, a file each.

    Raises:
        ParquetDoesNotFit: a file is not what COPY must find; nothing vouches for what was written.
        LakeError: the lake cannot be read or written.
    """
    if shards:
        file = take_over(run, dataset, shards)
    else:
        file = write_curated(
            run.lake, dataset.schema, curated_rows(run, dataset, verdict, observations), run.run_id, run.settings.copy_slices
        )
        give_back()
    logger.info("%s: %s in %s of %s bytes", dataset.name, counted(file.rows, "row"), _files(len(file.files)), f"{file.file_bytes:,}")
    return file


def take_over(run: Run, dataset: Dataset, shards: Sequence[ShardResult]) -> CuratedFile:
    """Proves the curated files of shards, at least one of which has rows, and stores them with the load role's rights.

    Raises:
        ParquetDoesNotFit: a file is not what COPY must find.
        LakeError: the lake cannot be read or written, or a file is not the one that its shard wrote.
    """

    def proven() -> Iterator[tuple[int, bytes, int]]:
        for shard in shards:
            if shard.curated_rows:
                parquet = read_whole(run.raw, shard.curated_key, shard.curated_sha256)
                check_footer(parquet, dataset.schema, shard.curated_rows)
                yield shard.shard, parquet, shard.curated_rows

    return write_curated_parts(run.lake, dataset.name, proven(), run.run_id)


def _files(count: int) -> str:
    return "one file" if count == 1 else f"{count} files"


def _set_aside(body: CapturedBody, error: UnknownShape) -> None:
    logger.warning("%s is not completed: %s Its capture is kept: %s.", body.symbol, error.fact, body.key)


def _set_damaged_aside(observation: Observation, error: LakeError) -> None:
    logger.warning("%s is not completed: %s", observation.call.symbol, error.fact)


def _needed(dataset: Dataset) -> list[str]:
    """The typed columns of the parsed rows; the strings as received stay behind."""
    return [name for name in dataset.checks.parsed.names if not name.endswith("_text")]
