"""Dates and times: strict reading, formats, time zones. Sources: AWS, r_FORMAT_strings, r_TO_CHAR, r_TO_DATE_function, CONVERT_TIMEZONE."""

import datetime as dt
import functools
import math
import re
from collections.abc import Callable
from typing import Any

from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.sql import literals
from infra.local.redshift.sql.intervals import duration
from infra.local.redshift.sql.sql_types import from_declared
from infra.local.redshift.sql.zones import told, zone

_MARKS = (
    *("HH24", "HH12", "YYYY", "IYYY", "MONTH", "Month", "month", "SSSS", "DDD", "IDDD", "DAY", "Day", "day", "MON", "Mon", "mon"),
    *("YYY", "IYY", "Y,YYY", "A.M.", "P.M.", "a.m.", "p.m.", "B.C.", "A.D.", "YY", "IY", "MM", "DD", "HH", "MI", "SS", "MS", "US", "DY"),
    *(
        "Dy",
        "dy",
        "WW",
        "IW",
        "CC",
        "RM",
        "TZ",
        "tz",
        "OF",
        "AM",
        "PM",
        "am",
        "pm",
        "BC",
        "AD",
        "bc",
        "ad",
        "Q",
        "J",
        "W",
        "D",
        "ID",
        "Y",
        "I",
    ),
)
_BY_LENGTH = sorted(_MARKS, key=len, reverse=True)
_ROMAN_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_NAME_WIDTH = 9
_NOON = 12
_HOURS = 24
_DAY = 86_400_000_000
_CENTURY = 100
_PIVOT = 70
_WEEKDAYS = {name[:length].lower(): index for index, name in enumerate(_DAYS) for length in (1, 2, 3, 4, len(name))}
_WEEKDAYS |= {"s": 6, "su": 6, "m": 0, "t": 1, "tu": 1, "w": 2, "th": 3, "f": 4, "sa": 5, "thur": 3, "thurs": 3, "tues": 1}


def date(value: str) -> dt.date:
    """Return the DATE a text writes."""
    return literals.date(value)


def timestamp(value: str) -> dt.datetime:
    """Return the TIMESTAMP a text writes."""
    return literals.timestamp(value)


def zoned(value: str) -> str:
    """Return a TIMESTAMPTZ as DuckDB reads it."""
    return literals.zoned(value)


def clock(value: str, with_zone: bool) -> str:  # noqa: FBT001 - DuckDB calls it by position
    """Return a TIME or TIMETZ as DuckDB reads it."""
    return literals.clock(value, with_zone=with_zone)


def interval(value: str, kind: str) -> str:
    """Return an INTERVAL as DuckDB reads it, from a text and the name of its type."""
    months, micros = duration(value, from_declared(kind))
    days = int(micros / _DAY)
    return f"{months} months {days} days {micros - days * _DAY} microseconds"


def next_day(day: dt.date, name: str) -> dt.date:
    """Return the first day of a name after a day."""
    wanted = _WEEKDAYS.get(name.strip().lower())
    if wanted is None:
        raise StatementFailed("22023", f"Not a valid day of the week: {name}")
    return day + dt.timedelta(days=(wanted - day.weekday() - 1) % 7 + 1)


def interval_text(months: int, days: int, micros: int, style: int) -> str:
    """Return an INTERVAL as text: as PostgreSQL writes it, or by its qualifier: 1 YEAR TO MONTH, 2 DAY TO SECOND.

    Source: AWS, r_interval_data_types.
    """
    years, months = int(months / 12), int(math.fmod(months, 12))
    if style == 1:
        return f"{years} years {months} mons"
    seconds, rest = int(micros / 1_000_000), int(math.fmod(micros, 1_000_000))
    hours, minutes, seconds = int(seconds / 3600), int(math.fmod(seconds, 3600) / 60), int(math.fmod(seconds, 60))
    fraction = f"{abs(rest):06d}".rstrip("0")
    if style:
        return f"{days} days {hours} hours {minutes} mins {'-' if micros < 0 and not seconds else ''}{seconds}.{fraction or '0'} secs"
    told = [f"{amount} {unit}{'' if amount == 1 else 's'}" for amount, unit in ((years, "year"), (months, "mon"), (days, "day")) if amount]
    if micros or not told:
        sign = "-" if micros < 0 else ""
        told.append(f"{sign}{abs(hours):02d}:{abs(minutes):02d}:{abs(seconds):02d}{'.' if fraction else ''}{fraction}")
    return " ".join(told)


