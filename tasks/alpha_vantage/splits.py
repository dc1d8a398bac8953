"""SPLITS: every split of one symbol (https://www.alphavantage.co/documentation/#splits).

Free. A factor of 4 makes four shares of one; spin-offs come as odd factors such as 1.046.
"""

from collections.abc import Iterable
from typing import Final

from tasks.alpha_vantage.events import EventsShape
from tasks.alpha_vantage.parsing import Parsed, SetAside, read_table
from tasks.records import CapturedBody
from tasks.schema import PARSED_SPLITS

SHAPE: Final = EventsShape("SPLITS", ("effective date", "split factor"))


def read_splits(bodies: Iterable[CapturedBody], set_aside: SetAside | None = None) -> Parsed:
    """Parses captures into ``PARSED_SPLITS``, one row a split; a symbol that never split has no row.

    Raises:
        UnknownShape: a body is not what it must be, and nobody sets it aside.
    """
    return read_table(bodies, PARSED_SPLITS, lambda body: SHAPE.read(body.body, body.symbol), set_aside)
