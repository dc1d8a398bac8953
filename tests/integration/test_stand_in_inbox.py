from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from infra.local.slack import SlackInbox

pytestmark = pytest.mark.embedded


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[SlackInbox]:
    with SlackInbox(tmp_path / "slack", now=lambda: datetime(2026, 11, 20, 21, tzinfo=UTC)) as running:
        yield running


def test_a_message_is_taken_kept_and_shown(inbox: SlackInbox) -> None:
    answer = httpx.post(inbox.webhook_url, json={"text": "5 symbols landed"})
    assert (answer.status_code, answer.text) == (200, "ok")
    assert inbox.messages() == [{"received": "2026-11-20T21:00:00+00:00", "message": {"text": "5 symbols landed"}}]
    assert httpx.get(f"{inbox.url}/messages").json() == inbox.messages()
    page = httpx.get(inbox.url)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "5 symbols landed" in page.text
    assert "20 Nov 2026, 21:00:00 UTC" in page.text


def test_a_form_is_taken_as_slack_takes_it(inbox: SlackInbox) -> None:
    assert httpx.post(inbox.webhook_url, data={"payload": '{"text": "a form"}'}).text == "ok"
    assert inbox.messages()[0]["message"] == {"text": "a form"}


def test_what_slack_refuses_is_refused_in_its_words_and_not_kept(inbox: SlackInbox) -> None:
    for body, word in ((b"{", "invalid_payload"), (b"[]", "invalid_payload"), (b"{}", "no_text"), (b'{"blocks": [{}]}', "invalid_blocks")):
        answer = httpx.post(inbox.webhook_url, content=body)
        assert (answer.status_code, answer.text) == (400, word)
    assert httpx.post(inbox.webhook_url, data={"text": "no payload"}).text == "invalid_payload"
    gone = httpx.post(f"{inbox.url}/gone", json={"text": "x"})
    assert (gone.status_code, gone.text) == (404, "no_service")
    assert inbox.messages() == []


def test_messages_outlive_the_inbox(tmp_path: Path) -> None:
    unusual = "a line separator \u2028 and a snowman ☃"
    with SlackInbox(tmp_path) as first:
        httpx.post(first.webhook_url, json={"text": unusual})
    with SlackInbox(tmp_path) as second:
        httpx.post(second.webhook_url, json={"text": "later"})
        assert [kept["message"]["text"] for kept in second.messages()] == [unusual, "later"]
