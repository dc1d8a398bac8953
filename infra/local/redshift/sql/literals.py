"""Texts in quotes read as values of a type: the strict forms Redshift takes, before DuckDB sees them.

Sources: AWS, r_Datetime_types.html, r_Date_and_time_literals.html, r_Boolean_type.html.
"""

import datetime as dt
import decimal
import re
import sys

from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.sql.sql_types import Kind, SqlType
from infra.local.redshift.sql.zones import offset

_RANGES = {Kind.SMALLINT: 15, Kind.INTEGER: 31, Kind.BIGINT: 63}
_LARGEST_REAL = 3.4028235677973366e38  # from here on a REAL would be rounded to infinity
_TRUE = frozenset({"t", "true", "y", "yes", "1", "on"})
_FALSE = frozenset({"f", "false", "n", "no", "0", "off"})
_WHOLE = re.compile(r"[+-]?[0-9]+")
_DATE_FORMS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%m/%d/%Y",
    "%m-%d-%Y",
    "%m.%d.%Y",
    "%d.%m.%Y",
    "%m/%d/%y",
    "%m-%d-%y",
    "%b-%d-%Y",
    "%d-%b-%Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d,%Y",
    "%B %d,%Y",
    "%b %d %Y",
    "%d %b %Y",
    "%d %B %Y",
    "%B-%d-%Y",
    "%Y-%b-%d",
)
_UNPARTED_DATES = {r"\d{8}": "%Y%m%d", r"\d{6}": "%y%m%d", r"\d{4}\.\d{3}": "%Y.%j"}
"""Dates of figures alone; strptime would read their years and months from too few of them."""
_UNPARTED_CLOCK = re.compile(r"(\d{2})(\d{2})(\d{2})(?![\d:])")
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?P<fraction>\.\d+)?)?\s*(?P<half>[ap]\.?m\.?(?![a-z]))?", re.IGNORECASE
)
_ZONE = re.compile(
    r"\s*(?:(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?|(?P<name>Z|[A-Za-z][A-Za-z_/]+(?:[+-]?\d+[A-Za-z]*)?))$"
)
_YEAR_LAST = re.compile(r"(\d{1,2} [A-Za-z]{3,9}) (\d{1,2}:[\d:.]+) (\d{4})(?= |$)")  # 17 Dec 07:37:16 1997 PST, r_Date_and_time_literals
_MOST_OFFSET = 14
_JULIAN = 1_721_425
"""The Julian day before the first day of the year 1."""
_TODAY = "date_trunc('day', CAST(now() AS TIMESTAMP))"
_RELATIVE = {  # r_Date_and_time_literals
    "now": "now()",
    "today": _TODAY,
    "tomorrow": f"{_TODAY} + INTERVAL 1 DAY",
    "yesterday": f"{_TODAY} - INTERVAL 1 DAY",
}


def read(value: str, target: SqlType) -> str:
    """Return DuckDB's literal for a text in quotes.

    Raises:
        StatementFailed: 22P02, 22003, 22007 or 22008, where it is no such value.
    """
    stripped = value.strip()
    if target.is_integer:
        return f"CAST({_integer(stripped, value, target)} AS {target.stored})"
    if target.kind is Kind.NUMERIC:
        return f"CAST('{_decimal(stripped, value, target):f}' AS {target.stored})"
    if target.kind in {Kind.REAL, Kind.DOUBLE}:
        return f"CAST('{_float(stripped, value, target)}' AS {target.stored})"
    if target.kind is Kind.BOOLEAN:
        return "TRUE" if truth(stripped) else "FALSE"
    if target.is_datetime and stripped.lower() in _RELATIVE:
        return f"CAST({_RELATIVE[stripped.lower()]} AS {target.stored})"
    if target.kind is Kind.DATE:
        return f"DATE '{date(stripped).isoformat()}'"
    if target.kind is Kind.TIMESTAMP:
        return f"TIMESTAMP '{timestamp(stripped).isoformat(' ')}'"
    if target.kind is Kind.TIMESTAMPTZ:
        return f"CAST('{zoned(stripped)}' AS TIMESTAMP WITH TIME ZONE)"
    if target.kind in {Kind.TIME, Kind.TIMETZ}:
        return f"CAST('{clock(value, with_zone=target.kind is Kind.TIMETZ)}' AS {target.stored})"
    raise StatementFailed("42846", f'cannot cast type "unknown" to {target.told}')


def cut(value: str, length: int) -> str:
    """Return as much of a text as fits into a number of bytes."""
    return value.encode()[:length].decode(errors="ignore")


def padded(value: str, length: int) -> str:
    """Return a text filled up with blanks to a number of bytes."""
    return value + " " * (length - len(value.encode()))


def truth(value: str) -> bool:
    """Return the BOOLEAN a text writes.

    Raises:
        StatementFailed: 22P02.
    """
    word = value.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise StatementFailed("22P02", f'invalid input syntax for type boolean: "{value}"')


def date(value: str) -> dt.date:
    """Return the DATE a text writes; a time behind it is read and dropped.

    Raises:
        StatementFailed: 22007 for a text that is none, 22008 for a day there is not.
    """
    return moment_and_zone(value, "date")[0].date()


def timestamp(value: str) -> dt.datetime:
    """Return the TIMESTAMP a text writes; a time zone behind it is dropped.

    Raises:
        StatementFailed: 22007, 22008.
    """
    return moment_and_zone(value)[0]


def zoned(value: str) -> str:
    """Return a TIMESTAMPTZ as DuckDB reads it: an offset or a zone's name stands behind it, or nothing for the session's zone.

    Raises:
        StatementFailed: 22007, 22008, 22009.
    """
    moment, zone = moment_and_zone(value)
    return f"{moment.isoformat(' ')}{zone}"


