"""Curated rows as one file, or as several that COPY reads at once."""

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.curation import parquet
from tasks.curation.curate import Curated, curated
from tasks.curation.parquet import number_of_files
from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.lake.manifests import read_manifest, write_manifest
from tasks.lake.store import LakeStore
from tasks.orchestration.curated_file import write_curated
from tasks.schema import PARSED_DAILY_PRICES

RUN_ID = "20261120T120000Z-00000001"


def bars(sessions: int) -> Curated:
    rows = [
        {
            "symbol": symbol,
            "session_date": date(2026, 1, 1) + timedelta(days=session),
            **dict.fromkeys(("open", "high", "low", "close"), Decimal(session + 1)),
            "volume": session,
            "observed_at": datetime(2026, 11, 20, tzinfo=UTC),
            "capture_key": f"raw/{symbol}",
        }
        for symbol in ("A", "B")
        for session in range(sessions)
    ]
    return curated(pa.Table.from_pylist(rows, schema=PARSED_DAILY_PRICES), DAILY_PRICES)


@pytest.mark.parametrize(
    ("rows", "slices", "files"),
    [
        (0, 4, 1),
        (100, 4, 1),
        (4 * 65_536 - 1, 4, 1),
        (4 * 65_536, 4, 4),
        (1_000_000, 4, 4),
        (1_000_001, 4, 8),
        (3_250_000, 4, 16),
        (65_536, 1, 1),
        (600_000, 1, 3),
        (1_000_000, 16, 1),
        (1_100_000, 16, 16),
    ],
)
def test_a_large_load_has_a_multiple_of_the_slices_in_files(rows: int, slices: int, files: int) -> None:
    assert number_of_files(rows, slices) == files


def test_files_of_a_large_load_hold_its_rows_in_their_order(store: LakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "FEWEST_ROWS_OF_A_FILE", 5)
    rows = bars(15)
    manifest = write_manifest(store, write_curated(store, DAILY_PRICES, rows, RUN_ID, 4))
    assert [file.rows for file in manifest.files] == [8, 8, 7, 7]
    assert (manifest.rows, manifest.file_bytes) == (30, sum(file.file_bytes for file in manifest.files))
    assert [file.file_uri for file in manifest.files] == [
        f"s3://lake/curated/daily_prices/{RUN_ID}/{number:03d}.parquet" for number in range(4)
    ]
    assert read_manifest(store, manifest.uri) == manifest
    read = [pq.read_table(io.BytesIO(store.get(file.file_uri.removeprefix(store.uri(""))))) for file in manifest.files]
    assert pa.concat_tables(read).to_pylist() == rows.table().to_pylist()


def test_a_small_load_is_one_file(store: LakeStore) -> None:
    file = write_curated(store, DAILY_PRICES, bars(15), RUN_ID, 4)
    assert (file.parts, file.file_uri, file.rows) == ((), f"s3://lake/curated/daily_prices/{RUN_ID}.parquet", 30)
