"""TIME_SERIES_DAILY: raw prices of one symbol, one bar a session (https://www.alphavantage.co/documentation/#daily).

Free keys get the latest 100 sessions (``outputsize=compact``), premium keys the whole history (``full``). Prices are not adjusted for
splits or dividends. A daily key is a session of the listing exchange, never an instant; a key with a time of day is a bar taken while the
exchange was open.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.alpha_vantage.series import SeriesShape
from tasks.alpha_vantage.series_tables import SeriesReader
from tasks.alpha_vantage.tables import Parsed
from tasks.records import CapturedBody
from tasks.schema import PARSED_DAILY_PRICES

SHAPE: Final = SeriesShape("TIME_SERIES_DAILY", "Time Series (Daily)", ("open", "high", "low", "close", "volume"))

_DATE_LENGTH: Final = len("2017-08-30")

_log = logging.getLogger("tickerhouse.alpha_vantage")


def parse_daily(bodies: Iterable[CapturedBody]) -> pa.Table:
    """The table of ``read_daily`` alone; new row keys are logged."""
    parsed = read_daily(bodies)
    for symbol, names in parsed.drift.items():
        _log.warning("%s: new columns in %s, loaded past: %s", SHAPE.function, symbol, ", ".join(names))
    return parsed.table


def read_daily(bodies: Iterable[CapturedBody]) -> Parsed:
    """Parses captures of daily prices into ``PARSED_DAILY_PRICES``, one row a bar.

    Args:
        bodies: captures that were recognised as data when they were stored.

    Raises:
        UnknownShape: a body is not what it must be; the fact names the capture's symbol, part and column.
    """
    return SeriesReader(SHAPE, PARSED_DAILY_PRICES).table(bodies)


def defer(table: pa.Table, final_through: Callable[[datetime], date]) -> tuple[pa.Table, pa.Table]:
    """Sets bars apart whose session was not final when they were observed.

    Args:
        table: the columns of ``PARSED_DAILY_PRICES``; a row without its strings has no time of day (``series_tables.SeriesReader``).
        final_through: the newest session that was final at an instant (UTC).

    Returns:
        ``(ready, deferred)``, rows in the order given. A bar is deferred when its session is newer than that, or when its raw key carries
        a time of day. A row whose session is no date is ready: validation decides on it.
    """
    observed = table["observed_at"].combine_chunks().dictionary_encode()
    limits = [final_through(instant) for instant in observed.dictionary.to_pylist() if instant is not None]
    newest_final = pa.array(limits, pa.date32()).take(observed.indices)
    is_dated = pc.is_valid(table["session_date"])
    is_too_new = pc.and_kleene(is_dated, pc.greater(table["session_date"], newest_final))
    has_time = pc.fill_null(pc.greater(pc.utf8_length(table["session_text"]), pa.scalar(_DATE_LENGTH)), pa.scalar(False))
    is_deferred = pc.or_(is_too_new, pc.and_(is_dated, has_time))
    if not pc.any(is_deferred).as_py():
        return table, table.slice(0, 0)
    return table.filter(pc.invert(is_deferred)), table.filter(is_deferred)
