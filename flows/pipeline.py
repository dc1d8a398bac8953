"""The pipeline: takes a run through all steps, from plan to publish, for a list of datasets and a planner."""

from collections.abc import Callable, Sequence
from typing import cast

from flows.plans import FLOW_PLANS, FlowName
from tasks.curate import curate
from tasks.datasets import Dataset
from tasks.extract import extract
from tasks.load import load
from tasks.orchestration.planners import PlanResult
from tasks.orchestration.planning_inputs import Selection
from tasks.orchestration.prefect_server import watching
from tasks.orchestration.run import Run
from tasks.orchestration.run_name import name_run
from tasks.parse import parse
from tasks.plan import plan
from tasks.publish import prepare_report, publish
from tasks.quarantine import quarantine, quarantine_kept_out
from tasks.reconcile import reconcile
from tasks.recover import recover, recover_after_silence
from tasks.results.run_results import collect_results, end_if_nothing_answered, end_if_nothing_to_fetch, has_nothing_to_fetch
from tasks.shard import ShardWork, shards_of
from tasks.summary import RunSummary
from tasks.validate import prepare_validation, validate
from tasks.write_lake import write_lake


def run_planned(run: Run, selection: Selection) -> RunSummary:
    """The run of a flow of ``flows/plans.py``.

    Args:
        run: the run; its flow is one of them.
        selection: the symbols, and how much of them.
    """
    own = FLOW_PLANS[cast("FlowName", run.flow)]
    return run_pipeline(run, lambda: plan(run, own.datasets, selection, own.optional, own.share), own.datasets, own.optional)


def run_pipeline(run: Run, planner: Callable[[], PlanResult], datasets: Sequence[Dataset], optional: Sequence[Dataset] = ()) -> RunSummary:
    """Takes a run through plan, extract, parse, validate, quarantine, curate, reconcile, load and publish.

    Every dataset passes through the same steps. What breaks one of them, or closes its gate, is kept until the others had their turn.

    Args:
        run: the run.
        planner: its first step.
        datasets: what it loads, in this order.
        optional: those of them whose failure is a warning and not the run's end.
    """
    with watching(), collect_results(run, datasets, optional) as results:
        results.planned = planner()
        name_run(run, results.planned)
        if has_nothing_to_fetch(results.planned):
            results.warnings = recover_after_silence(run)
        end_if_nothing_to_fetch(results.planned)
        prepare_validation()
        results.extraction = extract(run, results.planned)
        end_if_nothing_answered(results.extraction)
        for result in results.answered():
            with results.keep_failure(result):
                work = ShardWork(results.extraction.observations, results.planned.clock, results.planned.plan.due_session)
                result.shards = shards_of(run, result.dataset, work)
                result.parsed = parse(run, result.dataset, result.observations, work.clock, result.shards)
                result.validation = validate(run, result.dataset, result.parsed, work.due, result.shards)
        results.warnings = recover(run)
        results.quarantined = quarantine(run, results.verdicts)
        prepare_report()
        for result in results.to_load():
            with results.keep_failure(result):
                assert result.parsed is not None and result.verdict is not None, "only what was validated is loaded"  # noqa: PT018
                result.curated = curate(run, result.dataset, result.verdict, results.extraction.observations, result.shards)
                result.manifest, result.row_counts = reconcile(run, result.dataset, result.parsed, result.verdict, result.curated)
                result.loaded = load(run, result.dataset, result.manifest, results.planned.clock.exchanges)
                if result.loaded.kept_out:
                    results.quarantined += quarantine_kept_out(run, result)
        if loaded := results.loaded_into_the_lake:
            results.warnings += write_lake(run, loaded)
        results.raise_if_incomplete()
    return publish(run, results)
