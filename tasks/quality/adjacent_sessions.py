"""Checks that compare a bar with those of the sessions before and after it, within one batch and symbol.

Nothing here quarantines a bar: a session that is missing, a price jump, a capture that shrank are warnings, because every bar by itself
may be right.
"""

from __future__ import annotations

import numpy as np

from tasks.quality.columns import EPOCH, Columns, Flags, Floats, Integers
from tasks.quality.context import Context, Market

NEIGHBOUR_COLUMNS = (
    "session_before_is_there",
    "close_change_is_bounded",
    "close_is_no_spike",
    "close_is_not_frozen",
    "volume_is_usual",
    "symbol_has_its_due_session",
    "symbol_has_not_shrunk",
)


_FROZEN_SESSIONS = 10
_NEARLY = 1 - 1e-9


class AdjacentSessions:
    """The rows of a batch in the order of symbol and session, and what stands beside each.

    Args:
        code: per row which symbol.
        days: per row which day.
        sound: the rows that have a place in the order: their symbol and session are sound.
    """

    def __init__(self, code: Integers, days: Integers, sound: Flags) -> None:
        self.size = len(code)
        self.rows: Integers | slice = slice(None) if sound.all() else np.flatnonzero(sound)
        self.code, self.day = code[self.rows], days[self.rows]
        rising, falling = _in_order(self.code, self.day)
        if not rising and falling:
            # As the API sends them, and much cheaper than sorting; that the symbols are turned round as well does not matter.
            self._turn(slice(None, None, -1))
        elif not rising:
            # One key, because what is nearly in order sorts stably in a few passes, and two keys take a whole sort each.
            span = int(self.day.max() - self.day.min()) + 1
            self._turn(np.argsort(self.code * span + self.day, kind="stable"))
        self.count = len(self.code)
        self.follows: Flags = np.zeros(self.count, dtype=np.bool_)
        self.follows[1:] = (self.code[1:] == self.code[:-1]) & (self.day[1:] > self.day[:-1])

    def before(self, values: Floats) -> Floats:
        """Per ordered row the value of the row before it."""
        shifted = np.ones(self.count)
        shifted[1:] = values[self.rows][:-1]
        return shifted

    def both(self, sound: Flags) -> Flags:
        """Per ordered row whether it follows another of its symbol and both are sound."""
        ordered = sound[self.rows]
        pairs = self.follows & ordered
        pairs[1:] &= ordered[:-1]
        return pairs

    def spread(self, holds: Flags) -> Flags:
        """What holds for ordered rows, in the order of the batch; true for the rows that cannot be checked."""
        flags = np.ones(self.size, dtype=np.bool_)
        flags[self.rows] = holds
        return flags

    def _turn(self, order: Integers | slice) -> None:
        if not isinstance(self.rows, slice):
            self.rows = self.rows[order]
        else:
            # A slice of a batch that is sound throughout is a view; no row is copied.
            self.rows = order
        self.code, self.day = self.code[order], self.day[order]


def once_flags(near: AdjacentSessions, observed_at: Integers) -> Flags:
    """Whether a bar is the only one that its observation has of its symbol and session.

    Args:
        near: the order.
        observed_at: per row of the batch the moment it was observed, as any integer.
    """
    once = np.ones(near.count, dtype=np.bool_)
    beside = np.zeros(near.count, dtype=np.bool_)
    beside[1:] = (near.code[1:] == near.code[:-1]) & (near.day[1:] == near.day[:-1])
    beside[:-1] |= beside[1:]
    compared = np.flatnonzero(beside)
    if len(compared):
        bars = np.column_stack((near.code[compared], near.day[compared], observed_at[near.rows][compared]))
        _, which, counts = np.unique(bars, axis=0, return_inverse=True, return_counts=True)
        once[compared] = counts[which] == 1
    return near.spread(once)


def gap_flags(near: AdjacentSessions, rows_of: list[tuple[Market, Flags | slice]]) -> Flags:
    """Whether the exchange's session before a bar's is in the batch; true for the symbol's first bar."""
    holds = np.ones(near.count, dtype=np.bool_)
    if not near.count:
        return near.spread(holds)
    # Most bars are of the day after; only for the others is it worth finding both sessions' places in the calendar.
    apart = np.flatnonzero(near.follows[1:] & (near.day[1:] - near.day[:-1] > 1)) + 1
    for market, rows in rows_of:
        sessions = market.sessions.astype(np.int64)
        missed = np.searchsorted(sessions, near.day[apart]) - np.searchsorted(sessions, near.day[apart - 1]) > 1
        of_market = True if isinstance(rows, slice) else rows[near.rows][apart]
        holds[apart[missed & of_market]] = False
    return near.spread(holds)


