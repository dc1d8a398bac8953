"""Step 3: captures into one table of bars, raw strings beside typed columns; bars that are not final are set apart."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa

from tasks import sessions
from tasks.alpha_vantage.daily import SHAPE, defer, read_daily
from tasks.alpha_vantage.parsing import drift_warnings
from tasks.lake.captures import read_captures
from tasks.orchestration.clients import open_lake
from tasks.orchestration.run import Run
from tasks.orchestration.step import step, step_logger
from tasks.quality.row_count import count_series_rows
from tasks.records import CapturedBody, Observation

logger = step_logger("parse")


@dataclass(frozen=True)
class Parsing:
    """Bars of one run.

    Attributes:
        ready: rows of ``PARSED_DAILY_PRICES`` to be judged.
        deferred: the same, of sessions that were not final.
        warnings: columns that the endpoint did not have before, for the summary.
        counted: rows counted in the bytes of the captures, without the parser.
    """

    ready: pa.Table
    deferred: pa.Table
    warnings: tuple[str, ...] = ()
    counted: int = 0

    @property
    def rows(self) -> int:
        """All bars that were parsed."""
        return self.ready.num_rows + self.deferred.num_rows


@step("parse")
def parse(run: Run, observations: tuple[Observation, ...]) -> Parsing:
    """Reads the captures of a run back from the lake and parses them.

    A bar is final when its session was final both when it was observed and at ``as_of``: a half-day bar is never frozen.

    Raises:
        UnknownShape: a capture is not what it must be.
        LakeError: a capture cannot be read, or is damaged.
    """
    lake = open_lake(run.settings, run.settings.ingest_role)

    def final_through(observed_at: datetime) -> date:
        return sessions.last_final_session(min(observed_at, run.as_of), run.settings.settling)

    counted = 0

    def counting(bodies: Iterable[CapturedBody]) -> Iterator[CapturedBody]:
        nonlocal counted
        for body in bodies:
            counted += count_series_rows(body.body)
            yield body

    parsed = read_daily(counting(read_captures(lake, observations)))
    ready, deferred = defer(parsed.table, final_through)
    logger.info("%s bars, %s of them deferred", f"{ready.num_rows + deferred.num_rows:,}", deferred.num_rows)
    warnings = drift_warnings(SHAPE.function, parsed.drift)
    for warning in warnings:
        logger.warning("%s", warning)
    return Parsing(ready, deferred, warnings, counted)
