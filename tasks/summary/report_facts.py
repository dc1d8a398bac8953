"""What a report shows beside the summary: coverage, prices with what happened to them, and the quality of earlier runs. Values only."""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, Literal

import pyarrow as pa
import pyarrow.compute as pc

from tasks.records import SymbolCoverage
from tasks.summary.run_summary import RunSummary

MAP_DAYS: Final = 365
"""How far back the coverage map reaches."""

MAP_SYMBOLS: Final = 600
CHARTED: Final = 5
_CHARTED_BARS: Final = 260
_RUNS: Final = 20

What = Literal["dividend", "split", "restated", "quarantined"]


@dataclass(frozen=True)
class PriceMark:
    """Something that happened to a bar.

    Attributes:
        symbol: whose.
        session: of which session.
        what: what happened.
        words: the detail, for the table.
        price: where to draw it, if the bar itself is not among those accepted.
    """

    symbol: str
    session: date
    what: What
    words: str = ""
    price: float | None = None


@dataclass(frozen=True)
class PriceSeries:
    """The latest accepted closes of one symbol, oldest first, and the marks within them.

    Attributes:
        symbol: whose.
        closes: session and close.
        marks: what happened to bars within them.
        is_held: they were held before; the run brought none of this symbol.
    """

    symbol: str
    closes: tuple[tuple[date, float], ...]
    marks: tuple[PriceMark, ...] = ()
    is_held: bool = False


@dataclass(frozen=True)
class CoverageLine:
    """What is held of one symbol.

    Attributes:
        symbol: the symbol.
        first_session: the oldest session held.
        last_session: the newest session held.
        held: the ranges within the map's days, oldest first.
        gaps: how many gaps there are, over all time.
        quarantined: sessions that this run quarantined, within the map's days.
    """

    symbol: str
    first_session: date
    last_session: date
    held: tuple[tuple[date, date], ...]
    gaps: int = 0
    quarantined: tuple[date, ...] = ()


@dataclass(frozen=True)
class PastQuality:
    """What an earlier run quarantined: its label, its rows, its rate (0 to 1), and its rows by reason."""

    label: str
    rows: int
    rate: float
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ReportFacts:
    """Everything a report shows.

    Attributes:
        summary: how the run went.
        coverage: a line a symbol.
        series: the symbols whose price is drawn, the most remarkable first.
        quality: the latest runs of the flow, oldest first.
    """

    summary: RunSummary
    coverage: tuple[CoverageLine, ...] = ()
    series: tuple[PriceSeries, ...] = ()
    quality: tuple[PastQuality, ...] = ()


def coverage_lines(held: Mapping[str, SymbolCoverage], marks: Iterable[PriceMark]) -> tuple[CoverageLine, ...]:
    """The lines of the coverage map: symbols with a gap or a quarantined bar first, then the rest, each by name.

    Args:
        held: what is held, by symbol.
        marks: of which the quarantined ones count.
    """
    quarantined: dict[str, set[date]] = {}
    for mark in marks:
        if mark.what == "quarantined":
            quarantined.setdefault(mark.symbol, set()).add(mark.session)
    newest = max((coverage.last_session for coverage in held.values()), default=date.min)
    start = newest - timedelta(days=MAP_DAYS) if held else newest
    lines = [
        CoverageLine(
            symbol,
            coverage.first_session,
            coverage.last_session,
            tuple((max(first, start), last) for first, last in coverage.ranges if last >= start),
            len(coverage.gaps),
            tuple(sorted(session for session in quarantined.get(symbol, ()) if session >= start)),
        )
        for symbol, coverage in held.items()
    ]
    lines.sort(key=lambda line: (not (line.gaps or line.quarantined or line.last_session < newest), line.symbol))
    return tuple(lines[:MAP_SYMBOLS])


def remarkable(summary: RunSummary, marks: Iterable[PriceMark]) -> tuple[str, ...]:
    """The symbols worth a chart, at most ``CHARTED``: most different things happened first, else in the order of the summary."""
    happened: dict[str, set[str]] = {}
    for mark in marks:
        happened.setdefault(mark.symbol, set()).add(mark.what)
    return tuple(sorted((symbol.symbol for symbol in summary.symbols), key=lambda symbol: -len(happened.get(symbol, ()))))[:CHARTED]


def price_series(accepted: pa.Table, symbols: Sequence[str], marks: Iterable[PriceMark]) -> tuple[PriceSeries, ...]:
    """The latest closes of symbols.

    Args:
        accepted: columns ``symbol``, ``session_date`` and ``close``, in any order.
        symbols: whose, in the order wanted; one without a bar is left out.
        marks: what happened to bars of any symbol.
    """
    wanted = accepted.filter(pc.is_in(accepted.column("symbol"), value_set=pa.array(list(symbols), pa.string())))
    closes: dict[str, dict[date, float]] = {}
    columns = (wanted.column(name).to_pylist() for name in ("symbol", "session_date", "close"))
    for symbol, session, close in zip(*columns, strict=True):
        closes.setdefault(symbol, {})[session] = float(close)
    of_symbol: dict[str, list[PriceMark]] = {}
    for mark in marks:
        of_symbol.setdefault(mark.symbol, []).append(mark)
    return tuple(_series(symbol, closes[symbol], of_symbol.get(symbol, ())) for symbol in symbols if symbol in closes)


def quarantined_marks(quarantined: pa.Table, session_column: str) -> Iterator[PriceMark]:
    """A mark for every quarantined row whose session can be read as a date.

    Args:
        quarantined: rows as they were received, with ``reasons``.
        session_column: the column that names the session.
    """
    names = ["symbol", session_column, "reasons", *(["close_text"] if "close_text" in quarantined.column_names else [])]
    for row in quarantined.select(names).to_pylist():
        session = _date(row[session_column])
        if session and row["symbol"]:
            yield PriceMark(row["symbol"], session, "quarantined", "; ".join(row["reasons"]), _number(row.get("close_text")))


def event_marks(events: pa.Table, what: What, session_column: str, value_column: str, symbols: Collection[str]) -> Iterator[PriceMark]:
    """A mark for every split or dividend of these symbols."""
    for row in events.select(["symbol", session_column, value_column]).to_pylist():
        if row["symbol"] in symbols and row[session_column]:
            yield PriceMark(row["symbol"], row[session_column], what, f"{row[value_column].normalize():f}")


def latest_quality(runs: Iterable[PastQuality]) -> tuple[PastQuality, ...]:
    """The latest runs, oldest first, of runs that come newest first."""
    return tuple(reversed(list(runs)[:_RUNS]))


def _series(symbol: str, closes: Mapping[date, float], marks: Iterable[PriceMark]) -> PriceSeries:
    latest = sorted(closes.items())[-_CHARTED_BARS:]
    first, last = latest[0][0], latest[-1][0] + timedelta(days=7)
    inside = sorted((mark for mark in marks if first <= mark.session <= last), key=lambda mark: (mark.session, mark.what))
    return PriceSeries(symbol, tuple(latest), tuple(inside))


def _date(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text).strip()[:10])
    except ValueError:
        return None


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None
