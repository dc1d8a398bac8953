"""Schedules that know the holidays of an exchange, as rules of RFC 5545, which Prefect takes beside cron."""

from datetime import date, timedelta
from typing import Final

from tasks.sessions import calendar_extent, sessions_between

_SATURDAY: Final = 5


def trading_day_rule(today: date, hours: range, minute: int) -> str:
    """Every hour of every session of New York: Monday to Friday, except on the holidays that the calendar knows.

    The calendar reaches about a year ahead; after that a holiday is a day like others until the next deploy. The rule begins with
    the year, so that a deploy of the same year changes it only where a holiday has become known.

    Args:
        today: the date in New York.
        hours: the hours of the exchange's own clock.
        minute: of each of them.
    """
    begin = date(today.year, 1, 1)
    _, end = calendar_extent()
    sessions = set(sessions_between(begin, end))
    weekdays = (day for day in (begin + timedelta(days) for days in range((end - begin).days)) if day.weekday() < _SATURDAY)
    closed = [f"{day:%Y%m%d}T{hour:02}{minute:02}00" for day in weekdays if day not in sessions for hour in hours]
    at = f"BYHOUR={','.join(map(str, hours))};BYMINUTE={minute};BYSECOND=0"
    return f"DTSTART:{begin:%Y%m%d}T000000\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;{at}\nEXDATE:{','.join(closed)}"
