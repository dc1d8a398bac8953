"""Removes what is no longer needed: rejected bodies, files that runs wrote for the lake, ended silences, Prefect's old runs, old bars.

Raw captures, observations and curated files are never touched here. The ledger of calls drops its old days itself, whenever it is written.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tasks.alerting.alert import RAISED_BY_PREFECT
from tasks.datasets import SCHEMAS, Dataset
from tasks.lake.keys import SNAPSHOTS
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.planning_inputs import listed_exchanges
from tasks.orchestration.prefect_retention import RunsNotRemoved, remove_old_flow_runs
from tasks.orchestration.run import Run
from tasks.orchestration.step import step
from tasks.orchestration.step_log import step_logger
from tasks.orchestration.table_load import hold_tables, load_options
from tasks.warehouse.retention import Removed, first_kept, remove_before
from tasks.wording import agreeing, counted
from tasks.write_lake import IN_THE_LAKE, replace_files

logger = step_logger("maintain")

_RUN_DAY: Final = re.compile(rf"{SNAPSHOTS}[^/]+/(\d{{4}})(\d{{2}})(\d{{2}})T\d{{6}}Z-", re.ASCII)
_RECEIVED: Final = re.compile(r"year=(\d{4})/month=(\d{2})/day=(\d{2})/")


@dataclass(frozen=True)
class Maintenance:
    """What was removed.

    Attributes:
        rejected: scrubbed bodies of refusals.
        silences: silences that had ended.
        bars: what retention removed of the warehouse; None where it keeps everything.
        snapshots: files that runs wrote for the lake.
        flow_runs: what Prefect held of old runs, with their logs.
        warnings: what could not be done, a sentence each.
    """

    rejected: int
    silences: int
    bars: Removed | None = None
    snapshots: int = 0
    flow_runs: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """The same in one sentence."""
        bodies = f"{self.rejected:,} rejected {agreeing(self.rejected, 'body', 'bodies')}"
        rest = f"{counted(self.silences, 'ended silence')} and {counted(self.flow_runs, 'old flow run')} in Prefect"
        removed = f"{bodies}, {counted(self.snapshots, 'old file')} of lake-snapshots/, {rest} removed"
        if self.bars is not None:
            bars = f"{counted(self.bars.bars, 'bar')} before {self.bars.before}"
            removed = f"{removed}; {bars} removed from the warehouse, raw captures are kept"
        return " ".join([removed, *self.warnings])


@step("maintain")
def maintain(run: Run, rejected_days: int, runs_days: int) -> Maintenance:
    """Removes what is no longer needed.

    Args:
        run: the run.
        rejected_days: how many days the scrubbed bodies of refusals are kept.
        runs_days: how many days Prefect keeps runs that ended, and their logs.

    Raises:
        LakeError: the lake cannot be read or written.
        WarehouseError: bars past their retention could not be removed; the warehouse is as it was.
    """
    lake = run.lake
    oldest = run.as_of.date() - timedelta(days=rejected_days)
    old = [key for key in lake.keys("rejected/") if (received := _received(key)) is not None and received < oldest]
    outlived = _old_snapshots(run, lake)
    for key in (*old, *outlived):
        lake.delete(key)
    removed = _remove_old_bars(run)
    warnings = [warning for dataset in IN_THE_LAKE if _lacks_changes(lake, dataset, removed) for warning in replace_files(run, dataset)]
    silences = _prune_silences(run, lake)
    flow_runs = 0
    try:
        flow_runs = remove_old_flow_runs(run.settings, run.as_of - timedelta(days=runs_days))
    except RunsNotRemoved as error:
        # What is left there does no harm for a week.
        warnings.append(str(error))
    done = Maintenance(len(old), silences, removed, len(outlived), flow_runs, tuple(warnings))
    logger.info("%s", done.headline)
    return done


def _remove_old_bars(run: Run) -> Removed | None:
    settings = run.settings
    before = first_kept(run.as_of.date(), settings.retention_years, settings.retention_days)
    if before is None:
        return None
    exchanges = listed_exchanges(settings.watchlist, run.clients)
    retained = [schema for schema in SCHEMAS if schema.is_retained_by_age]
    with hold_tables(run, [schema.table for schema in retained]):
        return remove_before(run.warehouse, before, run.run_id, retained, load_options(settings, exchanges))


def _old_snapshots(run: Run, lake: LakeStore) -> list[str]:
    """The keys of the files that runs wrote before those that are kept; a run's id begins with its day."""
    first = run.as_of.date() - timedelta(days=run.settings.lake_snapshot_days)
    return [key for key in lake.keys(SNAPSHOTS) if (found := _RUN_DAY.match(key)) and date(*map(int, found.groups())) < first]


def _lacks_changes(lake: LakeStore, dataset: Dataset, removed: Removed | None) -> bool:
    """Whether current files lack what the table has; a workgroup is not woken for nothing."""
    return bool((removed and removed.rows.get(dataset.schema.table)) or state.current_files(dataset.name).read(lake).stale)


def _received(key: str) -> date | None:
    match = _RECEIVED.search(key)
    return date(int(match[1]), int(match[2]), int(match[3])) if match else None


def _prune_silences(run: Run, lake: LakeStore) -> int:
    silences = state.silences().read(lake)
    # Those of RAISED_BY_PREFECT are forgotten by the freshness check, which resumes what they paused.
    kept = state.silences().change(lake, lambda all_: tuple(s for s in all_ if s.until > run.as_of or s.alert in RAISED_BY_PREFECT))
    return len(silences) - len(kept)
