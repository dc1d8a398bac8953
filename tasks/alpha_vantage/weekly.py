"""TIME_SERIES_WEEKLY: raw prices by week (https://www.alphavantage.co/documentation/#weekly); free, always the whole history.

A check of our own weeks made of sessions. A week is keyed by its last session so far: the key of the running week moves.
"""

from collections.abc import Iterable
from typing import Final

from tasks.alpha_vantage.parsing import Parsed, SetAside, read_table
from tasks.alpha_vantage.series import SeriesShape
from tasks.records import CapturedBody
from tasks.schema import PARSED_DAILY_PRICES

SHAPE: Final = SeriesShape("TIME_SERIES_WEEKLY", "Weekly Time Series", ("open", "high", "low", "close", "volume"))


def read_weekly(bodies: Iterable[CapturedBody], set_aside: SetAside | None = None) -> Parsed:
    """Parses captures into the columns of ``PARSED_DAILY_PRICES``, one row a week.

    Raises:
        UnknownShape: a body is not what it must be, and nobody sets it aside.
    """
    return read_table(bodies, PARSED_DAILY_PRICES, lambda body: SHAPE.read(body.body, body.symbol), set_aside)
