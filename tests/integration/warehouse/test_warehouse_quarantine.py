"""Held-back bars in the table: stored once, released once, marked while their values stand, and giving way to what is newer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from tasks.curation.curate import curate
from tasks.curation.parquet import check_footer, to_parquet
from tasks.datasets.daily_prices import CHECKS as DAILY
from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.lake.keys import quarantine_key
from tasks.lake.manifests import write_curated_file, write_manifest
from tasks.orchestration.run import Run, command_run
from tasks.orchestration.settings import Settings
from tasks.quality.quarantine import for_warehouse
from tasks.quality.quarantine import to_parquet as to_quarantine
from tasks.records import LoadResult
from tasks.release import Choice, NothingChosen, NotReleasable, quarantined_rows, release_id, release_rows, typed_bars
from tasks.schema import QUARANTINED_BARS
from tasks.warehouse.load import load
from tasks.warehouse.options import LoadOptions
from tasks.warehouse.quarantine import count_by_run, find_quarantined_bars, record_release

if TYPE_CHECKING:
    from tests.integration.warehouse.conftest import Lake, Warehouse

pytestmark = pytest.mark.embedded

OBSERVED = datetime(2026, 1, 6, 22, tzinfo=UTC)
CROSSED = {
    "symbol": "MSFT",
    "session_text": "2026-01-05",
    "open_text": "10.5",
    "high_text": "9.000001",
    "low_text": "11",
    "close_text": "10",
    "volume_text": "100",
    "observed_at": OBSERVED,
    "capture_key": "raw/x.json.gz",
    "reasons": ["high is below low"],
    "run_id": "run-1",
}
WORD = {**CROSSED, "session_text": "2026-01-02", "high_text": "12", "volume_text": "N/A", "reasons": ["volume is not a whole number"]}
NEGATIVE = {**CROSSED, "symbol": "AAPL", "high_text": "12", "close_text": "-1", "reasons": ["close is not above zero", "high is below low"]}

Row = dict[str, Any]


def held_back(lake: Lake, warehouse: Warehouse, run_id: str, rows: Sequence[Row]) -> LoadResult:
    """What the steps do with the held-back bars of a run."""
    quarantined = pa.Table.from_pylist([{**row, "run_id": run_id} for row in rows], schema=DAILY.quarantined)
    lake.store.put(quarantine_key(DAILY.name, run_id), to_quarantine(quarantined, DAILY))
    made = for_warehouse(quarantined, DAILY)
    parquet = to_parquet(made, QUARANTINED_BARS)
    check_footer(parquet, QUARANTINED_BARS, made.num_rows)
    manifest = write_manifest(lake.store, write_curated_file(lake.store, QUARANTINED_BARS.name, parquet, made.num_rows, run_id))
    return load(warehouse.open, manifest, QUARANTINED_BARS, LoadOptions(retry_wait=0.01))


def delivered(lake: Lake, warehouse: Warehouse, run_id: str, observed_at: datetime, **changes: str) -> LoadResult:
    """A sound bar of the session that was held back, loaded as any run does."""
    sound = {**CROSSED, "high_text": "12", "observed_at": observed_at, "capture_key": f"raw/{run_id}", **changes}
    bars = curate(typed_bars(pa.Table.from_pylist([{**sound, "run_id": run_id}], schema=DAILY.quarantined)), DAILY_PRICES)
    manifest = write_manifest(
        lake.store, write_curated_file(lake.store, DAILY_PRICES.name, to_parquet(bars, DAILY_PRICES), bars.num_rows, run_id)
    )
    return warehouse.load(manifest)


@pytest.fixture
def run(endpoint: str, lake: Lake, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    warehouse.ask("DELETE FROM ops.quarantined_bar")
    settings = Settings(
        bucket=lake.store.bucket, workgroup=warehouse.address.workgroup, database=warehouse.address.database, warehouse_retry_wait=0.01
    )
    yield command_run("release", settings)
    warehouse.ask("DELETE FROM ops.quarantined_bar")


def test_a_held_back_bar_is_stored_once_however_often_it_is_delivered(lake: Lake, warehouse: Warehouse, run: Run) -> None:
    first = held_back(lake, warehouse, "run-1", [CROSSED, WORD])
    again = held_back(
        lake, warehouse, "run-2", [{**CROSSED, "observed_at": OBSERVED + timedelta(days=1), "capture_key": "raw/y"}, NEGATIVE]
    )
    assert (first.new, first.unchanged, again.new, again.unchanged) == (2, 0, 1, 1)
    bars = quarantined_rows(run, Choice())
    assert [(bar.symbol, bar.run_id, bar.capture_key) for bar in sorted(bars, key=lambda bar: (bar.symbol, bar.session_text))] == [
        ("AAPL", "run-2", "raw/x.json.gz"),
        ("MSFT", "run-1", "raw/x.json.gz"),
        ("MSFT", "run-1", "raw/x.json.gz"),
    ]
    with closing(warehouse.open()) as connection:
        assert [(run.run_id, run.bars, run.symbols, run.released) for run in count_by_run(connection)] == [
            ("run-2", 1, 1, 0),
            ("run-1", 2, 1, 0),
        ]


def test_a_bar_received_twice_in_one_run_is_held_once(lake: Lake, warehouse: Warehouse, run: Run) -> None:
    result = held_back(lake, warehouse, "run-1", [CROSSED, {**CROSSED, "capture_key": "raw/later", "observed_at": OBSERVED + timedelta(1)}])
    assert (result.staged, result.new, result.unchanged) == (2, 1, 1)
    (bar,) = quarantined_rows(run, Choice())
    assert bar.capture_key == "raw/x.json.gz"


def test_a_bar_with_another_reason_is_another_one(lake: Lake, warehouse: Warehouse, run: Run) -> None:
    del run
    held_back(lake, warehouse, "run-1", [CROSSED])
    assert held_back(lake, warehouse, "run-2", [{**CROSSED, "reasons": ["close is outside low to high"]}]).new == 1


def test_held_back_bars_are_found_by_run_symbol_and_part_of_a_reason(lake: Lake, warehouse: Warehouse, run: Run) -> None:
    del run
    held_back(lake, warehouse, "run-1", [CROSSED, WORD])
    held_back(lake, warehouse, "run-2", [NEGATIVE])
    with closing(warehouse.open()) as connection:

        def found(*conditions: str) -> list[tuple[str, str]]:
            return sorted((bar.symbol, bar.reasons) for bar in find_quarantined_bars(connection, *conditions))

        assert found("run-2") == [("AAPL", "close is not above zero; high is below low")]
        assert found("", "MSFT", "below low") == [("MSFT", "high is below low")]
        assert found("", "", "100%' OR 1=1") == []
        assert len(found()) == 3


def test_strings_of_any_kind_are_kept_shown_and_cut_only_in_the_table(lake: Lake, warehouse: Warehouse, run: Run) -> None:
    strange = {**CROSSED, "symbol": "Ü" * 300, "session_text": "a\x00b", "open_text": "'; DROP TABLE x; --\n", "close_text": None}
    held_back(lake, warehouse, "run-1", [{**strange, "volume_text": "9" * 10_000}])
    (bar,) = quarantined_rows(run, Choice())
    assert (len(bar.symbol.encode()), bar.session_text) == (255, "a\ufffdb")
    assert (bar.received["open"], bar.received["close"]) == ("'; DROP TABLE x; --\n", None)
    assert len(bar.received["volume"] or "") < 200


def test_a_release_loads_the_bar_as_received_marks_it_and_says_who_and_why(lake: Lake, warehouse: Warehouse, run: Run) -> None:
    held_back(lake, warehouse, "run-1", [CROSSED, WORD])
    done = release_rows(run, Choice(symbol="MSFT", reason="high is below low"), by="M. Curie", note="confirmed")
    assert (done.released, done.before) == (1, 0)
    assert done.loaded is not None
    assert (done.loaded.new, done.loaded.changed) == (1, 0)
    ((high, low, observed_at, run_id),) = warehouse.ask("SELECT high, low, observed_at, run_id FROM market.fact_daily_price")
    assert (high, low, observed_at, run_id) == (Decimal("9.000001"), Decimal(11), OBSERVED.replace(tzinfo=None), done.run_id)
    marked = warehouse.ask("SELECT symbol, reasons, released_by, release_note, run_id FROM market.released_price")
    assert marked == [("MSFT", "high is below low", "M. Curie", "confirmed", done.run_id)]


def test_the_same_release_again_has_no_effect(lake: Lake, warehouse: Warehouse, run: Run) -> None:
    held_back(lake, warehouse, "run-1", [CROSSED])
    release_rows(run, Choice(run_id="run-1"), by="M. Curie", note="confirmed")
    before = [warehouse.ask(f"SELECT * FROM {table}") for table in ("market.fact_daily_price", "ops.quarantined_bar", "ops.load_audit")]
    again = release_rows(run, Choice(run_id="run-1"), by="P. Curie", note="again")
    assert (again.released, again.before, again.loaded) == (0, 1, None)
    assert before == [
        warehouse.ask(f"SELECT * FROM {table}") for table in ("market.fact_daily_price", "ops.quarantined_bar", "ops.load_audit")
    ]


@pytest.mark.parametrize("after_load", ["remember_contact", "replace_files", "record_release"])
def test_a_release_cut_off_after_its_load_is_finished_not_repeated(
    after_load: str, lake: Lake, warehouse: Warehouse, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release that was cut off at whatever comes after its load is finished, and loads nothing twice."""
    held_back(lake, warehouse, "run-1", [CROSSED])
    with monkeypatch.context() as cut:
        cut.setattr(f"tasks.release.{after_load}", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            release_rows(run, Choice(symbol="MSFT"), by="M. Curie", note="confirmed")
    assert warehouse.ask("SELECT COUNT(*) FROM market.released_price") == [(0,)]
    done = release_rows(run, Choice(symbol="MSFT"), by="M. Curie", note="confirmed")
    assert done.loaded is not None
    assert (done.released, done.loaded.new, done.loaded.touched) == (1, 0, {})
    assert warehouse.ask("SELECT symbol, run_id FROM market.released_price") == [("MSFT", done.run_id)]


def _interrupted(*_: object, **__: object) -> int:
    raise KeyboardInterrupt


def test_a_bar_that_does_not_fit_the_table_is_named_and_none_is_released(lake: Lake, warehouse: Warehouse, run: Run) -> None:
    """A bar that does not fit the table is refused by name and nothing is released."""
    held_back(lake, warehouse, "run-1", [CROSSED, WORD, {**CROSSED, "session_text": "2026-01-06", "symbol": "X" * 33}])
    with pytest.raises(NotReleasable, match=r"2 of 3 bars cannot be released: .*MSFT 2026-01-02 does not fit: volume 'N/A'") as refused:
        release_rows(run, Choice(run_id="run-1"), by="M. Curie", note="confirmed")
    assert "symbol" in refused.value.fact
    assert warehouse.bars() == {}
    assert {bar.released_at for bar in quarantined_rows(run, Choice())} == {None}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"volume_text": "100000000000000001"}, "volume '100000000000000001'"),
        ({"volume_text": "9223372036854775807"}, "volume '9223372036854775807'"),
        ({"volume_text": "-9223372036854775808"}, "volume '-9223372036854775808'"),
        ({"session_text": "0002-06-01"}, "session_date '0002-06-01'"),
        ({"session_text": "2026-01-08"}, "session_date '2026-01-08'"),
        ({"session_text": "9999-12-31"}, "session_date '9999-12-31'"),
        ({"symbol": ""}, "symbol ''"),
        (dict.fromkeys(("open_text", "high_text", "low_text", "close_text"), "999999999999.999999"), "MSFT: .* 22003 "),
    ],
)
def test_what_no_table_could_hold_is_named_before_it_is_a_load(lake: Lake, warehouse: Warehouse, run: Run, changes: Row, told: str) -> None:
    """A manifest of it would make every later rebuild fail, with the tables empty."""
    held_back(lake, warehouse, "run-1", [{**CROSSED, **changes}, {**CROSSED, "session_text": "2026-01-02"}])
    before = set(lake.store.keys("manifests/daily_prices/release-"))
    with pytest.raises(NotReleasable, match=told):
        release_rows(run, Choice(run_id="run-1"), by="M. Curie", note="confirmed")
    assert set(lake.store.keys("manifests/daily_prices/release-")) == before
    assert warehouse.bars() == {}
    assert {bar.released_at for bar in quarantined_rows(run, Choice())} == {None}


