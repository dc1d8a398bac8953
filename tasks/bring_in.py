"""The steps of every kind beside daily prices: answers of one function from the lake into their table.

What stops one kind, a gate or a fault, is kept until all of them had their turn: no kind costs another its rows.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from tasks.alpha_vantage.parsing import drift_warnings
from tasks.lake import keys
from tasks.lake.captures import read_captures
from tasks.lake.store import LakeStore
from tasks.load import load_dataset
from tasks.orchestration.clients import open_lake
from tasks.orchestration.curated_file import write_curated
from tasks.orchestration.planning_inputs import PlanResult
from tasks.orchestration.run import Run
from tasks.orchestration.step import step, step_logger
from tasks.quality.gate import Gate, decide
from tasks.quality.quarantine import to_parquet as to_quarantine
from tasks.quality.suite import load_suite
from tasks.quality.validation import validate
from tasks.quality.verdict import Verdict
from tasks.records import NOTHING_LOADED, LoadResult, Manifest, Observation
from tasks.reference import Kind, RunClock, context_of, curated_rows, ready_rows
from tasks.validate import SUITES

logger = step_logger("reference")


@dataclass(frozen=True)
class Brought:
    """What became of one kind.

    Attributes:
        kind: the kind.
        observations: the answers it came from.
        parsed: rows of the captures.
        deferred: those of them whose session was not final.
        verdict: what was found; None where there was no row to judge.
        gate: whether it could be loaded.
        manifest: the curated file, or None where no row was accepted.
        loaded: what the load did.
        page_uri: the verdict page, empty where there was nothing to judge.
        quarantine_uri: the rows held back, as Parquet; empty where there are none.
        warnings: what a person should know.
    """

    kind: Kind
    observations: tuple[Observation, ...]
    parsed: int = 0
    deferred: int = 0
    verdict: Verdict | None = None
    gate: Gate = field(default_factory=lambda: Gate(is_open=True))
    manifest: Manifest | None = None
    loaded: LoadResult = NOTHING_LOADED
    page_uri: str = ""
    quarantine_uri: str = ""
    warnings: tuple[str, ...] = ()


@step("bring in", task_run_name="bring in {kind.dataset.name}")
def bring_in(run: Run, kind: Kind, planned: PlanResult, observations: Sequence[Observation]) -> Brought:
    """Parses, judges, curates and loads what the answers of one function hold.

    Args:
        run: the run.
        kind: what they are.
        planned: the plan, which knows the exchanges.
        observations: of the whole run; those of other functions are left alone.

    Returns:
        What became of it. Where the gate is closed, verdict and quarantine are kept and nothing is loaded.

    Raises:
        UnknownShape: a capture is not what it must be.
        QualityError: a rule could not be evaluated.
        LakeError: the lake cannot be read or written.
        WarehouseError: the load was rolled back.
    """
    own = tuple(observation for observation in observations if observation.call.function == kind.dataset.function)
    # Raw is the ingest step's to read, what is made of it the load step's to keep.
    raw, lake = open_lake(run.settings, run.settings.ingest_role), open_lake(run.settings, run.settings.load_role)
    moment = RunClock(run.as_of, run.settings.settling, planned.exchanges)
    parsed = kind.read(read_captures(raw, own))
    warnings = drift_warnings(kind.dataset.function, parsed.drift)
    ready = ready_rows(kind, parsed.table, moment)
    found = Brought(kind, own, parsed.table.num_rows, parsed.table.num_rows - ready.num_rows, warnings=warnings)
    if not ready.num_rows:
        return found
    context = context_of(kind, own, ready, moment, run.settings.gate_limit)
    suite = load_suite(SUITES / f"{kind.judged.name}.json", kind.judged)
    verdict = validate(ready, kind.judged, suite, run_id=run.run_id, context=context)
    gate = decide(verdict, run.settings.gate_limit, len(own))
    page_uri, quarantine_uri = _keep(run, lake, kind, verdict)
    warnings = (*warnings, *verdict.warnings, *gate.warnings)
    found = replace(found, verdict=verdict, gate=gate, page_uri=page_uri, quarantine_uri=quarantine_uri, warnings=warnings)
    if not (gate.is_open and verdict.accepted_rows):
        return found
    return _loaded(run, lake, found, curated_rows(kind, verdict.accepted, raw, observations))


def _keep(run: Run, lake: LakeStore, kind: Kind, verdict: Verdict) -> tuple[str, str]:
    place = f"{run.run_id}-{kind.dataset.name.replace('_', '-')}"
    page_uri = lake.put(keys.quality_page_key(place), verdict.page.encode(), "text/html; charset=utf-8")
    lake.put(keys.quality_result_key(place), json.dumps(verdict.result).encode(), "application/json")
    quarantine_uri = ""
    if verdict.quarantined.num_rows:
        quarantine_uri = lake.put(keys.quarantine_key(kind.dataset.name, run.run_id), to_quarantine(verdict.quarantined, kind.judged))
    return page_uri, quarantine_uri


def _loaded(run: Run, lake: LakeStore, found: Brought, table: pa.Table) -> Brought:
    dataset = found.kind.dataset
    manifest = write_curated(lake, dataset, table, run.run_id)
    loaded = load_dataset(run, dataset, manifest)
    logger.info("%s: %s new, %s changed, %s unchanged", dataset.name, loaded.new, loaded.changed, loaded.unchanged)
    return replace(found, manifest=manifest, loaded=loaded, warnings=(*found.warnings, *loaded.warnings))
