from __future__ import annotations

import dataclasses
import re
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from tasks import rebuild
from tasks.curation.curate import curate
from tasks.curation.parquet import check_footer, to_parquet
from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.kept_out import SymbolRefused
from tasks.lake.manifests import read_manifest, write_curated_file, write_manifest
from tasks.orchestration.refused_rows import Loader, load_the_rest, may_be_of_rows
from tasks.orchestration.settings import Settings
from tasks.records import LoadResult
from tasks.schema import INSTANT, PRICE
from tasks.sessions import sessions_between
from tasks.warehouse.errors import BadPlaceholder, CopyFailed, DuplicateKeys, LoadFailed, StageCountMismatch
from tasks.warehouse.load import load
from tasks.warehouse.options import LoadOptions
from tasks.warehouse.query import run_statement
from tasks.warehouse.rebuild import PastLoad

if TYPE_CHECKING:
    from tests.integration.warehouse.conftest import Lake, Warehouse, Watch

pytestmark = pytest.mark.embedded

ROOT = Path(__file__).resolve().parents[3]

FIRST = [
    ("AAPL", "2026-01-02", "10.000001", "2026-01-05T22:00:00"),
    ("AAPL", "2026-01-05", "11.5", "2026-01-05T22:00:00"),
    ("MSFT", "2026-01-05", "20.25", "2026-01-05T22:00:00"),
]
HELD = {
    ("AAPL", "2026-01-02"): ("10.000001", "run-1"),
    ("AAPL", "2026-01-05"): ("11.500000", "run-1"),
    ("MSFT", "2026-01-05"): ("20.250000", "run-1"),
}
REVISIONS = (
    "SELECT symbol, close, observed_at, capture_key, superseded_at, superseded_by "
    "FROM market.fact_daily_price_revision ORDER BY superseded_at"
)


def test_a_first_load_lands_every_bar_and_its_audit_row(lake: Lake, warehouse: Warehouse) -> None:
    manifest = lake.manifest("run-1", FIRST)
    result = warehouse.load(manifest)
    assert (result.staged, result.new, result.changed, result.unchanged) == (3, 3, 0, 0)
    assert result.touched == {"AAPL": 2, "MSFT": 1}
    assert warehouse.bars() == HELD
    audit = warehouse.ask(
        "SELECT manifest_sha256, run_id, dataset, table_name, file_uri, file_sha256, rows_staged, rows_new, rows_changed, rows_unchanged "
        "FROM ops.load_audit WHERE finished_at >= started_at"
    )
    assert audit == [
        (manifest.sha256, "run-1", "daily_prices", "market.fact_daily_price", manifest.file_uri, manifest.file_sha256, 3, 3, 0, 0)
    ]


def test_values_arrive_to_the_last_digit(lake: Lake, warehouse: Warehouse) -> None:
    warehouse.load(lake.manifest("run-1", [("BRK-A", "2026-01-05", "999999999998.999999", "2026-01-05T22:00:00.123456")]))
    (row,) = warehouse.ask('SELECT "open", low, close, volume, observed_at, capture_key FROM market.fact_daily_price')
    assert (*row[:4], row[4].isoformat(), row[5]) == (
        Decimal("999999999998.999999"),
        Decimal("999999999997.999999"),
        Decimal("999999999998.999999"),
        1000,
        "2026-01-05T22:00:00.123456",
        "raw/alpha_vantage/BRK-A-2026-01-05T22:00:00.123456",
    )


def test_the_same_manifest_twice_changes_nothing(lake: Lake, warehouse: Warehouse) -> None:
    manifest = lake.manifest("run-1", FIRST)
    warehouse.load(manifest)
    before = warehouse.ask("SELECT * FROM market.fact_daily_price ORDER BY symbol, session_date")
    again = warehouse.load(manifest)
    assert (again.staged, again.new, again.changed, again.unchanged, again.touched) == (3, 0, 0, 3, {})
    assert warehouse.ask("SELECT * FROM market.fact_daily_price ORDER BY symbol, session_date") == before
    assert warehouse.ask("SELECT COUNT(*) FROM ops.load_audit") == [(1,)]


