"""Parses and checks ``as_of``, the moment a run is for."""

from datetime import UTC, datetime

from tasks.errors import WrongUsage

_EXAMPLE = "Write it in UTC, e.g. 2019-11-30T12:00:00Z."


def read_as_of(text: str, now: datetime) -> datetime:
    """The moment that an ISO 8601 text names, in UTC.

    Args:
        text: e.g. ``2019-11-30T12:00:00Z``.
        now: the present instant, aware.

    Raises:
        WrongUsage: it is no timestamp, has no time zone, or is in the future.
    """
    try:
        as_of = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUsage(f"as-of {text} is not a valid timestamp.", _EXAMPLE) from None
    return check_as_of(as_of, now)


def check_as_of(as_of: datetime, now: datetime) -> datetime:
    """The moment in UTC.

    Raises:
        WrongUsage: it has no time zone or is in the future.
    """
    if as_of.tzinfo is None:
        raise WrongUsage(f"as-of {as_of.isoformat()} has no time zone.", _EXAMPLE)
    if as_of > now:
        raise WrongUsage(f"as-of {as_of.isoformat()} is in the future.", "Give a past moment.")
    return as_of.astimezone(UTC)
