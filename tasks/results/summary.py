"""Builds the RunSummary from the results of a run."""

import posixpath
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from tasks.datasets import DATASETS
from tasks.lake import keys
from tasks.quality.verdict import QuarantinedBar, Verdict
from tasks.records import Plan, RefusedCall, Status
from tasks.results.call_outcomes import CallOutcomes
from tasks.results.dataset_result import DatasetResult
from tasks.results.row_counts import checks_of_load
from tasks.results.run_results import RunResults
from tasks.results.symbol_facts import gather_facts, spans_of
from tasks.summary.outcomes import decide_status, symbol_outcomes
from tasks.summary.run_summary import (
    ByteSummary,
    CallSummary,
    DatasetSummary,
    GateSummary,
    LayerSummary,
    PlaceSummary,
    QuarantinedExample,
    QuarantineSummary,
    RefusalSummary,
    RowSummary,
    RunSummary,
    ShortenedSummary,
)
from tasks.wording import counted

_EXAMPLES: Final = 12
_RESTATED: Final = 20
_NO_PLAN: Final = Plan(calls=(), held=(), skipped=(), due_session={}, budget_left=None)


def summarise(results: RunResults, finished_at: datetime) -> RunSummary:
    """Builds the summary of a run.

    Args:
        results: what the steps gave; those that were not reached count as nothing.
        finished_at: when the run ended, UTC.
    """
    run, planned = results.run, results.planned
    plan, calls = planned.plan if planned else _NO_PLAN, CallOutcomes(results)
    symbols = symbol_outcomes(gather_facts(results, plan, calls))
    status = results.status or decide_status(
        symbols,
        calls.lacking,
        {call.function for call in plan.calls} & results.required_functions,
        is_budget_short=bool(plan.skipped),
        is_answered=bool(results.extraction.observations),
        is_any_held=bool(plan.held),
    )
    if status is Status.UP_TO_DATE and results.by_dataset:
        # Every bar was held, and events were requested all the same.
        status = Status.COMPLETED
    if status is Status.COMPLETED and any(result.parsed and result.parsed.set_aside for result in results.required):
        status = Status.COMPLETED_WITH_WARNINGS
    spans = spans_of(results).values()
    datasets = tuple(_dataset(result) for result in results.by_dataset.values())
    required = [_dataset(result) for result in results.required]
    return RunSummary(
        run_id=run.run_id,
        flow=run.flow,
        environment=run.settings.environment,
        source=run.settings.source,
        plan=run.settings.plan,
        status=status,
        exit_code=status.exit_code,
        as_of=run.as_of,
        started_at=run.started_at,
        finished_at=finished_at,
        due_session=max(plan.due_session.values(), default=None),
        first_session=min((span.first_session for span in spans), default=None),
        last_session=max((span.last_session for span in spans), default=None),
        symbol_count=planned.symbol_count if planned else 0,
        held=len(plan.held),
        symbols=symbols,
        refusals=tuple(_refusal(run.settings.bucket_name, refused) for refused in calls.refused),
        shortened=_shortened(results),
        restated=_restated(results),
        calls=_calls(results, plan),
        rows=_added(required),
        quarantine=_quarantine(results),
        gate=_gate(results),
        layers=tuple(_layers(results)),
        datasets=datasets,
        bytes=_bytes(results, sum(dataset.curated_bytes for dataset in datasets)),
        seconds_per_step={name: round(seconds, 3) for name, seconds in run.stopwatch.seconds.items()},
        warnings=tuple(_warnings(results, plan, calls)),
        error=results.error,
        places=_places(results),
        next_commands=_next_commands(results, status),
        taken_up=tuple(dict.fromkeys(seen.capture.key for seen in results.extraction.observations if seen.run_id != run.run_id)),
    )


def _restated(results: RunResults) -> dict[str, int]:
    changed: Counter[str] = Counter()
    for result in results.required:
        changed.update(result.loaded.restated if result.loaded else {})
    return dict(changed.most_common(_RESTATED))


def _calls(results: RunResults, plan: Plan) -> CallSummary:
    extraction = results.extraction
    return CallSummary(
        planned=len(plan.calls),
        answered=len(extraction.observations),
        refused=len(extraction.refused),
        sent=extraction.sent,
        left_today=None if plan.budget_left is None else max(0, plan.budget_left - extraction.sent),
    )


def _bytes(results: RunResults, curated: int) -> ByteSummary:
    captures = [observation.capture for observation in results.extraction.observations]
    return ByteSummary(
        raw=sum(capture.body_bytes for capture in captures),
        raw_stored=sum(capture.stored_bytes for capture in captures),
        curated=curated,
    )


def _dataset(result: DatasetResult) -> DatasetSummary:
    verdict, loaded, manifest = result.verdict, result.loaded, result.manifest
    return DatasetSummary(
        name=result.dataset.name,
        table=result.dataset.schema.table,
        rows=RowSummary(
            parsed=result.parsed.rows if result.parsed else 0,
            deferred=result.parsed.deferred.num_rows if result.parsed else 0,
            duplicates=verdict.duplicates if verdict else 0,
            accepted=verdict.accepted_rows if verdict else 0,
            quarantined=verdict.quarantined.num_rows if verdict else 0,
            curated=result.curated.rows if result.curated else 0,
            staged=loaded.staged if loaded else 0,
            new=loaded.new if loaded else 0,
            changed=loaded.changed if loaded else 0,
            unchanged=loaded.unchanged if loaded else 0,
            kept_out=loaded.rows_kept_out if loaded else 0,
        ),
        is_gate_open=not result.is_gate_closed,
        error=str(result.failure) if result.failure else " ".join(result.gate_reasons),
        page=result.page_uri,
        curated=manifest.file_uri if manifest else "",
        curated_bytes=manifest.file_bytes if manifest else 0,
    )