def test_a_day_of_new_bars_takes_the_statements_that_the_page_counts(lake: Lake, warehouse: Warehouse, watch: Watch) -> None:
    warehouse.load(lake.manifest("run-1", [("AAPL", "2026-01-05", "10", "2026-01-05T22:00:00")]))
    watch.statements.clear()
    warehouse.load(lake.manifest("run-2", [("AAPL", "2026-01-06", "11", "2026-01-06T22:00:00")]))
    sent = [sql for sql in watch.statements if not sql.lower().startswith(("begin", "commit"))]
    counted = re.findall(r"^\| (\d+) \| ", (ROOT / "docs" / "scale.md").read_text().partition("## What a load sends")[2], re.MULTILINE)
    assert len(sent) == sum(map(int, counted)) <= 25, sent


def test_a_later_observation_of_equal_values_leaves_the_row_untouched(lake: Lake, warehouse: Warehouse) -> None:
    warehouse.load(lake.manifest("run-1", FIRST))
    before = warehouse.ask("SELECT * FROM market.fact_daily_price ORDER BY symbol, session_date")
    result = warehouse.load(lake.manifest("run-2", [(*bar[:3], "2026-01-06T22:00:00") for bar in FIRST]))
    assert (result.new, result.changed, result.unchanged, result.touched) == (0, 0, 3, {})
    assert warehouse.ask("SELECT * FROM market.fact_daily_price ORDER BY symbol, session_date") == before
    assert warehouse.ask(REVISIONS) == []


def test_rows_with_the_hash_of_an_earlier_release_stay_as_they_are(lake: Lake, warehouse: Warehouse) -> None:
    warehouse.load(lake.manifest("run-1", FIRST))
    with closing(warehouse.open()) as connection:
        connection.cursor().execute("UPDATE market.fact_daily_price SET row_hash = 1")
        connection.commit()
    before = warehouse.ask("SELECT * FROM market.fact_daily_price ORDER BY symbol, session_date")
    later = [(*bar[:3], "2026-01-06T22:00:00") for bar in FIRST]
    result = warehouse.load(lake.manifest("run-2", later))
    assert (result.new, result.changed, result.unchanged) == (0, 0, 3)
    assert warehouse.ask("SELECT * FROM market.fact_daily_price ORDER BY symbol, session_date") == before
    result = warehouse.load(lake.manifest("run-3", [(*later[0][:2], "99.75", "2026-01-07T22:00:00"), *later[1:]]))
    assert (result.new, result.changed, result.unchanged) == (0, 1, 2)


def test_a_restated_bar_keeps_its_former_values_with_both_captures(lake: Lake, warehouse: Warehouse) -> None:
    warehouse.load(lake.manifest("run-1", FIRST))
    result = warehouse.load(lake.manifest("run-2", [("AAPL", "2026-01-05", "11.75", "2026-01-06T22:00:00")]))
    assert (result.new, result.changed, result.touched) == (0, 1, {"AAPL": 1})
    assert warehouse.bars()[("AAPL", "2026-01-05")] == ("11.750000", "run-2")
    assert [tuple(map(str, row)) for row in warehouse.ask(REVISIONS)] == [
        (
            "AAPL",
            "11.500000",
            "2026-01-05 22:00:00",
            "raw/alpha_vantage/AAPL-2026-01-05T22:00:00",
            "2026-01-06 22:00:00",
            "raw/alpha_vantage/AAPL-2026-01-06T22:00:00",
        )
    ]


def test_a_return_to_the_first_values_is_a_revision_of_its_own(lake: Lake, warehouse: Warehouse) -> None:
    for number, close in enumerate(("11.5", "11.75", "11.5", "11.5", "11.9")):
        warehouse.load(lake.manifest(f"run-{number}", [("AAPL", "2026-01-05", close, f"2026-01-1{number}T22:00:00")]))
    revisions = warehouse.ask("SELECT close, superseded_at FROM market.fact_daily_price_revision ORDER BY superseded_at")
    assert [(str(close), at.day) for close, at in revisions] == [("11.500000", 11), ("11.750000", 12), ("11.500000", 14)]


