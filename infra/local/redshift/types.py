"""Redshift's types on the wire: OIDs, result columns, and how each value is encoded."""

import datetime as dt
import decimal
import json
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infra.local.redshift.runtime.dates import interval_text
from infra.local.redshift.sql.sql_types import Kind, SqlType

BOOLEAN, BIGINT, SMALLINT, INTEGER, TEXT = 16, 20, 21, 23, 25
REAL, DOUBLE, VARCHAR, DATE, TIME = 700, 701, 1043, 1082, 1083
TIMESTAMP, TIMESTAMPTZ, INTERVAL, NUMERIC, SUPER, VARBYTE = 1114, 1184, 1186, 1700, 4000, 6551
BPCHAR, TIMETZ, GEOMETRY, GEOGRAPHY, HLLSKETCH = 1042, 1266, 3000, 3001, 2935
INTERVALY2M, INTERVALD2S, SMALLINTS = 1188, 1190, 1005

EPOCH = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - a TIMESTAMP has no time zone
EPOCH_UTC = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_EPOCH_ORDINAL = EPOCH.toordinal()
_WIDEST_BIGINT = 1 << 63
_MICROSECOND = dt.timedelta(microseconds=1)

_OIDS = {
    "BOOLEAN": BOOLEAN,
    "TINYINT": SMALLINT,
    "UTINYINT": SMALLINT,
    "SMALLINT": SMALLINT,
    "USMALLINT": INTEGER,
    "INTEGER": INTEGER,
    "UINTEGER": BIGINT,
    "BIGINT": BIGINT,
    "FLOAT": REAL,
    "DOUBLE": DOUBLE,
    "VARCHAR": VARCHAR,
    "DATE": DATE,
    "TIME": TIME,
    "INTERVAL": INTERVAL,
    "JSON": SUPER,
    "BLOB": VARBYTE,
}
_SIZES = {BOOLEAN: 1, BIGINT: 8, SMALLINT: 2, INTEGER: 4, REAL: 4, DOUBLE: 8, DATE: 4, TIME: 8, TIMESTAMP: 8, TIMESTAMPTZ: 8}

_KINDS = {
    Kind.UNKNOWN: VARCHAR,
    Kind.BOOLEAN: BOOLEAN,
    Kind.SMALLINT: SMALLINT,
    Kind.INTEGER: INTEGER,
    Kind.BIGINT: BIGINT,
    Kind.REAL: REAL,
    Kind.DOUBLE: DOUBLE,
    Kind.CHAR: BPCHAR,
    Kind.VARCHAR: VARCHAR,
    Kind.DATE: DATE,
    Kind.TIME: TIME,
    Kind.TIMETZ: TIMETZ,
    Kind.TIMESTAMP: TIMESTAMP,
    Kind.TIMESTAMPTZ: TIMESTAMPTZ,
    Kind.INTERVAL: INTERVAL,
    Kind.SUPER: SUPER,
    Kind.VARBYTE: VARBYTE,
    Kind.GEOMETRY: GEOMETRY,
    Kind.GEOGRAPHY: GEOGRAPHY,
    Kind.HLLSKETCH: HLLSKETCH,
    Kind.SMALLINTS: SMALLINTS,
}

Encode = Callable[[Any], bytes]


@dataclass(frozen=True)
class Column:
    """One column of a result, as a row description tells it.

    Attributes:
        name: The label.
        oid: Redshift's type number.
        size: Bytes of a value, -1 where it varies.
        modifier: Type modifier; for NUMERIC ``(precision << 16 | scale) + 4``.
        scale: Digits after the point of a NUMERIC.
    """

    name: str
    oid: int
    size: int = -1
    modifier: int = -1
    scale: int = 0


def column_of(name: str, stored_type: str) -> Column:
    """Return the result column for one of DuckDB's types, given by name."""
    stored = stored_type.upper()
    if stored.startswith("DECIMAL"):
        precision, scale = (int(part) for part in re.findall(r"\d+", stored))
        return Column(name, NUMERIC, -1, ((precision << 16) | scale) + 4, scale)
    if stored in {"HUGEINT", "UHUGEINT", "UBIGINT"}:
        return Column(name, NUMERIC, -1, (38 << 16) + 4, 0)
    if stored.startswith("TIMESTAMP"):
        return Column(name, TIMESTAMPTZ if "ZONE" in stored else TIMESTAMP, 8)
    if stored.endswith("]") or stored.startswith(("STRUCT", "MAP")):
        return Column(name, SUPER)
    oid = _OIDS.get(stored, VARCHAR)
    return Column(name, oid, _SIZES.get(oid, -1))


def column_for(name: str, kind: SqlType) -> Column:
    """Return the result column for one of Redshift's types."""
    if kind.kind is Kind.NUMERIC:
        return Column(name, NUMERIC, -1, ((kind.precision << 16) | kind.digits) + 4, kind.digits)
    oid = _KINDS[kind.kind]
    if kind.kind is Kind.INTERVAL and kind.length:
        oid = INTERVALY2M if kind.length == 1 else INTERVALD2S
    modifier = kind.length + 4 if kind.length is not None and oid in {VARCHAR, BPCHAR, VARBYTE} else -1
    return Column(name, oid, _SIZES.get(oid, -1), modifier)


