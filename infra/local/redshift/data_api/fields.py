"""Values and columns as the Data API writes them: a union by type, and the column's metadata.

Source: AWS, API_Field.html and API_ColumnMetadata.html. NUMERIC, dates, times, SUPER and VARBYTE come as text.
"""

from collections.abc import Callable, Sequence
from typing import Any

from infra.local.redshift.types import (
    BIGINT,
    BOOLEAN,
    BPCHAR,
    DATE,
    DOUBLE,
    GEOGRAPHY,
    GEOMETRY,
    HLLSKETCH,
    INTEGER,
    INTERVAL,
    NUMERIC,
    REAL,
    SMALLINT,
    SMALLINTS,
    SUPER,
    TEXT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    TIMETZ,
    VARBYTE,
    VARCHAR,
    Column,
    encoder,
)

Field = dict[str, Any]

_NAMES = {
    BOOLEAN: "bool",
    BIGINT: "int8",
    SMALLINT: "int2",
    INTEGER: "int4",
    TEXT: "text",
    REAL: "float4",
    DOUBLE: "float8",
    VARCHAR: "varchar",
    BPCHAR: "bpchar",
    DATE: "date",
    TIME: "time",
    TIMETZ: "timetz",
    TIMESTAMP: "timestamp",
    TIMESTAMPTZ: "timestamptz",
    INTERVAL: "interval",
    NUMERIC: "numeric",
    SUPER: "super",
    VARBYTE: "varbyte",
    GEOMETRY: "geometry",
    GEOGRAPHY: "geography",
    HLLSKETCH: "hllsketch",
    SMALLINTS: "_int2",
}
_PRECISIONS = {BIGINT: 19, INTEGER: 10, SMALLINT: 5, REAL: 8, DOUBLE: 17, BOOLEAN: 1, DATE: 13}
_INTEGERS = frozenset({BIGINT, INTEGER, SMALLINT})
_FLOATS = frozenset({REAL, DOUBLE})
_TEXTS = frozenset({VARCHAR, BPCHAR, TEXT})
_HEADER = 4


def metadata(column: Column) -> dict[str, Any]:
    """Return what describes a column."""
    precision, scale = _PRECISIONS.get(column.oid, 0), 0
    if column.oid == NUMERIC:
        precision, scale = (column.modifier - _HEADER) >> 16, column.scale
    elif column.modifier > _HEADER:
        precision = column.modifier - _HEADER
    return {
        "isCaseSensitive": column.oid in _TEXTS,
        "isCurrency": False,
        "isSigned": column.oid in _INTEGERS | _FLOATS | {NUMERIC},
        "label": column.name,
        "name": column.name,
        "nullable": 1,
        "precision": precision,
        "scale": scale,
        "schemaName": "",
        "tableName": "",
        "typeName": _NAMES.get(column.oid, "varchar"),
        "length": 0,
    }


def records(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> list[list[Field]]:
    """Return rows, each value under the name of its type."""
    writers = [_writer(column) for column in columns]
    return [[{"isNull": True} if value is None else write(value) for write, value in zip(writers, row, strict=True)] for row in rows]


def _writer(column: Column) -> Callable[[Any], Field]:
    if column.oid == BOOLEAN:
        return lambda value: {"booleanValue": bool(value)}
    if column.oid in _INTEGERS:
        return lambda value: {"longValue": int(value)}
    if column.oid in _FLOATS:
        return lambda value: {"doubleValue": float(value)}
    encode = encoder(column, binary=False)
    return lambda value: {"stringValue": encode(value).decode()}
