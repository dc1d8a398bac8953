"""Step 5, quarantine: the rejected rows of a run into ``ops.quarantined_bar``, before a gate may stop it."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.kept_out import KeptOut, SeriesReplaced, SymbolRefused
from tasks.lake import keys
from tasks.lake.manifests import write_manifest
from tasks.orchestration.curated_file import write_curated
from tasks.orchestration.run import Run
from tasks.orchestration.step import step
from tasks.orchestration.step_log import step_logger
from tasks.orchestration.table_load import load_manifest
from tasks.quality.quarantine import for_warehouse, quarantined_rows, to_parquet
from tasks.quality.validation_target import ValidationTarget
from tasks.quality.verdict import Verdict
from tasks.results.dataset_result import DatasetResult, Quarantined
from tasks.schema import QUARANTINED_BARS
from tasks.validate import texts_of

logger = step_logger("quarantine")

_REASONS: Final[Mapping[type[KeptOut], str]] = {
    SeriesReplaced: "SeriesReplaced: the answer changes most held bars of the symbol",
    SymbolRefused: "LoadRefused: the warehouse does not take the rows of the symbol",
}
"""Without counts: the reason is a part of a row's identity, and the same rows come again every day until somebody decides."""


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
    return _record(run, pa.concat_tables(tables).combine_chunks(), run.run_id)


@step("quarantine", "quarantine what was kept out of {result.dataset.name}")
def quarantine_kept_out(run: Run, result: DatasetResult) -> Quarantined:
    """Records the rows that the load kept out of the table: they would have replaced a symbol's whole series, or violate a check.

    They are released like all others: ``tickerhouse quarantine release --symbol SYMBOL --reason SeriesReplaced --note "..."``.

    Args:
        run: the run.
        result: of a dataset that was loaded.

    Raises:
        LakeError: the lake cannot be written.
        WarehouseError: the warehouse cannot be reached, or rolled the load back.
    """
    assert result.parsed and result.verdict and result.loaded, "only what was loaded is compared"  # noqa: PT018
    kept_out, accepted = result.loaded.kept_out, result.verdict.accepted
    rows = accepted.filter(pc.is_in(accepted.column("symbol"), pa.array([each.symbol for each in kept_out], pa.string())))
    reasons = [
        (reason, _places(rows, symbols))
        for cause, reason in _REASONS.items()
        if (symbols := [each.symbol for each in kept_out if isinstance(each, cause)])
    ]
    target, run_id = result.dataset.checks, f"{run.run_id}-replaced"
    with_texts = texts_of(run, result.dataset, result.parsed)
    quarantined = quarantined_rows(rows, target, reasons, run_id, with_texts)
    run.lake.put(keys.quarantine_key(result.dataset.name, run_id), to_parquet(quarantined, target))
    return _record(run, for_warehouse(quarantined, target), run_id)


def _places(rows: pa.Table, symbols: Sequence[str]) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.flatnonzero(pc.is_in(rows.column("symbol"), pa.array(symbols, pa.string())).to_numpy())


def _record(run: Run, rows: pa.Table, run_id: str) -> Quarantined:
    count = rows.num_rows
    manifest = write_manifest(run.lake, write_curated(run.lake, QUARANTINED_BARS, rows, run_id))
    loaded = load_manifest(run, QUARANTINED_BARS, manifest)
    logger.info("%s newly quarantined, %s quarantined before", f"{loaded.new:,}", f"{count - loaded.new:,}")
    return Quarantined(new=loaded.new, known=count - loaded.new)
