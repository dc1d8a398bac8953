"""COPY of Parquet from S3: what it loads, what it refuses, and the evidence it leaves."""

# ruff: noqa: DTZ001 - a TIMESTAMP has no time zone

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from tests.integration.redshift.conftest import BUCKET, KEY, ROLE, Client, Lake

pytestmark = pytest.mark.embedded

PARQUET = f"iam_role '{ROLE}' format as parquet"
SESSION = date(2026, 11, 18)
BARS = pa.table(
    {
        "symbol": pa.array(["IBM", "AAPL"]),
        "session_date": pa.array([SESSION, SESSION]),
        "close": pa.array([Decimal("1.500000"), Decimal("2.250000")], pa.decimal128(18, 6)),
        "volume": pa.array([1, 2], pa.int64()),
    }
)
LOADED = [("AAPL", SESSION, Decimal("2.250000"), 2), ("IBM", SESSION, Decimal("1.500000"), 1)]
COUNT = "select count(*) from bars"


@pytest.fixture
def bars(client: Client) -> Client:
    client.run("create table bars (symbol varchar(10) not null, session_date date, close numeric(18,6), volume bigint)")
    return client


@pytest.fixture
def prefix(database: str) -> str:
    return database


def test_a_prefix_loads_every_file_under_it(bars: Client, lake: Lake, prefix: str) -> None:
    lake.put_table(f"{prefix}/a.parquet", BARS)
    lake.put_table(f"{prefix}/b.parquet", BARS)
    bars.run(f"copy bars from 's3://{BUCKET}/{prefix}/' {PARQUET}")
    assert bars.run(COUNT) == [(4,)]
    assert bars.run("select pg_last_copy_count()") == [(4,)]
    assert b"4 record(s) loaded" in bars.connection.notices[-1][b"M"]


def test_a_prefix_without_a_slash_also_loads_its_neighbours(bars: Client, lake: Lake, prefix: str) -> None:
    lake.put_table(f"{prefix}/p/a.parquet", BARS)
    lake.put_table(f"{prefix}/p_old/a.parquet", BARS)
    bars.run(f"copy bars from 's3://{BUCKET}/{prefix}/p' {PARQUET}")
    assert bars.run(COUNT) == [(4,)]


def test_a_manifest_loads_exactly_what_it_names(bars: Client, lake: Lake, prefix: str) -> None:
    named = lake.put_table(f"{prefix}/a.parquet", BARS)
    lake.put_table(f"{prefix}/stray.parquet", BARS)
    manifest = lake.put_manifest(f"{prefix}/manifest.json", named)
    bars.run(f"copy bars from '{manifest}' {PARQUET} manifest")
    assert bars.run("select * from bars order by symbol") == LOADED


def test_columns_are_taken_by_position_never_by_name(bars: Client, lake: Lake, prefix: str) -> None:
    uri = lake.put_table(f"{prefix}/a.parquet", BARS.rename_columns(["session_date", "symbol", "volume", "close"]))
    bars.run(f"copy bars from '{uri}' {PARQUET}")
    assert bars.run("select * from bars order by symbol") == LOADED


def test_a_column_list_says_where_the_values_go_and_defaults_fill_the_rest(client: Client, lake: Lake, prefix: str) -> None:
    client.run(
        "create table bars (loaded_at timestamp default getdate(), close numeric(18,6), id bigint identity(1,1), symbol varchar(10))"
    )
    uri = lake.put_table(f"{prefix}/a.parquet", BARS.select(["symbol", "close"]))
    client.run(f"copy bars (symbol, close) from '{uri}' {PARQUET}")
    assert client.run("select symbol, close, loaded_at is null, id from bars order by id") == [
        ("IBM", Decimal("1.500000"), False, 1),
        ("AAPL", Decimal("2.250000"), False, 2),
    ]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"use_deprecated_int96_timestamps": True}, id="INT96"),
        pytest.param({"coerce_timestamps": "us"}, id="INT64"),
        pytest.param({"use_deprecated_int96_timestamps": True, "store_decimal_as_integer": True}, id="INT64 decimals"),
    ],
)
def test_every_way_pyarrow_stores_decimals_and_timestamps_is_read_exactly(
    client: Client, lake: Lake, prefix: str, options: dict[str, Any]
) -> None:
    at = datetime(2026, 11, 19, 22, 0, 1, 123456)
    table = pa.table(
        {
            "close": pa.array([Decimal("123456789012.345678"), None], pa.decimal128(18, 6)),
            "factor": pa.array([Decimal("1.0000000000001"), Decimal(-2)], pa.decimal128(28, 13)),
            "at": pa.array([at, None], pa.timestamp("us")),
        }
    )
    client.run("create table exact (close numeric(18,6), factor numeric(28,13), at timestamp)")
    client.run(f"copy exact from '{lake.put_table(f'{prefix}/a.parquet', table, **options)}' {PARQUET}")
    assert client.run("select * from exact order by factor") == [
        (None, Decimal("-2.0000000000000"), None),
        (Decimal("123456789012.345678"), Decimal("1.0000000000001"), at),
    ]


