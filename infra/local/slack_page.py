"""The page of the Slack inbox: messages newest first, drawn roughly as Slack draws them, in one self-contained HTML document."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from infra.local import slack_text

_COLOURS: Final = {"good": "#2eb67d", "warning": "#ecb22e", "danger": "#e01e5a"}
_HEX_COLOUR: Final = re.compile(r"#?([0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})")
_NO_COLOUR: Final = "#dddddd"
_FOLDER: Final = Path(__file__).with_name("templates")


def render_page(messages: Sequence[dict[str, Any]]) -> str:
    """The whole page.

    Args:
        messages: oldest first, as ``SlackInbox.messages`` gives them.
    """
    kept = [{"message": each["message"], "at": datetime.fromisoformat(each["received"]).astimezone(UTC)} for each in messages]
    return _environment().get_template("slack.html.j2").render(messages=kept)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(
        style=Markup((_FOLDER / "slack.css").read_text(encoding="utf-8")),  # noqa: S704 - a file of our own
        string=_string,
        objects=_objects,
        colour=_colour,
        plain=_safe(slack_text.plain),
        marked_up=_safe(slack_text.marked_up),
        text_object=_safe(slack_text.text_object),
        link=_safe(slack_text.link),
    )
    return made


def _safe(render: Callable[..., str]) -> Callable[..., Markup]:
    """A function whose HTML is already escaped (``infra/local/slack_text.py``), as the template takes it."""
    return lambda *given: Markup(render(*given))  # noqa: S704 - hostile strings are a test's


def _colour(name: str) -> str:
    hexadecimal = _HEX_COLOUR.fullmatch(name)
    return f"#{hexadecimal[1]}" if hexadecimal else _COLOURS.get(name, _NO_COLOUR)


def _objects(holder: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = holder.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _string(holder: dict[str, Any], name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""
