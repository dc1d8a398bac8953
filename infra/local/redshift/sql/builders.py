"""Functions whose DuckDB form follows from the types or the text of their arguments.

Sources: the page of each function in ``allowed/functions.txt``; date parts: AWS, r_Dateparts_for_datetime_functions.html.
"""

import re
from collections.abc import Callable
from typing import Protocol

from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.sql.binary import HASHES
from infra.local.redshift.sql.date_parts import PART_OF, part
from infra.local.redshift.sql.extraction import extracted, whole
from infra.local.redshift.sql.operators import arithmetic, comparable, concatenated
from infra.local.redshift.sql.semistructured import SEMISTRUCTURED
from infra.local.redshift.sql.signatures import no_function
from infra.local.redshift.sql.sql_types import (
    BIGINT,
    DATE,
    DOUBLE,
    INTEGER,
    SUPER,
    TIMESTAMP,
    TIMESTAMPTZ,
    VARBYTE,
    VARCHAR,
    Kind,
    SqlType,
    common_type,
    numeric,
)
from infra.local.redshift.sql.values import Typed, cast, clock, converted, macro, plain, quoted, settled, text
from infra.local.redshift.sql.zones import zone

_ADDED = {
    "millennium": "to_years(CAST({0} * 1000 AS INTEGER))",
    "century": "to_years(CAST({0} * 100 AS INTEGER))",
    "decade": "to_years(CAST({0} * 10 AS INTEGER))",
    "year": "to_years(CAST({0} AS INTEGER))",
    "quarter": "to_months(CAST({0} * 3 AS INTEGER))",
    "month": "to_months(CAST({0} AS INTEGER))",
    "week": "to_days(CAST({0} * 7 AS INTEGER))",
    "day": "to_days(CAST({0} AS INTEGER))",
    "dow": "to_days(CAST({0} AS INTEGER))",
    "doy": "to_days(CAST({0} AS INTEGER))",
    "hour": "to_hours(CAST({0} AS BIGINT))",
    "minute": "to_minutes(CAST({0} AS BIGINT))",
    "second": "to_seconds(CAST({0} AS BIGINT))",
    "millisecond": "to_milliseconds(CAST({0} AS BIGINT))",
    "microsecond": "to_microseconds(CAST({0} AS BIGINT))",
}
_EXACT_FORMATS = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "HH24": "%H", "MI": "%M", "SS": "%S"}
_HALF_WIDTH = 19
_CLOCKS = (Kind.TIME, Kind.TIMETZ)
_FROM_THE_FIRST = {"century": 100, "millennium": 1000}


class Facts(Protocol):
    """What a function may ask of the session."""

    def fact(self, name: str, arguments: list[Typed]) -> Typed | None:
        """Return what a system function gives, None where it is none."""

    def setting(self, name: str) -> str:
        """Return a parameter's value."""


Builder = Callable[[Facts, str, list[Typed]], Typed]


def _dateadd(_facts: Facts, name: str, given: list[Typed]) -> Typed:
    found = part(given[0].text or "")
    if found not in _ADDED:
        raise StatementFailed("22023", f'{name} does not take the date part "{given[0].text}"')
    amount = given[1].sql if given[1].type.is_integer else f"trunc({given[1].sql})"
    value = given[2]
    result = TIMESTAMP if value.type == DATE else value.type
    moment = f"CAST({value.sql} AS TIMESTAMP)" if value.type == DATE else value.sql
    added = f"({moment} + {_ADDED[found].format(amount)})"
    if found == "year" and value.type.is_datetime:  # the 29th of February runs into March, other than with 12 months (r_DATEADD_function)
        added = f"({added} + to_days(CASE WHEN strftime({moment}, '%m-%d') = '02-29' AND day({added}) = 28 THEN 1 ELSE 0 END))"
    return Typed(added, result)


