"""From the story of a run beside daily prices to its RunSummary."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from tasks.bring_in import Brought
from tasks.lake import keys
from tasks.orchestration.run import Run
from tasks.quality.verdict import Verdict
from tasks.records import Call, Outcome, Plan, RefusedCall, Scope, Status
from tasks.results.coverage_update import has_no_overview
from tasks.results.dataset_summary import added, summarise_datasets
from tasks.results.run_results import Story
from tasks.results.run_summary import EXAMPLES, NO_PLAN, byte_summary, call_summary, quarantined_example, refusal_summary
from tasks.summary.run_summary import (
    GateSummary,
    PlaceSummary,
    QuarantineSummary,
    RunSummary,
    SymbolSummary,
)

_NOT_LOADED = "its capture is stored; nothing of it was loaded"


def summarise_reference(run: Run, story: Story, finished_at: datetime) -> RunSummary:
    """Says everything the steps found in one object.

    Args:
        run: the run.
        story: what the steps found; those that were not reached count as nothing.
        finished_at: when the run ended, UTC.
    """
    plan = story.planned.plan if story.planned else NO_PLAN
    calls = _Calls(story)
    datasets = tuple(summarise_datasets(story.brought, story.faults))
    status = story.status or _status(story, plan, calls)
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
        symbol_count=story.planned.symbol_count if story.planned else 0,
        held=len(plan.held),
        symbols=tuple(_symbols(plan, calls, story.brought)),
        refusals=tuple(refusal_summary(run, refused) for refused in calls.lacking),
        calls=call_summary(story, plan),
        rows=added(dataset.rows for dataset in datasets),
        quarantine=_quarantine(run, story),
        gate=_gate(story.brought),
        datasets=datasets,
        bytes=byte_summary(story, sum(dataset.curated_bytes for dataset in datasets)),
        seconds_per_step={name: round(seconds, 3) for name, seconds in run.stopwatch.seconds.items()},
        warnings=(*calls.forgiven_words, *(warning for brought in story.brought for warning in brought.warnings)),
        error=story.error,
        places=_places(run, story),
    )


@dataclass(frozen=True)
class _Calls:
    """What became of the calls of a run. Each part is found once: a summary asks for them again with every symbol."""

    story: Story

    @cached_property
    def forgiven(self) -> tuple[RefusedCall, ...]:
        """Refusals of what the key was never seen to be allowed, and the empty overviews of funds: nothing that was there is missing."""
        probes = self.story.planned.probes if self.story.planned else frozenset()
        return tuple(
            refused
            for refused in self.story.extraction.refused
            if (refused.scope is Scope.FUNCTION and refused.call.function in probes) or has_no_overview(refused.call.function, refused.name)
        )

    @cached_property
    def lacking(self) -> tuple[RefusedCall, ...]:
        """All other refusals."""
        forgiven = {id(each) for each in self.forgiven}
        return tuple(refused for refused in self.story.extraction.refused if id(refused) not in forgiven)

    @cached_property
    def own(self) -> dict[tuple[str, str], RefusedCall]:
        """Those by function and symbol."""
        return {(each.call.function, each.call.symbol): each for each in reversed(self.lacking)}

    @cached_property
    def stoppers(self) -> tuple[RefusedCall, ...]:
        """Those that others were left out for."""
        return tuple(each for each in self.lacking if each.scope.stops_asking)

    @property
    def forgiven_words(self) -> tuple[str, ...]:
        """What a person should know of them."""
        refused = {each.call.function: each for each in self.forgiven if each.scope is Scope.FUNCTION}
        return tuple(
            f"The key may not ask {function} ({each.name}), which nobody knew; what comes of it is not loaded. {each.way_out}"
            for function, each in refused.items()
        )

    @cached_property
    def unanswered(self) -> dict[str, list[Call]]:
        """By symbol, the calls without an answer that count."""
        forgiven = {(each.call.function, each.call.symbol) for each in self.forgiven if each.scope is not Scope.FUNCTION}
        functions = {each.call.function for each in self.forgiven if each.scope is Scope.FUNCTION}
        answered = {(each.call.function, each.call.symbol) for each in self.story.extraction.observations}
        open_calls: dict[str, list[Call]] = {}
        for call in self.story.planned.plan.calls if self.story.planned else ():
            place = (call.function, call.symbol)
            if place not in answered and place not in forgiven and call.function not in functions:
                open_calls.setdefault(call.symbol, []).append(call)
        return open_calls

    def why(self, call: Call) -> tuple[str, str, bool]:
        """Why a call has no answer, what to do, and whether the refusal was its own."""
        own = self.own.get((call.function, call.symbol))
        if own is not None:
            return f"{call.function}: {own.name}: {own.detail}", own.way_out, not own.scope.stops_asking
        stopper = next((each for each in self.stoppers if each.scope is not Scope.FUNCTION or each.call.function == call.function), None)
        if stopper is not None:
            return f"{call.function}: {stopper.name} stopped the asking", stopper.way_out, False
        return f"{call.function}: the run stopped before it was asked for", "Run again.", False


def _status(story: Story, plan: Plan, calls: _Calls) -> Status:
    scopes = {refused.scope for refused in calls.lacking}
    if not plan.calls:
        return Status.QUOTA_EXHAUSTED if plan.left_out else Status.UP_TO_DATE
    if Scope.KEY in scopes or (Scope.FUNCTION in scopes and not story.extraction.observations):
        return Status.FAILED
    if Scope.DAY in scopes or plan.left_out:
        return Status.QUOTA_EXHAUSTED
    is_lacking = bool(calls.lacking or calls.unanswered)
    return Status.COMPLETED_WITH_WARNINGS if is_lacking else Status.COMPLETED


def _symbols(plan: Plan, calls: _Calls, every: Sequence[Brought]) -> Iterator[SymbolSummary]:
    asked = dict.fromkeys(call.symbol for call in plan.calls if call.symbol)
    answered = {observation.call.symbol for observation in calls.story.extraction.observations}
    for symbol in asked:
        yield _outcome(symbol, calls, every, is_answered=symbol in answered)
    for left in {each.symbol: each for each in plan.left_out}.values():
        if left.symbol and left.symbol not in asked:
            yield SymbolSummary(symbol=left.symbol, outcome=Outcome.NOT_ASKED, reason=left.reason, next_step=left.next_step)


def _outcome(symbol: str, calls: _Calls, every: Sequence[Brought], *, is_answered: bool) -> SymbolSummary:
    reasons = [calls.why(call) for call in calls.unanswered.get(symbol, ())]
    loaded = sum(brought.loaded.touched.get(symbol, 0) for brought in every)
    quarantined = sum(brought.verdict.quarantined_by_symbol.get(symbol, 0) for brought in every if brought.verdict)
    told = "; ".join(reason for reason, _, _ in reasons)
    next_step = reasons[0][1] if reasons else ""
    if not is_answered and reasons:
        outcome = Outcome.REFUSED if any(is_own for _, _, is_own in reasons) else Outcome.NOT_ASKED
    elif quarantined and not loaded and any(symbol in brought.verdict.wholly_quarantined for brought in every if brought.verdict):
        outcome, told = Outcome.QUARANTINED, told or "every row was quarantined"
    elif calls.story.status is not None and not loaded:
        outcome, told = Outcome.LANDED, told or _NOT_LOADED
    else:
        outcome = Outcome.LANDED if loaded else Outcome.UNCHANGED
    return SymbolSummary(
        symbol=symbol,
        outcome=outcome,
        reason=told,
        next_step=next_step,
        bars_loaded=loaded,
        bars_quarantined=quarantined,
        is_due_session_missing=bool(reasons),
    )


def _gate(every: Sequence[Brought]) -> GateSummary | None:
    if not any(brought.verdict for brought in every):
        return None
    return GateSummary(
        is_open=all(brought.gate.is_open for brought in every),
        reasons=tuple(f"{brought.kind.dataset.name}: {reason}" for brought in every for reason in brought.gate.reasons),
        warnings=tuple(f"{brought.kind.dataset.name}: {warning}" for brought in every for warning in brought.gate.warnings),
    )


def _quarantine(run: Run, story: Story) -> QuarantineSummary:
    verdicts: list[Verdict] = [brought.verdict for brought in story.brought if brought.verdict]
    judged, held = sum(verdict.rows for verdict in verdicts), sum(verdict.quarantined.num_rows for verdict in verdicts)
    reasons: dict[str, int] = {}
    for verdict in verdicts:
        for reason, count in verdict.reason_counts.items():
            reasons[reason] = reasons.get(reason, 0) + count
    return QuarantineSummary(
        rate=held / judged if judged else 0.0,
        limit=run.settings.gate_limit,
        reasons=dict(sorted(reasons.items(), key=lambda counted: -counted[1])),
        examples=tuple(quarantined_example(bar) for verdict in verdicts for bar in verdict.examples)[:EXAMPLES],
        new=story.quarantine.new if story.quarantine else 0,
        known=story.quarantine.known if story.quarantine else 0,
        wholly_quarantined=tuple(dict.fromkeys(symbol for verdict in verdicts for symbol in verdict.wholly_quarantined)),
    )


def _places(run: Run, story: Story) -> PlaceSummary:
    every = story.brought
    stopped_first = sorted(every, key=lambda brought: (brought.gate.is_open, not brought.quarantine_uri))
    manifests = [brought.manifest for brought in every if brought.manifest]
    return PlaceSummary(
        quarantine=next((brought.quarantine_uri for brought in every if brought.quarantine_uri), ""),
        page=next((brought.page_uri for brought in stopped_first if brought.page_uri), ""),
        curated=manifests[0].file_uri if manifests else "",
        manifest=manifests[0].uri if manifests else "",
        table=", ".join(brought.kind.dataset.table for brought in every if brought.manifest),
        summary=f"s3://{run.settings.bucket_name}/{keys.run_key(run.run_id)}",
        flow_run=run.flow_run_url,
    )
