"""docs/how-to/add-an-alert.md, followed word by word."""

import json
import re
import types
from pathlib import Path

from prefect.server.events.jinja_filters import all_filters
from prefect.server.utilities.user_templates import register_user_template_filters, render_user_template_sync, validate_user_template

from deployments.alert_files import read_alerts
from infra.local.slack import what_slack_refuses

register_user_template_filters(all_filters)

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "how-to" / "add-an-alert.md").read_text()


def test_following_the_page_gives_an_alert_that_is_delivered(tmp_path: Path) -> None:
    written = []
    for block in re.finditer(r"^```\w+\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE):
        path = re.findall(r"^`(deployments/[\w/.-]+)`", PAGE[: block.start()], re.MULTILINE)[-1]
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block[1])
        written.append(path)
    assert written == ["deployments/alerts/nothing-new/alert.yaml", "deployments/alerts/nothing-new/message.json.j2"]

    (alert,) = read_alerts("prod", tmp_path / "deployments" / "alerts")
    assert (alert.name, alert.channels, alert.trigger.expect) == ("nothing-new", ("notices",), {"tickerhouse.run.ended"})
    assert alert.trigger.model_dump(mode="json")["match"] == {"prefect.resource.id": "tickerhouse.prod.*", "tickerhouse.status": "UpToDate"}
    validate_user_template(alert.message)
    event = types.SimpleNamespace(payload={"run_id": '20261120T021500Z-"x"', "calls_sent": 0})
    message = json.loads(render_user_template_sync(alert.message, {"event": event}))
    assert what_slack_refuses(message) == ""
    assert message["blocks"][2]["fields"][0]["text"] == '*Run*\n20261120T021500Z-"x"'
    assert message["blocks"][2]["fields"][1]["text"] == "*Calls*\n0"


def test_every_piece_that_the_page_names_is_there() -> None:
    shape = (ROOT / "deployments" / "alerts" / "shape.j2").read_text()
    for piece in re.findall(r"`(header|section|facts|examples|next|links|context)`", PAGE):
        assert f"macro {piece}(" in shape
