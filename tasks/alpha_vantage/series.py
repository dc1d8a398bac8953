"""The shape that all time series of the API share, and reading one without guessing.

A series is an object of rows keyed by session, newest first, beside an object of metadata. Names carry numbers that move from endpoint to
endpoint ("4. Time Zone", "5. Time Zone"), so they are matched without them. The same series key serves different endpoints (the adjusted
and the raw daily prices are both "Time Series (Daily)"), so the row keys must be there as well.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tasks.alpha_vantage.csv_text import CsvTable
from tasks.alpha_vantage.errors import AnotherSymbol, NoRows, UnknownShape
from tasks.alpha_vantage.json_text import JsonObject, is_object, read_json, written
from tasks.alpha_vantage.names import plain_name

SESSION_TEXT: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?: \d{2}:\d{2}(?::\d{2})?)?", re.ASCII)
"""A session as the API writes it; with a time of day where the bar was taken while the exchange was open."""


@dataclass(frozen=True)
class Series:
    """One body's rows, in the order sent, days that it repeats included.

    Attributes:
        sessions: the key of every row.
        columns: per row key of the shape, the value of every row as text; None where the row lacks it.
        extra: row keys that the shape does not know, which were read past.
    """

    sessions: Sequence[str]
    columns: dict[str, list[str | None]]
    extra: tuple[str, ...]


@dataclass(frozen=True)
class SeriesShape:
    """What an endpoint's time series look like.

    Attributes:
        function: the API function.
        series_key: the member that holds the rows.
        row_keys: the names of a row's values, without their numbers; each must stand in at least one row.
    """

    function: str
    series_key: str
    row_keys: tuple[str, ...]

    def read(self, body: bytes, symbol: str) -> Series:
        """Reads a body; see ``check`` and ``rows`` for what it raises."""
        return self.rows(read_json(body), symbol)

    def check(self, answer: JsonObject, symbol: str) -> None:
        """Raises what ``rows`` raises, and UnknownShape where not one row is keyed by a session."""
        series = self.rows(answer, symbol)
        if not any(SESSION_TEXT.fullmatch(session) for session in series.sessions):
            raise UnknownShape(f"{self.function}: no row is keyed by a session.", evidence={"first": series.sessions[0]})

    def check_csv(self, table: CsvTable, symbol: str) -> None:
        """Raises UnknownShape unless a CSV answer has the columns and a session in every row; it names no symbol to compare."""
        for name in ("timestamp", *self.row_keys):
            if table.header.count(name) != 1:
                raise UnknownShape(f"{self.function}: the column {name!r} of {symbol} is missing.", evidence={"header": list(table.header)})
        position = table.header.index("timestamp")
        if not all(SESSION_TEXT.fullmatch(row[position]) for row in table.rows):
            raise UnknownShape(f"{self.function}: a row of {symbol} is not keyed by a session.")

    def rows(self, answer: Any, symbol: str) -> Series:
        """Reads the rows of an answer.

        Args:
            answer: what ``read_json`` gave.
            symbol: the asked symbol; compared without regard to case.

        Raises:
            UnknownShape: a part or a row key is missing, or is there more than once.
            AnotherSymbol: the metadata name another symbol.
            NoRows: the series is empty.
        """
        if not is_object(answer):
            raise UnknownShape(f"{self.function}: the body is not an object.")
        series = self._only(answer, self.series_key)
        named = self._only(self._only(answer, "Meta Data"), "Symbol")
        if not isinstance(named, str) or named.strip().casefold() != symbol.casefold():
            raise AnotherSymbol(f"{self.function}: {symbol} was asked and the body names {written(named)}.", evidence={"asked": symbol})
        if not series:
            raise NoRows(f"{self.function}: the body of {symbol} has no row.")
        return self._columns(series)

    def _only(self, parent: Any, name: str) -> Any:
        if not is_object(parent):
            raise UnknownShape(f"{self.function}: the member that should hold {name!r} is not an object.")
        found = [value for key, value in parent if plain_name(key) == plain_name(name)]
        if len(found) != 1:
            how_often = "is missing" if not found else f"is there {len(found)} times"
            raise UnknownShape(f"{self.function}: {name!r} {how_often}.", evidence={"members": [written(key) for key, _ in parent][:20]})
        return found[0]

    def _columns(self, series: Any) -> Series:
        if not is_object(series):
            raise UnknownShape(f"{self.function}: {self.series_key!r} is not an object.")
        columns: dict[str, list[str | None]] = {name: [] for name in self.row_keys}
        layouts: dict[tuple[str, ...], _Layout] = {}
        for session, row in series:
            if not is_object(row):
                raise UnknownShape(f"{self.function}: the row {written(session)!r} is not an object.")
            keys = tuple(key for key, _ in row)
            layout = layouts.get(keys)
            if layout is None:
                layout = layouts[keys] = self._layout(keys)
            for name, position in layout.positions:
                columns[name].append(None if position is None else written(row[position][1]))
        self._refuse_vanished(layouts.values())
        extra = {name: None for layout in layouts.values() for name in layout.extra}
        return Series([written(session) for session, _ in series], columns, tuple(extra))

    def _layout(self, keys: tuple[str, ...]) -> "_Layout":
        names = [plain_name(key) for key in keys]
        repeated = sorted({name for name in names if names.count(name) > 1} & set(self.row_keys))
        if repeated:
            raise UnknownShape(f"{self.function}: a row has {repeated[0]!r} more than once.", evidence={"row_keys": list(keys)})
        positions = tuple((name, names.index(name) if name in names else None) for name in self.row_keys)
        return _Layout(positions, tuple(written(name) for name in names if name not in self.row_keys))

    def _refuse_vanished(self, layouts: "Iterable[_Layout]") -> None:
        met = {name for layout in layouts for name, position in layout.positions if position is not None}
        vanished = [name for name in self.row_keys if name not in met]
        if vanished:
            raise UnknownShape(f"{self.function}: the column {vanished[0]!r} vanished.", evidence={"vanished": vanished})


@dataclass(frozen=True)
class _Layout:
    """Where the shape's row keys stand in rows with the same keys."""

    positions: tuple[tuple[str, int | None], ...]
    extra: tuple[str, ...]
