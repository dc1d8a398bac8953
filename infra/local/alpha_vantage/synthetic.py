"""The synthetic history: prices and volumes of every listing, depending on nothing but symbol and session.

Each symbol walks around its listing's level from 1999-11-01 on, whatever its first session is, so that a bar never depends on when it is
asked for. The walk is drawn back to its trend a little every session: over 40 years a free random walk would end at absurd prices.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from infra.local.alpha_vantage.exchange_calendar import Moment, sessions
from infra.local.alpha_vantage.listings import Listing

UNIT: Final = 10_000
"""Prices are whole numbers of this part of a dollar: the API prints four decimals."""

_CENT: Final = UNIT // 100
_PERSISTENCE: Final = 0.9985
_DAILY_DEVIATION: Final = 0.015
_GAP_DEVIATION: Final = 0.004
_WICK_DEVIATION: Final = 0.006
_VOLUME_DEVIATION: Final = 0.35
_SESSIONS_A_YEAR: Final = 252
# The level of a listing is that of about 2026-01-02.
_LEVEL_ORDINAL: Final = 6_582

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars of one symbol, oldest first; all arrays are equally long.

    Attributes:
        first: the ordinal of the first bar's session.
        open: in 1/10,000 dollar, as ``high``, ``low`` and ``close``.
        volume: in shares.
    """

    first: int
    open: Whole
    high: Whole
    low: Whole
    close: Whole
    volume: Whole

    def __len__(self) -> int:
        return len(self.close)

    def last(self, count: int) -> "Bars":
        """The newest bars, ``count`` at most."""
        start = max(0, len(self) - count)
        return Bars(self.first + start, self.open[start:], self.high[start:], self.low[start:], self.close[start:], self.volume[start:])


def bars_at(listing: Listing, moment: Moment) -> Bars:
    """The bars of a listing as they stood at a moment: none before it was listed, and the running session's bar unfinished."""
    whole = _walk(listing)
    newest = _last_ordinal(listing, moment)
    count = max(0, newest - whole.first + 1)
    bars = Bars(whole.first, *(column[:count] for column in (whole.open, whole.high, whole.low, whole.close, whole.volume)))
    return _with_unfinished(bars, moment.elapsed) if count and is_unfinished(bars, moment) else bars


def is_unfinished(bars: Bars, moment: Moment) -> bool:
    """Whether the newest bar is that of a session still open."""
    return moment.elapsed < 1 and bars.first + len(bars) - 1 == moment.newest


def split_factors(listing: Listing) -> npt.NDArray[np.float64]:
    """The split factor effective at each session of the calendar, 1 where there is none."""
    known = sessions()
    factors = np.ones(len(known.names))
    for day, factor in listing.splits:
        factors[known.ordinal_from(day)] = factor
    return factors


def _last_ordinal(listing: Listing, moment: Moment) -> int:
    if listing.delisted is None:
        return moment.newest
    known = sessions()
    after = int(np.searchsorted(known.days, np.datetime64(listing.delisted), side="right"))
    return min(moment.newest, after - 1)


@lru_cache(maxsize=64)
def _walk(listing: Listing) -> Bars:
    known = sessions()
    count = len(known.names)
    seed = int.from_bytes(hashlib.sha256(listing.symbol.encode()).digest()[:16])
    # A stream each, so that no column's values depend on how many another one drew.
    steps, gaps, highs, lows, volumes, ticks = (np.random.Generator(np.random.PCG64([seed, stream])) for stream in range(6))

    ordinals = np.arange(count)
    decay = _PERSISTENCE**ordinals
    swing = decay * np.cumsum(steps.standard_normal(count) * _DAILY_DEVIATION / decay)
    yearly_drift = 0.02 + 0.05 * (seed % 97) / 97
    level = listing.price * np.exp(swing + yearly_drift * (ordinals - _LEVEL_ORDINAL) / _SESSIONS_A_YEAR)
    splits = split_factors(listing)
    later_splits = np.prod(splits) / np.cumprod(splits)
    gap = np.exp(gaps.standard_normal(count) * _GAP_DEVIATION)

    close_price = _cents(level * later_splits)
    open_price = _cents(np.concatenate((level[:1], level[:-1])) * gap * later_splits)
    top, bottom = np.maximum(open_price, close_price), np.minimum(open_price, close_price)
    # Highs and lows are now and then traded at a fraction of a cent, opens and closes hardly ever.
    coarse = np.where(ticks.random(count) < 0.15, 1, _CENT)  # noqa: PLR2004 - the share measured on recordings
    high = -(-(top * (1 + np.abs(highs.standard_normal(count)) * _WICK_DEVIATION)).astype(np.int64) // coarse) * coarse
    low = (bottom * (1 - np.minimum(0.5, np.abs(lows.standard_normal(count)) * _WICK_DEVIATION))).astype(np.int64) // coarse * coarse
    volume = np.maximum(1, listing.volume * np.exp(volumes.standard_normal(count) * _VOLUME_DEVIATION)).astype(np.int64)

    first = known.ordinal_from(listing.listed)
    return Bars(
        first,
        open_price[first:],
        np.maximum(high, top)[first:],
        np.clip(low, 1, bottom)[first:],
        close_price[first:],
        volume[first:],
    )


def _cents(dollars: npt.NDArray[np.float64]) -> Whole:
    return np.maximum(1, np.rint(dollars * 100)).astype(np.int64) * _CENT


def _with_unfinished(bars: Bars, elapsed: float) -> Bars:
    opened, final = int(bars.open[-1]), int(bars.close[-1])
    # Never the final close, however little is missing: an unfinished bar that looks finished would prove nothing.
    so_far = opened + round((final - opened) * elapsed / _CENT) * _CENT
    close = so_far + _CENT if so_far == final else so_far
    high = max(opened, close, opened + int((bars.high[-1] - opened) * elapsed))
    low = min(opened, close, opened - int((opened - bars.low[-1]) * elapsed))
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    newest = (opened, high, low, close, max(1, int(bars.volume[-1] * elapsed * 0.98)))
    return Bars(bars.first, *(np.append(column[:-1], value) for column, value in zip(columns, newest, strict=True)))
