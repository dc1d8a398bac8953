from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from tasks.alpha_vantage import overview
from tasks.curation.parquet import check_footer, to_parquet
from tasks.datasets.adjusted_prices import SCHEMA as ADJUSTED_PRICES
from tasks.datasets.adjusted_prices import curate_adjusted_prices
from tasks.datasets.dividends import SCHEMA as DIVIDENDS
from tasks.datasets.dividends import curate_dividends
from tasks.datasets.listings import SCHEMA as LISTINGS
from tasks.datasets.listings import curate_listings
from tasks.datasets.quotes import SCHEMA as QUOTES
from tasks.datasets.quotes import curate_quotes
from tasks.datasets.splits import SCHEMA as SPLITS
from tasks.datasets.splits import curate_splits
from tasks.quality import listings
from tasks.schema import PARSED_DAILY_ADJUSTED, PARSED_DIVIDENDS, PARSED_LISTINGS, PARSED_OVERVIEWS, PARSED_QUOTES, PARSED_SPLITS

MONDAY = datetime(2026, 1, 5, 22, tzinfo=UTC)
TUESDAY = datetime(2026, 1, 6, 22, tzinfo=UTC)


def rows(schema: pa.Schema, *values: dict[str, Any]) -> pa.Table:
    blank = dict.fromkeys(schema.names)
    texts = {name: "" for name in schema.names if name.endswith("_text")}
    return pa.Table.from_pylist([{**blank, **texts, "capture_key": "raw/a", "observed_at": MONDAY, **value} for value in values], schema)


def dividend(day: int, amount: str, **more: object) -> dict[str, Any]:
    return {"symbol": "IBM", "ex_dividend_date": date(2026, 1, day), "amount": Decimal(amount), **more}


def listing(symbol: str, ipo: date | None, **more: object) -> dict[str, Any]:
    plain = {"name": "A name", "exchange": "NYSE", "asset_type": "Stock", "status": "Active"}
    return {"symbol": symbol, "ipo_date": ipo, **plain, **more}


def test_two_dividends_of_one_date_and_answer_are_added_up() -> None:
    table = curate_dividends(rows(PARSED_DIVIDENDS, dividend(2, "1.5"), dividend(2, "0.25"), dividend(5, "1.5")))
    assert [(row["ex_date"].day, row["amount"]) for row in table.to_pylist()] == [(2, Decimal("1.75")), (5, Decimal("1.5"))]
    check_footer(to_parquet(table, DIVIDENDS), DIVIDENDS, rows=2)


def test_of_two_answers_the_newer_dividend_stands_and_nothing_is_added() -> None:
    older, newer = dividend(2, "1.5"), dividend(2, "1.6", observed_at=TUESDAY, capture_key="raw/b")
    (row,) = curate_dividends(rows(PARSED_DIVIDENDS, older, newer)).to_pylist()
    assert (row["amount"], row["capture_key"]) == (Decimal("1.6"), "raw/b")


def test_a_date_that_becomes_known_is_another_version_of_the_dividend() -> None:
    hashes = [
        curate_dividends(rows(PARSED_DIVIDENDS, dividend(2, "1.5", payment_date=paid))).column("row_hash")[0].as_py()
        for paid in (None, date(2026, 2, 1), date(2026, 2, 2))
    ]
    assert len(set(hashes)) == 3


def test_a_split_keeps_its_factor_to_the_last_digit() -> None:
    split = {"symbol": "AAPL", "effective_date": date(2014, 6, 9), "split_factor": Decimal("7.00000700001")}
    table = curate_splits(rows(PARSED_SPLITS, split))
    assert table.column("split_factor").to_pylist() == [Decimal("7.00000700001")]
    check_footer(to_parquet(table, SPLITS), SPLITS, rows=1)