def _datediff(_facts: Facts, _name: str, given: list[Typed]) -> Typed:
    found = {"dow": "day", "doy": "day", "epoch": "second"}.get(part(given[0].text or ""), part(given[0].text or ""))
    if given[1].type.kind in _CLOCKS or given[2].type.kind in _CLOCKS:
        one, other = (f"CAST({clock(value).sql} AS TIME)" for value in given[1:])
    else:
        one, other = (f"CAST({value.sql} AS TIMESTAMP)" for value in given[1:])
    if found == "week":  # weeks begin on Monday, as with DATE_TRUNC; DuckDB counts whole ones
        return Typed(f"((CAST(date_trunc('week', {other}) AS DATE) - CAST(date_trunc('week', {one}) AS DATE)) // 7)", BIGINT)
    if found in _FROM_THE_FIRST:  # a century begins with its year 1
        years = _FROM_THE_FIRST[found]
        return Typed(f"((year({other}) - 1) // {years} - (year({one}) - 1) // {years})", BIGINT)
    return Typed(f"date_diff('{found}', {one}, {other})", BIGINT)


def _date_part(_facts: Facts, _name: str, given: list[Typed]) -> Typed:
    return Typed(f"CAST({whole(given[0].text or '', given[1])} AS DOUBLE)", DOUBLE)


def _date_trunc(_facts: Facts, name: str, given: list[Typed]) -> Typed:
    found = part(given[0].text or "")
    if found in {"epoch", "dow", "doy", "timezone", "timezone_hour", "timezone_minute"}:
        raise StatementFailed("22023", f'{name} does not take the date part "{given[0].text}"')
    value = given[1]
    result = TIMESTAMPTZ if value.type == TIMESTAMPTZ else TIMESTAMP
    if years := _FROM_THE_FIRST.get(found):
        first = f"(year({value.sql}) - 1) // {years} * {years} + 1"
        return Typed(f"CAST(make_timestamp({first}, 1, 1, 0, 0, 0.0) AS {result.stored})", result)
    return Typed(f"CAST(date_trunc('{found}', {value.sql}) AS {result.stored})", result)


def zone_sql(value: Typed) -> str:
    """Return DuckDB's text for a time zone."""
    return quoted(zone(value.text)) if value.text is not None else f"rs_zone({value.sql})"


def _convert_timezone(_facts: Facts, _name: str, given: list[Typed]) -> Typed:
    source = zone_sql(given[0]) if len(given) == 3 else "'UTC'"  # noqa: PLR2004 - source, target, timestamp
    return Typed(f"timezone({zone_sql(given[-2])}, timezone({source}, {given[-1].sql}))", TIMESTAMP)


def at_time_zone(value: Typed, zone: Typed) -> Typed:
    """Return ``value AT TIME ZONE zone``."""
    if value.type.kind is Kind.UNKNOWN or value.type.is_string:
        value = cast(value, TIMESTAMP)
    if value.type == TIMESTAMPTZ:
        return Typed(f"timezone({zone_sql(zone)}, {value.sql})", TIMESTAMP)
    return Typed(f"timezone({zone_sql(zone)}, CAST({value.sql} AS TIMESTAMP))", TIMESTAMPTZ)


def _timezone(_facts: Facts, _name: str, given: list[Typed]) -> Typed:
    return at_time_zone(given[1], given[0])


def _to_char(facts: Facts, name: str, given: list[Typed]) -> Typed:
    value, form = given
    if value.type.is_number:
        if value.type.kind is Kind.NUMERIC and value.type.precision > _HALF_WIDTH and not value.sql.startswith("CAST('"):
            value = cast(value, numeric(38, value.type.digits))
        return Typed(f"rs_to_char_number(CAST({value.sql} AS VARCHAR), {form.sql})", VARCHAR)
    if not value.type.is_datetime:
        raise no_function(name, given)
    if form.text is not None and (exact := _strftime(form.text)):
        return Typed(f"strftime(CAST({value.sql} AS TIMESTAMP), {quoted(exact)})", VARCHAR)
    zone = facts.setting("timezone") if value.type == TIMESTAMPTZ else ""
    return Typed(f"rs_to_char_time(CAST({value.sql} AS TIMESTAMP), {form.sql}, {quoted(zone)})", VARCHAR)


