"""Types on the wire: columns, encodings, bound parameters."""

# ruff: noqa: DTZ001 - a TIMESTAMP has no time zone

import struct
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from redshift_connector.utils.type_utils import interval_recv_integer

from infra.local.redshift import types
from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.parameters import literal
from infra.local.redshift.sql.sql_types import Kind, SqlType
from infra.local.redshift.types import Column, column_for, column_of, encoder


@pytest.mark.parametrize(
    ("stored", "column"),
    [
        ("INTEGER", Column("c", types.INTEGER, 4)),
        ("BIGINT", Column("c", types.BIGINT, 8)),
        ("DECIMAL(18,6)", Column("c", types.NUMERIC, -1, ((18 << 16) | 6) + 4, 6)),
        ("HUGEINT", Column("c", types.NUMERIC, -1, (38 << 16) + 4, 0)),
        ("TIMESTAMP", Column("c", types.TIMESTAMP, 8)),
        ("TIMESTAMP WITH TIME ZONE", Column("c", types.TIMESTAMPTZ, 8)),
        ("VARCHAR", Column("c", types.VARCHAR)),
        ("DATE", Column("c", types.DATE, 4)),
        ("JSON", Column("c", types.SUPER)),
        ("INTEGER[]", Column("c", types.SUPER)),
        ('"NULL"', Column("c", types.VARCHAR)),
    ],
)
def test_a_stored_type_has_its_oid_size_and_modifier(stored: str, column: Column) -> None:
    assert column_of("c", stored) == column


@pytest.mark.parametrize(
    ("stored", "value", "wire"),
    [
        ("BOOLEAN", True, b"\1"),
        ("SMALLINT", -2, b"\xff\xfe"),
        ("INTEGER", 1, b"\0\0\0\1"),
        ("BIGINT", 2**40, struct.pack("!q", 2**40)),
        ("DOUBLE", 1.5, struct.pack("!d", 1.5)),
        ("DATE", date(2000, 1, 2), struct.pack("!i", 1)),
        ("DATE", date(1999, 12, 31), struct.pack("!i", -1)),
        ("TIME", time(0, 0, 1), struct.pack("!q", 1_000_000)),
        ("TIMESTAMP", datetime(2000, 1, 1, 0, 0, 0, 5), struct.pack("!q", 5)),
        ("TIMESTAMP WITH TIME ZONE", datetime(2000, 1, 1, 0, 0, 1, tzinfo=UTC), struct.pack("!q", 1_000_000)),
        ("DECIMAL(18,6)", Decimal("1.5"), struct.pack("!q", 1_500_000)),
        ("DECIMAL(38,0)", Decimal(10) ** 30, (10**30).to_bytes(16, "big")),
        ("DECIMAL(38,0)", -(Decimal(10) ** 30), (-(10**30)).to_bytes(16, "big", signed=True)),
        ("VARCHAR", "é", "é".encode()),
        ("JSON", [1, None], b"[1, null]"),
    ],
)
def test_a_value_is_encoded_in_binary(stored: str, value: Any, wire: bytes) -> None:
    assert encoder(column_of("c", stored), binary=True)(value) == wire


@pytest.mark.parametrize(
    ("stored", "value", "wire"),
    [
        ("BOOLEAN", False, b"f"),
        ("DECIMAL(18,6)", Decimal("0.0000001").quantize(Decimal("0.000001")), b"0.000000"),
        ("DECIMAL(18,6)", Decimal("1.5"), b"1.500000"),
        ("TIMESTAMP", datetime(2026, 1, 2, 3, 4, 5), b"2026-01-02 03:04:05"),
        ("BLOB", b"\xff", b"ff"),
    ],
)
def test_a_value_is_encoded_as_text(stored: str, value: Any, wire: bytes) -> None:
    assert encoder(column_of("c", stored), binary=False)(value) == wire


@pytest.mark.parametrize(
    ("oid", "raw", "binary", "sql"),
    [
        (types.INTEGER, b"\0\0\0\7", True, "CAST(7 AS INT)"),
        (types.SMALLINT, b"\xff\xff", True, "CAST(-1 AS SMALLINT)"),
        (types.BOOLEAN, b"\1", True, "TRUE"),
        (types.DOUBLE, struct.pack("!d", 0.1), True, "CAST('0.1' AS DOUBLE)"),
        (types.TIMESTAMP, struct.pack("!q", 0), True, "CAST('2000-01-01 00:00:00' AS TIMESTAMP)"),
        (types.NUMERIC, b"1.25", False, "CAST('1.25' AS DECIMAL(38, 2))"),
        (types.DATE, b"2026-01-02", False, "CAST('2026-01-02' AS DATE)"),
        (705, b"it's", False, "'it''s'"),
        (types.INTEGER, None, True, "CAST(NULL AS INT)"),
        (705, None, False, "NULL"),
    ],
)
def test_a_bound_value_becomes_a_literal(oid: int, raw: bytes | None, binary: bool, sql: str) -> None:  # noqa: FBT001 - a row of the table above
    assert literal(oid, raw, binary=binary).sql("duckdb") == sql


@pytest.mark.parametrize(("oid", "raw", "sqlstate"), [(types.NUMERIC, b"x", "22P02"), (types.DOUBLE, b"\0", "22P02")])
def test_bytes_that_are_no_value_are_refused(oid: int, raw: bytes, sqlstate: str) -> None:
    with pytest.raises(StatementFailed) as raised:
        literal(oid, raw, binary=oid == types.DOUBLE)
    assert raised.value.sqlstate == sqlstate


@pytest.mark.parametrize(
    ("value", "wire"),
    [
        ("12.345600", struct.pack("!HhHH3H", 3, 0, 0, 6, 12, 3456, 0)),
        ("-10000.5", struct.pack("!HhHH4H", 4, 1, 0x4000, 6, 1, 0, 5000, 0)),
        ("0", struct.pack("!HhHH3H", 3, 0, 0, 6, 0, 0, 0)),
    ],
)
def test_a_client_of_postgresqls_protocol_gets_its_binary_numeric(value: str, wire: bytes) -> None:
    assert encoder(column_of("c", "DECIMAL(18,6)"), binary=True, extended=False)(Decimal(value)) == wire
    assert literal(1700, wire, binary=True).this.name == f"{Decimal(value):.6f}"


def test_aws_driver_reads_an_interval_as_it_was() -> None:
    encoded = encoder(Column("i", types.INTERVAL, 12), binary=True)("0,1,5000000")
    assert interval_recv_integer(encoded, 0, len(encoded)) == timedelta(days=1, seconds=5)


def test_a_catalog_array_is_sent_as_postgresql_sends_one() -> None:
    column = column_for("conkey", SqlType(Kind.SMALLINTS))
    assert encoder(column, binary=False)("{2,1}") == b"{2,1}"
    assert encoder(column, binary=True)("{2,1}") == struct.pack("!iiiiiihih", 1, 0, 21, 2, 1, 2, 2, 2, 1)
