"""DIVIDENDS: every dividend of one symbol, declared ones included (https://www.alphavantage.co/documentation/#dividends).

Free. Before about 2000 only the ex-dividend date is known; the others are the text ``None``, or absent.
"""

from collections.abc import Iterable
from typing import Final

from tasks.alpha_vantage.events import EventsShape
from tasks.alpha_vantage.parsing import Parsed, SetAside, read_table
from tasks.records import CapturedBody
from tasks.schema import PARSED_DIVIDENDS

_SIDE_DATES: Final = ("declaration date", "record date", "payment date")

SHAPE: Final = EventsShape("DIVIDENDS", ("ex dividend date", *_SIDE_DATES, "amount"), optional=frozenset(_SIDE_DATES))


def read_dividends(bodies: Iterable[CapturedBody], set_aside: SetAside | None = None) -> Parsed:
    """Parses captures into ``PARSED_DIVIDENDS``, one row a dividend; a symbol that never paid one has no row.

    Raises:
        UnknownShape: a body is not what it must be, and nobody sets it aside.
    """
    return read_table(bodies, PARSED_DIVIDENDS, lambda body: SHAPE.read(body.body, body.symbol), set_aside)
