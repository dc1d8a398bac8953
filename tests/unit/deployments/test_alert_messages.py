"""Every message template, against hostile text and Slack's limits, by Prefect's own renderer."""

import json
import types
from pathlib import Path
from typing import Any

import pytest
from prefect.server.events.jinja_filters import all_filters
from prefect.server.utilities.user_templates import register_user_template_filters, render_user_template_sync, validate_user_template

from deployments.alert_files import FOLDER, AlertFile, read_alerts
from deployments.errors import AlertUnfit
from deployments.place import ROOT
from infra.local.slack import what_slack_refuses
from tasks.alerting.alert import EMITTED, Alert, Example

register_user_template_filters(all_filters)

ALERTS = {alert.name: alert for alert in read_alerts("prod")}
HOSTILE = 'he said "no"\nline \\ <!channel> & | {{ x }} {% raw %} \u2028 \x00 ``` é🔴'
WHERE = {"environment": "prod", "source": "alpha_vantage", "flow": "daily_prices", "run_id": "20261120T021500Z-1a2b3c4d", "stack": "aws"}


def full(text: str, many: int = 30) -> dict[str, Any]:
    return Alert(
        name="gate-closed",
        cause=text,
        title=text,
        text=text,
        facts={f"{number} {text}": text for number in range(many)},
        examples=tuple(Example(text, text) for _ in range(many)),
        more=many,
        next_step=text,
        command=text,
        links={f"{number} {text}": f"https://example.org/{text}" for number in range(many)},
    ).payload(WHERE)


def context(payload: object, text: str | None = "") -> dict[str, Any]:
    event = types.SimpleNamespace(payload=payload, occurred="2026-11-20", resource=types.SimpleNamespace(id="a.b", name="daily"))
    return {
        "event": event,
        "flow": types.SimpleNamespace(name=text),
        "flow_run": types.SimpleNamespace(name=text, state=types.SimpleNamespace(message=text), start_time=None),
        "deployment": types.SimpleNamespace(name=text),
    }


def rendered(alert: AlertFile, filled_in: dict[str, Any]) -> dict[str, Any]:
    text = render_user_template_sync(alert.message.replace("| ui_url", '| default("http://127.0.0.1/x")'), filled_in)
    message: dict[str, Any] = json.loads(text)
    return message


def test_every_decided_alert_has_a_message_and_every_other_a_trigger() -> None:
    """Every alert that is decided has a message and every other one its own trigger."""
    by_prefect = {"no-freshness-check", "run-crashed", "run-rejected"}
    assert set(ALERTS) == EMITTED | by_prefect
    for name in EMITTED:
        assert ALERTS[name].trigger.expect == {f"tickerhouse.alert.{name}"}


@pytest.mark.parametrize("name", sorted(ALERTS))
@pytest.mark.parametrize(
    ("payload", "text"),
    [
        pytest.param(full("plain"), "plain", id="usual"),
        pytest.param(full(HOSTILE), HOSTILE, id="hostile"),
        pytest.param(full("x" * 5000), "x" * 5000, id="long"),
        pytest.param(full("<&>" * 3000), "<&>" * 3000, id="long and escaped"),
        pytest.param(full("", 0), "", id="empty"),
        pytest.param({}, None, id="nothing"),
        pytest.param({"title": None, "facts": [None, 3, {"label": {}}], "examples": "abc", "links": [{}], "more": [1]}, None, id="odd"),
    ],
)
def test_a_message_is_always_one_that_slack_takes(name: str, payload: dict[str, Any], text: str | None) -> None:
    validate_user_template(ALERTS[name].message)
    message = rendered(ALERTS[name], context(payload, text))
    assert what_slack_refuses(message) == ""
    assert message["text"].strip()
    assert len(json.dumps(message)) < 40_000


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_no_event_at_all_still_gives_a_message(name: str) -> None:
    message = rendered(ALERTS[name], {"event": None})
    assert what_slack_refuses(message) == ""


def test_hostile_text_cannot_call_the_channel_or_forge_a_link() -> None:
    message = rendered(ALERTS["gate-closed"], context(full("<!channel> <https://evil|click>")))
    # A header is plain text, in which Slack reads no markup.
    assert message["blocks"][0]["text"]["type"] == "plain_text"
    said = json.dumps([message["text"], message["blocks"][1:]], ensure_ascii=False)
    assert "<!channel>" not in said
    assert "<https://evil|click>" not in said


