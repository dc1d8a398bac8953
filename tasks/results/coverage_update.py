"""What a run has read beside daily prices, remembered in the lake, so that a second run of the day asks for nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from tasks.bring_in import Brought
from tasks.lake.captures import remember
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.planning.coverage import widen
from tasks.planning.dataset_requests import COVERED_AS, OVERVIEW
from tasks.records import Observation, SymbolCoverage
from tasks.results.run_results import Story
from tasks.schema import LISTINGS
from tasks.sessions import DEFAULT_EXCHANGE
from tasks.summary.bars import Span, spans_by_symbol

_NOTHING_TO_SAY = "EmptyAnswer"


def remember_read(lake: LakeStore, story: Story) -> None:
    """Remembers what was answered and loaded. A kind that met a closed gate or a fault is asked for again.

    Raises:
        LakeError: the lake cannot be read or written.
    """
    exchanges = story.planned.exchanges if story.planned else {}
    for brought in story.brought:
        if not brought.gate.is_open:
            continue
        state.coverage(brought.kind.dataset.name).change(lake, partial(_with_brought, brought=brought, exchanges=exchanges))
        if brought.kind.dataset is LISTINGS:
            _remember_overviews(lake, story)


def widened(held: Mapping[str, SymbolCoverage], span: Span, observation: Observation, exchange: str) -> SymbolCoverage:
    """What is held of a symbol's series after one more answer.

    Args:
        held: by symbol, what was held before.
        span: the first and the last session of the answer.
        observation: the answer.
        exchange: whose sessions count.
    """
    before = held.get(observation.call.symbol)
    first, last = span.first_session, span.last_session
    wider = widen(before, first, last, observation.observed_at, is_whole=is_whole(observation), exchange=exchange)
    return replace(wider, captures=_captures(held, observation))


def is_whole(observation: Observation) -> bool:
    """Whether it answers a call for the whole history."""
    return observation.call.options.get("outputsize") == "full"


def has_no_overview(function: str, refusal: str) -> bool:
    """Whether a refusal says no more than that a symbol has no company behind it: funds have no overview, and nothing is missing."""
    return function == OVERVIEW and refusal == _NOTHING_TO_SAY


def _remember_overviews(lake: LakeStore, story: Story) -> None:
    answered = [observation for observation in story.extraction.observations if observation.call.function == OVERVIEW]
    moment = max(observation.observed_at for observation in story.extraction.observations)
    empty = [refused.call.symbol for refused in story.extraction.refused if has_no_overview(refused.call.function, refused.name)]
    nothing = {symbol: SymbolCoverage(moment.date(), moment.date(), moment) for symbol in empty}
    state.coverage(COVERED_AS[OVERVIEW]).change(
        lake, lambda held: held | {observation.call.symbol: _read(held, observation) for observation in answered} | nothing
    )


def _with_brought(held: dict[str, SymbolCoverage], brought: Brought, exchanges: Mapping[str, str]) -> dict[str, SymbolCoverage]:
    if brought.kind.is_series:
        return held | _widened(held, brought, exchanges)
    return held | {observation.call.symbol: _read(held, observation) for observation in brought.observations}


def _read(held: Mapping[str, SymbolCoverage], observation: Observation) -> SymbolCoverage:
    day = observation.observed_at.date()
    return SymbolCoverage(day, day, observation.observed_at, captures=_captures(held, observation))


def _captures(held: Mapping[str, SymbolCoverage], observation: Observation) -> Mapping[str, str]:
    before = held.get(observation.call.symbol)
    return remember(before.captures if before else {}, [observation.capture.key])


def _widened(held: Mapping[str, SymbolCoverage], brought: Brought, exchanges: Mapping[str, str]) -> dict[str, SymbolCoverage]:
    if brought.verdict is None:
        return {}
    spans = spans_by_symbol(brought.verdict.judged)
    restated = set(_with_news(held, brought))
    wider = {}
    for observation in brought.observations:
        symbol = observation.call.symbol
        if symbol not in spans:
            continue
        coverage = widened(held, spans[symbol], observation, exchanges.get(symbol, DEFAULT_EXCHANGE))
        wider[symbol] = replace(coverage, full_history_at=None) if symbol in restated and not is_whole(observation) else coverage
    return wider


def _with_news(held: Mapping[str, SymbolCoverage], brought: Brought) -> Iterable[str]:
    """The symbols of which a dividend or split is among the bars that were not held: all their earlier bars were restated with it."""
    assert brought.verdict is not None
    rows = brought.verdict.accepted_columns("symbol", "session_date", "dividend_amount", "split_coefficient")
    amount, split = (rows.column(name).cast(pa.float64()) for name in ("dividend_amount", "split_coefficient"))
    events = rows.filter(pc.or_(pc.not_equal(amount, pa.scalar(0.0)), pc.not_equal(split, pa.scalar(1.0))))
    for row in events.to_pylist():
        coverage = held.get(row["symbol"])
        if row["session_date"] > (coverage.last_session if coverage else date.min):
            yield row["symbol"]
