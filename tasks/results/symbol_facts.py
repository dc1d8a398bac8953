"""Facts per symbol, derived from the results of a run."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date

from tasks.records import Plan
from tasks.results.call_outcomes import CallOutcomes
from tasks.results.dataset_result import DatasetResult
from tasks.results.run_results import RunResults
from tasks.summary.bars import Span, spans_by_symbol, symbols_with_session
from tasks.summary.outcomes import SymbolFacts


def gather_facts(results: RunResults, plan: Plan, calls: CallOutcomes) -> SymbolFacts:
    """Gathers what decides the outcome of every symbol.

    Args:
        results: what the steps gave.
        plan: the plan.
        calls: what became of the calls.
    """
    required = results.required
    primary = _primary(results)
    accepted = primary.verdict.accepted_columns("symbol", "session_date") if primary and primary.verdict else None
    functions = results.required_functions
    requested = dict.fromkeys(call.symbol for call in plan.calls if call.symbol and call.function in functions)
    skipped = {entry.symbol: entry for entry in reversed(plan.skipped) if entry.symbol}
    has_primary = any(dataset.is_primary for dataset in results.datasets)
    answered = {
        seen.call.symbol
        for seen in results.extraction.observations
        if seen.call.symbol and seen.call.function in functions and (seen.call.function, seen.call.symbol) not in calls.set_aside
    }
    # A refusal that was forgiven leaves nothing missing: a fund has no overview.
    forgiven = {each.call.symbol for each in calls.forgiven if each.call.symbol and each.call.function in functions}
    answered |= forgiven - calls.unanswered.keys() - skipped.keys()
    concerned = dict.fromkeys([*requested, *sorted(answered)])
    due = {symbol: session for symbol, session in plan.due_session.items() if symbol in concerned} if has_primary else {}
    touched: Counter[str] = Counter()
    quarantined: Counter[str] = Counter()
    for result in required:
        touched.update(result.loaded.touched if result.loaded else {})
        quarantined.update(result.verdict.quarantined_by_symbol if result.verdict else {})
    loads = [result.loaded for result in required if result.loaded]
    kept_out = {each.symbol: each for loaded in loads for each in loaded.kept_out}
    newest_held = {symbol: session for loaded in loads for symbol, session in loaded.newest_held.items()}
    order = list(plan.due_session) if has_primary else list(requested)
    return SymbolFacts(
        symbols=[symbol for symbol in dict.fromkeys([*order, *concerned, *skipped]) if symbol in concerned or symbol in skipped],
        answered=answered,
        missing=calls.unanswered,
        skipped=skipped,
        due=due,
        sessions_in=symbols_with_session(accepted, due) - kept_out.keys() if accepted is not None else set(),
        newest_session=_newest({symbol: span.last_session for symbol, span in spans_of(results).items()}, newest_held, kept_out),
        wholly_quarantined={symbol for result in required if result.verdict for symbol in result.verdict.wholly_quarantined},
        quarantined=quarantined,
        touched=touched,
        kept_out=kept_out,
        is_loaded=results.status is None,
    )


def spans_of(results: RunResults) -> Mapping[str, Span]:
    """The accepted sessions of every symbol, of the dataset by which the run's symbols are measured."""
    primary = _primary(results)
    return spans_by_symbol(primary.verdict.accepted_columns("symbol", "session_date")) if primary and primary.verdict else {}


def _newest(accepted: Mapping[str, date], held: Mapping[str, date], kept_out: Collection[str]) -> dict[str, date]:
    """The newest session of every symbol, in the table or about to be."""
    loaded = {symbol: session for symbol, session in accepted.items() if symbol not in kept_out}
    return {**held, **{symbol: max(session, held.get(symbol, session)) for symbol, session in loaded.items()}}


def _primary(results: RunResults) -> DatasetResult | None:
    return next((result for result in results.required if result.dataset.is_primary), None)
