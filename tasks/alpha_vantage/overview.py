"""OVERVIEW: what a company is and does (https://www.alphavantage.co/documentation/#company-overview).

Free. A flat object whose members come and go over the years (59 in 2020, 46 in 2021, 55 in 2026), so one that is absent says as much as a
null, unless all that a listing takes over are; a member that is neither loaded nor known is drift. Funds have no overview: the API
answers ``{}``, which is an EmptyAnswer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from tasks.alpha_vantage.csv_text import CsvTable
from tasks.alpha_vantage.errors import UnknownShape
from tasks.alpha_vantage.json_text import is_object, read_json
from tasks.alpha_vantage.names import plain_name
from tasks.alpha_vantage.parsing import Parsed, SetAside, read_table
from tasks.alpha_vantage.rows import Rows, check_symbol, columns_of, only_member
from tasks.records import CapturedBody
from tasks.schema import PARSED_OVERVIEWS

_LOADED: Final = {
    "name": "name",
    "assettype": "asset type",
    "exchange": "exchange",
    "currency": "currency",
    "country": "country",
    "sector": "sector",
    "industry": "industry",
    "fiscalyearend": "fiscal year end",
    "latestquarter": "latest quarter",
    "sharesoutstanding": "shares outstanding",
    "marketcapitalization": "market capitalization",
}
_READ_PAST: Final = frozenset(
    """
    symbol description cik address officialsite ebitda peratio pegratio bookvalue dividendpershare dividendyield eps revenuepersharettm
    profitmargin operatingmarginttm returnonassetsttm returnonequityttm revenuettm grossprofitttm dilutedepsttm quarterlyearningsgrowthyoy
    quarterlyrevenuegrowthyoy analysttargetprice analystratingstrongbuy analystratingbuy analystratinghold analystratingsell
    analystratingstrongsell trailingpe forwardpe pricetosalesratiottm pricetobookratio evtorevenue evtoebitda beta 52weekhigh 52weeklow
    50daymovingaverage 200daymovingaverage sharesfloat percentinsiders percentinstitutions dividenddate exdividenddate
    """.split(),  # noqa: SIM905 - forty-four words read better as words
)

WIDTHS: Final = {"sector": 128, "industry": 128, "currency": 16}
"""The bytes that the table has for a text; a longer one is none of these."""


@dataclass(frozen=True)
class OverviewShape:
    """What an overview looks like."""

    function: str = "OVERVIEW"
    csv_header: str = ""

    def check(self, answer: Any, symbol: str) -> None:
        """Raises what ``rows`` raises."""
        self.rows(answer, symbol)

    def check_csv(self, table: CsvTable, symbol: str) -> None:
        """Raises UnknownShape: an overview never comes as CSV."""
        raise UnknownShape(f"{self.function}: the overview of {symbol} came as CSV.", evidence={"header": list(table.header)})

    def rows(self, answer: Any, symbol: str) -> Rows:
        """The one row of an answer.

        Raises:
            UnknownShape: sector, industry and currency vanished; one of them is no text or is longer than any of its kind; a loaded member
                is there twice.
            AnotherSymbol: the body names another symbol.
        """
        check_symbol(self.function, only_member(self.function, answer, "Symbol"), symbol)
        rows = columns_of(self.function, [answer], tuple(_LOADED), _LOADED.keys())
        columns = {column: rows.columns[name] for name, column in _LOADED.items()}
        if all(columns[name][0] is None for name in WIDTHS):
            raise UnknownShape(
                f"{self.function}: sector, industry and currency of {symbol} vanished.", evidence={"members": list(rows.extra)}
            )
        nested = [plain_name(name) for name, value in answer if value and (is_object(value) or isinstance(value, list))]
        if not WIDTHS.keys().isdisjoint(nested):
            raise UnknownShape(f"{self.function}: the {min(WIDTHS.keys() & set(nested))} of {symbol} is not a text.")
        for column, longest in WIDTHS.items():
            size = len((columns[column][0] or "").encode())
            if size > longest:
                raise UnknownShape(f"{self.function}: the {column} of {symbol} has {size} bytes; {longest} is the most.")
        return Rows(columns, tuple(name for name in rows.extra if plain_name(name) not in _READ_PAST))


SHAPE: Final = OverviewShape()


def read_overviews(bodies: Iterable[CapturedBody], set_aside: SetAside | None = None) -> Parsed:
    """Parses captures into ``PARSED_OVERVIEWS``, one row a company.

    Raises:
        UnknownShape: a body is not what it must be, and nobody sets it aside.
    """
    return read_table(bodies, PARSED_OVERVIEWS, lambda body: SHAPE.rows(read_json(body.body), body.symbol), set_aside)
