"""A run whose bars are known, the next one over the same, and what Prefect knows of both."""

import re
from pathlib import Path

import pytest

from tests.end_to_end.conftest import CALM, PAST, CalmRun, Home

pytestmark = pytest.mark.server

BOOKKEEPING = "select count(*), min(loaded_at), max(loaded_at), count(distinct run_id) from market.fact_daily_price"


def test_an_undisturbed_run_loads_every_bar_but_the_three_damaged_ones(calm: CalmRun) -> None:
    assert calm.ended.exit_status == 0, calm.ended.out + calm.ended.err
    listed = "watchlist deployments/watchlist.synthetic.yaml"
    assert calm.ended.lines[0].endswith(f" · plan premium_1200 · {listed} · as of 2026-06-30 12:00 UTC")
    assert calm.summary["rows"]["new"] == 597
    assert calm.summary["last_session"] == "2026-06-29"
    assert len(calm.bars) == 597
    assert len({tuple(bar.split(",")[:2]) for bar in calm.bars}) == 597


def test_a_second_run_asks_nothing_loads_nothing_and_says_so(shared: Home, calm: CalmRun) -> None:
    """A second run asks nothing, loads nothing, and says so in one line and in Prefect."""
    asked = {source["id"]: source["requests"] for source in shared.stand_in("/sources")}
    before = shared.call("sql", BOOKKEEPING, "--csv", **CALM).lines
    again = shared.call("run", "--as-of", PAST, **CALM)
    assert again.exit_status == 0, again.out + again.err
    said = [line for line in again.lines[1:] if line and not line.startswith("  ")]
    assert said == [said[0]]
    assert said[0].startswith("UpToDate: all 6 symbols hold session 2026-06-29")
    summary = shared.last_run()
    assert (summary["status"], summary["calls"]["sent"], summary["held"]) == ("UpToDate", 0, 6)
    assert sum(asked.values()) > 0
    assert {source["id"]: source["requests"] for source in shared.stand_in("/sources")} == asked
    assert shared.call("sql", BOOKKEEPING, "--csv", **CALM).lines == before
    assert calm.summary["run_id"] != summary["run_id"]
    state = shared.prefect(f"/flow_runs/{summary['places']['flow_run'].rpartition('/')[2]}")["state"]
    assert (state["name"], state["type"]) == ("UpToDate", "COMPLETED")


def test_a_symbol_added_to_the_watchlist_of_the_first_line_is_loaded(shared: Home, tmp_path: Path) -> None:
    listed = tmp_path / "watchlist.yaml"
    listed.write_text('symbols:\n  - "AAPL"\n')
    settings = {"TICKERHOUSE_ENVIRONMENT": "listed", "TICKERHOUSE_WATCHLIST": str(listed)}
    first = shared.call("run", "--as-of", PAST, **settings)
    (named,) = re.findall(r" · watchlist (\S+)", first.lines[0])
    with Path(named).open("a") as watchlist:
        watchlist.write('  - "IBM"\n')
    second = shared.call("run", "--as-of", PAST, **settings)
    assert second.exit_status == 0, second.out + second.err
    assert {each["symbol"]: each["outcome"] for each in shared.last_run()["symbols"]}["IBM"] == "loaded"


def test_prefect_knows_the_run_by_its_named_state_and_its_artifacts(shared: Home, calm: CalmRun) -> None:
    run_id = calm.summary["places"]["flow_run"].rpartition("/")[2]
    flow_run = shared.prefect(f"/flow_runs/{run_id}")
    assert (flow_run["state"]["name"], flow_run["state"]["type"]) == ("Completed", "COMPLETED")
    tasks = shared.prefect("/task_runs/filter", {"flow_runs": {"id": {"any_": [run_id]}}})
    assert {task["name"] for task in tasks} >= {
        "plan",
        "extract batch 0: 6 symbols",
        "quarantine",
        "publish",
        *(f"{step} daily_prices" for step in ("parse", "validate", "curate", "reconcile", "load")),
    }
    artifacts = shared.prefect("/artifacts/filter", {"flow_runs": {"id": {"any_": [run_id]}}})
    assert {artifact["key"]: artifact["type"] for artifact in artifacts} == {
        "daily-prices-calm-symbols": "table",
        "daily-prices-calm-steps": "table",
        "daily-prices-calm-summary": "markdown",
        "daily-prices-calm-extraction": "progress",
    }
    logs = shared.prefect("/logs/filter", {"logs": {"flow_run_id": {"any_": [run_id]}}, "limit": 200})
    assert any("daily_prices: 597 rows new" in entry["message"] for entry in logs)