def _added(datasets: Sequence[DatasetSummary]) -> RowSummary:
    total: Counter[str] = Counter()
    for dataset in datasets:
        total.update(dataset.rows.model_dump())
    return RowSummary(**total)


def _gate(results: RunResults) -> GateSummary | None:
    validated = [(result, result.validation.gate) for result in results.required if result.validation]
    if not validated:
        return None
    return GateSummary(
        is_open=all(gate.is_open for _, gate in validated),
        reasons=tuple(reason for result, gate in validated for reason in results.named(result, gate.reasons)),
        warnings=tuple(warning for result, gate in validated for warning in results.named(result, gate.warnings)),
    )


def _quarantine(results: RunResults) -> QuarantineSummary:
    verdicts: list[Verdict] = [result.verdict for result in results.required if result.verdict]
    rows, counted = sum(verdict.rows for verdict in verdicts), sum(verdict.counted for verdict in verdicts)
    reasons: Counter[str] = Counter()
    for verdict in verdicts:
        reasons.update(verdict.reason_counts)
    return QuarantineSummary(
        rate=counted / rows if rows else 0.0,
        least_rows=results.run.settings.gate_rows,
        limit=results.run.settings.gate_limit,
        reasons=dict(reasons.most_common()),
        examples=tuple(_example(bar) for verdict in verdicts for bar in verdict.examples)[:_EXAMPLES],
        new=results.quarantined.new,
        known=results.quarantined.known,
        wholly_quarantined=tuple(dict.fromkeys(symbol for verdict in verdicts for symbol in verdict.wholly_quarantined)),
    )


def _layers(results: RunResults) -> Iterator[LayerSummary]:
    for result in results.required:
        checks = result.row_counts
        if result.curated and result.loaded:
            checks = (*checks, *checks_of_load(result.curated.rows, result.loaded))
        for check, claim in zip(checks, results.named(result, [check.claim for check in checks]), strict=True):
            yield LayerSummary(claim=claim, left=check.left, right=check.right, holds=check.holds)


def _warnings(results: RunResults, plan: Plan, calls: CallOutcomes) -> Iterator[str]:
    for symbol, (first, last) in plan.gaps.items():
        yield f"{symbol} lacks {first} to {last}, which the latest 100 sessions do not reach; --output-size full fills the gap."
    yield from results.warnings
    yield from results.extraction.warnings
    yield from calls.forgiven_warnings
    required = {result.dataset.name for result in results.required}
    for name, result in results.by_dataset.items():
        yield from result.warnings
        if name in required:
            continue
        # What is optional is loaded by the next run that finds it due; the other rows of this one are loaded all the same.
        if result.failure:
            yield f"{name} were not loaded: {result.failure}"
        elif result.is_gate_closed:
            yield f"{name} were not loaded: {' '.join(result.gate_reasons)}"
    yield from calls.optional_warnings
    by, count = results.extraction.shortened_by, len(results.extraction.shortened)
    if by is not None:
        symbols = counted(count, "symbol")
        yield f"{by.call.function} gives this key no whole histories any more ({by.name}); the latest sessions of {symbols} came instead."


def _shortened(results: RunResults) -> ShortenedSummary | None:
    by = results.extraction.shortened_by
    if by is None:
        return None
    return ShortenedSummary(function=by.call.function, detail=by.detail, way_out=by.way_out, symbols=results.extraction.shortened)


def _refusal(bucket: str, refused: RefusedCall) -> RefusalSummary:
    return RefusalSummary(
        symbol=refused.call.symbol,
        function=refused.call.function,
        name=refused.name,
        scope=refused.scope,
        detail=refused.detail,
        way_out=refused.way_out,
        attempts=refused.attempts,
        rejected_uri=f"s3://{bucket}/{refused.rejected_key}" if refused.rejected_key else "",
    )


def _example(bar: QuarantinedBar) -> QuarantinedExample:
    return QuarantinedExample(
        symbol=bar.symbol, session=bar.session_text, reasons=bar.reasons, values=dict(bar.values), capture_key=bar.capture_key
    )


def _places(results: RunResults) -> PlaceSummary:
    run, required = results.run, results.required
    lake = f"s3://{run.settings.bucket_name}/"
    captures = [observation.capture.key for result in required for observation in result.observations]
    # Of several, the one most worth looking at: what stopped the run, then what was quarantined.
    outcomes = [result.validation for result in required if result.validation]
    outcomes.sort(key=lambda outcome: (outcome.gate.is_open, not outcome.quarantine_uri))
    manifests = [result.manifest for result in required if result.manifest]
    return PlaceSummary(
        raw=lake + _common_folder(captures) if captures else "",
        quarantine=next((outcome.quarantine_uri for outcome in outcomes if outcome.quarantine_uri), ""),
        page=outcomes[0].page_uri if outcomes else "",
        result=outcomes[0].result_uri if outcomes else "",
        curated=manifests[0].file_uri if manifests else "",
        manifest=manifests[0].uri if manifests else "",
        table=", ".join(result.dataset.schema.table for result in required if result.loaded),
        summary=lake + keys.run_key(run.run_id),
        flow_run=run.flow_run_url,
    )


def _common_folder(captures: Sequence[str]) -> str:
    return posixpath.commonpath([key.rpartition("/")[0] for key in captures]) + "/"


def _next_commands(results: RunResults, status: Status) -> tuple[str, ...]:
    if status is Status.UP_TO_DATE:
        return ()
    page = f"tickerhouse open {results.run.run_id}"
    if any(DATASETS[name].is_primary for name in results.by_dataset) and status is not Status.GATE_CLOSED:
        return ('tickerhouse sql "select * from market.latest_price order by symbol"', page)
    return (page,)