def test_an_older_observation_never_overwrites_a_newer(lake: Lake, warehouse: Warehouse) -> None:
    warehouse.load(lake.manifest("run-1", FIRST))
    result = warehouse.load(lake.manifest("run-0", [("AAPL", "2026-01-05", "9.99", "2026-01-05T21:59:59.999999")]))
    assert (result.changed, result.unchanged) == (0, 1)
    assert warehouse.bars() == HELD


def test_of_duplicates_in_the_file_the_newest_observation_lands(lake: Lake, warehouse: Warehouse) -> None:
    bars = [
        ("AAPL", "2026-01-05", "11.5", "2026-01-05T22:00:00"),
        ("AAPL", "2026-01-05", "11.7", "2026-01-05T23:00:00"),
        ("AAPL", "2026-01-05", "11.6", "2026-01-05T22:30:00"),
        ("MSFT", "2026-01-05", "20.25", "2026-01-05T22:00:00"),
        ("MSFT", "2026-01-05", "20.25", "2026-01-05T22:00:00"),
    ]
    result = warehouse.load(lake.manifest("run-1", bars))
    assert (result.staged, result.new, result.changed, result.unchanged) == (5, 2, 0, 3)
    assert warehouse.bars() == {("AAPL", "2026-01-05"): ("11.700000", "run-1"), ("MSFT", "2026-01-05"): ("20.250000", "run-1")}


def test_a_curated_file_loads_as_the_lake_holds_it(lake: Lake, warehouse: Warehouse) -> None:
    sessions = sessions_between(date(1999, 11, 1), date(2019, 11, 29))
    closes = [Decimal(100_000_000 + 123 * number).scaleb(-6) for number in range(len(sessions))]
    observed = pa.scalar(datetime(2019, 11, 30, 12, tzinfo=UTC), INSTANT)
    whole = len(sessions)
    accepted = pa.table(
        {
            "symbol": pa.array(["MSFT"] * whole),
            "session_date": pa.array(sessions),
            **{name: pa.array(closes, PRICE) for name in ("open", "high", "low", "close")},
            "volume": pa.array(range(whole), pa.int64()),
            "observed_at": pa.repeat(observed, whole),
            "capture_key": pa.repeat("raw/alpha_vantage/MSFT", whole),
        }
    )
    curated = curate(accepted, DAILY_PRICES)
    body = to_parquet(curated, DAILY_PRICES)
    check_footer(body, DAILY_PRICES, curated.num_rows)
    result = warehouse.load(write_manifest(lake.store, write_curated_file(lake.store, DAILY_PRICES.name, body, curated.num_rows, "run-1")))
    assert (result.new, result.touched) == (5053, {"MSFT": 5053})
    held = warehouse.ask("SELECT session_date, close, volume, row_hash FROM market.fact_daily_price ORDER BY session_date")
    assert held == list(zip(sessions, closes, range(whole), curated.column("row_hash").to_pylist(), strict=True))


def test_a_manifest_that_counts_otherwise_stops_the_load(lake: Lake, warehouse: Warehouse) -> None:
    with pytest.raises(StageCountMismatch, match=r"promises 4 rows, COPY reports 3, the stage has 3") as raised:
        warehouse.load(lake.manifest("run-1", FIRST, rows=4))
    assert "kept" in raised.value.way_out
    assert warehouse.bars() == {}
    assert warehouse.ask("SELECT COUNT(*) FROM ops.load_audit") == [(0,)]


def test_a_stray_object_beside_the_file_or_the_manifest_is_not_loaded(lake: Lake, warehouse: Warehouse) -> None:
    evil = lake.manifest("run-10", [("EVIL", "2026-01-05", "1", "2026-01-05T22:00:00")])
    manifest = lake.manifest("run-1", FIRST)
    # A prefix would take all of these.
    lake.put("curated/daily_prices/run-1.parquet.old", lake.store.get("curated/daily_prices/run-10.parquet"))
    lake.put("manifests/daily_prices/run-1.json.old", lake.store.get("manifests/daily_prices/run-10.json"))
    assert evil.uri.startswith(manifest.uri.removesuffix(".json"))
    assert warehouse.load(manifest).staged == 3
    assert warehouse.bars() == HELD


