import csv
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pytest

from tasks.alpha_vantage.classify import recognise
from tasks.alpha_vantage.daily import read_daily
from tasks.alpha_vantage.daily_adjusted import read_daily_adjusted
from tasks.alpha_vantage.dividends import read_dividends
from tasks.alpha_vantage.endpoints import shape_of
from tasks.alpha_vantage.errors import AnotherSymbol, UnknownShape
from tasks.alpha_vantage.global_quote import read_quotes
from tasks.alpha_vantage.listing_status import read_listing_status
from tasks.alpha_vantage.monthly import read_monthly
from tasks.alpha_vantage.monthly_adjusted import read_monthly_adjusted
from tasks.alpha_vantage.overview import read_overviews
from tasks.alpha_vantage.parsing import Parsed, drift_warnings
from tasks.alpha_vantage.splits import read_splits
from tasks.alpha_vantage.weekly import read_weekly
from tasks.alpha_vantage.weekly_adjusted import read_weekly_adjusted
from tasks.lake.keys import raw_key, sha256_of
from tasks.records import Call, CapturedBody

ROOT = Path(__file__).resolve().parents[3]
FIXTURES = Path(__file__).parents[1] / "fixtures"
RECORDED = ROOT / ".." / "shared" / "recorded"
needs_recorded = pytest.mark.skipif(not RECORDED.exists(), reason="recorded answers are not beside this checkout")

NOON = datetime(2026, 5, 17, 12, tzinfo=UTC)
READERS: dict[str, Callable[[list[CapturedBody]], Parsed]] = {
    "TIME_SERIES_DAILY": read_daily,
    "TIME_SERIES_DAILY_ADJUSTED": read_daily_adjusted,
    "TIME_SERIES_WEEKLY": read_weekly,
    "TIME_SERIES_WEEKLY_ADJUSTED": read_weekly_adjusted,
    "TIME_SERIES_MONTHLY": read_monthly,
    "TIME_SERIES_MONTHLY_ADJUSTED": read_monthly_adjusted,
    "DIVIDENDS": read_dividends,
    "SPLITS": read_splits,
    "LISTING_STATUS": read_listing_status,
    "OVERVIEW": read_overviews,
    "GLOBAL_QUOTE": read_quotes,
}
FILES = [pytest.param(file, id=f"{file.parent.name}/{file.name}") for file in sorted(FIXTURES.glob("*/*.*"))]


def call_of(file: Path) -> Call:
    function = file.parent.name.upper()
    symbol = "" if function == "LISTING_STATUS" else unquote(file.stem).upper().removesuffix("-DELAYED")
    return Call(function, symbol)


def body(file: Path) -> CapturedBody:
    return CapturedBody(call_of(file).symbol, "raw/a", NOON, file.read_bytes())


def rows(function: str, name: str) -> list[dict[str, Any]]:
    return READERS[function]([body(FIXTURES / function.lower() / name)]).table.to_pylist()


def changed(function: str, name: str, change: Callable[[Any], object]) -> CapturedBody:
    answer = json.loads((FIXTURES / function.lower() / name).read_text())
    change(answer)
    return CapturedBody("IBM", "raw/a", NOON, json.dumps(answer).encode())


def test_every_endpoint_has_fixtures_and_every_fixture_its_endpoint() -> None:
    assert {folder.name.upper() for folder in FIXTURES.iterdir()} == set(READERS)


@pytest.mark.parametrize("function", READERS)
def test_an_endpoint_is_one_short_module_named_after_its_function(function: str) -> None:
    shape = shape_of(function)
    assert shape is not None
    assert shape.function == function
    file = ROOT / "tasks" / "alpha_vantage" / f"{function.removeprefix('TIME_SERIES_').lower()}.py"
    assert len(file.read_text().splitlines()) < 150


def test_what_is_no_endpoint_has_no_shape() -> None:
    assert [shape_of(name) for name in ("CLIENT", "SCRUB", "", "NO_SUCH", "../daily", "TIME_SERIES_DIVIDENDS")] == [None] * 6


