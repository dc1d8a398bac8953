"""What a bar is beside the bars of the sessions before and after it; within one batch, per symbol.

Nothing here holds a bar back: a session that is missing, a close that leaps, a capture that shrank are told, because every bar by itself
may be right.
"""

from __future__ import annotations

import numpy as np

from tasks.quality.columns import Columns, Flags, Floats, Integers
from tasks.quality.context import Context, Market

NEIGHBOUR_COLUMNS = (
    "session_before_is_there",
    "close_change_is_bounded",
    "close_is_no_spike",
    "volume_is_usual",
    "symbol_has_its_due_session",
    "symbol_has_not_shrunk",
)


class Neighbours:
    """The rows of a batch in the order of symbol and session, and what stands beside each.

    Args:
        code: per row which symbol.
        days: per row which day.
        sound: the rows that may be compared: their symbol and session are sound.
    """

    def __init__(self, code: Integers, days: Integers, sound: Flags) -> None:
        self.size = len(code)
        rows = np.flatnonzero(sound)
        order, day = code[rows], days[rows]
        rising, falling = _in_order(order, day)
        if falling and not rising:
            # As the API sends them, and much cheaper than sorting; that the symbols are turned round as well does not matter.
            rows = rows[::-1]
        elif not rising:
            rows = rows[np.lexsort((day, order))]
        self.rows = rows
        self.code, self.day = code[rows], days[rows]
        self.follows: Flags = np.zeros(len(rows), dtype=np.bool_)
        self.follows[1:] = (self.code[1:] == self.code[:-1]) & (self.day[1:] > self.day[:-1])

    def before(self, values: Floats) -> Floats:
        """Per ordered row the value of the row before it."""
        shifted = np.ones(len(self.rows))
        shifted[1:] = values[self.rows][:-1]
        return shifted

    def spread(self, holds: Flags) -> Flags:
        """What holds for ordered rows, in the order of the batch; true for the rows that cannot be judged."""
        flags = np.ones(self.size, dtype=np.bool_)
        flags[self.rows] = holds
        return flags


def gap_flags(near: Neighbours, rows_of: list[tuple[Market, Flags | slice]]) -> Flags:
    """Whether the exchange's session before a bar's is in the batch; true for the symbol's first bar."""
    holds = np.ones(len(near.rows), dtype=np.bool_)
    if not len(near.rows):
        return near.spread(holds)
    for market, rows in rows_of:
        place = np.searchsorted(market.sessions.astype(np.int64), near.day)
        of_market = np.ones(len(near.rows), dtype=np.bool_) if isinstance(rows, slice) else rows[near.rows]
        missed = np.zeros(len(near.rows), dtype=np.bool_)
        missed[1:] = near.follows[1:] & (place[1:] - place[:-1] > 1)
        holds &= ~(missed & of_market)
    return near.spread(holds)


def change_flags(near: Neighbours, close: Floats, rows_of: list[tuple[Market, Flags | slice]]) -> Columns:
    """Whether a close is within bounds of the one before, and no spike between two neighbours.

    Args:
        near: the order; rows without a sound close are not in it.
        close: per row of the batch.
        rows_of: the markets, each with its rows.
    """
    now = close[near.rows]
    change = np.where(near.follows, now / near.before(close), 1.0)
    back = np.ones(len(near.rows))
    back[:-1] = np.where(near.follows[1:], 1.0 / change[1:], 1.0)
    bounded, calm = np.ones(len(near.rows), dtype=np.bool_), np.ones(len(near.rows), dtype=np.bool_)
    for market, rows in rows_of:
        of_market = np.ones(len(near.rows), dtype=np.bool_) if isinstance(rows, slice) else rows[near.rows]
        most, spike = market.thresholds.largest_change, market.thresholds.largest_spike
        bounded &= ~(((change > most) | (change < 1 / most)) & of_market)
        calm &= ~((((change > spike) & (back > spike)) | ((change < 1 / spike) & (back < 1 / spike))) & of_market)
    return {"close_change_is_bounded": near.spread(bounded), "close_is_no_spike": near.spread(calm)}


def volume_flags(volume: Floats, sound: Flags, rows_of: list[tuple[Market, Flags | slice]]) -> Flags:
    """Whether a volume is one the exchange is used to; negative ones are a rule of their own."""
    flags = np.ones(len(volume), dtype=np.bool_)
    for market, rows in rows_of:
        flags[rows] = volume[rows] >= market.thresholds.smallest_volume
    return flags | ~sound | (volume < 0)


def symbol_flags(code: Integers, symbols: list[str], days: Integers, dated: Flags, context: Context) -> Columns:
    """Whether each row's symbol has a bar of its due session, and at least as many bars as the capture before; told on its newest row."""
    epoch = np.datetime64("1970-01-01", "D")
    counts = np.bincount(code[code >= 0], minlength=len(symbols))
    newest = np.full(len(symbols), -1, dtype=np.int64)
    rows = np.flatnonzero(dated & (code >= 0))
    np.maximum.at(newest, code[rows], days[rows])
    due = np.array([(np.datetime64(context.due[symbol], "D") - epoch).astype(np.int64) if symbol in context.due else -1 for symbol in symbols])
    before = np.array([context.held_before.get(symbol, 0) for symbol in symbols], dtype=np.int64)
    is_newest = np.zeros(len(code), dtype=np.bool_)
    is_newest[rows] = days[rows] == newest[code[rows]]
    late = np.append(newest < due, False) if len(symbols) else np.zeros(1, dtype=np.bool_)
    shrunk = np.append(counts < before, False) if len(symbols) else np.zeros(1, dtype=np.bool_)
    return {
        "symbol_has_its_due_session": ~(late[code] & is_newest),
        "symbol_has_not_shrunk": ~(shrunk[code] & is_newest),
    }


def _in_order(code: Integers, day: Integers) -> tuple[bool, bool]:
    """Whether rows stand symbol by symbol, and within each oldest first, or newest first."""
    another, same = code[1:] > code[:-1], code[1:] == code[:-1]
    return bool(np.all(another | (same & (day[1:] >= day[:-1])))), bool(np.all(another | (same & (day[1:] <= day[:-1]))))
