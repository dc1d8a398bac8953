"""Dividends, splits and listings, laid out for checking."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from tasks.quality.columns import (
    DECIMAL_FORM,
    SYMBOL_COLUMNS,
    Columns,
    codes,
    date_columns,
    day_numbers,
    is_valid,
    number_columns,
    number_names,
    symbol_columns,
)
from tasks.quality.context import Context
from tasks.quality.validation_target import ValidationTarget, framed
from tasks.schema import PARSED_DIVIDENDS, PARSED_LISTINGS, PARSED_SPLITS

_NEVER_ABSENT: Final[frozenset[str | None]] = frozenset()
_UNKNOWN: Final = frozenset({"None", None})
"""Before about 2000 the API knows the ex-dividend date alone; an absent member says no more than the text ``None``."""
_NULL: Final = frozenset({"null"})
_EXCHANGES: Final = frozenset({"NYSE", "NASDAQ", "NYSE ARCA", "NYSE MKT", "NYSE AMERICAN", "BATS", "IEX", "AMEX", "OTC"})
_KINDS: Final = frozenset({"Stock", "ETF"})
_STATES: Final = frozenset({"Active", "Delisted"})

_DIVIDEND_COLUMNS: Final = (
    *SYMBOL_COLUMNS,
    "ex_dividend_date",
    "observed_at",
    "ex_dividend_date_is_date",
    "declaration_date_is_date",
    "record_date_is_date",
    "payment_date_is_date",
    *number_names("amount"),
    "dates_are_in_order",
)
_SPLIT_COLUMNS: Final = (
    *SYMBOL_COLUMNS,
    "effective_date",
    "observed_at",
    "effective_date_is_date",
    *number_names("split_factor"),
    "split_changes_something",
)
_LISTING_COLUMNS: Final = (
    "symbol",
    "symbol_has_listing_form",
    "observed_at",
    "capture_key",
    "ipo_date_is_date",
    "ipo_date_has_come",
    "delisting_date_is_date",
    "delisting_date_has_come",
    "status_is_known",
    "exchange_is_known",
    "asset_type_is_known",
    "status_agrees_with_dates",
    "delisting_follows_ipo",
)


def dividend_frame(rows: pa.Table, context: Context) -> pd.DataFrame:
    """Lays out rows of ``PARSED_DIVIDENDS``; declared dividends lie in the future and may."""
    columns = _event_columns(rows, context, "ex_dividend_date")
    for name in ("declaration_date", "record_date", "payment_date"):
        columns |= date_columns(rows, name, _UNKNOWN)
    columns |= number_columns(rows, "amount", DECIMAL_FORM)
    # Ex and record date have changed places with the settlement cycles, so only the outer two are told.
    columns["dates_are_in_order"] = _in_order(rows, "declaration_date") & _in_order(rows, "ex_dividend_date")
    return framed(columns, _DIVIDEND_COLUMNS)


def split_frame(rows: pa.Table, context: Context) -> pd.DataFrame:
    """Lays out rows of ``PARSED_SPLITS``."""
    columns = _event_columns(rows, context, "effective_date")
    columns |= number_columns(rows, "split_factor", DECIMAL_FORM)
    factor = columns["split_factor"]
    fits = is_valid(rows.column("split_factor"))
    columns["split_changes_something"] = ~fits | (np.asarray(factor) != 1.0)
    return framed(columns, _SPLIT_COLUMNS)


def listing_frame(rows: pa.Table, context: Context) -> pd.DataFrame:
    """Lays out rows of ``PARSED_LISTINGS``; nobody asked for their symbols one by one."""
    code, symbols = codes(rows.column("symbol"))
    columns = symbol_columns(code, symbols, context)
    columns["observed_at"] = rows.column("observed_at").to_numpy().astype("datetime64[us]")
    capture, captures = codes(rows.column("capture_key"))
    columns["capture_key"] = pd.Categorical.from_codes(capture, categories=pd.Index(captures, dtype="str"))
    columns |= date_columns(rows, "ipo_date", _NULL, context.newest_session)
    columns |= date_columns(rows, "delisting_date", _NULL, context.newest_session)
    for name, known in (("status", _STATES), ("exchange", _EXCHANGES), ("asset_type", _KINDS)):
        which, texts = codes(rows.column(name))
        columns[f"{name}_is_known"] = np.array([text in known for text in texts] + [False])[which]
    status, states = codes(rows.column("status"))
    is_active = np.array([text == "Active" for text in states] + [False])[status]
    is_delisted = np.array([text == "Delisted" for text in states] + [False])[status]
    has_end = is_valid(rows.column("delisting_date"))
    columns["status_agrees_with_dates"] = ~((is_active & has_end) | (is_delisted & ~has_end))
    columns["delisting_follows_ipo"] = _in_order(rows, "ipo_date", "delisting_date")
    return framed(columns, _LISTING_COLUMNS)


def _event_columns(rows: pa.Table, context: Context, date: str) -> Columns:
    code, symbols = codes(rows.column("symbol"))
    columns = symbol_columns(code, symbols, context)
    moments = day_numbers(rows.column(date)).astype("datetime64[D]").astype("datetime64[s]")
    moments[~is_valid(rows.column(date))] = np.datetime64("NaT")
    columns[date] = moments
    columns["observed_at"] = rows.column("observed_at").to_numpy().astype("datetime64[us]")
    return columns | date_columns(rows, date, _NEVER_ABSENT)


def _in_order(rows: pa.Table, first: str, last: str = "payment_date") -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    both = is_valid(rows.column(first)) & is_valid(rows.column(last))
    return ~both | (day_numbers(rows.column(first)) <= day_numbers(rows.column(last)))


DIVIDENDS: Final = ValidationTarget("dividends", PARSED_DIVIDENDS, "ex_dividend_date_text", dividend_frame, _DIVIDEND_COLUMNS)
SPLITS: Final = ValidationTarget("splits", PARSED_SPLITS, "effective_date_text", split_frame, _SPLIT_COLUMNS)
LISTINGS: Final = ValidationTarget("listings", PARSED_LISTINGS, "ipo_date_text", listing_frame, _LISTING_COLUMNS)