def test_decimal64_columns_of_arrow_are_read(client: Client, lake: Lake, prefix: str) -> None:
    table = pa.table({"close": pa.array([Decimal("1.500000")], pa.decimal64(18, 6))})
    client.run("create table exact (close numeric(18,6))")
    client.run(f"copy exact from '{lake.put_table(f'{prefix}/a.parquet', table)}' {PARQUET}")
    assert client.run("select close from exact") == [(Decimal("1.500000"),)]


def test_a_timestamp_with_a_zone_goes_into_timestamptz(client: Client, lake: Lake, prefix: str) -> None:
    at = datetime(2026, 11, 19, 22, 0, tzinfo=UTC)
    client.run("create table t (at timestamptz)")
    client.run(
        f"copy t from '{lake.put_table(f'{prefix}/a.parquet', pa.table({'at': pa.array([at], pa.timestamp('us', 'UTC'))}))}' {PARQUET}"
    )
    assert client.run("select at from t") == [(at,)]


def test_fillrecord_leaves_missing_trailing_columns_null(bars: Client, lake: Lake, prefix: str) -> None:
    uri = lake.put_table(f"{prefix}/a.parquet", BARS.select([0, 1, 2]))
    bars.run(f"copy bars from '{uri}' {PARQUET} fillrecord")
    assert bars.run("select volume from bars") == [(None,), (None,)]


def test_rows_of_several_row_groups_arrive_once_each(bars: Client, lake: Lake, prefix: str) -> None:
    uri = lake.put_table(f"{prefix}/a.parquet", pa.concat_tables([BARS] * 10), row_group_size=3)
    bars.run(f"copy bars from '{uri}' {PARQUET}")
    assert bars.run("select symbol, count(*) from bars group by 1 order by 1") == [("AAPL", 10), ("IBM", 10)]


def changed(position: int, name: str, values: Any) -> pa.Table:
    return BARS.set_column(position, name, values)


@pytest.mark.parametrize(
    ("table", "code", "words"),
    [
        pytest.param(BARS.append_column("more", pa.array([1, 2])), 15007, "Unmatched number of columns", id="one more column"),
        pytest.param(BARS.select([0, 1, 2]), 15007, "Unmatched number of columns", id="one column less"),
        pytest.param(changed(2, "close", pa.array([1.5, 2.5])), 15007, "incompatible Parquet schema", id="float for numeric"),
        pytest.param(
            changed(2, "close", BARS["close"].cast(pa.decimal128(18, 4))), 15007, "incompatible Parquet schema", id="another scale"
        ),
        pytest.param(changed(3, "volume", pa.array([1, 2], pa.int32())), 15007, "incompatible Parquet schema", id="int for bigint"),
        pytest.param(changed(1, "day", pa.array(["a", "b"])), 15007, "incompatible Parquet schema", id="text for date"),
        pytest.param(changed(0, "symbol", pa.array(["IBM", "ÜBERLANGÜ"])), 15001, "Table: 10, Data: 11", id="too many bytes"),
    ],
)
def test_a_file_that_does_not_fit_ends_in_a_spectrum_scan_error(
    bars: Client, lake: Lake, prefix: str, table: pa.Table, code: int, words: str
) -> None:
    uri = lake.put_table(f"{prefix}/a.parquet", table)
    told = bars.fails(f"copy bars from '{uri}' {PARQUET}")
    assert (told["C"], told["M"]) == ("XX000", "Spectrum Scan Error")
    assert f"code:      {code}" in told["D"]
    assert words in told["D"]
    assert bars.run(COUNT) == [(0,)]
    rows = bars.run("select error_code, error_message, file_name from sys_load_error_detail where query_id = pg_last_copy_id()")
    assert [(error, words in message, file) for error, message, file in rows] == [(code, True, uri)]