@pytest.mark.parametrize("file", FILES)
def test_every_fixture_is_recognised_as_data_and_read_without_drift(file: Path) -> None:
    assert recognise(call_of(file), 200, "", file.read_bytes()) is None
    parsed = READERS[file.parent.name.upper()]([body(file)])
    assert parsed.drift == {}
    assert parsed.table.num_rows > 0 or b'"data": []' in file.read_bytes()
    assert set(parsed.table["capture_key"].to_pylist()) <= {"raw/a"}


@pytest.mark.parametrize("file", [file for file in FILES if "listing" not in str(file.id)])
def test_a_fixture_asked_for_another_symbol_is_refused(file: Path) -> None:
    refusal = recognise(Call(call_of(file).function, "OTHER"), 200, "", file.read_bytes())
    assert type(refusal).__name__ == "WrongSymbol"
    with pytest.raises(AnotherSymbol):
        READERS[file.parent.name.upper()]([CapturedBody("OTHER", "raw/a", NOON, file.read_bytes())])


@pytest.mark.parametrize("symbol", ["NA", "NAN", "BRK-B", "ACWV:BAT", "-P-HIZ"])
def test_symbols_that_mean_something_elsewhere_survive_call_key_and_table(symbol: str) -> None:
    name = {"ACWV:BAT": "acwv%3Abat", "-P-HIZ": "%2Dp-hiz"}.get(symbol, symbol.lower())
    file = FIXTURES / "time_series_daily" / f"{name}.json"
    assert Call("TIME_SERIES_DAILY", symbol).query["symbol"] == symbol
    assert recognise(Call("TIME_SERIES_DAILY", symbol), 200, "", file.read_bytes()) is None
    key = raw_key("TIME_SERIES_DAILY", symbol, "0" * 64, NOON)
    assert sha256_of(key) == "0" * 64
    assert unquote(key.rpartition("/")[2]).startswith(f"{symbol}-")
    table = read_daily([CapturedBody(symbol, key, NOON, file.read_bytes())]).table
    assert table["symbol"].to_pylist() == [symbol, symbol]
    assert symbol in {row["symbol"] for row in rows("LISTING_STATUS", "active.csv")}


def test_an_adjusted_close_is_exact_to_the_last_of_its_decimals() -> None:
    bar = rows("TIME_SERIES_DAILY_ADJUSTED", "ibm.json")[1]
    assert (bar["adjusted_close_text"], bar["adjusted_close"]) == ("176.03999999999996", Decimal("176.03999999999996"))
    assert (bar["close"], bar["dividend_amount"], bar["split_coefficient"]) == (Decimal("176.04"), Decimal(0), Decimal(1))
    assert bar["session_date"] == date(2026, 5, 14)


@needs_recorded
def test_every_recorded_adjusted_close_and_split_fits_to_the_last_digit() -> None:
    shape = ("open", "high", "low", "close", "adjusted_close", "volume", "dividend_amount", "split_coefficient")
    lengths = set()
    for file in sorted((RECORDED / "prices").glob("time_series_daily_adjusted-ibm-*.csv")):
        recorded = list(csv.DictReader(file.read_text().splitlines()))
        series = {row["timestamp"]: {f"{number}. {name}": row[name] for number, name in enumerate(shape, 1)} for row in recorded}
        answer = {"Meta Data": {"2. Symbol": "IBM"}, "Time Series (Daily)": series}
        table = read_daily_adjusted([CapturedBody("IBM", "raw/a", NOON, json.dumps(answer).encode())]).table
        for name in ("adjusted_close", "dividend_amount", "split_coefficient"):
            assert table[name].to_pylist() == [Decimal(row[name]) for row in recorded]
        lengths |= {len(row["adjusted_close"].partition(".")[2]) for row in recorded}
    assert max(lengths) == 14


@needs_recorded
def test_the_recorded_adjusted_history_is_read_whole_with_its_events() -> None:
    file = RECORDED / "prices" / "time_series_daily_adjusted-msft-2019-11-30.json"
    table = read_daily_adjusted([CapturedBody("MSFT", "raw/a", NOON, file.read_bytes())]).table
    assert table.num_rows == 5034
    assert table["adjusted_close"].null_count == 0
    assert sum(1 for amount in table["dividend_amount"].to_pylist() if amount) == 64
    assert [factor for factor in table["split_coefficient"].to_pylist() if factor != 1] == [2]


