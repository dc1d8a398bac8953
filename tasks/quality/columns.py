"""The columns of a frame that Great Expectations checks: few of the parser's, and the rules its core cannot state as boolean columns.

Everything is of a NumPy type, because nullable and Arrow-backed columns with a null make several expectations raise. Numbers are
float64 here and only here: the frame is for checking, and what is handed on are the parser's exact decimals. A float64 keeps the sign of
any decimal, which is all that is needed; whatever must be exact (order, fit) is decided on the unscaled integers.

A rule is checked only where the values it looks at are sound themselves, so that one damaged value gives its own reason and no other.
Derived columns are boolean, never null, and true where the rule holds or cannot be checked.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks.exchanges import SYMBOL_FORM
from tasks.quality.context import Context, Market
from tasks.schema import is_blank

Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Columns = dict[str, object]

EPOCH: Final = date(1970, 1, 1)
DECIMAL_FORM: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
WHOLE_FORM: Final = re.compile(r"-?[0-9]+(\.0+)?", re.ASCII)

SYMBOL_COLUMNS: Final = ("symbol", "symbol_has_listing_form", "symbol_was_asked")
SESSION_COLUMNS: Final = ("session_date", "session_is_date", "session_is_of_exchange", "session_has_come")

_VIOLATES_NOTHING: Final = 1.0
_INT64_DECIMALS: Final = (pa.types.is_int64, pa.types.is_decimal64)


def codes(column: pa.ChunkedArray[Any]) -> tuple[Integers, list[str]]:
    """The distinct values of a string column and, per row, which of them it holds; -1 for null."""
    encoded: Any = pc.dictionary_encode(joined(column))
    code = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    names: list[str] = encoded.dictionary.to_pylist()
    # The dictionary of a part of a table has the names of the whole.
    used = np.flatnonzero(np.bincount(code[code >= 0], minlength=len(names)))
    if len(used) == len(names):
        return code, names
    place = np.full(len(names) + 1, -1, dtype=np.int64)
    place[used] = np.arange(len(used))
    return place[code], [names[at] for at in used]


def joined(column: pa.ChunkedArray[Any]) -> Any:
    """A column in one piece; copied only where it is in several."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def taken(column: pa.ChunkedArray[Any], positions: npt.NDArray[np.integer[Any]]) -> list[Any]:
    """The values at a few positions, which rise."""
    # Not taken by position: that would first join the pieces of the column, a copy of all its strings.
    flags = np.zeros(len(column), dtype=np.bool_)
    flags[positions] = True
    return column.filter(pa.array(flags)).to_pylist()


def is_valid(column: pa.ChunkedArray[Any]) -> Flags:
    """Where a column is not null."""
    if not column.null_count:
        return np.ones(len(column), dtype=np.bool_)
    return np.asarray(pc.is_valid(column).to_numpy(), dtype=np.bool_)


def symbol_columns(code: Integers, symbols: list[str], context: Context) -> Columns:
    """``symbol`` categorical, and whether it has a listing's form and was requested.

    Args:
        code: per row which symbol, as ``codes`` gives it.
        symbols: the distinct symbols.
        context: the requested symbols.
    """
    import pandas as pd

    requested = frozenset(context.requested)
    # The last entry answers for null, whose code is -1; that it is missing is a rule of its own.
    has_form = np.array([SYMBOL_FORM.fullmatch(symbol) is not None for symbol in symbols] + [True])
    was_requested = np.array([symbol in requested for symbol in symbols] + [True]) | ~has_form
    return {
        "symbol": pd.Categorical.from_codes(code, categories=pd.Index(symbols, dtype="str")),
        "symbol_has_listing_form": has_form[code],
        "symbol_was_asked": was_requested[code],
    }


def markets(code: Integers, symbols: list[str], context: Context) -> Iterator[tuple[Market, Flags | slice]]:
    """The markets of the batch, each with its rows."""
    if not context.elsewhere:
        yield context.market, slice(None)
        return
    of_symbol = [context.elsewhere.get(symbol) for symbol in symbols] + [None]
    for market in dict.fromkeys(of_symbol):
        yield market or context.market, np.array([each is market for each in of_symbol])[code]


def session_columns(column: pa.ChunkedArray[Any], rows_of: list[tuple[Market, Flags | slice]]) -> Columns:
    """``session_date`` datetime64[s], and whether it is a date at all and a session of its exchange that has come.

    Args:
        column: dates, null where the text is none.
        rows_of: the markets, each with its rows.
    """
    dated = is_valid(column)
    days = day_numbers(column)
    of_exchange, has_come = np.ones(len(days), np.bool_), np.ones(len(days), np.bool_)
    for market, rows in rows_of:
        of_exchange[rows], has_come[rows] = _session_flags(days[rows], market)
    moments = days.astype("datetime64[D]").astype("datetime64[s]")
    moments[~dated] = np.datetime64("NaT", "s")
    return {
        "session_date": moments,
        "session_is_date": dated,
        # The calendar ends somewhere ahead, so a session after the newest one is only reported as in the future.
        "session_is_of_exchange": of_exchange | ~has_come | ~dated,
        "session_has_come": has_come | ~dated,
    }


