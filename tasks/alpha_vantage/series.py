"""The shape shared by all time series of the API, and its reader.

A series is an object of rows keyed by session, newest first, beside an object of metadata. The same series key serves different endpoints
(the adjusted and the raw daily prices are both "Time Series (Daily)"), so the row keys must be there as well.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from tasks.alpha_vantage.csv_text import CsvTable
from tasks.alpha_vantage.errors import NoRows, UnknownShape
from tasks.alpha_vantage.json_text import JsonObject, all_written, is_object, read_json
from tasks.alpha_vantage.rows import Rows, check_symbol, columns_of, only_member

SESSION_TEXT: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?: \d{2}:\d{2}(?::\d{2})?)?", re.ASCII)
"""A session as the API writes it; with a time of day where the bar was taken while the exchange was open."""

SESSION: Final = "session"
"""The column that holds the key of every row."""


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

    @property
    def csv_header(self) -> str:
        """The first line of a CSV answer."""
        return ",".join(("timestamp", *self.row_keys)).replace(" ", "_")

    def read(self, body: bytes, symbol: str) -> Rows:
        """Reads a body; see ``check`` and ``rows`` for what it raises."""
        return self.rows(read_json(body), symbol)

    def check(self, answer: JsonObject, symbol: str) -> None:
        """Raises what ``rows`` raises, and UnknownShape where not one row is keyed by a session."""
        keys = self.rows(answer, symbol).columns[SESSION]
        if not any(SESSION_TEXT.fullmatch(key or "") for key in keys):
            raise UnknownShape(f"{self.function}: no row is keyed by a session.", evidence={"first": keys[0]})

    def check_csv(self, table: CsvTable, symbol: str) -> None:
        """Raises UnknownShape unless a CSV answer has the columns and a session in every row; it names no symbol to compare."""
        for name in ("timestamp", *self.row_keys):
            if table.header.count(name) != 1:
                raise UnknownShape(f"{self.function}: the column {name!r} of {symbol} is missing.", evidence={"header": list(table.header)})
        position = table.header.index("timestamp")
        if not all(SESSION_TEXT.fullmatch(row[position]) for row in table.rows):
            raise UnknownShape(f"{self.function}: a row of {symbol} is not keyed by a session.")

    def rows(self, answer: Any, symbol: str) -> Rows:
        """Reads the rows of an answer, in the order sent, days that it repeats included.

        Args:
            answer: what ``read_json`` gave.
            symbol: the requested symbol; compared without regard to case.

        Raises:
            UnknownShape: a part or a row key is missing, or is there more than once.
            AnotherSymbol: the metadata name another symbol.
            NoRows: the series is empty.
        """
        if not is_object(answer):
            raise UnknownShape(f"{self.function}: the body is not an object.")
        series = only_member(self.function, answer, self.series_key)
        check_symbol(self.function, only_member(self.function, only_member(self.function, answer, "Meta Data"), "Symbol"), symbol)
        if not series:
            raise NoRows(f"{self.function}: the body of {symbol} has no row.")
        if not is_object(series):
            raise UnknownShape(f"{self.function}: {self.series_key!r} is not an object.")
        keys = all_written([key for key, _ in series])
        rows = columns_of(self.function, [row for _, row in series], self.row_keys)
        return Rows({SESSION: keys, **rows.columns}, rows.extra)
