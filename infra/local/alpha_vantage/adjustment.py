"""Dividends of the synthetic listings, and closes adjusted for them and for splits.

The adjusted close obeys the identity measured on real answers,
adjusted[t] / adjusted[t-1] = (close[t] * split[t] + dividend[t]) / close[t-1],
and equals the close at the newest session, so that every new dividend restates all of the history before it.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from infra.local.alpha_vantage.exchange_calendar import sessions
from infra.local.alpha_vantage.listings import Listing
from infra.local.alpha_vantage.synthetic import UNIT, Bars, split_factors

_MONTHS: Final = (2, 5, 8, 11)
_EX_DAY: Final = 8
_GROWTH: Final = 0.05
_REFERENCE_YEAR: Final = 2026
_DECLARED_BEFORE: Final = timedelta(days=16)
_PAID_AFTER: Final = timedelta(days=31)
# Older events carry no other dates than the one on which the price fell.
_FULLY_DATED_SINCE: Final = 2000


@dataclass(frozen=True, slots=True)
class Dividend:
    """One dividend; ``ordinal`` is that of the session on which the price falls."""

    ordinal: int
    ex_date: date
    amount: float
    declared: date
    record: date | None
    paid: date | None

    @property
    def is_fully_dated(self) -> bool:
        """Whether the API knows the dates beside the one on which the price fell."""
        return self.ex_date.year > _FULLY_DATED_SINCE


@lru_cache(maxsize=256)
def dividends_of(listing: Listing) -> tuple[Dividend, ...]:
    """Every dividend of a listing that the calendar reaches, oldest first: four a year, each on the first session from the 8th on."""
    known = sessions()
    if not listing.dividend:
        return ()
    factors = split_factors(listing)
    later_splits = np.prod(factors) / np.cumprod(factors)
    dividends = []
    for year in range(listing.listed.year, known.days[-1].item().year + 1):
        for month in _MONTHS:
            ordinal = known.ordinal_from(date(year, month, _EX_DAY))
            day = known.days[ordinal].item()
            if day > listing.listed:
                amount = listing.dividend / len(_MONTHS) * (1 + _GROWTH) ** (year - _REFERENCE_YEAR) * later_splits[ordinal]
                dividends.append(Dividend(ordinal, day, round(float(amount), 4), day - _DECLARED_BEFORE, day, day + _PAID_AFTER))
    return tuple(dividends)


def dividend_amounts(listing: Listing, bars: Bars) -> npt.NDArray[np.float64]:
    """The dividend of each bar's session, 0 where there is none."""
    amounts = np.zeros(len(bars))
    for dividend in dividends_of(listing):
        if bars.first <= dividend.ordinal < bars.first + len(bars):
            amounts[dividend.ordinal - bars.first] = dividend.amount
    return amounts


def adjusted_closes(listing: Listing, bars: Bars) -> npt.NDArray[np.float64]:
    """The adjusted close of each bar as of the newest one, in dollars."""
    close = bars.close / UNIT
    splits = split_factors(listing)[bars.first : bars.first + len(bars)]
    growth = (close[1:] * splits[1:] + dividend_amounts(listing, bars)[1:]) / close[:-1]
    later_growth: npt.NDArray[np.float64] = np.append(np.cumprod(growth[::-1])[::-1], 1.0)
    adjusted: npt.NDArray[np.float64] = close[-1] / later_growth
    return adjusted
