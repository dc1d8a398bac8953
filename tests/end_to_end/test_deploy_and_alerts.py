"""What `tickerhouse deploy` makes, on a real Prefect server with a real worker, and what Slack shows when something happens."""

import json
import re
import signal
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psutil
import pytest

from tasks.alerting.alert import EMITTED, RAISED_BY_PREFECT, Alert, Example
from tasks.datasets import DATASETS
from tasks.wording import deployment_path
from tests.end_to_end.conftest import PAST, Home, read_until
from tests.end_to_end.deployed import Deployed, belongs_to, wait_for, words

pytestmark = [pytest.mark.server, pytest.mark.worker]

ENVIRONMENT = "alerts"
FLOWS = {"backfill", "corporate_actions", "daily_prices", "freshness", "listings", "maintenance", "migrate", "quotes", "rebuild", "shard"}


@pytest.fixture(scope="module")
def deployed(shared: Home) -> Iterator[Deployed]:
    inbox = f"http://127.0.0.1:{shared.port('slack')}/services/T00000000"
    settings = {
        "TICKERHOUSE_ENVIRONMENT": ENVIRONMENT,
        "TICKERHOUSE_SLACK_WEBHOOK": f"{inbox}/B00000000/alarms",
        "TICKERHOUSE_SLACK_NOTICE_WEBHOOK": f"{inbox}/B00000001/notices",
    }
    started = shared.start("worker", **settings)
    try:
        first = shared.run("deploy", **settings)
        assert first.exit_status == 0, first.out + first.err
        read_until(started, "Worker ")
        yield Deployed(shared, settings, first.lines, psutil.Process(started.pid))
    finally:
        for child in psutil.Process(started.pid).children():
            child.send_signal(signal.SIGINT)
        started.send_signal(signal.SIGINT)
        started.communicate(timeout=60)


def test_a_first_deploy_makes_everything_and_a_second_changes_nothing(deployed: Deployed) -> None:
    assert re.fullmatch(r"\d+ created, 0 changed, [01] left, 0 removed\.", deployed.first[-1])
    made = {tuple(line.split(maxsplit=2)[1:]) for line in deployed.first if line.startswith("  created")}
    assert {("deployment", deployment_path(flow, ENVIRONMENT)) for flow in FLOWS} <= made
    automations = EMITTED | RAISED_BY_PREFECT | {"freshness after a load", "resume crashed", "resume unstarted", "unresponsive"}
    assert {name for kind, name in made if kind == "automation"} == {f"tickerhouse {ENVIRONMENT}: {name}" for name in automations}
    tables = {dataset.schema.table for dataset in DATASETS.values()}
    assert {name for kind, name in made if kind == "limit"} == {f"warehouse-{ENVIRONMENT}-synthetic-{table}" for table in tables}
    assert {("block", f"webhook/tickerhouse-{ENVIRONMENT}-alarms"), ("block", f"webhook/tickerhouse-{ENVIRONMENT}-notices")} <= made

    assert deployed.first[0].startswith(
        f"Deploying to the embedded Prefect server at http://127.0.0.1:{deployed.home.port('prefect')}/api: "
    )

    before = held(deployed.home)
    rehearsed = deployed.deploy("--dry-run", TICKERHOUSE_ENVIRONMENT="nowhere")
    assert rehearsed[-1].endswith(" to create, 0 to change, 1 left, 0 to remove. Nothing was written.")
    again = deployed.deploy()
    assert re.fullmatch(rf"0 created, 0 changed, {len(again) - 2} left, 0 removed\.", again[-1])
    assert held(deployed.home) == before


def held(home: Home) -> dict[str, Any]:
    """What Prefect holds, with the moment of the last writing."""
    automations = home.prefect("/automations/filter", {})
    deployments = home.prefect("/deployments/filter", {})
    return {
        "automations": {each["id"]: each["updated"] for each in automations},
        "deployments": {each["id"]: each["updated"] for each in deployments},
        "schedules": {schedule["id"] for each in deployments for schedule in each["schedules"]},
    }


