"""Weeks and months made of sessions, as the weekly and monthly functions cut them.

The key of a week or month is its last session so far: that of the running one moves from day to day.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from infra.local.alpha_vantage.exchange_calendar import sessions
from infra.local.alpha_vantage.synthetic import Bars, Whole

# 1970-01-01 was a Thursday: shifted by three days, whole weeks since then begin on Mondays.
_DAYS_TO_MONDAY = 3


@dataclass(frozen=True, slots=True)
class Periods:
    """Bars put together by week or month, oldest first.

    Attributes:
        bars: one for each period; ``first`` has no meaning here.
        starts: the place of each period's first bar.
        last_places: the place of each period's last bar.
        last_ordinals: the ordinal of each period's last session.
    """

    bars: Bars
    starts: Whole
    last_places: Whole
    last_ordinals: list[int]

    def totals(self, amounts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The sum over each period of a value per bar."""
        return np.add.reduceat(amounts, self.starts)


def periods_of(bars: Bars, period: str) -> Periods:
    """Puts bars together by week (``W``) or month (``M``)."""
    days = sessions().days[bars.first : bars.first + len(bars)]
    label = days.astype("datetime64[M]").astype(np.int64) if period == "M" else (days.astype(np.int64) + _DAYS_TO_MONDAY) // 7
    starts = np.flatnonzero(np.diff(label, prepend=label[0] - 1))
    last_places = np.append(starts[1:], len(label)) - 1
    together = Bars(
        0,
        bars.open[starts],
        np.maximum.reduceat(bars.high, starts),
        np.minimum.reduceat(bars.low, starts),
        bars.close[last_places],
        np.add.reduceat(bars.volume, starts),
    )
    return Periods(together, starts, last_places, (last_places + bars.first).tolist())
