import socket
import struct

import pytest
from redshift_connector import InterfaceError, OperationalError, ProgrammingError

from tasks.warehouse.errors import WarehouseForbidden, WarehouseUnreachable
from tasks.warehouse.options import LoadOptions
from tasks.warehouse.retry import attempts, passes_by_itself
from tasks.warehouse.server_errors import read_server_error

SCAN_ERROR = {
    "S": "ERROR",
    "C": "XX000",
    "M": "Spectrum Scan Error",
    "D": "\n  -----------------------------------------------\n  error:  Spectrum Scan Error\n  code:      15007\n  context:   File "
    "'https://s3.us-east-1.amazonaws.com/lake/curated/x.parquet?X-Amz-Signature=abc&X-Amz-Credential=AKIA' has an incompatible Parquet "
    "schema for column 's3://lake/x.parquet.close'. Column type: DECIMAL(18, 6), Parquet schema: optional double close\n"
    "  query:     4711\n  location:  dory_util.cpp:1509\n  -----------------------------------------------\n",
}

PASSING = [
    ProgrammingError(
        {"S": "ERROR", "C": "XX000", "M": "1023", "D": "Serializable isolation violation on table - 108263, transactions ..."}
    ),
    ProgrammingError({"C": "XX000", "M": "Serializable isolation violation on table in Redshift"}),
    ProgrammingError({"C": "XX000", "M": "could not complete because of conflict with concurrent transaction"}),
    ProgrammingError({"C": "XX000", "M": "could not open relation with OID 1234567"}),
    ProgrammingError({"C": "57014", "M": "Query cancelled."}),
    InterfaceError("BrokenPipe: server socket closed. Please check that client side networking configurations such as Proxies ..."),
    InterfaceError("communication error", ConnectionRefusedError(111, "Connection refused")),
    InterfaceError("connection is closed"),
    OperationalError("connection time out", TimeoutError("timed out")),
    BrokenPipeError(32, "Broken pipe"),
    ConnectionResetError(104, "Connection reset by peer"),
    socket.gaierror(-2, "Name or service not known"),
    struct.error("unpack_from requires a buffer of at least 5 bytes"),
    WarehouseUnreachable("The workgroup did not answer."),
]

FINAL = [
    ProgrammingError(SCAN_ERROR),
    ProgrammingError({"C": "22001", "M": "value too long for type character varying(32)"}),
    ProgrammingError({"C": "22003", "M": "Numeric data overflow"}),
    ProgrammingError({"C": "42P01", "M": 'relation "market.fact_daily_price" does not exist'}),
    ProgrammingError({"C": "42601", "M": 'syntax error at or near "1023"'}),
    ProgrammingError({"C": "42501", "M": "permission denied for relation fact_daily_price"}),
    ProgrammingError({"C": "XX000", "M": "Found multiple matches to update the same tuple."}),
    ProgrammingError({"C": "25P02", "M": "current transaction is aborted, commands ignored until end of transaction block"}),
    InterfaceError({"C": "28000", "M": "password authentication failed for user"}),
    WarehouseForbidden("AWS refused."),
    ValueError("1023"),
]


@pytest.mark.parametrize("error", PASSING, ids=str)
def test_conflicts_cold_starts_and_broken_connections_pass_by_themselves(error: Exception) -> None:
    assert passes_by_itself(error)


@pytest.mark.parametrize("error", FINAL, ids=lambda error: str(error)[:60])
def test_what_would_fail_the_same_way_again_is_not_tried_again(error: Exception) -> None:
    assert not passes_by_itself(error)


def fail_always(error: Exception, slept: list[float]) -> int:
    made = 0

    def run() -> None:
        nonlocal made
        for attempt in attempts(LoadOptions(retries=3, retry_wait=2.0, sleep=slept.append, random=lambda: 0.5)):
            with attempt:
                made += 1
                raise error

    with pytest.raises(type(error)) as raised:
        run()
    assert raised.value is error
    return made


def test_waits_double_and_half_of_each_is_left_to_chance() -> None:
    slept: list[float] = []
    assert fail_always(BrokenPipeError(), slept) == 4
    assert slept == [1.5, 3.0, 6.0]


def test_a_final_failure_is_raised_as_it_is_at_once() -> None:
    slept: list[float] = []
    assert fail_always(ProgrammingError({"C": "42P01", "M": "no such relation"}), slept) == 1
    assert slept == []


def test_a_scan_error_is_one_line_with_its_query_and_no_signature() -> None:
    """A scan error becomes one line with its query and without a signature."""
    said = read_server_error(ProgrammingError(SCAN_ERROR))
    assert said.query_identifier == 4711
    assert said.line.startswith("XX000 Spectrum Scan Error error: Spectrum Scan Error code: 15007 context: File 'https://s3.us-east-1")
    assert "\n" not in said.line
    assert "Signature" not in said.line
    assert "AKIA" not in said.line
