"""Date parts and their aliases. Source: AWS, r_Dateparts_for_datetime_functions.html."""

from typing import TYPE_CHECKING

from infra.local.redshift.errors import StatementFailed

if TYPE_CHECKING:
    from infra.local.redshift.sql.values import Typed

_PARTS = {
    "millennium": ("millennium", "millennia", "mil", "mils"),
    "century": ("century", "centuries", "c", "cent", "cents"),
    "decade": ("decade", "decades", "dec", "decs"),
    "epoch": ("epoch",),
    "year": ("year", "years", "y", "yr", "yrs"),
    "quarter": ("quarter", "quarters", "qtr", "qtrs"),
    "month": ("month", "months", "mon", "mons"),
    "week": ("week", "weeks", "w"),
    "dow": ("dayofweek", "dow", "dw", "weekday"),
    "doy": ("dayofyear", "doy", "dy", "yearday"),
    "day": ("day", "days", "d"),
    "hour": ("hour", "hours", "h", "hr", "hrs"),
    "minute": ("minute", "minutes", "m", "min", "mins"),
    "second": ("second", "seconds", "s", "sec", "secs"),
    "millisecond": ("millisecond", "milliseconds", "ms", "msec", "msecs", "msecond", "mseconds", "millisec", "millisecs", "millisecon"),
    "microsecond": ("microsecond", "microseconds", "microsec", "microsecs", "microsecond", "usecond", "useconds", "us", "usec", "usecs"),
    "timezone": ("timezone",),
    "timezone_hour": ("timezone_hour",),
    "timezone_minute": ("timezone_minute",),
}
PART_OF = {alias: part for part, aliases in _PARTS.items() for alias in aliases}


def part(name: str) -> str:
    """Return the date part a word means.

    Raises:
        StatementFailed: 22023.
    """
    if name.lower() not in PART_OF:
        raise StatementFailed("22023", f'"{name}" is not a valid date part')
    return PART_OF[name.lower()]


def extracted(name: str, value: "Typed") -> str:
    """Return a part of a moment as DuckDB's DOUBLE."""
    found = part(name)
    if found == "epoch":
        return f"epoch({value.sql})"
    if found == "second":
        return f"(epoch_us(CAST({value.sql} AS TIMESTAMP)) % 60000000 // 1000000)" if value.type.is_datetime else f"second({value.sql})"
    if found in {"millisecond", "microsecond"}:
        unit = 1000 if found == "millisecond" else 1
        return f"({found}({value.sql}) % {1_000_000 // unit})" if value.type.is_datetime else f"{found}({value.sql})"
    return f"date_part('{found}', {value.sql})"
