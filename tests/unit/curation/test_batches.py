"""Curated rows taken in and given out batch by batch: the same rows and, for equal rows, the same bytes."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks import arrays
from tasks.curation.curate import curate, curated
from tasks.curation.errors import IncompleteBar
from tasks.curation.parquet import check_footer, write_curated_rows
from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.datasets.dividends import SCHEMA as DIVIDENDS
from tasks.schema import INSTANT, PRICE

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TYPES: dict[str, pa.DataType] = {
    "symbol": pa.string(),
    "session_date": pa.date32(),
    **dict.fromkeys(("open", "high", "low", "close"), PRICE),
    "volume": pa.int64(),
    "observed_at": INSTANT,
    "capture_key": pa.string(),
}
SCHEMA = pa.schema(TYPES)
NAMES = pa.dictionary(pa.int32(), pa.string())
ENCODED = pa.schema([(field.name, NAMES if pa.types.is_string(field.type) else field.type) for field in SCHEMA])


def bars(count: int, seed: int = 1) -> list[dict[str, Any]]:
    random = Random(seed)  # noqa: S311 - no secret is made
    return [
        {
            "symbol": random.choice(["A", "BRK-B", "NA", "Z"]),
            "session_date": date(2026, 1, 1) + timedelta(days=random.randrange(20)),
            **{name: Decimal(random.randrange(1, 10**9)) / 10_000 for name in ("open", "high", "low", "close")},
            "volume": random.randrange(2**62),
            "observed_at": NOON + timedelta(hours=random.randrange(3)),
            "capture_key": f"raw/{random.randrange(5)}",
        }
        for _ in range(count)
    ]


def in_batches(rows: Sequence[dict[str, Any]], size: int, schema: pa.Schema = ENCODED) -> Iterator[pa.RecordBatch]:
    """Batches that each have a dictionary of their own, as the reader gives them."""
    for begin in range(0, len(rows), size):
        yield from pa.Table.from_pylist(list(rows[begin : begin + size]), schema=SCHEMA).cast(schema).to_batches()


def written(rows: Sequence[dict[str, Any]], size: int) -> bytes:
    sink = io.BytesIO()
    write_curated_rows(curated(in_batches(rows, size), DAILY_PRICES), sink)
    return sink.getvalue()


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_batches_give_the_rows_that_one_table_gives(size: int) -> None:
    rows = bars(300)
    whole = curate(pa.Table.from_pylist(rows, schema=SCHEMA), DAILY_PRICES)
    found = curated(in_batches(rows, size), DAILY_PRICES)
    assert found.num_rows == whole.num_rows < 300
    assert found.table() == whole
    given = pa.Table.from_batches(found.batches(11), found.schema)
    assert given.cast(DAILY_PRICES.arrow).combine_chunks() == whole


def test_columns_grow_past_what_was_set_aside_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = bars(200)
    expected = curate(pa.Table.from_pylist(rows, schema=SCHEMA), DAILY_PRICES)
    monkeypatch.setattr(arrays, "_FIRST_ROWS", 3)
    assert curated(in_batches(rows, 4), DAILY_PRICES).table() == expected


def test_what_is_written_reads_back_and_fits_its_table() -> None:
    rows = bars(300)
    parquet = written(rows, 40)
    check_footer(parquet, DAILY_PRICES)
    expected = curate(pa.Table.from_pylist(rows, schema=SCHEMA), DAILY_PRICES)
    assert pq.read_table(io.BytesIO(parquet)).to_pylist() == expected.to_pylist()


def test_equal_rows_give_equal_bytes_however_they_came() -> None:
    rows = list({(row["symbol"], row["session_date"]): row for row in bars(300)}.values())
    older = [{**row, "observed_at": NOON - timedelta(days=1), "capture_key": "raw/older", "volume": 1} for row in rows]
    assert written(rows, 40) == written(rows[::-1], 7) == written([*older, *rows], 1000)


def test_sessions_far_apart_are_sorted_and_told_once_as_well() -> None:
    days = [date(1, 1, 1), date(9999, 12, 31), date(2026, 1, 2)]
    rows = [{**row, "session_date": days[number % 3], "symbol": f"S{number % 7}"} for number, row in enumerate(bars(100))]
    found = curate(pa.Table.from_pylist(rows, schema=SCHEMA), DAILY_PRICES)
    keys: list[Any] = list(zip(found["session_date"].to_pylist(), found["symbol"].to_pylist(), strict=True))
    assert keys == sorted({(row["session_date"], row["symbol"]) for row in rows})
    newest: dict[tuple[date, str], tuple[datetime, str, int]] = {}
    for number, row in enumerate(rows):
        own = (row["observed_at"], row["capture_key"], number)
        newest[row["session_date"], row["symbol"]] = max(newest.get((row["session_date"], row["symbol"]), own), own)
    assert found["volume"].to_pylist() == [rows[newest[key][2]]["volume"] for key in keys]


def test_a_late_null_is_kept_where_it_may_stand_and_named_elsewhere() -> None:
    day = date(2026, 11, 20)
    event = {"symbol": "IBM", "amount": Decimal(1), "record_date": day, "payment_date": day, "observed_at": NOON, "capture_key": "raw/a"}
    rows = [{**event, "ex_date": day + timedelta(days=number), "declaration_date": None if number % 2 else day} for number in range(6)]
    types = {column.name: column.arrow for column in DIVIDENDS.columns} | {"observed_at": INSTANT}
    schema = pa.schema([pa.field(name, types[name]) for name in rows[0]])
    batches = [pa.RecordBatch.from_pylist([row], schema=schema) for row in rows]
    assert curated(batches, DIVIDENDS).table()["declaration_date"].to_pylist() == [day, None] * 3
    with pytest.raises(IncompleteBar, match="1 accepted rows of dividends have no symbol"):
        curated([*batches, pa.RecordBatch.from_pylist([{**rows[0], "symbol": None}], schema=schema)], DIVIDENDS)


def test_no_batch_gives_no_row() -> None:
    assert curated([], DAILY_PRICES).table().equals(DAILY_PRICES.arrow.empty_table())
    assert pq.read_table(io.BytesIO(written([], 1))).num_rows == 0


def test_a_dataset_without_a_row_hash_is_curated_without_one() -> None:
    bare = replace(DAILY_PRICES, columns=tuple(column for column in DAILY_PRICES.columns if column.name != "row_hash"))
    table = pa.Table.from_pylist(bars(50), schema=SCHEMA)
    assert curate(table, bare) == curate(table, DAILY_PRICES).drop_columns(["row_hash"])
