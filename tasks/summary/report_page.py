"""The report of a run: one self-contained HTML file, filled from ``tasks/pages/templates/report.html.j2``; its charts need no script."""

from collections.abc import Mapping
from typing import Final

from tasks.pages import render_page
from tasks.records import Outcome, Status
from tasks.summary.charts import coverage_map, price_chart, quality_chart
from tasks.summary.report_facts import ReportFacts
from tasks.summary.run_summary import DatasetSummary, RunSummary
from tasks.wording import counted, percent

_CLASSES: Final[Mapping[Status, str]] = {
    Status.COMPLETED: "open",
    Status.UP_TO_DATE: "open",
    Status.COMPLETED_WITH_WARNINGS: "care",
    Status.QUOTA_EXHAUSTED: "care",
    Status.GATE_CLOSED: "failed",
    Status.FAILED: "failed",
}
_EXPECTED: Final = (Outcome.LOADED, Outcome.UNCHANGED)
_STEPS: Final = ("plan", "extract", "shard", "parse", "validate", "recover", "quarantine", "curate", "reconcile", "load", "write lake")


def report_page(facts: ReportFacts) -> str:
    """Lays out the report of a run for people.

    Args:
        facts: what it shows.

    Returns:
        A complete HTML document, under 2 MB at 500 symbols; whatever comes from the data is escaped.
    """
    summary = facts.summary
    noisy = [
        symbol for symbol in summary.symbols if symbol.outcome not in _EXPECTED or symbol.is_due_session_missing or symbol.bars_quarantined
    ]
    seen = {symbol.symbol for symbol in noisy}
    return render_page(
        "report",
        summary=summary,
        outcome_class=_CLASSES[summary.status],
        headline=headline(summary),
        links=_links(summary),
        facts=_facts(summary),
        tiles=_tiles(summary),
        noisy=noisy,
        calm=[symbol for symbol in summary.symbols if symbol.symbol not in seen],
        prices=[(series, price_chart(series)) for series in facts.series],
        coverage=facts.coverage,
        coverage_chart=coverage_map(facts.coverage),
        quality=facts.quality,
        percent=percent,
        quality_chart=quality_chart(facts.quality),
        layers=[(dataset, _layers(dataset)) for dataset in summary.datasets],
        verdicts=[(dataset.name, _page(dataset.page)) for dataset in summary.datasets if dataset.page],
        step_seconds=_in_order(summary.seconds_per_step),
        seconds=sum(summary.seconds_per_step.values()),
        budget=_budget(summary),
        lineage=_lineage(summary),
    )


def headline(summary: RunSummary) -> str:
    """The outcome in words, as ``Completed: 5 symbols loaded, 1 refused; session 2026-11-19``."""
    status = {Status.COMPLETED_WITH_WARNINGS: "Completed with warnings", Status.UP_TO_DATE: "Up to date"}.get(
        summary.status,
        {Status.QUOTA_EXHAUSTED: "Quota exhausted", Status.GATE_CLOSED: "Gate closed"}.get(summary.status, str(summary.status)),
    )
    counts = list(summary.outcome_counts().items())
    done = [f"{counted(number, 'symbol')} {outcome.replace('_', ' ')}" for outcome, number in counts[:1]]
    done += [f"{number:,} {outcome.replace('_', ' ')}" for outcome, number in counts[1:]]
    return f"{status}: {', '.join(done) or 'no symbol was due'}" + (f"; session {summary.due_session}" if summary.due_session else "")


def _links(summary: RunSummary) -> list[tuple[str, str]]:
    links = [("All runs", "../../quality/index.html")]
    if summary.places.page:
        links.append(("Verdict", f"../../quality/{summary.run_id}/index.html"))
    return [*links, ("Prefect", summary.places.flow_run)] if summary.places.flow_run else links


def _facts(summary: RunSummary) -> list[tuple[str, str]]:
    first, last = summary.first_session, summary.last_session
    return [
        ("environment", summary.environment),
        ("source", summary.source),
        ("plan", summary.plan),
        ("sessions", f"{first} to {last}" if first and last else ""),
        ("as of", f"{summary.as_of:%Y-%m-%d %H:%M} UTC"),
        ("ended", f"{summary.finished_at:%Y-%m-%d %H:%M} UTC"),
        ("run", summary.run_id),
    ]


def _tiles(summary: RunSummary) -> list[tuple[str, str]]:
    rows = summary.rows
    return [
        ("rows new", f"{rows.new:,}"),
        ("restated", f"{rows.changed:,}"),
        ("unchanged", f"{rows.unchanged:,}"),
        ("quarantined", f"{rows.quarantined:,}"),
        ("calls sent", f"{summary.calls.sent:,}"),
        ("calls left today", "unlimited" if summary.calls.left_today is None else f"{summary.calls.left_today:,}"),
    ]


def _layers(dataset: DatasetSummary) -> list[tuple[str, int, str]]:
    rows = dataset.rows
    return [
        ("parsed", rows.parsed, "plain"),
        ("deferred", rows.deferred, "plain"),
        ("duplicates", rows.duplicates, "plain"),
        ("quarantined", rows.quarantined, ""),
        ("accepted", rows.accepted, "plain"),
        ("curated", rows.curated, "plain"),
        ("staged", rows.staged, "plain"),
        ("new", rows.new, "good"),
        ("changed", rows.changed, "good"),
        ("unchanged", rows.unchanged, "plain"),
        *([("kept out", rows.kept_out, "")] if rows.kept_out else []),
    ]


def _in_order(seconds: Mapping[str, float]) -> list[tuple[str, float]]:
    """The steps as a run takes them; a summary that was stored has them by name."""
    return sorted(seconds.items(), key=lambda each: _STEPS.index(each[0]) if each[0] in _STEPS else len(_STEPS))


def _page(address: str) -> str:
    """The way from the report to a page of the same lake."""
    return "../../" + address.removeprefix("s3://").partition("/")[2]


def _budget(summary: RunSummary) -> tuple[int, int] | None:
    """The calls that this run sent, and those that the day had left before it."""
    if summary.calls.left_today is None:
        return None
    return summary.calls.sent, summary.calls.sent + summary.calls.left_today


def _lineage(summary: RunSummary) -> list[tuple[str, str, str]]:
    """From response to table: what, where, how much."""
    calls, rows, size, places = summary.calls, summary.rows, summary.bytes, summary.places
    steps = [
        ("Responses", "Alpha Vantage" if summary.source == "alpha_vantage" else summary.source, counted(calls.answered, "answer")),
        ("Captures", places.raw, f"{size.raw:,} bytes, {size.raw_stored:,} newly stored"),
        ("Verdict", places.result, f"{rows.accepted:,} accepted, {rows.quarantined:,} quarantined"),
        ("Quarantine", places.quarantine, counted(rows.quarantined, "row")),
        ("Curated file", places.curated, f"{counted(rows.curated, 'row')}, {size.curated:,} bytes"),
        ("Manifest", places.manifest, "lists the file for COPY"),
        ("Table", places.table, f"{rows.new:,} new, {rows.changed:,} changed, {rows.unchanged:,} unchanged"),
    ]
    return [step for step in steps if step[1]]
