"""Bound parameters: bytes from the wire become literals in the statement's tree.

They are inlined, not bound in DuckDB, so that an untyped text is read by what it is compared with, as in PostgreSQL.
"""

import datetime as dt
import decimal
import struct
from collections.abc import Callable, Sequence
from typing import Any

from sqlglot import exp

from infra.local.redshift import types
from infra.local.redshift.errors import StatementFailed, not_supported

_STORED_TYPES = {
    types.BIGINT: "bigint",
    types.SMALLINT: "smallint",
    types.INTEGER: "int",
    types.DOUBLE: "double",
    types.REAL: "real",
    types.BOOLEAN: "boolean",
    types.TIMESTAMP: "timestamp",
    types.TIMESTAMPTZ: "timestamptz",
    types.NUMERIC: "decimal(38,6)",
    types.DATE: "date",
}
_WRITTEN: dict[int, tuple[str, Callable[[Any], str]]] = {
    types.DOUBLE: ("!d", repr),
    types.REAL: ("!f", repr),
    types.DATE: ("!i", lambda days: (types.EPOCH.date() + dt.timedelta(days=days)).isoformat()),
    types.TIMESTAMP: ("!q", lambda microseconds: (types.EPOCH + dt.timedelta(microseconds=microseconds)).isoformat(" ")),
    types.TIMESTAMPTZ: ("!q", lambda microseconds: (types.EPOCH_UTC + dt.timedelta(microseconds=microseconds)).isoformat(" ")),
}
_TEXTS = frozenset({types.VARCHAR, types.BPCHAR, types.TEXT, 705})
_NEGATIVE = 0x4000
_INTEGERS = frozenset({types.BIGINT, types.SMALLINT, types.INTEGER})


def literal(oid: int, raw: bytes | None, *, binary: bool) -> exp.Expression:
    """Return the literal for one bound value.

    Args:
        oid: The parameter's type as the client declared it.
        raw: The value's bytes, None for NULL.
        binary: Whether the bytes are in binary format.

    Raises:
        StatementFailed: 0A000 for a binary format not known here, 22P02 for bytes that are no such value.
    """
    if raw is None:
        return typed_null(oid)
    try:
        return _from_binary(oid, raw) if binary else _from_text(oid, raw.decode())
    except (struct.error, decimal.InvalidOperation, UnicodeDecodeError) as error:
        raise StatementFailed("22P02", f"invalid bytes for a parameter of type {oid}") from error


def typed_null(oid: int) -> exp.Expression:
    """Return NULL of a parameter's type; what a statement is described with before values are known."""
    if oid in _STORED_TYPES:
        return exp.cast(exp.Null(), _STORED_TYPES[oid], dialect="duckdb")
    return exp.Null()


def substitute(tree: exp.Expression, values: Sequence[exp.Expression]) -> exp.Expression:
    """Return a copy of a tree with ``$1``, ``$2`` … replaced; the tree itself where it names none.

    Raises:
        StatementFailed: 08P01, where fewer values are bound than the statement names.
    """
    if not tree.meta.get("has_parameters", True):
        return tree
    copy = tree.copy()
    for parameter in list(copy.find_all(exp.Parameter)):
        position = int(parameter.name)
        if position > len(values):
            raise StatementFailed("08P01", f"bind message supplies {len(values)} parameters, the statement needs ${position}")
        parameter.replace(values[position - 1].copy())
    return copy


def highest(tree: exp.Expression) -> int:
    """Return the highest parameter number in a tree, 0 where it has none."""
    return max((int(parameter.name) for parameter in tree.find_all(exp.Parameter)), default=0)


def _from_binary(oid: int, raw: bytes) -> exp.Expression:
    if oid in _INTEGERS:
        return exp.cast(exp.Literal.number(int.from_bytes(raw, "big", signed=True)), _STORED_TYPES[oid], dialect="duckdb")
    if oid == types.BOOLEAN:
        return exp.Boolean(this=raw == b"\1")
    if oid == types.NUMERIC:
        return _from_text(oid, _decimal(raw))
    if oid in _TEXTS:
        return exp.Literal.string(raw.decode())
    if oid not in _WRITTEN:
        raise not_supported(f"a binary parameter of type {oid}")
    form, written = _WRITTEN[oid]
    return _cast(written(struct.unpack(form, raw)[0]), oid)


def _decimal(raw: bytes) -> str:
    """Return PostgreSQL's binary NUMERIC, groups of four decimal digits, as text (libpq clients send it)."""
    count, weight, sign, scale = struct.unpack("!HhHH", raw[:8])
    groups = struct.unpack(f"!{count}H", raw[8:])
    if sign not in {0, _NEGATIVE}:
        raise StatementFailed("22P02", "invalid bytes for a parameter of type numeric")
    unscaled = sum(decimal.Decimal(group).scaleb(4 * (weight - position)) for position, group in enumerate(groups))
    return f"{'-' if sign else ''}{decimal.Decimal(unscaled):.{scale}f}"


def _from_text(oid: int, text: str) -> exp.Expression:
    if oid == types.NUMERIC:
        exponent = decimal.Decimal(text).as_tuple().exponent
        scale = max(0, -exponent) if isinstance(exponent, int) else 0
        return exp.cast(exp.Literal.string(text), f"decimal(38,{scale})", dialect="duckdb")
    if oid == types.DATE:
        return _cast(text, oid)
    if oid in _INTEGERS:
        return exp.Literal.number(text)
    return exp.Literal.string(text)


def _cast(text: str, oid: int) -> exp.Expression:
    return exp.cast(exp.Literal.string(text), _STORED_TYPES[oid], dialect="duckdb")