def test_a_decimal_of_another_byte_length_is_refused(client: Client, lake: Lake, prefix: str) -> None:
    client.run("create table t (close numeric(18,6))")
    wide = pa.table({"close": pa.array([Decimal(1)], pa.decimal128(28, 6))})
    assert "incompatible Parquet schema" in client.fails(f"copy t from '{lake.put_table(f'{prefix}/a.parquet', wide)}' {PARQUET}")["D"]


def test_a_null_where_none_may_be_is_load_error_1213(bars: Client, lake: Lake, prefix: str) -> None:
    uri = lake.put_table(f"{prefix}/a.parquet", changed(0, "symbol", pa.array(["IBM", None])))
    told = bars.fails(f"copy bars from '{uri}' {PARQUET}")
    assert "Check 'sys_load_error_detail'" in told["M"]
    assert bars.run("select err_code, colname from stl_load_errors where query = pg_last_copy_id()") == [(1213, "symbol")]


def test_one_bad_file_loads_none(bars: Client, lake: Lake, prefix: str) -> None:
    good = lake.put_table(f"{prefix}/a.parquet", BARS)
    bad = lake.put_table(f"{prefix}/b.parquet", BARS.select([0]))
    manifest = lake.put_manifest(f"{prefix}/manifest.json", good, bad)
    bars.fails(f"copy bars from '{manifest}' {PARQUET} manifest")
    assert bars.run(COUNT) == [(0,)]
    assert bars.run("select pg_last_copy_count()") == [(0,)]


def test_the_count_of_the_last_copy_is_zero_after_a_failed_load(bars: Client, lake: Lake, prefix: str) -> None:
    """The count of the last COPY stays after a wrong text, and is zero after a failed load."""
    uri = lake.put_table(f"{prefix}/a.parquet", BARS)
    bars.run(f"copy bars from '{uri}' {PARQUET}")
    bars.fails(f"copy bars from '{uri}' {PARQUET} maxerror 5")
    assert bars.run("select pg_last_copy_count()") == [(2,)]
    bars.fails(f"copy bars from 's3://{BUCKET}/{prefix}/nothing' {PARQUET}")
    assert bars.run("select pg_last_copy_count()") == [(0,)]


def test_the_history_tells_of_loads_that_were_rolled_back_as_well(bars: Client, lake: Lake, prefix: str) -> None:
    uri = lake.put_table(f"{prefix}/a.parquet", BARS)
    bars.connection.autocommit = False
    bars.run(f"copy bars from '{uri}' {PARQUET}")
    assert bars.run("select loaded_rows from sys_load_history where query_id = pg_last_copy_id()") == [(2,)]
    bars.rollback()
    bars.fails(f"copy bars from '{uri}x' {PARQUET}")
    bars.rollback()
    rows = bars.run("select table_name, status, loaded_rows, source_file_count, data_source from sys_load_history order by query_id")
    assert rows == [("bars", "completed", 2, 1, uri), ("bars", "aborted", 0, 0, f"{uri}x")]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"meta": None}, "content_length"),
        ({"meta": {"content_length": 1}}, "does not match"),
        ({"meta": {"content_length": 1_000_000}}, "does not match"),
        ({"url": f"s3://{BUCKET}/missing.parquet"}, "mandatory file"),
    ],
)
def test_a_manifest_that_lies_is_refused(bars: Client, lake: Lake, prefix: str, changes: dict[str, Any], words: str) -> None:
    manifest = lake.put_manifest(f"{prefix}/manifest.json", lake.put_table(f"{prefix}/a.parquet", BARS), **changes)
    told = bars.fails(f"copy bars from '{manifest}' {PARQUET} manifest")
    assert words in told["M"] + told.get("D", "")
    assert bars.run(COUNT) == [(0,)]


