"""The lake's current files: DuckDB, pandas and the Glue Data Catalog find exactly what the table holds, whatever happened between."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import date
from typing import TYPE_CHECKING, Any

import boto3
import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from moto.server import ThreadedMotoServer

from infra.local.redshift import ConnectionCut, StatementEvent
from tasks.datasets import DAILY_PRICES, SCHEMAS
from tasks.lake.errors import LakeUnreachable
from tasks.lake.keys import current_key, current_prefix, snapshot_prefix
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.current_files import LakeWriter
from tasks.orchestration.settings import Settings
from tasks.records import LoadResult
from tasks.schema import Column
from tasks.warehouse.errors import StatementFailed
from tasks.warehouse.options import LoadOptions
from tasks.warehouse.retention import remove_before
from tasks.warehouse.undo import Record, undo_load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.warehouse.conftest import Bar, Lake, Warehouse, Watch

pytestmark = pytest.mark.embedded

EARLY, LATE, LATER = "2026-01-06T22:00:00", "2026-01-07T22:00:00", "2026-01-08T22:00:00"
BARS: list[Bar] = [
    (symbol, session, close, EARLY)
    for symbol, close in (("AAPL", "10"), ("MSFT", "20"))
    for session in ("2024-12-30", "2025-06-02", "2026-01-02", "2026-01-05")
]
RESTATED: Bar = ("AAPL", "2025-06-02", "11", LATE)

_runs = itertools.count(1)


class Current:
    """One warehouse, its lake, and whoever writes the files of the lake."""

    def __init__(self, lake: Lake, warehouse: Warehouse) -> None:
        self.lake = lake
        self.warehouse = warehouse
        for prefix in ("lake/", "lake-snapshots/", "state/lake/"):
            for key in lake.store.keys(prefix):
                lake.store.delete(key)

    def load(self, bars: list[Bar], run_id: str) -> LoadResult:
        return self.warehouse.load(self.lake.manifest(run_id, bars))

    def write(
        self, run_id: str, loaded: LoadResult | None = None, *, store: LakeStore | None = None, everything: bool = False, **settings: Any
    ) -> tuple[str, ...]:
        own = Settings(bucket=self.lake.store.bucket, **settings)
        writer = LakeWriter(own, run_id, store or self.lake.store, self.warehouse.open, lambda: boto3.Session(region_name="us-east-1"))
        return writer.write(DAILY_PRICES, loaded, everything=everything)

    def run(self, bars: list[Bar], **settings: Any) -> str:
        """A load and the files of it, as a run makes them; the run's id."""
        run_id = f"20260109T220000Z-{next(_runs):08d}"
        assert self.write(run_id, self.load(bars, run_id), **settings) == ()
        return run_id

    @property
    def known(self) -> state.CurrentFiles:
        return state.current_files("daily_prices").read(self.lake.store)

    def tags(self) -> dict[str, str]:
        return {key: self.lake.store.get_tagged(key)[1] for key in self.lake.store.keys(current_prefix("daily_prices"))}

    def download(self, folder: Path, prefix: str = "lake/daily_prices/") -> Path:
        for key in self.lake.store.keys(prefix):
            target = folder / key
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(self.lake.store.get(key))
        return folder / prefix

    def held(self) -> list[tuple[Any, ...]]:
        return self.warehouse.ask("SELECT * FROM market.fact_daily_price ORDER BY symbol, session_date")

    def in_the_lake(self, folder: Path) -> list[tuple[Any, ...]]:
        files = self.download(folder) / "year=*" / "*.parquet"
        with duckdb.connect() as connection:
            return connection.execute(f"SELECT * EXCLUDE (year) FROM read_parquet('{files}') ORDER BY symbol, session_date").fetchall()


@pytest.fixture
def current(lake: Lake, warehouse: Warehouse) -> Current:
    return Current(lake, warehouse)


def test_duckdb_and_pandas_find_exactly_the_table(current: Current, tmp_path: Path) -> None:
    current.run(BARS)
    current.run([RESTATED, ("NVDA", "2026-01-05", "30", LATE)])
    assert len(current.held()) == 9
    assert current.in_the_lake(tmp_path / "duckdb") == current.held()

    frame = pd.read_parquet(current.download(tmp_path / "pandas")).drop(columns="year").sort_values(["symbol", "session_date"])
    rows = [tuple(row) for row in frame.astype({"loaded_at": object, "observed_at": object}).itertuples(index=False)]
    assert rows == current.held()


