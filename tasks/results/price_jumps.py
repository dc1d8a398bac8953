"""Stores price jumps that no known event explains for later runs (``tasks/planning/price_jumps.py``)."""

from collections.abc import Mapping
from datetime import date, datetime

import pyarrow as pa

from tasks.datasets import DAILY_PRICES
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.planning_inputs import without_explained
from tasks.orchestration.step_log import step_logger
from tasks.planning.price_jumps import PriceJump
from tasks.quality.price_jumps import newest_moves, sessions_compared
from tasks.results.run_results import RunResults

logger = step_logger("publish")


def update_price_jumps(lake: LakeStore, results: RunResults) -> None:
    """Remembers the price jumps among a run's bars; forgets those that are explained by now, and those that its bars no longer have.

    Raises:
        LakeError: the lake cannot be read or written.
    """
    result = results.by_dataset.get(DAILY_PRICES.name)
    if result is None or result.loaded is None or result.verdict is None:
        return
    observed = {observation.call.symbol: observation.observed_at for observation in result.observations}
    remember_jumps(lake, result.verdict.accepted_columns("symbol", "session_date", "close"), observed)


def remember_jumps(lake: LakeStore, accepted: pa.Table, observed: Mapping[str, datetime]) -> None:
    """Remembers the jumps among some bars.

    Args:
        lake: of the run.
        accepted: ``symbol``, ``session_date`` and ``close`` of the bars that passed.
        observed: by symbol, when its bars were observed, UTC.

    Raises:
        LakeError: the lake cannot be read or written.
    """
    found = {
        symbol: PriceJump(session, round(ratio, 6), observed[symbol])
        for symbol, (session, ratio) in newest_moves(accepted).items()
        if symbol in observed
    }

    compared = sessions_compared(accepted)

    def after_run(jumps: Mapping[str, PriceJump]) -> dict[str, PriceJump]:
        # A backfill's jump may lie before all bars of the run that ends after it, and says nothing about them.
        kept = {symbol: jump for symbol, jump in jumps.items() if not _is_between(jump, compared.get(symbol))}
        newer = {symbol: jump for symbol, jump in found.items() if symbol not in kept or kept[symbol].session < jump.session}
        return without_explained(lake, kept | newer)

    after = state.price_jumps(DAILY_PRICES.name).change(lake, after_run)
    for symbol in found.keys() & after.keys():
        logger.info("%s: %s; its splits and dividends come first in the next plan", symbol, after[symbol].words)


def _is_between(jump: PriceJump, compared: tuple[date, date] | None) -> bool:
    return compared is not None and compared[0] < jump.session <= compared[1]