def _strftime(form: str) -> str | None:
    """Return the pattern of a format that has only figures of fixed width, which DuckDB formats without Python."""
    result, index = "", 0
    while index < len(form):
        mark = next((mark for mark in _EXACT_FORMATS if form.startswith(mark, index)), "")
        longer = form[index : index + 3] in {"DDD", "SSS"} or form[index - 1 : index + 1] == "FM"
        if longer or (not mark and form[index] not in "-/: ._"):
            return None
        result += _EXACT_FORMATS.get(mark, form[index])
        index += len(mark) or 1
    return result


def _to_number(_facts: Facts, _name: str, given: list[Typed]) -> Typed:
    form = (given[1].text or "").upper().replace("D", ".")
    scale = sum(mark in "90" for mark in form.partition(".")[2])
    whole = sum(mark in "90" for mark in form.partition(".")[0])
    result = numeric(min(max(whole + scale, 1), 38), scale)
    return Typed(f"CAST(rs_to_number({given[0].sql}, {given[1].sql}) AS {result.stored})", result)


def _rounded(_facts: Facts, name: str, given: list[Typed]) -> Typed:
    value = given[0]
    if value.type == DATE or value.type.is_datetime:
        return Typed(f"CAST({value.sql} AS DATE)", DATE)
    places = given[1].sql if len(given) > 1 else "0"
    if places == "CAST(NULL AS INTEGER)":
        return Typed(f"CAST(NULL AS {value.type.stored})", value.type)
    found = re.fullmatch(r"(?:CAST\()?(-?\d+)(?: AS INTEGER\))?", places)
    if not found and (value.type.is_integer or value.type.kind is Kind.NUMERIC):  # DuckDB takes no column for the places of a NUMERIC
        unit = f"CAST('1e-{value.type.digits}' AS DECIMAL(38,{value.type.digits}))"
        return Typed(f"CAST({macro(f'{name}_at', value.sql, places, str(value.type.digits), unit)} AS {value.type.stored})", value.type)
    spelled = "ceil" if name == "ceiling" else name
    if value.type.is_integer and len(given) == 1:
        return value
    if value.type.is_integer:
        return Typed(f"CAST({spelled}(CAST({value.sql} AS DECIMAL(38,0)), CAST({places} AS INTEGER)) AS {value.type.stored})", value.type)
    if name in {"ceil", "ceiling", "floor"}:
        if value.type.kind is Kind.NUMERIC:
            return Typed(f"CAST({spelled}({value.sql}) AS DECIMAL(38,0))", numeric(min(value.type.precision + 1, 38), 0))
        return Typed(f"{spelled}({value.sql})", DOUBLE)
    if value.type.kind is Kind.NUMERIC:
        scale = min(max(int(found[1]), 0), value.type.digits) if found else value.type.digits
        result = numeric(min(value.type.precision - value.type.digits + scale + 1, 38), scale)
        return Typed(f"CAST({spelled}({value.sql}, CAST({places} AS INTEGER)) AS {result.stored})", result)
    return Typed(f"{spelled}(CAST({value.sql} AS DOUBLE), CAST({places} AS INTEGER))", DOUBLE)


def _log(_facts: Facts, _name: str, given: list[Typed]) -> Typed:
    value = given[-1].sql
    if len(given) == 1:
        return Typed(macro("logarithm", value, f"log10({value})"), DOUBLE)
    return Typed(macro("logarithm_of", given[0].sql, value), DOUBLE)


def _sign(_facts: Facts, _name: str, given: list[Typed]) -> Typed:
    kind = given[0].type
    result = kind if kind.is_integer else numeric(1, 0) if kind.kind is Kind.NUMERIC else DOUBLE
    return Typed(f"CAST(sign({given[0].sql}) AS {result.stored})", result)


