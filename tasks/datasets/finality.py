"""Decides which bars are final: those whose session had closed and settled when they were observed."""

from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.arrays import arrow_array, numbers_of
from tasks.sessions import SessionClock

_DATE_LENGTH: Final = len("2017-08-30")
_EPOCH: Final = date(1970, 1, 1)


def final_bars(bars: pa.Table, clock: SessionClock) -> tuple[pa.Table, pa.Table]:
    """Sets bars apart whose session was not final, by the calendar of each symbol's own exchange.

    Args:
        bars: columns ``symbol``, ``session_text``, ``session_date`` and ``observed_at``.
        clock: the moment of the run, and the exchange of every symbol.

    Returns:
        ``(final, deferred)``, rows in the order given. A bar is deferred when its session was not final when it was observed, or is not
        final at the moment of the run, or when its key carries a time of day: it was taken while the exchange was open. A row whose
        session is no date counts as final: validation decides on it.
    """
    limits = _newest_final(bars, clock)
    is_dated = pc.is_valid(bars["session_date"])
    is_too_new = pc.and_kleene(is_dated, pc.greater(bars["session_date"], limits))
    # A row whose text was not kept was read by its exact form, a date alone.
    has_time = pc.fill_null(pc.greater(pc.utf8_length(bars["session_text"]), pa.scalar(_DATE_LENGTH)), pa.scalar(False))
    is_deferred = pc.or_(is_too_new, pc.and_(is_dated, has_time))
    if not pc.any(is_deferred).as_py():
        return bars, bars.slice(0, 0)
    return bars.filter(pc.invert(is_deferred)), bars.filter(is_deferred)


def _newest_final(bars: pa.Table, clock: SessionClock) -> "pa.Array[Any]":
    """Per row, the newest session that was final; worked out once for each exchange and instant."""
    symbols = bars["symbol"].combine_chunks().dictionary_encode()
    observed = bars["observed_at"].combine_chunks().dictionary_encode()
    exchanges = [clock.exchange_of(str(symbol)) for symbol in symbols.dictionary.to_pylist()]
    names = list(dict.fromkeys(exchanges))
    exchange_of_symbol = np.array([names.index(exchange) for exchange in exchanges], dtype=np.int32)
    instants = observed.dictionary.to_pylist()
    codes = exchange_of_symbol[numbers_of(symbols.indices, np.int32)] * np.int32(len(instants)) + numbers_of(observed.indices, np.int32)
    # Not with np.unique, which sorts: that needs more memory than the bars.
    is_met = np.zeros(len(names) * len(instants), np.bool_)
    is_met[codes] = True
    limits = np.zeros(len(is_met), np.int32)
    for code in np.flatnonzero(is_met).tolist():
        newest = clock.newest_final(names[code // len(instants)], instants[code % len(instants)])
        limits[code] = (newest - _EPOCH).days
    return arrow_array(limits[codes], pa.date32())
