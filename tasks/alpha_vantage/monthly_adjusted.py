"""TIME_SERIES_MONTHLY_ADJUSTED: monthly prices with adjusted closes and dividends (https://www.alphavantage.co/documentation/#monthlyadj).

Free, always the whole history, without a split coefficient; every dividend restates the whole column of adjusted closes.
"""

from collections.abc import Iterable
from typing import Final

from tasks.alpha_vantage.parsing import Parsed, SetAside, read_table
from tasks.alpha_vantage.series import SeriesShape
from tasks.records import CapturedBody
from tasks.schema import PARSED_ADJUSTED_PERIODS

SHAPE: Final = SeriesShape(
    "TIME_SERIES_MONTHLY_ADJUSTED",
    "Monthly Adjusted Time Series",
    ("open", "high", "low", "close", "adjusted close", "volume", "dividend amount"),
)


def read_monthly_adjusted(bodies: Iterable[CapturedBody], set_aside: SetAside | None = None) -> Parsed:
    """Parses captures into ``PARSED_ADJUSTED_PERIODS``, one row a month.

    Raises:
        UnknownShape: a body is not what it must be, and nobody sets it aside.
    """
    return read_table(bodies, PARSED_ADJUSTED_PERIODS, lambda body: SHAPE.read(body.body, body.symbol), set_aside)