def test_a_symbol_that_violates_a_check_is_set_aside_and_the_rest_loaded(lake: Lake, warehouse: Warehouse) -> None:
    """Bars of MSFT stand twice, as a person's INSERT leaves them; both checks that notice it name the symbol."""
    warehouse.load(lake.manifest("run-1", FIRST))
    warehouse.ask("INSERT INTO market.fact_daily_price SELECT * FROM market.fact_daily_price WHERE symbol = 'MSFT'")
    newer = "2026-01-06T22:00:00"
    manifest = lake.manifest(
        "run-2", [("MSFT", "2026-01-05", "21", newer), ("IBM", "2026-01-05", "7", newer), ("IBM", "2026-01-06", "8", newer)]
    )
    options = LoadOptions(warehouse.copy_role, 3, 0.01, random=lambda: 0.0, sets_aside=True)
    done = load(warehouse.open, manifest, DAILY_PRICES, options)
    assert (done.staged, done.new, done.changed, done.unchanged, done.rows_kept_out) == (3, 2, 0, 0, 1)
    assert [each.symbol for each in done.kept_out] == ["MSFT"]
    assert done.kept_out[0].sentence.startswith("LoadRefused: MSFT was set aside, 1 row quarantined. After MERGE keys of market.fact_")
    assert warehouse.ask("SELECT close FROM market.fact_daily_price WHERE symbol = 'IBM' ORDER BY 1") == [(Decimal(7),), (Decimal(8),)]
    assert warehouse.ask("SELECT close FROM market.fact_daily_price WHERE symbol = 'MSFT'") == [(Decimal("20.25"),)] * 2
    assert load(warehouse.open, manifest, DAILY_PRICES, options).unchanged == 3, "the same manifest twice changes nothing"


def test_what_many_symbols_violate_is_the_failure_of_the_load(lake: Lake, warehouse: Warehouse) -> None:
    bars = [(f"S{number}", "2026-01-05", "10", "2026-01-05T22:00:00") for number in range(12)]
    warehouse.load(lake.manifest("run-1", bars))
    warehouse.ask("INSERT INTO market.fact_daily_price SELECT * FROM market.fact_daily_price")
    later = lake.manifest("run-2", [(symbol, day, "11", "2026-01-06T22:00:00") for symbol, day, *_ in bars])
    with pytest.raises(DuplicateKeys):
        load(warehouse.open, later, DAILY_PRICES, LoadOptions(warehouse.copy_role, 3, 0.01, sets_aside=True))


def test_a_key_that_stood_twice_before_is_found_and_rolled_back(lake: Lake, warehouse: Warehouse) -> None:
    warehouse.load(lake.manifest("run-1", FIRST))
    warehouse.ask("INSERT INTO market.fact_daily_price SELECT * FROM market.fact_daily_price WHERE symbol = 'MSFT'")
    with pytest.raises((DuplicateKeys, LoadFailed)) as raised:
        warehouse.load(lake.manifest("run-2", [("MSFT", "2026-01-05", "21", "2026-01-06T22:00:00")]))
    assert isinstance(raised.value, DuplicateKeys)
    assert "MSFT 2026-01-05 (2 times)" in raised.value.fact
    assert warehouse.ask("SELECT close FROM market.fact_daily_price WHERE symbol = 'MSFT'") == [(Decimal("20.25"),)] * 2
    assert warehouse.ask("SELECT COUNT(*) FROM ops.load_audit") == [(1,)]


def narrowed(name: str, kind: pa.DataType) -> pa.Schema:
    position = DAILY_PRICES.arrow.get_field_index(name)
    return DAILY_PRICES.arrow.set(position, pa.field(name, kind, nullable=False))


