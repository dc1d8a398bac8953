"""What is held of a symbol after an answer: ranges of sessions, with the holes between them that answers left open."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from itertools import groupby

from tasks.records import SessionRange, SymbolCoverage
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
        is_whole: whether the answer is the whole history; it closes every hole.
        exchange: whose sessions count.

    Returns:
        The coverage. An answer closes the part of a hole that it spans, and leaves a hole where it does not reach what was held.
    """
    if held is None:
        return SymbolCoverage(first, last, observed_at, observed_at if is_whole else None)
    apart = [*_between(held.last_session, first, exchange), *_between(last, held.first_session, exchange)]
    missing = [session for gap in held.gaps for session in sessions_between(*gap, exchange)] + apart
    return SymbolCoverage(
        first_session=min(held.first_session, first),
        last_session=max(held.last_session, last),
        observed_at=max(held.observed_at, observed_at),
        full_history_at=observed_at if is_whole else held.full_history_at,
        captures=held.captures,
        gaps=() if is_whole else ranges_of((session for session in missing if not first <= session <= last), exchange),
    )


def ranges_of(sessions: Iterable[date], exchange: str = DEFAULT_EXCHANGE) -> tuple[SessionRange, ...]:
    """Sessions as ranges without a session between them, oldest first.

    Args:
        sessions: in any order.
        exchange: whose sessions count.
    """
    wanted = sorted(set(sessions))
    if not wanted:
        return ()
    place = {session: number for number, session in enumerate(sessions_between(wanted[0], wanted[-1], exchange))}
    # Within a run of neighbours the place grows by one a session, so that its distance from the count stays.
    runs = groupby(enumerate(wanted), key=lambda numbered: place.get(numbered[1], -1) - numbered[0])
    spans = [[session for _, session in run] for _, run in runs]
    return tuple((span[0], span[-1]) for span in spans)


def without_sessions(held: SymbolCoverage, gone: Collection[date], exchange: str = DEFAULT_EXCHANGE) -> SymbolCoverage | None:
    """What is held once some sessions are not: they are missing like any that was never answered.

    Args:
        held: what was held.
        gone: sessions that are held no more.
        exchange: whose sessions count.

    Returns:
        The coverage, its captures forgotten, so that a body that comes again is read again; None where nothing is left.
    """
    left = [session for span in held.ranges for session in sessions_between(*span, exchange) if session not in gone]
    if not left:
        return None
    missing = set(sessions_between(left[0], left[-1], exchange)).difference(left)
    return SymbolCoverage(left[0], left[-1], held.observed_at, gaps=ranges_of(missing, exchange))


def missing_sessions(
    held: SymbolCoverage | None, first: date, last: date, answered_until: date | None, exchange: str = DEFAULT_EXCHANGE
) -> Iterator[date]:
    """The sessions of a range that were never answered and that an answer may hold, oldest first.

    Args:
        held: what is held, or None.
        first: the first session wanted.
        last: the last one.
        answered_until: the newest session that was final when the whole history was read: what that history lacks (before a listing, after
            a delisting) the API does not have. None where it was never read.
        exchange: whose sessions count.
    """
    for session in sessions_between(first, last, exchange):
        is_answered = answered_until is not None and session <= answered_until
        if not is_answered and (held is None or not held.holds(session)):
            yield session


def _between(start: date, end: date, exchange: str) -> list[date]:
    return [session for session in sessions_between(start, end, exchange) if start < session < end] if start < end else []


def joined(*gaps: SessionRange | None) -> SessionRange | None:
    """The range that spans all gaps."""
    given = [gap for gap in gaps if gap]
    return (min(gap[0] for gap in given), max(gap[1] for gap in given)) if given else None
