"""The pages for people: jinja2 templates in ``tasks/pages/templates/``, one look, each page one file that loads nothing from any host."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tasks.wording import count, counted, shown

_FOLDER: Final = Path(__file__).with_name("templates")


def render_page(template: str, **values: object) -> str:
    """Fills a template.

    Args:
        template: its file's name without ``.html.j2``.
        values: what it names. Whatever is not :class:`markupsafe.Markup` is escaped; a name without a value is an error.

    Returns:
        A complete HTML document with its style inside.
    """
    return _environment().get_template(f"{template}.html.j2").render(style=_style(), **values)


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
    filters: dict[str, Any] = {"shown": shown, "count": count, "counted": counted}
    made.filters.update(filters)
    return made


@cache
def _style() -> str:
    return (_FOLDER / "style.css").read_text(encoding="utf-8")
