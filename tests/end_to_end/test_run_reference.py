"""Events, the source's adjusted series, listings and quotes, as flows on the embedded stack: what they load, and what they ask again."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.end_to_end.conftest import PAST, Home

pytestmark = [pytest.mark.server, pytest.mark.worker]

SYMBOLS: Final = ["AAPL", "DMGD", "SPY"]
SETTINGS: Final = {"TICKERHOUSE_PLAN": "premium_1200", "TICKERHOUSE_ENVIRONMENT": "reference"}
GATED: Final = SETTINGS | {"TICKERHOUSE_GATE_LIMIT": "0", "TICKERHOUSE_GATE_ROWS": "1"}

AFTER_A_SPLIT: Final = "2024-06-12T02:00:00Z"
"""NVDA was split ten for one on 2024-06-10."""

ROWS: Final = """
select (select count(*) from market.fact_dividend), (select count(*) from market.fact_split),
    (select count(*) from market.fact_adjusted_price), (select count(*) from market.dim_symbol),
    (select count(sector) from market.dim_symbol), (select count(*) from market.quote), (select count(*) from ops.run)
"""


@pytest.fixture(scope="module")
def runs(shared: Home) -> dict[str, dict[str, Any]]:
    """The summary of every run of this file by its name."""

    def run(flow: str, settings: Mapping[str, str], symbols: list[str], as_of: str = PAST) -> dict[str, Any]:
        ended = shared.call(flow.replace("_", "-"), "--symbols", ",".join(symbols), "--as-of", as_of, **settings)
        summary = shared.last_run()
        assert ended.exit_status == summary["exit_code"], ended.out + ended.err
        return summary

    others = ("corporate_actions", "listings", "quotes")
    # Before the sound run, which then brings what the gate had kept out.
    made = {"gated": run("corporate_actions", GATED, ["AAPL", "DMGD"])}
    made |= {flow: run(flow, SETTINGS, SYMBOLS) for flow in others}
    made |= {f"{flow} again": run(flow, SETTINGS, SYMBOLS) for flow in others}
    return made | {f"moved {number}": run("run", SETTINGS, ["NVDA"], AFTER_A_SPLIT) for number in (1, 2, 3)}


def counts(shared: Home, statement: str) -> list[int]:
    asked = shared.call("sql", statement, "--csv", **SETTINGS)
    assert asked.exit_status == 0, asked.err
    return [int(text) for text in asked.lines[1].split(",")]


def test_every_kind_is_in_its_table_and_every_run_that_asked_is_in_ops_run(shared: Home, runs: Mapping[str, dict[str, Any]]) -> None:
    assert {name: runs[name]["status"] for name in ("corporate_actions", "listings", "quotes")} == {
        "corporate_actions": "Completed",
        "listings": "Completed",
        "quotes": "Completed",
    }
    dividends, splits, adjusted, listed, sectors, quotes, attempts = counts(shared, ROWS)
    told: Counter[str] = Counter()
    for run in runs.values():
        told.update({dataset["name"]: dataset["rows"]["new"] for dataset in run["datasets"] if dataset["name"] != "daily_prices"})
    assert told == {"dividends": dividends, "splits": splits, "adjusted_prices": adjusted, "listings": listed, "quotes": quotes}
    # Two of AAPL, two of NVDA, whose move asked for them.
    assert splits == 4
    assert dividends > 150
    assert adjusted > 19_000
    assert (listed, quotes) == (23, 3)
    # A fund has no company behind it, and so no sector.
    assert sectors == 2
    assert attempts == 7


def test_a_second_run_of_the_day_asks_nothing_but_quotes(runs: Mapping[str, dict[str, Any]]) -> None:
    again = {name: (run["status"], run["calls"]["sent"]) for name, run in runs.items() if name.endswith(" again")}
    assert again == {"corporate_actions again": ("UpToDate", 0), "listings again": ("UpToDate", 0), "quotes again": ("Completed", 3)}
    assert runs["quotes again"]["rows"]["unchanged"] == 3


def test_held_back_rows_are_kept_counted_and_listed_once(shared: Home, runs: Mapping[str, dict[str, Any]]) -> None:
    first, second = runs["gated"], runs["corporate_actions"]
    assert (first["rows"]["quarantined"], first["quarantine"]["new"], first["quarantine"]["known"]) == (3, 3, 0)
    assert (second["rows"]["quarantined"], second["quarantine"]["new"], second["quarantine"]["known"]) == (3, 0, 3)
    for run in (first, second):
        assert (shared.folder / "s3" / run["places"]["quarantine"].removeprefix("s3://")).is_file()
    listed = shared.call("quarantine", "list", **SETTINGS)
    (line,) = [line for line in listed.lines if first["run_id"] in line]
    assert line.split()[1:4] == ["adjusted_prices", "3", "1"]


def test_a_run_beside_the_daily_one_ends_as_that_does(shared: Home, runs: Mapping[str, dict[str, Any]]) -> None:
    run = runs["corporate_actions"]
    flow_run = run["places"]["flow_run"].rpartition("/")[2]
    artifacts = shared.prefect("/artifacts/filter", {"flow_runs": {"id": {"any_": [flow_run]}}})
    assert {artifact["key"] for artifact in artifacts} >= {
        f"corporate-actions-{run['environment']}-{what}" for what in ("symbols", "steps", "summary")
    }
    assert run["metrics"]["RowsLoaded"] == run["rows"]["new"]
    lake = shared.folder / "s3" / run["places"]["summary"].removeprefix("s3://").partition("/")[0]
    assert (lake / "quality" / run["run_id"] / "index.html").is_file()
    remembered = json.loads((lake / "state" / "history" / "corporate_actions.json").read_text())
    assert [entry["status"] for entry in remembered["runs"]] == ["GateClosed", "Completed", "UpToDate"]
    assert (lake / "state" / "alerts" / "said" / "corporate_actions.json").is_file()


def test_a_gate_that_closes_on_one_kind_costs_the_others_nothing(shared: Home, runs: Mapping[str, dict[str, Any]]) -> None:
    run = runs["gated"]
    assert (run["status"], run["exit_code"], run["error"]["name"]) == ("GateClosed", 5, "GateClosed")
    assert run["error"]["fact"].startswith("adjusted_prices: 3 of ")
    assert {dataset["name"]: dataset["is_gate_open"] for dataset in run["datasets"]} == {
        "splits": True,
        "dividends": True,
        "adjusted_prices": False,
    }
    tables = ("fact_split", "fact_dividend", "fact_adjusted_price")
    of_run = [f"(select count(*) from market.{table} where run_id = '{run['run_id']}')" for table in tables]
    splits, dividends, adjusted = counts(shared, f"select {', '.join(of_run)}")
    assert (splits, adjusted) == (2, 0)
    assert dividends > 50


def test_an_unexplained_move_brings_its_events_and_is_then_forgotten(shared: Home, runs: Mapping[str, dict[str, Any]]) -> None:
    """A move that no event explains brings its events first and is then forgotten."""
    first, second, third = (runs[f"moved {number}"] for number in (1, 2, 3))
    assert (first["status"], first["calls"]["sent"]) == ("Completed", 1)
    assert {dataset["name"] for dataset in first["datasets"]} == {"daily_prices"}
    assert (second["status"], second["calls"]["sent"], second["rows"]["parsed"]) == ("Completed", 2, 0)
    assert {dataset["name"] for dataset in second["datasets"]} - {"daily_prices"} == {"splits", "dividends"}
    assert (third["status"], third["calls"]["sent"]) == ("UpToDate", 0)
    cut = "count(case when adjusted.adjusted_close < 0.2 * as_traded.close then 1 end)"
    joined = "market.daily_price_adjusted as adjusted join market.fact_daily_price as as_traded using (symbol, session_date)"
    # The 98 sessions before the split are adjusted tenfold; the two since are not.
    assert counts(shared, f"select count(*), {cut} from {joined}") == [100, 98]
