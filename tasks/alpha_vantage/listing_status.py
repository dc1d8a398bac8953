"""LISTING_STATUS: every listed or delisted symbol of the US exchanges (https://www.alphavantage.co/documentation/#listing-status).

Free, CSV only, without a symbol to compare: the shape must decide. Symbols are real that elsewhere mean nothing (``NA``, ``NAN``, ``TRUE``,
``-P-HIZ``), so no value is taken for missing but the dates' ``null``; names keep their blanks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tasks.alpha_vantage.csv_text import CsvTable, read_csv
from tasks.alpha_vantage.errors import UnknownShape
from tasks.alpha_vantage.parsing import Parsed, SetAside, read_table
from tasks.alpha_vantage.rows import Rows
from tasks.records import CapturedBody
from tasks.schema import PARSED_LISTINGS

_NAMES: Final = {"assettype": "asset type", "ipodate": "ipo date", "delistingdate": "delisting date"}
_COLUMNS: Final = ("symbol", "name", "exchange", "asset type", "ipo date", "delisting date", "status")
_STATES: Final = frozenset({"active", "delisted"})


@dataclass(frozen=True)
class ListingShape:
    """What the list looks like."""

    function: str = "LISTING_STATUS"
    csv_header: str = "symbol,name,exchange,assetType,ipoDate,delistingDate,status"

    def check(self, answer: Any, symbol: str) -> None:
        """Raises UnknownShape: the list never comes as JSON."""
        del answer, symbol
        raise UnknownShape(f"{self.function}: the answer is JSON, and the list comes as CSV.")

    def check_csv(self, table: CsvTable, symbol: str) -> None:
        """Raises what ``rows`` raises."""
        del symbol
        self.rows(table)

    def rows(self, table: CsvTable) -> Rows:
        """The listings of a CSV answer.

        Raises:
            UnknownShape: a column vanished or is there twice, or no row has a symbol, or a known status. A single row that lacks them, or
                is not as long as the header, is for validation to quarantine.
        """
        header = [_NAMES.get(name, name) for name in table.header]
        for name in _COLUMNS:
            if header.count(name) != 1:
                how = "vanished" if name not in header else "is there more than once"
                raise UnknownShape(f"{self.function}: the column {name!r} {how}.", evidence={"header": list(table.header)})
        rows = [row if len(row) == len(header) else _as_one_text(row, header) for row in table.rows]
        columns = {name: [row[position] for row in rows] for position, name in enumerate(header)}
        if not any(columns["symbol"]):
            raise UnknownShape(f"{self.function}: no row has a symbol.")
        states = set(columns["status"])
        if not any(status.strip().lower() in _STATES for status in states):
            raise UnknownShape(f"{self.function}: no status is active or delisted.", evidence={"found": sorted(states)[:20]})
        return Rows({name: columns[name] for name in _COLUMNS}, tuple(name for name in header if name not in _COLUMNS))


def _as_one_text(row: Sequence[str], header: Sequence[str]) -> list[str]:
    """A row whose cells belong to no column: all of it stands as the name, beside its symbol, and it has no status."""
    values = {"symbol": "".join(row[header.index("symbol") :][:1]), "name": ",".join(row)}
    return [values.get(name, "") for name in header]


SHAPE: Final = ListingShape()


def read_listing_status(bodies: Iterable[CapturedBody], set_aside: SetAside | None = None) -> Parsed:
    """Parses captures into ``PARSED_LISTINGS``, one row a listing.

    Raises:
        UnknownShape: a body is not what it must be, and nobody sets it aside.
    """
    return read_table(bodies, PARSED_LISTINGS, lambda body: SHAPE.rows(read_csv(body.body, is_strict=False)), set_aside)
