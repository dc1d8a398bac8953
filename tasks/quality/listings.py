"""The validation frame of listings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from tasks.quality.columns import codes, date_columns, is_valid, symbol_columns
from tasks.quality.context import Context
from tasks.quality.events import are_in_order
from tasks.quality.validation_target import framed
from tasks.schema import SYMBOL_BYTES

if TYPE_CHECKING:
    import pandas as pd

_EXCHANGES: Final = frozenset({"NYSE", "NASDAQ", "NYSE ARCA", "NYSE MKT", "NYSE AMERICAN", "BATS", "IEX", "AMEX", "OTC"})
_ASSET_TYPES: Final = frozenset({"Stock", "ETF"})
WIDTHS: Final = {"symbol": SYMBOL_BYTES, "name": 512, "exchange": 64, "asset_type": 32}
"""The bytes that the table has for a text."""

_STATES: Final = frozenset({"Active", "Delisted"})

LISTING_COLUMNS: Final = (
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
    "texts_fit_columns",
    "status_agrees_with_dates",
    "delisting_follows_ipo",
)


def listing_frame(rows: pa.Table, context: Context) -> pd.DataFrame:
    """Lays out rows of ``PARSED_LISTINGS``; their symbols are not requested one by one."""
    import pandas as pd

    code, symbols = codes(rows.column("symbol"))
    columns = symbol_columns(code, symbols, context)
    columns["observed_at"] = rows.column("observed_at").to_numpy().astype("datetime64[us]")
    capture, captures = codes(rows.column("capture_key"))
    columns["capture_key"] = pd.Categorical.from_codes(capture, categories=pd.Index(captures, dtype="str"))
    columns |= date_columns(rows, "ipo_date", context.market.newest_session)
    columns |= date_columns(rows, "delisting_date", context.market.newest_session)
    for name, known in (("exchange", _EXCHANGES), ("asset_type", _ASSET_TYPES)):
        which, texts = codes(rows.column(name))
        columns[f"{name}_is_known"] = np.array([text.strip() in known for text in texts] + [False])[which]
    fits = np.logical_and.reduce([_fits(rows.column(name), width) for name, width in WIDTHS.items()])
    # A symbol of nothing but blanks fits the column and names nothing.
    columns["texts_fit_columns"] = fits & np.array([bool(symbol.strip()) for symbol in symbols] + [False])[code]
    status, texts = codes(rows.column("status"))
    states = [text.strip().capitalize() for text in texts]
    columns["status_is_known"] = np.array([state in _STATES for state in states] + [False])[status]
    is_active = np.array([state == "Active" for state in states] + [False])[status]
    has_end = is_valid(rows.column("delisting_date"))
    columns["status_agrees_with_dates"] = ~(is_active & has_end)
    columns["delisting_follows_ipo"] = are_in_order(rows, "ipo_date", "delisting_date")
    return framed(columns, LISTING_COLUMNS)


def _fits(column: pa.ChunkedArray[Any], width: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    which, texts = codes(column)
    return np.array([len(text.encode()) <= width for text in texts] + [True])[which]
