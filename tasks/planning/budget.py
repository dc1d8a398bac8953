"""The budget: the calls of a day and how many are left, as values.

A free key has 25 calls a day, and the end of that day is not documented: midnight UTC or midnight in New York. So every call is
counted under both dates, the fuller one counts, and after a refusal of the day no call is sent until both midnights have passed. Refused
calls are counted as well; whether the API does is not documented.

Calls are reserved before they are sent. What was reserved and never sent is given back; after a crash it stays counted as spent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Annotated, Final, Literal, Protocol
from zoneinfo import ZoneInfo

from pydantic import Field

from tasks.records import Instant
from tasks.wording import agreeing

NEW_YORK: Final = ZoneInfo("America/New_York")

# Yesterday's counts can still matter in the other zone; a week is kept so that a person can look at it.
_KEPT: Final = timedelta(days=7)

CallsPerDate = Mapping[date, Annotated[int, Field(ge=0)]]

DAILY: Final = "daily"
"""The share of the daily run; the others are in ``tasks/planning/budget_shares.py``."""


class DailyLimit(Protocol):
    """What the budget needs to know of a plan of the API."""

    @property
    def calls_per_day(self) -> int | None:
        """Most calls a day, or None where there is no daily limit."""


@dataclass(frozen=True)
class Ledger:
    """The calls one key has spent, as they are stored.

    Attributes:
        utc: calls per date in UTC.
        new_york: the same calls per date in New York.
        exhausted_until: until when (UTC) the API has refused the day, or None.
        by_share: per share of the day, its calls per date in UTC; ledgers of before there were shares have none.
        version: of the stored form.
    """

    utc: CallsPerDate
    new_york: CallsPerDate
    exhausted_until: Instant | None = None
    by_share: Mapping[str, CallsPerDate] = field(default_factory=dict)
    version: Literal[1] = 1


EMPTY_LEDGER: Final = Ledger({}, {})


def calls_left(profile: DailyLimit, ledger: Ledger, now: datetime) -> int | None:
    """How many calls the day has left.

    Args:
        profile: the limits of the key's plan.
        ledger: what the key has spent.
        now: the present instant, aware.

    Returns:
        0 or more, or None where neither plan nor API sets a limit to the day.
    """
    if ledger.exhausted_until is not None and now < ledger.exhausted_until:
        return 0
    if profile.calls_per_day is None:
        return None
    return max(0, profile.calls_per_day - _spent(ledger, now))


def budget_text(profile: DailyLimit, left: int | None, now: datetime) -> str:
    """What the day has left, for people.

    Args:
        profile: the limits of the key's plan.
        left: as :func:`calls_left` gives it.
        now: the present instant, aware.
    """
    if left is None:
        return "no daily limit"
    limit = "" if profile.calls_per_day is None else f" of {profile.calls_per_day}"
    calls = agreeing(profile.calls_per_day or left, "call", "calls")
    return f"{left}{limit} {calls} left today; the day ends {resets_at(now):%Y-%m-%d %H:%M} UTC"


def spend(ledger: Ledger, calls: int, now: datetime, share: str = DAILY) -> Ledger:
    """The ledger after ``calls`` calls were reserved at ``now`` for a share of the day; old dates are dropped."""
    return _counted(ledger, calls, now, share)


def give_back(ledger: Ledger, calls: int, reserved_at: datetime, share: str = DAILY) -> Ledger:
    """The ledger after ``calls`` calls that were reserved at ``reserved_at`` and never sent were returned."""
    return _counted(ledger, -calls, reserved_at, share)


def spent_by(ledger: Ledger, share: str, now: datetime) -> int:
    """The calls that a share of the day has spent on the present date in UTC."""
    return ledger.by_share.get(share, {}).get(_date(now, UTC), 0)


def exhaust(ledger: Ledger, now: datetime) -> Ledger:
    """The ledger after the API refused the day at ``now``, whatever our own count says."""
    return replace(ledger, exhausted_until=resets_at(now))


def resets_at(now: datetime) -> datetime:
    """When the present day has ended for certain (UTC): the later of the next midnights in UTC and New York."""
    return max(_next_midnight(now, UTC), _next_midnight(now, NEW_YORK))


def _spent(ledger: Ledger, now: datetime) -> int:
    return max(ledger.utc.get(_date(now, UTC), 0), ledger.new_york.get(_date(now, NEW_YORK), 0))


def _counted(ledger: Ledger, calls: int, now: datetime, share: str) -> Ledger:
    day = _date(now, UTC)
    return replace(
        ledger,
        utc=_added(ledger.utc, day, calls),
        new_york=_added(ledger.new_york, _date(now, NEW_YORK), calls),
        by_share={**ledger.by_share, share: _added(ledger.by_share.get(share, {}), day, calls)},
    )


def _added(counts: Mapping[date, int], day: date, calls: int) -> Mapping[date, int]:
    kept = {counted: number for counted, number in counts.items() if counted > day - _KEPT}
    return {**kept, day: max(0, counts.get(day, 0) + calls)}


def _date(instant: datetime, zone: tzinfo) -> date:
    return instant.astimezone(zone).date()


def _next_midnight(instant: datetime, zone: tzinfo) -> datetime:
    tomorrow = _date(instant, zone) + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone).astimezone(UTC)
