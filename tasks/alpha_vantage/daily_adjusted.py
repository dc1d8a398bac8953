"""TIME_SERIES_DAILY_ADJUSTED: prices with adjusted closes, dividends and splits (https://www.alphavantage.co/documentation/#dailyadj).

For premium keys. It shares its series key with TIME_SERIES_DAILY; only row keys distinguish them. The whole column of adjusted closes is
restated at every dividend, so that it is true only of its capture (docs/decisions/0006-adjusted-closes.md).
"""

from collections.abc import Iterable
from typing import Final

import pyarrow as pa

from tasks.alpha_vantage.parsing import Parsed, SetAside
from tasks.alpha_vantage.series import SeriesShape
from tasks.alpha_vantage.series_tables import SeriesReader, with_texts
from tasks.records import CapturedBody
from tasks.schema import PARSED_DAILY_ADJUSTED

SHAPE: Final = SeriesShape(
    "TIME_SERIES_DAILY_ADJUSTED",
    "Time Series (Daily)",
    ("open", "high", "low", "close", "adjusted close", "volume", "dividend amount", "split coefficient"),
)


def read_daily_adjusted(bodies: Iterable[CapturedBody], set_aside: SetAside | None = None) -> Parsed:
    """Parses captures into ``PARSED_DAILY_ADJUSTED``, one row a bar.

    Raises:
        UnknownShape: a body is not what it must be, and nobody sets it aside.
    """
    return SeriesReader(SHAPE, PARSED_DAILY_ADJUSTED, set_aside=set_aside).table(bodies)


def read_adjusted_without_texts(bodies: Iterable[CapturedBody], set_aside: SetAside | None = None) -> Parsed:
    """As ``read_daily_adjusted``, of ``tasks.schema.without_texts``."""
    return SeriesReader(SHAPE, PARSED_DAILY_ADJUSTED, has_texts=False, set_aside=set_aside).table(bodies)


def adjusted_with_texts(rows: pa.Table, bodies: Iterable[CapturedBody]) -> pa.Table:
    """Some rows of ``read_adjusted_without_texts`` as ``read_daily_adjusted`` gives them."""
    return with_texts(rows, bodies, SHAPE, PARSED_DAILY_ADJUSTED)
