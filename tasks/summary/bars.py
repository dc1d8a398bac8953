"""Row counts and session ranges per symbol."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Span:
    """The bars of one symbol: how many, and from which session to which."""

    bars: int
    first_session: date
    last_session: date


def spans_by_symbol(bars: pa.Table) -> dict[str, Span]:
    """The span of every symbol in a table.

    Args:
        bars: columns ``symbol`` and ``session_date``; bars without a session are passed over.
    """
    dated = bars.select(["symbol", "session_date"]).filter(pc.is_valid(bars.column("session_date")))
    grouped = dated.group_by("symbol").aggregate([("session_date", "count"), ("session_date", "min"), ("session_date", "max")])
    return {row["symbol"]: Span(row["session_date_count"], row["session_date_min"], row["session_date_max"]) for row in grouped.to_pylist()}


def symbols_with_session(bars: pa.Table, sessions: Mapping[str, date]) -> set[str]:
    """The symbols that have a bar of the session named for them.

    Args:
        bars: columns ``symbol`` and ``session_date``.
        sessions: by symbol.
    """
    if not sessions:
        return set()
    wanted = pa.table(
        {
            "symbol": pa.array(list(sessions), pa.string()),
            "session_date": pa.array(list(sessions.values()), pa.date32()),
        },
    )
    # Symbols may be a dictionary, which is not joined; few rows are of these sessions.
    dated = bars.select(["symbol", "session_date"]).filter(pc.is_in(bars.column("session_date"), wanted.column("session_date").unique()))
    found = wanted.join(dated.cast(wanted.schema), keys=["symbol", "session_date"], join_type="left semi")
    return {str(symbol) for symbol in found.column("symbol").to_pylist()}
