"""COPY of CSV, delimited text and JSON: what is loaded, what becomes NULL, and which record did not fit and why."""

# ruff: noqa: DTZ001 - a TIMESTAMP has no time zone

import bz2
import gzip
import json
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
import redshift_connector

from tests.integration.redshift.conftest import BUCKET, ROLE, Client, Lake

pytestmark = pytest.mark.embedded

AUTHORIZED = f"iam_role '{ROLE}'"
ERRORS = "select line_number, colname, err_code, raw_field_value, raw_line from stl_load_errors order by line_number"


@pytest.fixture
def load(client: Client, lake: Lake, database: str) -> Any:
    client.run("create table t (i int, n decimal(8,2), v varchar(5), d date, at timestamp, b boolean)")

    def copied(body: str | bytes, options: str, table: str = "t") -> list[tuple[Any, ...]]:
        lake.put(f"{database}/f", body.encode() if isinstance(body, str) else body)
        client.run(f"copy {table} from 's3://{BUCKET}/{database}/f' {AUTHORIZED} {options}")
        return client.run(f"select * from {table.partition('(')[0]} order by 1")

    return copied


def failed(load: Any, body: str | bytes, options: str, table: str = "t") -> str:
    with pytest.raises(redshift_connector.Error) as raised:
        load(body, options, table)
    return str(raised.value.args[0]["M"])


FULL = (1, Decimal("2.50"), "a,b", date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5), True)


def test_csv_is_loaded_with_quotes_header_and_blank_values(load: Any) -> None:
    body = 'i,n,v,d,at,b\n1,2.5,"a,b",2026-01-02,2026-01-02 03:04:05,t\n2,,,,,\n3,2.999,"a""b",,,no\n'
    assert load(body, "csv ignoreheader 1") == [
        FULL,
        (2, None, "", None, None, None),
        (3, Decimal("2.99"), 'a"b', None, None, False),
    ]


def test_the_default_is_text_with_bars(load: Any) -> None:
    assert load("1|2.5|a,b|2026-01-02|2026-01-02 03:04:05|true\n", "") == [FULL]


@pytest.mark.parametrize(
    ("body", "options", "expected"),
    [
        ("1;'a;b'\n", "csv delimiter ';' quote as ''''", (1, "a;b")),
        ("1\ta\n", r"delimiter '\t'", (1, "a")),
        ('1|"a"\n', "removequotes", (1, "a")),
        ("1|a\\|b\\\\\n", "escape", (1, "a|b\\")),
        ("1|a\\\nb\n", "escape", (1, "a\nb")),
        ("1|\\N\n", "", (1, None)),
        ("1|nil\n", "null as 'nil'", (1, None)),
        ("1|\n", "", (1, "")),
        ("1|\n", "emptyasnull", (1, None)),
        ("1|  \n", "blanksasnull", (1, None)),
        ("1|a  \n", "trimblanks", (1, "a")),
        ("1|abcdefg\n", "truncatecolumns", (1, "abcde")),
        ("1\n", "fillrecord", (1, "")),
        ("\n\n1|a\n", "ignoreblanklines", (1, "a")),
        ("00001abc\n", "fixedwidth 'i:5,v:3'", (1, "abc")),
        ("1|é\n".encode("utf-16"), "encoding utf16", (1, "é")),
        (b"1|a\xffb\n", "acceptinvchars as '^'", (1, "a^b")),
        ('{"v": "a", "i": 1, "other": 2}', "json 'auto'", (1, "a")),
        ('{"I": 1, "V": "a"}', "json 'auto ignorecase'", (1, "a")),
        ('{"i": 1}', "json 'auto'", (1, None)),
        ('{"i": 1, "v": {"x": [1, true]}}', "json 'auto' truncatecolumns", (1, '{"x":')),
    ],
)
def test_each_option_is_honoured(client: Client, load: Any, body: str | bytes, options: str, expected: tuple[Any, ...]) -> None:
    client.run("create table two (i int, v varchar(5))")
    assert load(body, options, "two") == [expected]


@pytest.mark.parametrize(
    ("options", "text", "expected"),
    [
        ("dateformat 'MM/DD/YYYY'", "01/02/2026", date(2026, 1, 2)),
        ("dateformat 'DD-MON-YY'", "02-Jan-26", date(2026, 1, 2)),
        ("dateformat 'auto'", "Jan 02, 2026", date(2026, 1, 2)),
        ("dateformat 'auto'", "1/2/26", date(2026, 1, 2)),
        ("dateformat 'YYYY-MM-DD' acceptanydate", "00/00/00", None),
    ],
)
def test_dates_are_read_by_their_format(client: Client, load: Any, options: str, text: str, expected: date | None) -> None:
    client.run("create table days (d date)")
    assert load(f"{text}\n", options, "days") == [(expected,)]


def test_a_time_keeps_its_half_of_the_day(client: Client, load: Any) -> None:
    client.run("create table clocks (at time)")
    assert load("10:11:12 PM\n", "", "clocks") == [(time(22, 11, 12),)]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ("timeformat 'epochsecs'", "1767323045"),
        ("timeformat 'epochmillisecs'", "1767323045000"),
        ("timeformat 'DD.MM.YYYY HH24:MI:SS'", "02.01.2026 03:04:05"),
        ("timeformat 'auto'", "01/02/2026 03:04:05"),
        ("timeformat 'auto'", "1/2/26 03:04:05 AM"),
    ],
)
def test_timestamps_are_read_by_their_format(client: Client, load: Any, options: str, text: str) -> None:
    client.run("create table moments (at timestamp)")
    assert load(f"{text}\n", options, "moments") == [(datetime(2026, 1, 2, 3, 4, 5),)]


