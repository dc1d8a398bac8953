"""Gathers what the report of a run shows, from the results at hand and from the lake, and writes the page."""

import io
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.datasets import DATASETS, Dataset
from tasks.errors import TickerhouseError
from tasks.lake import keys
from tasks.lake.errors import ObjectMissing
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.quality.report_index import IndexEntry
from tasks.records import Status, SymbolCoverage
from tasks.results.pages import HTML, add_to_index, index_entry
from tasks.results.run_results import RunResults, defect_of
from tasks.summary.report_facts import (
    CHARTED,
    PastQuality,
    PriceMark,
    PriceSeries,
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

_PRICES: Final[Dataset] = next(dataset for dataset in DATASETS.values() if dataset.is_primary)
"""The prices that every report draws, whatever its run brought."""

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
    quarantined: tuple[PriceMark, ...] = ()
    accepted: pa.Table | None = None
    restated: list[str] = []
    if primary and primary.verdict:
        quarantined = tuple(quarantined_marks(primary.verdict.quarantined, primary.dataset.checks.session))
        accepted = primary.verdict.accepted_columns(*_CLOSES)
        restated = list(primary.loaded.touched)[:CHARTED] if primary.loaded and primary.loaded.changed else []
    marks = list(quarantined)
    if restated and summary.last_session:
        marks += _marks(what_happened(results.run.warehouse, restated, summary.last_session - SINCE))
    known = {symbol.symbol for symbol in summary.symbols}
    for name, (what, session, value) in _EVENTS.items():
        verdict = results.by_dataset[name].verdict if name in results.by_dataset else None
        if verdict is not None:
            marks += event_marks(verdict.accepted_columns("symbol", session, value), what, session, value, known)
    return _facts(lake, summary, quality, accepted, remarkable(summary, marks), marks)


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
    rows, accepted = None, None
    names = [dataset.name for dataset in summary.datasets]
    if _PRICES.name in names:
        rows = _table(lake, keys.quarantine_key(_PRICES.name, summary.run_id))
        accepted = _table(lake, keys.curated_key(_PRICES.name, summary.run_id), _CLOSES)
    marks = list(quarantined_marks(rows, _PRICES.checks.session)) if rows is not None else []
    # The warehouse, where it was asked, knows these as well.
    for name in [] if happened else [name for name in names if name in _EVENTS]:
        what, session, value = _EVENTS[name]
        events = _table(lake, keys.curated_key(name, summary.run_id), ("symbol", session, value))
        if events is not None:
            marks += event_marks(events, what, session, value, {symbol.symbol for symbol in summary.symbols})
    marks += _marks(happened)
    return _facts(lake, summary, quality, accepted, symbols or remarkable(summary, marks), marks)


def _facts(
    lake: LakeStore,
    summary: RunSummary,
    quality: tuple[PastQuality, ...],
    accepted: pa.Table | None,
    symbols: Sequence[str],
    marks: Sequence[PriceMark],
) -> ReportFacts:
    """What the page shows: the prices that the run brought, and the newest held of the symbols of which it brought none."""
    coverage = state.coverage(_PRICES.name).read(lake)
    series = {each.symbol: each for each in price_series(accepted, symbols, marks)} if accepted is not None else {}
    missing = [symbol for symbol in symbols if symbol not in series and symbol in coverage]
    for each in _held_series(lake, missing, coverage, marks):
        series[each.symbol] = replace(each, is_held=True)
    return ReportFacts(summary, coverage_lines(coverage, marks), tuple(series[symbol] for symbol in symbols if symbol in series), quality)


def _held_series(
    lake: LakeStore, symbols: Sequence[str], coverage: Mapping[str, SymbolCoverage], marks: Iterable[PriceMark]
) -> tuple[PriceSeries, ...]:
    """The newest closes in the lake's current files, which a lake that was made without them does not have."""
    newest = {coverage[symbol].last_session.year for symbol in symbols}
    years = sorted(newest | {year - 1 for year in newest})
    tables = [_table(lake, keys.current_key(_PRICES.name, year), _CLOSES) for year in years]
    there = [table for table in tables if table is not None]
    return price_series(pa.concat_tables(there), symbols, marks) if there else ()


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
