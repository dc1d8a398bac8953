"""Charts as SVG, drawn by Vega-Lite (https://vega.github.io/vega-lite/) through vl-convert: no script, no browser.

Colours are the custom properties of ``tasks/pages/templates/style.css``, so that one drawing serves light and dark. Each drawing has a
title and a description; the same facts stand beside it as a table. The library is imported where a chart is drawn.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Final

from markupsafe import Markup, escape

from tasks.errors import TickerhouseError
from tasks.summary.report_facts import CoverageLine, PastQuality, PriceSeries
from tasks.wording import counted


class ChartFailed(TickerhouseError):
    """A chart could not be drawn; the run itself is whole."""


WIDTH: Final = 960
"""Of a drawing, in its own units; a page scales it."""

_COLOURS: Final = ("var(--one)", "var(--two)", "var(--three)", "var(--four)", "var(--five)", "var(--six)")
_SLIM: Final = 12
_OTHER: Final = "other reasons"
_ROW_HEIGHTS: Final = ((40, 18), (160, 6), (sys.maxsize, 3))
"""Of a row of the coverage map, up to that many symbols."""

_MARKS: Final = {
    # What is marked on a price: shape and colour, so that neither alone carries the meaning.
    "dividend": ("triangle-up", "var(--good)"),
    "split": ("diamond", "var(--event)"),
    "restated": ("circle", "var(--care)"),
    "quarantined": ("cross", "var(--bad)"),
}
_CONFIG: Final[dict[str, Any]] = {
    "background": None,
    "aria": False,
    "font": "sans-serif",
    "padding": {"left": 4, "top": 4, "right": 12, "bottom": 4},
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--faint)",
        "titleColor": "var(--faint)",
        "gridColor": "var(--line)",
        "domainColor": "var(--line)",
        "tickColor": "var(--line)",
        "labelFontSize": 13,
        "titleFontSize": 13,
        "titleFontWeight": "normal",
    },
    "legend": {"labelColor": "var(--ink)", "labelFontSize": 13, "orient": "top", "title": None, "symbolSize": 90, "labelLimit": 0},
}
_numbers: Final = count(1)


def start_engine() -> None:
    """Starts what draws; it takes about as long as drawing a whole report, and another thread can do it meanwhile."""
    _draw({"mark": "point", "data": {"values": []}}, "", "")


def price_chart(series: PriceSeries) -> Markup:
    """The closes of one symbol as a line, with its dividends, splits, restated and quarantined bars as marks on it.

    Args:
        series: the symbol's bars and marks.

    Returns:
        One SVG element; empty where there is no bar.
    """
    if not series.closes:
        return Markup("")
    bars = [{"session": session.isoformat(), "close": close} for session, close in series.closes]
    closes = dict(series.closes)
    low = min(closes.values())
    marks = [
        {
            "session": mark.session.isoformat(),
            "close": closes.get(mark.session, low if mark.price is None else mark.price),
            "mark": mark.what,
        }
        for mark in series.marks
    ]
    named = [name for name in _MARKS if any(mark["mark"] == name for mark in marks)]
    x = {
        "field": "session",
        "type": "temporal",
        "title": None,
        "axis": {"format": "%b %Y", "grid": False, "labelOverlap": True, "tickCount": "month"},
    }
    y = {"field": "close", "type": "quantitative", "title": "close", "scale": {"zero": False, "nice": True}}
    layers: list[dict[str, Any]] = [
        {"data": {"values": bars}, "mark": {"type": "line", "color": "var(--series)", "strokeWidth": 2}, "encoding": {"x": x, "y": y}}
    ]
    if marks:
        domain = {"domain": named}
        encoding = {
            "x": x,
            "y": y,
            "shape": {"field": "mark", "type": "nominal", "scale": {**domain, "range": [_MARKS[name][0] for name in named]}},
            "color": {"field": "mark", "type": "nominal", "scale": {**domain, "range": [_MARKS[name][1] for name in named]}},
        }
        point = {"type": "point", "filled": True, "size": 110, "opacity": 1, "stroke": "var(--sheet)", "strokeWidth": 1}
        layers.append({"data": {"values": marks}, "mark": point, "encoding": encoding})
    first, last = series.closes[0], series.closes[-1]
    words = f"{len(bars):,} closes from {first[1]:,.2f} on {first[0]} to {last[1]:,.2f} on {last[0]}"
    words += "".join(f"; {sum(mark['mark'] == name for mark in marks):,} {name}" for name in named)
    return _draw({"height": 240, "layer": layers}, f"Price of {series.symbol}", words)


def coverage_map(lines: Sequence[CoverageLine]) -> Markup:
    """Which sessions of which symbols are held: a row a symbol, a band for each range held, a tick for each quarantined bar.

    Args:
        lines: the symbols from top to bottom.

    Returns:
        One SVG element; empty where there is no symbol.
    """
    if not lines:
        return Markup("")
    height = next(height for most, height in _ROW_HEIGHTS if len(lines) <= most)
    y = {
        "field": "symbol",
        "type": "nominal",
        "sort": [line.symbol for line in lines],
        "title": None,
        "axis": {"labelOverlap": True, "labelLimit": 110, "ticks": False, "domain": False},
    }
    x = {
        "field": "first",
        "type": "temporal",
        "title": None,
        "axis": {"format": "%b %Y", "labelOverlap": True, "orient": "top", "tickCount": "month"},
    }
    held = [
        {"symbol": line.symbol, "first": first.isoformat(), "end": f"{last.isoformat()}T23:59:59"}
        for line in lines
        for first, last in line.held or ()
    ]
    ticks = [{"symbol": line.symbol, "first": f"{session.isoformat()}T12:00:00"} for line in lines for session in line.quarantined]
    layers: list[dict[str, Any]] = [
        {
            "data": {"values": held},
            "mark": {"type": "bar", "color": "var(--series)", "height": {"band": 0.7}},
            "encoding": {"x": x, "x2": {"field": "end"}, "y": y},
        }
    ]
    if ticks:
        mark = {"type": "tick", "color": "var(--bad)", "thickness": 4, "size": max(3, height - 4)}
        layers.append({"data": {"values": ticks}, "mark": mark, "encoding": {"x": x, "y": y}})
    whole = sum(1 for line in lines if len(line.held) == 1 and not line.quarantined)
    bars = counted(len(ticks), "quarantined bar")
    words = f"{counted(len(lines), 'symbol')}; {whole:,} without a gap and without a quarantined bar; {bars}"
    view = {"view": {"fill": "var(--track)", "stroke": None}}
    return _draw({"height": {"step": height}, "layer": layers, **view}, "Sessions held of each symbol", words)


def quality_chart(runs: Sequence[PastQuality]) -> Markup:
    """Quarantined rows of the latest runs, by reason, oldest first.

    Args:
        runs: oldest first.

    Returns:
        One SVG element; empty where no run quarantined anything.
    """
    total: dict[str, int] = {}
    for run in runs:
        for reason, rows in run.reasons.items():
            total[reason] = total.get(reason, 0) + rows
    if not total:
        return Markup("")
    most = sorted(total, key=lambda reason: -total[reason])[: len(_COLOURS) - 1]
    named = [*most, *([_OTHER] if len(total) > len(most) else [])]
    values = [
        {"run": run.label, "reason": reason if reason in most else _OTHER, "rows": rows}
        for run in runs
        for reason, rows in (run.reasons or {named[0]: 0}).items()
    ]
    colours = [*_COLOURS[: len(most)], _COLOURS[-1]][: len(named)]
    spec = {
        "height": 220,
        "data": {"values": values},
        "mark": {"type": "bar", "stroke": "var(--sheet)", "strokeWidth": 1},
        "encoding": {
            "x": {
                "field": "run",
                "type": "ordinal",
                "sort": [run.label for run in runs],
                "title": None,
                "axis": {"labelAngle": 0, "labelOverlap": True},
                # A single run is not as wide as the page.
                "scale": {"paddingInner": 0.3, "paddingOuter": max(0.3, (_SLIM - len(runs)) / 2)},
            },
            "y": {"aggregate": "sum", "field": "rows", "type": "quantitative", "title": "quarantined rows", "axis": {"tickMinStep": 1}},
            "color": {"field": "reason", "type": "nominal", "scale": {"domain": named, "range": colours}, "legend": {"columns": 2}},
        },
    }
    words = f"{counted(len(runs), 'run')}; " + "; ".join(f"{reason}: {total[reason]:,}" for reason in most)
    return _draw(spec, "Quarantined rows of the latest runs, by reason", words)


def _draw(spec: Mapping[str, Any], title: str, words: str) -> Markup:
    import vl_convert  # noqa: PLC0415 - it starts an engine, which only a report needs

    whole = {"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "width": WIDTH, "autosize": "pad", "config": _CONFIG, **spec}
    try:
        drawn: str = vl_convert.vegalite_to_svg(whole, allowed_base_urls=[])
    except ValueError as error:
        raise ChartFailed(
            f"The chart {title!r} could not be drawn: {str(error).partition(chr(10))[0]}", "The tables have its facts."
        ) from error
    number = next(_numbers)
    named = f'role="img" aria-labelledby="chart-{number}-title chart-{number}-words"'
    texts = f'<title id="chart-{number}-title">{escape(title)}</title><desc id="chart-{number}-words">{escape(words)}</desc>'
    # Within an image, roles of its parts only confuse a screen reader.
    drawn = re.sub(r' (?:role="graphics-\w+"|aria-(?:roledescription|hidden|label)="[^"]*")', "", drawn)
    return Markup(re.sub(r'<svg [^>]*?(viewBox="[^"]*")[^>]*>', lambda tag: f"<svg {named} {tag[1]}>{texts}", drawn, count=1))  # noqa: S704
