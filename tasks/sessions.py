"""The exchange calendar: which sessions are due, and which are final.

A session is a trading date of its exchange. Daily keys of the API are session dates, never instants, and are not converted.
The facts come from https://github.com/gerrymanoim/exchange_calendars. That library and pandas take a second to import and to work out a
calendar, so New York's sessions are also kept in a small file, which ``python -m tasks.sessions`` writes once a version of the library is
installed; a plan reads that file alone. Without it, and for every other exchange, the library is asked.
"""

import json
import sys
import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tasks.errors import WrongUsage
from tasks.exchanges import exchange_in

if TYPE_CHECKING:
    import exchange_calendars
    import numpy as np

DEFAULT_EXCHANGE: Final = "XNYS"


class BeforeCalendar(WrongUsage):
    """A moment before the first session that a calendar knows."""


NEWER_CALENDARS: Final = "Install a newer exchange_calendars: its releases add a year's holidays before that year begins."


# The default of the library is twenty years back, which would cut the API's history (it begins on 1999-11-01).
_FIRST_DATE: Final = "1990-01-01"
_LATER_FIRST_DATES: Final = {"XTAE": "2026-01-05"}
"""Until that day Tel Aviv traded on Sundays, which the library's calendar (4.13) cannot work out with pandas 3."""


_SATURDAY: Final = 5
_SECONDS_A_DAY: Final = 86_400
_KEPT_UNTIL_DAYS: Final = 180
"""A kept calendar ends a year after it was written; this long before its end the library is asked again."""


@dataclass(frozen=True)
class KeptCalendar:
    """The sessions of one exchange as plain numbers.

    Attributes:
        days: every session as a proleptic ordinal, oldest first.
        closes: their official closes, in seconds since 1970 (UTC), early closes included.
    """

    days: list[int]
    closes: list[int]

    def holds(self, first: date, last: date) -> bool:
        """Whether the dates lie within what was written down."""
        return self.days[0] <= first.toordinal() and last.toordinal() <= self.days[-1] - _KEPT_UNTIL_DAYS

    def last_closed(self, moment: datetime, settling: timedelta) -> date | None:
        """The newest session that had closed so long before a moment (aware); None where the library must be asked."""
        seconds = moment.timestamp() - settling.total_seconds()
        if not self.closes[0] <= seconds < self.closes[-1] - _KEPT_UNTIL_DAYS * _SECONDS_A_DAY:
            return None
        return date.fromordinal(self.days[bisect_right(self.closes, seconds) - 1])

    def between(self, first: date, last: date) -> list[date]:
        """The sessions from ``first`` to ``last``, both included."""
        inside = self.days[bisect_left(self.days, first.toordinal()) : bisect_right(self.days, last.toordinal())]
        return [date.fromordinal(day) for day in inside]


def kept_folder() -> Path:
    """Where calendars of the installed version of the library are kept: in the environment that it was installed in."""
    return Path(sys.prefix) / "share" / "tickerhouse" / f"exchange_calendars-{version('exchange_calendars')}"


def keep_calendar(exchange: str, folder: Path) -> None:
    """Writes the sessions that the library knows of an exchange into ``<folder>/<exchange>.json``."""
    closes = _calendar(exchange).closes
    kept = KeptCalendar([day.toordinal() for day in closes.index.date], [int(close.timestamp()) for close in closes])
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{exchange}.json.draft"
    draft.write_text(json.dumps(asdict(kept)))
    draft.replace(folder / f"{exchange}.json")


@cache
def _kept(exchange: str) -> KeptCalendar | None:
    try:
        return KeptCalendar(**json.loads((kept_folder() / f"{exchange}.json").read_text()))
    except FileNotFoundError:
        return None


@cache
def _calendar(exchange: str) -> "exchange_calendars.ExchangeCalendar":
    import exchange_calendars  # noqa: PLC0415 - see the head of the module

    with warnings.catch_warnings():
        # The library still does what pandas 3.1 deprecates.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return exchange_calendars.get_calendar(exchange, start=_LATER_FIRST_DATES.get(exchange, _FIRST_DATE))
        except ValueError:
            # Some calendars are known from a later date on only, e.g. Tokyo's from 1997.
            return exchange_calendars.get_calendar(exchange, start=type(exchange_calendars.get_calendar(exchange)).bound_min())


def last_final_session(as_of: datetime, settling: timedelta, exchange: str = DEFAULT_EXCHANGE) -> date:
    """The newest session whose official close, early closes included, lies at least ``settling`` before ``as_of`` (aware).

    Raises:
        BeforeCalendar: no session was final by then, as far as the calendar goes back.
    """
    kept = _kept(exchange)
    if kept is not None and (newest := kept.last_closed(as_of, settling)) is not None:
        return newest
    import pandas as pd  # noqa: PLC0415 - see the head of the module

    closes = _calendar(exchange).closes
    first = closes.iloc[0].to_pydatetime() + settling
    if as_of < first:
        raise BeforeCalendar(
            f"{as_of:%Y-%m-%d %H:%M} UTC lies before the calendar of {exchange}, whose first session is {closes.index[0]:%Y-%m-%d}.",
            f"Name a moment after {first:%Y-%m-%d %H:%M} UTC.",
        )
    position = closes.searchsorted(pd.Timestamp(as_of) - settling, side="right") - 1
    found: date = closes.index[int(position)].date()
    return found


