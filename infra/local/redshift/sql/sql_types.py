"""Redshift's types in expressions: their names, DuckDB's type behind each, and the type two of them meet in.

Source: AWS, c_Supported_data_types.html and r_numeric_computations201.html.
"""

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from infra.local.redshift.errors import StatementFailed

LONGEST_VARCHAR = 65_535
WIDEST_NUMERIC = 38
WIDEST_SCALE = 37


class Kind(enum.StrEnum):
    """The families of types, as the catalog writes them."""

    UNKNOWN = "unknown"
    BOOLEAN = "boolean"
    SMALLINT = "smallint"
    INTEGER = "integer"
    BIGINT = "bigint"
    NUMERIC = "numeric"
    REAL = "real"
    DOUBLE = "double precision"
    CHAR = "character"
    VARCHAR = "character varying"
    DATE = "date"
    TIME = "time without time zone"
    TIMETZ = "time with time zone"
    TIMESTAMP = "timestamp without time zone"
    TIMESTAMPTZ = "timestamp with time zone"
    INTERVAL = "interval"
    SUPER = "super"
    VARBYTE = "binary varying"
    GEOMETRY = "geometry"
    GEOGRAPHY = "geography"
    HLLSKETCH = "hllsketch"
    SMALLINTS = "smallint[]"


INTEGERS = (Kind.SMALLINT, Kind.INTEGER, Kind.BIGINT)
FLOATS = (Kind.REAL, Kind.DOUBLE)
NUMBERS = (*INTEGERS, Kind.NUMERIC, *FLOATS)
STRINGS = (Kind.CHAR, Kind.VARCHAR, Kind.UNKNOWN)
DATETIMES = (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ)


@dataclass(frozen=True)
class SqlType:
    """A type with its modifiers.

    Attributes:
        kind: The family; UNKNOWN is a text in quotes, or NULL, whose type its place decides.
        length: Bytes of CHAR, VARCHAR and VARBYTE; digits of NUMERIC; 1 of an INTERVAL YEAR TO MONTH, 2 of one DAY TO SECOND.
        scale: Digits after the point of NUMERIC; the months or microseconds that an INTERVAL counts in, where they are more than one.
    """

    kind: Kind
    length: int | None = None
    scale: int | None = None

    def __str__(self) -> str:
        """Return the name as the catalog writes it."""
        if self.kind is Kind.NUMERIC:
            return f"numeric({self.precision},{self.digits})"
        if self.length is not None and self.kind in {Kind.CHAR, Kind.VARCHAR, Kind.VARBYTE}:
            return f"{self.kind}({self.length})"
        return f"interval {_qualifier(self)}" if self.kind is Kind.INTERVAL and self.length else str(self.kind)

    @property
    def told(self) -> str:
        """The name in an error: without length, and a text of no type yet in quotes, as PostgreSQL 8.0 writes its name."""
        return '"unknown"' if self.kind is Kind.UNKNOWN else str(self.kind)

    @property
    def precision(self) -> int:
        """Digits of a NUMERIC, 18 where none are declared."""
        return self.length if self.length is not None else 18

    @property
    def digits(self) -> int:
        """Digits after the point of a NUMERIC."""
        return self.scale or 0

    @property
    def is_string(self) -> bool:
        """Whether it is CHAR, VARCHAR or a text of no type yet."""
        return self.kind in STRINGS

    @property
    def is_integer(self) -> bool:
        """Whether it is SMALLINT, INTEGER or BIGINT."""
        return self.kind in INTEGERS

    @property
    def is_number(self) -> bool:
        """Whether it can be computed with."""
        return self.kind in NUMBERS

    @property
    def is_datetime(self) -> bool:
        """Whether it is DATE, TIMESTAMP or TIMESTAMPTZ."""
        return self.kind in DATETIMES

    @property
    def stored(self) -> str:
        """DuckDB's type."""
        if self.kind is Kind.NUMERIC:
            return f"DECIMAL({self.precision},{self.digits})"
        return _STORED[self.kind]


