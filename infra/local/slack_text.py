"""Slack's way of marking up text, as HTML; everything is escaped before it is marked up.

The rules: https://api.slack.com/reference/surfaces/formatting.
"""

import html
import re
from typing import Any, Final

_CODE_BLOCK: Final = re.compile(r"```\n?(.+?)\n?```", re.DOTALL)
_CODE: Final = re.compile(r"`([^`\n]+)`")
_REFERENCE: Final = re.compile(r"<((?:https?://|mailto:|[@#!])[^<>\n]+)>")
_EMOJI: Final = re.compile(r":([a-z0-9_+-]+):")
_STYLES: Final = (
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), r"<b>\1</b>"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w_])"), r"<i>\1</i>"),
    (re.compile(r"(?<![\w~])~(?=\S)([^~\n]+?)(?<=\S)~(?![\w~])"), r"<s>\1</s>"),
)
_QUOTE: Final = re.compile(r"(?:^&gt; ?[^\n]*(?:\n|$))+", re.MULTILINE)
_SAFE_LINK: Final = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_EMOJIS: Final = {
    "alarm_clock": "⏰",
    "bell": "🔔",
    "calendar": "📅",
    "chart_with_upwards_trend": "📈",
    "clipboard": "📋",
    "white_check_mark": "✅",
    "heavy_check_mark": "✔️",
    "x": "❌",
    "warning": "⚠️",
    "rotating_light": "🚨",
    "no_entry": "⛔",
    "hourglass": "⌛",
    "hourglass_flowing_sand": "⏳",
    "information_source": "ℹ️",  # noqa: RUF001 - the very sign Slack shows
    "construction": "🚧",
    "fire": "🔥",
    "key": "🔑",
    "lock": "🔒",
    "mag": "🔍",
    "money_with_wings": "💸",
    "moneybag": "💰",
    "package": "📦",
    "red_circle": "🔴",
    "rocket": "🚀",
    "tada": "🎉",
    "large_blue_circle": "🔵",
    "large_green_circle": "🟢",
    "large_yellow_circle": "🟡",
    "wrench": "🔧",
}


def plain(text: str) -> str:
    """Plain text as HTML: nothing but emoji names means anything."""
    return _with_emojis(html.escape(_unescaped(text))).replace("\n", "<br>")


def marked_up(text: str) -> str:
    """Text in Slack's ``mrkdwn`` as HTML."""
    # Code and links are put aside under a sign that no text holds, so that no star or underscore in them is taken for a style.
    kept: list[str] = []

    def keep(rendered: str) -> str:
        kept.append(rendered)
        return f"\x00{len(kept) - 1}\x00"

    text = text.replace("\x00", "")
    text = _CODE_BLOCK.sub(lambda found: keep(f"<pre>{html.escape(_unescaped(found[1]))}</pre>"), text)
    text = _CODE.sub(lambda found: keep(f"<code>{html.escape(_unescaped(found[1]))}</code>"), text)
    text = _REFERENCE.sub(lambda found: keep(_reference(found[1])), text)
    text = html.escape(_unescaped(text))
    for form, markup in _STYLES:
        text = form.sub(markup, text)
    text = _QUOTE.sub(lambda found: f"<blockquote>{re.sub('^&gt; ?', '', found[0].rstrip(chr(10)), flags=re.MULTILINE)}</blockquote>", text)
    text = _with_emojis(text).replace("\n", "<br>")
    return re.sub(r"\x00(\d+)\x00", lambda found: kept[int(found[1])], text)


def text_object(text: Any) -> str:
    """A text object of Block Kit, or a bare string, as HTML."""
    if isinstance(text, str):
        return marked_up(text)
    if not isinstance(text, dict):
        return ""
    content = str(text.get("text", ""))
    return marked_up(content) if text.get("type") == "mrkdwn" else plain(content)


def link(address: str, inside: str, kind: str = "") -> str:
    """A link around HTML; only the HTML where the address is one that a page must not open."""
    if not _SAFE_LINK.match(address):
        return f'<span class="{kind}">{inside}</span>' if kind else inside
    classes = f' class="{kind}"' if kind else ""
    return f'<a{classes} href="{html.escape(address)}" rel="noreferrer noopener" target="_blank">{inside}</a>'


def _reference(content: str) -> str:
    target, _, label = content.partition("|")
    target = _unescaped(target)
    if target.startswith(("@", "#", "!")):
        shown = _unescaped(label) or target.removeprefix("!")
        return f'<span class="mention">{html.escape(shown if shown.startswith(("@", "#")) else f"@{shown}")}</span>'
    return link(target, html.escape(_unescaped(label) or target))


def _unescaped(text: str) -> str:
    # Slack's texts arrive with these three escaped, and these three only.
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _with_emojis(text: str) -> str:
    return _EMOJI.sub(lambda found: _EMOJIS.get(found[1], found[0]), text)
