"""The HTML index of the latest runs, each linked to its verdict page; loads no outside resource."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from typing import Final

from tasks.quality.gate import Gate, percent
from tasks.quality.verdict import Verdict

LISTED: Final = 200
"""How many runs the page lists; it is made in constant time however many there were."""

_REASONS: Final = 3


@dataclass(frozen=True)
class IndexEntry:
    """One run as the index has it.

    Attributes:
        run_id: the run.
        suite: the suite it was validated by.
        judged_at: when, ISO 8601, UTC.
        is_open: whether the gate let it go on.
        rows: bars validated.
        quarantined: bars quarantined.
        rate: their share, 0 to 1.
        reasons: the most frequent reasons.
        wholly_quarantined: how many symbols had no bar that passed.
    """

    run_id: str
    suite: str
    judged_at: str
    is_open: bool
    rows: int
    quarantined: int
    rate: float
    reasons: tuple[str, ...] = ()
    wholly_quarantined: int = 0


def index_entry(verdict: Verdict, gate: Gate, judged_at: str) -> IndexEntry:
    """The line of one verdict."""
    reasons = tuple(verdict.reason_counts)[:_REASONS]
    return IndexEntry(
        verdict.run_id,
        verdict.suite,
        judged_at,
        gate.is_open,
        verdict.rows,
        verdict.quarantined.num_rows,
        verdict.rate,
        reasons,
        len(verdict.wholly_quarantined),
    )


def with_entry(entries: Sequence[IndexEntry], entry: IndexEntry) -> tuple[IndexEntry, ...]:
    """The entries with a new one, newest first, at most ``LISTED``; a run that is validated again is listed once.

    Args:
        entries: as this function gave them, newest first.
        entry: the run's.
    """
    others = [each for each in entries if each.run_id != entry.run_id]
    return tuple(sorted([entry, *others], key=lambda each: each.run_id, reverse=True)[:LISTED])


def index_page(entries: Sequence[IndexEntry], where: str) -> str:
    """Lays out the latest runs.

    Args:
        entries: as ``with_entry`` gives them.
        where: the lake's address, for people.

    Returns:
        A complete HTML document; its links are relative and lead to the pages beside it.
    """
    rows = "".join(_row(each) for each in entries)
    closed = sum(1 for each in entries if not each.is_open)
    style = resources.files("tasks.quality").joinpath("report_page.css").read_text(encoding="utf-8")
    heading = f"The latest {len(entries):,} runs; the gate was closed for {closed:,} of them." if entries else "No run yet."
    heads = "".join(f"<th>{name}</th>" for name in ("", "run", "validated at (UTC)", "bars", "quarantined", "rate", "", "reasons"))
    return (
        "<!DOCTYPE html>\n"
        '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Verdicts</title><style>{style}</style></head><body><main>\n"
        f"<header class='open'><p class='of'>{escape(where)}</p><h1>Verdicts</h1><p>{heading}</p></header>"
        f"<section><div class='scrolls'><table class='runs'><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        "<p class='note'>A run's page opens from here where the pages lie on a disk; elsewhere: <code>tickerhouse open RUN</code>.</p>"
        "</section>\n</main></body></html>\n"
    )


def _row(run: IndexEntry) -> str:
    # A run of five per cent fills the bar: what closes a gate shall be seen from afar.
    width = min(100.0, 2000.0 * run.rate)
    words = "; ".join(run.reasons) + (f" ({run.wholly_quarantined:,} symbols without a bar that passed)" if run.wholly_quarantined else "")
    return (
        f"<tr class='{'holds' if run.is_open else 'violated'}'><td class='mark' title='{'open' if run.is_open else 'closed'}'></td>"
        f"<td class='whole'><a href='{escape(run.run_id)}/index.html'><code>{escape(run.run_id)}</code></a></td>"
        f"<td class='whole'>{escape(run.judged_at[:19].replace('T', ' '))}</td>"
        f"<td class='number'>{run.rows:,}</td><td class='number'>{run.quarantined:,}</td><td class='number'>{percent(run.rate)}</td>"
        f"<td class='narrow'><span class='bar' style='width:{width:.1f}%'></span></td><td class='wide'>{escape(words)}</td></tr>"
    )
