"""TIME_SERIES_DAILY: raw prices of one symbol, one bar a session (https://www.alphavantage.co/documentation/#daily).

Free keys get the latest 100 sessions (``outputsize=compact``), premium keys the whole history (``full``). Prices are not adjusted for
splits or dividends. A daily key is a session of the listing exchange, never an instant; a key with a time of day is a bar taken while the
exchange was open.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from tasks.alpha_vantage.exact import decimals, integers, sessions
from tasks.alpha_vantage.series import Series, SeriesShape
from tasks.records import CapturedBody
from tasks.schema import PARSED_DAILY_PRICES, PRICE

PRICES: Final = ("open", "high", "low", "close")
SHAPE: Final = SeriesShape("TIME_SERIES_DAILY", "Time Series (Daily)", (*PRICES, "volume"))

_DATE_LENGTH: Final = pa.scalar(len("2017-08-30"))
_ROWS_AT_ONCE: Final = 50_000

_log = logging.getLogger("tickerhouse.alpha_vantage")


@dataclass(frozen=True)
class ParsedDaily:
    """What a run's captures held.

    Attributes:
        table: one row a bar, schema ``PARSED_DAILY_PRICES``, in the order of the bodies; days that a body repeats are all there.
        drift: per symbol, the row keys that the endpoint did not have before; their values stay in the captures.
    """

    table: pa.Table
    drift: Mapping[str, tuple[str, ...]]


def parse_daily(bodies: Iterable[CapturedBody]) -> pa.Table:
    """The table of ``read_daily`` alone; new row keys are logged."""
    parsed = read_daily(bodies)
    for symbol, names in parsed.drift.items():
        _log.warning("%s: new columns in %s, loaded past: %s", SHAPE.function, symbol, ", ".join(names))
    return parsed.table


def read_daily(bodies: Iterable[CapturedBody]) -> ParsedDaily:
    """Parses captures of daily prices.

    Args:
        bodies: captures that were recognised as data when they were stored.

    Raises:
        UnknownShape: a body is not what it must be; the fact names the capture's symbol, part and column.
    """
    drift: dict[str, tuple[str, ...]] = {}

    def read() -> Iterator[tuple[CapturedBody, Series]]:
        for body in bodies:
            series = SHAPE.read(body.body, body.symbol)
            if series.extra:
                drift[body.symbol] = tuple(dict.fromkeys((*drift.get(body.symbol, ()), *series.extra)))
            yield body, series

    batches = [_batch(group) for group in _grouped(read())]
    return ParsedDaily(pa.Table.from_batches(batches, PARSED_DAILY_PRICES), drift)


def defer(table: pa.Table, final_through: Callable[[datetime], date]) -> tuple[pa.Table, pa.Table]:
    """Sets bars apart whose session was not final when they were observed.

    Args:
        table: schema ``PARSED_DAILY_PRICES``.
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
    has_time = pc.and_kleene(is_dated, pc.greater(pc.utf8_length(table["session_text"]), _DATE_LENGTH))
    is_deferred = pc.or_(is_too_new, has_time)
    return table.filter(pc.invert(is_deferred)), table.filter(is_deferred)


def _grouped(read: Iterable[tuple[CapturedBody, Series]]) -> Iterator[list[tuple[CapturedBody, Series]]]:
    """Groups bodies so that Arrow works on columns of a worthwhile length and Python holds few strings at a time."""
    group: list[tuple[CapturedBody, Series]] = []
    rows = 0
    for body, series in read:
        group.append((body, series))
        rows += len(series.sessions)
        if rows >= _ROWS_AT_ONCE:
            yield group
            group, rows = [], 0
    if group:
        yield group


def _batch(group: list[tuple[CapturedBody, Series]]) -> pa.RecordBatch:
    lengths = [len(series.sessions) for _, series in group]
    texts: dict[str, pa.Array[Any]] = {
        name: pa.array([text for _, series in group for text in series.columns[name]], pa.string()) for name in SHAPE.row_keys
    }
    session_texts = pa.array([text for _, series in group for text in series.sessions], pa.string())
    which = pa.array([number for number, length in enumerate(lengths) for _ in range(length)], pa.int32())

    def repeated(values: list[Any], kind: pa.DataType) -> "pa.Array[Any]":
        return pa.array(values, kind).take(which)

    columns = {
        "symbol": repeated([body.symbol for body, _ in group], pa.string()),
        "session_text": session_texts,
        **{f"{name}_text": column for name, column in texts.items()},
        "session_date": sessions(session_texts),
        **{name: decimals(texts[name], PRICE) for name in PRICES},
        "volume": integers(texts["volume"]),
        "observed_at": repeated([body.observed_at for body, _ in group], PARSED_DAILY_PRICES.field("observed_at").type),
        "capture_key": repeated([body.key for body, _ in group], pa.string()),
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in PARSED_DAILY_PRICES.names], schema=PARSED_DAILY_PRICES)