def test_two_bars_of_one_session_and_observation_cannot_both_be_released(lake: Lake, warehouse: Warehouse, run: Run) -> None:
    held_back(lake, warehouse, "run-1", [CROSSED, {**CROSSED, "close_text": "10.1"}])
    with pytest.raises(NotReleasable, match="occurs twice with different values"):
        release_rows(run, Choice(symbol="MSFT"), by="M. Curie", note="confirmed")
    assert warehouse.bars() == {}


def test_a_released_bar_yields_to_a_newer_good_capture(lake: Lake, warehouse: Warehouse, run: Run) -> None:
    held_back(lake, warehouse, "run-1", [CROSSED])
    done = release_rows(run, Choice(symbol="MSFT"), by="M. Curie", note="confirmed")
    assert delivered(lake, warehouse, "run-2", OBSERVED + timedelta(days=1)).changed == 1
    assert warehouse.ask("SELECT COUNT(*) FROM market.released_price") == [(0,)]
    assert warehouse.ask("SELECT high, run_id FROM market.fact_daily_price") == [(Decimal(12), "run-2")]
    assert warehouse.ask("SELECT high FROM market.fact_daily_price_revision") == [(Decimal("9.000001"),)]
    assert [bar.release_run_id for bar in quarantined_rows(run, Choice())] == [done.run_id]


