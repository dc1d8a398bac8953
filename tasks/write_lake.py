"""Step 9, write lake: the current files of what was loaded, which Athena, Spectrum, DuckDB and pandas read."""

from collections.abc import Mapping

from tasks.datasets import DATASETS, Dataset
from tasks.errors import TickerhouseError
from tasks.orchestration.current_files import LakeWriter
from tasks.orchestration.run import Run
from tasks.orchestration.step import step
from tasks.orchestration.step_log import step_logger
from tasks.records import LoadResult
from tasks.results.run_results import defect_of

logger = step_logger("write lake")

IN_THE_LAKE = tuple(dataset for dataset in DATASETS.values() if dataset.has_current_files)
"""The datasets whose current rows lie under ``lake/``."""


@step("write lake")
def write_lake(run: Run, loaded: Mapping[str, LoadResult]) -> tuple[str, ...]:
    """Replaces the current files of the years that the run's loads touched, and of those that an earlier load touched and a run left.

    The rows are committed: nothing that happens here undoes a load or ends a run.

    Args:
        run: the run, after its loads.
        loaded: what they did, by dataset.

    Returns:
        Warnings, a sentence each; what could not be written is written by the next run that loads.
    """
    return tuple(
        warning for dataset in IN_THE_LAKE if dataset.name in loaded for warning in replace_files(run, dataset, loaded[dataset.name])
    )


def replace_files(run: Run, dataset: Dataset, loaded: LoadResult | None = None, *, everything: bool = False) -> tuple[str, ...]:
    """Replaces the current files of one dataset; see :meth:`LakeWriter.write`. Whatever fails is a warning.

    Args:
        run: the run or the command; the folder of the files has its name, which begins with its day, by which they expire.
        dataset: what was loaded; one without current files has nothing to replace.
        loaded: what this run's own load did, None where there was none.
        everything: every year, whatever is known of its file.
    """
    if run.settings.lake_table == "off" or not dataset.has_current_files:
        return ()
    writer = LakeWriter(run.settings, run.run_id, run.lake, run.warehouse, run.clients.load_session)
    try:
        warnings = writer.write(dataset, loaded, everything=everything)
    except TickerhouseError as error:
        warnings = (f"The lake's files of {dataset.name} were not replaced, and the next run does it: {error}",)
    except Exception as error:
        logger.exception("writing the lake's files of %s broke", dataset.name)
        warnings = (f"The lake's files of {dataset.name} were not replaced, and the next run does it: {defect_of(error)}",)
    for warning in warnings:
        logger.warning("%s", warning)
    return warnings
