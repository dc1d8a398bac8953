"""TIME_SERIES_WEEKLY_ADJUSTED: weekly prices with adjusted closes and dividends (https://www.alphavantage.co/documentation/#weeklyadj).

Free, always the whole history, without a split coefficient; every dividend restates the whole column of adjusted closes.
"""

from collections.abc import Iterable
from typing import Final

from tasks.alpha_vantage.parsing import Parsed, SetAside, read_table
from tasks.alpha_vantage.series import SeriesShape
from tasks.records import CapturedBody
from tasks.schema import PARSED_ADJUSTED_PERIODS

SHAPE: Final = SeriesShape(
    "TIME_SERIES_WEEKLY_ADJUSTED",
    "Weekly Adjusted Time Series",
    ("open", "high", "low", "close", "adjusted close", "volume", "dividend amount"),
)


def read_weekly_adjusted(bodies: Iterable[CapturedBody], set_aside: SetAside | None = None) -> Parsed:
    """Parses captures into ``PARSED_ADJUSTED_PERIODS``, one row a week.

    Raises:
        UnknownShape: a body is not what it must be, and nobody sets it aside.
    """
    return read_table(bodies, PARSED_ADJUSTED_PERIODS, lambda body: SHAPE.read(body.body, body.symbol), set_aside)
