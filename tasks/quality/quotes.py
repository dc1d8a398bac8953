"""Quotes, laid out for checking."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from tasks.quality.columns import (
    DECIMAL_FORM,
    SESSION_COLUMNS,
    SYMBOL_COLUMNS,
    WHOLE_FORM,
    Columns,
    Flags,
    codes,
    markets,
    number_columns,
    number_names,
    range_columns,
    session_columns,
    symbol_columns,
    unscaled,
)
from tasks.quality.context import Context
from tasks.quality.validation_target import ValidationTarget, framed
from tasks.schema import PARSED_QUOTES

_NUMBERS: Final = ("open", "high", "low", "price", "volume", "previous_close", "change")
_COLUMNS: Final = (
    *SYMBOL_COLUMNS,
    *SESSION_COLUMNS,
    "observed_at",
    *number_names(*_NUMBERS),
    "low_is_not_above_high",
    "open_is_within_range",
    "price_is_within_range",
    "change_follows",
)


def quote_frame(rows: pa.Table, context: Context) -> pd.DataFrame:
    """Lays out rows of ``PARSED_QUOTES``.

    Args:
        rows: one a quote.
        context: its newest session is the day of the answers, because a quote may be of a session under way.
    """
    code, symbols = codes(rows.column("symbol"))
    columns: Columns = symbol_columns(code, symbols, context)
    columns |= session_columns(rows.column("latest_trading_day"), list(markets(code, symbols, context)))
    columns["observed_at"] = rows.column("observed_at").to_numpy().astype("datetime64[us]")
    for name in _NUMBERS:
        columns |= number_columns(rows, name, WHOLE_FORM if name == "volume" else DECIMAL_FORM)
    ranges = range_columns(rows.select(["open", "high", "low", "price"]).rename_columns(["open", "high", "low", "close"]))
    columns["price_is_within_range"] = ranges.pop("close_is_within_range")
    columns |= ranges
    columns["change_follows"] = _change_flags(rows)
    return framed(columns, _COLUMNS)


def _change_flags(rows: pa.Table) -> Flags:
    (price, has_price), (before, has_before), (change, has_change) = (
        unscaled(rows.column(name)) for name in ("price", "previous_close", "change")
    )
    judged = has_price & has_before & has_change
    flags: Flags = ~judged | (np.where(judged, price - before, 0) == np.where(judged, change, 0))
    return flags


QUOTES: Final = ValidationTarget("quotes", PARSED_QUOTES, "latest_trading_day_text", quote_frame, _COLUMNS)
