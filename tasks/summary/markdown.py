"""Renders the summary as Prefect artifacts: tables of symbols and of steps, and a markdown report."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from tasks.summary.run_summary import RunSummary
from tasks.summary.text import render_headline
from tasks.wording import percent

_SHOWN: Final = 12
_CELL: Final = 120


def render_table(summary: RunSummary, held: Mapping[str, date]) -> list[dict[str, str | int]]:
    """One row a symbol, for a table artifact; never empty.

    Args:
        summary: the summary.
        held: the newest session of symbols that were not requested, because all that is due is held.
    """
    rows: list[dict[str, str | int]] = [
        {
            "symbol": symbol.symbol,
            "outcome": symbol.outcome.replace("_", " "),
            "bars loaded": symbol.bars_loaded,
            "bars quarantined": symbol.bars_quarantined,
            "why": symbol.reason,
            "next step": symbol.next_step,
        }
        for symbol in summary.symbols
    ]
    rows += [
        {
            "symbol": symbol,
            "outcome": "up to date",
            "bars loaded": 0,
            "bars quarantined": 0,
            "why": f"newest session {last}",
            "next step": "",
        }
        for symbol, last in sorted(held.items())
    ]
    return rows or [{"symbol": "none", "outcome": render_headline(summary)}]


def render_steps(summary: RunSummary) -> list[dict[str, str | float]]:
    """One row a step, in their order, with its seconds and its share of the run; never empty."""
    seconds = summary.seconds_per_step
    total = sum(seconds.values())
    rows: list[dict[str, str | float]] = [
        {"step": name, "seconds": round(taken, 2), "share": percent(taken / total) if total else ""} for name, taken in seconds.items()
    ]
    return rows or [{"step": "none", "seconds": 0.0, "share": ""}]


def render_markdown(summary: RunSummary) -> str:
    """The report of the run, with ``s3://`` addresses as they are."""
    return "\n\n".join(_parts(summary)) + "\n"


def _parts(summary: RunSummary) -> Iterator[str]:
    yield f"### {render_headline(summary)}"
    yield f"`{summary.run_id}` · environment {summary.environment} · source {summary.source} · plan {summary.plan}"
    if summary.error:
        yield f"**{_plain(summary.error.name)}**: {_plain(summary.error.fact)} {_plain(summary.error.way_out)}"
    noisy = [symbol for symbol in summary.symbols if symbol.reason or symbol.next_step]
    counts = summary.outcome_counts()
    if counts:
        yield _table(["outcome", "symbols"], [(outcome.replace("_", " "), f"{number:,}") for outcome, number in counts.items()])
    if noisy:
        rows = [(symbol.symbol, symbol.outcome.replace("_", " "), symbol.reason, symbol.next_step) for symbol in noisy]
        yield _titled("Symbols that need a look", ["symbol", "outcome", "why", "next step"], rows)
    rows_of = summary.rows
    if summary.datasets:
        layers = [(name.replace("_", " "), f"{number:,}") for name, number in rows_of.model_dump().items()]
        yield _titled("Rows through the layers", ["layer", "rows"], layers, most=len(layers))
    bars = [(each.symbol, each.session, "; ".join(each.reasons)) for each in summary.quarantine.examples]
    if bars:
        rate = f"{percent(summary.quarantine.rate)} of the rows; the gate closes above {percent(summary.quarantine.limit)}"
        yield _titled(f"Quarantined: {rate}", ["symbol", "session", "reasons"], bars)
    broken = [f"- {_plain(each.claim)}: {each.left:,} is not {each.right:,}" for each in summary.layers if not each.holds]
    if broken:
        yield "#### Rows that do not add up\n\n" + "\n".join(broken)
    calls, left = summary.calls, summary.calls.left_today
    rest = "" if left is None else f" · {left:,} left today"
    yield f"Calls: {calls.sent:,} sent · {calls.answered:,} answered · {calls.refused:,} refused{rest}"
    if summary.warnings:
        listed = [f"- {_plain(each)}" for each in summary.warnings[:_SHOWN]]
        more = [f"- and {len(summary.warnings) - _SHOWN:,} more"] if len(summary.warnings) > _SHOWN else []
        yield "#### Warnings\n\n" + "\n".join([*listed, *more])
    places = [(name.replace("_", " "), address) for name, address in summary.places.model_dump().items() if address and name != "flow_run"]
    if places:
        yield "#### Where it is\n\n" + "\n".join(
            ["| what | address |", "| --- | --- |", *(f"| {name} | `{where}` |" for name, where in places)]
        )
    if summary.next_commands:
        yield "#### Next\n\n" + "\n".join(f"- `{command}`" for command in summary.next_commands)


def _titled(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], most: int = _SHOWN) -> str:
    more = f"\n\nand {len(rows) - most:,} more" if len(rows) > most else ""
    return f"#### {title}\n\n{_table(heads, rows[:most])}{more}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *([_plain(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """A text that markdown and HTML take as it is, on one line and of a length that a person reads."""
    shown = " ".join(text.split())
    shown = shown if len(shown) <= 3 * _CELL else f"{shown[: 3 * _CELL]}…"
    for sign in "\\`*_[]<>|":
        shown = shown.replace(sign, f"\\{sign}" if sign != "<" else "&lt;")
    return shown
