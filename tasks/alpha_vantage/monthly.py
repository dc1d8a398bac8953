"""TIME_SERIES_MONTHLY: raw prices by month (https://www.alphavantage.co/documentation/#monthly); free, always the whole history.

A check of our own months made of sessions. A month is keyed by its last session so far: the key of the running month moves.
"""

from collections.abc import Iterable
from typing import Final

from tasks.alpha_vantage.parsing import Parsed, SetAside, read_table
from tasks.alpha_vantage.series import SeriesShape
from tasks.records import CapturedBody
from tasks.schema import PARSED_DAILY_PRICES

SHAPE: Final = SeriesShape("TIME_SERIES_MONTHLY", "Monthly Time Series", ("open", "high", "low", "close", "volume"))


def read_monthly(bodies: Iterable[CapturedBody], set_aside: SetAside | None = None) -> Parsed:
    """Parses captures into the columns of ``PARSED_DAILY_PRICES``, one row a month.

    Raises:
        UnknownShape: a body is not what it must be, and nobody sets it aside.
    """
    return read_table(bodies, PARSED_DAILY_PRICES, lambda body: SHAPE.read(body.body, body.symbol), set_aside)
