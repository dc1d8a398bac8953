"""The functions that are not series: dividends, splits, listings, overview, the last quote; keys and order as recorded."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

from infra.local.alpha_vantage.adjustment import Dividend, dividends_of
from infra.local.alpha_vantage.answers import CSV_TYPE, Answer
from infra.local.alpha_vantage.exchange_calendar import Moment, sessions
from infra.local.alpha_vantage.listings import Listing, listing_of, listings_at
from infra.local.alpha_vantage.overview import overview
from infra.local.alpha_vantage.refusals import refusal
from infra.local.alpha_vantage.series import fixed
from infra.local.alpha_vantage.shapes import csv_lines
from infra.local.alpha_vantage.synthetic import UNIT, bars_at

_DELAYED: Final = "Global Quote - DATA DELAYED BY 15 MINUTES"
_LISTING_HEADER: Final = ("symbol", "name", "exchange", "assetType", "ipoDate", "delistingDate", "status")
_STATES: Final = ("active", "delisted")


def reference_answer(function: str, parameters: Mapping[str, str], moment: Moment) -> Answer:
    """The answer of one of ``REFERENCE``."""
    if function == "LISTING_STATUS":
        return _listing_status(parameters, moment)
    listing = listing_of(parameters.get("symbol", "").upper())
    if listing is None or listing.listed > moment.new_york.date():
        return refusal({"GLOBAL_QUOTE": "empty_global_quote"}.get(function, "empty_object"))
    return _ABOUT_A_LISTING[function](listing, parameters, moment)


def _json(value: object) -> Answer:
    return Answer("data", json.dumps(value, indent=4).encode())


def _dividends(listing: Listing, parameters: Mapping[str, str], moment: Moment) -> Answer:
    today = moment.new_york.date()
    rows = [_dividend_row(dividend) for dividend in reversed(dividends_of(listing)) if dividend.declared <= today]
    return _events(listing, ("ex_dividend_date", "declaration_date", "record_date", "payment_date", "amount"), rows, parameters)


def _dividend_row(dividend: Dividend) -> tuple[str, ...]:
    known = (dividend.declared, dividend.record, dividend.paid) if dividend.is_fully_dated else (None, None, None)
    return (dividend.ex_date.isoformat(), *(day.isoformat() if day else "None" for day in known), f"{dividend.amount:g}")


def _splits(listing: Listing, parameters: Mapping[str, str], moment: Moment) -> Answer:
    today = moment.new_york.date()
    rows = [(day.isoformat(), f"{factor:.4f}") for day, factor in reversed(listing.splits) if listing.listed < day <= today]
    return _events(listing, ("effective_date", "split_factor"), rows, parameters)


def _events(listing: Listing, header: tuple[str, ...], rows: Sequence[tuple[str, ...]], parameters: Mapping[str, str]) -> Answer:
    if parameters.get("datatype") == "csv":
        return Answer("data", csv_lines(header, rows), content_type=CSV_TYPE)
    return _json({"symbol": listing.symbol, "data": [dict(zip(header, row, strict=True)) for row in rows]})


def _global_quote(listing: Listing, parameters: Mapping[str, str], moment: Moment) -> Answer:
    bars = bars_at(listing, moment).last(2)
    if not len(bars):
        return refusal("empty_global_quote")
    price, previous = int(bars.close[-1]), int(bars.close[0])
    opened, high, low = (fixed(column[-1:])[0] for column in (bars.open, bars.high, bars.low))
    quote = {
        "symbol": listing.symbol,
        "open": opened,
        "high": high,
        "low": low,
        "price": fixed(bars.close[-1:])[0],
        "volume": str(int(bars.volume[-1])),
        "latest trading day": sessions().names[bars.first + len(bars) - 1],
        "previous close": fixed(bars.close[:1])[0],
        "change": f"{(price - previous) / UNIT:.4f}",
        "change percent": f"{100 * (price - previous) / previous:.4f}%",
    }
    key = _DELAYED if parameters.get("entitlement") == "delayed" else "Global Quote"
    return _json({key: {f"{number:02d}. {name}": value for number, (name, value) in enumerate(quote.items(), 1)}})


def _overview(listing: Listing, parameters: Mapping[str, str], moment: Moment) -> Answer:
    del parameters
    # A fund has no company behind it, and the API answers an empty object.
    return refusal("empty_object") if listing.asset_type == "ETF" else _json(overview(listing, moment))


def _listing_status(parameters: Mapping[str, str], moment: Moment) -> Answer:
    state, day = parameters.get("state", "active"), parameters.get("date")
    try:
        asked = date.fromisoformat(day) if day else moment.new_york.date()
    except ValueError:
        return refusal("invalid_call", function="LISTING_STATUS")
    if state not in _STATES:
        return refusal("invalid_call", function="LISTING_STATUS")
    rows = (_listing_row(listing, state) for listing in listings_at(asked, delisted=state == "delisted"))
    return Answer("data", csv_lines(_LISTING_HEADER, rows), content_type=CSV_TYPE)


def _listing_row(listing: Listing, state: str) -> tuple[str, ...]:
    gone = listing.delisted.isoformat() if listing.delisted and state == "delisted" else "null"
    return (listing.symbol, listing.name, listing.exchange, listing.asset_type, listing.listed.isoformat(), gone, state.capitalize())


_ABOUT_A_LISTING: Final[Mapping[str, Callable[[Listing, Mapping[str, str], Moment], Answer]]] = {
    "DIVIDENDS": _dividends,
    "SPLITS": _splits,
    "GLOBAL_QUOTE": _global_quote,
    "OVERVIEW": _overview,
}

REFERENCE: Final = frozenset({*_ABOUT_A_LISTING, "LISTING_STATUS"})
"""The functions answered here."""
