"""Step 7, reconcile: compares row counts of all layers, then writes the manifest of the curated file."""

from tasks.datasets import Dataset
from tasks.lake.manifests import write_manifest
from tasks.orchestration.run import Run
from tasks.orchestration.step import step
from tasks.quality.verdict import Verdict
from tasks.records import CuratedFile, Manifest
from tasks.results.dataset_result import ParsedRows
from tasks.results.row_counts import RowCountCheck, different_rows, differing_captures, refuse_mismatch, rows_by_capture


def reconcile_layers(
    run: Run, dataset: Dataset, parsed: ParsedRows, verdict: Verdict, curated: CuratedFile
) -> tuple[Manifest, tuple[RowCountCheck, ...]]:
    """Compares the layers from the bytes of the responses to the curated file, and writes the manifest.

    Args:
        run: the run.
        dataset: what the rows are.
        parsed: the parsed rows, and the rows counted in the bytes.
        verdict: which of them were accepted.
        curated: the file made of those.

    Returns:
        The manifest, and the equations that hold. The load compares the rest before its COMMIT.

    Raises:
        RowCountMismatch: naming every equation that does not hold, and the captures it is about; no manifest was written.
        LakeError: the lake cannot be written.
    """
    checks = count_checks(dataset, parsed, verdict, curated)
    differing = list(differing_captures(parsed.counted, rows_by_capture(parsed.final, parsed.deferred)))
    refuse_mismatch(checks, differing)
    return write_manifest(run.lake, curated), checks


@step("reconcile", "reconcile {dataset.name}")
def reconcile(
    run: Run, dataset: Dataset, parsed: ParsedRows, verdict: Verdict, curated: CuratedFile
) -> tuple[Manifest, tuple[RowCountCheck, ...]]:
    """See :func:`reconcile_layers`."""
    return reconcile_layers(run, dataset, parsed, verdict, curated)


def count_checks(dataset: Dataset, parsed: ParsedRows, verdict: Verdict, curated: CuratedFile) -> tuple[RowCountCheck, ...]:
    """The equations from the bytes of the responses to the curated file."""
    shares = parsed.deferred.num_rows + verdict.duplicates + verdict.accepted_rows + verdict.quarantined.num_rows
    key = ["symbol"] if len(dataset.schema.key) == 1 else ["symbol", dataset.checks.date]
    return (
        RowCountCheck("rows counted in the captures = parsed", sum(parsed.counted.values()), parsed.rows),
        RowCountCheck("parsed = deferred + duplicates + accepted + quarantined", parsed.rows, shares),
        RowCountCheck("different rows accepted = curated", different_rows(verdict.accepted_columns(*key)), curated.rows),
    )
