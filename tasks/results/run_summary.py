"""From the story of a run to its RunSummary."""

import posixpath
from datetime import datetime

from tasks.lake import keys
from tasks.orchestration.run import Run
from tasks.quality.verdict import QuarantinedBar
from tasks.reconcile import RowCountCheck, layers_of_load
from tasks.records import Plan, RefusedCall, Scope, Status
from tasks.results.dataset_summary import summarise_datasets
from tasks.results.run_results import Story
from tasks.schema import DAILY_PRICES
from tasks.summary.bars import Span, spans_by_symbol, symbols_with_session
from tasks.summary.outcomes import SymbolFacts, decide_status, symbol_outcomes
from tasks.summary.run_summary import (
    ByteSummary,
    CallSummary,
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

EXAMPLES = 12
NO_PLAN = Plan(calls=(), held=(), left_out=(), due_session={}, budget_left=None)


def summarise(run: Run, story: Story, finished_at: datetime) -> RunSummary:
    """Says everything the steps found in one object.

    Args:
        run: the run.
        story: what the steps found; those that were not reached count as nothing.
        finished_at: when the run ended, UTC.
    """
    plan = story.planned.plan if story.planned else NO_PLAN
    symbols = symbol_outcomes(_facts(story, plan))
    status = story.status or decide_status(symbols, story.bars.refused, is_budget_short=bool(plan.left_out))
    if status is Status.UP_TO_DATE and story.brought:
        # Every bar was held, and events were asked for all the same.
        status = Status.COMPLETED
    spans = _spans(story).values()
    verdict = story.judgement.verdict if story.judgement else None
    warnings = (*_gap_warnings(plan), *(story.parsing.warnings if story.parsing else ()))
    if verdict and story.judgement:
        warnings = (*warnings, *verdict.warnings, *story.judgement.gate.warnings)
    warnings = (*warnings, *(story.loaded.warnings if story.loaded else ()), *_event_warnings(story), *_shortened_words(story))
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
        symbol_count=story.planned.symbol_count if story.planned else 0,
        held=len(plan.held),
        symbols=symbols,
        refusals=tuple(refusal_summary(run, refused) for refused in story.extraction.refused),
        shortened=_shortened(story),
        calls=call_summary(story, plan),
        rows=_rows(story),
        quarantine=QuarantineSummary(
            rate=verdict.rate if verdict else 0.0,
            limit=run.settings.gate_limit,
            reasons=dict(verdict.reason_counts) if verdict else {},
            examples=tuple(quarantined_example(bar) for bar in verdict.examples[:EXAMPLES]) if verdict else (),
            new=story.quarantine.new if story.quarantine else 0,
            known=story.quarantine.known if story.quarantine else 0,
            wholly_quarantined=verdict.wholly_quarantined if verdict else (),
        ),
        gate=_gate(story),
        layers=tuple(LayerSummary(claim=each.claim, left=each.left, right=each.right, holds=each.holds) for each in _layers(story)),
        datasets=tuple(summarise_datasets(story.brought, story.faults)),
        bytes=byte_summary(story, story.curation.manifest.file_bytes if story.curation and story.curation.manifest else 0),
        seconds_per_step={name: round(seconds, 3) for name, seconds in run.stopwatch.seconds.items()},
        warnings=warnings,
        error=story.error,
        places=_places(run, story),
        next_commands=_next_commands(run, status),
    )


def call_summary(story: Story, plan: Plan) -> CallSummary:
    """The calls of a run: planned, and what became of them."""
    return CallSummary(
        planned=len(plan.calls),
        answered=len(story.extraction.observations),
        refused=len(story.extraction.refused),
        sent=story.extraction.sent,
        left_today=None if plan.budget_left is None else max(0, plan.budget_left - story.extraction.sent),
    )


def byte_summary(story: Story, curated: int) -> ByteSummary:
    """The bytes of a run's answers, and those of the files made of them."""
    captures = [observation.capture for observation in story.extraction.observations]
    return ByteSummary(
        raw=sum(capture.body_bytes for capture in captures),
        raw_stored=sum(capture.stored_bytes for capture in captures),
        curated=curated,
    )


def _shortened(story: Story) -> ShortenedSummary | None:
    by = story.extraction.shortened_by
    if by is None:
        return None
    return ShortenedSummary(function=by.call.function, detail=by.detail, way_out=by.way_out, symbols=story.extraction.shortened)


def _shortened_words(story: Story) -> tuple[str, ...]:
    by, count = story.extraction.shortened_by, len(story.extraction.shortened)
    if by is None:
        return ()
    symbols = f"{count} {'symbol' if count == 1 else 'symbols'}"
    return (f"{by.call.function} gives this key no whole histories any more ({by.name}); the latest sessions of {symbols} came instead.",)


