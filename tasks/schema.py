"""Table, file and parse schemas: columns and their types.

The Arrow schema of a curated file, the column list of COPY, the DDL of the table and the suite in ``expectations/`` are checked
against these objects, because COPY from Parquet goes by position and never by name
(https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html).
"""

import html
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

import pyarrow as pa

SYMBOL_BYTES: Final = 32
PRICE: Final = pa.decimal64(18, 6)
INSTANT: Final = pa.timestamp("us", tz="UTC")
ADJUSTED_PRICE: Final = pa.decimal128(38, 20)
"""Adjusted closes are printed as the shortest float, of late with 14 decimals (docs/decisions/0006-adjusted-closes.md)."""
FACTOR: Final = pa.decimal128(28, 13)
"""Dividend amounts and split factors; ``7.00000700001`` is one."""


@dataclass(frozen=True)
class Column:
    """One column of a curated file and of the stage it is copied into.

    Attributes:
        name: the same in Arrow, Parquet, the stage and the table.
        arrow: the type in the curated file.
        redshift: the type in the DDL, as ``pg_table_def`` spells it.
        nullable: whether a null may stand in it.
    """

    name: str
    arrow: pa.DataType
    redshift: str
    nullable: bool = False


class Freshness(StrEnum):
    """How a load is checked for answers that are older than they should be; a violation warns."""

    RECENT = "recent"
    """Every loaded symbol has a row of the week before the load's last date."""
    COMPLETE = "complete"
    """Every answer is the whole series, so the table holds no newer row of a loaded symbol, what is only announced aside."""


@dataclass(frozen=True)
class TableSchema:
    """A table that is loaded from curated files, and the columns of such a file.

    The statements of a load are made of it (``tasks/warehouse/templates.py``).

    Attributes:
        name: the folder under ``curated/`` and ``state/coverage/``.
        table: the qualified table.
        key: the columns that make a row unique.
        values: the columns whose change makes a revision; they alone enter ``row_hash``.
        columns: all columns of the curated file, in the order of COPY; ``symbol``, ``row_hash``, ``observed_at`` and ``capture_key`` among
            them.
        keeps_revisions: whether a row's former values are kept, in a table of the same name with ``_revision`` behind it.
        feeds_marts: whether the marts are made of it.
        is_retained_by_age: whether retention removes its old rows.
        freshness: the check that warns of an answer that is too old; None for none.
        row: what its checks call a row.
    """

    name: str
    table: str
    key: tuple[str, ...]
    values: tuple[str, ...]
    columns: tuple[Column, ...]
    keeps_revisions: bool = False
    feeds_marts: bool = False
    is_retained_by_age: bool = False
    freshness: Freshness | None = None
    row: str = "row"

    @property
    def folder(self) -> str:
        """The table without its schema: the folder of statements that it alone has."""
        return self.table.partition(".")[2]

    @property
    def revision(self) -> str:
        """The qualified table of former values; there only where ``keeps_revisions``."""
        return f"{self.table}_revision"

    @property
    def date(self) -> str | None:
        """The key's column that is always a date, by which the table is sorted and every load bounded; None where there is none."""
        dates = (column.name for column in self.columns if column.redshift == "date" and not column.nullable)
        return next((name for name in dates if name in self.key), None)

    @property
    def arrow(self) -> pa.Schema:
        """The Arrow schema of the curated file, columns in the order of COPY."""
        return pa.schema([pa.field(column.name, column.arrow, nullable=column.nullable) for column in self.columns])

    @property
    def column_names(self) -> tuple[str, ...]:
        """The explicit column list of COPY."""
        return tuple(column.name for column in self.columns)


SYMBOL: Final = Column("symbol", pa.string(), f"character varying({SYMBOL_BYTES})")
"""The first column of every table of market data."""

VERSION: Final = (
    Column("row_hash", pa.int64(), "bigint"),
    # INT96 in the file: INT64 timestamps have been read as the year 161065 (apache/arrow#38000). Stored without zone, always UTC.
    Column("observed_at", pa.timestamp("us"), "timestamp without time zone"),
    Column("capture_key", pa.string(), "character varying(512)"),
)
"""The last columns of every table of market data: what a change is seen by, and where the row came from."""

