"""The page of the Slack inbox: messages newest first, drawn roughly as Slack draws them, in one self-contained HTML document."""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from infra.local.slack_text import link, marked_up, plain, text_object

_COLOURS: Final = {"good": "#2eb67d", "warning": "#ecb22e", "danger": "#e01e5a"}
_HEX_COLOUR: Final = re.compile(r"#?([0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})")
_NO_COLOUR: Final = "#dddddd"

_STYLE: Final = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #f4f1f5; color: #1d1c1d;
  font: 15px/1.46668 Lato, "Helvetica Neue", Helvetica, "Segoe UI", Arial, sans-serif; }
.bar { position: sticky; top: 0; z-index: 1; background: #3f0e40; color: #fff; padding: 12px 24px; display: flex;
  align-items: baseline; gap: 12px; }
.bar h1 { font-size: 18px; margin: 0; }
.bar p { margin: 0; color: #d8c9d9; font-size: 13px; }
main { max-width: 780px; margin: 24px auto 64px; background: #fff; border: 1px solid #e4dfe5; border-radius: 10px; overflow: hidden; }
.message { display: flex; gap: 12px; padding: 18px 24px; border-bottom: 1px solid #eeeaee; }
.message:last-child { border-bottom: 0; }
.face { flex: none; width: 36px; height: 36px; border-radius: 8px; background: #4a154b; color: #fff; font-weight: 700; text-align: center;
  line-height: 36px; }
.body { flex: 1; min-width: 0; overflow-wrap: anywhere; }
.who { margin-bottom: 2px; }
.who b { font-weight: 900; margin-right: 4px; }
.app { background: #eee; color: #616061; font-size: 10px; font-weight: 700; border-radius: 3px; padding: 1px 4px; vertical-align: 1px; }
time { color: #616061; font-size: 12px; margin-left: 6px; }
h2 { font-size: 18px; line-height: 1.33; margin: 8px 0 4px; }
.section { margin: 6px 0; display: flex; gap: 16px; justify-content: space-between; }
.section > div { min-width: 0; flex: 1; }
.section > .accessory { flex: none; }
.fields { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px 24px; margin: 6px 0; }
.context { color: #616061; font-size: 13px; margin: 6px 0; display: flex; flex-wrap: wrap; gap: 4px 10px; }
hr { border: 0; border-top: 1px solid #ddd; margin: 12px 0; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; margin: 10px 0 6px; }
.button { display: inline-block; border: 1px solid #bbb; border-radius: 5px; padding: 4px 12px; color: #1d1c1d; font-weight: 700;
  font-size: 13px; text-decoration: none; background: #fff; }
.button:hover { background: #f8f8f8; }
.primary { background: #007a5a; border-color: #007a5a; color: #fff; }
.danger { background: #e01e5a; border-color: #e01e5a; color: #fff; }
.attachment { border-left: 4px solid; border-radius: 4px; padding: 2px 0 2px 12px; margin: 8px 0; }
.attachment .title { font-weight: 700; }
a { color: #1264a3; text-decoration: none; }
a:hover { text-decoration: underline; }
code { background: #f6f6f6; border: 1px solid #e2e2e2; border-radius: 3px; color: #c01343; font: 12px/1.5 Menlo, Consolas, monospace;
  padding: 1px 3px; }
pre { background: #f8f8f8; border: 1px solid #e2e2e2; border-radius: 4px; font: 12px/1.5 Menlo, Consolas, monospace; margin: 6px 0;
  padding: 8px 10px; overflow-x: auto; white-space: pre-wrap; }
blockquote { border-left: 4px solid #ddd; margin: 4px 0; padding-left: 12px; }
.mention { background: #fff4d9; color: #1264a3; border-radius: 3px; padding: 0 2px; }
.empty { padding: 64px 24px; text-align: center; color: #616061; }
img { max-width: 100%; border-radius: 6px; }
@media (max-width: 560px) { .fields { grid-template-columns: 1fr; } .message { padding: 14px 16px; } }
"""


def render_page(messages: Sequence[dict[str, Any]]) -> str:
    """The whole page.

    Args:
        messages: oldest first, as ``SlackInbox.messages`` gives them.
    """
    count = "Nothing yet" if not messages else "1 message" if len(messages) == 1 else f"{len(messages)} messages"
    shown = "\n".join(_message(each) for each in reversed(messages))
    empty = '<p class="empty">No message has come in yet. What a run would tell Slack appears here.</p>'
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Slack inbox</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<header class="bar"><h1># tickerhouse</h1><p>{count}, newest first. Kept on this machine; Slack saw nothing.</p></header>\n'
        f"<main>\n{shown or empty}\n</main>\n</body>\n</html>\n"
    )


def _message(kept: dict[str, Any]) -> str:
    message = kept["message"]
    received = datetime.fromisoformat(kept["received"]).astimezone(UTC)
    blocks = message.get("blocks") or []
    # Where there are blocks, Slack shows the text in the notification only.
    content = (
        "".join(_block(block) for block in blocks)
        if blocks
        else f'<div class="section"><div>{marked_up(_string(message, "text"))}</div></div>'
    )
    content += "".join(_attachment(attachment) for attachment in message.get("attachments") or [])
    name = _string(message, "username") or "Tickerhouse"
    return (
        f'<article class="message"><div class="face" aria-hidden="true">{html.escape(name[:1].upper())}</div><div class="body">'
        f'<div class="who"><b>{html.escape(name)}</b><span class="app">APP</span>'
        f'<time datetime="{received.isoformat()}">{received:%d %b %Y, %H:%M:%S} UTC</time></div>{content}</div></article>'
    )


def _block(block: dict[str, Any]) -> str:
    kind = _string(block, "type")
    drawn = _BLOCKS.get(kind)
    return drawn(block) if drawn else f'<div class="context">A block of type {html.escape(kind)}.</div>'


def _header(block: dict[str, Any]) -> str:
    return f"<h2>{text_object(block.get('text'))}</h2>"


def _context(block: dict[str, Any]) -> str:
    elements = (
        _image(each) if each.get("type") == "image" else f"<span>{text_object(each)}</span>" for each in _objects(block, "elements")
    )
    return f'<div class="context">{"".join(elements)}</div>'


def _actions(block: dict[str, Any]) -> str:
    return f'<div class="actions">{"".join(_button(each) for each in _objects(block, "elements"))}</div>'


def _markdown(block: dict[str, Any]) -> str:
    return f'<div class="section"><div>{marked_up(_string(block, "text"))}</div></div>'


def _rich_text_block(block: dict[str, Any]) -> str:
    return f'<div class="section"><div>{"".join(_rich_text(each) for each in _objects(block, "elements"))}</div></div>'


def _section(block: dict[str, Any]) -> str:
    text = f"<div>{text_object(block['text'])}</div>" if block.get("text") else ""
    accessory = block.get("accessory")
    if isinstance(accessory, dict):
        drawn = _image(accessory) if accessory.get("type") == "image" else _button(accessory)
        text += f'<div class="accessory">{drawn}</div>'
    fields = "".join(f"<div>{text_object(field)}</div>" for field in block.get("fields") or [])
    return (f'<div class="section">{text}</div>' if text else "") + (f'<div class="fields">{fields}</div>' if fields else "")


def _button(element: dict[str, Any]) -> str:
    style = _string(element, "style")
    kind = f"button {style}" if style in {"primary", "danger"} else "button"
    return link(_string(element, "url"), text_object(element.get("text")), kind)


def _image(element: dict[str, Any]) -> str:
    # Shown as a link: the page loads nothing from elsewhere.
    return link(_string(element, "image_url"), f"🖼 {plain(_string(element, 'alt_text') or 'image')}")


def _rich_text(element: dict[str, Any]) -> str:
    inside = "".join(_rich_text_part(part) for part in _objects(element, "elements"))
    match element.get("type"):
        case "rich_text_preformatted":
            return f"<pre>{inside}</pre>"
        case "rich_text_quote":
            return f"<blockquote>{inside}</blockquote>"
        case "rich_text_list":
            return f"<ul>{inside}</ul>"
        case _:
            return inside


def _rich_text_part(part: dict[str, Any]) -> str:
    match part.get("type"):
        case "rich_text_section":
            return f"<li>{''.join(_rich_text_part(each) for each in _objects(part, 'elements'))}</li>"
        case "link":
            return link(_string(part, "url"), plain(_string(part, "text") or _string(part, "url")))
        case "emoji":
            return plain(f":{_string(part, 'name')}:")
        case _:
            shown = plain(_string(part, "text"))
            style = part.get("style")
            marks = {"bold": "b", "italic": "i", "strike": "s", "code": "code"}
            for name, tag in marks.items():
                if isinstance(style, dict) and style.get(name):
                    shown = f"<{tag}>{shown}</{tag}>"
            return shown


def _attachment(attachment: dict[str, Any]) -> str:
    colour = _string(attachment, "color")
    hexadecimal = _HEX_COLOUR.fullmatch(colour)
    drawn = f"#{hexadecimal[1]}" if hexadecimal else _COLOURS.get(colour, _NO_COLOUR)
    title = plain(_string(attachment, "title"))
    parts = [
        f'<div class="title">{link(_string(attachment, "title_link"), title)}</div>' if title else "",
        f"<div>{marked_up(_string(attachment, 'text'))}</div>" if attachment.get("text") else "",
        "".join(_block(block) for block in _objects(attachment, "blocks")),
        _attachment_fields(attachment),
        f'<div class="context">{plain(_string(attachment, "footer"))}</div>' if attachment.get("footer") else "",
    ]
    if not any(parts):
        parts = [f"<div>{plain(_string(attachment, 'fallback'))}</div>"]
    before = f"<div>{marked_up(_string(attachment, 'pretext'))}</div>" if attachment.get("pretext") else ""
    return f'{before}<div class="attachment" style="border-color:{drawn}">{"".join(parts)}</div>'


def _attachment_fields(attachment: dict[str, Any]) -> str:
    fields = "".join(
        f"<div><b>{plain(_string(field, 'title'))}</b><br>{marked_up(_string(field, 'value'))}</div>"
        for field in _objects(attachment, "fields")
    )
    return f'<div class="fields">{fields}</div>' if fields else ""


_BLOCKS: Final[Mapping[str, Callable[[dict[str, Any]], str]]] = {
    "actions": _actions,
    "context": _context,
    "divider": lambda _block: "<hr>",
    "header": _header,
    "image": lambda block: f"<p>{_image(block)}</p>",
    "markdown": _markdown,
    "rich_text": _rich_text_block,
    "section": _section,
}


def _objects(holder: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = holder.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _string(holder: dict[str, Any], name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""