@pytest.mark.parametrize(("option", "pack"), [("gzip", gzip.compress), ("bzip2", bz2.compress), ("zstd", pa.Codec("zstd").compress)])
def test_compressed_files_are_loaded(client: Client, load: Any, option: str, pack: Any) -> None:
    client.run("create table two (i int, v varchar(5))")
    body = pack(b"1,a\n")
    packed = body if isinstance(body, bytes) else body.to_pybytes()
    assert load(packed, f"csv {option}", "two") == [(1, "a")]
    assert "not compressed" in failed(load, "1,a\n", f"csv {option}", "two")


@pytest.mark.parametrize(
    ("line", "column", "code", "value"),
    [
        ("x|1|a|||", "i", 1207, "x"),
        ("99999999999|1|a|||", "i", 1207, "99999999999"),
        ("1|1.2.3|a|||", "n", 1207, "1.2.3"),
        ("1|1234567|a|||", "n", 1207, "1234567"),
        ("1|1|abcdef|||", "v", 1204, "abcdef"),
        ("1|1|a|02.01.2026||", "d", 1205, "02.01.2026"),
        ("1|1|a||soon|", "at", 1206, "soon"),
        ("1|1|a|||maybe", "b", 1210, "maybe"),
        ("1|1|a", "", 1214, ""),
        ("1|1|a||||", "", 1202, ""),
    ],
)
def test_what_does_not_fit_is_told_with_line_column_and_code(
    client: Client, load: Any, line: str, column: str, code: int, value: str
) -> None:
    message = failed(load, f"1|1|a|||\n{line}\n", "")
    assert message == "Load into table 't' failed.  Check 'sys_load_error_detail' system table for details."
    assert client.run(ERRORS) == [(2, column, code, value, line)]
    assert client.run("select count(*) from t") == [(0,)]
    assert client.run("select error_code, line_number from sys_load_error_detail") == [(code, 2)]


def test_fewer_errors_than_maxerror_do_not_end_a_load(client: Client, load: Any) -> None:
    client.run("create table few (i int not null)")
    body = "1\nx\n\\N\n4\n"
    assert load(body, "maxerror 3", "few") == [(1,), (4,)]
    assert b"2 record(s) could not be loaded" in client.connection.notices[-1][b"M"]
    assert [row[1:3] for row in client.run(ERRORS)] == [("i", 1207), ("i", 1213)]
    assert client.run("select loaded_rows, error_count, file_format from sys_load_history") == [(2, 2, "delimited")]
    failed(load, body, "maxerror 2", "few")
    assert client.run("select count(*) from few") == [(2,)]


def test_noload_checks_and_stores_nothing(client: Client, load: Any) -> None:
    client.run("create table few (i int)")
    assert load("1\n2\n", "noload", "few") == []
    failed(load, "x\n", "noload", "few")


def test_jsonpaths_say_where_each_column_is(client: Client, lake: Lake, database: str, load: Any) -> None:
    client.run("create table two (i int, v varchar(5))")
    paths = lake.put(f"{database}_paths", json.dumps({"jsonpaths": ["$.a['b'][1]", "$.v"]}).encode())
    assert load('{"a": {"b": [7, 8]}, "v": "x"}\n{"v": "y"}', f"json '{paths}'", "two") == [(8, "x"), (None, "y")]
    short = lake.put(f"{database}_short", json.dumps({"jsonpaths": ["$.v"]}).encode())
    assert "should match" in failed(load, "{}", f"json '{short}'", "two")


def test_documents_go_into_super_whole_or_by_column(client: Client, load: Any) -> None:
    client.run("create table whole (s super)")
    client.run("create table part (i int, s super)")
    load('{"a": 1}\n{"a": [2]}', "json 'noshred'", "whole")
    assert sorted(client.run("select json_serialize(s.a) from whole")) == [("1",), ("[2]",)]
    load('{"i": 1, "s": {"x": "y"}}', "json 'auto'", "part")
    assert client.run("select s.x::varchar from part") == [("y",)]
    load('2|{"x": "z"}\n', "", "part")
    assert client.run("select s.x::varchar from part where i = 2") == [("z",)]
    failed(load, "3|{no\n", "", "part")


def test_a_broken_document_is_one_error(client: Client, load: Any) -> None:
    client.run("create table few (i int)")
    assert load('{"i": 1}\n{"i": \n{"i": 3}\n', "json 'auto' maxerror 5", "few") == [(1,), (3,)]
    assert [row[2] for row in client.run(ERRORS)] == [1216]


def test_bytes_that_are_no_text_are_an_error_of_their_line(client: Client, load: Any) -> None:
    client.run("create table few (v varchar(9))")
    assert load(b"a\n\xff\nb\n", "maxerror 5", "few") == [("a",), ("b",)]
    assert [row[2] for row in client.run(ERRORS)] == [1220]


def test_a_quote_of_csv_may_hold_line_ends(client: Client, load: Any) -> None:
    client.run("create table two (i int, v varchar(9))")
    assert load('1,"a\nb"\nx,c\n', "csv maxerror 2", "two") == [(1, "a\nb")]
    assert client.run(ERRORS) == [(3, "i", 1207, "x", "x,c")]