@needs_recorded
@pytest.mark.parametrize(("function", "count"), [("WEEKLY", 1043), ("WEEKLY_ADJUSTED", 1043), ("MONTHLY", 240), ("MONTHLY_ADJUSTED", 240)])
def test_recorded_weeks_and_months_are_read_whole(function: str, count: int) -> None:
    file = RECORDED / "prices" / f"time_series_{function.lower()}-msft-2019-11-30.json"
    table = READERS[f"TIME_SERIES_{function}"]([CapturedBody("MSFT", "raw/a", NOON, file.read_bytes())]).table
    assert table.num_rows == count
    assert all(table[name].null_count == 0 for name in table.schema.names)


@needs_recorded
def test_recorded_events_overviews_and_listings_are_read_whole() -> None:
    dividends = list(csv.DictReader((RECORDED / "events" / "dividends-ibm-2026-05-17.csv").read_text().splitlines()))
    answer = json.dumps({"symbol": "IBM", "data": dividends}).encode()
    table = read_dividends([CapturedBody("IBM", "raw/a", NOON, answer)]).table
    assert table["amount"].to_pylist() == [Decimal(row["amount"]) for row in dividends]
    assert table["ex_dividend_date"].null_count == 0
    assert table["payment_date"].null_count == sum(row["payment_date"] == "None" for row in dividends)
    for day in ("2025-11-08", "2026-05-17"):
        overview = CapturedBody("IBM", "raw/a", NOON, (RECORDED / "listings" / f"overview-ibm-{day}.json").read_bytes())
        assert read_overviews([overview]).drift == {}
        listing = (RECORDED / "listings" / f"listing_status-active-{day}.csv").read_bytes()
        listed = read_listing_status([CapturedBody("", "raw/a", NOON, listing)]).table
        assert listed.num_rows == {"2025-11-08": 12_364, "2026-05-17": 13_411}[day]
        assert {"NA", "NAN", "BRK-B", "-P-HIZ"} <= set(listed["symbol"].to_pylist())


def test_a_dividend_has_its_dates_and_null_for_an_unknown_one() -> None:
    """A dividend has its dates and one that is not known is null beside its word."""
    newest, *_, oldest = rows("DIVIDENDS", "ibm.json")
    assert (newest["ex_dividend_date"], newest["payment_date"], newest["amount"]) == (date(2026, 5, 8), date(2026, 6, 8), Decimal("1.68"))
    assert (oldest["ex_dividend_date"], oldest["payment_date"], oldest["payment_date_text"]) == (date(1999, 11, 8), None, "None")


def test_a_split_is_its_factor_and_an_odd_one_is_no_error() -> None:
    (split,) = rows("SPLITS", "ibm.json")
    assert (split["symbol"], split["effective_date"], split["split_factor"]) == ("IBM", date(2021, 11, 4), Decimal("1.046"))
    noisy = changed("SPLITS", "ibm.json", lambda answer: answer["data"][0].update(split_factor="7.00000700001"))
    assert read_splits([noisy]).table["split_factor"].to_pylist() == [Decimal("7.00000700001")]


@pytest.mark.parametrize(("function", "name"), [("DIVIDENDS", "na.json"), ("DIVIDENDS", "brk-b.json"), ("SPLITS", "na.json")])
def test_a_symbol_without_events_is_an_answer_without_rows(function: str, name: str) -> None:
    file = FIXTURES / function.lower() / name
    assert recognise(call_of(file), 200, "application/json", file.read_bytes()) is None
    assert rows(function, name) == []


def test_a_listing_keeps_its_symbol_its_blanks_and_its_dates() -> None:
    listed = {row["symbol"]: row for row in rows("LISTING_STATUS", "active.csv")}
    assert listed["TRUE"]["name"] == "Synthetic Truth"
    assert listed["AAA"]["name"] == "TRAILING BLANK FUND "
    assert (listed["ZZZ"]["name"], listed["ZZZ"]["ipo_date_text"], listed["ZZZ"]["ipo_date"]) == ("", "null", None)
    assert (listed["NAN"]["asset_type"], listed["NAN"]["ipo_date"], listed["NAN"]["delisting_date"]) == ("Stock", date(1999, 11, 1), None)
    (gone,) = rows("LISTING_STATUS", "delisted.csv")
    assert (gone["symbol"], gone["status"], gone["delisting_date"]) == ("GONE", "Delisted", date(2024, 6, 28))


