"""Every table made again from raw captures and observations, without one call to the API.

The loads that were committed are repeated in their order, and what retention removed between them is removed again: the observations of
each run are parsed, judged and curated as they were then, which gives the same file, the same manifest and the same rows. What was loaded
beside them (bars that a person released) has no observation of its own and is loaded from its kept file.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa
from redshift_connector import Connection

from tasks.alpha_vantage.daily import read_daily
from tasks.curation.curate import curate
from tasks.errors import TickerhouseError
from tasks.lake import keys
from tasks.lake.captures import read_captures
from tasks.lake.errors import ObjectMissing
from tasks.lake.json_documents import get_json, put_json
from tasks.lake.manifests import read_manifest
from tasks.lake.observations import read_observations
from tasks.lake.store import LakeStore
from tasks.orchestration.curated_file import write_curated
from tasks.quality import prices
from tasks.quality.suite import load_suite
from tasks.quality.validation import validate
from tasks.records import Manifest, Observation
from tasks.reference import KINDS, Kind, RunClock, context_of, curated_rows, ready_rows
from tasks.schema import DAILY_PRICES, DATASETS
from tasks.validate import SUITES
from tasks.warehouse.load import load
from tasks.warehouse.options import LoadOptions
from tasks.warehouse.rebuild import PastLoad, empty_tables, past_loads
from tasks.warehouse.retention import remove_before

DAILY: Final = Kind(DAILY_PRICES, prices.DAILY_PRICES, read_daily, lambda accepted: curate(accepted, DAILY_PRICES), is_series=True)
"""Daily prices as one more kind; the daily run's own steps do the same with more to tell."""

_RUN_STARTED: Final = slice(0, 16)


class NothingToRebuild(TickerhouseError):
    """Neither the audit nor the lake knows of a load."""