def test_no_process_of_the_worker_is_given_a_webhook(deployed: Deployed) -> None:
    children = deployed.worker.children(recursive=True)
    assert children
    hooks = {value for name, value in deployed.settings.items() if name.endswith("WEBHOOK")}
    assert hooks
    for process in children:
        assert not hooks & set(process.environ().values())


def test_the_doctor_sees_the_worker(deployed: Deployed) -> None:
    found = json.loads(deployed.home.run("doctor", "--no-warehouse", "--json", **deployed.settings).out)["findings"]
    assert {each["link"]: each["level"] for each in found}["worker"] == "ok"


def test_a_deployment_says_when_how_and_with_which_form(deployed: Deployed) -> None:
    daily = deployed.deployment("daily_prices")
    (schedule,) = daily["schedules"]
    assert (schedule["schedule"]["cron"], schedule["schedule"]["timezone"]) == ("15 20 * * 1-5", "America/New_York")
    assert "A manual run starts at once" in daily["description"]
    assert daily["tags"] == ["tickerhouse", f"tickerhouse-{ENVIRONMENT}"]
    assert daily["global_concurrency_limit"]["limit"] == 1
    assert daily["concurrency_options"]["collision_strategy"] == "ENQUEUE"
    assert daily["version"]
    form = daily["parameter_openapi_schema"]["properties"]
    assert form["symbols"]["title"] == "Symbols"
    assert form["symbols"]["examples"] == [["AAPL", "BRK-B"]]
    for flow in FLOWS:
        for field in deployed.deployment(flow)["parameter_openapi_schema"]["properties"].values():
            assert field["title"][0].isupper()
            assert field["description"].partition(" Example: ")[0].endswith(".")


def test_schedules_produce_runs_in_the_evening_of_new_york(deployed: Deployed) -> None:
    wanted = {
        "deployments": {"id": {"any_": [deployed.deployment("daily_prices")["id"]]}},
        "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
    }
    wait_for(lambda: "yes" if deployed.home.prefect("/flow_runs/filter", wanted) else "", 90)
    runs = [run for run in deployed.home.prefect("/flow_runs/filter", wanted) if run["auto_scheduled"]]
    moments = {datetime.fromisoformat(run["expected_start_time"]).astimezone(UTC) for run in runs}
    assert {(moment.hour, moment.minute) for moment in moments} <= {(0, 15), (1, 15)}
    assert all({"tickerhouse", f"tickerhouse-{ENVIRONMENT}"} <= set(run["tags"]) for run in runs)


def test_a_parameter_that_no_flow_knows_is_refused_at_once(deployed: Deployed) -> None:
    with pytest.raises(httpx.HTTPStatusError) as refused:
        deployed.start("daily_prices", nonsense=1)
    assert refused.value.response.status_code == httpx.codes.CONFLICT
    assert "'nonsense' was unexpected" in refused.value.response.text


@pytest.mark.parametrize("name", sorted(EMITTED))
def test_every_decided_alert_arrives_as_it_was_decided(deployed: Deployed, name: str) -> None:
    alert = Alert(
        name,
        "cause",
        f'{name} said "so"',
        "What happened & why.",
        {"Session": "2026-11-19"},
        (Example("XYZ", "low > open"),),
        next_step="Do this.",
        starts="daily_prices",
    )
    deployed.emit(alert)
    said = ""
    for sign in ("🔴", "🟠", "🟢"):
        first = f'{sign} {ENVIRONMENT} · daily_prices: {name} said "so"'
        found = [words(message) for message in deployed.messages() if message["text"] == first]
        said = found[0] if found else said
    said = said or wait_for(
        lambda: next((words(message) for message in deployed.messages() if message["text"].endswith(f'{name} said "so"')), ""), 30
    )
    assert "What happened &amp; why." in said
    assert "*Session*\n2026-11-19" in said
    assert f"*Next* Do this.\n`prefect deployment run 'daily_prices/daily-prices-{ENVIRONMENT}'`" in said
    assert f"daily_prices · {ENVIRONMENT} · synthetic · 20261120T021500Z-1a2b3c4d" in said


