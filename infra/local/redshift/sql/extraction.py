"""A date part of a value, as DuckDB computes it. Source: AWS, r_Dateparts_for_datetime_functions.html."""

from infra.local.redshift.sql.date_parts import part
from infra.local.redshift.sql.sql_types import Kind
from infra.local.redshift.sql.values import Typed, clock

_MICROS = {"second": 1_000_000, "millisecond": 1_000, "microsecond": 1}


def extracted(name: str, value: Typed) -> str:
    """Return a part of a moment as DuckDB's DOUBLE; seconds and less without what lies above and below, as EXTRACT gives them."""
    found = part(name)
    if found == "epoch":
        return f"epoch({value.sql})"
    if value.type.kind is Kind.TIMETZ and not found.startswith("timezone"):
        value = clock(value)
    if found == "decade" and value.type.is_datetime:  # the years 1 to 9 are decade 1
        return f"(date_part('decade', {value.sql}) + 1)"
    if found in _MICROS and value.type.kind is not Kind.INTERVAL:
        above = "" if found == "second" else " % 1000000"
        return f"({_micros(value)}{above} // {_MICROS[found]})"
    if found in _MICROS and found != "second":
        return f"{found}({value.sql})"
    return f"date_part('{found}', {value.sql})"


def whole(name: str, value: Typed) -> str:
    """Return a part as DATE_PART gives it: the seconds with their fraction, all else as EXTRACT does (r_DATE_PART_function)."""
    if part(name) == "second" and value.type.kind is not Kind.INTERVAL:
        return f"({_micros(clock(value))} / {_MICROS['second']}.0)"
    return extracted(name, value)


def _micros(value: Typed) -> str:
    """Return the microseconds within the minute."""
    moment = f"CAST({value.sql} AS TIMESTAMP)" if value.type.is_datetime else value.sql
    return f"microsecond({moment})"