def test_an_overview_gives_sector_and_industry_as_received() -> None:
    (company,) = rows("OVERVIEW", "ibm.json")
    assert (company["sector"], company["industry"]) == ("TECHNOLOGY", "SERVICES-PREPACKAGED SOFTWARE")
    assert (company["asset_type"], company["latest_quarter"]) == ("Common Stock", date(2026, 3, 31))


@pytest.mark.parametrize(
    ("name", "member"), [("ibm.json", "Global Quote"), ("ibm-delayed.json", "Global Quote - DATA DELAYED BY 15 MINUTES")]
)
def test_a_quote_says_whether_it_is_delayed(name: str, member: str) -> None:
    (quote,) = rows("GLOBAL_QUOTE", name)
    assert (quote["member"], quote["price"], quote["change"]) == (member, Decimal("177.4"), Decimal("1.36"))
    assert (quote["latest_trading_day"], quote["change_percent_text"]) == (date(2026, 5, 15), "0.7726%")


@pytest.mark.parametrize(
    ("function", "member", "column"),
    [
        ("TIME_SERIES_DAILY_ADJUSTED", "Time Series (Daily)", "5. adjusted close"),
        ("TIME_SERIES_WEEKLY", "Weekly Time Series", "4. close"),
        ("TIME_SERIES_MONTHLY_ADJUSTED", "Monthly Adjusted Time Series", "7. dividend amount"),
        ("DIVIDENDS", "data", "amount"),
        ("SPLITS", "data", "split_factor"),
        ("GLOBAL_QUOTE", "Global Quote", "05. price"),
    ],
)
def test_a_column_that_vanished_fails_by_name_and_a_new_one_is_drift(function: str, member: str, column: str) -> None:
    def each_row(answer: Any) -> list[dict[str, str]]:
        found = answer[member]
        if isinstance(found, dict) and all(isinstance(value, dict) for value in found.values()):
            return list(found.values())
        return found if isinstance(found, list) else [found]

    plain = column.partition(". ")[2] or column
    vanished = changed(function, "ibm.json", lambda answer: [row.pop(column) for row in each_row(answer)])
    with pytest.raises(UnknownShape, match=rf"the column '{plain.replace('_', ' ').lower()}' vanished"):
        READERS[function]([vanished])
    grown = changed(function, "ibm.json", lambda answer: [row.update({"99. vwap": "1"}) for row in each_row(answer)])
    parsed = READERS[function]([grown])
    assert parsed.drift == {"IBM": ("vwap",)}
    assert parsed.table.equals(READERS[function]([body(FIXTURES / function.lower() / "ibm.json")]).table)


SIDE_DATES = ("declaration_date", "record_date", "payment_date")


@pytest.mark.parametrize("events", [1, 2])
def test_side_dates_absent_from_every_dividend_are_null(events: int) -> None:
    data = [{"ex_dividend_date": "2025-02-10", "amount": "1.67"}, {"amount": "1.66", "ex_dividend_date": "2024-11-12"}][:events]
    answer = json.dumps({"symbol": "IBM", "data": data}).encode()
    assert recognise(Call("DIVIDENDS", "IBM"), 200, "application/json", answer) is None
    parsed = read_dividends([CapturedBody("IBM", "raw/a", NOON, answer)])
    assert parsed.drift == {}
    assert parsed.table["amount"].to_pylist() == [Decimal("1.67"), Decimal("1.66")][:events]
    for name in SIDE_DATES:
        assert parsed.table[name].to_pylist() == parsed.table[f"{name}_text"].to_pylist() == [None] * events


def test_one_side_date_that_vanished_takes_no_other_with_it() -> None:
    kept = rows("DIVIDENDS", "ibm.json")
    vanished = changed("DIVIDENDS", "ibm.json", lambda answer: [row.pop("record_date") for row in answer["data"]])
    found = read_dividends([vanished]).table.to_pylist()
    values = ("ex_dividend_date", "declaration_date", "payment_date", "amount")
    assert [[row[name] for name in values] for row in found] == [[row[name] for name in values] for row in kept]
    assert {row["record_date"] for row in found} == {None}