def _event_warnings(story: Story) -> tuple[str, ...]:
    """What kept events from being loaded; the run's bars are loaded all the same, and the next plan asks for the events again."""
    faults = tuple(f"{name} were not loaded: {fault}" for name, fault in story.faults.items())
    closed = tuple(
        f"{one.kind.dataset.name} were not loaded: {' '.join(one.gate.reasons)}" for one in story.brought if not one.gate.is_open
    )
    own = DAILY_PRICES.function
    refused = tuple(
        f"{each.call.function} of {each.call.symbol} was refused ({each.name}): {each.way_out}"
        for each in story.extraction.refused
        if each.call.function != own and each.scope not in {Scope.KEY, Scope.DAY}
    )
    return (*faults, *closed, *refused)


def _gap_warnings(plan: Plan) -> tuple[str, ...]:
    return tuple(
        f"{symbol} lacks {first} to {last}, which the latest 100 sessions do not reach; --output-size full fills the gap."
        for symbol, (first, last) in plan.gaps.items()
    )


def _facts(story: Story, plan: Plan) -> SymbolFacts:
    accepted = story.judgement.verdict.accepted_columns("symbol", "session_date") if story.judgement else None
    spans = _spans(story)
    asked = {call.symbol for call in plan.calls if call.function == DAILY_PRICES.function}
    due = {symbol: session for symbol, session in plan.due_session.items() if symbol in asked or symbol not in plan.held}
    return SymbolFacts(
        due_session=due,
        answered={observation.call.symbol for observation in story.bars.observations},
        refused=story.bars.refused,
        not_asked=(*plan.left_out, *story.extraction.not_asked),
        accepted_last_session={symbol: span.last_session for symbol, span in spans.items()},
        accepted_sessions_due=symbols_with_session(accepted, due) if accepted is not None else set(),
        accepted={symbol: span.bars for symbol, span in spans.items()},
        quarantined=story.judgement.verdict.quarantined_by_symbol if story.judgement else {},
        touched=story.loaded.touched if story.loaded else None,
    )


def _gate(story: Story) -> GateSummary | None:
    if story.judgement is None:
        return None
    gate = story.judgement.gate
    return GateSummary(is_open=gate.is_open, reasons=gate.reasons, warnings=gate.warnings)


def _layers(story: Story) -> tuple[RowCountCheck, ...]:
    return (*story.layers, *(layers_of_load(story.curation, story.loaded) if story.curation and story.loaded else ()))


def _spans(story: Story) -> dict[str, Span]:
    return spans_by_symbol(story.judgement.verdict.accepted_columns("symbol", "session_date")) if story.judgement else {}


def _rows(story: Story) -> RowSummary:
    verdict, loaded = (story.judgement.verdict if story.judgement else None), story.loaded
    return RowSummary(
        parsed=story.parsing.rows if story.parsing else 0,
        deferred=story.parsing.deferred.num_rows if story.parsing else 0,
        duplicates=verdict.duplicates if verdict else 0,
        accepted=verdict.accepted_rows if verdict else 0,
        quarantined=verdict.quarantined.num_rows if verdict else 0,
        curated=story.curation.rows if story.curation else 0,
        staged=loaded.staged if loaded else 0,
        new=loaded.new if loaded else 0,
        changed=loaded.changed if loaded else 0,
        unchanged=loaded.unchanged if loaded else 0,
    )


def refusal_summary(run: Run, refused: RefusedCall) -> RefusalSummary:
    """A refusal as the summary shows it."""
    return RefusalSummary(
        symbol=refused.call.symbol,
        function=refused.call.function,
        name=refused.name,
        scope=refused.scope,
        detail=refused.detail,
        way_out=refused.way_out,
        attempts=refused.attempts,
        rejected_uri=f"s3://{run.settings.bucket_name}/{refused.rejected_key}" if refused.rejected_key else "",
    )


def quarantined_example(bar: QuarantinedBar) -> QuarantinedExample:
    """A held-back row as the summary shows it."""
    return QuarantinedExample(
        symbol=bar.symbol, session=bar.session_text, reasons=bar.reasons, values=dict(bar.values), capture_key=bar.capture_key
    )


def _places(run: Run, story: Story) -> PlaceSummary:
    lake = f"s3://{run.settings.bucket_name}/"
    manifest = story.curation.manifest if story.curation else None
    captures = [observation.capture.key for observation in story.bars.observations]
    return PlaceSummary(
        raw=lake + _common_folder(captures) if captures else "",
        quarantine=story.judgement.quarantine_uri if story.judgement else "",
        page=story.judgement.page_uri if story.judgement else "",
        result=story.judgement.result_uri if story.judgement else "",
        curated=manifest.file_uri if manifest else "",
        manifest=manifest.uri if manifest else "",
        table=DAILY_PRICES.table if story.loaded else "",
        summary=lake + keys.run_key(run.run_id),
        flow_run=run.flow_run_url,
    )


def _common_folder(captures: list[str]) -> str:
    return posixpath.commonpath([key.rpartition("/")[0] for key in captures]) + "/"


def _next_commands(run: Run, status: Status) -> tuple[str, ...]:
    if status is Status.UP_TO_DATE:
        return ()
    look = 'tickerhouse sql "select * from market.latest_price order by symbol"'
    page = f"tickerhouse open {run.run_id}"
    return (page,) if status is Status.GATE_CLOSED else (look, page)
