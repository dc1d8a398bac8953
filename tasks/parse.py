"""Step 3, parse: the stored responses of one dataset into one typed table; rows of sessions that are not final are deferred.

A response that cannot be read, or of which not as many rows were parsed as are counted in its bytes, costs its own symbol and no other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tasks.alpha_vantage.errors import UnknownShape
from tasks.alpha_vantage.parsing import drift_warnings
from tasks.datasets import Dataset
from tasks.lake.captures import read_captures
from tasks.lake.errors import LakeError
from tasks.orchestration.run import Run
from tasks.orchestration.step import step
from tasks.orchestration.step_log import step_logger
from tasks.records import CapturedBody, Observation
from tasks.results.dataset_result import ParsedRows, SetAsideCapture, ShardResult
from tasks.results.row_counts import differing_captures, rows_by_capture
from tasks.results.shards import parsed_together
from tasks.sessions import SessionClock
from tasks.wording import counted

logger = step_logger("parse")


def parse_captures(run: Run, dataset: Dataset, observations: tuple[Observation, ...], clock: SessionClock) -> ParsedRows:
    """Reads the captures of one dataset back from the lake and parses them.

    A bar is final when its session was final both when it was observed and at the moment of the run, by the calendar of its symbol's own
    exchange: a half-day bar is never frozen.

    Args:
        run: the run.
        dataset: what the captures hold.
        observations: of that dataset's function.
        clock: the moment of the run, and the exchange of every symbol.

    Raises:
        LakeError: the lake cannot be read.
    """
    counted: dict[str, int] = {}
    set_aside: dict[str, SetAsideCapture] = {}

    def counting(bodies: Iterable[CapturedBody]) -> Iterator[CapturedBody]:
        for body in bodies:
            counted[body.key] = dataset.count_rows(body.body)
            yield body

    def keep_apart(body: CapturedBody, error: UnknownShape) -> None:
        set_aside[body.key] = SetAsideCapture(body.symbol, body.key, error.fact)

    def keep_damaged_apart(observation: Observation, error: LakeError) -> None:
        set_aside[observation.capture.key] = SetAsideCapture(observation.call.symbol, observation.capture.key, error.fact)

    parsed = dataset.parse(counting(read_captures(run.raw, observations, keep_damaged_apart)), keep_apart)
    found = rows_by_capture(parsed.table)
    symbols = {observation.capture.key: observation.call.symbol for observation in observations}
    for key in differing_captures({key: rows for key, rows in counted.items() if key not in set_aside}, found):
        reason = f"{found.get(key, 0):,} rows were parsed and {counted[key]:,} are counted in its bytes."
        set_aside[key] = SetAsideCapture(symbols[key], key, reason)
    final, deferred = dataset.split_final(_without(parsed.table, set_aside), clock)
    warnings = drift_warnings(dataset.function, parsed.drift)
    for warning in (*warnings, *(each.sentence for each in set_aside.values())):
        logger.warning("%s", warning)
    return ParsedRows(
        final,
        deferred,
        clock,
        tuple(observation for observation in observations if observation.capture.key not in set_aside),
        {key: rows for key, rows in counted.items() if key not in set_aside},
        warnings,
        tuple(set_aside.values()),
    )


@step("parse", "parse {dataset.name}")
def parse(
    run: Run, dataset: Dataset, observations: tuple[Observation, ...], clock: SessionClock, shards: Sequence[ShardResult] = ()
) -> ParsedRows:
    """See :func:`parse_captures`; what shards have parsed is put together."""
    parsed = parsed_together(shards, clock) if shards else parse_captures(run, dataset, observations, clock)
    logger.info("%s: %s, %s of them deferred", dataset.name, counted(parsed.rows, "row"), f"{parsed.deferred.num_rows:,}")
    return parsed


def _without(rows: pa.Table, set_aside: Mapping[str, SetAsideCapture]) -> pa.Table:
    if not set_aside:
        return rows
    is_kept: Any = pc.invert(pc.is_in(rows.column("capture_key"), pa.array(list(set_aside), pa.string())))
    return rows.filter(is_kept)
