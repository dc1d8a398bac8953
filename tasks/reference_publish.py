"""The end of a run that brought in events or listings: one RunSummary, ``ops.run``, the lake, Prefect."""

from collections.abc import Sequence

from tasks.announce import report
from tasks.aws import open_lake, warehouse_door
from tasks.errors import TickerhouseError
from tasks.lake import keys
from tasks.lake.documents import put_json
from tasks.records import Outcome, RefusedCall, Scope, Status
from tasks.reference import Brought
from tasks.reference_plan import remember_asked
from tasks.run import Run, utc_now
from tasks.step import step, step_logger
from tasks.story import Story
from tasks.summary.run_summary import (
    ByteSummary,
    CallSummary,
    PlaceSummary,
    QuarantineSummary,
    RefusalSummary,
    RowSummary,
    RunSummary,
    SymbolSummary,
)
from tasks.summary.text import render_headline
from tasks.warehouse.runs import RunRecord, record_run

_NO_OVERVIEW = "EmptyAnswer"
"""Funds have no overview; the API answers with nothing, and nothing is missing."""

logger = step_logger("publish")


@step("publish")
def publish_reference(run: Run, story: Story, brought: Sequence[Brought]) -> RunSummary:
    """Makes the run known. A fault in here never hides how the run itself ended: it is a warning in the summary.

    Args:
        run: the run.
        story: plan, extraction, and what broke it.
        brought: every kind that was loaded.
    """
    warnings: list[str] = []
    summary = _summarise(run, story, brought)
    try:
        if brought and story.status is None:
            remember_asked(run, story.extraction.observations)
        if story.planned is not None and story.planned.plan.calls:
            record_run(warehouse_door(run.settings), _record(summary))
        summary = summary.model_copy(update={"warnings": (*summary.warnings, *warnings)})
        put_json(open_lake(run.settings, run.settings.load_role), keys.run_key(run.run_id), summary.model_dump(mode="json"))
    except TickerhouseError as error:
        logger.warning("The run was not recorded in full: %s", error)
        summary = summary.model_copy(update={"warnings": (*summary.warnings, f"The run was not recorded in full: {error}")})
    report(run, summary)
    logger.info("%s", render_headline(summary))
    return summary


def _summarise(run: Run, story: Story, brought: Sequence[Brought]) -> RunSummary:
    plan = story.planned.plan if story.planned else None
    lacking = [refusal for refusal in story.extraction.refused if refusal.name != _NO_OVERVIEW]
    status = story.status or _status(story, lacking)
    verdicts = [one.verdict for one in brought if one.verdict]
    judged = sum(verdict.rows for verdict in verdicts)
    quarantined = sum(verdict.quarantined.num_rows for verdict in verdicts)
    lake = f"s3://{run.settings.bucket_name}/"
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
        finished_at=utc_now(),
        symbol_count=story.planned.symbol_count if story.planned else 0,
        held=len(plan.held) if plan else 0,
        symbols=_symbols(story, brought),
        refusals=tuple(
            RefusalSummary(
                symbol=refusal.call.symbol,
                function=refusal.call.function,
                name=refusal.name,
                scope=refusal.scope,
                detail=refusal.detail,
                way_out=refusal.way_out,
                attempts=refusal.attempts,
                rejected_uri=lake + refusal.rejected_key if refusal.rejected_key else "",
            )
            for refusal in story.extraction.refused
        ),
        calls=CallSummary(
            planned=len(plan.calls) if plan else 0,
            answered=len(story.extraction.observations),
            refused=len(story.extraction.refused),
            sent=story.extraction.sent,
            left_today=None if plan is None or plan.budget_left is None else max(0, plan.budget_left - story.extraction.sent),
        ),
        rows=RowSummary(
            parsed=sum(one.parsed for one in brought),
            duplicates=sum(verdict.duplicates for verdict in verdicts),
            accepted=sum(verdict.accepted_rows for verdict in verdicts),
            quarantined=quarantined,
            curated=sum(one.manifest.rows for one in brought if one.manifest),
            staged=sum(one.loaded.staged for one in brought),
            new=sum(one.loaded.new for one in brought),
            changed=sum(one.loaded.changed for one in brought),
            unchanged=sum(one.loaded.unchanged for one in brought),
        ),
        quarantine=QuarantineSummary(
            rate=quarantined / judged if judged else 0.0,
            limit=run.settings.gate_limit,
            reasons={reason: count for verdict in verdicts for reason, count in verdict.reason_counts.items()},
        ),
        bytes=ByteSummary(
            raw=sum(observation.capture.body_bytes for observation in story.extraction.observations),
            raw_stored=sum(observation.capture.stored_bytes for observation in story.extraction.observations),
            curated=sum(one.manifest.file_bytes for one in brought if one.manifest),
        ),
        seconds_per_step={name: round(seconds, 3) for name, seconds in run.stopwatch.seconds.items()},
        warnings=tuple(warning for one in brought for warning in one.warnings),
        error=story.error,
        places=PlaceSummary(
            page=next((one.page_uri for one in brought if one.page_uri), ""),
            curated=next((one.manifest.file_uri for one in brought if one.manifest), ""),
            manifest=next((one.manifest.uri for one in brought if one.manifest), ""),
            table=", ".join(one.dataset.table for one in brought),
            summary=lake + keys.run_key(run.run_id),
            flow_run=run.flow_run_url,
        ),
    )