QUARANTINED_BARS: Final = TableSchema(
    name="quarantined_bars",
    table="ops.quarantined_bar",
    key=("identity",),
    values=(),
    row="bar",
    columns=(
        Column("identity", pa.string(), "character varying(64)"),
        Column("dataset", pa.string(), "character varying(64)"),
        # A quarantined value may be anything, so its strings are cut to their column; they are whole under quarantine/.
        Column("symbol", pa.string(), "character varying(256)"),
        Column("session_text", pa.string(), "character varying(256)"),
        Column("received", pa.string(), "character varying(8192)"),
        Column("reasons", pa.string(), "character varying(2048)"),
        Column("observed_at", pa.timestamp("us"), "timestamp without time zone"),
        Column("capture_key", pa.string(), "character varying(512)"),
    ),
)
"""Quarantined rows of every dataset on their way to ``ops.quarantined_bar``."""

_ORIGIN: Final["list[pa.Field[Any]]"] = [
    pa.field("observed_at", INSTANT, nullable=False),
    pa.field("capture_key", pa.string(), nullable=False),
]


def parsed_schema(texts: Sequence[str], typed: Mapping[str, pa.DataType], names: Sequence[str] = ()) -> pa.Schema:
    """A parsed table: the symbol, the strings as received, names that need no type, typed columns, the origin.

    A string is kept exactly as received; a value that was no JSON string as its JSON text; null where the key was absent. A typed column
    is null where the string does not fit it exactly; nothing is rounded.
    """
    return pa.schema(
        [
            pa.field("symbol", pa.string(), nullable=False),
            *(pa.field(f"{text}_text", pa.string(), nullable=text != "session") for text in texts),
            *(pa.field(name, pa.string()) for name in names),
            *(pa.field(name, data_type) for name, data_type in typed.items()),
            *_ORIGIN,
        ],
    )


POSITION: Final = "position"
"""Which row of its body a row is, from 0; the column that finds its strings again."""

_NAMES: Final = ("symbol", "capture_key")


def without_texts(schema: pa.Schema) -> pa.Schema:
    """A parsed table whose strings as received may be read again from the captures.

    ``symbol`` and ``capture_key`` are dictionaries, the strings may be null, and ``position`` comes last.
    """
    names = pa.dictionary(pa.int32(), pa.string())
    fields = [
        pa.field(field.name, names, nullable=False)
        if field.name in _NAMES
        else field.with_nullable(nullable=field.nullable or field.name.endswith("_text"))
        for field in schema
    ]
    return pa.schema([*fields, pa.field(POSITION, pa.int32(), nullable=False)])


_BAR: Final[Mapping[str, pa.DataType]] = {"session_date": pa.date32(), "open": PRICE, "high": PRICE, "low": PRICE, "close": PRICE}

PARSED_DAILY_PRICES: Final = parsed_schema(("session", "open", "high", "low", "close", "volume"), {**_BAR, "volume": pa.int64()})
"""What ``parse`` gives: one row a bar, raw strings beside typed columns, each row with the key of its capture."""

PARSED_ADJUSTED_PERIODS: Final = parsed_schema(
    ("session", "open", "high", "low", "close", "adjusted_close", "volume", "dividend_amount"),
    {**_BAR, "adjusted_close": ADJUSTED_PRICE, "volume": pa.int64(), "dividend_amount": FACTOR},
)
"""Adjusted weeks or months; the session is the period's last so far, and that of the running period moves. Raw ones are daily prices."""

PARSED_DAILY_ADJUSTED: Final = parsed_schema(
    ("session", "open", "high", "low", "close", "adjusted_close", "volume", "dividend_amount", "split_coefficient"),
    {**_BAR, "adjusted_close": ADJUSTED_PRICE, "volume": pa.int64(), "dividend_amount": FACTOR, "split_coefficient": FACTOR},
)
"""Daily prices with adjusted closes, dividends and splits: one row a bar."""

PARSED_DIVIDENDS: Final = parsed_schema(
    ("ex_dividend_date", "declaration_date", "record_date", "payment_date", "amount"),
    {
        "ex_dividend_date": pa.date32(),
        "declaration_date": pa.date32(),
        "record_date": pa.date32(),
        "payment_date": pa.date32(),
        "amount": FACTOR,
    },
)
"""One row a dividend; a date the API does not know is the text ``None`` and null."""

PARSED_SPLITS: Final = parsed_schema(("effective_date", "split_factor"), {"effective_date": pa.date32(), "split_factor": FACTOR})
"""One row a split; spin-offs come as factors such as 1.046."""

