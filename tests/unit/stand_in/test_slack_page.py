from typing import Any

import pytest

from infra.local.slack import what_slack_refuses
from infra.local.slack_page import render_page
from infra.local.slack_text import marked_up, plain

HOSTILE = "<script>alert('x')</script>"


def page_of(*messages: dict[str, Any]) -> str:
    return render_page([{"received": "2026-11-20T21:00:00+00:00", "message": message} for message in messages])


def header(text: str) -> dict[str, Any]:
    return {"type": "header", "text": {"type": "plain_text", "text": text}}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*bold* _slanted_ ~gone~", "<b>bold</b> <i>slanted</i> <s>gone</s>"),
        ("snake_case_name 2*3*4", "snake_case_name 2*3*4"),
        ("`a*b*c_d_`", "<code>a*b*c_d_</code>"),
        (
            "<https://example.com/?a=1&amp;b=2|the page>",
            '<a href="https://example.com/?a=1&amp;b=2" rel="noreferrer noopener" target="_blank">the page</a>',
        ),
        ("<javascript:alert(1)|the page>", "&lt;javascript:alert(1)|the page&gt;"),
        ("<!here>", '<span class="mention">@here</span>'),
        ("1 &lt; 2 &amp; 3", "1 &lt; 2 &amp; 3"),
        ("&gt; said\nthen", "<blockquote>said</blockquote>then"),
        ("```a\n<b>```", "<pre>a\n&lt;b&gt;</pre>"),
        ("one\ntwo :warning: :no_such:", "one<br>two ⚠️ :no_such:"),
    ],
)
def test_text_is_marked_up_as_slack_does(text: str, shown: str) -> None:
    assert marked_up(text) == shown


def test_plain_text_has_no_markup() -> None:
    assert plain("*not bold* <b>") == "*not bold* &lt;b&gt;"


def test_everything_in_a_message_is_escaped() -> None:
    quoted = {"type": "mrkdwn", "text": HOSTILE}
    blocks = [
        header(HOSTILE),
        {
            "type": "section",
            "text": quoted,
            "fields": [quoted],
            "accessory": {"type": "image", "image_url": f'https://"{HOSTILE}', "alt_text": HOSTILE},
        },
        {"type": "context", "elements": [quoted]},
        {"type": "actions", "elements": [{"type": "button", "text": quoted, "url": f'https://x/"{HOSTILE}', "style": HOSTILE}]},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": HOSTILE}]}]},
        {"type": HOSTILE},
    ]
    attachment: dict[str, Any] = dict.fromkeys(("title", "title_link", "text", "pretext", "footer", "color", "fallback"), HOSTILE)
    page = page_of(
        {"text": HOSTILE, "username": HOSTILE},
        {"blocks": blocks},
        {"text": "x", "attachments": [{**attachment, "fields": [{"title": HOSTILE, "value": HOSTILE}]}]},
    )
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 12


def test_a_button_opens_no_script() -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "url": "javascript:alert(1)", "style": "primary"}
    page = page_of({"blocks": [{"type": "actions", "elements": [button]}]})
    assert '<span class="button primary">Go</span>' in page
    assert "javascript" not in page


def test_the_newest_message_comes_first_and_blocks_stand_for_the_text() -> None:
    page = page_of({"text": "the older"}, {"text": "for the notification", "blocks": [header("the newer")]})
    assert page.index("the newer") < page.index("the older")
    assert "for the notification" not in page
    assert "2 messages" in page


def test_an_empty_inbox_says_so() -> None:
    assert "No message yet." in page_of()


def test_the_page_loads_nothing_from_elsewhere() -> None:
    page = page_of({"blocks": [{"type": "image", "image_url": "https://example.com/a.png", "alt_text": "chart"}]})
    assert "src=" not in page
    assert 'href="https://example.com/a.png"' in page


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ({"text": "hello"}, ""),
        ({}, "no_text"),
        ({"text": ""}, "no_text"),
        ({"blocks": []}, "no_text"),
        ({"blocks": [header("x" * 150)]}, ""),
        ({"blocks": [header("x" * 151)]}, "invalid_blocks"),
        ({"blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]}, "invalid_blocks"),
        ({"blocks": [{"type": "divider"}] * 50}, ""),
        ({"blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]}, "invalid_blocks"),
        ({"blocks": [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 10}]}, ""),
        ({"blocks": [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 11}]}, "invalid_blocks"),
        ({"blocks": [{"type": "section"}]}, "invalid_blocks"),
        ({"blocks": [{"type": "sections", "text": {"type": "mrkdwn", "text": "x"}}]}, "invalid_blocks"),
        ({"attachments": [{"text": "x"}]}, ""),
        ({"attachments": ["x"]}, "invalid_attachments"),
        ({"attachments": [{"blocks": [{"type": "nothing"}]}]}, "invalid_attachments"),
    ],
)
def test_a_message_is_refused_where_slack_refuses_it(message: dict[str, Any], word: str) -> None:
    assert what_slack_refuses(message) == word