_MICROS_OF_A_SECOND = 1_000_000
_DIGITS_OF_A_SECOND = 6
_FIELDS = {
    "year": (1, 12),
    "month": (1, None),
    "day": (2, 86_400 * _MICROS_OF_A_SECOND),
    "hour": (2, 3600 * _MICROS_OF_A_SECOND),
    "minute": (2, 60 * _MICROS_OF_A_SECOND),
    "second": (2, None),
}
"""The length and the scale of an INTERVAL by the smallest field of its qualifier (r_interval_data_types)."""
UNKNOWN, BOOLEAN = SqlType(Kind.UNKNOWN), SqlType(Kind.BOOLEAN)
SMALLINT, INTEGER, BIGINT = SqlType(Kind.SMALLINT), SqlType(Kind.INTEGER), SqlType(Kind.BIGINT)
REAL, DOUBLE = SqlType(Kind.REAL), SqlType(Kind.DOUBLE)
VARCHAR, DATE, TIME, TIMETZ = SqlType(Kind.VARCHAR), SqlType(Kind.DATE), SqlType(Kind.TIME), SqlType(Kind.TIMETZ)
TIMESTAMP, TIMESTAMPTZ, INTERVAL = SqlType(Kind.TIMESTAMP), SqlType(Kind.TIMESTAMPTZ), SqlType(Kind.INTERVAL)
YEAR_TO_MONTH, DAY_TO_SECOND = SqlType(Kind.INTERVAL, 1), SqlType(Kind.INTERVAL, 2)
SUPER, VARBYTE, GEOMETRY = SqlType(Kind.SUPER), SqlType(Kind.VARBYTE), SqlType(Kind.GEOMETRY)
GEOGRAPHY, HLLSKETCH = SqlType(Kind.GEOGRAPHY), SqlType(Kind.HLLSKETCH)
SMALLINTS = SqlType(Kind.SMALLINTS)  # of the catalog alone; a text like {1,2} in DuckDB

_STORED = {
    Kind.UNKNOWN: "VARCHAR",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.SMALLINT: "SMALLINT",
    Kind.INTEGER: "INTEGER",
    Kind.BIGINT: "BIGINT",
    Kind.REAL: "FLOAT",
    Kind.DOUBLE: "DOUBLE",
    Kind.CHAR: "VARCHAR",
    Kind.VARCHAR: "VARCHAR",
    Kind.DATE: "DATE",
    Kind.TIME: "TIME",
    Kind.TIMETZ: "TIME WITH TIME ZONE",
    Kind.TIMESTAMP: "TIMESTAMP",
    Kind.TIMESTAMPTZ: "TIMESTAMP WITH TIME ZONE",
    Kind.INTERVAL: "INTERVAL",
    Kind.SUPER: "JSON",
    Kind.VARBYTE: "BLOB",
    Kind.GEOMETRY: "BLOB",
    Kind.GEOGRAPHY: "BLOB",
    Kind.HLLSKETCH: "VARCHAR",
    Kind.SMALLINTS: "VARCHAR",
}
_FROM_STORED = {
    "BOOLEAN": BOOLEAN,
    "TINYINT": SMALLINT,
    "UTINYINT": SMALLINT,
    "SMALLINT": SMALLINT,
    "USMALLINT": INTEGER,
    "INTEGER": INTEGER,
    "UINTEGER": BIGINT,
    "BIGINT": BIGINT,
    "UBIGINT": SqlType(Kind.NUMERIC, 38, 0),
    "HUGEINT": SqlType(Kind.NUMERIC, 38, 0),
    "UHUGEINT": SqlType(Kind.NUMERIC, 38, 0),
    "FLOAT": REAL,
    "DOUBLE": DOUBLE,
    "VARCHAR": VARCHAR,
    "DATE": DATE,
    "TIME": TIME,
    "TIME WITH TIME ZONE": TIMETZ,
    "TIMESTAMP": TIMESTAMP,
    "TIMESTAMP WITH TIME ZONE": TIMESTAMPTZ,
    "INTERVAL": INTERVAL,
    "JSON": SUPER,
    "BLOB": VARBYTE,
    '"NULL"': UNKNOWN,
}
_T = exp.DataType.Type
_DECLARED = {
    _T.BOOLEAN: BOOLEAN,
    _T.SMALLINT: SMALLINT,
    _T.INT: INTEGER,
    _T.BIGINT: BIGINT,
    _T.FLOAT: REAL,
    _T.DOUBLE: DOUBLE,
    _T.DATE: DATE,
    _T.TIME: TIME,
    _T.TIMETZ: TIMETZ,
    _T.TIMESTAMP: TIMESTAMP,
    _T.TIMESTAMPNTZ: TIMESTAMP,
    _T.DATETIME: TIMESTAMP,
    _T.TIMESTAMPTZ: TIMESTAMPTZ,
    _T.SUPER: SUPER,
    _T.GEOMETRY: GEOMETRY,
    _T.GEOGRAPHY: GEOGRAPHY,
    _T.HLLSKETCH: HLLSKETCH,
}
_DEFAULT_LENGTHS = {_T.VARCHAR: 256, _T.NVARCHAR: 256, _T.TEXT: 256, _T.BPCHAR: 256, _T.CHAR: 1, _T.NCHAR: 1, _T.VARBINARY: 64_000}
_FIXED_LENGTH = (_T.CHAR, _T.NCHAR, _T.BPCHAR)
_WIDEST_FLOAT = 53
_LONGEST_CHAR = 4_096
_LONGEST_VARBYTE = 1_024_000


