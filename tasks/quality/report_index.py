"""The HTML index of the latest runs, each linked to its verdict page and its report; loads no outside resource."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tasks.pages import render_page
from tasks.wording import counted, percent

LISTED: Final = 200
"""How many runs the page lists; it is made in constant time however many there were."""


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
        flow: the flow; empty in entries of older versions, as are the following ones.
        status: how the run ended.
        session: the session that was due.
        reason_counts: quarantined bars of each of the most frequent reasons.
        has_verdict: whether it has a verdict page.
        has_report: whether it has a report.
        flow_run_url: the run in the Prefect UI.
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
    flow: str = ""
    status: str = ""
    session: str = ""
    reason_counts: Mapping[str, int] = field(default_factory=dict)
    has_verdict: bool = True
    has_report: bool = False
    flow_run_url: str = ""


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
        A complete HTML document; its links are relative and lead to the pages that lie in the same lake.
    """
    stopped = sum(1 for each in entries if not each.is_open)
    return render_page(
        "index",
        links=[("All runs", "index.html")],
        entries=entries,
        where=where,
        headline=f"{counted(len(entries), 'run')}, {stopped:,} stopped by the gate" if entries else "No run yet",
        percent=percent,
        # A run of five per cent fills the bar: what closes a gate shall be seen from afar.
        widened=20.0,
    )
