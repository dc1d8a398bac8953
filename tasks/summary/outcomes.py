"""What became of each symbol, and from that how the run ended."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tasks.records import Outcome, RefusedCall, Scope, SkippedCall, Status
from tasks.summary.run_summary import SymbolSummary


@dataclass(frozen=True)
class SymbolFacts:
    """What the steps found out about the symbols of one run.

    Attributes:
        due_session: the due session of every symbol that was due, in the order of the watchlist.
        answered: symbols whose call was answered with data.
        refused: the calls that ended in a refusal.
        not_asked: symbols that were due and not asked for.
        accepted_last_session: the newest accepted session, by symbol.
        accepted_sessions_due: symbols whose due session is among the accepted bars.
        accepted: accepted bars, by symbol.
        quarantined: quarantined bars, by symbol.
        touched: bars the load added or changed, by symbol; None where nothing was loaded.
    """

    due_session: Mapping[str, date]
    answered: Collection[str] = ()
    refused: Sequence[RefusedCall] = ()
    not_asked: Sequence[SkippedCall] = ()
    accepted_last_session: Mapping[str, date] = field(default_factory=dict)
    accepted_sessions_due: Collection[str] = ()
    accepted: Mapping[str, int] = field(default_factory=dict)
    quarantined: Mapping[str, int] = field(default_factory=dict)
    touched: Mapping[str, int] | None = None


def symbol_outcomes(facts: SymbolFacts) -> tuple[SymbolSummary, ...]:
    """One entry for every symbol that was due; a symbol never ends in two outcomes, and none is left out."""
    refusals = {refusal.call.symbol: refusal for refusal in facts.refused}
    left_out = {entry.symbol: entry for entry in facts.not_asked}
    return tuple(_outcome(symbol, due, facts, refusals.get(symbol), left_out.get(symbol)) for symbol, due in facts.due_session.items())


def _outcome(symbol: str, due: date, facts: SymbolFacts, refusal: RefusedCall | None, left_out: SkippedCall | None) -> SymbolSummary:
    if symbol in facts.answered:
        return _answered(symbol, due, facts)
    if refusal is not None and not refusal.scope.stops_asking:
        return SymbolSummary(
            symbol=symbol,
            outcome=Outcome.REFUSED,
            reason=f"{refusal.name}: {refusal.detail}",
            next_step=refusal.way_out,
            is_due_session_missing=True,
        )
    if refusal is not None:
        reason, next_step = f"{refusal.name}: {refusal.detail}", refusal.way_out
    elif left_out is not None:
        reason, next_step = left_out.reason, left_out.next_step
    else:
        reason, next_step = "the run stopped before it was asked for", "Run again."
    return SymbolSummary(symbol=symbol, outcome=Outcome.NOT_ASKED, reason=reason, next_step=next_step, is_due_session_missing=True)


def _answered(symbol: str, due: date, facts: SymbolFacts) -> SymbolSummary:
    accepted, quarantined = facts.accepted.get(symbol, 0), facts.quarantined.get(symbol, 0)
    loaded = (facts.touched or {}).get(symbol, 0)
    is_missing = symbol not in facts.accepted_sessions_due
    if quarantined and not accepted:
        outcome, reason = Outcome.QUARANTINED, "every bar was quarantined"
    elif facts.touched is None:
        outcome, reason = Outcome.LANDED, "its capture is stored; nothing was loaded"
    else:
        outcome, reason = (Outcome.LANDED if loaded else Outcome.UNCHANGED), ""
        if is_missing:
            newest = facts.accepted_last_session.get(symbol)
            reason = f"session {due} was due; the newest accepted is {newest or 'none'}"
    return SymbolSummary(
        symbol=symbol,
        outcome=outcome,
        reason=reason,
        next_step="It is asked for again on the next run." if is_missing else "",
        bars_loaded=loaded,
        bars_quarantined=quarantined,
        is_due_session_missing=is_missing,
    )


def decide_status(symbols: Sequence[SymbolSummary], refused: Sequence[RefusedCall], *, is_budget_short: bool) -> Status:
    """How a run that reached its end ended; a run that broke or met a closed gate is decided where that happened.

    Args:
        symbols: every symbol that was due, with its outcome.
        refused: the calls that ended in a refusal.
        is_budget_short: whether the plan left symbols out because the day's calls do not reach.
    """
    scopes = {refusal.scope for refusal in refused}
    if not symbols:
        return Status.UP_TO_DATE
    if scopes & {Scope.KEY, Scope.FUNCTION}:
        return Status.FAILED
    if Scope.DAY in scopes or is_budget_short:
        return Status.QUOTA_EXHAUSTED
    # A symbol of which no bar passed is a warning also where the limit of the gate is far away.
    is_lacking = any(symbol.is_due_session_missing or symbol.outcome is Outcome.QUARANTINED for symbol in symbols)
    return Status.COMPLETED_WITH_WARNINGS if is_lacking else Status.COMPLETED
