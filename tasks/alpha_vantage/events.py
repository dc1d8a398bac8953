"""The shape that dividends and splits share: an object that names its symbol and lists events under ``data``, newest first.

An empty list is an answer: the symbol has had no such event.
"""

from dataclasses import dataclass
from typing import Any

from tasks.alpha_vantage.csv_text import CsvTable
from tasks.alpha_vantage.errors import UnknownShape
from tasks.alpha_vantage.json_text import read_json
from tasks.alpha_vantage.rows import Rows, check_symbol, columns_of, only_member


@dataclass(frozen=True)
class EventsShape:
    """What an endpoint's list of events looks like.

    Attributes:
        function: the API function.
        row_keys: the names of an event's values, plain.
        optional: those of them that may be absent from every event, which says as much as a null.
    """

    function: str
    row_keys: tuple[str, ...]
    optional: frozenset[str] = frozenset()

    @property
    def csv_header(self) -> str:
        """The first line of a CSV answer."""
        return ",".join(self.row_keys).replace(" ", "_")

    def read(self, body: bytes, symbol: str) -> Rows:
        """Reads a body; see ``rows`` for what it raises."""
        return self.rows(read_json(body), symbol)

    def check(self, answer: Any, symbol: str) -> None:
        """Raises what ``rows`` raises."""
        self.rows(answer, symbol)

    def check_csv(self, table: CsvTable, symbol: str) -> None:
        """Raises UnknownShape unless a CSV answer has the columns; it names no symbol to compare."""
        for name in self.row_keys:
            if table.header.count(name) not in ({0, 1} if name in self.optional else {1}):
                raise UnknownShape(f"{self.function}: the column {name!r} of {symbol} is missing.", evidence={"header": list(table.header)})

    def rows(self, answer: Any, symbol: str) -> Rows:
        """Reads the events of an answer, in the order sent; none where the list is empty.

        Args:
            answer: what ``read_json`` gave.
            symbol: the requested symbol.

        Raises:
            UnknownShape: a part or a value of the events that is not optional is missing, or any is there more than once.
            AnotherSymbol: the body names another symbol.
        """
        check_symbol(self.function, only_member(self.function, answer, "symbol"), symbol)
        events = only_member(self.function, answer, "data")
        if not isinstance(events, list):
            raise UnknownShape(f"{self.function}: 'data' is not a list.")
        return columns_of(self.function, events, self.row_keys, self.optional)
