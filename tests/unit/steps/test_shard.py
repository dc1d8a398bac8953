"""A run that is cut into shards gives what one process gives, and says why where it is not cut."""

import json
import logging
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tasks.shard
from tasks.curate import curated_rows, take_over
from tasks.curation.curate import Curated
from tasks.datasets import DAILY_PRICES
from tasks.lake.captures import store_capture
from tasks.lake.errors import DocumentUnreadable, ObjectMissing
from tasks.lake.manifests import read_manifest
from tasks.lake.store import LakeStore
from tasks.orchestration.clients import Clients
from tasks.orchestration.kept_file import kept_manifest
from tasks.orchestration.run import Run
from tasks.orchestration.settings import Settings
from tasks.parse import parse_captures
from tasks.reconcile import reconcile_layers
from tasks.records import Answer, Call, Observation
from tasks.results.dataset_result import ShardResult
from tasks.results.shards import ShardOrder, cut, parsed_together, read_results, write_order
from tasks.sessions import SessionClock, sessions_between
from tasks.shard import ShardWork, make_shard, shards_of
from tasks.validate import suite_of, validate_rows

RUN_ID = "20240110T220000Z-1a2b3c4d"
AS_OF = datetime(2024, 1, 10, 22, tzinfo=UTC)
SESSIONS = sessions_between(date(2023, 11, 1), date(2024, 1, 9))
SYMBOLS = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")


def body(symbol: str, sessions: list[date]) -> bytes:
    series = {}
    for place, session in enumerate(reversed(sessions)):
        close = 100 + place * 0.01
        low = close + 1 if symbol in {"BBB", "EEE"} and place in {3, 4} else close - 0.5
        series[session.isoformat()] = {
            "1. open": f"{close:.4f}",
            "2. high": f"{close + 0.5:.4f}",
            "3. low": f"{low:.4f}",
            "4. close": f"{close:.4f}",
            "5. volume": str(1000 + place),
        }
    return json.dumps({"Meta Data": {"2. Symbol": symbol}, "Time Series (Daily)": series}).encode()


def answered(store: LakeStore, symbol: str, text: bytes) -> Observation:
    call = Call("TIME_SERIES_DAILY", symbol, {"outputsize": "compact"})
    capture = store_capture(store, Answer(call, text, 200, "application/json", AS_OF), {})
    return Observation(call, capture, AS_OF, 200, "application/json", 1, RUN_ID)


@pytest.fixture
def run(store: LakeStore) -> Run:
    clients = cast("Clients", SimpleNamespace(raw=store, lake=store))
    settings = Settings(shards=3, shard_captures=2)
    return Run(RUN_ID, "backfill", settings, AS_OF, AS_OF, clients)


@pytest.fixture
def work(store: LakeStore) -> ShardWork:
    seen = [answered(store, symbol, body(symbol, SESSIONS)) for symbol in SYMBOLS]
    seen.append(answered(store, "BROKEN", b'{"Meta Data": {}, "Something else": {}}'))
    clock = SessionClock(AS_OF, timedelta(hours=4), {"FFF": "XNYS"})
    return ShardWork(tuple(seen), clock, clock.due(SYMBOLS))


def orders_made_here(monkeypatch: pytest.MonkeyPatch, run: Run, *, is_deployed: bool = True) -> list[str]:
    """In place of Prefect's runs, each order is carried out in this process, last first."""
    made: list[str] = []

    def carry_out(_deployment: str, orders: list[str], *_others: object) -> None:
        for order in reversed(orders):
            # It has the ingest role's store, and nothing else.
            clients = cast("Clients", SimpleNamespace(raw=run.raw))
            make_shard(replace(run, run_id="20240110T220500Z-00000000", flow="shard", clients=clients), order)
            made.append(order)

    monkeypatch.setattr(tasks.shard, "has_deployment", lambda _name: is_deployed)
    monkeypatch.setattr(tasks.shard, "run_orders", carry_out)
    monkeypatch.setattr(tasks.shard, "_made", cast("Any", tasks.shard._made).fn)
    return made


def as_table(rows: pa.Table | Curated) -> pa.Table:
    return rows.table() if isinstance(rows, Curated) else rows


