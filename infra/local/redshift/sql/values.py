"""A value in DuckDB's words with Redshift's type, and the casts between types.

Sources: AWS, c_Supported_data_types.html (compatibility), r_CAST_function.html, r_Character_types.html.
"""

import re
from dataclasses import dataclass

from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.sql import literals
from infra.local.redshift.sql.intervals import interval_sql
from infra.local.redshift.sql.sql_types import (
    BIGINT,
    BOOLEAN,
    DATE,
    INTEGER,
    SMALLINT,
    SUPER,
    TIME,
    TIMESTAMP,
    UNKNOWN,
    VARCHAR,
    Kind,
    SqlType,
    numeric,
)

_DAY, _HOUR = r"(?:000[1-9]|00[1-9]\d|0[1-9]\d\d|[1-9]\d{3})-\d\d-\d\d", r"(?:[01]\d|2[0-3]):\d\d(?::\d\d(?:\.\d{1,6})?)?"
_OFFSET = r"(?:Z|[+-](?:0\d|1[0-3])(?::?[0-5]\d)?)?"
_USUAL = {
    Kind.DATE: _DAY,
    Kind.TIMESTAMP: f"{_DAY}(?:[ T]{_HOUR})?",
    Kind.TIMESTAMPTZ: f"{_DAY}(?:[ T]{_HOUR}{_OFFSET})?",
    Kind.TIME: _HOUR,
    Kind.TIMETZ: f"{_HOUR}{_OFFSET}",
}
"""Texts that DuckDB reads as Redshift does; of the others it takes 1/5/26 for a day of the year 1 and drops PM."""
RUNTIME = "memory.main"
"""Where the macros of ``runtime`` live, in every database's reach."""


@dataclass(frozen=True)
class Typed:
    """An expression.

    Attributes:
        sql: DuckDB's text; complete, it may stand as an operand.
        type: Redshift's type.
        text: The value of a text in quotes, None for everything else.
        is_null: Whether it is the word NULL.
    """

    sql: str
    type: SqlType
    text: str | None = None
    is_null: bool = False


NULL = Typed("NULL", UNKNOWN, is_null=True)


def text(value: str) -> Typed:
    """Return a text in quotes, whose type its place decides."""
    return Typed(quoted(value), UNKNOWN, value)