@pytest.mark.parametrize(("name", "kind"), [("close", pa.decimal64(18, 4)), ("volume", pa.decimal64(18, 0))], ids=["scale", "kind"])
def test_a_file_of_another_type_fails_with_the_load_error_and_is_kept(
    lake: Lake, warehouse: Warehouse, name: str, kind: pa.DataType
) -> None:
    manifest = lake.manifest("run-1", [("AAPL", "2026-01-05", "11.5", "2026-01-05T22:00:00")], schema=narrowed(name, kind))
    with pytest.raises(CopyFailed, match="Spectrum Scan Error") as raised:
        warehouse.load(manifest)
    assert name in str(raised.value)
    assert "\n" not in str(raised.value)
    load_errors = raised.value.evidence["load_errors"]
    assert isinstance(load_errors, list)
    assert [row[3] for row in load_errors] == [15007]
    assert manifest.file_uri in lake.addresses()
    assert warehouse.bars() == {}


def test_a_symbol_longer_than_its_bytes_fails_with_its_column(lake: Lake, warehouse: Warehouse) -> None:
    with pytest.raises(CopyFailed) as raised:
        warehouse.load(lake.manifest("run-1", [("Ü" * 17, "2026-01-05", "11.5", "2026-01-05T22:00:00")]))
    assert "symbol" in str(raised.value)
    assert warehouse.bars() == {}


def loads_all_but(lake: Lake, warehouse: Warehouse, bars: list[tuple[str, str, str, str]], volumes: list[int] | None = None) -> LoadResult:
    """What the load step does with bars, some of which the warehouse does not take."""
    manifest = lake.manifest("run-1", bars, volumes=volumes)
    options = LoadOptions(warehouse.copy_role, 3, 0.01, random=lambda: 0.0, sets_aside=True)
    with pytest.raises(LoadFailed) as raised:
        load(warehouse.open, manifest, DAILY_PRICES, options)
    assert may_be_of_rows(raised.value)
    return load_the_rest(Loader(lake.store, warehouse.open, DAILY_PRICES, options), manifest, raised.value)


def test_a_symbol_that_copy_does_not_take_is_named_and_the_rest_loaded(lake: Lake, warehouse: Warehouse) -> None:
    long = "Ü" * 17
    done = loads_all_but(lake, warehouse, [*FIRST, (long, "2026-01-05", "11.5", "2026-01-05T22:00:00")])
    assert warehouse.bars() == HELD
    assert (done.staged, done.new, done.unchanged, done.rows_kept_out) == (4, 3, 0, 1)
    (kept_out,) = done.kept_out
    assert isinstance(kept_out, SymbolRefused)
    assert (kept_out.symbol, kept_out.rows) == (long, 1)
    assert "column symbol: the file has 34 bytes, the table takes 32" in kept_out.fact
    audited = warehouse.ask("SELECT manifest_uri, rows_staged FROM ops.load_audit")
    assert [(read_manifest(lake.store, uri).rows, staged) for uri, staged in audited] == [(3, 3)]


def test_a_symbol_whose_week_overflows_is_named_and_the_rest_loaded(lake: Lake, warehouse: Warehouse) -> None:
    bars = [*FIRST, ("HUGE", "2026-01-05", "1", "2026-01-07T22:00:00"), ("HUGE", "2026-01-06", "1", "2026-01-07T22:00:00")]
    done = loads_all_but(lake, warehouse, bars, [1000, 1000, 1000, 2**62, 2**62])
    assert warehouse.bars() == HELD
    assert [(each.symbol, each.rows) for each in done.kept_out] == [("HUGE", 2)]
    assert warehouse.ask("SELECT DISTINCT symbol FROM market.agg_weekly_price ORDER BY 1") == [("AAPL",), ("MSFT",)]


def test_the_only_symbol_of_a_load_is_named_and_nothing_loaded(lake: Lake, warehouse: Warehouse) -> None:
    bars = [("HUGE", "2026-01-05", "1", "2026-01-07T22:00:00"), ("HUGE", "2026-01-06", "1", "2026-01-07T22:00:00")]
    done = loads_all_but(lake, warehouse, bars, [2**62, 2**62])
    assert warehouse.bars() == {}
    assert [(each.symbol, each.rows) for each in done.kept_out] == [("HUGE", 2)]
    assert (done.staged, done.new) == (2, 0)