def encoder(column: Column, *, binary: bool, extended: bool = True) -> Encode:
    """Return the function that turns a value, never None, into a column's bytes on the wire.

    Args:
        column: Whose value.
        binary: In binary format, not as text.
        extended: A client of AWS's protocol reads a binary NUMERIC as one integer; one of PostgreSQL's as groups of four digits.
    """
    if column.oid == INTERVAL and binary and not extended:
        return _interval_of_postgresql
    if column.oid == NUMERIC:
        if not binary:
            return _numeric_text(column.scale)
        return _numeric_binary(column.scale) if extended else _numeric_groups(column.scale)
    if binary and column.oid in _BINARY:
        return _BINARY[column.oid]
    return _TEXT.get(column.oid, _plain_text)


def _packed(format_: str, kind: type[int] | type[float] = int) -> Encode:
    pack = struct.Struct(format_).pack
    return lambda value: pack(kind(value))


def _numeric_binary(scale: int) -> Encode:
    context = decimal.Context(prec=60)

    def encode(value: Any) -> bytes:
        unscaled = int(decimal.Decimal(value).scaleb(scale, context=context))
        return unscaled.to_bytes(8 if -_WIDEST_BIGINT <= unscaled < _WIDEST_BIGINT else 16, "big", signed=True)

    return encode


def _numeric_groups(scale: int) -> Encode:
    def encode(value: Any) -> bytes:
        whole, _, fraction = f"{abs(decimal.Decimal(value)):.{scale}f}".partition(".")
        whole = whole.zfill(-(-len(whole) // 4) * 4)
        fraction = fraction.ljust(-(-len(fraction) // 4) * 4, "0")
        digits = whole + fraction
        groups = [int(digits[index : index + 4]) for index in range(0, len(digits), 4)]
        weight = len(whole) // 4 - 1
        return struct.pack(f"!HhHH{len(groups)}H", len(groups), weight, 0x4000 if value < 0 else 0, scale, *groups)

    return encode


def _numeric_text(scale: int) -> Encode:
    return lambda value: format(decimal.Decimal(value), f".{scale}f").encode()


def _plain_text(value: Any) -> bytes:
    if isinstance(value, dict | list):
        return json.dumps(value, default=str).encode()
    return str(value).encode()


def _date_binary(value: dt.date) -> bytes:
    return struct.pack("!i", value.toordinal() - _EPOCH_ORDINAL)


def _time_binary(value: dt.time) -> bytes:
    return struct.pack("!q", ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond)


def _in_utc(value: dt.time) -> dt.time:
    """Return a TIMETZ as Redshift shows it: in UTC (AWS, r_Datetime_types)."""
    offset = value.utcoffset() or dt.timedelta()
    return (dt.datetime.combine(EPOCH.date() + dt.timedelta(days=1), value.replace(tzinfo=None)) - offset).time()


def _timetz_binary(value: dt.time) -> bytes:
    return _time_binary(_in_utc(value)) + struct.pack("!i", 0)


def _timestamp_binary(value: dt.datetime) -> bytes:
    return struct.pack("!q", (value - EPOCH) // _MICROSECOND)


def _timestamptz_binary(value: dt.datetime) -> bytes:
    return struct.pack("!q", (value - EPOCH_UTC) // _MICROSECOND)


def _interval(value: Any) -> tuple[int, int, int]:
    """Read what ``Session.result`` makes of an INTERVAL: its months, days and microseconds."""
    months, days, micros = (int(part) for part in str(value).split(","))
    return months, days, micros


def _interval_binary(value: Any) -> bytes:
    """AWS's driver reads twelve bytes, days among the microseconds as PostgreSQL 8 has them (its ``interval_recv_integer``)."""
    months, days, micros = _interval(value)
    return struct.pack("!qi", days * 86_400_000_000 + micros, months)


def _interval_of_postgresql(value: Any) -> bytes:
    months, days, micros = _interval(value)
    return struct.pack("!qii", micros, days, months)


def _smallints_binary(value: str) -> bytes:
    """One dimension from 1, no NULL, elements of two bytes: PostgreSQL's array_send."""
    numbers = [int(number) for number in value.strip("{}").split(",") if number]
    elements = b"".join(struct.pack("!ih", 2, number) for number in numbers)
    return struct.pack("!iiiii", 1, 0, SMALLINT, len(numbers), 1) + elements


_BINARY: dict[int, Encode] = {
    SMALLINTS: _smallints_binary,
    INTERVAL: _interval_binary,
    INTERVALY2M: lambda value: struct.pack("!i", _interval(value)[0]),
    INTERVALD2S: lambda value: struct.pack("!q", _interval(value)[1] * 86_400_000_000 + _interval(value)[2]),
    BOOLEAN: lambda value: b"\1" if value else b"\0",
    BIGINT: _packed("!q"),
    INTEGER: _packed("!i"),
    SMALLINT: _packed("!h"),
    REAL: _packed("!f", float),
    DOUBLE: _packed("!d", float),
    DATE: _date_binary,
    TIME: _time_binary,
    TIMETZ: _timetz_binary,
    TIMESTAMP: _timestamp_binary,
    TIMESTAMPTZ: _timestamptz_binary,
}
_TEXT: dict[int, Encode] = {
    INTERVAL: lambda value: interval_text(*_interval(value), 0).encode(),
    INTERVALY2M: lambda value: interval_text(*_interval(value), 1).encode(),
    INTERVALD2S: lambda value: interval_text(*_interval(value), 2).encode(),
    BOOLEAN: lambda value: b"t" if value else b"f",
    TIMESTAMP: lambda value: value.isoformat(" ").encode(),
    TIMESTAMPTZ: lambda value: value.isoformat(" ").encode(),
    TIMETZ: lambda value: f"{_in_utc(value).isoformat()}+00".encode(),
    VARBYTE: lambda value: value.hex().encode(),
}
