import io
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.curation.errors import ParquetDoesNotFit
from tasks.curation.parquet import check_footer, to_parquet
from tasks.datasets import DATASETS
from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.schema import Column, TableSchema

ROWS = [
    {
        "symbol": symbol,
        "session_date": session,
        "open": Decimal("999999999999.999999"),
        "high": Decimal("-0.000001"),
        "low": Decimal("218.200000"),
        "close": Decimal("344970.000000"),
        "volume": 2**63 - 1,
        "row_hash": -(2**63),
        "observed_at": datetime(2026, 11, 20, 12, 0, 0, 123456),  # noqa: DTZ001 - the column has no zone
        "capture_key": f"raw/alpha_vantage/time_series_daily/{symbol}",
    }
    for session in (date(1962, 1, 2), date(2026, 11, 19))
    for symbol in ("-P-HIZ", "ACWV:BAT", "NA", "NAN")
]
TABLE = pa.Table.from_pylist(ROWS, schema=DAILY_PRICES.arrow)
NULLABLE = replace(DAILY_PRICES, columns=tuple(replace(column, nullable=True) for column in DAILY_PRICES.columns))


def write(table: pa.Table, **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **{"store_decimal_as_integer": True, "use_deprecated_int96_timestamps": True} | options)
    return sink.getvalue()


def recast(name: str, arrow: pa.DataType) -> pa.Table:
    position = DAILY_PRICES.arrow.get_field_index(name)
    return TABLE.set_column(position, pa.field(name, arrow, nullable=False), TABLE.column(name).cast(arrow))


def test_what_is_written_reads_back_exactly() -> None:
    table = pq.read_table(io.BytesIO(to_parquet(TABLE, DAILY_PRICES)))

    assert table.to_pylist() == ROWS
    assert table.schema.field("open").type == pa.decimal64(18, 6)


def test_another_engine_reads_the_same_values_and_types(tmp_path: Path) -> None:
    path = tmp_path / "bars.parquet"
    path.write_bytes(to_parquet(TABLE, DAILY_PRICES))

    with duckdb.connect() as connection:
        described = connection.execute("DESCRIBE FROM read_parquet(?)", [str(path)]).fetchall()
        rows = connection.execute("FROM read_parquet(?)", [str(path)]).fetchall()
    types = {name: kind for name, kind, *_ in described}

    assert rows == [tuple(row.values()) for row in ROWS]
    assert types["open"] == "DECIMAL(18,6)"
    assert types["observed_at"] == "TIMESTAMP"


def test_decimals_are_stored_as_int64_and_instants_as_int96() -> None:
    schema = pq.ParquetFile(io.BytesIO(to_parquet(TABLE, DAILY_PRICES))).schema
    physical = [schema.column(position).physical_type for position in range(len(DAILY_PRICES.columns))]

    assert physical == ["BYTE_ARRAY", "INT32", "INT64", "INT64", "INT64", "INT64", "INT64", "INT64", "INT96", "BYTE_ARRAY"]


def test_only_strings_have_dictionaries_and_everything_is_zstd() -> None:
    group = pq.ParquetFile(io.BytesIO(to_parquet(TABLE, DAILY_PRICES))).metadata.row_group(0)
    columns = [group.column(position) for position in range(group.num_columns)]

    assert [column.path_in_schema for column in columns if column.has_dictionary_page] == ["symbol", "capture_key"]
    assert {column.compression for column in columns} == {"ZSTD"}
    session = columns[1].statistics
    assert session is not None
    assert (session.min, session.max) == (date(1962, 1, 2), date(2026, 11, 19))


def test_equal_tables_give_equal_bytes() -> None:
    pieces = pa.concat_tables([TABLE.slice(0, 3), TABLE.slice(3)])

    assert to_parquet(pieces, DAILY_PRICES) == to_parquet(TABLE, DAILY_PRICES)


def test_a_file_that_was_just_written_fits() -> None:
    check_footer(to_parquet(TABLE, DAILY_PRICES), DAILY_PRICES, rows=8)
    check_footer(to_parquet(TABLE.slice(0, 0), DAILY_PRICES), DAILY_PRICES, rows=0)


def test_a_table_of_other_columns_is_not_written() -> None:
    with pytest.raises(ParquetDoesNotFit, match="does not have the columns"):
        to_parquet(TABLE.drop_columns(["row_hash"]), DAILY_PRICES)