def test_a_load_replaces_the_years_it_touched_and_no_other(current: Current, tmp_path: Path) -> None:
    first = current.run(BARS)
    before = current.tags()
    assert set(before) == {current_key("daily_prices", year) for year in (2024, 2025, 2026)}
    second = current.run([RESTATED])
    after = current.tags()
    assert {key for key in after if after[key] != before[key]} == {current_key("daily_prices", 2025)}
    assert current.known.rows == {"2024": 2, "2025": 2, "2026": 4}

    # What each run wrote stays beside it for a while.
    closes = []
    for run_id in (first, second):
        (file,) = current.lake.store.keys(snapshot_prefix("daily_prices", run_id, 2025))
        table = pd.read_parquet(current.download(tmp_path, file))
        closes.append(str(table.set_index("symbol").loc["AAPL", "close"]))
    assert closes == ["10.000000", "11.000000"]


def test_until_its_one_write_a_reader_finds_the_table_as_it_was(current: Current, watch: Watch) -> None:
    current.run(BARS)
    before, seen = current.tags(), list[dict[str, str]]()

    def look(event: StatementEvent) -> None:
        if event.sql.startswith("UNLOAD") and event.phase == "after":
            seen.append(current.tags())

    watch.act = look
    current.run([RESTATED])
    assert seen == [before]
    assert set(current.tags()) == set(before)


def test_a_load_that_changed_nothing_writes_no_file(current: Current, watch: Watch) -> None:
    current.run(BARS)
    before = current.tags()
    watch.statements.clear()
    current.run([(symbol, session, close, LATE) for symbol, session, close, _ in BARS])
    assert current.tags() == before
    assert not [sql for sql in watch.statements if sql.startswith("UNLOAD")]


def test_a_run_cut_off_after_its_commit_is_made_good(current: Current, tmp_path: Path) -> None:
    current.run(BARS)
    current.load([RESTATED], "20260109T230000Z-cutoff00")
    assert current.in_the_lake(tmp_path / "cut") != current.held()
    current.run([("NVDA", "2026-01-05", "30", LATE)])
    assert current.in_the_lake(tmp_path / "whole") == current.held()


def test_files_are_whole_where_they_were_off_for_a_while(current: Current, tmp_path: Path) -> None:
    current.load(BARS, "20260101T000000Z-00000000")
    current.run([("NVDA", "2026-01-05", "30", LATE)])
    assert current.in_the_lake(tmp_path) == current.held()


class Failing(LakeStore):
    """A store whose copies of one year fail."""

    def __init__(self, store: LakeStore, year: int) -> None:
        super().__init__(store._client, store.bucket)
        self.year = year

    def copy(self, source: str, target: str) -> None:
        if f"year={self.year}" in target:
            raise LakeUnreachable("S3 could not answer CopyObject.", "Run again.")
        super().copy(source, target)


def test_a_year_that_could_not_be_written_is_named_and_written_next(current: Current, tmp_path: Path) -> None:
    current.run(BARS)
    loaded = current.load([RESTATED, ("AAPL", "2026-01-05", "12", LATE)], "20260109T230000Z-failing0")
    (warning,) = current.write("20260109T230000Z-failing0", loaded, store=Failing(current.lake.store, 2025))
    assert warning.startswith("The lake's file of daily_prices 2025 was not replaced")
    assert current.known.stale == (2025,)
    current.run([("NVDA", "2026-01-05", "30", LATE)])
    assert not current.known.stale
    assert current.in_the_lake(tmp_path) == current.held()


def test_a_warehouse_that_breaks_off_leaves_the_years_stale(current: Current, watch: Watch, tmp_path: Path) -> None:
    current.run(BARS)
    loaded = current.load([RESTATED], "20260109T230000Z-cut00000")

    def cut(event: StatementEvent) -> None:
        if event.sql.startswith("UNLOAD"):
            raise ConnectionCut("cut")

    watch.act = cut
    with pytest.raises(StatementFailed, match="could not be unloaded"):
        current.write("20260109T230000Z-cut00000", loaded, warehouse_retries=0)
    watch.act = None
    assert current.known.stale == (2025,)
    current.run([("NVDA", "2026-01-05", "30", LATE)])
    assert current.in_the_lake(tmp_path) == current.held()