def test_a_missing_file_that_is_not_mandatory_is_skipped_silently(bars: Client, lake: Lake, prefix: str) -> None:
    there = lake.put_table(f"{prefix}/a.parquet", BARS)
    manifest = lake.put_manifest(f"{prefix}/manifest.json", there, there, mandatory=None)
    text = lake.s3.get_object(Bucket=BUCKET, Key=f"{prefix}/manifest.json")["Body"].read().replace(b"a.parquet", b"z.parquet", 1)
    lake.put(f"{prefix}/manifest.json", text)
    bars.run(f"copy bars from '{manifest}' {PARQUET} manifest")
    assert bars.run(COUNT) == [(2,)]


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b'{"files": []}', b'{"entries": [{"mandatory": true}]}'])
def test_a_manifest_that_is_none_is_refused(bars: Client, lake: Lake, prefix: str, body: bytes) -> None:
    manifest = lake.put(f"{prefix}/manifest.json", body)
    assert "Problem reading manifest file" in bars.fails(f"copy bars from '{manifest}' {PARQUET} manifest")["M"]


def test_a_missing_manifest_prefix_or_bucket_is_told(bars: Client, prefix: str) -> None:
    assert "Status 404" in bars.fails(f"copy bars from 's3://{BUCKET}/{prefix}/no.json' {PARQUET} manifest")["M"]
    assert "does not exist" in bars.fails(f"copy bars from 's3://{BUCKET}/{prefix}/no' {PARQUET}")["M"]
    assert "NoSuchBucket" in bars.fails(f"copy bars from 's3://no-such-bucket/x' {PARQUET}")["M"]


def test_a_file_that_is_no_parquet_is_refused(bars: Client, lake: Lake, prefix: str) -> None:
    uri = lake.put(f"{prefix}/a.parquet", b"symbol,close")
    assert "no Parquet file" in bars.fails(f"copy bars from '{uri}' {PARQUET}")["D"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("region 'us-east-1'", "REGION argument is not supported for PARQUET based COPY"),
        ("maxerror 5", "MAXERROR argument is not supported for PARQUET based COPY"),
        ("acceptanydate", "ACCEPTANYDATE argument is not supported for PARQUET based COPY"),
        ("gzip", "GZIP argument is not supported for PARQUET based COPY"),
    ],
)
def test_an_option_redshift_refuses_with_parquet_is_refused(bars: Client, options: str, words: str) -> None:
    told = bars.fails(f"copy bars from 's3://{BUCKET}/x' {PARQUET} {options}")
    assert (told["C"], told["M"]) == ("0A000", words)


def test_a_role_that_is_not_allowed_or_missing_is_refused(bars: Client, lake: Lake, prefix: str) -> None:
    uri = lake.put_table(f"{prefix}/a.parquet", BARS)
    assert "Not authorized" in bars.fails(f"copy bars from '{uri}' iam_role 'arn:aws:iam::1:role/other' format parquet")["M"]
    assert bars.sqlstate(f"copy bars from '{uri}' format parquet") == "42601"
    bars.run(f"copy bars from '{uri}' iam_role default format parquet maxerror 0 statupdate off")
    bars.run(f"copy bars from '{uri}' access_key_id '{KEY}' secret_access_key '{KEY}' format parquet")
    assert bars.run(COUNT) == [(4,)]


def test_an_unknown_target_or_column_is_told(bars: Client) -> None:
    assert bars.sqlstate(f"copy nope from 's3://{BUCKET}/x' {PARQUET}") == "42P01"
    assert bars.sqlstate(f"copy bars (symbol, nope) from 's3://{BUCKET}/x' {PARQUET}") == "42703"
    assert bars.sqlstate(f"copy bars (symbol, symbol) from 's3://{BUCKET}/x' {PARQUET}") == "42701"


def test_unload_writes_what_copy_can_read(bars: Client, lake: Lake, prefix: str) -> None:
    bars.run(f"copy bars from '{lake.put_table(f'{prefix}/a.parquet', BARS)}' {PARQUET}")
    bars.run(
        f"unload ('select * from bars where symbol = ''IBM''') to 's3://{BUCKET}/{prefix}/out/' iam_role '{ROLE}' format parquet manifest"
    )
    bars.run(f"copy bars from 's3://{BUCKET}/{prefix}/out/manifest' {PARQUET} manifest")
    assert bars.run("select symbol, count(*) from bars group by 1 order by 1") == [("AAPL", 1), ("IBM", 2)]
    assert bars.sqlstate(f"unload ('select 1') to 's3://{BUCKET}/x' iam_role '{ROLE}' orc") == "42601"
