"""Writes what a run adds to the pages for people: its own verdict page where no dataset wrote that, and its line among the latest runs."""

from typing import Final

from tasks.lake import keys
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.quality.report_index import IndexEntry, index_page, with_entry
from tasks.results.run_results import RunResults
from tasks.summary import RunSummary

HTML: Final = "text/html; charset=utf-8"

_REASONS: Final = 3
_COUNTED: Final = 12


def keep_verdict_page(lake: LakeStore, results: RunResults) -> None:
    """Keeps the page most worth reading as the run's own, where no dataset wrote that: `tickerhouse open` and the report lead to it.

    Raises:
        LakeError: the lake cannot be written.
    """
    if any(result.dataset.is_primary and result.validation for result in results.by_dataset.values()):
        return
    outcomes = [result.validation for result in results.required if result.validation]
    if outcomes:
        outcome = min(outcomes, key=lambda outcome: (outcome.gate.is_open, -outcome.verdict.quarantined.num_rows))
        lake.put(keys.quality_page_key(results.run.run_id), outcome.verdict.page.encode(), HTML)


def add_to_index(lake: LakeStore, entry: IndexEntry) -> tuple[IndexEntry, ...]:
    """Puts a run into the page of the latest ones, and returns these, newest first.

    Raises:
        LakeError: the lake cannot be read or written.
    """
    entries = state.verdicts().change(lake, lambda listed: with_entry(listed, entry))
    lake.put(keys.quality_index_key(), index_page(entries, lake.uri("quality/")).encode(), HTML)
    return entries


def index_entry(summary: RunSummary, *, has_report: bool) -> IndexEntry:
    """The line of one run.

    Args:
        summary: how the run went.
        has_report: whether its report was written.
    """
    rows, quarantine = summary.rows, summary.quarantine
    return IndexEntry(
        run_id=summary.run_id,
        suite=", ".join(dataset.name for dataset in summary.datasets),
        judged_at=summary.started_at.isoformat(),
        is_open=summary.gate is None or summary.gate.is_open,
        rows=rows.accepted + rows.quarantined + rows.duplicates,
        quarantined=rows.quarantined,
        rate=quarantine.rate,
        reasons=tuple(quarantine.reasons)[:_REASONS],
        wholly_quarantined=len(quarantine.wholly_quarantined),
        flow=summary.flow,
        status=str(summary.status),
        session=summary.due_session.isoformat() if summary.due_session else "",
        reason_counts=dict(list(quarantine.reasons.items())[:_COUNTED]),
        has_verdict=bool(summary.places.page),
        has_report=has_report,
        flow_run_url=summary.places.flow_run,
    )
