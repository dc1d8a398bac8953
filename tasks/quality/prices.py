"""The validation frame of daily prices, raw and adjusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from tasks.quality.adjacent_sessions import (
    NEIGHBOUR_COLUMNS,
    AdjacentSessions,
    change_flags,
    frozen_flags,
    gap_flags,
    once_flags,
    symbol_flags,
    volume_flags,
)
from tasks.quality.columns import (
    DECIMAL_FORM,
    SESSION_COLUMNS,
    SYMBOL_COLUMNS,
    WHOLE_FORM,
    Columns,
    Flags,
    Floats,
    Integers,
    as_floats,
    codes,
    day_numbers,
    is_valid,
    joined,
    markets,
    number_columns,
    number_names,
    range_columns,
    session_columns,
    symbol_columns,
    unscaled,
)
from tasks.quality.context import Context, Market
from tasks.quality.validation_target import framed

if TYPE_CHECKING:
    import pandas as pd

PRICES: Final = ("open", "high", "low", "close")
NUMBERS: Final = (*PRICES, "volume")

BAR_COLUMNS: Final = (
    *SYMBOL_COLUMNS,
    *SESSION_COLUMNS,
    "observed_at",
    "session_is_told_once",
    *number_names(*NUMBERS),
    "low_is_not_above_high",
    "open_is_within_range",
    "close_is_within_range",
    *NEIGHBOUR_COLUMNS,
)
_ADJUSTMENTS: Final = ("adjusted_close", "dividend_amount", "split_coefficient")
_IDENTITY_COLUMNS: Final = ("adjusted_close_follows", "move_is_explained")

_NOT_KEPT: Final = ("open_fits_column", "high_fits_column", "low_fits_column")
"""The adjusted table keeps the close alone; the others are printed as floats of late (236.13099999999997) and only looked at."""

ADJUSTED_BAR_COLUMNS: Final = (
    *(name for name in BAR_COLUMNS if name not in _NOT_KEPT),
    *number_names(*_ADJUSTMENTS),
    *_IDENTITY_COLUMNS,
)
"""The columns that checks of adjusted prices may name."""

_ROUNDING: Final = 0.00006
"""Adjusted closes of older captures are printed with four decimals, so each of two may be off by half of the last."""
_RELATIVE: Final = 1e-3
"""What rounding leaves of a quotient of prices printed with two decimals."""
LARGEST_VOLUME: Final = 1e17
"""The sum of a month of it still fits BIGINT, which one bar of more would make overflow, and with it the load of its symbol."""

_LARGEST_MOVE: Final = 2.0
"""How many times the close before a close may be, when splits and dividends are taken out, before somebody should look."""


def daily_frame(bars: pa.Table, context: Context) -> pd.DataFrame:
    """Lays out daily prices.

    Args:
        bars: rows of ``PARSED_DAILY_PRICES``.
        context: what they are validated against.

    Returns:
        Columns of ``BAR_COLUMNS``: ``symbol`` categorical, ``session_date`` datetime64[s], ``observed_at`` datetime64[us] (UTC),
        numbers float64, everything else bool.
    """
    return framed(_Bars(bars, context).columns(), BAR_COLUMNS)


def adjusted_frame(bars: pa.Table, context: Context) -> pd.DataFrame:
    """Lays out adjusted daily prices, rows of ``PARSED_DAILY_ADJUSTED``, with whether the adjustment agrees with its parts."""
    laid_out = _Bars(bars, context)
    columns = laid_out.columns()
    for name in _ADJUSTMENTS:
        columns |= number_columns(bars, name, DECIMAL_FORM)
    columns |= laid_out.adjustment()
    return framed(columns, ADJUSTED_BAR_COLUMNS)


class _Bars:
    """What the columns of one batch share."""

    def __init__(self, bars: pa.Table, context: Context) -> None:
        # What is used several times is joined once; the strings are not.
        for name in ("session_date", *NUMBERS):
            bars = bars.set_column(bars.column_names.index(name), bars.field(name), joined(bars.column(name)))
        self.bars, self.context = bars, context
        self.code, self.symbols = codes(bars.column("symbol"))
        self.rows_of: list[tuple[Market, Flags | slice]] = list(markets(self.code, self.symbols, context))
        self.days: Integers = day_numbers(bars.column("session_date"))
        self.close: Floats = as_floats(bars.column("close"))
        dated = is_valid(bars.column("session_date"))
        self.dated = dated & (self.code >= 0)
        self.sound: Flags = is_valid(bars.column("close")) & (self.close > 0)
        self.near = AdjacentSessions(self.code, self.days, self.dated)

    def columns(self) -> Columns:
        bars = self.bars
        columns: Columns = symbol_columns(self.code, self.symbols, self.context)
        columns |= session_columns(bars.column("session_date"), self.rows_of)
        observed_at = bars.column("observed_at").to_numpy().astype("datetime64[us]")
        columns["observed_at"] = observed_at
        columns["session_is_told_once"] = once_flags(self.near, observed_at.view(np.int64))
        for name in PRICES:
            columns |= number_columns(bars, name, DECIMAL_FORM)
        columns |= number_columns(bars, "volume", WHOLE_FORM, LARGEST_VOLUME)
        columns |= range_columns(bars)
        columns["session_before_is_there"] = gap_flags(self.near, self.rows_of)
        columns |= change_flags(self.near, self.close, self.sound, self.rows_of)
        volume, is_volume = unscaled(bars.column("volume"))
        columns["close_is_not_frozen"] = frozen_flags(self.near, self.close, volume, self.sound & is_volume)
        columns["volume_is_usual"] = volume_flags(volume, is_volume, self.rows_of)
        columns |= symbol_flags(self.near, self.code, self.symbols, self.context)
        return columns

    def adjustment(self) -> Columns:
        """``adj[t]/adj[t-1] = (close·split + dividend)/close[t-1]``, within what rounding leaves; and moves that neither explains."""
        near, sound = self.near, self.sound.copy()
        for name in _ADJUSTMENTS:
            sound &= is_valid(self.bars.column(name))
        adjusted, dividend, split = (as_floats(self.bars.column(name)) for name in _ADJUSTMENTS)
        sound &= adjusted > 0
        checked = near.both(sound)
        before, adjusted_before = near.before(self.close), near.before(adjusted)
        # Where a close is zero the pair is not checked, whatever the quotient.
        with np.errstate(divide="ignore", invalid="ignore"):
            implied = (self.close * split + dividend)[near.rows] / before
            found = adjusted[near.rows] / adjusted_before
            slack = _RELATIVE * implied + _ROUNDING * (1 + implied) / adjusted_before
            move = (self.close * split)[near.rows] / before
            follows = ~checked | (np.abs(found - implied) <= slack)
        explained = ~checked | ((move <= _LARGEST_MOVE) & (move >= 1 / _LARGEST_MOVE))
        return {"adjusted_close_follows": near.spread(follows), "move_is_explained": near.spread(explained)}
