"""Price jumps that no event explains, remembered from run to run. What explains one stands in ``tasks/planning/price_jumps.py``."""

from collections.abc import Mapping

import pyarrow as pa

from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.step import step_logger
from tasks.planning.price_jumps import PriceJump, unexplained
from tasks.quality.price_jumps import newest_moves
from tasks.records import Extraction, SymbolCoverage
from tasks.schema import DAILY_PRICES, DIVIDENDS, SPLITS

logger = step_logger("moves")

_JUMPS = state.price_jumps(DAILY_PRICES.name)


def open_moves(lake: LakeStore) -> dict[str, PriceJump]:
    """By symbol, the jumps that are still to be looked into.

    Raises:
        LakeError: the lake, or the document in it, cannot be read.
    """
    return _unexplained(lake, _JUMPS.read(lake))


def events_coverage(lake: LakeStore) -> dict[str, Mapping[str, SymbolCoverage]]:
    """Per function of events, what was read of each symbol."""
    return {events.function: state.coverage(events.name).read(lake) for events in (DIVIDENDS, SPLITS)}


def remember_moves(lake: LakeStore, accepted: pa.Table, bars: Extraction) -> None:
    """Remembers the jumps among a run's bars; forgets those that are explained by now, and those that its bars no longer have.

    Args:
        lake: of the run's place.
        accepted: ``symbol``, ``session_date`` and ``close`` of the bars that passed.
        bars: the answers they came from.

    Raises:
        LakeError: the lake cannot be read or written.
    """
    observed = {observation.call.symbol: observation.observed_at for observation in bars.observations}
    found = {
        symbol: PriceJump(session, round(ratio, 6), observed[symbol])
        for symbol, (session, ratio) in newest_moves(accepted).items()
        if symbol in observed
    }

    def after_run(jumps: Mapping[str, PriceJump]) -> dict[str, PriceJump]:
        return _unexplained(lake, {symbol: jump for symbol, jump in jumps.items() if symbol not in observed} | found)

    after = _JUMPS.change(lake, after_run)
    for symbol in found.keys() & after.keys():
        logger.info("%s: %s; its splits and dividends come first in the next plan", symbol, after[symbol].words)


def _unexplained(lake: LakeStore, jumps: Mapping[str, PriceJump]) -> dict[str, PriceJump]:
    return unexplained(jumps, *events_coverage(lake).values()) if jumps else {}
