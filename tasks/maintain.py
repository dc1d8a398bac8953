"""What time makes superfluous: rejected bodies, silences that have ended. Raw captures, curated files and bars are never touched here."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tasks.alerting.records import silences_from_json, silences_to_json
from tasks.aws import open_lake
from tasks.lake.alerts import read_silences, write_silences
from tasks.lake.store import LakeStore
from tasks.run import Run
from tasks.step import step, step_logger

logger = step_logger("maintain")

_RECEIVED: Final = re.compile(r"year=(\d{4})/month=(\d{2})/day=(\d{2})/")


@dataclass(frozen=True)
class Maintenance:
    """What was removed."""

    rejected: int
    silences: int

    @property
    def headline(self) -> str:
        """The same in one sentence."""
        return f"{self.rejected} rejected bodies and {self.silences} ended silences removed"


@step("maintain")
def maintain(run: Run, rejected_days: int) -> Maintenance:
    """Removes what nobody will look at any more.

    Args:
        run: the run.
        rejected_days: how many days the scrubbed bodies of refusals are kept.

    Raises:
        LakeError: the lake cannot be read or written.
    """
    lake = open_lake(run.settings, run.settings.load_role)
    oldest = run.as_of.date() - timedelta(days=rejected_days)
    old = [key for key in lake.keys("rejected/") if (received := _received(key)) is not None and received < oldest]
    for key in old:
        lake.delete(key)
    done = Maintenance(len(old), _prune_silences(run, lake))
    logger.info("%s", done.headline)
    return done


def _received(key: str) -> date | None:
    match = _RECEIVED.search(key)
    return date(int(match[1]), int(match[2]), int(match[3])) if match else None


def _prune_silences(run: Run, lake: LakeStore) -> int:
    silences = silences_from_json(read_silences(lake))
    kept = [silence for silence in silences if silence.until > run.as_of]
    if len(kept) < len(silences):
        write_silences(lake, silences_to_json(kept))
    return len(silences) - len(kept)