def test_a_symbol_with_two_ipo_dates_is_two_listings_without_any_one() -> None:
    """A symbol with two IPO dates is two listings and one without is one."""
    table = curate_listings(
        rows(PARSED_LISTINGS, listing("X", date(2001, 1, 2)), listing("X", date(2020, 1, 2)), listing("Y", None), listing("Y", None))
    )
    keys = {(row["symbol"], row["ipo_date"]) for row in table.to_pylist()}
    assert keys == {("X", date(2001, 1, 2)), ("X", date(2020, 1, 2)), ("Y", None)}
    assert table.num_rows == 3
    check_footer(to_parquet(table, LISTINGS), LISTINGS, rows=3)


def test_a_name_loses_its_blanks_and_a_sector_comes_from_the_overview() -> None:
    overview = {"symbol": "IBM", "sector": " TECHNOLOGY ", "industry": "SERVICES"}
    table = curate_listings(
        rows(PARSED_LISTINGS, listing("IBM", None, name=" Machines&NBSP;Corp "), listing("NA", None, name=None)),
        rows(PARSED_OVERVIEWS, overview),
    )
    named = {row["symbol"]: (row["name"], row["sector"], row["industry"]) for row in table.to_pylist()}
    assert named == {"IBM": ("Machines Corp", "TECHNOLOGY", "SERVICES"), "NA": ("", None, None)}


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("Johnson &amp; Johnson", "Johnson & Johnson"),
        ("Dick&#39;s &#X26; O&apos;Neill", "Dick's & O'Neill"),
        ("Caf&eacute;&#160;Inc", "Café Inc"),
        ("AT&T", "AT&T"),
        ("M&GT Corp; P&L", "M&GT Corp; P&L"),
        ("A &nonsense; name", "A &nonsense; name"),
    ],
)
def test_a_name_is_kept_as_people_write_it(sent: str, name: str) -> None:
    assert curate_listings(rows(PARSED_LISTINGS, listing("IBM", None, name=sent))).column("name").to_pylist() == [name]


def test_sector_and_industry_are_no_part_of_a_listing_s_hash() -> None:
    plain = curate_listings(rows(PARSED_LISTINGS, listing("IBM", None)))
    known = curate_listings(rows(PARSED_LISTINGS, listing("IBM", None)), rows(PARSED_OVERVIEWS, {"symbol": "IBM", "sector": "TECHNOLOGY"}))
    assert plain.column("row_hash").to_pylist() == known.column("row_hash").to_pylist()


def test_of_two_quotes_the_newer_one_stands_for_its_symbol() -> None:
    prices = {name: Decimal("100.5") for name in ("open", "high", "low", "price", "previous_close")}
    older = {"symbol": "IBM", "latest_trading_day": date(2026, 1, 5), "volume": 10, "change": Decimal(0), **prices}
    newer = {**older, "price": Decimal(101), "change": Decimal("0.5"), "observed_at": TUESDAY, "capture_key": "raw/b"}
    table = curate_quotes(rows(PARSED_QUOTES, newer, older))
    assert [(row["session_date"], row["price"], row["change"]) for row in table.to_pylist()] == [(date(2026, 1, 5), 101, Decimal("0.5"))]
    check_footer(to_parquet(table, QUOTES), QUOTES, rows=1)


def test_an_adjusted_close_keeps_its_fourteenth_decimal() -> None:
    adjusted = Decimal("59.35999999999994")
    bar = {"symbol": "IBM", "session_date": date(2026, 1, 5), "close": Decimal(60), "adjusted_close": adjusted}
    given = rows(PARSED_DAILY_ADJUSTED, {**bar, "dividend_amount": Decimal(0), "split_coefficient": Decimal(1)})
    table = curate_adjusted_prices(given).table()
    assert table.column("adjusted_close").to_pylist() == [adjusted]
    check_footer(to_parquet(table, ADJUSTED_PRICES), ADJUSTED_PRICES, rows=1)


def test_what_is_let_through_of_a_listing_and_an_overview_fits_the_table() -> None:
    of_table = {column.name: column.redshift for column in LISTINGS.columns}
    widths = listings.WIDTHS | overview.WIDTHS
    assert {name: f"character varying({width})" for name, width in widths.items()} == {name: of_table[name] for name in widths}
