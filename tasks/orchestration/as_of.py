"""Parses and checks ``as_of``, the moment a run is for."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

from tasks.errors import WrongUsage

_EXAMPLE: Final = "Write it in UTC, e.g. 2019-11-30T12:00:00Z, or name a session by its date, e.g. 2019-11-29."
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def read_as_of(text: str, now: datetime, settling: timedelta) -> datetime:
    """The moment that an ISO 8601 text names, in UTC.

    Args:
        text: e.g. ``2019-11-30T12:00:00Z``; or a date, which stands for the moment when the session of that date was final: its official
            close in New York and the time to settle. On a date without a session it is that of the session before.
        now: the present instant, aware.
        settling: how long after its close a session's bar counts as final.

    Raises:
        WrongUsage: it is no timestamp, has no time zone, or is in the future.
    """
    try:
        if _DATE.fullmatch(text):
            return _of_session(date.fromisoformat(text), now, settling)
        as_of = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUsage(f"as-of {text} is not a valid timestamp.", _EXAMPLE) from None
    return check_as_of(as_of, now)


def check_as_of(as_of: datetime, now: datetime) -> datetime:
    """The moment in UTC.

    Raises:
        WrongUsage: it has no time zone, is in the future, or lies before the first year in UTC.
    """
    if as_of.tzinfo is None:
        raise WrongUsage(f"as-of {as_of.isoformat()} has no time zone.", _EXAMPLE)
    if as_of > now:
        raise WrongUsage(f"as-of {as_of.isoformat()} is in the future.", "Give a past moment.")
    try:
        return as_of.astimezone(UTC)
    except OverflowError:
        raise WrongUsage(f"as-of {as_of.isoformat()} lies before the first year in UTC.", "Give a later moment.") from None


def _of_session(day: date, now: datetime, settling: timedelta) -> datetime:
    # The calendars cost a second of imports, which a refused option need not wait for.
    from tasks.sessions import calendar_extent, session_closes  # noqa: PLC0415 - see above

    first, last = calendar_extent()
    if not first <= day <= last:
        raise WrongUsage(f"as-of {day} lies outside of the calendar, which has sessions from {first} to {last}.", "Give another date.")
    closes = session_closes(max(first, day - timedelta(days=14)), day)
    final = max(closes.values()) + settling
    if final > now:
        raise WrongUsage(f"The session of {day} is final at {final:%Y-%m-%d %H:%M} UTC, which is in the future.", "Give a past session.")
    return final