@pytest.mark.parametrize(
    ("parquet", "column", "found", "taken"),
    [
        (write(TABLE, store_decimal_as_integer=False), "open", "FIXED_LEN_BYTE_ARRAY DECIMAL(18,6)", "INT64 DECIMAL(18,6)"),
        (write(TABLE, use_deprecated_int96_timestamps=False), "observed_at", "INT64 TIMESTAMP", "INT96 NONE"),
        (write(recast("close", pa.float64())), "close", "DOUBLE NONE", "INT64 DECIMAL(18,6)"),
        (write(recast("low", pa.decimal128(20, 6))), "low", "FIXED_LEN_BYTE_ARRAY DECIMAL(20,6)", "INT64 DECIMAL(18,6)"),
        (write(recast("session_date", pa.timestamp("us"))), "session_date", "INT96 NONE", "INT32 DATE"),
        (write(recast("session_date", pa.string())), "session_date", "BYTE_ARRAY STRING", "INT32 DATE"),
        (write(recast("symbol", pa.binary())), "symbol", "BYTE_ARRAY NONE", "BYTE_ARRAY STRING"),
        (write(TABLE.cast(NULLABLE.arrow)), "symbol", "BYTE_ARRAY STRING OPTIONAL", "BYTE_ARRAY STRING REQUIRED"),
    ],
)
def test_a_type_that_copy_would_refuse_is_named_with_both_sides(parquet: bytes, column: str, found: str, taken: str) -> None:
    with pytest.raises(ParquetDoesNotFit) as refused:
        check_footer(parquet, DAILY_PRICES)

    assert f"column {column}: the file has {found}" in refused.value.fact
    assert f"the table takes {taken}" in refused.value.fact


def test_a_decimal_of_another_scale_is_refused() -> None:
    lows = TABLE.column("low").cast(pa.decimal64(18, 4), safe=False)
    table = TABLE.set_column(4, pa.field("low", lows.type, nullable=False), lows)

    with pytest.raises(ParquetDoesNotFit, match=r"column low: the file has INT64 DECIMAL\(18,4\)"):
        check_footer(write(table), DAILY_PRICES)


@pytest.mark.parametrize("names", [["volume", "row_hash"], ["row_hash"]])
def test_columns_in_another_order_or_number_are_refused(names: list[str]) -> None:
    swapped = [name for name in DAILY_PRICES.column_names if name not in {"volume", "row_hash"}] + names

    with pytest.raises(ParquetDoesNotFit, match="columns, in this order"):
        check_footer(write(TABLE.select(swapped)), DAILY_PRICES)


def test_a_file_of_another_row_count_is_refused() -> None:
    with pytest.raises(ParquetDoesNotFit, match="rows: the file has 8, the table takes 9"):
        check_footer(to_parquet(TABLE, DAILY_PRICES), DAILY_PRICES, rows=9)


@pytest.mark.parametrize("dictionary", [True, False])
def test_the_length_of_a_string_is_counted_in_bytes(dictionary: bool) -> None:  # noqa: FBT001 - a parameter of the test
    fitting, too_long = "é" * 256, "é" * 256 + "x"
    for text in (fitting, too_long):
        keys = pa.chunked_array([[text] + ["x" * 300] * 7], pa.string())
        parquet = write(TABLE.set_column(9, DAILY_PRICES.arrow.field("capture_key"), keys), use_dictionary=dictionary, row_group_size=3)
        if text is fitting:
            check_footer(parquet, DAILY_PRICES)
        else:
            with pytest.raises(ParquetDoesNotFit, match="column capture_key: the file has 513 bytes, the table takes 512"):
                check_footer(parquet, DAILY_PRICES)


@pytest.mark.parametrize("parquet", [b"", b"PAR1", b"no parquet at all", to_parquet(TABLE, DAILY_PRICES)[:-5]])
def test_what_is_no_parquet_file_is_refused(parquet: bytes) -> None:
    with pytest.raises(ParquetDoesNotFit, match="is not a Parquet file"):
        check_footer(parquet, DAILY_PRICES)


def test_long_decimals_fit_as_fixed_bytes_and_short_ones_as_int32() -> None:
    columns = (
        Column("ratio", pa.decimal128(28, 13), "numeric(28,13)"),
        Column("rate", pa.decimal64(9, 4), "numeric(9,4)", nullable=True),
    )
    dataset = TableSchema("other", "market.other", key=("ratio",), values=("ratio",), columns=columns)
    table = pa.Table.from_pylist([{"ratio": Decimal("7.0000070000100"), "rate": None}], schema=dataset.arrow)

    parquet = to_parquet(table, dataset)

    check_footer(parquet, dataset, rows=1)
    assert pq.read_table(io.BytesIO(parquet)).to_pylist() == table.to_pylist()


@pytest.mark.parametrize("dataset", [dataset.schema for dataset in DATASETS.values()], ids=DATASETS.keys())
def test_the_arrow_types_of_a_dataset_fit_its_ddl(dataset: TableSchema) -> None:
    check_footer(to_parquet(dataset.arrow.empty_table(), dataset), dataset, rows=0)