def test_the_dead_mans_switch_speaks_when_no_check_is_heard_of(deployed: Deployed) -> None:
    switch = deployed.automation("no-freshness-check")
    impatient = {name: switch[name] for name in ("tags", "actions", "enabled")} | {
        "name": "an impatient copy",
        "trigger": {name: value for name, value in switch["trigger"].items() if name != "id"} | {"within": 10},
    }
    made = deployed.home.prefect("/automations/", impatient)
    try:
        said = deployed.heard("🔴 no check for 26 hours", 60)
    finally:
        url = f"http://127.0.0.1:{deployed.home.port('prefect')}/api/automations/{made['id']}"
        urllib.request.urlopen(urllib.request.Request(url, method="DELETE"), timeout=10).close()
    assert f"prefect deployment run 'freshness/freshness-{ENVIRONMENT}'" in said


def test_a_silence_pauses_what_prefect_notices_until_its_end(deployed: Deployed) -> None:
    """A silence pauses what Prefect notices until its end, and a deploy in between leaves it."""
    until = (datetime.now(UTC) + timedelta(seconds=30)).isoformat(timespec="seconds")
    said = deployed.home.run("silence", "run-rejected", "--until", until, "--reason", "a change of parameters", **deployed.settings)
    assert said.exit_status == 0, said.err
    assert not deployed.automation("run-rejected")["enabled"]
    assert deployed.automation("run-crashed")["enabled"]
    assert re.fullmatch(r"0 created, 0 changed, \d+ left, 0 removed\.", deployed.deploy()[-1])
    assert not deployed.automation("run-rejected")["enabled"]

    wait_for(lambda: "over" if datetime.now(UTC) > datetime.fromisoformat(until) else "", 40)
    deployed.ended(deployed.start("freshness"), 150)
    assert deployed.automation("run-rejected")["enabled"]
    assert "run-rejected" not in deployed.home.run("silence", **deployed.settings).out


def test_missing_symbols_are_said_then_freshness_then_the_recovery(deployed: Deployed) -> None:
    """By runs in the worker: a symbol that does not exist, a load whose event starts the freshness check, a run in which all is well."""
    short = deployed.start("daily_prices", symbols=["AAPL", "NOSUCH"])
    assert deployed.ended(short, 150) == "CompletedWithWarnings"
    said = deployed.heard("🟠 1 of 2 symbols missing for session ")
    assert "• *NOSUCH*" in said
    assert f"""`prefect deployment run 'daily_prices/daily-prices-{ENVIRONMENT}' --param symbols='["NOSUCH"]'`""" in said
    assert deployed.home.prefect(f"/flow_runs/{short}")["name"].startswith("daily prices: 1 of 2 symbols missing, session ")
    logs = deployed.home.prefect("/logs/filter", {"logs": {"flow_run_id": {"any_": [short]}}, "limit": 200})
    assert [entry["message"] for entry in logs if entry["name"] == "tickerhouse.step.plan"] == [
        "2 calls · 0 symbols up to date · 0 skipped"
    ]

    assert "• *MSFT* 2 sessions behind; holds nothing" in deployed.heard("🔴 5 of 6 symbols are up to 2 sessions behind", 150)

    whole = deployed.start("daily_prices", symbols=["AAPL"])
    assert deployed.ended(whole, 150) == "UpToDate"
    assert "• *completed-with-warnings* 1 of 2 symbols missing" in deployed.heard("🟢 Recovered: completed-with-warnings")