def clock(value: str, *, with_zone: bool) -> str:
    """Return a TIME or TIMETZ as DuckDB reads it; a day before it is dropped, and the zone behind a TIME.

    Raises:
        StatementFailed: 22007, 22008, 22009.
    """
    kind = str(Kind.TIMETZ if with_zone else Kind.TIME)
    found, zone = _clock(re.sub(r"^[\d/.-]+\s+(?=\d{1,2}:)", "", value.strip()), value, kind)
    if zone.startswith(" ") and with_zone:  # a name, whose offset its day would tell
        raise StatementFailed("22007", f'invalid input syntax for type {kind}: "{value}"')
    return f"{found.isoformat()}{zone if with_zone else ''}"


def moment_and_zone(value: str, kind: str = "timestamp") -> tuple[dt.datetime, str]:
    """Return a moment and the time zone behind it, "" where there is none.

    Raises:
        StatementFailed: 22007, 22008.
    """
    stripped = _YEAR_LAST.sub(r"\1 \3 \2", value.strip())
    if stripped.lower() == "epoch":
        return dt.datetime(1970, 1, 1), ""  # noqa: DTZ001 - a TIMESTAMP has no time zone
    head, clock, zone = stripped, dt.time(), ""
    found = re.search(r"[T\s](?=\d{1,2}:\d{2}|\d{6}$)", stripped)
    if found:
        head = stripped[: found.start()].rstrip()
        clock, zone = _clock(stripped[found.end() :], value, kind)
    if julian := re.fullmatch(r"J(\d{7})", head):  # automatic-recognition
        return dt.datetime.combine(dt.date.fromordinal(int(julian[1]) - _JULIAN), clock), zone
    unparted = next((form for digits, form in _UNPARTED_DATES.items() if re.fullmatch(digits, head)), None)
    for form in [unparted] if unparted else _DATE_FORMS:
        try:
            day = dt.datetime.strptime(head, form).date()  # noqa: DTZ007 - a DATE has no time zone
        except ValueError:
            continue
        if form == "%Y.%j" and day.timetuple().tm_yday != int(head[5:]):  # strptime goes on into the next year
            break
        return dt.datetime.combine(day, clock), zone
    if unparted or re.fullmatch(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}", head):
        raise StatementFailed("22008", f'date/time field value out of range: "{value}"')
    raise StatementFailed("22007", f'invalid input syntax for type {kind}: "{value}"')


def _clock(rest: str, value: str, kind: str) -> tuple[dt.time, str]:
    rest = _UNPARTED_CLOCK.sub(r"\1:\2:\3", rest, count=1) if rest[:6].isdigit() else rest
    found = _CLOCK.match(rest)
    if not found:
        raise StatementFailed("22007", f'invalid input syntax for type {kind}: "{value}"')
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"][0].lower() == "p" else 0)
    micro = round(float(found["fraction"] or 0) * 1e6)
    try:
        clock = dt.time(hour, int(found["minute"]), int(found["second"] or 0), min(micro, 999_999))
    except ValueError as error:
        raise StatementFailed("22008", f'date/time field value out of range: "{value}"') from error
    behind = rest[found.end() :]
    if not behind.strip():
        return clock, ""
    zone = _ZONE.match(behind)
    if not zone:
        raise StatementFailed("22007", f'invalid input syntax for type {kind}: "{value}"')
    if zone["sign"]:
        if int(zone["hours"]) > _MOST_OFFSET:
            raise StatementFailed("22009", f'time zone displacement out of range: "{value}"')
        return clock, f"{zone['sign']}{int(zone['hours']):02d}:{zone['minutes'] or '00'}"
    minutes = offset(zone["name"])
    if minutes is None:
        return clock, f" {zone['name']}"
    return clock, f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _integer(stripped: str, value: str, target: SqlType) -> int:
    if not _WHOLE.fullmatch(stripped):
        raise StatementFailed("22P02", f'invalid input syntax for integer: "{value}"')
    number = int(stripped)
    limit = 1 << _RANGES[target.kind]
    if not -limit <= number < limit:
        raise StatementFailed("22003", f'value "{value}" is out of range for type {target.kind}')
    return number


def _decimal(stripped: str, value: str, target: SqlType) -> decimal.Decimal:
    try:
        _refuse_underscores(stripped)
        number = decimal.Decimal(stripped)
    except (decimal.InvalidOperation, ValueError) as error:
        raise StatementFailed("22P02", f'invalid input syntax for type numeric: "{value}"') from error
    if not number.is_finite():
        raise StatementFailed("22P02", f'invalid input syntax for type numeric: "{value}"')
    with decimal.localcontext(prec=200):
        rounded = number.quantize(decimal.Decimal(1).scaleb(-target.digits), decimal.ROUND_HALF_UP)
    if abs(rounded) >= decimal.Decimal(10) ** (target.precision - target.digits):
        raise StatementFailed("22003", "Numeric data overflow (result precision)")
    return rounded


def _refuse_underscores(value: str) -> None:
    """Refuse what Python takes between figures, and Redshift does not."""
    if "_" in value:
        raise ValueError(value)


def _float(stripped: str, value: str, target: SqlType) -> str:
    try:
        _refuse_underscores(stripped)
        number = float(stripped)
    except ValueError as error:
        raise StatementFailed("22P02", f'invalid input syntax for type {target.kind}: "{value}"') from error
    if abs(number) > (_LARGEST_REAL if target.kind is Kind.REAL else sys.float_info.max) and "inf" not in stripped.lower():
        raise StatementFailed("22003", f'"{value}" is out of range for type {target.kind}')
    return repr(number)
