"""The sessions of the New York exchanges, by their ordinal since the first session the API serves.

The API's daily history has begun on 1999-11-01 since late 2020; the calendar is https://github.com/gerrymanoim/exchange_calendars.
"""

import warnings
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import exchange_calendars
import numpy as np
import numpy.typing as npt

from infra.local.alpha_vantage.errors import OutsideCalendar

NEW_YORK: Final = ZoneInfo("America/New_York")
FIRST_SESSION: Final = date(1999, 11, 1)
# Far enough for any instant a test or a person asks for; the holidays' rules are computed, so each year costs next to nothing.
_LAST_DATE: Final = "2040-12-31"


@dataclass(frozen=True, slots=True)
class Sessions:
    """Every session, oldest first; the position in these arrays is the session's ordinal.

    Attributes:
        days: ``datetime64[D]``.
        names: the same as ``YYYY-MM-DD``.
        opens: seconds since the epoch.
        closes: seconds since the epoch, early closes included.
    """

    days: npt.NDArray[np.datetime64]
    names: list[str]
    opens: npt.NDArray[np.int64]
    closes: npt.NDArray[np.int64]

    def ordinal_from(self, day: date) -> int:
        """The ordinal of the first session on or after a date."""
        return int(np.searchsorted(self.days, np.datetime64(day)))


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant seen from the exchange.

    Attributes:
        newest: the ordinal of the newest session that has opened.
        elapsed: how much of that session has passed, 0 to 1; 1 once it has closed.
        new_york: the instant in New York.
    """

    newest: int
    elapsed: float
    new_york: datetime


@lru_cache(maxsize=1)
def sessions() -> Sessions:
    """The sessions from 1999-11-01 to 2040-12-31."""
    with warnings.catch_warnings():
        # The library reads its own times in a way that pandas 3.1 announces to change; what is read is right.
        warnings.filterwarnings("ignore", message=r"Series\.values returning an ndarray that drops timezone", category=DeprecationWarning)
        calendar = exchange_calendars.get_calendar("XNYS", start=FIRST_SESSION.isoformat(), end=_LAST_DATE)
    days = calendar.sessions.to_numpy().astype("datetime64[D]")
    seconds = "datetime64[s]"
    return Sessions(
        days=days,
        names=[str(day) for day in days],
        opens=calendar.opens.dt.tz_localize(None).to_numpy().astype(seconds).astype(np.int64),
        closes=calendar.closes.dt.tz_localize(None).to_numpy().astype(seconds).astype(np.int64),
    )


def moment_of(instant: datetime) -> Moment:
    """What the exchange has done by an instant (aware).

    Raises:
        OutsideCalendar: before the first session's opening, or after the last known one's close.
    """
    known = sessions()
    stamp = instant.timestamp()
    newest = int(np.searchsorted(known.opens, stamp, side="right")) - 1
    if newest < 0 or stamp > known.closes[-1]:
        span = f"{known.names[0]} to {known.names[-1]}"
        span = f"{known.names[0]} to {known.names[-1]}"
        raise OutsideCalendar(f"{instant.isoformat()} lies outside the sessions {span}.", "Ask for an instant between.")
    opened, closed = int(known.opens[newest]), int(known.closes[newest])
    return Moment(newest, min(1.0, (stamp - opened) / (closed - opened)), instant.astimezone(NEW_YORK))