def test_prefect_alone_says_that_a_run_was_killed_or_could_not_begin(deployed: Deployed) -> None:
    """A run that cannot begin and one that is killed are said by Prefect alone."""
    refused = deployed.start("freshness", as_of="2126-01-01T00:00:00Z")
    killed = deployed.start("backfill", symbols=["MSFT"], from_session="2026-08-03")

    def kill() -> str:
        if deployed.state(killed) == "Running":
            for process in deployed.worker.children(recursive=True):
                if belongs_to(process, killed):
                    process.kill()
                    return "killed"
        return ""

    assert wait_for(kill, 150) == "killed"
    assert f"prefect deployment run 'backfill/backfill-{ENVIRONMENT}'" in deployed.heard("🔴 backfill crashed", 90)
    assert wait_for(lambda: " ".join(deployed.history(killed)) if deployed.count(killed) == 2 else "", 240)
    assert deployed.ended(killed, 240) in {"Completed", "CompletedWithWarnings", "UpToDate"}
    assert [name for name in deployed.history(killed) if name in {"Crashed", "AwaitingRetry"}] == ["Crashed", "AwaitingRetry"]
    doubled = "select symbol, session_date from market.fact_daily_price group by 1, 2 having count(*) > 1"
    assert deployed.home.call("sql", doubled, "--csv", **deployed.settings).lines[1:] == []
    assert deployed.ended(refused, 150) == "Failed"
    assert "is in the future" in deployed.heard("🔴 freshness could not start")


