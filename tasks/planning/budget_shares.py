"""Shares of the day's calls, so that a backfill or hourly quotes cannot starve the daily run.

As data: a share keeps a part of the day's calls for itself until it has spent them, and may itself spend at most a part of the day.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from tasks.planning.budget import DAILY, EMPTY_LEDGER, DailyLimit, Ledger, calls_left, spent_by


@dataclass(frozen=True)
class Share:
    """What one kind of run may take of a day with a limit.

    Attributes:
        reserved: the part of the day that no other flow may spend.
        most: the part of the day that it may spend at most.
    """

    reserved: float
    most: float


BACKFILL_SHARE: Final = "backfill"
QUOTES_SHARE: Final = "quotes"

SHARES: Final[Mapping[str, Share]] = MappingProxyType(
    {
        DAILY: Share(reserved=0.8, most=1.0),
        BACKFILL_SHARE: Share(reserved=0.0, most=1.0),
        QUOTES_SHARE: Share(reserved=0.0, most=0.2),
    },
)
"""The shares of a day: the daily run comes before all others."""


_ANY_DAY: Final = datetime(2000, 1, 3, 12, tzinfo=UTC)


def share_left(
    profile: DailyLimit,
    ledger: Ledger,
    now: datetime,
    share: str = DAILY,
    shares: Mapping[str, Share] = SHARES,
) -> int | None:
    """How many calls one kind of run has left today.

    Args:
        profile: the limits of the key's plan.
        ledger: what the key has spent.
        now: the present instant, aware.
        share: one of ``shares``.
        shares: how the day is shared.

    Returns:
        0 or more, or None where the day has no limit.
    """
    left = calls_left(profile, ledger, now)
    limit = profile.calls_per_day
    if left is None or limit is None:
        return left
    kept = sum(max(0, math.ceil(other.reserved * limit) - spent_by(ledger, name, now)) for name, other in shares.items() if name != share)
    own = math.floor(shares[share].most * limit) - spent_by(ledger, share, now)
    return max(0, min(left - kept, own))


def share_of_day(profile: DailyLimit, share: str = DAILY, shares: Mapping[str, Share] = SHARES) -> int | None:
    """How many calls one kind of run has on a day of which nothing is spent; None where the day has no limit."""
    return share_left(profile, EMPTY_LEDGER, _ANY_DAY, share, shares)