@dataclass(frozen=True)
class Rebuild:
    """How tables are made again.

    Attributes:
        lake: raw captures, observations, manifests.
        open_connection: opens the warehouse.
        settling: how long after its close a session counts as final.
        options: COPY's role, and how often a load is tried again.
        limit: the gate's limit, for the verdict alone; a rebuild stops at no gate, since what was loaded had passed it.
        suites: the folder of the suites.
        exchanges: the exchange of every symbol that is not listed on the default one.
        tell: says how far it is.
        has_retention: whether what retention had removed is removed again; otherwise it comes back.
        hold: keeps others from writing the tables until the block ends.
        sources: the same lake with the ingest step's rights, for captures, observations and summaries; None where one has all rights.
    """

    lake: LakeStore
    open_connection: Callable[[], Connection]
    settling: timedelta
    options: LoadOptions
    limit: float = 0.05
    suites: Path = SUITES
    exchanges: Mapping[str, str] = field(default_factory=dict)
    tell: Callable[[str], None] = field(default=lambda _: None)
    has_retention: bool = True
    hold: Callable[[], AbstractContextManager[None]] = nullcontext
    sources: LakeStore | None = None

    @property
    def raw(self) -> LakeStore:
        """The lake, for what came from the API."""
        return self.sources or self.lake


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild did.

    Attributes:
        loads: how many loads were repeated.
        rows: rows staged by them.
        removals: how many removals by retention were repeated.
        from_files: loads that were repeated from their kept file, because no observation tells of them.
        notes: what a person should know.
    """

    loads: int
    rows: int
    removals: int
    from_files: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """The same in one sentence."""
        told = f"{self.loads} loads repeated, {self.rows:,} rows"
        return f"{told}, {self.removals} removals by retention" if self.removals else told


def rebuild(work: Rebuild) -> Rebuilt:
    """Empties the tables and repeats every load and removal.

    Everything that can fail for want of data is made before the tables are emptied: the files of all loads. What is to be repeated is
    written down in the lake before that, too, so that a rebuild that was cut off is taken up by the next one, which would find half an
    audit in the warehouse.

    Raises:
        NothingToRebuild: there was no load.
        LakeError: a capture, an observation or a kept file cannot be read; nothing was changed.
        WarehouseError: the warehouse failed; run it again.
    """
    with work.hold():
        known, notes = _known(work)
        files: list[tuple[PastLoad, Manifest | None]] = []
        from_files: list[str] = []
        for past in known:
            if past.removed_before is not None:
                files += [(past, None)] if work.has_retention else []
                continue
            manifest = _remade(work, past)
            if manifest is None:
                from_files.append(f"{past.dataset} of {past.run_id}")
                manifest = read_manifest(work.lake, past.manifest_uri)
            files.append((past, manifest))
            work.tell(f"{past.dataset} of {past.run_id}: {manifest.rows:,} rows")
        _write_down(work.lake, known)
        empty_tables(work.open_connection, DATASETS.values())
        for past, manifest in files:
            _repeat(work, past, manifest)
        _write_down(work.lake, [])
    if not work.has_retention and any(past.removed_before for past in known):
        notes = (*notes, "no retention is set: the bars that it had removed are back")
    made = [manifest for _, manifest in files if manifest is not None]
    return Rebuilt(len(made), sum(manifest.rows for manifest in made), len(files) - len(made), tuple(from_files), notes)


def _repeat(work: Rebuild, past: PastLoad, manifest: Manifest | None) -> None:
    if manifest is not None:
        load(work.open_connection, manifest, DATASETS[past.dataset], work.options)
    elif past.removed_before is not None:
        removed = remove_before(work.open_connection, past.removed_before, past.run_id, DATASETS.values(), work.options)
        work.tell(f"retention of {past.run_id}: {removed.bars:,} bars before {removed.before} removed again")


def _known(work: Rebuild) -> tuple[list[PastLoad], tuple[str, ...]]:
    audited, begun = past_loads(work.open_connection), _written_down(work.lake)
    if begun:
        # What was loaded since it was cut off is known to the audit alone.
        since = [past for past in audited if past not in begun]
        return [*begun, *since], ("a rebuild that was cut off was done again from its beginning",)
    if audited:
        return audited, ()
    found = _loads_of_the_lake(work.lake)
    if not found:
        raise NothingToRebuild("No load is known, neither to ops.load_audit nor to the lake.", "Run: tickerhouse run")
    return found, ("ops.load_audit was empty: every manifest of the lake was loaded; what retention had removed is back until maintenance",)


def _write_down(lake: LakeStore, loads: Sequence[PastLoad]) -> None:
    put_json(lake, keys.rebuild_key(), {"loads": [{**asdict(past), "removed_before": _text(past.removed_before)} for past in loads]})


def _written_down(lake: LakeStore) -> list[PastLoad]:
    try:
        loads = get_json(lake, keys.rebuild_key())["loads"]
    except ObjectMissing:
        return []
    return [
        PastLoad(**{**past, "removed_before": date.fromisoformat(past["removed_before"]) if past["removed_before"] else None})
        for past in loads
    ]


def _text(session: date | None) -> str:
    return "" if session is None else session.isoformat()


def _loads_of_the_lake(lake: LakeStore) -> list[PastLoad]:
    found = []
    for dataset in DATASETS.values():
        for key in lake.keys(f"manifests/{dataset.name}/"):
            manifest = read_manifest(lake, key)
            found.append(PastLoad(dataset.name, manifest.run_id, manifest.uri, manifest.rows))
    return sorted(found, key=lambda past: (past.run_id, past.dataset))


def _remade(work: Rebuild, past: PastLoad) -> Manifest | None:
    """The file of a load, made again from captures; None where they do not give the rows that were loaded."""
    dataset = DATASETS[past.dataset]
    observations = read_observations(work.raw, past.run_id)
    own = [observation for observation in observations if observation.call.function == dataset.function]
    if not own:
        return None
    moment = RunClock(_as_of(work.raw, past.run_id), work.settling, work.exchanges)
    table = _curated(work, DAILY if dataset is DAILY_PRICES else KINDS[dataset.name], own, observations, moment)
    if table.num_rows != past.rows:
        return None
    return write_curated(work.lake, dataset, table, past.run_id)


def _curated(work: Rebuild, kind: Kind, own: Sequence[Observation], every: Sequence[Observation], moment: RunClock) -> pa.Table:
    rows = ready_rows(kind, kind.read(read_captures(work.raw, own)).table, moment)
    context = context_of(kind, own, rows, moment, work.limit)
    suite = load_suite(work.suites / f"{kind.judged.name}.json", kind.judged)
    accepted = validate(rows, kind.judged, suite, run_id="rebuild", context=context).accepted
    return curated_rows(kind, accepted, work.raw, every)


def _as_of(lake: LakeStore, run_id: str) -> datetime:
    try:
        return datetime.fromisoformat(str(get_json(lake, keys.run_key(run_id))["as_of"]))
    except (ObjectMissing, KeyError, ValueError):
        # A run that was killed after its load left no summary; it spoke for the moment it began.
        return datetime.strptime(run_id[_RUN_STARTED], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
