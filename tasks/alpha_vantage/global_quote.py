"""GLOBAL_QUOTE: the latest price of one symbol (https://www.alphavantage.co/documentation/#latestprice).

The member that holds it changes with the plan: ``Global Quote``, or ``Global Quote - DATA DELAYED BY 15 MINUTES``.
"""

from dataclasses import dataclass
from typing import Any, Final

from tasks.alpha_vantage.csv_text import CsvTable
from tasks.alpha_vantage.errors import AnotherSymbol, NoRows, UnknownShape
from tasks.alpha_vantage.json_text import is_object
from tasks.alpha_vantage.names import plain_name

_VALUES: Final = ("symbol", "open", "high", "low", "price", "volume", "latest trading day", "previous close", "change", "change percent")


@dataclass(frozen=True)
class QuoteShape:
    """What a quote looks like; the CSV spells two of the names in its own way."""

    function: str = "GLOBAL_QUOTE"

    def check(self, answer: Any, symbol: str) -> None:
        """Raises UnknownShape, AnotherSymbol or NoRows unless the answer is the asked symbol's quote."""
        quotes = [value for name, value in answer if plain_name(name).startswith("global quote")] if is_object(answer) else []
        if len(quotes) != 1 or not is_object(quotes[0]):
            raise UnknownShape("GLOBAL_QUOTE: 'Global Quote' is missing or not one object.")
        if not quotes[0]:
            raise NoRows(f"GLOBAL_QUOTE: the quote of {symbol} is empty.")
        self._check({plain_name(name): value for name, value in quotes[0]}, symbol)

    def check_csv(self, table: CsvTable, symbol: str) -> None:
        """The same for a CSV answer."""
        names = {"latestday": "latest trading day", "previousclose": "previous close", "changepercent": "change percent"}
        self._check(dict(zip((names.get(name, name) for name in table.header), table.rows[0], strict=True)), symbol)

    def _check(self, quote: dict[str, Any], symbol: str) -> None:
        for name in _VALUES:
            if name not in quote:
                raise UnknownShape(f"GLOBAL_QUOTE: the value {name!r} vanished.", evidence={"vanished": name})
        if str(quote["symbol"]).strip().casefold() != symbol.casefold():
            raise AnotherSymbol(f"GLOBAL_QUOTE: {symbol} was asked and the quote is another symbol's.", evidence={"asked": symbol})


SHAPE: Final = QuoteShape()
