"""A worker that is killed with everything it started, as when its machine is gone: noticed by Prefect alone, and the run is taken up again.

The real automation with its real nine minutes, so that the claim is the deployment's own.
"""

import contextlib
import signal
import subprocess
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from deployments.automations import UNRESPONSIVE_SECONDS
from tests.end_to_end.conftest import PAST, Home, read_until
from tests.end_to_end.deployed import Deployed, wait_for

pytestmark = [pytest.mark.server, pytest.mark.worker]

ENVIRONMENT = "gone"
NOTICED_WITHIN = 600

Start = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def place(shared: Home) -> Iterator[tuple[Deployed, Start]]:
    """The environment, deployed and with a worker, and what starts another worker; those that are left are ended."""
    hook = f"http://127.0.0.1:{shared.port('slack')}/services/T00000000/B00000000/alarms"
    settings = {"TICKERHOUSE_ENVIRONMENT": ENVIRONMENT, "TICKERHOUSE_SLACK_WEBHOOK": hook}
    started: list[subprocess.Popen[str]] = []

    def start() -> "subprocess.Popen[str]":
        started.append(shared.start("worker", **settings))
        read_until(started[-1], "Worker ")
        return started[-1]

    try:
        first = shared.run("deploy", **settings)
        assert first.exit_status == 0, first.out + first.err
        yield Deployed(shared, settings, first.lines, psutil.Process(start().pid)), start
    finally:
        for each in started:
            with contextlib.suppress(psutil.NoSuchProcess):
                for child in psutil.Process(each.pid).children():
                    child.send_signal(signal.SIGINT)
                each.send_signal(signal.SIGINT)
            each.communicate(timeout=60)


def test_a_killed_worker_is_noticed_in_ten_minutes_and_its_run_goes_on(place: tuple[Deployed, Start]) -> None:
    deployed, start = place
    home = deployed.home
    rule = {"symbol": "ZZD002", "nth": [1], "answer": "latency", "seconds": 30.0}
    source = home.stand_in(
        "/sources", {"kind": "synthetic", "as_of": PAST, "plan": "premium_1200", "label": "gone", "scenario": {"rules": [rule]}}
    )
    symbols = ["ZZD001", "ZZD002"]

    def answered() -> str:
        counts = home.stand_in(f"/sources/{source['id']}/requests")["counts"].get("TIME_SERIES_DAILY", {})
        return "both asked" if set(counts) == set(symbols) else ""

    def noted() -> str:
        # Every few seconds; the folder and an empty file are there before the line is.
        written = (home.folder / "s3" / f"tickerhouse-{ENVIRONMENT}-synthetic" / "observations").rglob("*.jsonl")
        return "noted" if any('"ZZD001"' in file.read_text() and file.read_text().endswith("\n") for file in written) else ""

    run = deployed.start("daily_prices", {"TICKERHOUSE_API_URL": source["url"]}, symbols=symbols, as_of=PAST)
    wait_for(answered, 150)
    wait_for(noted, 25)
    family = [deployed.worker, *deployed.worker.children(recursive=True)]
    assert len(family) >= 3, "the command, Prefect's worker and the run"
    for process in family:
        process.kill()
    killed = time.monotonic()
    psutil.wait_procs(family, timeout=30)

    # Nobody is left who could say it.
    time.sleep(UNRESPONSIVE_SECONDS / 9)
    assert deployed.state(run) == "Running"
    wait_for(lambda: "Crashed" if "Crashed" in deployed.history(run) else "", NOTICED_WITHIN)
    assert time.monotonic() - killed < NOTICED_WITHIN
    assert "Nothing was heard of it for 9 minutes" in deployed.heard("🔴 daily_prices crashed")

    start()
    wait_for(lambda: "begun again" if deployed.count(run) == 2 else "", 240)
    assert deployed.ended(run, 240) == "Completed"
    assert deployed.count(run) == 2
    assert [name for name in deployed.history(run) if name in {"Crashed", "AwaitingRetry"}] == ["Crashed", "AwaitingRetry"]
    # The answer that came before is not requested again, and no row is there twice.
    assert home.stand_in(f"/sources/{source['id']}/requests")["counts"]["TIME_SERIES_DAILY"]["ZZD001"] == 1
    doubled = "select symbol, session_date from market.fact_daily_price group by 1, 2 having count(*) > 1"
    assert home.call("sql", doubled, "--csv", **deployed.settings).lines[1:] == []
    assert {bar.split(",")[0] for bar in home.bars(**deployed.settings)} == set(symbols)