def test_a_message_says_everything_needed_to_act() -> None:
    alert = Alert(
        "gate-closed",
        "x",
        "The gate closed for session 2026-11-19",
        "120 of 600 bars are quarantined.",
        {"Quarantined": "120 bars"},
        (Example("XYZ 2026-11-19", "low above open"),),
        119,
        "Look at the verdict.",
        "tickerhouse open 20261120T021500Z-1a2b3c4d",
        links={"Run": "http://127.0.0.1:4200/runs/1"},
    )
    message = rendered(ALERTS["gate-closed"], context(alert.payload(WHERE)))
    assert message["text"] == "🔴 prod · daily_prices: The gate closed for session 2026-11-19"
    texts = [block.get("text", {}).get("text", "") for block in message["blocks"]]
    assert texts[1] == "120 of 600 bars are quarantined."
    assert texts[3] == "*Quarantined*\n• *XYZ 2026-11-19* low above open\n… and 119 more"
    assert texts[4] == (
        "*Next* Look at the verdict.\n`TICKERHOUSE_STACK=aws TICKERHOUSE_ENVIRONMENT=prod TICKERHOUSE_SOURCE=alpha_vantage"
        " tickerhouse open 20261120T021500Z-1a2b3c4d`"
    )
    assert message["blocks"][2]["fields"] == [{"type": "mrkdwn", "text": "*Quarantined*\n120 bars"}]
    assert [element["text"] for element in message["blocks"][5]["elements"]] == [
        "<http://127.0.0.1:4200/runs/1|Run>",
        "*Runbook: gate-closed* docs/runbook.md#gate-closed",
    ]
    assert message["blocks"][6]["elements"][0]["text"] == "daily_prices · prod · alpha_vantage · 20261120T021500Z-1a2b3c4d"


@pytest.mark.parametrize("alert", read_alerts("prod", runbook="https://example.org/docs/runbook.md"), ids=lambda alert: alert.name)
def test_every_message_leads_to_the_section_of_its_alert_in_the_runbook(alert: AlertFile) -> None:
    texts = [element["text"] for block in rendered(alert, context({}))["blocks"] for element in block.get("elements", [])]
    assert f"<https://example.org/docs/runbook.md#{alert.name}|Runbook: {alert.name}>" in texts
    assert f"### {alert.name}\n" in (ROOT / "docs" / "runbook.md").read_text()


def test_a_link_is_whole_or_left_out() -> None:
    """A presigned link with a session's token has about 2,000 characters; one that Slack would cut leads nowhere."""

    def links(address: str) -> str:
        payload = Alert("gate-closed", "x", "t", "t", links={"Verdict": address}).payload(WHERE)
        message = rendered(ALERTS["gate-closed"], context(payload))
        return str(next(block for block in message["blocks"] if block["type"] == "context")["elements"][0]["text"])

    long = "https://lake/index.html?X-Amz-Security-Token=" + "a" * 2000
    assert links(long) == f"<{long}|Verdict>"
    assert links(long + "a" * 2000) == "*Verdict*"


def test_the_end_of_a_trouble_names_the_incident_at_its_foot() -> None:
    payload = Alert("recovered", "x", "Recovered: late", "t", incident="late-20261120T0120Z").payload(WHERE)
    foot = rendered(ALERTS["recovered"], context(payload))["blocks"][-1]["elements"][0]["text"]
    assert foot.endswith(" · incident late-20261120T0120Z")


def test_nothing_is_put_into_a_message_without_being_made_json() -> None:
    pieces = {"plain", "said"}
    for file in [*FOLDER.glob("*/message.json.j2")]:
        for expression in file.read_text().split("{{")[1:]:
            inside = expression.partition("}}")[0].strip()
            is_piece = inside.partition("(")[0] not in pieces and inside.endswith(")") and inside[0].isalpha()
            assert is_piece or inside.endswith("| tojson"), f"{file.parent.name}: {inside}"


def test_a_dead_scheduler_is_noticed_by_the_absence_of_checks() -> None:
    trigger = ALERTS["no-freshness-check"].trigger
    assert trigger.posture.value == "Proactive"
    assert trigger.expect == {"tickerhouse.freshness.checked"}
    assert trigger.within.total_seconds() == 26 * 3600


@pytest.mark.parametrize(
    ("described", "fact"),
    [
        ("channels: [alarms]", "must hold"),
        ("description: x\nchannels: [nobody]", "names the channels"),
        ("description: x\nchannels: [alarms]\ncolour: red", "must hold"),
        ("description: x\nchannels: [alarms]\ntrigger: {within: soon}", "trigger of odd is invalid"),
    ],
)
def test_a_folder_that_is_no_alert_is_refused_by_name(tmp_path: Path, described: str, fact: str) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "alert.yaml").write_text(described)
    (folder / "message.json.j2").write_text("{}")
    with pytest.raises(AlertUnfit, match=fact):
        read_alerts("prod", tmp_path)


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_the_first_words_are_environment_flow_and_fact(name: str) -> None:
    message = rendered(ALERTS[name], context(full("the fact"), "daily_prices"))
    flow = "freshness" if name == "no-freshness-check" else "daily_prices"
    for text in (message["text"], message["blocks"][0]["text"]["text"]):
        sign, words = text.split(" ", 1)
        assert len(sign) == 1
        assert words.startswith(f"prod · {flow}")


def test_a_run_is_started_where_it_is_deployed_for_every_missing_symbol() -> None:
    alert = Alert("completed-with-warnings", "x", "t", "t", starts="daily_prices", symbols=("AAPL", "BRK-B"))
    run = "prefect deployment run 'daily_prices/daily-prices-prod'"
    assert alert.payload(WHERE)["command"] == f"""{run} --param symbols='["AAPL", "BRK-B"]'"""
    assert Alert("late", "x", "t", "t", starts="daily_prices").payload(WHERE)["command"] == run
    assert Alert("late", "x", "t", "t").payload(WHERE)["command"] == ""