def test_a_release_never_overwrites_a_newer_good_bar(lake: Lake, warehouse: Warehouse, run: Run) -> None:
    held_back(lake, warehouse, "run-1", [CROSSED])
    delivered(lake, warehouse, "run-2", OBSERVED + timedelta(days=1))
    done = release_rows(run, Choice(symbol="MSFT"), by="M. Curie", note="confirmed")
    assert done.loaded is not None
    assert (done.loaded.new, done.loaded.changed, done.loaded.unchanged) == (0, 0, 1)
    assert warehouse.ask("SELECT high, run_id FROM market.fact_daily_price") == [(Decimal(12), "run-2")]
    assert warehouse.ask("SELECT COUNT(*) FROM market.released_price") == [(0,)]


def test_a_released_bar_delivered_again_stays_released_and_known(lake: Lake, warehouse: Warehouse, run: Run) -> None:
    held_back(lake, warehouse, "run-1", [CROSSED])
    release_rows(run, Choice(symbol="MSFT"), by="M. Curie", note="confirmed")
    assert held_back(lake, warehouse, "run-2", [{**CROSSED, "observed_at": OBSERVED + timedelta(days=1)}]).new == 0
    assert warehouse.ask("SELECT COUNT(*) FROM market.released_price") == [(1,)]


@pytest.mark.parametrize(
    ("choice", "by", "note"),
    [(Choice(), "M. Curie", "x"), (Choice("run-1"), "", "x"), (Choice("run-1"), "M. Curie", "  "), (Choice("run-1"), "x", "y" * 5_000)],
)
def test_a_release_without_choice_name_or_note_is_refused(run: Run, choice: Choice, by: str, note: str) -> None:
    with pytest.raises(NothingChosen):
        release_rows(run, choice, by=by, note=note)


def test_many_bars_are_recorded_in_one_transaction(lake: Lake, warehouse: Warehouse, run: Run) -> None:
    many = [{**CROSSED, "symbol": f"S{number}"} for number in range(1_200)]
    held_back(lake, warehouse, "run-1", many)
    identities = [bar.identity for bar in quarantined_rows(run, Choice())]
    with closing(warehouse.open()) as connection:
        assert record_release(connection, identities, by="x", note="y", run_id=release_id(identities)) == 1_200
        assert record_release(connection, identities, by="z", note="y", run_id="other") == 0
    assert release_id(identities) == release_id(identities[::-1])