@pytest.mark.parametrize("absent", ["ex_dividend_date", "amount"])
def test_a_dividend_without_its_date_or_amount_is_refused(absent: str) -> None:
    vanished = changed("DIVIDENDS", "ibm.json", lambda answer: [row.pop(absent) for row in answer["data"]])
    with pytest.raises(UnknownShape, match=f"{absent.replace('_', ' ')}' vanished"):
        read_dividends([vanished])


UNUSED = ("FiscalYearEnd", "LatestQuarter", "SharesOutstanding", "MarketCapitalization", "Name", "AssetType", "Exchange", "Country")


def test_an_overview_needs_only_what_a_listing_takes_from_it() -> None:
    changed_body = changed("OVERVIEW", "ibm.json", lambda answer: [answer.pop(name) for name in UNUSED])
    assert recognise(Call("OVERVIEW", "IBM"), 200, "", changed_body.body) is None
    (company,) = read_overviews([changed_body]).table.to_pylist()
    assert (company["sector"], company["industry"], company["currency"]) == ("TECHNOLOGY", "SERVICES-PREPACKAGED SOFTWARE", "USD")
    assert (company["name"], company["latest_quarter"], company["shares_outstanding"]) == (None, None, None)
    assert type(recognise(Call("OVERVIEW", "X"), 200, "", b'{"Symbol": "X"}')).__name__ == "WrongShape"


@pytest.mark.parametrize("absent", [("Sector",), ("Industry",), ("Currency",), ("Sector", "Industry")])
def test_what_an_overview_leaves_out_is_null_and_the_rest_is_read(absent: tuple[str, ...]) -> None:
    (whole,) = rows("OVERVIEW", "ibm.json")
    without = changed("OVERVIEW", "ibm.json", lambda answer: [answer.pop(name) for name in absent])
    assert recognise(Call("OVERVIEW", "IBM"), 200, "", without.body) is None
    parsed = read_overviews([without])
    assert (parsed.table.to_pylist(), parsed.drift) == ([{**whole, **{name.lower(): None for name in absent}}], {})


def test_a_renamed_member_of_an_overview_is_null_and_told_as_drift() -> None:
    renamed = changed("OVERVIEW", "ibm.json", lambda answer: answer.update({"GicsSector": answer.pop("Sector")}))
    parsed = read_overviews([renamed])
    assert (parsed.table["sector"].to_pylist(), parsed.drift) == ([None], {"IBM": ("gicssector",)})


def test_an_overview_without_sector_industry_and_currency_is_refused() -> None:
    without = changed("OVERVIEW", "ibm.json", lambda answer: [answer.pop(name) for name in ("Sector", "Industry", "Currency")])
    assert type(recognise(Call("OVERVIEW", "IBM"), 200, "", without.body)).__name__ == "WrongShape"


def test_a_list_whose_columns_changed_is_refused_by_name_or_reported() -> None:
    text = (FIXTURES / "listing_status" / "active.csv").read_text()
    without = CapturedBody("", "raw/a", NOON, "\n".join(line.rpartition(",")[0] for line in text.splitlines()).encode())
    with pytest.raises(UnknownShape, match="the column 'status' vanished"):
        read_listing_status([without])
    grown = "\n".join(f"{line},{'figi' if number == 0 else 'X'}" for number, line in enumerate(text.splitlines()))
    assert read_listing_status([CapturedBody("", "raw/a", NOON, grown.encode())]).drift == {"": ("figi",)}


ODD_LENGTHS = ["XX", "XX,Odd, Inc,NYSE,Stock,2022-07-12,null,Active", "XX,Odd,NYSE", "XX,Odd,NYSE,Stock,2022-07-12,null,Active,,"]


