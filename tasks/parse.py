"""Step 3, parse: the stored responses of one dataset into one typed table; rows of sessions that are not final are deferred."""

from collections.abc import Iterable, Iterator

from tasks.alpha_vantage.parsing import drift_warnings
from tasks.datasets import Dataset
from tasks.lake.captures import read_captures
from tasks.orchestration.run import Run
from tasks.orchestration.step import step
from tasks.orchestration.step_log import step_logger
from tasks.records import CapturedBody, Observation
from tasks.results.dataset_result import ParsedRows
from tasks.sessions import SessionClock

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
        UnknownShape: a capture is not what it must be.
        LakeError: a capture cannot be read, or is damaged.
    """
    counted: dict[str, int] = {}

    def counting(bodies: Iterable[CapturedBody]) -> Iterator[CapturedBody]:
        for body in bodies:
            counted[body.key] = dataset.count_rows(body.body)
            yield body

    parsed = dataset.parse(counting(read_captures(run.raw, observations)))
    final, deferred = dataset.split_final(parsed.table, clock)
    warnings = drift_warnings(dataset.function, parsed.drift)
    for warning in warnings:
        logger.warning("%s", warning)
    return ParsedRows(final, deferred, clock, observations, counted, warnings)


@step("parse", "parse {dataset.name}")
def parse(run: Run, dataset: Dataset, observations: tuple[Observation, ...], clock: SessionClock) -> ParsedRows:
    """See :func:`parse_captures`."""
    parsed = parse_captures(run, dataset, observations, clock)
    logger.info("%s: %s rows, %s of them deferred", dataset.name, f"{parsed.rows:,}", f"{parsed.deferred.num_rows:,}")
    return parsed
