"""The frame that Great Expectations checks: a few of the parser's columns, and the rules its core cannot state as boolean columns.

Everything is of a NumPy type, because nullable and Arrow-backed columns with a null make several expectations raise. Prices are
float64 here and only here: the frame is for checking, and what is handed on are the parser's exact decimals. A float64 keeps the sign of
any decimal, which is all that is asked of it; whatever must be exact (order, fit) is decided on the unscaled integers.

A rule is judged only where the values it compares are sound themselves, so that one damaged value gives its own reason and no other.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tasks.quality.context import Context
from tasks.schema import PRICE, SYMBOL_FORM

_EPOCH: Final = date(1970, 1, 1)
_VIOLATES_NOTHING: Final = 1.0

PRICES: Final = ("open", "high", "low", "close")
NUMBERS: Final = (*PRICES, "volume")

Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

DERIVED_COLUMNS: Final = (
    "symbol_has_listing_form",
    "symbol_was_asked",
    "session_is_of_exchange",
    "session_has_come",
    *(f"{name}_is_given" for name in NUMBERS),
    *(f"{name}_fits_column" for name in NUMBERS),
    "low_is_not_above_high",
    "open_is_within_range",
    "close_is_within_range",
)
"""Boolean, never null, true where the rule holds or cannot be judged."""

FRAME_COLUMNS: Final = ("symbol", "session_date", "observed_at", *NUMBERS, *DERIVED_COLUMNS)
"""Every column a suite for daily prices may name."""


def check_frame(bars: pa.Table, context: Context) -> pd.DataFrame:
    """Lays out the bars for checking.

    Args:
        bars: rows of ``PARSED_DAILY_PRICES``.
        context: the exchange's sessions, the newest one allowed, the asked symbols.

    Returns:
        One row a bar in the same order with an unnamed RangeIndex, columns ``FRAME_COLUMNS``: ``symbol`` categorical, ``session_date``
        datetime64[s], ``observed_at`` datetime64[us] (UTC), numbers float64 with 1 where there is none, because its absence is a rule of
        its own, derived columns bool.
    """
    columns: dict[str, object] = {}
    columns |= _symbol_columns(bars.column("symbol"), context)
    columns |= _session_columns(bars.column("session_date"), context)
    columns["observed_at"] = bars.column("observed_at").to_numpy().astype("datetime64[us]")
    for name in NUMBERS:
        columns |= _number_columns(bars, name)
    columns |= _range_columns(bars)
    return pd.DataFrame({name: columns[name] for name in FRAME_COLUMNS}, copy=False)


def codes(column: pa.ChunkedArray[Any]) -> tuple[Integers, list[str]]:
    """The distinct values of a string column and, per row, which of them it holds; -1 for null."""
    encoded: Any = pc.dictionary_encode(column.combine_chunks())
    return pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64), encoded.dictionary.to_pylist()


def _symbol_columns(column: pa.ChunkedArray[Any], context: Context) -> dict[str, object]:
    code, symbols = codes(column)
    asked = frozenset(context.asked)
    # The last entry answers for null, whose code is -1; that it is missing is a rule of its own.
    has_form = np.array([SYMBOL_FORM.fullmatch(symbol) is not None for symbol in symbols] + [True])
    was_asked = np.array([symbol in asked for symbol in symbols] + [True]) | ~has_form
    return {
        "symbol": pd.Categorical.from_codes(code, categories=pd.Index(symbols, dtype="str")),
        "symbol_has_listing_form": has_form[code],
        "symbol_was_asked": was_asked[code],
    }


def _session_columns(column: pa.ChunkedArray[Any], context: Context) -> dict[str, object]:
    dated = _is_valid(column)
    counted: Any = column.combine_chunks().cast(pa.int32())
    days: Integers = pc.fill_null(counted, 0).to_numpy().astype(np.int64)
    newest = (context.newest_session - _EPOCH).days
    known = np.zeros(max(newest + 1, 1), dtype=np.bool_)
    sessions = context.sessions.astype(np.int64)
    known[sessions[(sessions >= 0) & (sessions <= newest)]] = True
    has_come = days <= newest
    # The calendar ends somewhere ahead, so a session after the newest one is only told to be in the future.
    of_exchange = (days >= 0) & known[np.clip(days, 0, len(known) - 1)]
    moments = days.astype("datetime64[D]").astype("datetime64[s]")
    moments[~dated] = np.datetime64("NaT")
    return {
        "session_date": moments,
        "session_is_of_exchange": of_exchange | ~has_come | ~dated,
        "session_has_come": has_come | ~dated,
    }


def _number_columns(bars: pa.Table, name: str) -> dict[str, object]:
    is_given = _is_valid(bars.column(f"{name}_text"))
    unscaled, fits = _unscaled(bars.column(name))
    values = unscaled.astype(np.float64)
    if name in PRICES:
        values /= 10.0**PRICE.scale
    # A null would make the library copy the whole frame several times per rule, to leave the row out.
    values[~fits] = _VIOLATES_NOTHING
    return {name: values, f"{name}_is_given": is_given, f"{name}_fits_column": fits | ~is_given}


def _range_columns(bars: pa.Table) -> dict[str, object]:
    value: dict[str, Integers] = {}
    sound: dict[str, Flags] = {}
    for name in PRICES:
        value[name], fits = _unscaled(bars.column(name))
        sound[name] = fits & (value[name] > 0)
    crossed = sound["low"] & sound["high"] & (value["low"] > value["high"])

    def within(name: str) -> Flags:
        below = sound["low"] & (value[name] < value["low"])
        above = sound["high"] & (value[name] > value["high"])
        return ~(sound[name] & (below | above)) | crossed

    return {
        "low_is_not_above_high": ~crossed,
        "open_is_within_range": within("open"),
        "close_is_within_range": within("close"),
    }


def _unscaled(column: pa.ChunkedArray[Any]) -> tuple[Integers, Flags]:
    """The integers behind a decimal64 or int64 column, without a copy, and where they are valid; elsewhere they are arbitrary."""
    array = column.combine_chunks()
    integers = pa.Array.from_buffers(pa.int64(), len(array), [None, array.buffers()[1]], offset=array.offset)
    return integers.to_numpy(), _is_valid(column)


def _is_valid(column: pa.ChunkedArray[Any]) -> Flags:
    return np.asarray(pc.is_valid(column).to_numpy(), dtype=np.bool_)