def day_numbers(column: pa.ChunkedArray[Any]) -> Integers:
    """A column of dates as days since 1970; 0 where there is none."""
    counted: Any = joined(column).cast(pa.int32())
    days: Integers = pc.fill_null(counted, 0).to_numpy().astype(np.int64)
    return days


def number_columns(rows: pa.Table, name: str, form: re.Pattern[str], largest: float = math.inf) -> Columns:
    """One number: float64 with 1 where there is none, and whether it is given, is a number at all, and fits its column.

    Its absence is a rule of its own, and a null would make the library copy the whole frame several times per rule, to leave the row out.

    Args:
        rows: with the columns ``name`` and ``<name>_text``.
        name: the number's.
        form: what a number of its kind looks like.
        largest: what counts as fitting at most, where that is less than the column holds.
    """
    texts = rows.column(f"{name}_text")
    is_typed = is_valid(rows.column(name))
    # A row whose strings were not kept has all its values.
    is_given = is_valid(texts) | is_typed
    is_number = is_typed | ~is_given
    doubtful = np.flatnonzero(~is_number)
    if len(doubtful):
        is_number[doubtful] = [form.fullmatch(text) is not None for text in taken(texts, doubtful)]
    values = as_floats(rows.column(name))
    fits = is_typed & (values <= largest)
    values[~fits] = _VIOLATES_NOTHING
    return {
        name: values,
        f"{name}_is_given": is_given,
        f"{name}_is_number": is_number,
        f"{name}_fits_column": fits | ~is_given | ~is_number,
    }


def date_columns(rows: pa.Table, name: str, newest: date | None = None, *, may_be_blank: bool = True) -> Columns:
    """One date beside the session: whether it is a date where it is given, and, where asked, whether it has come.

    Args:
        rows: with the columns ``name`` and ``<name>_text``.
        name: the date's.
        newest: the newest date it may be.
        may_be_blank: whether a text that says that there is none will do.
    """
    dated = is_valid(rows.column(name))
    is_date = dated.copy()
    doubtful = np.flatnonzero(~dated)
    if len(doubtful):
        is_date[doubtful] = [may_be_blank and is_blank(text) for text in taken(rows.column(f"{name}_text"), doubtful)]
    columns: Columns = {f"{name}_is_date": is_date}
    if newest is not None:
        columns[f"{name}_has_come"] = ~dated | (day_numbers(rows.column(name)) <= (newest - EPOCH).days)
    return columns


def number_names(*names: str) -> tuple[str, ...]:
    """The columns that ``number_columns`` gives."""
    return tuple(column for name in names for column in (name, f"{name}_is_given", f"{name}_is_number", f"{name}_fits_column"))


def as_floats(column: pa.ChunkedArray[Any]) -> Floats:
    """A column of numbers as float64; what stands where it is null is arbitrary."""
    if not any(is_type(column.type) for is_type in _INT64_DECIMALS):
        numbers: Any = column.cast(pa.float64())
        return np.array(pc.fill_null(numbers, _VIOLATES_NOTHING).to_numpy())
    values = _integers(column).astype(np.float64)
    if pa.types.is_decimal64(column.type):
        values /= 10.0**column.type.scale
    return values


def unscaled(column: pa.ChunkedArray[Any]) -> tuple[Integers, Flags]:
    """The integers behind a decimal64 or int64 column, without a copy, and where they are valid; elsewhere they are arbitrary."""
    return _integers(column), is_valid(column)


def range_columns(bars: pa.Table) -> Columns:
    """Whether low is not above high, and open and close lie between them; exact."""
    value: dict[str, Integers] = {}
    sound: dict[str, Flags] = {}
    for name in ("open", "high", "low", "close"):
        value[name], fits = unscaled(bars.column(name))
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


def _session_flags(days: Integers, market: Market) -> tuple[Flags, Flags]:
    newest = (market.newest_session - EPOCH).days
    known = np.zeros(max(newest + 1, 1), dtype=np.bool_)
    sessions = market.sessions.astype(np.int64)
    known[sessions[(sessions >= 0) & (sessions <= newest)]] = True
    return (days >= 0) & known[np.clip(days, 0, len(known) - 1)], days <= newest


def _integers(column: pa.ChunkedArray[Any]) -> Integers:
    array = joined(column)
    integers = pa.Array.from_buffers(pa.int64(), len(array), [None, array.buffers()[1]], offset=array.offset)
    return integers.to_numpy()
