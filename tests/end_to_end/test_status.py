"""`tickerhouse status`: what is held, read from the lake, and from the warehouse only where asked."""

import json

import pytest

from tests.end_to_end.conftest import CALM, PAST, CalmRun, Home

pytestmark = pytest.mark.server


def test_a_completed_run_leaves_a_healthy_environment(shared: Home, calm: CalmRun) -> None:
    assert calm.ended.exit_status == 0
    ended = shared.call("status", "--as-of", PAST, "--warehouse", "--json", **CALM)
    assert ended.exit_status == 0, ended.out + ended.err
    status = json.loads(ended.out)
    symbols = {row["symbol"]: row for row in status["symbols"] if row["dataset"] == "daily_prices"}
    assert len(symbols) == 6
    assert {(row["raw"], row["curated"], row["warehouse"], row["due"]) for row in symbols.values()} == {("2026-06-29",) * 4}
    assert {symbol: row["quarantined"] for symbol, row in symbols.items() if row["quarantined"]} == {"DMGD": 3}
    assert [run["flow"] for run in status["last_runs"]] == ["daily_prices"]
    assert status["prefect"] == ""


def test_an_environment_without_data_is_behind_and_nothing_is_made(shared: Home) -> None:
    before = sorted(folder.name for folder in (shared.folder / "s3").iterdir())
    ended = shared.call("status", "--as-of", PAST, TICKERHOUSE_ENVIRONMENT="bare")
    assert ended.exit_status == 3, ended.out + ended.err
    assert "Behind: 6 of 6 symbols are late, 6 of them hold nothing." in ended.lines
    assert sorted(folder.name for folder in (shared.folder / "s3").iterdir()) == before


def test_the_doctor_finds_every_link_and_shows_no_secret(shared: Home, calm: CalmRun) -> None:
    assert calm.ended.exit_status == 0
    ended = shared.call("doctor", "--json", TICKERHOUSE_SLACK_NOTICE_WEBHOOK="https://127.0.0.1/services/CANARY", **CALM)
    assert ended.exit_status == 0, ended.out + ended.err
    assert "CANARY" not in ended.out + ended.err
    levels = {finding["link"]: finding["level"] for finding in json.loads(ended.out)["findings"]}
    assert set(levels) == {
        *("versions", "settings", "clock", "key", "watchlist", "ingest role", "load role", "migrations"),
        *("prefect", "deployments", "automations", "slack"),
    }
    assert {link for link, level in levels.items() if level != "ok"} <= {"deployments", "automations"}


def test_the_doctor_names_what_is_broken(shared: Home) -> None:
    ended = shared.call("doctor", "--no-warehouse", TICKERHOUSE_WATCHLIST="no/such.yaml", **CALM)
    assert ended.exit_status == 1
    assert any(line.startswith("broken   watchlist     No watchlist at no/such.yaml.") for line in ended.lines)
