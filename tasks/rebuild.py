"""Every table made again from raw captures and observations, without one call to the API.

The loads that were committed are repeated in their order: the observations of each run are parsed, judged and curated as they were then,
which gives the same file, the same manifest and the same rows. What was loaded beside them (bars that a person released) has no observation
of its own and is loaded from its kept file.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa
from redshift_connector import Connection

from tasks import sessions
from tasks.alpha_vantage.daily import defer, read_daily
from tasks.alpha_vantage.overview import read_overviews
from tasks.curation.curate import curate
from tasks.curation.events import curate_listings
from tasks.curation.parquet import check_footer, to_parquet
from tasks.errors import TickerhouseError
from tasks.lake import keys
from tasks.lake.captures import read_captures
from tasks.lake.documents import get_json
from tasks.lake.errors import ObjectMissing
from tasks.lake.manifests import read_manifest, write_manifest
from tasks.lake.observations import read_observations
from tasks.lake.store import LakeStore
from tasks.quality.context import Context
from tasks.quality.judged import Judged
from tasks.quality.prices import DAILY_PRICES as DAILY
from tasks.quality.suite import load_suite
from tasks.quality.validation import validate
from tasks.records import Manifest, Observation
from tasks.reference import KINDS, OVERVIEW
from tasks.schema import DAILY_PRICES, DATASETS, LISTINGS, Dataset
from tasks.validate import SUITES
from tasks.warehouse.load import load
from tasks.warehouse.rebuild import PastLoad, empty_tables, past_loads

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
        copy_role: the IAM role of COPY, or ``default``.
        limit: the gate's limit, for the verdict alone; a rebuild stops at no gate, since what was loaded had passed it.
        suites: the folder of the suites.
        tell: says how far it is.
    """

    lake: LakeStore
    open_connection: Callable[[], Connection]
    settling: timedelta
    copy_role: str
    limit: float = 0.05
    suites: Path = SUITES
    tell: Callable[[str], None] = field(default=lambda _: None)


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild did.

    Attributes:
        loads: how many loads were repeated.
        rows: rows staged by them.
        from_files: loads that were repeated from their kept file, because no observation tells of them.
    """

    loads: int
    rows: int
    from_files: tuple[str, ...]


def rebuild(work: Rebuild) -> Rebuilt:
    """Empties the tables and repeats every load.

    Everything that can fail for want of data is made before the tables are emptied: the files of all loads.

    Raises:
        NothingToRebuild: there was no load.
        LakeError: a capture, an observation or a kept file cannot be read; nothing was changed.
        WarehouseError: the warehouse failed; run it again.
    """
    known = past_loads(work.open_connection) or _loads_of_the_lake(work.lake)
    if not known:
        raise NothingToRebuild("No load is known, neither to ops.load_audit nor to the lake.", "Run: tickerhouse run")
    files: list[tuple[Manifest, Dataset]] = []
    from_files: list[str] = []
    for past in known:
        manifest = _remade(work, past)
        if manifest is None:
            from_files.append(f"{past.dataset} of {past.run_id}")
            manifest = read_manifest(work.lake, past.manifest_uri)
        files.append((manifest, DATASETS[past.dataset]))
        work.tell(f"{past.dataset} of {past.run_id}: {manifest.rows:,} rows")
    empty_tables(work.open_connection)
    for manifest, dataset in files:
        load(work.open_connection, manifest, dataset, copy_role=work.copy_role)
    return Rebuilt(len(files), sum(manifest.rows for manifest, _ in files), tuple(from_files))


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
    observations = read_observations(work.lake, past.run_id)
    own = [observation for observation in observations if observation.call.function == dataset.function]
    if not own:
        return None
    as_of = _as_of(work.lake, past.run_id)
    table = _bars(work, own, as_of) if dataset is DAILY_PRICES else _reference(work, dataset, own, observations, as_of)
    if table.num_rows != past.rows:
        return None
    parquet = to_parquet(table, dataset)
    check_footer(parquet, dataset, table.num_rows)
    return write_manifest(work.lake, dataset, parquet, table.num_rows, past.run_id)


def _bars(work: Rebuild, own: Sequence[Observation], as_of: datetime) -> pa.Table:
    parsed = read_daily(read_captures(work.lake, own)).table
    ready, _ = defer(parsed, lambda observed_at: sessions.last_final_session(min(observed_at, as_of), work.settling))
    return curate(_accepted(work, DAILY, ready, own, as_of), DAILY_PRICES)


def _reference(work: Rebuild, dataset: Dataset, own: Sequence[Observation], every: Sequence[Observation], as_of: datetime) -> pa.Table:
    kind = KINDS[dataset.name]
    accepted = _accepted(work, kind.judged, kind.read(read_captures(work.lake, own)).table, own, as_of)
    asked = [observation for observation in every if observation.call.function == OVERVIEW]
    if dataset is LISTINGS and asked:
        return curate_listings(accepted, read_overviews(read_captures(work.lake, asked)).table)
    return kind.curate(accepted)


def _accepted(work: Rebuild, judged: Judged, rows: pa.Table, own: Sequence[Observation], as_of: datetime) -> pa.Table:
    asked = {observation.call.symbol for observation in own} - {""} or {str(symbol) for symbol in rows.column("symbol").to_pylist()}
    newest = sessions.last_final_session(as_of, work.settling)
    context = Context(sessions.session_days(), newest, asked, work.limit)
    return validate(rows, judged, load_suite(work.suites / f"{judged.name}.json", judged), run_id="rebuild", context=context).accepted


def _as_of(lake: LakeStore, run_id: str) -> datetime:
    try:
        return datetime.fromisoformat(str(get_json(lake, keys.run_key(run_id))["as_of"]))
    except (ObjectMissing, KeyError, ValueError):
        # A run that was killed after its load left no summary; it spoke for the moment it began.
        return datetime.strptime(run_id[_RUN_STARTED], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