def numeric(precision: int, scale: int) -> SqlType:
    """Return NUMERIC of a precision and scale."""
    return SqlType(Kind.NUMERIC, precision, scale)


def varchar(length: int) -> SqlType:
    """Return VARCHAR of a length in bytes."""
    return SqlType(Kind.VARCHAR, min(length, LONGEST_VARCHAR))


def interval_type(qualifier: Sequence[str], fraction: int | None = None) -> SqlType:
    """Return INTERVAL with a qualifier.

    Args:
        qualifier: One of its words, or the first and the last.
        fraction: The digits of a second that it keeps.

    Raises:
        StatementFailed: 42601 for a qualifier there is not.
    """
    words, last = list(_FIELDS), qualifier[-1]
    known = all(word in words for word in qualifier) and list(qualifier) == sorted(set(qualifier), key=words.index)
    if not known or len({_FIELDS[word][0] for word in qualifier}) > 1:
        raise StatementFailed("42601", f'syntax error at or near "{last}"')
    if fraction is None:
        return SqlType(Kind.INTERVAL, *_FIELDS[last])
    if last != "second" or not 0 <= fraction <= _DIGITS_OF_A_SECOND:
        raise StatementFailed("42601", f'syntax error at or near "{fraction}"')
    return SqlType(Kind.INTERVAL, 2, 10 ** (_DIGITS_OF_A_SECOND - fraction) if fraction < _DIGITS_OF_A_SECOND else None)


def qualified(unit: exp.Expression, fraction: Sequence[exp.Expression]) -> SqlType:
    """Return INTERVAL with the qualifier that sqlglot has read; the errors are those of ``interval_type``."""
    words = [unit.this, unit.expression] if isinstance(unit, exp.IntervalSpan) else [unit]
    return interval_type([word.name.lower() for word in words], *(int(one.name) for one in fraction))


def smallest_field(kind: SqlType) -> str:
    """Return the smallest field of an INTERVAL with a qualifier, for example ``minute``."""
    return next((name for name, field in _FIELDS.items() if field == (kind.length, kind.scale)), "second")


def _qualifier(kind: SqlType) -> str:
    last = smallest_field(kind)
    fraction = f"({_DIGITS_OF_A_SECOND + 1 - len(str(kind.scale))})" if last == "second" and kind.scale else ""
    return last if last in {"year", "day"} else f"{'year' if kind.length == 1 else 'day'} to {last}{fraction}"


def from_stored(name: str) -> SqlType:
    """Return the type that shows one of DuckDB's, given by name."""
    if found := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", name):
        return numeric(int(found[1]), int(found[2]))
    if name.endswith("]") or name.startswith(("STRUCT", "MAP")):
        return SUPER
    return _FROM_STORED.get(name, VARCHAR)


def from_declared(name: str) -> SqlType:
    """Return the type whose name the catalog writes, for example ``character varying(10)``."""
    base, _, arguments = name.partition("(")
    numbers = [int(number) for number in re.findall(r"\d+", arguments)]
    if name.startswith("interval "):
        return interval_type(base.removeprefix("interval ").split(" to "), *numbers)
    return SqlType(Kind(base.strip()), *numbers)