@pytest.mark.parametrize("begins", [True, False])
def test_a_run_that_crashes_again_is_left_to_people(deployed: Deployed, begins: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Once it is taken up again, and then no more, whether its code began or never did."""
    home = deployed.home
    flow = home.prefect("/flows/", {"name": f"nobody runs it {begins}"})
    tags = ["tickerhouse", f"tickerhouse-{ENVIRONMENT}"]
    deployment = home.prefect("/deployments/", {"name": "by-hand", "flow_id": flow["id"], "tags": tags})
    run = str(home.prefect(f"/deployments/{deployment['id']}/create_flow_run", {"tags": tags})["id"])

    def crash() -> None:
        for state in ["PENDING", *(["RUNNING"] if begins else []), "CRASHED"]:
            home.prefect(f"/flow_runs/{run}/set_state", {"state": {"type": state}, "force": True})

    def messages() -> list[str]:
        return [message["text"] for message in deployed.messages() if f"nobody runs it {begins} crashed" in message["text"]]

    crash()
    wait_for(lambda: "taken up" if deployed.state(run) == "AwaitingRetry" else "", 120)
    crash()
    wait_for(lambda: "twice" if len(messages()) == 2 else "", 40)
    # Longer than a run that may begin again waits.
    time.sleep(75 if begins else 5)
    assert deployed.state(run) == "Crashed"
    assert deployed.history(run).count("AwaitingRetry") == 1


def test_the_next_run_takes_up_one_that_was_cancelled_in_the_ui(deployed: Deployed) -> None:
    """A run that is cancelled in the UI ends cleanly and the next one takes it up."""
    home = deployed.home
    rule = {"symbol": "ZZC002", "nth": [1], "answer": "latency", "seconds": 12.0}
    asked = {"kind": "synthetic", "as_of": PAST, "plan": "premium_1200", "label": "cancelled", "scenario": {"rules": [rule]}}
    source = home.stand_in("/sources", asked)
    surroundings = {"TICKERHOUSE_API_URL": source["url"]}
    symbols = ["ZZC001", "ZZC002"]

    def answered() -> str:
        counts = home.stand_in(f"/sources/{source['id']}/requests")["counts"].get("TIME_SERIES_DAILY", {})
        return "both asked" if set(counts) == set(symbols) else ""

    cancelled = deployed.start("daily_prices", surroundings, symbols=symbols, as_of=PAST)
    wait_for(answered, 150)
    # As the UI's button does it.
    home.prefect(f"/flow_runs/{cancelled}/set_state", {"state": {"type": "CANCELLING"}})
    assert deployed.ended(cancelled, 90) == "Cancelled"
    assert not [bar for bar in home.bars(**deployed.settings) if bar.startswith("ZZC")]

    again = deployed.start("daily_prices", surroundings, symbols=symbols, as_of=PAST)
    assert deployed.ended(again, 150) == "Completed", home.prefect(f"/flow_runs/{again}")["state"]["message"]
    assert home.stand_in(f"/sources/{source['id']}/requests")["counts"]["TIME_SERIES_DAILY"] == {"ZZC001": 1, "ZZC002": 2}
    held = {bar.split(",")[0] for bar in home.bars(**deployed.settings)}
    assert {"ZZC001", "ZZC002"} <= held


@pytest.mark.parametrize("words", [("migrate", "--deployed"), ("rebuild", "--deployed")], ids=" ".join)
def test_a_deployed_flow_is_started_and_followed_to_its_end(deployed: Deployed, words: tuple[str, str]) -> None:
    # A rebuild of nothing is refused.
    assert deployed.home.call("run", "--symbols", "AAPL", **deployed.settings).exit_status == 0
    done = deployed.home.run(*words, **deployed.settings)
    assert done.exit_status == 0, done.out + done.err
    assert re.search(rf"{words[0]}/{words[0]}-{ENVIRONMENT}: started as the run ", done.out)
    assert "  Completed" in done.lines


def test_an_alert_that_slack_refused_is_said_in_the_other_channel(
    deployed: Deployed,
) -> None:
    """The next deploy prunes and puts right, and an alert that Slack did not take is said in the other channel."""
    home, daily = deployed.home, deployed.deployment("daily_prices")
    extra = [{"schedule": {"cron": "0 5 * * *", "timezone": "UTC"}, "active": True, "slug": "by-hand"}]
    home.prefect(f"/deployments/{daily['id']}/schedules", extra)  # type: ignore[arg-type]
    stuck = deployed.automation("run-stuck")
    copy = {name: stuck[name] for name in ("tags", "trigger", "actions", "enabled")} | {"name": f"tickerhouse {ENVIRONMENT}: of yesterday"}
    home.prefect("/automations/", copy)
    # As an older release called all of them.
    former = {"name": ENVIRONMENT, "flow_id": daily["flow_id"], "tags": daily["tags"]}
    home.prefect("/deployments/", former)
    revoked = {"TICKERHOUSE_SLACK_WEBHOOK": f"http://127.0.0.1:{home.port('slack')}/revoked"}

    rehearsed = deployed.deploy("--dry-run", **revoked)
    assert rehearsed[-1].endswith("Nothing was written.")
    said = [line for line in deployed.deploy(**revoked) if not line.startswith("  left")]
    assert [line.strip() for line in said[1:-1]] == [
        f"changed   block       webhook/tickerhouse-{ENVIRONMENT}-alarms (another address)",
        f"changed   deployment  daily_prices/daily-prices-{ENVIRONMENT} (schedules)",
        f"removed   schedule    daily_prices/daily-prices-{ENVIRONMENT} 0 5 * * * UTC",
        f"removed   deployment  daily_prices/{ENVIRONMENT}",
        f"removed   automation  tickerhouse {ENVIRONMENT}: of yesterday",
    ]
    announced = [line.replace("to change", "changed  ").replace("to remove", "removed  ") for line in rehearsed]
    assert [line for line in announced if not line.startswith("  left")][1:-1] == said[1:-1]
    assert len(deployed.deployment("daily_prices")["schedules"]) == 1

    deployed.emit(Alert("run-failed", "c", "nobody reads this", "x"))
    wanted = {"filter": {"event": {"name": ["prefect.automation.action.executed"]}}, "limit": 50}

    def refused() -> str:
        events = home.prefect("/events/filter", wanted)["events"]
        return next(("yes" for event in events if event["payload"].get("status_code") == 404), "")

    wait_for(refused, 30)
    deployed.ended(deployed.start("freshness"), 150)
    words_of_it = deployed.heard("🔴 1 alert did not arrive", 60)
    assert f"tickerhouse {ENVIRONMENT}: run-failed" in words_of_it
    assert "HTTP 404" in words_of_it
    assert "nobody reads this" not in str(deployed.messages())