@functools.lru_cache(maxsize=256)
def _parts(form: str) -> tuple[tuple[str, str], ...]:
    """Split a format into (mark, prefix and suffix) and ("", text)."""
    parts: list[tuple[str, str]] = []
    index = 0
    while index < len(form):
        if form[index] == '"':
            end = form.find('"', index + 1)
            end = len(form) if end < 0 else end
            parts.append(("", form[index + 1 : end]))
            index = end + 1
            continue
        prefix = "FM" if form[index : index + 2].upper() == "FM" else ""
        at = index + len(prefix)
        mark = next((one for one in _BY_LENGTH if form.startswith(one, at) or form.upper().startswith(one, at)), "")
        if not mark:
            parts.append(("", form[index]))
            index += 1
            continue
        written = form[at : at + len(mark)]
        at += len(mark)
        suffix = form[at : at + 2] if form[at : at + 2].upper() == "TH" and mark not in {"TZ", "tz"} else ""
        parts.append((written if written in _MARKS else mark, prefix + suffix))
        index = at + len(suffix)
    return tuple(parts)


def to_char_time(value: dt.datetime, form: str, zone_name: str) -> str:
    """Return a moment in a format."""
    return "".join(text if not mark else _shown(value, mark, text, zone_name) for mark, text in _parts(form))


def _shown(value: dt.datetime, mark: str, around: str, zone_name: str) -> str:
    fill = not around.startswith("FM")
    shown = _word(value, mark, zone_name, fill=fill)
    if shown is None:
        number, width = _number(value, mark)
        shown = str(number).rjust(width, "0") if fill else str(number)
    if around.upper().endswith("TH"):
        shown += ordinal(int(shown), upper=around.endswith("TH"))
    return shown


def _word(value: dt.datetime, mark: str, zone_name: str, *, fill: bool) -> str | None:
    upper = mark.upper()
    if upper in {"MONTH", "DAY"}:
        name = _MONTHS[value.month - 1] if upper == "MONTH" else _DAYS[value.weekday()]
        return _cased(name, mark).ljust(_NAME_WIDTH if fill else 0)
    if upper in {"MON", "DY"}:
        return _cased(_MONTHS[value.month - 1][:3] if upper == "MON" else _DAYS[value.weekday()][:3], mark)
    if upper in {"AM", "PM", "A.M.", "P.M."}:
        half = "AM" if value.hour < _NOON else "PM"
        return _cased(f"{half[0]}.M." if "." in mark else half, mark if mark.isupper() or mark.islower() else "AM")
    if upper in {"BC", "AD", "B.C.", "A.D."}:
        return _cased("A.D." if "." in mark else "AD", mark)
    if upper == "RM":
        return _ROMAN_MONTHS[value.month - 1].ljust(4 if fill else 0)
    if upper in {"TZ", "OF"}:
        name, minutes = told(zone_name, value) if zone_name else ("", 0)
        hours = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}"
        return _cased(name, mark) if upper == "TZ" else f"{hours}:{abs(minutes) % 60:02d}" if minutes % 60 else hours
    return f"{value.year // 1000},{value.year % 1000:03d}" if upper == "Y,YYY" else None


