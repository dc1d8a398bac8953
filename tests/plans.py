"""Plans of daily prices, made from literals, for tests."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tasks.datasets import DAILY_PRICES
from tasks.orchestration import planners
from tasks.planning.inputs import PlanningInputs
from tasks.records import OutputSize, Plan, SymbolCoverage
from tasks.sessions import SessionClock

AS_OF: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""The session of 2026-11-19 is due."""


def make_plan(symbols: Iterable[str], coverage: Mapping[str, SymbolCoverage], *facts: Any, **more: Any) -> Plan:
    """The plan of a run of daily prices alone; the facts are those of :func:`make_inputs`."""
    return planners.make_plan(make_inputs(symbols, coverage, *facts, **more), [DAILY_PRICES]).plan


def make_inputs(  # noqa: PLR0913 - each fact of a plan has its name at the call
    symbols: Iterable[str],
    coverage: Mapping[str, SymbolCoverage],
    calls_left: int | None = None,
    output_size: OutputSize | None = None,
    *,
    full_history: bool = False,
    full_history_every: timedelta | None = None,
    as_of: datetime = AS_OF,
    exchanges: Mapping[str, str] | None = None,
) -> PlanningInputs:
    """What a plan of daily prices follows from."""
    return PlanningInputs(
        symbols=tuple(dict.fromkeys(symbols)),
        clock=SessionClock(as_of, timedelta(hours=4), exchanges or {}),
        now=as_of,
        coverage=lambda dataset: coverage if dataset == "daily_prices" else {},
        calls_left=calls_left,
        output_size=output_size,
        wants_full_history=full_history,
        has_full_history=full_history,
        full_history_every=full_history_every,
    )