PARSED_LISTINGS: Final = parsed_schema(
    ("ipo_date", "delisting_date"),
    {"ipo_date": pa.date32(), "delisting_date": pa.date32()},
    names=("name", "exchange", "asset_type", "status"),
)
"""One row a listing; the symbol is the row's own."""

PARSED_OVERVIEWS: Final = parsed_schema(
    ("latest_quarter", "shares_outstanding", "market_capitalization"),
    {"latest_quarter": pa.date32(), "shares_outstanding": pa.int64(), "market_capitalization": pa.int64()},
    names=("name", "asset_type", "exchange", "currency", "country", "sector", "industry", "fiscal_year_end"),
)
"""One row a company; what the other fifty members say stays in the capture."""

PARSED_QUOTES: Final = parsed_schema(
    ("open", "high", "low", "price", "volume", "latest_trading_day", "previous_close", "change", "change_percent"),
    {
        "open": PRICE,
        "high": PRICE,
        "low": PRICE,
        "price": PRICE,
        "volume": pa.int64(),
        "latest_trading_day": pa.date32(),
        "previous_close": PRICE,
        "change": PRICE,
    },
    names=("member",),
)
"""One row a quote; ``member`` says whether it is delayed. The change in per cent ("0.4259%") follows from the others and stays text."""


_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")
_GIVEN: Final = (
    "(?:advised|announced|applicable|avail(?:able)?|classified|confirmed|decided|declared|determined|disclosed|entered|found|given|known"
    "|listed|provided|published|recorded|reported|set|specified|stated|supplied)"
)
_NOUN: Final = "(?:currency|data|date|entry|field|industry|info|information|name|sector|string|text|value)"
_BLANK_WORDS: Final = (
    "n|n ?[adks]|nan|nat|nil|null|none|nothing|undefined|undetermined|unknown|unkn?|unset|void|false|missing|empty|blank"
    "|(?:currently |temporarily )?unavail(?:able)?|unspecified|undisclosed|unclassified|withheld|redacted|pending|t ?b ?[acd]|nodata"
    f"|(?:unknown|missing|empty|blank|null|none|invalid) {_NOUN}|ref|div 0|inf(?:inity)?|x{{2,}}|y{{2,4}}|m{{2}}|d{{2}}"
    f"|(?:(?:yet )?to|will) be {_GIVEN}|(?:{_NOUN} )?not ?(?:yet )?{_GIVEN}(?: yet| at this time)?"
    f"|(?:no|none) (?:[a-z]+ )?{_NOUN}(?: {_GIVEN})?|(?:no|none) (?:yet|{_GIVEN})"
)
_ZERO_DAYS: Final = "0001 01 01|1899 12 3[01]|1900 01 0[01]|1970 01 01"
"""What a date of zero is in databases, spreadsheets and clocks; no exchange trades on a New Year's Day."""
_NOTHING: Final = re.compile(
    rf"(?:{_BLANK_WORDS})(?: (?:{_BLANK_WORDS}))*|0[0t ]*z?|(?:{_ZERO_DAYS})[0t ]*z?|9999 (?:12 31|99 99)[0-9t ]*z?"
)
"""Words that say "nothing", once or repeated, dates and numbers of nothing but zeros, and the first and last dates of calendars; in the
form of :func:`is_blank`."""
_KEPT_READ: Final = 32_768
_LONGEST_KEPT: Final = 100
"""Characters. Short texts come again and again (a sector, a date); a long one is read each time and never kept."""


def is_blank(text: str | None) -> bool:
    """Whether a side field (a date beside an event, a sector, a name) says no more than that there is no value.

    Never asked of a symbol: NA, NAN and NULL are companies.

    Args:
        text: as received; None where the member is absent.
    """
    if text is None:
        return True
    return _is_nothing(text) if len(text) <= _LONGEST_KEPT else _is_nothing.__wrapped__(text)


@lru_cache(maxsize=_KEPT_READ)
def _is_nothing(text: str) -> bool:
    """Compares words alone: case, width, dashes, blanks and signs around or between them do not matter."""
    words = _BETWEEN_WORDS.sub(" ", unicodedata.normalize("NFKC", html.unescape(text))).strip().casefold()
    return not words or _NOTHING.fullmatch(words) is not None


def unless_blank(text: str | None) -> str | None:
    """The text of a side field, or None where it says that there is none; see :func:`is_blank`."""
    return None if is_blank(text) else text
