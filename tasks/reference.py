"""What is brought in beside prices: events and listings. The same steps for each kind: parse, judge, curate, load.

Every kind is one entry of ``KINDS``; the flows ``corporate_actions`` and ``listings`` name the kinds they bring in.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa

from tasks import sessions
from tasks.alpha_vantage.dividends import read_dividends
from tasks.alpha_vantage.listing_status import read_listing_status
from tasks.alpha_vantage.overview import read_overviews
from tasks.alpha_vantage.splits import read_splits
from tasks.alpha_vantage.tables import Parsed, drift_warnings
from tasks.aws import open_lake, warehouse_door
from tasks.curation.events import curate_dividends, curate_listings, curate_splits
from tasks.curation.parquet import check_footer, to_parquet
from tasks.lake import keys
from tasks.lake.captures import read_captures
from tasks.lake.manifests import write_manifest
from tasks.quality import events
from tasks.quality.context import Context
from tasks.quality.gate import decide
from tasks.quality.judged import Judged
from tasks.quality.quarantine import to_parquet as to_quarantine
from tasks.quality.suite import load_suite
from tasks.quality.validation import validate
from tasks.quality.verdict import Verdict
from tasks.records import CapturedBody, LoadResult, Manifest, Observation
from tasks.run import Run
from tasks.schema import DIVIDENDS, LISTINGS, SPLITS, Dataset
from tasks.step import step, step_logger
from tasks.validate import SUITES, GateClosed
from tasks.warehouse.load import load

OVERVIEW: Final = "OVERVIEW"

logger = step_logger("reference")


@dataclass(frozen=True)
class Kind:
    """One kind of reference data.

    Attributes:
        dataset: which function it comes from and which table it goes into.
        judged: what its suite is about.
        read: parses captures.
        curate: makes the curated table of accepted rows.
    """

    dataset: Dataset
    judged: Judged
    read: Callable[[Iterable[CapturedBody]], Parsed]
    curate: Callable[[pa.Table], pa.Table]


KINDS: Final[Mapping[str, Kind]] = {
    kind.dataset.name: kind
    for kind in (
        Kind(DIVIDENDS, events.DIVIDENDS, read_dividends, curate_dividends),
        Kind(SPLITS, events.SPLITS, read_splits, curate_splits),
        Kind(LISTINGS, events.LISTINGS, read_listing_status, curate_listings),
    )
}


@dataclass(frozen=True)
class Brought:
    """What became of one kind.

    Attributes:
        dataset: the kind.
        parsed: rows of the captures.
        verdict: what was found; None where there was no row to judge.
        manifest: the curated file, or None where no row was accepted.
        loaded: what the load did.
        page_uri: the verdict page, empty where there was nothing to judge.
        warnings: what a person should know.
    """

    dataset: Dataset
    parsed: int = 0
    verdict: Verdict | None = None
    manifest: Manifest | None = None
    loaded: LoadResult = field(
        default_factory=lambda: LoadResult(
            staged=0, new=0, changed=0, unchanged=0, already_loaded=False, touched={}, seconds_in_transaction=0.0
        )
    )
    page_uri: str = ""
    warnings: tuple[str, ...] = ()


@step("bring in", task_run_name="bring in {kind.dataset.name}")
def bring_in(run: Run, kind: Kind, observations: Sequence[Observation]) -> Brought:
    """Takes the answers of one function from the lake into their table.

    Args:
        run: the run.
        kind: what they are.
        observations: of the whole run; those of other functions are left alone.

    Raises:
        UnknownShape: a capture is not what it must be.
        GateClosed: too many rows were held back; nothing of the kind was loaded.
        LakeError: the lake cannot be read or written.
        WarehouseError: the load was rolled back.
    """
    own = [observation for observation in observations if observation.call.function == kind.dataset.function]
    lake = open_lake(run.settings, run.settings.load_role)
    parsed = kind.read(read_captures(lake, own))
    warnings = drift_warnings(kind.dataset.function, parsed.drift)
    if not parsed.table.num_rows:
        return Brought(kind.dataset, warnings=warnings)
    verdict = _judge(run, kind, parsed.table, own)
    place = f"{run.run_id}-{kind.dataset.name.replace('_', '-')}"
    page_uri = lake.put(keys.quality_page_key(place), verdict.page.encode(), "text/html; charset=utf-8")
    lake.put(keys.quality_result_key(place), json.dumps(verdict.result).encode(), "application/json")
    if verdict.quarantined.num_rows:
        lake.put(keys.quarantine_key(kind.dataset.name, run.run_id), to_quarantine(verdict.quarantined, kind.judged))
    gate = decide(verdict, run.settings.gate_limit, len(own))
    if not gate.is_open:
        raise GateClosed(f"{kind.dataset.name}: {' '.join(gate.reasons)}", f"Nothing of it was loaded; see {page_uri}.")
    if not verdict.accepted_rows:
        return Brought(kind.dataset, parsed.table.num_rows, verdict, page_uri=page_uri, warnings=(*warnings, *verdict.warnings))
    table = _curated(run, kind, verdict, observations)
    parquet = to_parquet(table, kind.dataset)
    check_footer(parquet, kind.dataset, table.num_rows)
    manifest = write_manifest(lake, kind.dataset, parquet, table.num_rows, run.run_id)
    loaded = load_dataset(run, kind.dataset, manifest)
    logger.info("%s: %s new, %s changed, %s unchanged", kind.dataset.name, loaded.new, loaded.changed, loaded.unchanged)
    return Brought(kind.dataset, parsed.table.num_rows, verdict, manifest, loaded, page_uri, (*warnings, *verdict.warnings))


def load_dataset(run: Run, dataset: Dataset, manifest: Manifest) -> LoadResult:
    """Loads the curated file of any dataset in one transaction."""
    return load(
        warehouse_door(run.settings),
        manifest,
        dataset,
        copy_role=run.settings.copy_role,
        retries=run.settings.warehouse_retries,
        retry_wait=run.settings.warehouse_retry_wait,
    )


def _judge(run: Run, kind: Kind, rows: pa.Table, own: Sequence[Observation]) -> Verdict:
    asked = {observation.call.symbol for observation in own} - {""} or {str(symbol) for symbol in rows.column("symbol").to_pylist()}
    newest = sessions.last_final_session(run.as_of, run.settings.settling)
    context = Context(sessions.session_days(), newest, asked, run.settings.gate_limit)
    return validate(rows, kind.judged, load_suite(SUITES / f"{kind.dataset.name}.json", kind.judged), run_id=run.run_id, context=context)


def _curated(run: Run, kind: Kind, verdict: Verdict, observations: Sequence[Observation]) -> pa.Table:
    accepted = verdict.accepted
    asked = [observation for observation in observations if observation.call.function == OVERVIEW]
    if kind.dataset is not LISTINGS or not asked:
        return kind.curate(accepted)
    return curate_listings(accepted, read_overviews(read_captures(open_lake(run.settings, run.settings.load_role), asked)).table)
