"""The columns that checks of splits and dividends share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from tasks.quality.columns import Columns, Flags, codes, date_columns, day_numbers, is_valid, symbol_columns
from tasks.quality.context import Context


def event_columns(rows: pa.Table, context: Context, date: str) -> Columns:
    """The symbol, the event's date and the moment of observation, laid out for validation.

    Args:
        rows: as the parser gives them.
        context: what they are validated against.
        date: the column of the event's date; a row without one is quarantined.
    """
    code, symbols = codes(rows.column("symbol"))
    columns = symbol_columns(code, symbols, context)
    moments = day_numbers(rows.column(date)).astype("datetime64[D]").astype("datetime64[s]")
    moments[~is_valid(rows.column(date))] = np.datetime64("NaT", "s")
    columns[date] = moments
    columns["observed_at"] = rows.column("observed_at").to_numpy().astype("datetime64[us]")
    return columns | date_columns(rows, date, may_be_blank=False)


def are_in_order(rows: pa.Table, first: str, last: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Per row, whether two dates stand in order; rows that lack one of them are."""
    both = is_valid(rows.column(first)) & is_valid(rows.column(last))
    return ~both | (day_numbers(rows.column(first)) <= day_numbers(rows.column(last)))


def tellings_agree(rows: pa.Table, event: Sequence[str], dates: Sequence[str]) -> Flags:
    """Per row, whether all that its answer says of the event names one of each date at most; a date that is left out agrees with any.

    Args:
        rows: as the parser gives them.
        event: the columns that are equal where the same event is told again, beside its symbol.
        dates: the columns that are compared.
    """
    key = ["symbol", *event, "observed_at"]
    frame = rows.select([*key, *dates]).to_pandas()
    # Rows that lack a part of the key are grouped as well: pandas cannot group a frame of nothing else.
    grouped = frame.groupby(key, observed=True, dropna=False)[list(dates)]
    flags: Flags = ~(grouped.transform("nunique") > 1).any(axis=1).to_numpy() | frame[key].isna().any(axis=1).to_numpy()
    return flags
