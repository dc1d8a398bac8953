"""INTERVAL: its literals, qualified and not, and its columns. Sources: AWS, r_interval_data_types, r_interval_literals."""

import re

from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.sql.date_parts import part
from infra.local.redshift.sql.sql_types import INTERVAL, SqlType, smallest_field

_UNITS = re.compile(r"\s*(?P<sign>[+-]?)\s*(?P<amount>\d+(?:\.\d+)?)?\s*(?P<unit>[A-Za-z]+)")
_CLOCK = re.compile(r"\s*(?P<sign>[+-]?)(?P<hours>\d{1,3}):(?P<minutes>\d{1,2})(?::(?P<seconds>\d{1,2}(?:\.\d+)?))?\s*$")
_BARE = re.compile(r"\s*[+-]?\d+(\.\d+)?\s*")
_YEARS_AND_MONTHS = re.compile(r"\s*([+-]?)(\d+)-(\d{1,2})\s*")
_DAYS_AND_CLOCK = re.compile(r"(\s*[+-]?\d+)(\s+[+-]?\d{1,3}:.*)")
_NO_DURATION = frozenset({"epoch", "dow", "doy", "timezone", "timezone_hour", "timezone_minute"})
_MONTHS = {"millennium": 12_000, "century": 1200, "decade": 120, "year": 12, "quarter": 3, "month": 1}
_SECONDS = {"week": 604_800, "day": 86_400, "hour": 3600, "minute": 60, "second": 1, "millisecond": 1e-3, "microsecond": 1e-6}
_DAY = 86_400_000_000


def interval_sql(written: str, kind: SqlType = INTERVAL) -> str:
    """Return DuckDB's text for the INTERVAL a text writes, for example ``1 day 2 hours`` or ``02:30``.

    Args:
        written: The text in quotes.
        kind: The INTERVAL; what is smaller than the last field of its qualifier is cut off.

    Raises:
        StatementFailed: 22007 where it writes none.
    """
    return _made(*duration(written, kind))


def duration(written: str, kind: SqlType = INTERVAL) -> tuple[int, int]:
    """Return the months and the microseconds of an INTERVAL; the arguments and errors are those of ``interval_sql``."""
    if not kind.length:  # without a date part the value is one of seconds (r_interval_literals)
        return (0, round(float(written) * 1e6)) if _BARE.fullmatch(written) else _parsed(written)
    text = f"{written} {smallest_field(kind)}" if _BARE.fullmatch(written) else written
    if found := _YEARS_AND_MONTHS.fullmatch(text):
        text = f"{found[1]}{found[2]} years {found[1]}{found[3]} months"
    elif found := _DAYS_AND_CLOCK.fullmatch(text):
        text = f"{found[1]} days {found[2]}"
    months, micros = _parsed(text)
    return (_cut(months, kind.scale or 1), 0) if kind.length == 1 else (0, _cut(micros, kind.scale or 1))


def _parsed(written: str) -> tuple[int, int]:
    rest, months, micros = written.strip(), 0.0, 0.0
    if not rest:
        raise _invalid(written)
    while rest:
        if found := _CLOCK.match(rest):
            seconds = float(found["seconds"] or 0) + int(found["minutes"]) * 60 + int(found["hours"]) * 3600
            micros += seconds * 1e6 * (-1 if found["sign"] == "-" else 1)
            break
        found = _UNITS.match(rest)
        unit = _unit(found["unit"]) if found else None
        if found is None or unit is None:
            raise _invalid(written)
        amount = float(found["amount"] or 1) * (-1 if found["sign"] == "-" else 1)
        if unit in _MONTHS:
            whole = int(amount * _MONTHS[unit])
            months, micros = months + whole, micros + (amount * _MONTHS[unit] - whole) * 30 * _DAY
        else:
            micros += amount * _SECONDS[unit] * 1e6
        rest = rest[found.end() :].lstrip(" ,")
    return int(months), round(micros)


def _made(months: int, micros: int) -> str:
    days = int(micros / _DAY)
    pieces = [f"to_months({months})"] * bool(months) + [f"to_days({days})"] * bool(days)
    if micros - days * _DAY or not pieces:
        pieces.append(f"to_microseconds({micros - days * _DAY})")
    return "(" + " + ".join(pieces) + ")" if len(pieces) > 1 else pieces[0]


def _cut(value: int, step: int) -> int:
    return int(value / step) * step


def _unit(word: str) -> str | None:
    try:
        found = part(word)
    except StatementFailed:
        return None
    return None if found in _NO_DURATION else found


def _invalid(written: str) -> StatementFailed:
    return StatementFailed("22007", f'invalid input syntax for type interval: "{written}"')
