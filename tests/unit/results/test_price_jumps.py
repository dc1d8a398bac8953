"""Price jumps from one run to the next."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from tasks.lake.errors import DocumentUnreadable
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.planning_inputs import open_price_jumps
from tasks.planning.price_jumps import PriceJump
from tasks.records import SymbolCoverage
from tasks.results.price_jumps import remember_jumps

BEFORE, SESSION = date(2026, 11, 18), date(2026, 11, 19)
EVENING = datetime(2026, 11, 20, 1, 15, tzinfo=UTC)
LATER = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def lake(store: LakeStore) -> LakeStore:
    return store


def run(lake: LakeStore, **closes: str) -> None:
    """A run whose bars close at 10 on the session before, and then at what is named."""
    rows = [(symbol, day, close) for symbol, last in closes.items() for day, close in ((BEFORE, "10"), (SESSION, last))]
    columns = dict(zip(("symbol", "session_date", "close"), map(list, zip(*rows, strict=True)), strict=True))
    columns["close"] = [Decimal(close) for close in columns["close"]]
    remember_jumps(lake, pa.table(columns), dict.fromkeys(closes, EVENING))


def read_events(lake: LakeStore, *datasets: str) -> None:
    for dataset in datasets:
        state.coverage(dataset).write(lake, {"AAPL": SymbolCoverage(LATER.date(), LATER.date(), LATER)})


def test_a_jump_is_open_until_both_kinds_of_events_were_read(lake: LakeStore) -> None:
    run(lake, AAPL="5", MSFT="9")
    assert open_price_jumps(lake) == {"AAPL": PriceJump(SESSION, 0.5, EVENING)}
    read_events(lake, "splits")
    assert open_price_jumps(lake).keys() == {"AAPL"}
    read_events(lake, "dividends")
    assert open_price_jumps(lake) == {}


def test_an_explained_jump_leaves_the_document_and_stays_away(lake: LakeStore) -> None:
    run(lake, AAPL="5")
    read_events(lake, "splits", "dividends")
    for _ in range(2):
        run(lake, AAPL="5")
        assert state.price_jumps("daily_prices").read(lake) == {}


def test_a_jump_the_source_took_back_is_forgotten_and_others_are_kept(lake: LakeStore) -> None:
    run(lake, AAPL="5", MSFT="20")
    run(lake, AAPL="9.9", NVDA="10")
    assert open_price_jumps(lake) == {"MSFT": PriceJump(SESSION, 2.0, EVENING)}


def test_a_jump_outside_of_the_bars_of_a_run_stays_open(lake: LakeStore) -> None:
    """What a backfill found of 2020 is not forgotten by the run of the day that ends after it, nor a newer one by a backfill."""
    old, new = PriceJump(date(2020, 8, 31), 0.25, EVENING), PriceJump(date(2026, 11, 20), 0.5, EVENING)
    state.price_jumps("daily_prices").write(lake, {"AAPL": old, "MSFT": new, "NVDA": PriceJump(BEFORE, 2.0, EVENING)})
    run(lake, AAPL="9.9", MSFT="20", NVDA="9.9")
    assert open_price_jumps(lake) == {"AAPL": old, "MSFT": new, "NVDA": PriceJump(BEFORE, 2.0, EVENING)}


def test_a_run_without_jumps_writes_nothing(lake: LakeStore) -> None:
    run(lake, AAPL="9.9")
    assert list(lake.keys("state/")) == []


@pytest.mark.parametrize("damage", [b'{"version": 1, "moves": {"AAPL": {"session": "soon"}}}', b'{"version": 1, "mo', b"[]"])
def test_a_damaged_document_is_named_counts_as_empty_and_is_replaced(
    lake: LakeStore, caplog: pytest.LogCaptureFixture, damage: bytes
) -> None:
    for close, jumps in (("5", {"AAPL": PriceJump(SESSION, 0.5, EVENING)}), ("9.9", {})):
        lake.put("state/moves/daily_prices.json", damage)
        caplog.clear()
        assert open_price_jumps(lake) == {}
        assert "s3://lake/state/moves/daily_prices.json" in caplog.text
        run(lake, AAPL=close)
        caplog.clear()
        assert (open_price_jumps(lake), caplog.text) == (jumps, "")


def test_a_document_of_a_newer_release_is_named_and_left_alone(lake: LakeStore, caplog: pytest.LogCaptureFixture) -> None:
    newer = b'{"version": 2, "jumps": [{"symbol": "AAPL"}]}'
    lake.put("state/moves/daily_prices.json", newer)
    assert open_price_jumps(lake) == {}
    run(lake, AAPL="5")
    assert lake.get("state/moves/daily_prices.json") == newer
    assert set(caplog.messages) >= {
        "s3://lake/state/moves/daily_prices.json is of version 2; this release reads 1. It counts as empty, and is left alone."
    }


def test_damaged_coverage_is_refused_all_the_same(lake: LakeStore) -> None:
    run(lake, AAPL="5")
    lake.put("state/coverage/splits.json", b'{"version": 2, "sym')
    with pytest.raises(DocumentUnreadable, match=r"coverage/splits\.json"):
        open_price_jumps(lake)
