"""Dividends, splits, listings, adjusted prices and quotes as their tables take them: named, added up, one row a key, hashed."""

import re
from datetime import date
from typing import Any, Final

import pyarrow as pa

from tasks.curation.curate import curate
from tasks.schema import ADJUSTED_PRICES, DIVIDENDS, LISTINGS, QUOTES, SPLITS

_NO_DATE: Final = date(1900, 1, 1)
_KNOWN_FROM_OVERVIEW: Final = ("sector", "industry")


def curate_dividends(accepted: pa.Table) -> pa.Table:
    """One row a symbol and ex-dividend date.

    What one answer lists more than once for a date (an ordinary and a special dividend) is added up, because prices lose both at once;
    the other dates are those of the first it lists.

    Args:
        accepted: typed columns of ``PARSED_DIVIDENDS``.

    Returns:
        A table of ``DIVIDENDS.arrow``.
    """
    named = accepted.rename_columns(["ex_date" if name == "ex_dividend_date" else name for name in accepted.column_names])
    answer = ["symbol", "ex_date", "observed_at", "capture_key"]
    dates = ["declaration_date", "record_date", "payment_date"]
    grouped = named.group_by(answer, use_threads=False).aggregate([("amount", "sum"), *((name, "first") for name in dates)])
    columns: dict[str, Any] = {name: grouped.column(name) for name in answer}
    columns["amount"] = grouped.column("amount_sum").cast(DIVIDENDS.arrow.field("amount").type)
    columns.update({name: grouped.column(f"{name}_first") for name in dates})
    return curate(pa.table(columns), DIVIDENDS)


def curate_splits(accepted: pa.Table) -> pa.Table:
    """One row a symbol and effective date, of ``SPLITS.arrow``; ``accepted`` has the typed columns of ``PARSED_SPLITS``."""
    return curate(accepted, SPLITS)


def curate_adjusted_prices(accepted: pa.Table) -> pa.Table:
    """One row a symbol and session, of ``ADJUSTED_PRICES.arrow``; ``accepted`` has the typed columns of ``PARSED_DAILY_ADJUSTED``."""
    return curate(accepted, ADJUSTED_PRICES)


def curate_quotes(accepted: pa.Table) -> pa.Table:
    """The newest quote of every symbol, of ``QUOTES.arrow``; ``accepted`` has the typed columns of ``PARSED_QUOTES``."""
    return curate(
        accepted.rename_columns(["session_date" if name == "latest_trading_day" else name for name in accepted.column_names]), QUOTES
    )


def curate_listings(accepted: pa.Table, overviews: pa.Table | None = None) -> pa.Table:
    """One row a symbol and IPO date, with sector and industry where an overview was asked.

    Args:
        accepted: columns of ``PARSED_LISTINGS``.
        overviews: columns of ``PARSED_OVERVIEWS``, or None.

    Returns:
        A table of ``LISTINGS.arrow``; names trimmed, with their HTML blanks made plain.
    """
    known = _by_symbol(overviews)
    symbols = [str(symbol) for symbol in accepted.column("symbol").to_pylist()]
    columns: dict[str, Any] = {name: accepted.column(name) for name in ("symbol", "delisting_date", "observed_at", "capture_key")}
    # A missing date takes part in the key, and Arrow's nulls equal nothing.
    columns["ipo_date"] = pa.chunked_array([[day or _NO_DATE for day in accepted.column("ipo_date").to_pylist()]], pa.date32())
    columns["name"] = _plain(accepted.column("name"))
    for name in ("exchange", "asset_type"):
        columns[name] = pa.chunked_array([[text or "" for text in accepted.column(name).to_pylist()]], pa.string())
    columns["status"] = pa.chunked_array([[(text or "").capitalize() for text in accepted.column("status").to_pylist()]], pa.string())
    for position, name in enumerate(_KNOWN_FROM_OVERVIEW):
        columns[name] = pa.chunked_array([[known.get(symbol, (None, None))[position] for symbol in symbols]], pa.string())
    listed = curate(pa.table(columns), LISTINGS)
    dates = pa.array([None if day == _NO_DATE else day for day in listed.column("ipo_date").to_pylist()], pa.date32())
    return listed.set_column(listed.schema.get_field_index("ipo_date"), LISTINGS.arrow.field("ipo_date"), dates)


def _by_symbol(overviews: pa.Table | None) -> dict[str, tuple[str | None, str | None]]:
    if overviews is None:
        return {}
    rows = overviews.select(["symbol", *_KNOWN_FROM_OVERVIEW]).to_pylist()
    return {row["symbol"]: (row["sector"] or None, row["industry"] or None) for row in rows}


def _plain(names: "pa.ChunkedArray[Any]") -> "pa.ChunkedArray[Any]":
    spaced = [re.sub(r"&nbsp;", " ", name or "", flags=re.IGNORECASE).strip() for name in names.to_pylist()]
    return pa.chunked_array([spaced], pa.string())