def _number(value: dt.datetime, mark: str) -> tuple[int, int]:
    iso_year, iso_week, iso_day = value.isocalendar()
    day_of_year = value.timetuple().tm_yday
    hour = (value.hour - 1) % 12 + 1
    numbers: dict[str, tuple[int, int]] = {
        "YYYY": (value.year, 4),
        "YYY": (value.year % 1000, 3),
        "YY": (value.year % 100, 2),
        "Y": (value.year % 10, 1),
        "IYYY": (iso_year, 4),
        "IYY": (iso_year % 1000, 3),
        "IY": (iso_year % 100, 2),
        "I": (iso_year % 10, 1),
        "MM": (value.month, 2),
        "DD": (value.day, 2),
        "DDD": (day_of_year, 3),
        "IDDD": ((iso_week - 1) * 7 + iso_day, 3),
        "D": (value.isoweekday() % 7 + 1, 1),
        "ID": (iso_day, 1),
        "WW": ((day_of_year - 1) // 7 + 1, 2),
        "W": ((value.day - 1) // 7 + 1, 1),
        "IW": (iso_week, 2),
        "Q": ((value.month - 1) // 3 + 1, 1),
        "CC": ((value.year - 1) // _CENTURY + 1, 2),
        "J": (value.toordinal() + 1_721_425, 1),
        "HH24": (value.hour, 2),
        "HH12": (hour, 2),
        "HH": (hour, 2),
        "MI": (value.minute, 2),
        "SS": (value.second, 2),
        "MS": (value.microsecond // 1000, 3),
        "US": (value.microsecond, 6),
        "SSSS": ((value.hour * 60 + value.minute) * 60 + value.second, 1),
    }
    return numbers[mark.upper()]


def _cased(name: str, mark: str) -> str:
    return name.upper() if mark.isupper() else name.lower() if mark.islower() else name


def ordinal(number: int, *, upper: bool) -> str:
    """Return the ending of an ordinal number."""
    ending = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return ending.upper() if upper else ending


_READ: dict[str, str] = {
    "YYYY": r"(?P<year>\d{4})",
    "IYYY": r"(?P<year>\d{4})",
    "YYY": r"(?P<short>\d{3})",
    "YY": r"(?P<short>\d{1,2})",
    "Y": r"(?P<short>\d)",
    "MM": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{1,2})",
    "DDD": r"(?P<ordinal>\d{1,3})",
    "HH24": r"(?P<hour>\d{1,2})",
    "HH12": r"(?P<hour>\d{1,2})",
    "HH": r"(?P<hour>\d{1,2})",
    "MI": r"(?P<minute>\d{1,2})",
    "SS": r"(?P<second>\d{1,2})",
    "MS": r"(?P<milli>\d{1,3})",
    "US": r"(?P<micro>\d{1,6})",
    "J": r"(?P<julian>\d+)",
    "MONTH": r"(?P<name>[A-Za-z]+)\s*",
    "MON": r"(?P<name>[A-Za-z]{3})",
    "AM": r"(?P<half>[AaPp]\.?[Mm]\.?)",
    "DAY": r"[A-Za-z]+\s*",
    "DY": r"[A-Za-z]{3}",
    "TZ": r"[A-Za-z]+",
    "OF": r"[+-]\d{2}",
}
_READ |= dict.fromkeys(("PM", "A.M.", "P.M."), _READ["AM"])


@functools.lru_cache(maxsize=256)
def _reader(form: str) -> re.Pattern[str]:
    pattern = ""
    for mark, text in _parts(form):
        if mark:
            upper = mark.upper()
            if upper not in _READ:
                raise StatementFailed("22007", f'invalid value for "{mark}" in source string')
            pattern += _READ[upper]
        else:
            pattern += (
                r"\s*" if text.isspace() else re.escape(text) if text.isalnum() else r"[^0-9A-Za-z+-]?" if text != "-" else r"[^0-9A-Za-z]?"
            )
    try:
        return re.compile(r"\s*" + pattern)
    except re.error as error:
        raise StatementFailed("22007", f"invalid combination of date conventions: {form}") from error


def _moment(value: str, form: str) -> dt.datetime:
    found = _reader(form).match(value)
    if not found:
        raise StatementFailed("22007", f'invalid value "{value}" for the format "{form}"')
    given = {name: part for name, part in found.groupdict().items() if part is not None}
    year = int(given.get("year", 1))
    if "short" in given:
        short = int(given["short"])
        year = short + (2000 if short < _PIVOT else 1900)
    month = int(given.get("month", 1))
    if "name" in given:
        names = [name[:3].lower() for name in _MONTHS]
        if given["name"][:3].lower() not in names:
            raise StatementFailed("22007", f'invalid value "{given["name"]}" for "Mon"')
        month = names.index(given["name"][:3].lower()) + 1
    hour = int(given.get("hour", 0))
    if "half" in given:
        hour = hour % _NOON + (_NOON if given["half"][0].lower() == "p" else 0)
    # Hour 24 is the next day's first, unless strict (r_TO_TIMESTAMP); the day then differs from the one that was written.
    over, hour = divmod(hour, _HOURS) if hour == _HOURS else (0, hour)
    micro = int(given["milli"].ljust(3, "0")) * 1000 if "milli" in given else int(given.get("micro", "0").ljust(6, "0"))
    try:
        moment = dt.datetime(year, month, 1, hour, int(given.get("minute", 0)), int(given.get("second", 0)), micro)  # noqa: DTZ001 - a TIMESTAMP
        if "julian" in given:
            return dt.datetime.combine(dt.date.fromordinal(int(given["julian"]) - 1_721_425), moment.time())
        if "ordinal" in given:
            return moment.replace(month=1) + dt.timedelta(days=int(given["ordinal"]) - 1 + over)
        return moment + dt.timedelta(days=int(given.get("day", 1)) - 1 + over)
    except (ValueError, OverflowError) as error:
        raise StatementFailed("22008", f'date/time field value out of range: "{value}"') from error


def to_date(value: str, form: str, strict: bool) -> dt.date:  # noqa: FBT001 - the function's own argument
    """Return the day a text writes in a format; a day beyond the month's end runs into the next one unless strict."""
    moment = _moment(value, form)
    found = _reader(form).match(value)
    if strict and found and (day := found.groupdict().get("day")) and int(day) != moment.day:
        raise StatementFailed("22008", f'date/time field value out of range: "{value}"')
    return moment.date()


def to_timestamp(value: str, form: str, strict: bool) -> dt.datetime:  # noqa: FBT001 - the function's own argument
    """Return the moment a text writes in a format."""
    moment = _moment(value, form)
    found = _reader(form).match(value)
    if strict and found and (day := found.groupdict().get("day")) and int(day) != moment.day:
        raise StatementFailed("22008", f'date/time field value out of range: "{value}"')
    return moment


FUNCTIONS: dict[Callable[..., Any], str] = {
    zone: "VARCHAR",
    date: "DATE",
    timestamp: "TIMESTAMP",
    zoned: "VARCHAR",
    clock: "VARCHAR",
    interval: "VARCHAR",
    next_day: "DATE",
    interval_text: "VARCHAR",
    to_char_time: "VARCHAR",
    to_date: "DATE",
    to_timestamp: "TIMESTAMP",
}