def quoted(value: str) -> str:
    """Return a text as a literal."""
    return "'" + value.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return a name, quoted."""
    return '"' + name.replace('"', '""') + '"'


def integer(value: int) -> Typed:
    """Return a whole number with the type its size gives it."""
    if -(1 << 31) <= value < 1 << 31:
        return Typed(f"CAST({value} AS INTEGER)", INTEGER)
    if -(1 << 63) <= value < 1 << 63:
        return Typed(f"CAST({value} AS BIGINT)", BIGINT)
    return Typed(f"CAST('{value}' AS DECIMAL(38,0))", numeric(38, 0))


def macro(name: str, *arguments: str) -> str:
    """Return a call of a macro of ``runtime``."""
    return f"{RUNTIME}.{name}({', '.join(arguments)})"


def settled(value: Typed) -> Typed:
    """Return a value whose type is known: a text in quotes that nothing decided is a VARCHAR."""
    if value.type.kind is not Kind.UNKNOWN:
        return value
    if value.is_null:
        return Typed("CAST(NULL AS VARCHAR)", VARCHAR)
    return Typed(value.sql, SqlType(Kind.VARCHAR, max(len((value.text or "").encode()), 1)), value.text)


def converted(value: Typed, target: SqlType) -> Typed:
    """Return a value as a type it converts to without being told; the caller knows that it does."""
    return value if value.type == target else cast(value, target)


def cast(value: Typed, target: SqlType) -> Typed:
    """Return a value after CAST.

    Raises:
        StatementFailed: 42846 where the types do not convert, 22P02 and others for a literal that is no such value.
    """
    source = value.type
    if value.is_null:
        return Typed(f"CAST(NULL AS {target.stored})", target)
    if source == target and target.length is None:
        return value
    if source.kind is Kind.UNKNOWN and value.text is not None:
        return literal_as(value.text, target)
    if (source.kind, target.kind) not in _ALLOWED:
        raise StatementFailed("42846", f"cannot cast type {source.told} to {target.told}")
    return Typed(_cast_sql(value, target), target)


def literal_as(value: str, target: SqlType) -> Typed:
    """Return a text in quotes as a type.

    Raises:
        StatementFailed: 22P02 and others, where it is no such value.
    """
    if target.kind in {Kind.UNKNOWN, Kind.VARCHAR, Kind.CHAR}:
        cut = literals.cut(value, target.length) if target.length is not None else value
        if target.kind is Kind.CHAR and not cut.isascii():
            raise StatementFailed("22001", "CHAR string contains invalid ASCII character")
        if target.kind is Kind.CHAR:
            cut = literals.padded(cut, target.length or 1)
        return Typed(quoted(cut), target, cut if target.kind is not Kind.CHAR else None)
    if target.kind is Kind.SUPER:
        return Typed(f"to_json({quoted(value)})", SUPER)
    if target.kind is Kind.VARBYTE:
        return Typed(f"encode({quoted(value)})", target)
    if target.kind is Kind.HLLSKETCH:
        return Typed(f"rs_hll_union(CAST(to_json([{quoted(value)}]) AS VARCHAR))", target)
    if target.kind is Kind.INTERVAL:
        return Typed(interval_sql(value, target), target)
    return Typed(literals.read(value, target), target)


def _cast_sql(value: Typed, target: SqlType) -> str:
    source, sql = value.type, value.sql
    if source.kind is Kind.SUPER:
        return _from_super(sql, target)
    if target.kind is Kind.SUPER:
        return f"CAST({_numeric_text(value)} AS JSON)" if _is_fraction(source) else f"to_json({plain(value)})"
    if target.is_string:
        return _to_string(value, target)
    if source.is_string:
        return _from_string(sql if target.kind is Kind.VARBYTE else plain(value), target)  # r_VARBYTE_type shows the blanks of a CHAR
    if target.is_integer and source.kind is Kind.NUMERIC:
        return f"CAST(round({sql}, 0) AS {target.stored})"
    if target.is_integer and source.is_number:
        return f"CAST({sql} AS {target.stored})"
    if target.kind is Kind.NUMERIC and source.kind in {Kind.REAL, Kind.DOUBLE}:
        return f"CAST({sql} AS {target.stored})"
    if target.kind is Kind.BOOLEAN:
        return f"({sql} <> 0)"
    if target.kind is Kind.VARBYTE and source.is_integer:
        return f"rs_bytes_of_number({sql}, { {Kind.SMALLINT: 2, Kind.INTEGER: 4, Kind.BIGINT: 8}[source.kind] })"
    if source.kind is Kind.TIMESTAMPTZ and target.kind is Kind.TIME:
        return f"CAST(CAST({sql} AS TIMESTAMP) AS TIME)"
    if target.kind is Kind.INTERVAL and target.length:
        return macro("whole_months" if target.length == 1 else "whole_micros", sql, str(target.scale or 1))
    return f"CAST({sql} AS {target.stored})"


def plain(value: Typed) -> str:
    """Return a text without the blanks CHAR is filled up with; any other value as it is."""
    return f"rtrim({value.sql}, ' ')" if value.type.kind is Kind.CHAR else value.sql


def as_text(value: Typed) -> str:
    """Return a value as text, as a function that takes one sees it.

    Raises:
        StatementFailed: 42846 for a BOOLEAN, a shape or a sketch.
    """
    if value.type.kind in {Kind.BOOLEAN, Kind.GEOMETRY, Kind.GEOGRAPHY, Kind.HLLSKETCH}:
        raise StatementFailed("42846", f"cannot cast type {value.type.told} to character varying")
    if value.type == SUPER:  # a text in it stands without its quotes, as after a cast
        return _from_super(value.sql, VARCHAR)
    return plain(value) if value.type.is_string else _to_string(value, VARCHAR)


def _to_string(value: Typed, target: SqlType) -> str:
    source = value.type
    if source.is_string:
        sql = plain(value)
    elif source.kind in {Kind.REAL, Kind.DOUBLE}:
        sql = macro("float_text", value.sql)
    elif source.kind is Kind.VARBYTE:
        sql = f"decode({value.sql})"
    elif _is_fraction(source):
        sql = _numeric_text(value)
    elif source.kind is Kind.INTERVAL:
        sql = f"rs_interval_text({interval_parts(value.sql)}, {source.length or 0})"
    else:
        sql = f"CAST({value.sql} AS VARCHAR)"
    if target.kind is Kind.CHAR:
        return macro("cast_char", sql, str(target.length or 1))
    if target.length is None or (source.length is not None and source.is_string and source.length <= target.length):
        return sql
    return macro("cut", sql, str(target.length))


def _is_fraction(kind: SqlType) -> bool:
    """Tell whether a NUMERIC has all its digits behind the point: DuckDB writes no 0 before it."""
    return kind.kind is Kind.NUMERIC and kind.precision == kind.digits


def _numeric_text(value: Typed) -> str:
    return f"regexp_replace(CAST({value.sql} AS VARCHAR), '^(-?)[.]', '\\10.')"


def clock(value: Typed) -> Typed:
    """Return a TIMETZ as the TIME it is in UTC; a TIME as it is."""
    if value.type.kind is not Kind.TIMETZ:
        return value
    return Typed(f"CAST(timezone('UTC', DATE '2000-01-01' + {value.sql}) AS TIME)", TIME)


def interval_parts(sql: str) -> str:
    """Return an INTERVAL's months, days and microseconds; Python's driver of DuckDB knows no months."""
    clock = f"date_part('hour', {sql}) * 3600000000 + date_part('minute', {sql}) * 60000000 + date_part('microsecond', {sql})"
    return f"date_part('year', {sql}) * 12 + date_part('month', {sql}), date_part('day', {sql}), {clock}"


def _from_string(sql: str, target: SqlType) -> str:
    if target.is_integer:
        return f"CAST({macro('whole_number', sql, quoted(str(target.kind)))} AS {target.stored})"
    if target.kind is Kind.BOOLEAN:
        return macro("truth", sql)
    if target.kind in _USUAL:
        read = {Kind.DATE: "rs_date({0})", Kind.TIMESTAMP: "rs_timestamp({0})", Kind.TIMESTAMPTZ: "rs_zoned({0})"}
        slow = read.get(target.kind, f"rs_clock({{0}}, {target.kind is Kind.TIMETZ})").format(sql)
        usual = f"CASE WHEN regexp_full_match({sql}, '{_USUAL[target.kind]}') THEN TRY_CAST({sql} AS {target.stored}) END"
        return f"coalesce({usual}, CAST({slow} AS {target.stored}))"
    if target.kind is Kind.INTERVAL:
        return f"CAST(rs_interval({sql}, {quoted(str(target))}) AS INTERVAL)"
    if target.kind is Kind.VARBYTE:
        return f"encode({sql})"
    number = macro("figures", sql, quoted(str(target.kind)))
    if target.kind in {Kind.REAL, Kind.DOUBLE}:
        return macro("float_of", sql, f"CAST({number} AS {target.stored})", quoted(str(target.kind)))
    return f"CAST({number} AS {target.stored})"


def moment_or_null(sql: str, target: SqlType) -> str:
    """Return a date or time read from a text as a text in quotes is, NULL where it writes none."""
    return f"TRY({_from_string(sql, target)})"


def _from_super(sql: str, target: SqlType) -> str:
    scalar = f"json_extract_string({sql}, '$')"
    if target.is_string:
        return scalar if target.length is None else macro("cut", scalar, str(target.length))
    if target.is_integer:
        return f"CAST(round(TRY_CAST({scalar} AS DECIMAL(38,10)), 0) AS {target.stored})"
    if target.kind is Kind.BOOLEAN:  # a whole number as CAST of an integer has it, no other number (limitations-super)
        return f"CASE WHEN json_type({sql}) IN ('BIGINT', 'UBIGINT') THEN {scalar} <> '0' ELSE TRY_CAST({scalar} AS BOOLEAN) END"
    if target.kind in _USUAL:
        return moment_or_null(macro("super_text", sql), target)
    return f"TRY_CAST({scalar} AS {target.stored})"


_CHARS = (Kind.CHAR, Kind.VARCHAR, Kind.UNKNOWN)
_INTS = (Kind.SMALLINT, Kind.INTEGER, Kind.BIGINT)
_NUMBERS = (*_INTS, Kind.NUMERIC, Kind.REAL, Kind.DOUBLE)
_MOMENTS = (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ)
_SCALARS = (*_NUMBERS, Kind.BOOLEAN, *_MOMENTS, Kind.TIME, Kind.TIMETZ, Kind.INTERVAL, Kind.VARBYTE)
_ALLOWED = frozenset(
    [
        *((kind, kind) for kind in Kind),
        *((one, other) for one in _CHARS for other in (*_CHARS, *_SCALARS)),
        *((one, other) for one in _NUMBERS for other in (*_NUMBERS, Kind.CHAR, Kind.VARCHAR)),
        *((one, kind) for one in _INTS for kind in (Kind.BOOLEAN, Kind.VARBYTE)),
        *((Kind.BOOLEAN, one) for one in _INTS),
        *((one, other) for one in _MOMENTS for other in (*_MOMENTS, Kind.CHAR, Kind.VARCHAR)),
        *((one, other) for one in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ) for other in (Kind.TIME, Kind.TIMETZ)),
        *((one, other) for one in (Kind.TIME, Kind.TIMETZ) for other in (Kind.TIME, Kind.TIMETZ, Kind.CHAR, Kind.VARCHAR)),
        *((Kind.INTERVAL, one) for one in (Kind.CHAR, Kind.VARCHAR)),
        *((Kind.VARBYTE, one) for one in (Kind.CHAR, Kind.VARCHAR)),
        *((one, Kind.SUPER) for one in (*_CHARS, *_NUMBERS, Kind.BOOLEAN)),
        *((Kind.SUPER, one) for one in (Kind.CHAR, Kind.VARCHAR, *_NUMBERS, Kind.BOOLEAN, *_MOMENTS, Kind.TIME)),
    ]
)

_ASSIGNED = frozenset(
    [
        *((kind, kind) for kind in Kind),
        *((Kind.UNKNOWN, kind) for kind in Kind),
        *((one, other) for one in (Kind.CHAR, Kind.VARCHAR) for other in (Kind.CHAR, Kind.VARCHAR)),
        *((one, other) for one in _NUMBERS for other in (*_NUMBERS, Kind.CHAR, Kind.VARCHAR)),
        *((one, other) for one in _MOMENTS for other in (*_MOMENTS, Kind.CHAR, Kind.VARCHAR)),
        *((one, other) for one in (Kind.TIME, Kind.TIMETZ) for other in (Kind.TIME, Kind.TIMETZ, Kind.CHAR, Kind.VARCHAR)),
        *((one, other) for one in (Kind.TIMESTAMP, Kind.TIMESTAMPTZ) for other in (Kind.TIME, Kind.TIMETZ)),
        *((one, Kind.SUPER) for one in (*_CHARS, *_NUMBERS, Kind.BOOLEAN)),
        *((Kind.SUPER, one) for one in (Kind.CHAR, Kind.VARCHAR, *_NUMBERS, Kind.BOOLEAN, *_MOMENTS)),
        (Kind.VARCHAR, Kind.VARBYTE),
    ]
)


def assigned(value: Typed, target: SqlType, column: str) -> Typed:
    """Return a value as a column takes it in INSERT, UPDATE and MERGE.

    Raises:
        StatementFailed: 42804 where the types do not fit, 22001 for a literal that is too long.
    """
    source = value.type
    if (source.kind, target.kind) not in _ASSIGNED:
        raise StatementFailed(
            "42804",
            f'column "{column}" is of type {target.kind} but expression is of type {source.told}',
            "You will need to rewrite or cast the expression.",
        )
    if target.kind in {Kind.CHAR, Kind.VARCHAR} and target.length is not None and not value.is_null:
        if value.text is not None:
            return _literal_in(value.text, target)
        fits = source.is_string and source.length is not None and source.length <= target.length
        sql = as_text(value)
        if target.kind is Kind.CHAR:
            return Typed(macro("fit_char", sql, str(target.length)), target)
        return Typed(sql if fits else macro("fit_varchar", sql, str(target.length)), target)
    return cast(value, target)


def _literal_in(value: str, target: SqlType) -> Typed:
    length = target.length or 1
    if target.kind is Kind.CHAR and not value.isascii():
        raise StatementFailed("22001", "CHAR string contains invalid ASCII character")
    if len(value.encode()) > length:
        cut = literals.cut(value, length)
        if value[len(cut) :].strip(" "):
            raise StatementFailed("22001", f"value too long for type {target}")
        value = cut
    return Typed(quoted(literals.padded(value, length) if target.kind is Kind.CHAR else value), target)


def label_of_type(name: str) -> str:
    """Return the label of a cast's result: the type's name inside the server."""
    return _LABELS.get(re.sub(r"\(.*", "", name), name)


_LABELS = {
    "smallint": "int2",
    "integer": "int4",
    "bigint": "int8",
    "real": "float4",
    "double precision": "float8",
    "boolean": "bool",
    "character varying": "varchar",
    "character": "bpchar",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
    "time without time zone": "time",
    "time with time zone": "timetz",
    "binary varying": "varbyte",
}
__all__ = [
    "BIGINT",
    "BOOLEAN",
    "DATE",
    "INTEGER",
    "NULL",
    "SMALLINT",
    "TIMESTAMP",
    "Typed",
    "as_text",
    "assigned",
    "cast",
    "clock",
    "converted",
    "identifier",
    "integer",
    "interval_parts",
    "label_of_type",
    "literal_as",
    "macro",
    "plain",
    "quoted",
    "settled",
    "text",
]