def _status(story: Story, lacking: Sequence[RefusedCall]) -> Status:
    scopes = {refusal.scope for refusal in lacking}
    if story.planned is None or not story.planned.plan.calls:
        return Status.QUOTA_EXHAUSTED if story.planned and story.planned.plan.left_out else Status.UP_TO_DATE
    if scopes & {Scope.KEY, Scope.FUNCTION}:
        return Status.FAILED
    if Scope.DAY in scopes or story.planned.plan.left_out:
        return Status.QUOTA_EXHAUSTED
    return Status.COMPLETED_WITH_WARNINGS if lacking else Status.COMPLETED


def _symbols(story: Story, brought: Sequence[Brought]) -> tuple[SymbolSummary, ...]:
    if story.planned is None:
        return ()
    refused = {refusal.call.symbol: refusal for refusal in story.extraction.refused if refusal.name != _NO_OVERVIEW}
    touched: dict[str, int] = {}
    for one in brought:
        for symbol, rows in one.loaded.touched.items():
            touched[symbol] = touched.get(symbol, 0) + rows
    answered = {observation.call.symbol for observation in story.extraction.observations}
    asked = dict.fromkeys(call.symbol for call in story.planned.plan.calls if call.symbol)
    return (
        *(_outcome(symbol, refused.get(symbol), touched.get(symbol, 0), is_answered=symbol in answered) for symbol in asked),
        *(
            SymbolSummary(symbol=left.symbol, outcome=Outcome.NOT_ASKED, reason=left.reason, next_step=left.next_step)
            for left in story.planned.plan.left_out
            if left.symbol and left.symbol not in asked
        ),
    )


def _outcome(symbol: str, refusal: RefusedCall | None, rows: int, *, is_answered: bool) -> SymbolSummary:
    if refusal is not None and not refusal.scope.stops_asking:
        return SymbolSummary(
            symbol=symbol,
            outcome=Outcome.REFUSED,
            reason=f"{refusal.name}: {refusal.detail}",
            next_step=refusal.way_out,
            is_due_session_missing=True,
        )
    if not is_answered:
        reason = "the run stopped before it was asked for"
        return SymbolSummary(symbol=symbol, outcome=Outcome.NOT_ASKED, reason=reason, next_step="Run again.")
    return SymbolSummary(symbol=symbol, outcome=Outcome.LANDED if rows else Outcome.UNCHANGED, bars_loaded=rows)


def _record(summary: RunSummary) -> RunRecord:
    return RunRecord(
        run_id=summary.run_id,
        flow=summary.flow,
        source=summary.source,
        status=str(summary.status),
        as_of=summary.as_of,
        started_at=summary.started_at,
        finished_at=summary.finished_at,
        symbols_asked=len(summary.symbols),
        symbols_landed=summary.outcome_counts().get(Outcome.LANDED, 0),
        rows_parsed=summary.rows.parsed,
        rows_quarantined=summary.rows.quarantined,
        rows_curated=summary.rows.curated,
        rows_new=summary.rows.new,
        rows_changed=summary.rows.changed,
        rows_unchanged=summary.rows.unchanged,
        error=f"{summary.error.name}: {summary.error.fact}" if summary.error else "",
    )
