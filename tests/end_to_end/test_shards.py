"""A run whose work is cut into shards, on a real Prefect server with two workers."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psutil
import pytest

from tests.end_to_end.conftest import PAST, Home, read_until
from tests.end_to_end.deployed import Deployed, belongs_to, wait_for

pytestmark = [pytest.mark.server, pytest.mark.worker]

ENVIRONMENT = "shards"
SYMBOLS = [f"ZZS{number:03d}" for number in range(6)]


@pytest.fixture(scope="module")
def workers(shared: Home) -> Iterator[tuple[Deployed, list[psutil.Process]]]:
    settings = {
        "TICKERHOUSE_ENVIRONMENT": ENVIRONMENT,
        "TICKERHOUSE_SLACK_WEBHOOK": f"http://127.0.0.1:{shared.port('slack')}/services/T00000000/B00000000/alarms",
        "TICKERHOUSE_WORK_POOL": ENVIRONMENT,
        "TICKERHOUSE_SHARDS": "2",
        "TICKERHOUSE_SHARD_CAPTURES": "4",
    }
    with ExitStack() as ending:
        started = [shared.start("worker", **settings) for _ in range(2)]
        for worker in started:
            ending.callback(_end, worker)
        first = shared.run("deploy", **settings)
        assert first.exit_status == 0, first.out + first.err
        for worker in started:
            read_until(worker, "Worker ")
        processes = [psutil.Process(worker.pid) for worker in started]
        yield Deployed(shared, settings, first.lines, processes[0]), processes


def _end(worker: Any) -> None:
    for child in psutil.Process(worker.pid).children():
        child.send_signal(signal.SIGINT)
    worker.send_signal(signal.SIGINT)
    worker.communicate(timeout=60)


@pytest.fixture
def source(shared: Home, request: pytest.FixtureRequest) -> dict[str, Any]:
    asked = {"kind": "synthetic", "as_of": PAST, "plan": "premium_1200", "label": request.node.name[:40], "scenario": {"rules": []}}
    found: dict[str, Any] = shared.stand_in("/sources", asked)
    return found


def sent(home: Home, source: dict[str, Any]) -> dict[str, int]:
    """How often each symbol's daily prices were requested."""
    counts: dict[str, int] = home.stand_in(f"/sources/{source['id']}/requests")["counts"].get("TIME_SERIES_DAILY", {})
    return counts


def shard_runs(deployed: Deployed) -> list[dict[str, Any]]:
    """Every run of the deployment, oldest first."""
    asked = {"deployments": {"id": {"any_": [deployed.deployment("shard")["id"]]}}, "sort": "EXPECTED_START_TIME_ASC"}
    found: list[dict[str, Any]] = deployed.home.prefect("/flow_runs/filter", asked)
    return found


def own_bars(bars: list[str]) -> list[str]:
    return [bar for bar in bars if bar.startswith("ZZS")]


def test_two_workers_load_the_same_rows_and_replace_a_killed_shard(
    workers: tuple[Deployed, list[psutil.Process]], source: dict[str, Any]
) -> None:
    """The same rows and no call more; then the same again from raw."""
    deployed, processes = workers
    home = deployed.home
    run = deployed.start("daily_prices", {"TICKERHOUSE_API_URL": source["url"]}, symbols=SYMBOLS, as_of=PAST)

    def kill() -> str:
        ids = [str(each["id"]) for each in shard_runs(deployed)]
        for process in (child for worker in processes for child in worker.children(recursive=True)):
            for flow_run in ids:
                if belongs_to(process, flow_run):
                    process.kill()
                    return flow_run
        return ""

    killed = wait_for(kill, 150)
    assert deployed.ended(run, 240) == "Completed", home.prefect(f"/flow_runs/{run}")["state"]["message"]
    states = {str(each["id"]): each["state"]["name"] for each in shard_runs(deployed)}
    assert states.pop(killed) == "Crashed"
    assert sorted(states.values()) == ["Completed", "Completed"]
    assert sent(home, source) == dict.fromkeys(SYMBOLS, 1)
    files = "select count(distinct capture_key), count(*) from market.fact_daily_price where symbol like 'ZZS%'"
    assert home.call("sql", files, "--csv", **deployed.settings).lines[1:] == [f"{len(SYMBOLS)},{len(SYMBOLS) * 100}"]

    alone = {"TICKERHOUSE_ENVIRONMENT": "unsharded", "TICKERHOUSE_API_URL": source["url"], "TICKERHOUSE_PLAN": "premium_1200"}
    whole = home.call("run", "--as-of", PAST, "--symbols", ",".join(SYMBOLS), **alone)
    assert whole.exit_status == 0, whole.out + whole.err
    bars = own_bars(home.bars(**deployed.settings))
    assert bars == own_bars(home.bars(**alone))

    again = deployed.start("rebuild")
    assert deployed.ended(again, 240) == "Completed", home.prefect(f"/flow_runs/{again}")["state"]["message"]
    assert own_bars(home.bars(**deployed.settings)) == bars
    assert len(shard_runs(deployed)) == 5


def test_a_cancelled_run_takes_its_shards_with_it_and_loads_nothing(
    workers: tuple[Deployed, list[psutil.Process]], source: dict[str, Any]
) -> None:
    """And the next run loads what was answered, without a call."""
    deployed, _ = workers
    home, before = deployed.home, {str(each["id"]) for each in shard_runs(deployed)}
    symbols = [symbol.replace("ZZS", "ZZT") for symbol in SYMBOLS]
    surroundings = {"TICKERHOUSE_API_URL": source["url"]}
    cancelled = deployed.start("daily_prices", surroundings, symbols=symbols, as_of=PAST)

    def started() -> list[str]:
        return [str(each["id"]) for each in shard_runs(deployed) if str(each["id"]) not in before]

    wait_for(lambda: "two" if len(started()) == 2 else "", 150)
    home.prefect(f"/flow_runs/{cancelled}/set_state", {"state": {"type": "CANCELLING"}})
    assert deployed.ended(cancelled, 90) == "Cancelled"
    assert all(deployed.ended(each, 90) in {"Cancelled", "Completed"} for each in started())
    assert not [bar for bar in home.bars(**deployed.settings) if bar.startswith("ZZT")]

    again = deployed.start("daily_prices", surroundings, symbols=symbols, as_of=PAST)
    assert deployed.ended(again, 240) == "Completed", home.prefect(f"/flow_runs/{again}")["state"]["message"]
    assert sent(home, source) == dict.fromkeys(symbols, 1)
    assert len([bar for bar in home.bars(**deployed.settings) if bar.startswith("ZZT")]) == 600
