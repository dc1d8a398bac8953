"""GLOBAL_QUOTE: the latest price of one symbol (https://www.alphavantage.co/documentation/#latestprice).

The member that holds it changes with the plan: ``Global Quote``, or ``Global Quote - DATA DELAYED BY 15 MINUTES``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from tasks.alpha_vantage.csv_text import CsvTable
from tasks.alpha_vantage.errors import NoRows, UnknownShape
from tasks.alpha_vantage.json_text import is_object, read_json, written
from tasks.alpha_vantage.names import plain_name
from tasks.alpha_vantage.parsing import Parsed, SetAside, read_table
from tasks.alpha_vantage.rows import Rows, check_symbol, columns_of
from tasks.records import CapturedBody
from tasks.schema import PARSED_QUOTES

_VALUES: Final = ("symbol", "open", "high", "low", "price", "volume", "latest trading day", "previous close", "change", "change percent")
_OPTIONAL: Final = frozenset({"change percent"})
"""It follows from the others and is not loaded."""
_CSV_NAMES: Final = {"latestday": "latest trading day", "previousclose": "previous close", "changepercent": "change percent"}


@dataclass(frozen=True)
class QuoteShape:
    """What a quote looks like; the CSV spells three of the names in its own way."""

    function: str = "GLOBAL_QUOTE"
    csv_header: str = "symbol,open,high,low,price,volume,latestDay,previousClose,change,changePercent"

    def check(self, answer: Any, symbol: str) -> None:
        """Raises what ``rows`` raises."""
        self.rows(answer, symbol)

    def check_csv(self, table: CsvTable, symbol: str) -> None:
        """The same for a CSV answer."""
        names = [_CSV_NAMES.get(name, name) for name in table.header]
        self._columns(tuple(zip(names, table.rows[0], strict=True)), symbol)

    def rows(self, answer: Any, symbol: str) -> Rows:
        """The one row of an answer.

        Raises:
            UnknownShape: there is not one quote, or a value vanished or is there twice.
            AnotherSymbol: it is another symbol's.
            NoRows: the quote is empty.
        """
        quotes = [(name, value) for name, value in answer if plain_name(name).startswith("global quote")] if is_object(answer) else []
        if len(quotes) != 1 or not is_object(quotes[0][1]):
            raise UnknownShape(f"{self.function}: 'Global Quote' is missing or not one object.")
        member, quote = quotes[0]
        if not quote:
            raise NoRows(f"{self.function}: the quote of {symbol} is empty.")
        rows = self._columns(quote, symbol)
        columns = {name: texts for name, texts in rows.columns.items() if name != "symbol"}
        return Rows({"member": [written(member)], **columns}, rows.extra)

    def _columns(self, quote: Any, symbol: str) -> Rows:
        rows = columns_of(self.function, [quote], _VALUES, _OPTIONAL)
        check_symbol(self.function, rows.columns["symbol"][0], symbol)
        return rows


SHAPE: Final = QuoteShape()


def read_quotes(bodies: Iterable[CapturedBody], set_aside: SetAside | None = None) -> Parsed:
    """Parses captures into ``PARSED_QUOTES``, one row a quote.

    Raises:
        UnknownShape: a body is not what it must be, and nobody sets it aside.
    """
    return read_table(bodies, PARSED_QUOTES, lambda body: SHAPE.rows(read_json(body.body), body.symbol), set_aside)
