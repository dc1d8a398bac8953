"""TIME_SERIES_DAILY: raw prices of one symbol, one bar a session (https://www.alphavantage.co/documentation/#daily).

Free keys get the latest 100 sessions (``outputsize=compact``), premium keys the whole history (``full``). Prices are not adjusted for
splits or dividends. A daily key is a session of the listing exchange, never an instant; a key with a time of day is a bar taken while the
exchange was open.
"""

from collections.abc import Iterable
from typing import Final

import pyarrow as pa

from tasks.alpha_vantage.parsing import Parsed, SetAside
from tasks.alpha_vantage.series import SeriesShape
from tasks.alpha_vantage.series_tables import SeriesReader, with_texts
from tasks.records import CapturedBody
from tasks.schema import PARSED_DAILY_PRICES

SHAPE: Final = SeriesShape("TIME_SERIES_DAILY", "Time Series (Daily)", ("open", "high", "low", "close", "volume"))


def read_daily(bodies: Iterable[CapturedBody], set_aside: SetAside | None = None) -> Parsed:
    """Parses captures of daily prices into ``PARSED_DAILY_PRICES``, one row a bar.

    Args:
        bodies: captures that were recognised as data when they were stored.
        set_aside: told of each body that cannot be read.

    Raises:
        UnknownShape: a body is not what it must be, and nobody sets it aside; the fact names the capture's symbol, part and column.
    """
    return SeriesReader(SHAPE, PARSED_DAILY_PRICES, set_aside=set_aside).table(bodies)


def read_daily_without_texts(bodies: Iterable[CapturedBody], set_aside: SetAside | None = None) -> Parsed:
    """As ``read_daily``, of ``tasks.schema.without_texts``."""
    return SeriesReader(SHAPE, PARSED_DAILY_PRICES, has_texts=False, set_aside=set_aside).table(bodies)


def daily_with_texts(rows: pa.Table, bodies: Iterable[CapturedBody]) -> pa.Table:
    """Some rows of ``read_daily_without_texts`` as ``read_daily`` gives them; see :func:`tasks.alpha_vantage.series_tables.with_texts`."""
    return with_texts(rows, bodies, SHAPE, PARSED_DAILY_PRICES)