def test_what_retention_removes_leaves_the_lake_too(current: Current, tmp_path: Path) -> None:
    current.run(BARS)
    remove_before(current.warehouse.open, date(2025, 1, 1), "20260110T000000Z-00000000", SCHEMAS, LoadOptions())
    assert current.write("20260110T000000Z-00000000") == ()
    assert set(current.tags()) == {current_key("daily_prices", year) for year in (2025, 2026)}
    assert current.in_the_lake(tmp_path) == current.held()


def test_after_a_rebuild_every_year_is_written(current: Current, tmp_path: Path) -> None:
    current.run(BARS)
    current.warehouse.empty()
    current.load(BARS[4:], "20260109T220000Z-rebuilt0")
    current.warehouse.ask("DELETE FROM market.fact_daily_price WHERE session_date < '2025-01-01'")
    assert current.write("20260110T000000Z-00000001", everything=True) == ()
    assert current.in_the_lake(tmp_path) == current.held()
    assert set(current.known.rows) == {"2025", "2026"}


def test_no_days_of_snapshots_leave_none(current: Current) -> None:
    current.run(BARS, lake_snapshot_days=0)
    assert list(current.lake.store.keys("lake-snapshots/")) == []
    assert len(current.tags()) == 3


@pytest.fixture
def catalog_endpoint() -> Iterator[str]:
    """The address of moto's Glue and STS, of the same account as the lake."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_the_catalog_s_table_is_read_back_and_takes_a_new_column(
    current: Current, endpoint: str, catalog_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Registered from the dataset's definition, found by its name with all its years, and extended."""
    import awswrangler as wr  # noqa: PLC0415 - takes a second to import

    for service, address in {"GLUE": catalog_endpoint, "S3": endpoint, "STS": catalog_endpoint}.items():
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", address)
    session = boto3.Session(region_name="us-east-1")
    wr.catalog.create_database("market_data", exist_ok=True, boto3_session=session)
    current.run(BARS, lake_catalog="market_data")
    registered = current.known.registered
    assert registered
    types = wr.catalog.get_table_types("market_data", "daily_prices", boto3_session=session)
    assert types == {
        "symbol": "string",
        "session_date": "date",
        **dict.fromkeys(("open", "high", "low", "close"), "decimal(18,6)"),
        **dict.fromkeys(("volume", "row_hash"), "bigint"),
        "observed_at": "timestamp",
        **dict.fromkeys(("capture_key", "run_id"), "string"),
        "loaded_at": "timestamp",
        "year": "int",
    }
    frame = wr.s3.read_parquet_table("daily_prices", database="market_data", boto3_session=session)
    assert len(frame) == len(BARS)
    assert sorted(set(frame["year"])) == [2024, 2025, 2026]

    # A new year is one more partition; nothing else is asked of the catalog until then.
    current.run([("AAPL", "2023-01-03", "9", LATE)], lake_catalog="market_data")
    assert current.known.registered != registered
    found = wr.catalog.get_parquet_partitions("market_data", "daily_prices", boto3_session=session)
    assert sorted(found.values()) == [["2023"], ["2024"], ["2025"], ["2026"]]

    wider = dataclasses.replace(
        DAILY_PRICES.schema, columns=(*DAILY_PRICES.schema.columns, Column("vwap", pa.decimal128(18, 6), "numeric(18,6)"))
    )
    own = Settings(bucket=current.lake.store.bucket, lake_catalog="market_data")
    writer = LakeWriter(own, "20260110T000000Z-00000002", current.lake.store, current.warehouse.open, lambda: session)
    writer._registered(dataclasses.replace(DAILY_PRICES, schema=wider), current.known)
    extended = wr.catalog.get_table_types("market_data", "daily_prices", boto3_session=session)
    assert extended == {**types, "vwap": "decimal(18,6)"}


def test_what_an_undo_takes_back_leaves_the_lake_too(current: Current, tmp_path: Path) -> None:
    current.run(BARS)
    manifest = current.lake.manifest("20260109T220000Z-undone00", [RESTATED, ("NVDA", "2023-01-05", "30", LATE)])
    current.write("20260109T220000Z-undone00", current.warehouse.load(manifest))
    assert set(current.known.rows) == {"2023", "2024", "2025", "2026"}
    undo_load(
        current.warehouse.open,
        manifest,
        DAILY_PRICES.schema,
        lambda: Record("20260110T000000Z-undo0000", "s3://x/y", "0" * 64),
        LoadOptions(),
    )
    assert current.write("20260110T000000Z-undo0000") == ()
    assert set(current.known.rows) == {"2024", "2025", "2026"}
    assert current.in_the_lake(tmp_path) == current.held()
