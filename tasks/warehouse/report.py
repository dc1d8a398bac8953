"""What the warehouse knows of symbols for the report of a run: splits, dividends and restated bars."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, cast

from redshift_connector import Connection

from tasks.warehouse.errors import StatementFailed
from tasks.warehouse.execution import fetch, session
from tasks.warehouse.server_errors import DRIVER_ERRORS, read_server_error
from tasks.warehouse.statements import statement

What = Literal["dividend", "split", "restated"]


@dataclass(frozen=True)
class Happened:
    """Something that happened to a symbol's bars: when, what, and the detail in words."""

    symbol: str
    session: date
    what: What
    words: str


def what_happened(open_connection: Callable[[], Connection], symbols: Iterable[str], since: date) -> tuple[Happened, ...]:
    """What happened to the bars of symbols since a session, by symbol and then by session.

    Args:
        open_connection: gives a fresh session, which is closed afterwards.
        symbols: whose.
        since: the first session that counts.

    Raises:
        StatementFailed: the tables could not be read.
        ConnectionRefused: there was no session.
    """
    with session(open_connection) as connection:
        return tuple(_happened(connection, symbols, since))


def _happened(connection: Connection, symbols: Iterable[str], since: date) -> Iterator[Happened]:
    text = statement("fact_daily_price", "happened")
    for symbol in symbols:
        try:
            rows = fetch(connection, text, (symbol, since) * 3)
        except DRIVER_ERRORS as error:
            failure = read_server_error(error)
            raise StatementFailed(f"Events of {symbol} could not be read: {failure.line}", "Run: tickerhouse migrate") from error
        for day, what, words in rows:
            which = cast("What", what)
            times = f"restated {'once' if words == '1' else f'{words} times'}"
            yield Happened(symbol, day, which, times if which == "restated" else f"{Decimal(words).normalize():f}")