def _length(_facts: Facts, name: str, given: list[Typed]) -> Typed:
    if given[0].type == VARBYTE or given[0].type.kind is Kind.VARBYTE:
        return Typed(f"CAST(octet_length({given[0].sql}) AS INTEGER)", INTEGER)
    if name == "octet_length":
        return Typed(f"CAST(strlen({given[0].sql}) AS INTEGER)", INTEGER)
    return Typed(f"CAST(length({plain(given[0])}) AS INTEGER)", INTEGER)


def _substring(_facts: Facts, _name: str, given: list[Typed]) -> Typed:
    is_binary = given[0].type.kind is Kind.VARBYTE
    value, start = (given[0].sql if is_binary else plain(given[0])), given[1].sql
    result = given[0].type if is_binary or given[0].type.kind is Kind.VARCHAR else VARCHAR
    if is_binary:
        count = f"octet_length({value})" if len(given) == 2 else given[2].sql  # noqa: PLR2004 - value, start
        first = f"greatest({start}, 1)"
        return Typed(f"from_hex(substring(hex({value}), CAST(({first} - 1) * 2 + 1 AS BIGINT), CAST({count} * 2 AS BIGINT)))", result)
    if len(given) == 2:  # noqa: PLR2004 - value, start
        return Typed(f"substring({value}, greatest({start}, 1))", result)
    return Typed(macro("substring_from", value, start, given[2].sql), result)


def _case(_facts: Facts, name: str, given: list[Typed]) -> Typed:
    if given[0].type == SUPER:
        return Typed(f"to_json({name}({macro('super_text', given[0].sql)}))", SUPER)
    return Typed(f"{name}({plain(given[0])})", settled(given[0]).type if given[0].type.kind is not Kind.CHAR else VARCHAR)


def _concat(_facts: Facts, _name: str, given: list[Typed]) -> Typed:
    if Kind.VARBYTE in {value.type.kind for value in given}:
        given = [cast(value, VARBYTE) for value in given]
    return concatenated(given[0], given[1])


def shared(values: list[Typed], name: str) -> SqlType:
    """Return the type values meet in.

    Raises:
        StatementFailed: 42804 where they do not.
    """
    result = values[0].type
    for value in values[1:]:
        met = common_type(result, value.type)
        if met is None:
            raise StatementFailed("42804", f"{name} types {result.kind} and {value.type.kind} cannot be matched")
        result = met
    return SqlType(Kind.VARCHAR) if result.kind is Kind.UNKNOWN else result


def met(values: list[Typed], name: str) -> tuple[list[str], SqlType]:
    """Return values in the type they meet in, and that type."""
    result = shared(values, name)
    bare = SqlType(Kind.VARCHAR) if result.kind is Kind.CHAR and len({value.type for value in values}) > 1 else result
    return [converted(value, bare).sql if not value.type.is_string or value.text is not None else plain(value) for value in values], bare


def _collated(_facts: Facts, name: str, given: list[Typed]) -> Typed:
    wanted = (given[1].text or "").lower()
    if wanted not in {"cs", "case_sensitive", "ci", "case_insensitive"}:
        raise StatementFailed("22023", f"{name} takes case_sensitive or case_insensitive")
    caseless = wanted in {"ci", "case_insensitive"}
    return Typed(f"({given[0].sql} COLLATE {'NOCASE' if caseless else 'C'})", settled(given[0]).type)


def _chosen(_facts: Facts, name: str, given: list[Typed]) -> Typed:
    if not given:
        raise no_function(name, given)
    values, result = met(given, "COALESCE" if name == "nvl" else name.upper())
    return Typed(f"{'coalesce' if name == 'nvl' else name}({', '.join(values)})", result)