def test_a_rebuild_sets_aside_what_the_warehouse_does_not_take(lake: Lake, warehouse: Warehouse) -> None:
    """The manifest of a run that was killed before it found out; failing with the tables empty, no later rebuild could end."""
    bars = [*FIRST, ("HUGE", "2026-01-05", "1", "2026-01-07T22:00:00")]
    manifest = lake.manifest("run-1", bars, volumes=[1000, 1000, 1000, 2**63 - 1])
    run: Any = SimpleNamespace(lake=lake.store, warehouse=warehouse.open, settings=Settings(copy_role=warehouse.copy_role))
    (note,) = rebuild._repeat(run, PastLoad("daily_prices", "run-1", manifest.uri, 4), manifest, {})
    assert "HUGE" in note
    assert warehouse.bars() == HELD


def test_a_copy_that_fails_for_every_symbol_remains_a_failed_load(lake: Lake, warehouse: Warehouse) -> None:
    manifest = lake.manifest("run-1", [(letter * 17, "2026-01-05", "11.5", "2026-01-05T22:00:00") for letter in "ÄÜ"])
    options = LoadOptions(warehouse.copy_role, sets_aside=True)
    with pytest.raises(CopyFailed) as raised:
        load(warehouse.open, manifest, DAILY_PRICES, options)
    with pytest.raises(CopyFailed) as again:
        load_the_rest(Loader(lake.store, warehouse.open, DAILY_PRICES, options), manifest, raised.value)
    assert again.value is raised.value
    assert read_manifest(lake.store, manifest.uri).rows == 2
    assert warehouse.bars() == {}


def test_a_missing_file_fails_although_nothing_is_staged(lake: Lake, warehouse: Warehouse) -> None:
    manifest = dataclasses.replace(lake.manifest("run-1", FIRST), uri="s3://tickerhouse-test-synthetic/manifests/none.json")
    with pytest.raises(CopyFailed):
        warehouse.load(manifest)
    assert warehouse.bars() == {}


def test_a_hostile_address_stops_before_copy(lake: Lake, warehouse: Warehouse) -> None:
    manifest = dataclasses.replace(
        lake.manifest("run-1", FIRST), uri="s3://lake/x' IAM_ROLE default; DROP TABLE market.fact_daily_price; --"
    )
    with pytest.raises(BadPlaceholder):
        warehouse.load(manifest)
    assert warehouse.bars() == {}


def test_a_warehouse_without_tables_says_how_to_get_them(lake: Lake, empty_warehouse: Warehouse) -> None:
    slept: list[float] = []
    with pytest.raises(LoadFailed, match=r"(42P01|3F000).*tickerhouse migrate"):
        load(empty_warehouse.open, lake.manifest("run-1", FIRST), DAILY_PRICES, LoadOptions(sleep=slept.append))
    assert slept == []


def test_the_latest_price_stands_beside_the_one_before(lake: Lake, warehouse: Warehouse) -> None:
    warehouse.load(lake.manifest("run-1", FIRST))
    rows = warehouse.ask(
        "SELECT symbol, session_date, close, previous_close, change, change_percent FROM market.latest_price ORDER BY symbol"
    )
    assert [tuple(map(str, row)) for row in rows] == [
        ("AAPL", "2026-01-05", "11.500000", "10.000001", "1.499999", "15.0000"),
        ("MSFT", "2026-01-05", "20.250000", "None", "None", "None"),
    ]


def test_a_statement_inside_an_open_transaction_leaves_the_commit_to_it(lake: Lake, warehouse: Warehouse) -> None:
    warehouse.load(lake.manifest("run-1", FIRST))
    with closing(warehouse.open()) as connection:
        connection.cursor().execute("SELECT 1")
        run_statement(connection, "DELETE FROM market.fact_daily_price")
        connection.rollback()
    assert warehouse.bars() == HELD
