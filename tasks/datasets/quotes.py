"""Quotes: the latest price of every symbol (https://www.alphavantage.co/documentation/#latestprice)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from tasks.alpha_vantage.global_quote import read_quotes
from tasks.curation.curate import curate
from tasks.datasets.dataset import Dataset
from tasks.planning.inputs import PlanningInputs
from tasks.planning.requests import CallRequest, read_on
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
from tasks.quality.row_count import count_one_row
from tasks.quality.validation_target import ValidationTarget, framed
from tasks.records import Call
from tasks.schema import PARSED_QUOTES, PRICE, SYMBOL, VERSION, Column, TableSchema

if TYPE_CHECKING:
    import pandas as pd

FUNCTION: Final = "GLOBAL_QUOTE"

_PRICES: Final = ("open", "high", "low", "price")
_NUMBERS: Final = (*_PRICES, "volume", "previous_close", "change")
_RENAMED: Final = {"latest_trading_day": "session_date"}

SCHEMA: Final = TableSchema(
    name="quotes",
    table="market.quote",
    key=("symbol",),
    values=("session_date", *_NUMBERS),
    row="quote",
    columns=(
        SYMBOL,
        Column("session_date", pa.date32(), "date"),
        *(Column(name, PRICE, "numeric(18,6)") for name in _PRICES),
        Column("volume", pa.int64(), "bigint"),
        *(Column(name, PRICE, "numeric(18,6)") for name in ("previous_close", "change")),
        *VERSION,
    ),
)

_CHECKED: Final = (
    *(*SYMBOL_COLUMNS, *SESSION_COLUMNS, "observed_at"),
    *number_names(*_NUMBERS),
    "low_is_not_above_high",
    "open_is_within_range",
    "price_is_within_range",
    "change_follows",
)


def quote_frame(rows: pa.Table, context: Context) -> "pd.DataFrame":
    """Lays out rows of ``PARSED_QUOTES`` for validation; a quote may be of a session that is still open."""
    code, symbols = codes(rows.column("symbol"))
    columns: Columns = symbol_columns(code, symbols, context)
    columns |= session_columns(rows.column("latest_trading_day"), list(markets(code, symbols, context)))
    columns["observed_at"] = rows.column("observed_at").to_numpy().astype("datetime64[us]")
    for name in _NUMBERS:
        columns |= number_columns(rows, name, WHOLE_FORM if name == "volume" else DECIMAL_FORM)
    ranges = range_columns(rows.select(list(_PRICES)).rename_columns(["open", "high", "low", "close"]))
    columns["price_is_within_range"] = ranges.pop("close_is_within_range")
    return framed(columns | ranges | {"change_follows": _change_follows(rows)}, _CHECKED)


def curate_quotes(accepted: pa.Table, _companion: pa.Table | None = None) -> pa.Table:
    """The newest quote of every symbol, of ``SCHEMA.arrow``; ``accepted`` has the typed columns of ``PARSED_QUOTES``."""
    return curate(accepted.rename_columns([_RENAMED.get(name, name) for name in accepted.column_names]), SCHEMA)


def quote_requests(inputs: PlanningInputs) -> Iterator[CallRequest]:
    """The quote of every symbol, in each run; those that were quoted longest ago come first."""
    coverage = inputs.coverage(SCHEMA.name)
    order = {symbol: place for place, symbol in enumerate(sorted(coverage, key=lambda symbol: coverage[symbol].observed_at), start=1)}
    for symbol in sorted(inputs.symbols, key=lambda symbol: order.get(symbol, 0)):
        held = coverage.get(symbol)
        reason = f"quoted last on {held.observed_at:%Y-%m-%d %H:%M} UTC" if held else "never quoted"
        yield CallRequest(Call(FUNCTION, symbol, reason=reason), read_on(held), is_of_prices=True)


def _change_follows(rows: pa.Table) -> Flags:
    (price, has_price), (before, has_before), (change, has_change) = (
        unscaled(rows.column(name)) for name in ("price", "previous_close", "change")
    )
    checked = has_price & has_before & has_change
    flags: Flags = ~checked | (np.where(checked, price - before, 0) == np.where(checked, change, 0))
    return flags


CHECKS: Final = ValidationTarget("quotes", PARSED_QUOTES, "latest_trading_day_text", quote_frame, _CHECKED, SCHEMA.row)

QUOTES: Final = Dataset(
    schema=SCHEMA,
    function=FUNCTION,
    parse=read_quotes,
    count_rows=count_one_row,
    checks=CHECKS,
    curate=curate_quotes,
    requests=quote_requests,
    is_live=True,
)