def _nvl2(_facts: Facts, _name: str, given: list[Typed]) -> Typed:
    values, result = met(given[1:], "NVL2")
    return Typed(f"(CASE WHEN {given[0].sql} IS NOT NULL THEN {values[0]} ELSE {values[1]} END)", result)


def _nullif(_facts: Facts, _name: str, given: list[Typed]) -> Typed:
    one, other = comparable(given[0], given[1])
    value = settled(given[0])
    return Typed(f"(CASE WHEN {one} = {other} THEN NULL ELSE {value.sql} END)", value.type)


def _decode(_facts: Facts, name: str, given: list[Typed]) -> Typed:
    subject, rest = given[0], given[1:]
    if len(rest) < 2:  # noqa: PLR2004 - a value and its result
        raise no_function(name, given)
    default = rest[-1] if len(rest) % 2 else None
    pairs = list(zip(rest[: len(rest) // 2 * 2 : 2], rest[1::2], strict=False))
    results = [result for _, result in pairs] + ([default] if default else [])
    values, kind = met(results, "CASE")
    arms = ""
    for (value, _), result in zip(pairs, values, strict=False):
        if value.is_null:
            arms += f" WHEN {subject.sql} IS NULL THEN {result}"
            continue
        one, other = comparable(subject, value)
        arms += f" WHEN {one} = {other} OR ({one} IS NULL AND {other} IS NULL) THEN {result}"
    return Typed(f"(CASE{arms} ELSE {values[-1] if default else 'NULL'} END)", kind)


def _compared_moments(_facts: Facts, _name: str, given: list[Typed]) -> Typed:
    one, other = comparable(given[0], given[1])
    return Typed(f"(CASE WHEN {one} > {other} THEN 1 WHEN {one} < {other} THEN -1 WHEN {one} = {other} THEN 0 END)", INTEGER)


def _mod(_facts: Facts, _name: str, given: list[Typed]) -> Typed:
    return arithmetic("%", given[0], given[1])


def _offset(_facts: Facts, name: str, given: list[Typed]) -> Typed:
    value = settled(given[0])
    return Typed(f"{name}({', '.join([value.sql, *(argument.sql for argument in given[1:])])})", value.type)


BUILDERS: dict[str, Builder] = {
    **HASHES,
    **dict.fromkeys(("dateadd", "date_add"), _dateadd),
    **dict.fromkeys(("datediff", "date_diff"), _datediff),
    **dict.fromkeys(("date_part", "pgdate_part"), _date_part),
    "date_trunc": _date_trunc,
    "convert_timezone": _convert_timezone,
    "timezone": _timezone,
    "to_char": _to_char,
    "to_number": _to_number,
    **dict.fromkeys(("round", "trunc", "ceil", "ceiling", "floor"), _rounded),
    "sign": _sign,
    "log": _log,
    **dict.fromkeys(("len", "length", "textlen", "char_length", "character_length", "octet_length"), _length),
    **dict.fromkeys(("substring", "substr"), _substring),
    **dict.fromkeys(("upper", "lower"), _case),
    "concat": _concat,
    "collate": _collated,
    **dict.fromkeys(("coalesce", "nvl", "greatest", "least"), _chosen),
    "nvl2": _nvl2,
    "nullif": _nullif,
    "decode": _decode,
    **dict.fromkeys(("date_cmp", "date_cmp_timestamp", "date_cmp_timestamptz", "timestamp_cmp", "timestamp_cmp_date"), _compared_moments),
    **dict.fromkeys(("timestamp_cmp_timestamptz", "timestamptz_cmp", "timestamptz_cmp_date", "interval_cmp"), _compared_moments),
    "timestamptz_cmp_timestamp": _compared_moments,
    **SEMISTRUCTURED,
    "mod": _mod,
    **dict.fromkeys(("lag", "lead"), _offset),
}
__all__ = ["BUILDERS", "PART_OF", "Facts", "at_time_zone", "extracted", "met", "part", "shared", "text", "zone_sql"]
