"""Updates the coverage after a run: what was read, so that the next run requests only what is missing."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.datasets import Dataset
from tasks.kept_out import SymbolRefused
from tasks.lake.captures import remember
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.planning.bar_requests import COMPACT_SESSIONS
from tasks.planning.coverage import widen
from tasks.records import Extraction, Observation, SymbolCoverage
from tasks.results.call_outcomes import is_nothing_to_complete
from tasks.results.dataset_result import DatasetResult
from tasks.results.run_results import RunResults
from tasks.summary.bars import Span, spans_by_symbol

_RESTATEMENT: Final = ("symbol", "session_date", "dividend_amount", "split_coefficient")


def update_coverage(lake: LakeStore, results: RunResults) -> None:
    """Adds what a run has read to what is held. A dataset that failed or met a closed gate is requested again.

    Raises:
        LakeError: the lake cannot be read or written.
    """
    for result in results.by_dataset.values():
        if not result.is_done:
            continue
        state.coverage(result.dataset.name).change(lake, partial(_with_result, result=result))
        _update_companion(lake, result.dataset, results.extraction)


def widened(held: Mapping[str, SymbolCoverage], span: Span, observation: Observation, exchange: str, *, is_whole: bool) -> SymbolCoverage:
    """What is held of a symbol's series after one more answer.

    Args:
        held: by symbol, what was held before.
        span: the first and the last session of the answer.
        observation: the answer.
        exchange: whose sessions count.
        is_whole: whether the answer is the whole history (:func:`is_whole_history`).
    """
    before = held.get(observation.call.symbol)
    first, last = span.first_session, span.last_session
    wider = widen(before, first, last, observation.observed_at, is_whole=is_whole, exchange=exchange)
    if before is not None and first < before.first_session and not is_whole:
        # What was taken for the whole history lacked these bars.
        wider = replace(wider, full_history_at=None)
    return replace(wider, captures=_captures(held, observation))


def is_whole_history(observation: Observation, rows: int, first: date, before: SymbolCoverage | None) -> bool:
    """Whether an answer is all that the API has of a symbol.

    That is the answer to a call for the whole history, and a compact one that has fewer bars than compact gives: there are no more of
    a symbol that was listed lately. One that lacks bars that are held is cut short instead.

    Args:
        observation: the answer.
        rows: its bars, counted in its bytes.
        first: its first session.
        before: what was held of the symbol, or None.
    """
    size = observation.call.options.get("outputsize")
    is_short = size == "compact" and 0 < rows < COMPACT_SESSIONS
    return size == "full" or (is_short and (before is None or first <= before.first_session))


def _with_result(held: dict[str, SymbolCoverage], result: DatasetResult) -> dict[str, SymbolCoverage]:
    if result.dataset.finality:
        return held | _series_read(held, result)
    refused = _refused(result)
    read = [each for each in (result.parsed.observations if result.parsed else ()) if each.call.symbol not in refused]
    return held | {observation.call.symbol: _read(held, observation) for observation in read}


def _series_read(held: Mapping[str, SymbolCoverage], result: DatasetResult) -> dict[str, SymbolCoverage]:
    """The coverage of a series; a quarantined session counts as held until a newer response is due."""
    if result.parsed is None or result.verdict is None:
        return {}
    # Only the columns that the rule needs are copied.
    names = [name for name in _RESTATEMENT if name in result.parsed.final.column_names]
    restated = set(result.dataset.restated(result.verdict.accepted_columns(*names), held))
    spans, clock = spans_by_symbol(result.parsed.final), result.parsed.clock
    wider: dict[str, SymbolCoverage] = {}
    refused = _refused(result)
    several = Counter(observation.call.symbol for observation in result.observations)
    for observation in sorted(result.observations, key=lambda observation: observation.observed_at):
        symbol = observation.call.symbol
        if symbol in refused:
            continue
        # Of several answers of one symbol each has its own span, and the older is taken in first.
        span = spans.get(symbol) if several[symbol] == 1 else _span_of(result.parsed.final, observation)
        if span is not None:
            known, rows = {**held, **wider}, result.parsed.counted.get(observation.capture.key, 0)
            is_whole = is_whole_history(observation, rows, span.first_session, known.get(symbol))
            coverage = widened(known, span, observation, clock.exchange_of(symbol), is_whole=is_whole)
            is_restated = symbol in restated and not is_whole
            wider[symbol] = replace(coverage, full_history_at=None) if is_restated else coverage
    return wider


def _refused(result: DatasetResult) -> set[str]:
    """The symbols that the warehouse refused: they are requested again, when a person may have mended the table."""
    return {each.symbol for each in (result.loaded.kept_out if result.loaded else ()) if isinstance(each, SymbolRefused)}


def _span_of(rows: pa.Table, observation: Observation) -> Span | None:
    own = rows.filter(pc.equal(rows.column("capture_key"), pa.scalar(observation.capture.key)))
    return spans_by_symbol(own).get(observation.call.symbol)


def _update_companion(lake: LakeStore, dataset: Dataset, extraction: Extraction) -> None:
    companion = dataset.companion
    if companion is None:
        return
    answered = [observation for observation in extraction.observations if observation.call.function == companion.function]
    moment = max(observation.observed_at for observation in extraction.observations)
    empty = [refused.call.symbol for refused in extraction.refused if is_nothing_to_complete(refused)]
    nothing = {symbol: SymbolCoverage(moment.date(), moment.date(), moment) for symbol in empty}
    state.coverage(companion.coverage).change(
        lake, lambda held: held | {observation.call.symbol: _read(held, observation) for observation in answered} | nothing
    )


def _read(held: Mapping[str, SymbolCoverage], observation: Observation) -> SymbolCoverage:
    day = observation.observed_at.date()
    return SymbolCoverage(day, day, observation.observed_at, captures=_captures(held, observation))


def _captures(held: Mapping[str, SymbolCoverage], observation: Observation) -> Mapping[str, str]:
    before = held.get(observation.call.symbol)
    return remember(before.captures if before else {}, [observation.capture.key])
