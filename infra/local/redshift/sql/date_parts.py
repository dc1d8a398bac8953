"""Date parts and their aliases. Source: AWS, r_Dateparts_for_datetime_functions.html."""

from infra.local.redshift.errors import StatementFailed

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
