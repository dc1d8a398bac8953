"""What is held of a symbol after an answer, the hole that the answer left open included."""

from datetime import date, datetime

from tasks.records import SymbolCoverage
from tasks.sessions import DEFAULT_EXCHANGE, sessions_between


def widen(
    held: SymbolCoverage | None,
    first: date,
    last: date,
    observed_at: datetime,
    *,
    is_whole: bool,
    exchange: str = DEFAULT_EXCHANGE,
) -> SymbolCoverage:
    """Widens what was held by the span of an answer.

    Args:
        held: what was held, or None.
        first: the oldest session of the answer.
        last: the newest final session of the answer, quarantined ones included.
        observed_at: when it was observed, UTC.
        is_whole: whether the answer is the whole history; it closes every gap.
        exchange: whose sessions count.

    Returns:
        The coverage, with the sessions between what was held and an answer that begins later as its gap. Two gaps become one that spans
        both: what matters is that it is named until the whole history is read.
    """
    if held is None:
        return SymbolCoverage(first, last, observed_at, observed_at if is_whole else None)
    return SymbolCoverage(
        first_session=min(held.first_session, first),
        last_session=max(held.last_session, last),
        observed_at=max(held.observed_at, observed_at),
        full_history_at=observed_at if is_whole else held.full_history_at,
        captures=held.captures,
        gap=None if is_whole else joined(held.gap, _between(held.last_session, first, exchange)),
    )


def joined(one: tuple[date, date] | None, other: tuple[date, date] | None) -> tuple[date, date] | None:
    """The gap that spans two gaps."""
    gaps = [gap for gap in (one, other) if gap]
    return (min(gap[0] for gap in gaps), max(gap[1] for gap in gaps)) if gaps else None


def _between(held: date, first: date, exchange: str) -> tuple[date, date] | None:
    if first <= held:
        return None
    missed = [session for session in sessions_between(held, first, exchange) if held < session < first]
    return (missed[0], missed[-1]) if missed else None
