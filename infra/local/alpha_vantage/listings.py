"""The synthetic listings: which symbols there are, since when, and what kind of thing they are.

Beside the named ones there are two families: ``ZZA000`` to ``ZZZ999`` for runs over thousands of symbols, and ``NEW26Q4`` and its like,
listed on the first session of the quarter they name, so that at any instant one listing is too fresh for the 100 bars of a compact answer.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from infra.local.alpha_vantage.exchange_calendar import FIRST_SESSION, sessions

DAMAGED_SYMBOL: Final = "DMGD"


@dataclass(frozen=True, slots=True)
class Listing:
    """One synthetic listing.

    Attributes:
        symbol: in the spelling of LISTING_STATUS.
        name: what LISTING_STATUS and OVERVIEW call it.
        price: the level its prices move around in 2026, in dollars.
        volume: the level its volumes move around, in shares.
        exchange: as LISTING_STATUS prints it.
        asset_type: ``Stock`` or ``ETF``.
        listed: the first session it may have.
        delisted: the date after which it has no session.
        sector: as OVERVIEW prints it.
        industry: as OVERVIEW prints it.
        dividend: yearly amount per share in 2026, in dollars; 0 where it pays none.
        splits: effective dates and factors, oldest first.
    """

    symbol: str
    name: str
    price: float
    volume: int
    exchange: str = "NASDAQ"
    asset_type: str = "Stock"
    listed: date = FIRST_SESSION
    delisted: date | None = None
    sector: str = "TECHNOLOGY"
    industry: str = "SERVICES-PREPACKAGED SOFTWARE"
    dividend: float = 0.0
    splits: tuple[tuple[date, float], ...] = ()


_CHIPS: Final = "SEMICONDUCTORS & RELATED DEVICES"

_NAMED: Final = {
    listing.symbol: listing
    for listing in (
        Listing(
            symbol="AAPL",
            name="Synthetic Apple",
            price=230.0,
            volume=52_000_000,
            industry="ELECTRONIC COMPUTERS",
            dividend=1.04,
            splits=((date(2014, 6, 9), 7.0), (date(2020, 8, 31), 4.0)),
        ),
        Listing(
            symbol="AMZN",
            name="Synthetic Amazon",
            price=205.0,
            volume=41_000_000,
            sector="TRADE & SERVICES",
            industry="RETAIL-CATALOG & MAIL-ORDER HOUSES",
            splits=((date(2022, 6, 6), 20.0),),
        ),
        Listing(
            symbol="GOOGL",
            name="Synthetic Alphabet",
            price=180.0,
            volume=28_000_000,
            listed=date(2004, 8, 19),
            dividend=0.84,
            splits=((date(2022, 7, 18), 20.0),),
        ),
        Listing(
            symbol="IBM",
            name="Synthetic Business Machines",
            price=250.0,
            volume=4_800_000,
            exchange="NYSE",
            dividend=6.72,
            # A spin-off is encoded as an odd split, as IBM's own of 2021 is.
            splits=((date(2021, 11, 4), 1.046),),
        ),
        Listing(
            symbol="MSFT", name="Synthetic Microsoft", price=430.0, volume=22_000_000, dividend=3.32, splits=((date(2003, 2, 18), 2.0),)
        ),
        Listing(
            symbol="NVDA",
            name="Synthetic Nvidia",
            price=140.0,
            volume=210_000_000,
            industry=_CHIPS,
            dividend=0.04,
            splits=((date(2021, 7, 20), 4.0), (date(2024, 6, 10), 10.0)),
        ),
        Listing(
            symbol="TSLA",
            name="Synthetic Tesla",
            price=300.0,
            volume=95_000_000,
            listed=date(2010, 6, 29),
            sector="MANUFACTURING",
            industry="MOTOR VEHICLES & PASSENGER CAR BODIES",
            splits=((date(2022, 8, 25), 3.0),),
        ),
        Listing(
            symbol="BRK-B",
            name="Synthetic Berkshire Class B",
            price=470.0,
            volume=3_600_000,
            exchange="NYSE",
            sector="FINANCE",
            splits=((date(2010, 1, 21), 50.0),),
        ),
        Listing(symbol="BRK-A", name="Synthetic Berkshire Class A", price=705_000.0, volume=1_800, exchange="NYSE", sector="FINANCE"),
        Listing(
            symbol="SPY", name="Synthetic 500 Trust", price=590.0, volume=62_000_000, exchange="NYSE ARCA", asset_type="ETF", dividend=7.0
        ),
        Listing(
            symbol="ACWV:BAT",
            name="Synthetic Low Volatility Fund",
            price=110.0,
            volume=160_000,
            exchange="BATS",
            asset_type="ETF",
            listed=date(2011, 10, 20),
            dividend=2.4,
        ),
        Listing(symbol="-P-HIZ", name="Synthetic Presurance", price=21.0, volume=12_000, listed=date(2023, 8, 30), sector="FINANCE"),
        Listing(symbol="NA", name="Synthetic Nano Labs", price=12.0, volume=90_000, listed=date(2022, 7, 12), industry=_CHIPS),
        Listing(symbol="NAN", name="Synthetic Municipal Fund", price=11.5, volume=80_000, exchange="NYSE", sector="FINANCE", dividend=0.48),
        Listing(symbol="ON", name="Synthetic Semiconductor", price=65.0, volume=7_400_000, listed=date(2000, 5, 1), industry=_CHIPS),
        Listing(symbol="TRUE", name="Synthetic Truth", price=9.0, volume=700_000, listed=date(2014, 5, 16)),
        Listing(symbol=DAMAGED_SYMBOL, name="Synthetic Damaged", price=48.0, volume=640_000, exchange="NYSE", sector="MANUFACTURING"),
        Listing(
            symbol="GONE",
            name="Synthetic Delisted",
            price=33.0,
            volume=210_000,
            exchange="NYSE",
            listed=date(2002, 3, 4),
            delisted=date(2024, 6, 28),
        ),
    )
}
_BULK: Final = re.compile(r"ZZ[A-Z]\d{3}")
_FRESH: Final = re.compile(r"NEW(\d{2})Q([1-4])")
_FRESH_YEARS: Final = range(2000, 2041)


@lru_cache(maxsize=8192)
def listing_of(symbol: str) -> Listing | None:
    """The listing of a symbol in the spelling of LISTING_STATUS, upper case; None where there is none."""
    if symbol in _NAMED:
        return _NAMED[symbol]
    if _BULK.fullmatch(symbol):
        number = int(symbol[3:])
        exchange = "NYSE" if number % 2 else "NASDAQ"
        return Listing(symbol, f"Synthetic Bulk {symbol[2:]}", price=8.0 + number % 240, volume=40_000 + 997 * number, exchange=exchange)
    if fresh := _FRESH.fullmatch(symbol):
        first_day = date(2000 + int(fresh[1]), 3 * int(fresh[2]) - 2, 1)
        if first_day.year in _FRESH_YEARS:
            known = sessions()
            first_session = known.days[known.ordinal_from(first_day)].item()
            return Listing(symbol, f"Synthetic Listing of {symbol[3:]}", price=24.0, volume=350_000, listed=first_session)
    return None


def listings_at(day: date, *, delisted: bool = False) -> list[Listing]:
    """The named listings and the fresh ones, by symbol: those traded on a date, or those delisted by then.

    The bulk symbols are left out: LISTING_STATUS would be about them alone.
    """
    fresh = (listing_of(f"NEW{year % 100:02d}Q{quarter}") for year in range(2025, day.year + 1) for quarter in range(1, 5))
    there = [listing for listing in (*_NAMED.values(), *fresh) if listing and listing.listed <= day]
    gone = [listing for listing in there if listing.delisted and listing.delisted < day]
    return sorted(gone if delisted else [listing for listing in there if listing not in gone], key=lambda listing: listing.symbol)
