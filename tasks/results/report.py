"""Gathers what the report of a run shows, from the results at hand and from the lake, and writes the page."""

import io
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.datasets import DATASETS
from tasks.errors import TickerhouseError
from tasks.lake import keys
from tasks.lake.errors import ObjectMissing
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.quality.report_index import IndexEntry
from tasks.records import Status
from tasks.results.pages import HTML, add_to_index, index_entry
from tasks.results.run_results import RunResults, defect_of
from tasks.summary.report_facts import (
    CHARTED,
    PastQuality,
    PriceMark,
    ReportFacts,
    What,
    coverage_lines,
    event_marks,
    latest_quality,
    price_series,
    quarantined_marks,
    remarkable,
)
from tasks.summary.report_page import report_page
from tasks.summary.run_summary import RunSummary
from tasks.warehouse.report import Happened, what_happened

logger: Final = logging.getLogger("tickerhouse.report")

SINCE: Final = timedelta(days=400)
"""How far back events and restatements are drawn."""

_CLOSES: Final = ("symbol", "session_date", "close")
_EVENTS: Final[Mapping[str, tuple[What, str, str]]] = {
    "splits": ("split", "effective_date", "split_factor"),
    "dividends": ("dividend", "ex_dividend_date", "amount"),
}


def publish_pages(lake: LakeStore, results: RunResults, summary: RunSummary) -> None:
    """Adds a run to the page of the latest ones and writes its report; a run that was up to date has nothing to draw.

    Raises:
        ChartFailed: a chart could not be drawn.
        WarehouseError: restatements could not be read.
        LakeError: the lake cannot be read or written.
        Defect: anything else; a page is never what breaks a run.
    """
    has_report = summary.status is not Status.UP_TO_DATE
    try:
        listed = add_to_index(lake, index_entry(summary, has_report=has_report))
        if has_report:
            write_report(lake, facts_of_results(lake, results, summary, listed))
    except TickerhouseError:
        raise
    except Exception as error:
        logger.exception("the report was not drawn")
        raise defect_of(error) from error


def held_sessions(lake: LakeStore, results: RunResults) -> dict[str, date]:
    """The newest session held of each symbol that the run did not request, because all that is due is held; empty if it cannot be read."""
    wanted = set(results.planned.plan.held) if results.planned else set()
    if not wanted or not results.datasets:
        return {}
    try:
        measured = next((dataset for dataset in results.datasets if dataset.is_primary), results.datasets[0])
        held = state.coverage(measured.name).read(lake)
    except TickerhouseError as error:
        logger.warning("what is held could not be read: %s", error)
        return {}
    return {symbol: coverage.last_session for symbol, coverage in held.items() if symbol in wanted}


def write_report(lake: LakeStore, facts: ReportFacts) -> str:
    """Writes the page of a run and returns its ``s3://`` address.

    Raises:
        LakeError: the lake cannot be written.
    """
    return lake.put(keys.report_key(facts.summary.run_id), report_page(facts).encode(), HTML)


def facts_of_results(lake: LakeStore, results: RunResults, summary: RunSummary, listed: Sequence[IndexEntry]) -> ReportFacts:
    """The facts at a run's end, from its own results and its coverage; the warehouse is read only where the run restated a bar.

    Args:
        lake: where the coverage is.
        results: what the steps gave.
        summary: what was made of them.
        listed: the latest runs, newest first.

    Raises:
        LakeError: the lake cannot be read.
        WarehouseError: restatements cannot be read.
    """
    quality = _quality(listed, summary)
    primary = next((result for result in results.required if result.dataset.is_primary and result.verdict), None)
    if primary is None or primary.verdict is None:
        return ReportFacts(summary, quality=quality)
    quarantined = tuple(quarantined_marks(primary.verdict.quarantined, primary.dataset.checks.session))
    marks = list(quarantined)
    if primary.loaded and primary.loaded.changed and summary.last_session:
        restated = list(primary.loaded.touched)[:CHARTED]
        marks += _marks(what_happened(results.run.warehouse, restated, summary.last_session - SINCE))
    known = {symbol.symbol for symbol in summary.symbols}
    for name, (what, session, value) in _EVENTS.items():
        verdict = results.by_dataset[name].verdict if name in results.by_dataset else None
        if verdict is not None:
            marks += event_marks(verdict.accepted_columns("symbol", session, value), what, session, value, known)
    return ReportFacts(
        summary,
        coverage_lines(state.coverage(primary.dataset.name).read(lake), quarantined),
        price_series(primary.verdict.accepted_columns(*_CLOSES), remarkable(summary, marks), marks),
        quality,
    )


def facts_of_lake(lake: LakeStore, summary: RunSummary, symbols: Sequence[str] = (), happened: Sequence[Happened] = ()) -> ReportFacts:
    """The facts of a run that has ended, from what it left in the lake.

    Args:
        lake: the lake.
        summary: how the run went.
        symbols: whose prices are drawn; the most remarkable if none is named.
        happened: what the warehouse knows of them, if it was asked.

    Raises:
        LakeError: the lake cannot be read.
    """
    quality = _quality(state.verdicts().read(lake), summary)
    names = [dataset.name for dataset in summary.datasets]
    primary = next((DATASETS[name] for name in names if name in DATASETS and DATASETS[name].is_primary), None)
    if primary is None:
        return ReportFacts(summary, quality=quality)
    rows = _table(lake, keys.quarantine_key(primary.name, summary.run_id))
    quarantined = tuple(quarantined_marks(rows, primary.checks.session)) if rows is not None else ()
    marks = [*quarantined, *_marks(happened)]
    accepted = _table(lake, keys.curated_key(primary.name, summary.run_id), _CLOSES)
    return ReportFacts(
        summary,
        coverage_lines(state.coverage(primary.name).read(lake), quarantined),
        price_series(accepted, symbols or remarkable(summary, marks), marks) if accepted is not None else (),
        quality,
    )


def _quality(listed: Sequence[IndexEntry], summary: RunSummary) -> tuple[PastQuality, ...]:
    own = [entry for entry in listed if entry.flow == summary.flow and entry.rows and entry.run_id <= summary.run_id]
    return latest_quality(_past(entry) for entry in own)


def _past(entry: IndexEntry) -> PastQuality:
    return PastQuality(entry.judged_at[5:16].replace("T", " "), entry.rows, entry.rate, entry.reason_counts)


def _marks(happened: Iterable[Happened]) -> Iterator[PriceMark]:
    for each in happened:
        yield PriceMark(each.symbol, each.session, each.what, each.words)


def _table(lake: LakeStore, key: str, columns: Sequence[str] | None = None) -> pa.Table | None:
    try:
        body = lake.get(key)
    except ObjectMissing:
        return None
    return pq.read_table(io.BytesIO(body), columns=list(columns) if columns else None)