def change_flags(near: AdjacentSessions, close: Floats, sound: Flags, rows_of: list[tuple[Market, Flags | slice]]) -> Columns:
    """Whether a close is within bounds of the one before, and no spike between two neighbours.

    Args:
        near: the order.
        close: per row of the batch.
        sound: the rows whose close may be compared.
        rows_of: the markets, each with its rows.
    """
    pairs = near.both(sound)
    change = np.divide(close[near.rows], near.before(close), out=np.ones(near.count), where=pairs)
    back = np.ones(near.count)
    back[:-1] = 1.0 / change[1:]
    bounded, calm = np.ones(near.count, dtype=np.bool_), np.ones(near.count, dtype=np.bool_)
    for market, rows in rows_of:
        of_market = np.ones(near.count, dtype=np.bool_) if isinstance(rows, slice) else rows[near.rows]
        most, spike = market.thresholds.largest_change, market.thresholds.largest_spike
        # 36.80 is 40 times 0.92, and as floats a little less.
        bounded &= ~(((change >= most * _NEARLY) | (change * _NEARLY <= 1 / most)) & of_market)
        calm &= ~((((change > spike) & (back > spike)) | ((change < 1 / spike) & (back < 1 / spike))) & of_market)
    return {"close_change_is_bounded": near.spread(bounded), "close_is_no_spike": near.spread(calm)}


def frozen_flags(near: AdjacentSessions, close: Floats, volume: Integers, sound: Flags) -> Flags:
    """Whether a close is not the tenth in a row that is the same, while shares are said to have changed hands.

    Told once for each such row of sessions, on its tenth bar; a bar of which all prices stand still is among them.

    Args:
        near: the order.
        close: per row of the batch.
        volume: per row of the batch.
        sound: the rows whose close and volume may be compared.
    """
    traded = sound & (volume > 0)
    same = near.both(traded) & (close[near.rows] == near.before(close))
    place = np.arange(near.count)
    began = np.maximum.accumulate(np.where(same, 0, place)) if near.count else place
    return near.spread(place - began != _FROZEN_SESSIONS - 1)


def volume_flags(volume: Integers, sound: Flags, rows_of: list[tuple[Market, Flags | slice]]) -> Flags:
    """Whether a volume is one the exchange is used to; negative ones are a rule of their own."""
    flags = np.ones(len(volume), dtype=np.bool_)
    for market, rows in rows_of:
        flags[rows] = volume[rows] >= market.thresholds.smallest_volume
    return flags | ~sound | (volume < 0)


def symbol_flags(near: AdjacentSessions, code: Integers, symbols: list[str], context: Context) -> Columns:
    """Whether each row's symbol has a bar of its due session, and at least as many bars as the capture before; on its newest row."""
    counts = np.bincount(code[code >= 0], minlength=len(symbols))
    newest = np.full(len(symbols), -1, dtype=np.int64)
    ends = np.flatnonzero(np.append(near.code[1:] != near.code[:-1], [True])[: near.count])
    newest[near.code[ends]] = near.day[ends]
    due = np.array([(context.due[symbol] - EPOCH).days if symbol in context.due else -1 for symbol in symbols], dtype=np.int64)
    before = np.array([context.rows_before.get(symbol, 0) for symbol in symbols], dtype=np.int64)
    return {
        "symbol_has_its_due_session": _flag_newest(near, newest, newest < due),
        "symbol_has_not_shrunk": _flag_newest(near, newest, counts < before),
    }


def _flag_newest(near: AdjacentSessions, newest: Integers, violates: Flags) -> Flags:
    """Per row of the batch false where it is the newest of a symbol that violates."""
    if not violates.any():
        return np.ones(near.size, dtype=np.bool_)
    return near.spread(~(violates[near.code] & (near.day == newest[near.code])))


def _in_order(code: Integers, day: Integers) -> tuple[bool, bool]:
    """Whether rows stand symbol by symbol, and within each oldest first, or newest first."""
    another, same = code[1:] > code[:-1], code[1:] == code[:-1]
    return bool(np.all(another | (same & (day[1:] >= day[:-1])))), bool(np.all(another | (same & (day[1:] <= day[:-1]))))
