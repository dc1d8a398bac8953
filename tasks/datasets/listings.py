"""Listings: which company was listed under which symbol, with sector, industry and currency if an overview was read.

Sources: https://www.alphavantage.co/documentation/#listing-status and https://www.alphavantage.co/documentation/#company-overview.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import pyarrow as pa

from tasks.alpha_vantage.listing_status import read_listing_status
from tasks.alpha_vantage.names import without_html
from tasks.alpha_vantage.overview import read_overviews
from tasks.curation.curate import curate
from tasks.datasets.dataset import Companion, Dataset
from tasks.planning.inputs import PlanningInputs
from tasks.planning.requests import CallRequest, how_old, is_of_the_day, read_on
from tasks.quality.listings import LISTING_COLUMNS, listing_frame
from tasks.quality.row_count import count_csv_rows
from tasks.quality.validation_target import ValidationTarget
from tasks.records import Call
from tasks.schema import PARSED_LISTINGS, SYMBOL, VERSION, Column, TableSchema, unless_blank

FUNCTION: Final = "LISTING_STATUS"
OVERVIEW: Final = Companion("OVERVIEW", "overviews", read_overviews)

ALL_SYMBOLS: Final = ""
"""The symbol of a call that asks for all of them at once."""

_NO_DATE: Final = date(1900, 1, 1)
_FROM_OVERVIEW: Final = ("sector", "industry", "currency")

SCHEMA: Final = TableSchema(
    name="listings",
    table="market.dim_symbol",
    key=("symbol", "ipo_date"),
    # Sector, industry and currency come from another answer, which is not requested for every symbol or day: no part of the hash.
    values=("name", "exchange", "asset_type", "delisting_date", "status"),
    row="listing",
    columns=(
        SYMBOL,
        Column("ipo_date", pa.date32(), "date", nullable=True),
        Column("name", pa.string(), "character varying(512)"),
        Column("exchange", pa.string(), "character varying(64)"),
        Column("asset_type", pa.string(), "character varying(32)"),
        Column("sector", pa.string(), "character varying(128)", nullable=True),
        Column("industry", pa.string(), "character varying(128)", nullable=True),
        Column("currency", pa.string(), "character varying(16)", nullable=True),
        Column("delisting_date", pa.date32(), "date", nullable=True),
        Column("status", pa.string(), "character varying(16)"),
        *VERSION,
    ),
)


def curate_listings(accepted: pa.Table, overviews: pa.Table | None = None) -> pa.Table:
    """One row a symbol and IPO date, with sector, industry and currency where an overview was read.

    Args:
        accepted: columns of ``PARSED_LISTINGS``.
        overviews: columns of ``PARSED_OVERVIEWS``, or None.

    Returns:
        A table of ``SCHEMA.arrow``; names trimmed, and without HTML in them.
    """
    columns: dict[str, Any] = {name: accepted.column(name) for name in ("symbol", "delisting_date", "observed_at", "capture_key")}
    # A missing date takes part in the key, and Arrow's nulls equal nothing.
    columns["ipo_date"] = pa.chunked_array([[day or _NO_DATE for day in accepted.column("ipo_date").to_pylist()]], pa.date32())
    columns["name"] = _texts([without_html(name) for name in _given(accepted, "name")])
    columns["exchange"], columns["asset_type"] = _texts(_given(accepted, "exchange")), _texts(_given(accepted, "asset_type"))
    columns["status"] = _texts([text.capitalize() for text in _given(accepted, "status")])
    known = _by_symbol(overviews)
    symbols = [str(symbol) for symbol in accepted.column("symbol").to_pylist()]
    for name in _FROM_OVERVIEW:
        columns[name] = _texts([known.get(symbol, {}).get(name) for symbol in symbols])
    listed = curate(pa.table(columns), SCHEMA)
    dates = pa.array([None if day == _NO_DATE else day for day in listed.column("ipo_date").to_pylist()], pa.date32())
    return listed.set_column(listed.schema.get_field_index("ipo_date"), SCHEMA.arrow.field("ipo_date"), dates)


def listing_requests(inputs: PlanningInputs) -> Iterator[CallRequest]:
    """The list of all symbols, and the overview of those that are watched; once a day each."""
    listed, overviews = inputs.coverage(SCHEMA.name).get(ALL_SYMBOLS), inputs.coverage(OVERVIEW.coverage)
    due = [symbol for symbol in inputs.symbols if not is_of_the_day(overviews.get(symbol), inputs.as_of)]
    if due or not is_of_the_day(listed, inputs.as_of):
        # Urgent, because sector and industry have no row to stand in without it.
        yield CallRequest(Call(FUNCTION, ALL_SYMBOLS, reason=f"every listed symbol; {how_old(listed, inputs.as_of)}"), is_urgent=True)
    for symbol in due:
        held = overviews.get(symbol)
        reason = f"sector and industry; {how_old(held, inputs.as_of)}"
        yield CallRequest(Call(OVERVIEW.function, symbol, reason=reason), read_on(held))


def _given(rows: pa.Table, name: str) -> list[str]:
    return [(unless_blank(text) or "").strip() for text in rows.column(name).to_pylist()]


def _texts(texts: list[str | None] | list[str]) -> "pa.ChunkedArray[Any]":
    return pa.chunked_array([texts], pa.string())


def _by_symbol(overviews: pa.Table | None) -> dict[str, dict[str, str | None]]:
    rows = overviews.select(["symbol", *_FROM_OVERVIEW]).to_pylist() if overviews else []
    return {row["symbol"]: {name: (unless_blank(row[name]) or "").strip() or None for name in _FROM_OVERVIEW} for row in rows}


CHECKS: Final = ValidationTarget("listings", PARSED_LISTINGS, "ipo_date_text", listing_frame, LISTING_COLUMNS, SCHEMA.row)

LISTINGS: Final = Dataset(
    schema=SCHEMA,
    function=FUNCTION,
    parse=read_listing_status,
    count_rows=count_csv_rows,
    checks=CHECKS,
    curate=curate_listings,
    requests=listing_requests,
    companion=OVERVIEW,
)
