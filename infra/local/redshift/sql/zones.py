"""Time zones: names, abbreviations and offsets. Source: AWS, CONVERT_TIMEZONE, time-zone-names, time-zone-abbrevs."""

import datetime as dt
import functools
import re
import zoneinfo

from infra.local.redshift.errors import StatementFailed

_ABBREVIATED = {
    "UTC": 0,
    "GMT": 0,
    "WET": 0,
    "Z": 0,
    "ZULU": 0,
    "CET": 1,
    "MET": 1,
    "BST": 1,
    "WEST": 1,
    "CEST": 2,
    "MEST": 2,
    "EET": 2,
    "SAST": 2,
    "EEST": 3,
    "MSK": 3,
    "JST": 9,
    "KST": 9,
    "AEST": 10,
    "AEDT": 11,
    "NZST": 12,
    "NZDT": 13,
    "HKT": 8,
    "SGT": 8,
    "AWST": 8,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "AKST": -9,
    "AKDT": -8,
    "HST": -10,
    "AST": -4,
    "ADT": -3,
    "BRT": -3,
    "BRST": -2,
    "ART": -3,
}


_OF_SUMMER = re.compile("[A-Z]+DT|BST|[CEMW]+EST|BRST")


def listed_names(moment: dt.datetime) -> list[str]:
    """Return each name with its abbreviation, its offset and whether it is summer time there, as pg_timezone_names() writes them.

    Args:
        moment: In UTC; summer time is told for it.
    """
    return [_listed(name, moment.astimezone(zoneinfo.ZoneInfo(name))) for name in sorted(zoneinfo.available_timezones())]


def listed_abbreviations() -> list[str]:
    """Return each abbreviation with its offset and whether it is one of summer time, as pg_timezone_abbrevs() writes them."""
    return [f"({name},{_clock(hours * 3600)},{'t' if _OF_SUMMER.fullmatch(name) else 'f'})" for name, hours in sorted(_ABBREVIATED.items())]


def _listed(name: str, there: dt.datetime) -> str:
    seconds = int((there.utcoffset() or dt.timedelta()).total_seconds())
    return f"({name},{there.tzname()},{_clock(seconds)},{'t' if there.dst() else 'f'})"


def _clock(seconds: int) -> str:
    minutes = abs(seconds) // 60
    return f"{'-' if seconds < 0 else ''}{minutes // 60:02d}:{minutes % 60:02d}:{abs(seconds) % 60:02d}"


@functools.lru_cache(maxsize=256)
def zone(name: str) -> str:
    """Return DuckDB's name of a time zone: names keep their summer time, abbreviations and numbers are fixed offsets.

    Raises:
        StatementFailed: 22023 for one that does not exist.
    """
    minutes = offset(name)
    if minutes is not None:
        if minutes % 60:
            return f"GMT{'+' if minutes > 0 else '-'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
        return f"Etc/GMT{-minutes // 60:+d}" if minutes else "UTC"
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_+/-]*", name):
        raise StatementFailed("22023", f'time zone "{name}" not recognized')
    return name


@functools.cache
def _names() -> dict[str, str]:
    return {name.lower(): name for name in zoneinfo.available_timezones()}


def session_zone(name: str) -> str:
    """Return DuckDB's name of what ``set timezone`` takes: a name goes before an abbreviation, and only an abbreviation is none.

    Source: AWS, r_timezone_config.

    Raises:
        StatementFailed: 22023.
    """
    if found := _names().get(name.lower()):
        return found
    if name.upper() in _ABBREVIATED:
        raise StatementFailed("22023", f'time zone "{name}" not recognized')
    return zone(name)


def told(name: str, moment: dt.datetime) -> tuple[str, int]:
    """Return a zone's abbreviation at a moment, and its minutes east of Greenwich then.

    Args:
        name: As ``set timezone`` takes it.
        moment: Of that zone's own clock.
    """
    if name.lower() not in _names():
        return name, offset(name) or 0
    there = moment.replace(tzinfo=zoneinfo.ZoneInfo(_names()[name.lower()]))
    return str(there.tzname()), int((there.utcoffset() or dt.timedelta()).total_seconds() // 60)


def offset(name: str) -> int | None:
    """Return the minutes east of Greenwich that an abbreviation, a number or a zone of POSIX stands for; None for a name."""
    if (known := _ABBREVIATED.get(name.upper())) is not None:
        return known * 60
    # Any name with an offset is one of POSIX, which counts west of Greenwich (CONVERT_TIMEZONE).
    if found := re.fullmatch(r"[A-Za-z]{3,4}([+-]?\d{1,2})(?::(\d{2}))?|[A-Za-z][A-Za-z_/]{2,}\s*([+-]\d{1,2})(?::(\d{2}))?", name):
        return -_minutes(found[1] or found[3], found[2] or found[4])
    if found := re.fullmatch(r"([+-]?\d{1,2})(?::?(\d{2}))?", name):
        return _minutes(found[1], found[2])
    return None


def _minutes(hours: str, minutes: str | None) -> int:
    told = abs(int(hours)) * 60 + int(minutes or 0)
    return -told if hours.startswith("-") else told
