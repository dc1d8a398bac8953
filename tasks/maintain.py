"""Removes what is no longer needed: rejected bodies, ended silences, and bars older than the configured retention.

Raw captures, observations and curated files are never touched here. The ledger of calls drops its old days itself, whenever it is written.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tasks.alerting.alert import RAISED_BY_PREFECT
from tasks.datasets import SCHEMAS
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.run import Run
from tasks.orchestration.step import step
from tasks.orchestration.step_log import step_logger
from tasks.orchestration.table_load import hold_tables, load_options
from tasks.warehouse.retention import Removed, first_kept, remove_before

logger = step_logger("maintain")

_RECEIVED: Final = re.compile(r"year=(\d{4})/month=(\d{2})/day=(\d{2})/")


@dataclass(frozen=True)
class Maintenance:
    """What was removed.

    Attributes:
        rejected: scrubbed bodies of refusals.
        silences: silences that had ended.
        bars: what retention removed of the warehouse; None where it keeps everything.
    """

    rejected: int
    silences: int
    bars: Removed | None = None

    @property
    def headline(self) -> str:
        """The same in one sentence."""
        removed = f"{self.rejected} rejected bodies and {self.silences} ended silences removed"
        if self.bars is None:
            return removed
        return f"{removed}; {self.bars.bars:,} bars before {self.bars.before} removed from the warehouse, raw captures are kept"


@step("maintain")
def maintain(run: Run, rejected_days: int) -> Maintenance:
    """Removes what is no longer needed.

    Args:
        run: the run.
        rejected_days: how many days the scrubbed bodies of refusals are kept.

    Raises:
        LakeError: the lake cannot be read or written.
        WarehouseError: bars past their retention could not be removed; the warehouse is as it was.
    """
    lake = run.lake
    oldest = run.as_of.date() - timedelta(days=rejected_days)
    old = [key for key in lake.keys("rejected/") if (received := _received(key)) is not None and received < oldest]
    for key in old:
        lake.delete(key)
    done = Maintenance(len(old), _prune_silences(run, lake), _remove_old_bars(run))
    logger.info("%s", done.headline)
    return done


def _remove_old_bars(run: Run) -> Removed | None:
    settings = run.settings
    before = first_kept(run.as_of.date(), settings.retention_years, settings.retention_days)
    if before is None:
        return None
    retained = [schema for schema in SCHEMAS if schema.is_retained_by_age]
    with hold_tables(run, [schema.table for schema in retained]):
        return remove_before(run.warehouse, before, run.run_id, retained, load_options(settings))


def _received(key: str) -> date | None:
    match = _RECEIVED.search(key)
    return date(int(match[1]), int(match[2]), int(match[3])) if match else None


def _prune_silences(run: Run, lake: LakeStore) -> int:
    silences = state.silences().read(lake)
    # Those of RAISED_BY_PREFECT are forgotten by the freshness check, which resumes what they paused.
    kept = state.silences().change(lake, lambda all_: tuple(s for s in all_ if s.until > run.as_of or s.alert in RAISED_BY_PREFECT))
    return len(silences) - len(kept)
