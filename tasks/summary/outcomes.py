"""Derives the outcome of each symbol, and from these the status of the run."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tasks.kept_out import KeptOut
from tasks.records import Outcome, RefusedCall, Scope, SkippedCall, Status
from tasks.summary.run_summary import SymbolSummary


@dataclass(frozen=True)
class MissingAnswer:
    """A call that has no answer.

    Attributes:
        reason: why not.
        next_step: what a person does about it.
        is_refused: whether the call itself was refused; otherwise it was never sent.
    """

    reason: str
    next_step: str
    is_refused: bool


@dataclass(frozen=True)
class SymbolFacts:
    """What the steps found out about the symbols of one run.

    Attributes:
        symbols: every symbol that was due, in order.
        answered: symbols with a call that was answered with data.
        missing: by symbol, its calls without an answer.
        skipped: by symbol, calls that did not fit into the day.
        due: the session of which a bar must be among the accepted rows, by symbol.
        sessions_in: symbols of which it is.
        newest_session: the newest session that is held or was accepted, by symbol.
        wholly_quarantined: symbols of which no row of some dataset was accepted.
        quarantined: quarantined rows, by symbol.
        touched: rows the loads added or changed, by symbol.
        kept_out: the symbols of which the load kept everything out of the table.
        is_loaded: whether the run came to its loads.
    """

    symbols: Sequence[str]
    answered: Collection[str] = ()
    missing: Mapping[str, Sequence[MissingAnswer]] = field(default_factory=dict)
    skipped: Mapping[str, SkippedCall] = field(default_factory=dict)
    due: Mapping[str, date] = field(default_factory=dict)
    sessions_in: Collection[str] = ()
    newest_session: Mapping[str, date] = field(default_factory=dict)
    wholly_quarantined: Collection[str] = ()
    quarantined: Mapping[str, int] = field(default_factory=dict)
    touched: Mapping[str, int] = field(default_factory=dict)
    kept_out: Mapping[str, KeptOut] = field(default_factory=dict)
    is_loaded: bool = True


def symbol_outcomes(facts: SymbolFacts) -> tuple[SymbolSummary, ...]:
    """One entry for every symbol that was due; a symbol never ends in two outcomes, and none is missing."""
    return tuple(_outcomes(facts))


def _outcomes(facts: SymbolFacts) -> Iterator[SymbolSummary]:
    for symbol in facts.symbols:
        missing = facts.missing.get(symbol, ())
        if symbol in facts.answered:
            yield _answered(symbol, facts, missing)
        elif missing:
            outcome = Outcome.REFUSED if any(each.is_refused for each in missing) else Outcome.SKIPPED
            yield _unanswered(symbol, outcome, "; ".join(each.reason for each in missing), missing[0].next_step)
        elif symbol in facts.skipped:
            yield _unanswered(symbol, Outcome.SKIPPED, facts.skipped[symbol].reason, facts.skipped[symbol].next_step)
        else:
            yield _unanswered(symbol, Outcome.SKIPPED, "the run stopped before its call was sent", "Run again.")


def _unanswered(symbol: str, outcome: Outcome, reason: str, next_step: str) -> SymbolSummary:
    return SymbolSummary(symbol=symbol, outcome=outcome, reason=reason, next_step=next_step, is_due_session_missing=True)


def _answered(symbol: str, facts: SymbolFacts, missing: Sequence[MissingAnswer]) -> SymbolSummary:
    loaded, due = facts.touched.get(symbol, 0), facts.due.get(symbol)
    is_due_missing = due is not None and symbol not in facts.sessions_in
    reasons = [each.reason for each in missing]
    next_step = missing[0].next_step if missing else ""
    if symbol in facts.kept_out and not loaded:
        outcome = Outcome.QUARANTINED
        reasons.append(facts.kept_out[symbol].sentence)
        next_step = facts.kept_out[symbol].next_step
    elif symbol in facts.wholly_quarantined and not loaded:
        outcome = Outcome.QUARANTINED
        reasons = reasons or ["every row was quarantined"]
    elif not facts.is_loaded and not loaded:
        outcome = Outcome.UNCHANGED
        reasons = reasons or ["its response is stored; nothing of it was loaded"]
    else:
        outcome = Outcome.LOADED if loaded else Outcome.UNCHANGED
        if is_due_missing:
            reasons.append(f"session {due} was due; the newest that is held is {facts.newest_session.get(symbol, 'none')}")
    if is_due_missing and not next_step:
        next_step = "It is requested again by the next run."
    return SymbolSummary(
        symbol=symbol,
        outcome=outcome,
        reason="; ".join(reasons),
        next_step=next_step,
        bars_loaded=loaded,
        bars_quarantined=facts.quarantined.get(symbol, 0),
        is_due_session_missing=is_due_missing or bool(missing),
    )


def decide_status(
    symbols: Sequence[SymbolSummary],
    refused: Sequence[RefusedCall],
    functions: Collection[str],
    *,
    is_budget_short: bool,
    is_answered: bool = True,
    is_any_held: bool = False,
) -> Status:
    """How a run that reached its end ended; a run that broke or met a closed gate is decided where that happened.

    Args:
        symbols: every symbol that was due, with its outcome.
        refused: the calls that ended in a refusal.
        functions: the functions that the run requested.
        is_budget_short: whether the plan skipped calls because the day's calls do not reach.
        is_answered: whether any call was answered with data; where none was, and not for want of calls, the run failed.
        is_any_held: whether other symbols of the run are up to date; then refusals that name their symbol are a warning all the same.
    """
    scopes = {refusal.scope for refusal in refused}
    stopped = {refusal.call.function for refusal in refused if refusal.scope is Scope.FUNCTION}
    if not symbols:
        return Status.UP_TO_DATE
    if Scope.KEY in scopes or (stopped and stopped >= set(functions)):
        return Status.FAILED
    if Scope.DAY in scopes or is_budget_short:
        return Status.QUOTA_EXHAUSTED
    # Others were answered before: a symbol that the API does not know is no sign that it answers nobody.
    if refused and not is_answered and not (is_any_held and scopes == {Scope.SYMBOL}):
        return Status.FAILED
    # A symbol of which no row passed is a warning also where the limit of the gate is far away.
    is_lacking = bool(refused) or any(symbol.is_due_session_missing or symbol.outcome is Outcome.QUARANTINED for symbol in symbols)
    return Status.COMPLETED_WITH_WARNINGS if is_lacking else Status.COMPLETED
