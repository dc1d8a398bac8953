"""A run that is killed, at whatever moment, and run again ends with the bars of a run that nothing disturbed."""

import time

import psutil
import pytest

from tests.end_to_end.conftest import PAST, CalmRun, Home, kill, read_until

pytestmark = [pytest.mark.server, pytest.mark.deep]


def test_a_run_killed_again_and_again_ends_with_the_same_bars(shared: Home, calm: CalmRun) -> None:
    settings = {"TICKERHOUSE_ENVIRONMENT": "killed"}
    for moment in ("extract", "curate", "load"):
        run = shared.start("run", "--as-of", PAST, **settings)
        read_until(run, f"  {moment} ")
        kill(run)
    ended = shared.call("run", "--as-of", PAST, **settings)
    assert ended.exit_status == 0, ended.out + ended.err
    assert shared.last_run()["status"] in {"Completed", "UpToDate"}
    assert shared.bars(**settings) == calm.bars
    doubled = "select symbol, session_date from market.fact_daily_price group by 1, 2 having count(*) > 1"
    assert shared.call("sql", doubled, "--csv", **settings).lines[1:] == []


def test_a_killed_command_and_a_lost_warehouse_cost_no_bar(home: Home, calm: CalmRun) -> None:
    """The servers end with a killed command, and a lost warehouse, which is started again, costs no bar."""
    starting = home.start("run", "--as-of", PAST)
    read_until(starting, "Tickerhouse dev")
    while len(home.servers()) < 3:
        assert starting.poll() is None
        time.sleep(0.05)
    left_behind = home.servers()
    kill(starting)

    loading = home.start("run", "--as-of", PAST)
    read_until(loading, "  curate ")
    assert not any(_is_alive(process) for process in left_behind)
    services = [process for process in home.servers() if "infra.local.services" in process.cmdline()]
    for process in services:
        process.kill()
    out, err = loading.communicate(timeout=120)
    assert services
    assert "Traceback" not in out + err
    if loading.returncode:
        assert loading.returncode == 1, out + err
        assert home.last_run()["status"] == "Failed"
        assert home.last_run()["error"]["step"] == "load"
    assert not any(_is_alive(process) for process in home.servers())

    again = home.run("run", "--as-of", PAST)
    assert again.exit_status == 0, again.out + again.err
    assert home.stored_bars("dev_synthetic") == calm.bars


def _is_alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