def sessions_between(first: date, last: date, exchange: str = DEFAULT_EXCHANGE) -> list[date]:
    """Every session from ``first`` to ``last``, both included, oldest first; none before the calendar begins or after it ends."""
    if first > last:
        return []
    kept = _kept(exchange)
    if kept is not None and kept.holds(first, last):
        return kept.between(first, last)
    calendar = _calendar(exchange)
    first, last = max(first, calendar.first_session.date()), min(last, calendar.last_session.date())
    inside = calendar.sessions_in_range(first.isoformat(), last.isoformat()) if first <= last else ()
    return [session.date() for session in inside]


def sessions_behind(held: date, due: date, exchange: str = DEFAULT_EXCHANGE) -> int:
    """How many sessions lie after ``held`` up to and including ``due``; 0 where ``held`` is as new."""
    return max(0, len(sessions_between(held, due, exchange)) - (1 if is_session(held, exchange) else 0)) if held < due else 0


def sessions_missed(held: date, due: date, as_of: datetime, exchange: str) -> int:
    """How many sessions of a symbol are missing at a moment; weekdays of which its exchange's calendar knows nothing any more count too.

    Args:
        held: the newest session held.
        due: the newest session that is final, as far as the calendar goes.
        as_of: the moment, aware.
        exchange: the symbol's.
    """
    return sessions_behind(held, due, exchange) + weekdays_unknown(as_of, exchange)


def is_session(day: date, exchange: str = DEFAULT_EXCHANGE) -> bool:
    """Whether the exchange trades on that date."""
    kept = _kept(exchange)
    if kept is not None and kept.holds(day, day):
        return kept.between(day, day) == [day]
    return sessions_between(day, day, exchange) == [day]


@cache
def known_exchange(name: str) -> str | None:
    """The calendar that a name or an alias stands for (``LSE`` for XLON); None where there is none, or none that can be opened."""
    if name == DEFAULT_EXCHANGE and _kept(name) is not None:
        return name
    import exchange_calendars  # noqa: PLC0415 - see the head of the module

    if name not in exchange_calendars.get_calendar_names(include_aliases=True):
        return None
    exchange: str = exchange_calendars.resolve_alias(name)
    try:
        _calendar(exchange)
    except (ValueError, TypeError, NotImplementedError):
        # Some calendars of the library are unfinished, e.g. those of Athens and Bucharest.
        return None
    return exchange


def known_until(exchange: str) -> date | None:
    """The last date whose holidays the library lists, for exchanges that announce them year by year (Bombay, Shanghai, Singapore).

    None for all others, whose holidays follow from rules. After that date no session of the exchange is known.
    """
    end = None if _kept(exchange) is not None else _calendar(exchange).bound_max()
    return end.date() if end is not None else None


def weekdays_unknown(as_of: datetime, exchange: str) -> int:
    """How many weekdays before a moment lie after the last known date: each is a session or a holiday, and nothing is requested of it."""
    end = known_until(exchange)
    if end is None:
        return 0
    return sum(1 for days in range(1, (as_of.date() - end).days) if (end + timedelta(days)).weekday() < _SATURDAY)


def session_closes(first: date, last: date, exchange: str = DEFAULT_EXCHANGE) -> dict[date, datetime]:
    """The official close (UTC) of every session from ``first`` to ``last``, early closes included."""
    closes = _calendar(exchange).closes.loc[first.isoformat() : last.isoformat()]
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


@dataclass(frozen=True)
class SessionClock:
    """The moment a run speaks for, and the exchange of every symbol: what says which sessions are due and which are final.

    Attributes:
        as_of: the moment, UTC.
        settling: how long after its close a session's bar counts as final.
        exchanges: the exchange of every symbol that somebody named one for.

    The exchange of a symbol is the one that somebody named, else the one that its suffix or prefix names, else New York's. A listing adds
    nothing: LISTING_STATUS lists the US exchanges, which all keep New York's calendar.
    """

    as_of: datetime
    settling: timedelta
    exchanges: Mapping[str, str] = field(default_factory=dict)

    def exchange_of(self, symbol: str) -> str:
        """The exchange whose calendar a symbol follows."""
        return self.exchanges.get(symbol) or exchange_in(symbol) or DEFAULT_EXCHANGE

    def newest_final(self, exchange: str = DEFAULT_EXCHANGE, observed_at: datetime | None = None) -> date:
        """The newest session of an exchange that is final at the moment, and was when its bar was observed (aware)."""
        moment = self.as_of if observed_at is None else min(observed_at, self.as_of)
        return last_final_session(moment, self.settling, exchange)

    def due(self, symbols: Collection[str]) -> dict[str, date]:
        """The newest final session of every symbol."""
        newest: dict[str, date] = {}
        for symbol in symbols:
            exchange = self.exchange_of(symbol)
            if exchange not in newest:
                newest[exchange] = self.newest_final(exchange)
        return {symbol: newest[self.exchange_of(symbol)] for symbol in symbols}

    def ended_calendars(self, symbols: Collection[str]) -> dict[str, list[str]]:
        """By exchange, those of the symbols whose sessions are no longer known at the moment."""
        ended: dict[str, list[str]] = {}
        for exchange in {self.exchange_of(symbol) for symbol in symbols}:
            if weekdays_unknown(self.as_of, exchange):
                ended[exchange] = sorted(symbol for symbol in symbols if self.exchange_of(symbol) == exchange)
        return dict(sorted(ended.items()))


if __name__ == "__main__":
    keep_calendar(DEFAULT_EXCHANGE, kept_folder())
