"""Finds price jumps: closes that move further than markets do, as an unknown split would move them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from tasks.quality.adjacent_sessions import AdjacentSessions
from tasks.quality.columns import EPOCH, as_floats, codes, day_numbers, is_valid

_LARGEST_MOVE: Final = 1.4
"""How many times the close before a close may be, or the other way round. A split of 3 for 2 is 1.5, and a session may add to it."""


def newest_moves(bars: pa.Table) -> dict[str, tuple[date, float]]:
    """The newest price jump of every symbol that has one.

    Args:
        bars: ``symbol``, ``session_date`` and ``close`` of bars that passed.

    Returns:
        By symbol the session of the jump, and the close divided by the one before.
    """
    code, symbols = codes(bars.column("symbol"))
    close = as_floats(bars.column("close"))
    dated = is_valid(bars.column("session_date")) & (code >= 0)
    near = AdjacentSessions(code, day_numbers(bars.column("session_date")), dated)
    pairs = near.both(is_valid(bars.column("close")) & (close > 0))
    change = np.divide(close[near.rows], near.before(close), out=np.ones(near.count), where=pairs)
    # In the order of the sessions, so that the newest of a symbol is the one that stays.
    jumps = np.flatnonzero((change > _LARGEST_MOVE) | (change < 1 / _LARGEST_MOVE)).tolist()
    return {symbols[near.code[row]]: (EPOCH + timedelta(days=int(near.day[row])), float(change[row])) for row in jumps}


def sessions_compared(bars: pa.Table) -> dict[str, tuple[date, date]]:
    """Between which sessions jumps of every symbol would be among some bars: after its first one, up to its last one.

    Args:
        bars: ``symbol`` and ``session_date``.
    """
    code, symbols = codes(bars.column("symbol"))
    dated = is_valid(bars.column("session_date")) & (code >= 0)
    day, code = day_numbers(bars.column("session_date"))[dated], code[dated]
    first, last = np.full(len(symbols), np.iinfo(np.int64).max), np.full(len(symbols), np.iinfo(np.int64).min)
    np.minimum.at(first, code, day)
    np.maximum.at(last, code, day)
    return {symbols[each]: (EPOCH + timedelta(days=int(first[each])), EPOCH + timedelta(days=int(last[each]))) for each in np.unique(code)}
