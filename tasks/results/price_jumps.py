"""Price jumps that no known event explains, remembered from run to run (``tasks/planning/price_jumps.py``)."""

from datetime import datetime

import pyarrow as pa

from tasks.datasets import DAILY_PRICES, DIVIDENDS, SPLITS
from tasks.lake.coverage import read_coverage
from tasks.lake.moves import read_moves, write_moves
from tasks.lake.store import LakeStore
from tasks.orchestration.planning_inputs import open_price_jumps
from tasks.orchestration.step_log import step_logger
from tasks.planning import price_jumps
from tasks.planning.price_jumps import PriceJump
from tasks.quality.price_jumps import newest_moves
from tasks.results.run_results import RunResults

logger = step_logger("moves")


def update_price_jumps(lake: LakeStore, results: RunResults) -> None:
    """Remembers the price jumps among a run's bars, and forgets those that are explained by now.

    Raises:
        LakeError: the lake cannot be read or written.
    """
    result = results.by_dataset.get(DAILY_PRICES.name)
    if result is not None and result.loaded is not None and result.verdict is not None:
        accepted = result.verdict.accepted_columns("symbol", "session_date", "close")
        _remember(lake, accepted, {observation.call.symbol: observation.observed_at for observation in result.observations})
    elif results.by_dataset:
        before = price_jumps.from_json(read_moves(lake, DAILY_PRICES.name))
        after = open_price_jumps(lake) if before else {}
        if after != before:
            write_moves(lake, DAILY_PRICES.name, price_jumps.to_json(after))


def _remember(lake: LakeStore, accepted: pa.Table, observed: dict[str, datetime]) -> None:
    before = price_jumps.from_json(read_moves(lake, DAILY_PRICES.name))
    found = {
        symbol: PriceJump(session, ratio, observed[symbol])
        for symbol, (session, ratio) in newest_moves(accepted).items()
        if symbol in observed
    }
    if not (before or found):
        return
    after = price_jumps.seen(before, found, set(observed), read_coverage(lake, DIVIDENDS.name), read_coverage(lake, SPLITS.name))
    if after != before:
        write_moves(lake, DAILY_PRICES.name, price_jumps.to_json(after))
    for symbol, jump in after.items():
        if symbol not in before:
            logger.info("%s: %s; its splits and dividends come first in the next plan", symbol, jump.words)