def declared(kind: exp.DataType, *, column: bool = False) -> SqlType:
    """Return the type a CAST or a column of CREATE TABLE names.

    Args:
        kind: sqlglot's type.
        column: Whether it declares a column, where a VARCHAR without a length has 256 bytes; a cast to it keeps all.

    Raises:
        StatementFailed: 42704 for a type Redshift does not have, 42601 for an invalid length or precision.
    """
    numbers = [int(parameter.name) for parameter in kind.expressions if parameter.name.isdigit()]
    if not isinstance(kind, exp.DataType):
        raise StatementFailed("42704", f'type "{kind.sql("redshift").lower()}" does not exist')
    if kind.this in _DEFAULT_LENGTHS:
        return _with_length(kind, numbers, column=column)
    if kind.this == _T.DECIMAL:
        precision, scale = [*numbers, *(18, 0)[len(numbers) :]][:2]
        if not (1 <= precision <= WIDEST_NUMERIC and 0 <= scale <= min(WIDEST_SCALE, precision)):
            raise StatementFailed("22023", f"NUMERIC precision {precision} must be between 1 and {WIDEST_NUMERIC}, scale {scale} within it")
        return numeric(precision, scale)
    if isinstance(kind.this, exp.Interval):
        return qualified(kind.this.args["unit"], kind.expressions)
    if kind.this == _T.INTERVAL:
        return INTERVAL
    if numbers and (kind.this == _T.DATE or not 1 <= numbers[0] <= _WIDEST_FLOAT):
        raise StatementFailed("42601", f"syntax error in type {kind.sql('redshift').lower()}")
    if kind.args.get("nested") or kind.this not in _DECLARED:
        raise StatementFailed("42704", f'type "{kind.sql("redshift").lower()}" does not exist')
    return _DECLARED[kind.this]


def _with_length(kind: exp.DataType, numbers: list[int], *, column: bool) -> SqlType:
    family = Kind.VARBYTE if kind.this == _T.VARBINARY else Kind.CHAR if kind.this in _FIXED_LENGTH else Kind.VARCHAR
    longest = {Kind.VARBYTE: _LONGEST_VARBYTE, Kind.CHAR: _LONGEST_CHAR, Kind.VARCHAR: LONGEST_VARCHAR}[family]
    if any(parameter.name.upper() == "MAX" for parameter in kind.expressions):
        return SqlType(family, longest)
    if not numbers:
        return SqlType(family, _DEFAULT_LENGTHS[kind.this] if column or family is Kind.CHAR else None)
    if not 1 <= numbers[0] <= longest:
        raise StatementFailed("42601", f"length for type {family} must be between 1 and {longest}")
    return SqlType(family, numbers[0])


def common_type(left: SqlType, right: SqlType) -> SqlType | None:
    """Return the type in which two values meet in UNION, CASE, COALESCE or a comparison; None where they do not."""
    if left == right:
        return left
    if Kind.UNKNOWN in {left.kind, right.kind}:
        return right if left.kind is Kind.UNKNOWN else left
    if Kind.SUPER in {left.kind, right.kind}:
        return SUPER
    if left.is_number and right.is_number:
        return _common_number(left, right)
    if left.is_string and right.is_string:
        lengths = (left.length, right.length)
        length = None if None in lengths else max(one for one in lengths if one is not None)
        return SqlType(Kind.CHAR if left.kind is right.kind is Kind.CHAR else Kind.VARCHAR, length)
    if left.is_datetime and right.is_datetime:
        return max(left, right, key=lambda one: DATETIMES.index(one.kind))
    if {left.kind, right.kind} == {Kind.TIME, Kind.TIMETZ}:
        return TIMETZ
    return left if left.kind is right.kind else None


def as_numeric(kind: SqlType) -> SqlType:
    """Return the NUMERIC an integer counts as in a computation with one (AWS, r_numeric_computations201)."""
    return numeric({Kind.SMALLINT: 5, Kind.INTEGER: 10, Kind.BIGINT: 19}[kind.kind], 0) if kind.is_integer else kind


def _common_number(left: SqlType, right: SqlType) -> SqlType:
    if left.kind in FLOATS or right.kind in FLOATS:
        return DOUBLE  # FLOAT4 meets FLOAT4 alone as FLOAT4, and equal types are done with above
    if left.is_integer and right.is_integer:
        return max(left, right, key=lambda one: INTEGERS.index(one.kind))
    one, other = as_numeric(left), as_numeric(right)
    scale = max(one.digits, other.digits)
    widest = WIDEST_NUMERIC
    return numeric(min(max(one.precision - one.digits, other.precision - other.digits) + scale, widest), scale)
