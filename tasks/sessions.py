"""The exchange calendar: which sessions are due, and which are final.

A session is a trading date of its exchange. Daily keys of the API are session dates, never instants, and are not converted.
The facts come from https://github.com/gerrymanoim/exchange_calendars.
"""

import warnings
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

import exchange_calendars
import numpy as np
import pandas as pd

DEFAULT_EXCHANGE: Final = "XNYS"

# The default of the library is twenty years back, which would cut the API's history (it begins on 1999-11-01).
_FIRST_DATE: Final = "1990-01-01"


@lru_cache(maxsize=16)
def _calendar(exchange: str) -> exchange_calendars.ExchangeCalendar:
    with warnings.catch_warnings():
        # The library still reads time zones the way pandas 3.1 deprecates.
        warnings.filterwarnings("ignore", message=r"Series\.values returning an ndarray that drops timezone", category=DeprecationWarning)
        return exchange_calendars.get_calendar(exchange, start=_FIRST_DATE)


def last_final_session(as_of: datetime, settling: timedelta, exchange: str = DEFAULT_EXCHANGE) -> date:
    """The newest session whose official close, early closes included, lies at least ``settling`` before ``as_of`` (aware)."""
    closes = _calendar(exchange).closes
    position = closes.searchsorted(pd.Timestamp(as_of) - settling, side="right") - 1
    found: date = closes.index[int(position)].date()
    return found


def last_open_session(as_of: datetime, exchange: str = DEFAULT_EXCHANGE) -> date:
    """The newest session that has opened at ``as_of`` (aware), final or not."""
    opens = _calendar(exchange).opens
    position = opens.searchsorted(pd.Timestamp(as_of), side="right") - 1
    found: date = opens.index[int(position)].date()
    return found


def sessions_between(first: date, last: date, exchange: str = DEFAULT_EXCHANGE) -> list[date]:
    """Every session from ``first`` to ``last``, both included, oldest first."""
    return [session.date() for session in _calendar(exchange).sessions_in_range(pd.Timestamp(first), pd.Timestamp(last))]


def sessions_behind(held: date, due: date, exchange: str = DEFAULT_EXCHANGE) -> int:
    """How many sessions lie after ``held`` up to and including ``due``; 0 where ``held`` is as new."""
    return max(0, len(sessions_between(held, due, exchange)) - (1 if is_session(held, exchange) else 0)) if held < due else 0


def is_session(day: date, exchange: str = DEFAULT_EXCHANGE) -> bool:
    """Whether the exchange trades on that date."""
    return bool(_calendar(exchange).is_session(pd.Timestamp(day)))


def is_exchange(name: str) -> bool:
    """Whether a calendar of that name (or alias) is known."""
    return name in exchange_calendars.get_calendar_names(include_aliases=True)


def session_closes(first: date, last: date, exchange: str = DEFAULT_EXCHANGE) -> dict[date, datetime]:
    """The official close (UTC) of every session from ``first`` to ``last``, early closes included."""
    closes = _calendar(exchange).closes.loc[pd.Timestamp(first) : pd.Timestamp(last)]
    return {session.date(): close.to_pydatetime() for session, close in closes.items()}


def session_days(exchange: str = DEFAULT_EXCHANGE) -> "np.ndarray[tuple[int], np.dtype[np.datetime64]]":
    """All sessions known to the calendar as ``datetime64[D]``, oldest first, for vectorised membership tests."""
    days: np.ndarray[tuple[int], np.dtype[np.datetime64]] = _calendar(exchange).sessions.to_numpy().astype("datetime64[D]")
    return days


def early_closes(first: date, last: date, exchange: str = DEFAULT_EXCHANGE) -> set[date]:
    """The sessions from ``first`` to ``last`` on which the exchange closes early."""
    return {session.date() for session in _calendar(exchange).early_closes if first <= session.date() <= last}


def calendar_extent(exchange: str = DEFAULT_EXCHANGE) -> tuple[date, date]:
    """The first and the last session the calendar knows; the last lies about a year ahead."""
    calendar = _calendar(exchange)
    return calendar.first_session.date(), calendar.last_session.date()
