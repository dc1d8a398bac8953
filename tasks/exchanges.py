"""How a symbol is spelled, and which exchange its spelling names, by its suffix (``VOD.LON``) or prefix (``FRA:IQQE``).

The suffixes are those of the API (https://www.alphavantage.co/documentation/#symbolsearch finds a company's), the prefixes those that its
users know from elsewhere. Values are calendars of exchange_calendars. Where the library has none for a venue, the one stands here
that has the same trading days: TSX Venture keeps Toronto's, Shenzhen Shanghai's, the National Stock Exchange of India Bombay's, and
Berlin, Hanover and Munich Frankfurt's.
"""

import re
import warnings
from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from functools import cache
from types import MappingProxyType
from typing import Final

SYMBOL_FORM: Final = re.compile(r"[A-Z0-9.:^=-]{1,32}", re.ASCII)
"""Spellings that LISTING_STATUS uses: ``BRK-B``, ``ACWV:BAT``, ``-P-HIZ``, ``TSCO.LON``, ``600104.SHH``; upper case only."""

SUFFIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "LON": "XLON",
        "DEX": "XETR",
        "FRK": "XFRA",
        "STU": "XSTU",
        "HAM": "XHAM",
        "DUS": "XDUS",
        "BER": "XFRA",
        "HAN": "XFRA",
        "MUN": "XFRA",
        "TRT": "XTSE",
        "TRV": "XTSE",
        "BSE": "XBOM",
        "NSE": "XBOM",
        "SHH": "XSHG",
        "SHZ": "XSHG",
        "SAO": "BVMF",
        "AMS": "XAMS",
        "PAR": "XPAR",
        "BRU": "XBRU",
        "LIS": "XLIS",
        "MIL": "XMIL",
        "MAD": "XMAD",
        "MCE": "XMAD",
        "STO": "XSTO",
        "HEL": "XHEL",
        "CPH": "XCSE",
        "OSL": "XOSL",
        "VIE": "XWBO",
        "SWX": "XSWX",
        "WAR": "XWAR",
        "IST": "XIST",
        "TLV": "XTAE",
        "JSE": "XJSE",
        "TYO": "XTKS",
        "HKG": "XHKG",
        "KRX": "XKRX",
        "TAI": "XTAI",
        "SGX": "XSES",
        "ASX": "XASX",
        "NZE": "XNZE",
        "MEX": "XMEX",
        "BUE": "XBUE",
        "SGO": "XSGO",
        "DUB": "XDUB",
        "ICE": "XICE",
        "PRA": "XPRA",
        "BUD": "XBUD",
        "BKK": "XBKK",
        "JKT": "XIDX",
        "KLS": "XKLS",
    }
)

PREFIXES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "LON": "XLON",
        "LSE": "XLON",
        "FRA": "XFRA",
        "ETR": "XETR",
        "XETRA": "XETR",
        "TSE": "XTSE",
        "TSX": "XTSE",
        "CVE": "XTSE",
        "TSXV": "XTSE",
        "BOM": "XBOM",
        "BSE": "XBOM",
        "NSE": "XBOM",
        "SHA": "XSHG",
        "SHE": "XSHG",
        "BVMF": "BVMF",
        "AMS": "XAMS",
        "EPA": "XPAR",
        "EBR": "XBRU",
        "ELI": "XLIS",
        "BIT": "XMIL",
        "BME": "XMAD",
        "STO": "XSTO",
        "HEL": "XHEL",
        "CPH": "XCSE",
        "VIE": "XWBO",
        "SWX": "XSWX",
        "WSE": "XWAR",
        "IST": "XIST",
        "TLV": "XTAE",
        "JSE": "XJSE",
        "TYO": "XTKS",
        "HKG": "XHKG",
        "KRX": "XKRX",
        "TPE": "XTAI",
        "SGX": "XSES",
        "ASX": "XASX",
        "NZE": "XNZE",
        "BMV": "XMEX",
        "NYSE": "XNYS",
        "NASDAQ": "XNYS",
    }
)


def exchange_in(symbol: str) -> str | None:
    """The calendar that a symbol's prefix or suffix names; None where it has neither, or one that nobody knows (``BRK.B``)."""
    before, colon, _ = symbol.partition(":")
    if colon and before in PREFIXES:
        return PREFIXES[before]
    _, dot, after = symbol.rpartition(".")
    return SUFFIXES.get(after) if dot else None


def exchanges_by_mark() -> dict[str, str]:
    """The calendar of every suffix and prefix, each spelled with its sign: ``.LON``, ``FRA:``."""
    return {f"{prefix}:": exchange for prefix, exchange in PREFIXES.items()} | {
        f".{suffix}": exchange for suffix, exchange in SUFFIXES.items()
    }


def date_at(exchange: str, moment: datetime) -> date:
    """The date that the clocks of an exchange show at a moment (aware): on a Sunday evening in London Sydney trades its Monday."""
    return moment.astimezone(_zone(exchange)).date()


@cache
def _zone(exchange: str) -> tzinfo:
    import exchange_calendars  # noqa: PLC0415 - it takes a second, and only quotes need it here

    with warnings.catch_warnings():
        # The library still does what pandas 3.1 deprecates.
        warnings.simplefilter("ignore", DeprecationWarning)
        # A few weeks that every calendar of the library knows: working out decades takes long, and the zone is always the same.
        zone: tzinfo = exchange_calendars.get_calendar(exchange, start="2026-01-05", end="2026-02-05").tz
    return zone