@pytest.mark.parametrize("odd", ODD_LENGTHS)
def test_a_listing_of_another_length_than_the_header_costs_itself(odd: str) -> None:
    text = (FIXTURES / "listing_status" / "active.csv").read_text().strip()
    (*rows, given) = read_listing_status([CapturedBody("", "raw/a", NOON, f"{text}\n{odd}\n".encode())]).table.to_pylist()
    assert rows == read_listing_status([CapturedBody("", "raw/a", NOON, text.encode())]).table.to_pylist()
    assert [given[name] for name in ("symbol", "name", "status", "ipo_date")] == ["XX", odd, "", None]
    assert recognise(Call("LISTING_STATUS", options={"state": "active"}), 200, "", f"{text}\n{odd}\n".encode()) is None


@pytest.mark.parametrize(
    ("end", "expected"), [("XX,Odd", "Truncated"), ("We move house, friends.\n", "UnknownNotice"), ("XX 12\n", "WrongShape")]
)
def test_a_list_that_is_cut_off_or_holds_a_sentence_is_refused(end: str, expected: str) -> None:
    text = (FIXTURES / "listing_status" / "active.csv").read_text().strip()
    refusal = recognise(Call("LISTING_STATUS", options={"state": "active"}), 200, "", f"{text}\n{end}".encode())
    assert type(refusal).__name__ == expected


def test_a_quote_without_its_change_in_per_cent_is_read() -> None:
    without = changed("GLOBAL_QUOTE", "ibm.json", lambda answer: answer["Global Quote"].pop("10. change percent"))
    assert recognise(Call("GLOBAL_QUOTE", "IBM"), 200, "", without.body) is None


def test_a_list_is_only_one_when_it_is_csv_with_symbols_and_known_states() -> None:
    """A list is only a list when it is CSV with symbols and known states."""
    listing = Call("LISTING_STATUS", options={"state": "active"})
    header = "symbol,name,exchange,assetType,ipoDate,delistingDate,status\r\n"
    sound = f"{header}NA,Nano,NYSE,Stock,2022-07-12,null,active\r\n"
    # One odd row beside a sound one is for validation to quarantine.
    for odd in ("", "XX,Odd,NYSE,Stock,2022-07-12,null,Sleeping\r\n", ",Nano,NYSE,Stock,2022-07-12,null,Active\r\n"):
        assert recognise(listing, 200, "", f"{sound}{odd}".encode()) is None
    for broken in ("NA,Nano,NYSE,Stock,2022-07-12,null,Sleeping", ",Nano,NYSE,Stock,2022-07-12,null,Active", "I,n,f,o,r,m,a"):
        refusal = recognise(listing, 200, "", f"{header}{broken}\r\n".encode())
        assert type(refusal).__name__ == ("NoticeInCsv" if broken == "I,n,f,o,r,m,a" else "WrongShape")
    assert recognise(listing, 200, "", header.encode()) is not None
    assert recognise(listing, 200, "", b'{"symbol": "NA"}') is not None


def test_an_overview_whose_sector_is_no_name_has_the_wrong_shape() -> None:
    body = (FIXTURES / "overview" / "ibm.json").read_text()
    sector = json.loads(body)["Sector"]
    assert recognise(Call("OVERVIEW", "IBM"), 200, "", body.encode()) is None
    for other in (f'"{sector * 40}"', f'{{"name": "{sector}"}}', f'["{sector}"]'):
        refusal = recognise(Call("OVERVIEW", "IBM"), 200, "", body.replace(f'"{sector}"', other).encode())
        assert type(refusal).__name__ == "WrongShape"


def test_no_body_makes_an_empty_table_of_the_right_columns() -> None:
    for reader in READERS.values():
        table = reader([]).table
        assert table.num_rows == 0
        assert isinstance(table.schema.field("capture_key").type, type(pa.string()))


def test_drift_is_told_column_by_column_with_the_symbols_it_came_with() -> None:
    drift = {"IBM": ("vwap",), **{f"S{number}": ("vwap", "trades") for number in range(6)}}
    assert drift_warnings("TIME_SERIES_DAILY", {}) == ()
    vwap, trades = drift_warnings("TIME_SERIES_DAILY", drift)
    told = "SchemaDrift: TIME_SERIES_DAILY has a new column 'vwap' (IBM, S0, S1, S2, S3 and 2 more); "
    assert vwap == f"{told}it was loaded past, its values are in the captures."
    assert "'trades' (S0, S1, S2, S3, S4 and 1 more)" in trades