def test_shards_give_the_rows_and_the_verdict_of_one_process(
    monkeypatch: pytest.MonkeyPatch, run: Run, work: ShardWork, store: LakeStore
) -> None:
    own = work.observations
    whole = parse_captures(run, DAILY_PRICES, own, work.clock)
    alone = validate_rows(run, DAILY_PRICES, whole, work.due)
    rows = as_table(curated_rows(run, DAILY_PRICES, alone, own))
    assert alone.quarantined.num_rows == 4
    assert [apart.symbol for apart in whole.set_aside] == ["BROKEN"]

    made = orders_made_here(monkeypatch, run)
    shards = shards_of(run, DAILY_PRICES, work)
    parsed = parsed_together(shards, work.clock)
    verdict = validate_rows(run, DAILY_PRICES, parsed, work.due, shards=shards)

    assert len(made) == len(shards) == 3
    assert parsed.final.to_pylist() == whole.final.to_pylist()
    assert (parsed.counted, parsed.set_aside, parsed.observations) == (whole.counted, whole.set_aside, whole.observations)
    assert verdict.quarantined.equals(alone.quarantined)
    for name in ("rows", "duplicates", "deferred", "reason_counts", "hard_failures", "warnings", "examples", "harmless", "accepted_rows"):
        assert getattr(verdict, name) == getattr(alone, name), name
    assert verdict.accepted.to_pylist() == alone.accepted.to_pylist()
    assert verdict.result["statistics"] == alone.result["statistics"]

    curated = take_over(run, DAILY_PRICES, shards)
    manifest, checks = reconcile_layers(run, DAILY_PRICES, parsed, verdict, curated)
    assert all(check.holds for check in checks)
    parts = [pq.read_table(pa.BufferReader(store.get(part.file_uri.removeprefix(store.uri(""))))) for part in manifest.parts]
    together = [tuple(row.values()) for part in parts for row in part.drop_columns(["observed_at"]).to_pylist()]
    assert sorted(together) == sorted(tuple(row.values()) for row in rows.drop_columns(["observed_at"]).to_pylist())
    assert read_manifest(store, manifest.uri) == manifest == kept_manifest(store, DAILY_PRICES.schema, manifest.uri)
    entries = json.loads(store.get(manifest.uri.removeprefix(store.uri(""))))["entries"]
    assert [entry["url"] for entry in entries] == [f"s3://lake/curated/daily_prices/{RUN_ID}/{number:03d}.parquet" for number in range(3)]


@pytest.mark.parametrize("shards", [2, 3, 7, 64])
def test_a_cut_loses_no_symbol_splits_none_and_leaves_no_shard_empty(work: ShardWork, shards: int) -> None:
    twice = (*work.observations, *work.observations[:2])
    groups = cut(twice, DAILY_PRICES, shards)
    assert sorted(map(id, twice)) == sorted(id(seen) for group in groups for seen in group)
    symbols = [{seen.call.symbol for seen in group} for group in groups]
    assert sum(map(len, symbols)) == len(set().union(*symbols))
    assert 1 < len(groups) <= shards
    assert all(groups)


def test_a_small_run_and_one_that_settings_do_not_cut_stay_whole(monkeypatch: pytest.MonkeyPatch, run: Run, work: ShardWork) -> None:
    made = orders_made_here(monkeypatch, run)
    for settings in (Settings(shards=0, shard_captures=2), Settings(shards=3, shard_captures=8)):
        assert shards_of(replace(run, settings=settings), DAILY_PRICES, work) == ()
    assert shards_of(run, DAILY_PRICES, replace(work, observations=work.observations[:1] * 2)) == ()
    assert not made


def test_without_the_deployment_one_line_says_so_and_nothing_is_cut(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, run: Run, work: ShardWork
) -> None:
    made = orders_made_here(monkeypatch, run, is_deployed=False)
    with caplog.at_level(logging.WARNING, "tickerhouse.step.shard"):
        assert shards_of(run, DAILY_PRICES, work) == ()
    assert [record.getMessage() for record in caplog.records] == [
        "Prefect has no deployment shard/shard-dev: all is done in this process; `tickerhouse deploy` makes it"
    ]
    assert not made


def given(run: Run, work: ShardWork) -> tuple[ShardOrder, ShardResult]:
    order = ShardOrder(RUN_ID, "backfill", "", "daily_prices", 0, work.clock, work.due, {}, work.observations)
    write_order(run.raw, order)
    make_shard(run, order.key)
    return order, read_results(run.raw, order, suite_of(DAILY_PRICES))


def test_a_file_that_its_shard_did_not_write_is_refused(run: Run, work: ShardWork, store: LakeStore) -> None:
    order, result = given(run, work)
    store.put(result.curated_key, store.get(result.curated_key) + b"x")
    with pytest.raises(DocumentUnreadable, match=r"curated\.parquet is not the file that its shard wrote"):
        take_over(run, DAILY_PRICES, [result])
    store.put(order.place("final.arrow"), b"")
    with pytest.raises(DocumentUnreadable, match=r"final\.arrow is not"):
        read_results(store, order, suite_of(DAILY_PRICES))
    store.put(order.place("result.json"), b"{}")
    with pytest.raises(DocumentUnreadable, match="not a valid document of a shard"):
        read_results(store, order, suite_of(DAILY_PRICES))


def test_a_shard_without_its_order_says_what_is_missing(run: Run) -> None:
    with pytest.raises(ObjectMissing, match="shards/none"):
        make_shard(run, "shards/none/daily_prices/000/order.json")
