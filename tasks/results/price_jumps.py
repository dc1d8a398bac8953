"""Moves of a close that no known event explains, from run to run. The door to ``tasks/planning/price_jumps.py``."""

from collections.abc import Mapping

import pyarrow as pa

from tasks.lake.coverage import read_coverage
from tasks.lake.moves import read_moves, write_moves
from tasks.lake.store import LakeStore
from tasks.orchestration.step import step_logger
from tasks.planning import price_jumps
from tasks.planning.price_jumps import PriceJump
from tasks.quality.price_jumps import newest_moves
from tasks.records import Extraction, SymbolCoverage
from tasks.schema import DAILY_PRICES, DIVIDENDS, SPLITS

logger = step_logger("moves")


def open_moves(lake: LakeStore) -> dict[str, PriceJump]:
    """By symbol, the moves that are still to be looked into.

    Raises:
        LakeError: the lake cannot be read.
        BadPriceJumps: what is stored is none.
    """
    remembered = price_jumps.from_json(read_moves(lake, DAILY_PRICES.name))
    return price_jumps.unexplained(remembered, *_events(lake)) if remembered else {}


def events_coverage(lake: LakeStore) -> dict[str, Mapping[str, SymbolCoverage]]:
    """Per function of events, what was read of each symbol."""
    dividends, splits = _events(lake)
    return {DIVIDENDS.function: dividends, SPLITS.function: splits}


def remember_moves(lake: LakeStore, accepted: pa.Table, bars: Extraction) -> None:
    """Remembers the moves among a run's bars, and forgets those that are explained by now.

    Args:
        lake: of the run's place.
        accepted: ``symbol``, ``session_date`` and ``close`` of the bars that passed.
        bars: the answers they came from.

    Raises:
        LakeError: the lake cannot be read or written.
    """
    before = price_jumps.from_json(read_moves(lake, DAILY_PRICES.name))
    observed = {observation.call.symbol: observation.observed_at for observation in bars.observations}
    found = {
        symbol: PriceJump(session, ratio, observed[symbol])
        for symbol, (session, ratio) in newest_moves(accepted).items()
        if symbol in observed
    }
    if not (before or found):
        return
    after = price_jumps.seen(before, found, set(observed), *_events(lake))
    if after != before:
        write_moves(lake, DAILY_PRICES.name, price_jumps.to_json(after))
    for symbol, move in after.items():
        if symbol not in before:
            logger.info("%s: %s; its splits and dividends come first in the next plan", symbol, move.words)


def forget_explained(lake: LakeStore) -> None:
    """Forgets the moves whose symbols' events were read after them; what :func:`remember_moves` does for a run that had no bars.

    Raises:
        LakeError: the lake cannot be read or written.
    """
    before = price_jumps.from_json(read_moves(lake, DAILY_PRICES.name))
    after = price_jumps.unexplained(before, *_events(lake)) if before else before
    if after != before:
        write_moves(lake, DAILY_PRICES.name, price_jumps.to_json(after))


def _events(lake: LakeStore) -> tuple[Mapping[str, SymbolCoverage], Mapping[str, SymbolCoverage]]:
    return read_coverage(lake, DIVIDENDS.name), read_coverage(lake, SPLITS.name)
