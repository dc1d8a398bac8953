"""A large run in shards: parse, validate and curate, cut by symbol, each shard a run of the deployment ``shard`` on any work pool.

The run that is cut sends the calls, puts the shards' results together, judges them and loads them; a shard reads stored responses and
writes under ``shards/``, with the ingest role's rights and no others. It takes the steps' own functions, so that a run that is not cut and
one that is give the same rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from tasks.curate import curated_rows
from tasks.datasets import DATASETS, Dataset
from tasks.orchestration.curated_file import curated_parquet
from tasks.orchestration.run import Run
from tasks.orchestration.shard_runs import Patience, has_deployment, run_orders, shard_deployment
from tasks.orchestration.step import step
from tasks.orchestration.step_log import step_logger
from tasks.parse import parse_captures
from tasks.records import Observation
from tasks.results.capture_sizes import rows_before, sizes_before
from tasks.results.dataset_result import ShardResult
from tasks.results.shards import ShardOrder, cut, read_order, read_results, write_order, write_results
from tasks.sessions import SessionClock
from tasks.validate import suite_of, validate_rows
from tasks.wording import counted

logger = step_logger("shard")


@dataclass(frozen=True)
class ShardWork:
    """The work that a run may cut into shards.

    Attributes:
        observations: of the whole run.
        clock: the moment of the run, and the exchange of every symbol.
        due: the session that is due, per symbol; empty where nobody waits for one.
    """

    observations: tuple[Observation, ...]
    clock: SessionClock
    due: Mapping[str, date]


def shards_of(run: Run, dataset: Dataset, work: ShardWork) -> tuple[ShardResult, ...]:
    """Cuts what is large enough into shards, has them made, and gives their results.

    Args:
        run: the run that is cut.
        dataset: what its captures hold.
        work: what is to be cut.

    Returns:
        The results, in the order of the captures; none where the work belongs into this process: settings cut nothing, there are too few
        captures or symbols, or Prefect has no such deployment, which the log then says.

    Raises:
        ShardFailed: a shard died as often as settings allow.
        LakeError: the lake cannot be read or written, or does not hold what a shard wrote.
    """
    settings = run.settings
    captures = sum(observation.call.function == dataset.function for observation in work.observations)
    if not settings.shards or captures < settings.shard_captures:
        return ()
    groups = cut(work.observations, dataset, settings.shards)
    deployment = shard_deployment(settings.environment)
    if len(groups) < 2:  # noqa: PLR2004 - one shard is the process itself, with a way round
        return ()
    if not has_deployment(deployment):
        logger.warning("Prefect has no deployment %s: all is done in this process; `tickerhouse deploy` makes it", deployment)
        return ()
    return _made(run, dataset, _orders(run, dataset, work, groups), deployment)


@step("shard", "shards of {dataset.name}")
def _made(run: Run, dataset: Dataset, orders: tuple[ShardOrder, ...], deployment: str) -> tuple[ShardResult, ...]:
    for order in orders:
        write_order(run.raw, order)
    logger.info("%s: %s in %s", dataset.name, counted(sum(len(order.own) for order in orders), "capture"), counted(len(orders), "shard"))
    patience = Patience(run.settings.shard_retries, run.settings.shard_wait)
    run_orders(deployment, [order.key for order in orders], patience, logger)
    return tuple(read_results(run.raw, order, suite_of(dataset)) for order in orders)


def make_shard(run: Run, key: str) -> str:
    """Does what an order says: parses, validates and curates some symbols of another run, and writes the results beside the order.

    Args:
        run: the shard's own run.
        key: where the order lies.

    Returns:
        What it did, in one sentence.

    Raises:
        ObjectMissing: there is no such order.
        DocumentUnreadable: it is no order.
        IncompleteBar: an accepted row lacks what its table requires.
        QualityError: a rule could not be evaluated.
        LakeError: the lake cannot be read or written.
    """
    order = read_order(run.raw, key)
    dataset = DATASETS[order.dataset]
    cut_run = replace(run, run_id=order.run_id, flow=order.flow, as_of=order.clock.as_of, flow_run_url=order.flow_run_url)
    parsed = parse_captures(cut_run, dataset, order.own, order.clock)
    verdict, curated = None, (b"", 0)
    if parsed.final.num_rows:
        before = rows_before(order.sizes, parsed) if dataset.is_primary else {}
        verdict = validate_rows(cut_run, dataset, parsed, order.due, before)
        if verdict.accepted_rows:
            rows = curated_rows(cut_run, dataset, verdict, order.observations)
            curated = (curated_parquet(dataset.schema, rows), rows.num_rows)
    write_results(run.raw, order, parsed, verdict, curated)
    return f"{counted(parsed.rows, 'row')} parsed, {curated[1]:,} curated"


def _orders(run: Run, dataset: Dataset, work: ShardWork, groups: list[tuple[Observation, ...]]) -> tuple[ShardOrder, ...]:
    sizes = sizes_before(run.lake, dataset) if dataset.is_primary and work.due else {}
    orders = []
    for number, group in enumerate(groups):
        symbols = {observation.call.symbol for observation in group}
        exchanges = {symbol: exchange for symbol, exchange in work.clock.exchanges.items() if symbol in symbols}
        orders.append(
            ShardOrder(
                run.run_id,
                run.flow,
                run.flow_run_url,
                dataset.name,
                number,
                replace(work.clock, exchanges=exchanges),
                {symbol: session for symbol, session in work.due.items() if symbol in symbols} if dataset.is_primary else {},
                {symbol: held for symbol, held in sizes.items() if symbol in symbols},
                group,
            )
        )
    return tuple(orders)
