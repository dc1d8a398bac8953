import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from tasks.alpha_vantage.classify import recognise
from tasks.alpha_vantage.refusals import SecondThrottle
from tasks.records import Call, Scope
from tests.unit.alpha_vantage.recognised import DAILY, DAILY_CSV, name_and_scope

RECORDED = Path(__file__).resolve().parents[3] / ".." / "shared" / "recorded"
CATALOG = RECORDED / "refusals" / "catalog.json"

CLASSES_OF_THE_CATALOG = {
    "THROTTLE_SECOND": {("SecondThrottle", "second")},
    "THROTTLE_MINUTE": {("MinuteThrottle", "minute")},
    "THROTTLE_MINUTE_OR_DAY (ambiguous)": {("LegacyThrottle", "minute")},
    "THROTTLE": {("LegacyThrottle", "minute")},
    "QUOTA_DAY": {("QuotaExhausted", "day")},
    "ENTITLEMENT": {("PremiumEndpoint", "function")},
    "ENTITLEMENT (parameter)": {("PremiumOutputSize", "function")},
    "ENTITLEMENT (data licence)": {("LicenceMissing", "function")},
    "ENTITLEMENT with FAKE DATA": {("ArtificialRows", "function")},
    "DEMO_KEY": {("DemoKey", "key")},
    "AUTH": {("KeyMissing", "key")},
    "INVALID_REQUEST_OR_SYMBOL": {("InvalidCall", "symbol")},
    "INVALID_REQUEST": {("UnknownFunction", "function")},
    "UPSTREAM_ERROR": {("UpstreamTrouble", "request"), ("ServerTrouble", "transport")},
    "EMPTY": {("EmptyAnswer", "symbol")},
    "CLIENT": {("AnswerForOtherClient", "request")},
    "THROTTLE/QUOTA inside CSV": {("NoticeInCsv", "minute")},
    "TRUNCATED": {("Truncated", "transport")},
}

SECOND = (
    "Thank you for using Alpha Vantage! Please consider spreading out your free API requests more sparingly (1 request per second). "
    "You may subscribe to any of the premium plans at https://www.alphavantage.co/premium/ to lift the free key rate limit "
    "(25 requests per day), raise the per-second burst limit, and instantly unlock all premium endpoints"
)


def daily(symbol: str = "IBM", rows: Any = None, **members: Any) -> bytes:
    row = {"1. open": "1.0", "2. high": "2.0", "3. low": "0.5", "4. close": "1.5", "5. volume": "7"}
    series = {"2026-11-19": row} if rows is None else rows
    return json.dumps({"Meta Data": {"2. Symbol": symbol}, "Time Series (Daily)": series, **members}).encode()


def catalog() -> list[Any]:
    if not CATALOG.exists():
        return [pytest.param({}, marks=pytest.mark.skip(reason="recorded answers are not beside this checkout"))]
    return [pytest.param(entry, id=entry["file"]) for entry in json.loads(CATALOG.read_text())]


def recorded_prices() -> list[Any]:
    files = sorted((RECORDED / "prices").glob("*.*")) if CATALOG.exists() else []
    skipped = pytest.param(Path(), marks=pytest.mark.skip(reason="recorded answers are not beside this checkout"))
    return [pytest.param(file, id=file.name) for file in files] or [skipped]


@pytest.mark.parametrize("entry", catalog())
def test_every_recorded_refusal_gets_the_class_and_scope_of_the_catalog(entry: dict[str, Any]) -> None:
    body = (RECORDED / "refusals" / entry["file"]).read_bytes()
    assert name_and_scope(body, entry["http_status"], entry["content_type"]) in CLASSES_OF_THE_CATALOG[entry["class"]]


@pytest.mark.parametrize("path", recorded_prices())
def test_every_recorded_series_is_recognised_as_data_of_its_symbol_alone(path: Path) -> None:
    function, symbol = path.stem.upper().split("-")[:2]
    call = Call(function, symbol, {"datatype": "csv"} if path.suffix == ".csv" else {})
    assert recognise(call, 200, "", path.read_bytes()) is None
    if path.suffix == ".json":
        assert name_and_scope(path.read_bytes(), call=Call(function, "OTHER")) == ("WrongSymbol", "symbol")


@pytest.mark.parametrize(
    ("notice", "expected"),
    [
        (SECOND, ("SecondThrottle", "second")),
        (SECOND.replace(" (1 request per second)", "").replace(", raise the per-second burst limit,", ""), ("SecondThrottle", "second")),
        ("Burst pattern detected. Please stay under 5 requests per second on your plan.", ("SecondThrottle", "second")),
        (
            "Minute-level rate limit exceed. Please stay under the number of API requests per minute for a higher API request volume.",
            ("MinuteThrottle", "minute"),
        ),
        (
            "We have detected your API key as CANARY and our standard API rate limit is 25 requests per day. Remove all daily rate limits.",
            ("QuotaExhausted", "day"),
        ),
        ("Our standard API call frequency is 5 calls per minute and 500 calls per day.", ("LegacyThrottle", "minute")),
        (
            "Please visit https://www.alphavantage.co/premium/ if you would like to have a higher API call volume.",
            ("LegacyThrottle", "minute"),
        ),
        (
            "This is a premium endpoint. You may subscribe to any of the premium plans to instantly unlock all premium endpoints",
            ("PremiumEndpoint", "function"),
        ),
        (
            "The outputsize=full parameter value is a premium feature for the TIME_SERIES_DAILY endpoint. You may subscribe to unlock all",
            ("PremiumOutputSize", "function"),
        ),
        ("You are not yet entitled to realtime US market data access.", ("LicenceMissing", "function")),
        ("The **demo** API key is for demo purposes only. Please claim your free API key.", ("DemoKey", "key")),
        ("the parameter apikey is invalid or missing. Please claim your free API key.", ("KeyMissing", "key")),
        ("This API function (INVALID) does not exist.", ("UnknownFunction", "function")),
        ("Invalid API call. Please retry or visit the documentation for TIME_SERIES_DAILY.", ("InvalidCall", "symbol")),
        ("The intraday time series encountered an internal or external error", ("UpstreamTrouble", "request")),
        ("We are moving to a new home.", ("UnknownNotice", "request")),
    ],
)
@pytest.mark.parametrize("key", ["Information", "Note", "Error Message", "message", "Something New"])
def test_a_notice_is_known_by_its_words_under_whatever_key_it_comes(notice: str, expected: tuple[str, str], key: str) -> None:
    assert name_and_scope(json.dumps({key: notice})) == expected


def test_a_second_throttle_that_mentions_the_day_is_no_quota_of_the_day() -> None:
    """A throttle of the second that mentions the day is no quota of the day and states its rate."""
    refusal = recognise(DAILY, 200, "application/json", json.dumps({"Information": SECOND}).encode())
    assert isinstance(refusal, SecondThrottle)
    assert refusal.scope is Scope.SECOND
    assert refusal.calls_per_second == 1


def test_an_answer_is_data_only_with_shape_symbol_rows_and_every_column() -> None:
    row = {"1. open": "1.0", "2. high": "2.0", "3. low": "0.5", "4. close": "1.5", "5. volume": "7"}
    without_close = {key: value for key, value in row.items() if key != "4. close"}
    assert recognise(DAILY, 200, "", daily()) is None
    assert recognise(DAILY, 200, "", daily("ibm")) is None
    assert name_and_scope(daily("MSFT")) == ("WrongSymbol", "symbol")
    assert name_and_scope(daily(rows={})) == ("EmptyAnswer", "symbol")
    assert name_and_scope(daily(rows=[row])) == ("WrongShape", "symbol")
    assert name_and_scope(daily(rows={"2026-11-19": without_close})) == ("WrongShape", "symbol")
    assert name_and_scope(daily(rows={"yesterday": row})) == ("WrongShape", "symbol")
    assert name_and_scope(daily(), call=Call("TIME_SERIES_WEEKLY", "IBM")) == ("WrongShape", "symbol")
    assert name_and_scope(daily(), call=Call("SOMETHING_ELSE", "IBM")) == ("UnknownNotice", "request")


def test_a_vanished_column_is_named() -> None:
    refusal = recognise(DAILY, 200, "", daily(rows={"2026-11-19": {"1. open": "1", "2. high": "1", "3. low": "1", "4. close": "1"}}))
    assert refusal is not None
    assert "'volume' vanished" in refusal.fact


def test_raw_daily_prices_are_not_taken_for_adjusted_ones() -> None:
    """Raw daily prices are not taken for adjusted ones although they share the series key."""
    assert name_and_scope(daily(), call=Call("TIME_SERIES_DAILY_ADJUSTED", "IBM")) == ("WrongShape", "symbol")


def test_rows_beside_a_notice_are_refused() -> None:
    artificial = "This is a premium endpoint. ***THE SAMPLE DATA SCHEMA BELOW IS ARTIFICIAL*** any plan of 75 requests per minute"
    assert name_and_scope(daily(message=artificial)) == ("ArtificialRows", "function")
    assert name_and_scope(daily(Information="Something new.")) == ("UnknownNotice", "request")


@pytest.mark.parametrize("name", ["Note", "message", "Information", "Error Message", "detail"])
def test_a_notice_that_says_nothing_beside_rows_refuses_nothing(name: str) -> None:
    nothings: tuple[Any, ...] = (None, [], {}, "", " ")
    for nothing in nothings:
        assert recognise(DAILY, 200, "", daily("IBM", None, **{name: nothing})) is None
    assert name_and_scope(daily("IBM", None, **{"msg": None, name: "25 requests per day"})) == ("QuotaExhausted", "day")


@pytest.mark.parametrize("body", ["{}", '{"Global Quote": {}}', '{"bestMatches": []}', '{"annualEarnings": [], "quarterlyEarnings": []}'])
def test_an_answer_without_anything_in_it_is_empty(body: str) -> None:
    assert name_and_scope(body) == ("EmptyAnswer", "symbol")


@pytest.mark.parametrize("body", ["[]", "null", '"text"', "17", '[{"open": "1"}]'])
def test_json_that_is_neither_object_nor_sentence_has_the_wrong_shape(body: str) -> None:
    assert name_and_scope(body) == ("WrongShape", "symbol")


@pytest.mark.parametrize(
    ("notice", "expected"),
    [
        ("You have reached the 25 requests/day limit for your free API key.", "QuotaExhausted"),
        ("The free tier allows 25 API calls a day.", "QuotaExhausted"),
        ("Limited to 5 API requests per minute and 25 requests per day.", "LegacyThrottle"),
        ("No more than 75 requests each minute, please.", "MinuteThrottle"),
        ("Your key allows 5 API calls/second.", "SecondThrottle"),
        ("Please write to support@example.com for more of it.", "LegacyThrottle"),
        ("Please upgrade your plan.", "PremiumEndpoint"),
        ("Wait a minute for the new site.", "UnknownNotice"),
        ("A new day for our users has come.", "UnknownNotice"),
        ("Please limit yourself to 5 req/s.", "SecondThrottle"),
        ("10 rps is the most for your key.", "SecondThrottle"),
        ("You sent more than 5 requests in one second.", "SecondThrottle"),
        ("Burst pattern detected. Please keep to 5 requests per second and 75 per minute.", "SecondThrottle"),
        ("No more than 5 API calls every 60 seconds.", "MinuteThrottle"),
        ("Rate limit of 150 RPM exceeded", "MinuteThrottle"),
        ("Too many requests: 30 in the last minute.", "MinuteThrottle"),
        ("Your per-minute limit has been reached.", "MinuteThrottle"),
        ("You have exceeded your daily allowance of 25 API requests.", "QuotaExhausted"),
        ("Your API key is limited to 25 requests in 24 hours.", "QuotaExhausted"),
        ("You have made 25 requests today, which is the most your key may make.", "QuotaExhausted"),
        ("Your key's daily limit is 25.", "QuotaExhausted"),
        ("Rate limit: 25/day.", "QuotaExhausted"),
        ("The limits are 5/min and 25/day.", "LegacyThrottle"),
        ("You exceeded 75 requests per minute or your daily quota.", "LegacyThrottle"),
        ("This data is only for paying customers.", "PremiumEndpoint"),
        ("Your current plan does not include TIME_SERIES_DAILY.", "PremiumEndpoint"),
        ("A premium API key is required for this endpoint.", "PremiumEndpoint"),
        ("This is a Premium API endpoint; 75 requests per minute and more with any premium plan.", "PremiumEndpoint"),
        ("The full outputsize is reserved for premium plans.", "PremiumOutputSize"),
        ("Invalid API key.", "KeyMissing"),
        ("Your API key has been deactivated.", "KeyMissing"),
        ("The symbol IBM was not found.", "InvalidCall"),
        ("Internal error, please try again later.", "UpstreamTrouble"),
        ("Please contact us.", "LegacyThrottle"),
        ("The API key you provided is invalid.", "KeyMissing"),
        ("The API key that you have supplied was revoked.", "KeyMissing"),
        ("The parameter apikey is empty.", "KeyMissing"),
        ("This function is not part of your current plan.", "PremiumEndpoint"),
        ("Too many requests this minute (76/75).", "MinuteThrottle"),
        ("Too many calls in the current minute.", "MinuteThrottle"),
        ("Too many calls this second.", "SecondThrottle"),
        ("You have used up your daily allotment of API requests.", "QuotaExhausted"),
        ("Please send your requests at least one second apart.", "SecondThrottle"),
        ("Two trades were one second apart.", "UnknownNotice"),
        ("Prices of this minute are not part of the series.", "UnknownNotice"),
        ("The allotment of new shares is empty.", "UnknownNotice"),
        ("The allocation of the fund changed today.", "UnknownNotice"),
        ("Maintenance takes 30 minutes a day.", "UnknownNotice"),
        ("You've used all 25 of today's free requests. Come back tomorrow.", "QuotaExhausted"),
        ("Daily cap reached: 25/25 calls used.", "QuotaExhausted"),
        ("You have consumed your daily credits.", "QuotaExhausted"),
        ("Please wait one second between requests.", "SecondThrottle"),
        ("Slow down please, you are sending requests too fast.", "TooManyRequests"),
        ("Unauthorized: bad api key.", "KeyMissing"),
        ("Please provide a valid apikey.", "KeyMissing"),
        ("Your API key is inactive.", "KeyMissing"),
        ("No data found for ticker IBM.", "InvalidCall"),
        ("IBM is not a valid symbol.", "InvalidCall"),
        ("We could not find the ticker IBM.", "InvalidCall"),
        ("Markets slow in summer.", "UnknownNotice"),
        ("Trading volume per day is now given in lots.", "UnknownNotice"),
        ("This is the second time.", "UnknownNotice"),
        ("Prices are delayed by 15 minutes per exchange rules.", "UnknownNotice"),
    ],
)
def test_a_notice_is_known_by_its_kind_of_statement(notice: str, expected: str) -> None:
    assert name_and_scope(json.dumps({"Information": notice}))[0] == expected


@pytest.mark.parametrize(
    "body",
    [
        '{"symbol": "MSFT"}',
        '{"symbol": "MSFT", "historical": [{"date": "2024-01-02"}]}',
        '{"Meta Data": {"2. Symbol": "IBM"}, "Bars": {"2024-01-02": {"open": "1"}}}',
        '{"Symbol": "IBM", "Name": "IBM Inc", "Description": "It sells premium subscriptions to all of its clients."}',
        '{"Description": "It sells premium subscriptions to all of its clients."}',
        '{"name": "International Business Machines Corporation"}',
        '{"Meta Data": {"1. Information": "Premium daily prices per minute", "2. Symbol": "IBM"}, "Bars": {"2024-01-02": {"open": "1"}}}',
    ],
)
def test_an_answer_of_a_changed_shape_is_no_notice(body: str) -> None:
    assert name_and_scope(body) == ("WrongShape", "symbol")


@pytest.mark.parametrize(
    "body",
    [
        '{"error": {"code": 429, "message": "25 requests per day"}}',
        '{"status": "bad", "code": 17, "data": {"errors": ["25 requests per day"]}}',
        '{"status": "bad", "code": 17, "reason": "25 requests per day"}',
        '{"Information": {"text": "25 requests per day"}}',
        '["25 requests per day"]',
        '[{"Information": "25 requests per day"}]',
    ],
)
def test_a_notice_is_found_wherever_an_answer_holds_it(body: str) -> None:
    assert name_and_scope(body) == ("QuotaExhausted", "day")


@pytest.mark.parametrize("depth", [300, 500, 900, 200_000])
def test_an_answer_that_is_nested_deeply_is_refused_as_any_other(depth: int) -> None:
    nested = "[" * depth + "1" + "]" * depth
    assert name_and_scope(nested)[0] in {"WrongShape", "NotJson"}
    assert name_and_scope(f'{{"Note": {nested}}}')[0] in {"UnknownNotice", "NotJson"}
    row = f'{{"1. open": {nested}, "2. high": "1", "3. low": "1", "4. close": "1", "5. volume": "1"}}'
    refusal = recognise(DAILY, 200, "", f'{{"Meta Data": {{"2. Symbol": "IBM"}}, "Time Series (Daily)": {{"2026-11-19": {row}}}}}'.encode())
    assert refusal is None or type(refusal).__name__ == "NotJson"


def test_every_beginning_of_an_answer_is_truncated_and_nothing_else() -> None:
    whole = daily(rows={"2026-11-19": {"1. open": 'ü"\\é', "2. high": True, "3. low": None, "4. close": -1.5e3, "5. volume": [False]}})
    assert {name_and_scope(whole[:length]) for length in range(len(whole))} == {("Truncated", "transport")}


def test_bytes_that_are_no_json_are_not_taken_for_truncated() -> None:
    assert name_and_scope(b'{"a": nonsense, "b": 1}') == ("NotJson", "transport")
    assert name_and_scope(b'{"a": "\xff\xfe"}') == ("NotJson", "transport")
    assert name_and_scope(b"[" * 200_000) == ("NotJson", "transport")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (503, "<html>Application Error</html>", ("ServerTrouble", "transport")),
        (500, "{}", ("ServerTrouble", "transport")),
        (500, "Internal Server Error", ("ServerTrouble", "transport")),
        (503, "The service is temporarily unavailable.", ("ServerTrouble", "transport")),
        (200, "Internal Server Error", ("NotJson", "transport")),
        (408, "", ("ServerTrouble", "transport")),
        (429, "", ("TooManyRequests", "minute")),
        (406, '{"detail": "Could not satisfy the request Accept header."}', ("AnswerForOtherClient", "request")),
        (302, "", ("HttpStatus", "request")),
        (404, "<html></html>", ("HttpStatus", "request")),
        (403, '{"Information": "our standard API rate limit is 25 requests per day."}', ("QuotaExhausted", "day")),
        (200, " \n<!DOCTYPE html><html></html>", ("HtmlPage", "transport")),
    ],
)
def test_a_status_decides_where_no_known_words_do(status: int, body: str, expected: tuple[str, str]) -> None:
    assert name_and_scope(body, status) == expected


def test_data_under_another_status_than_200_are_not_data() -> None:
    assert name_and_scope(daily(), 500) == ("ServerTrouble", "transport")


def test_csv_is_data_only_with_its_columns_and_sessions() -> None:
    header = "timestamp,open,high,low,close,volume\r\n"
    assert recognise(DAILY_CSV, 200, "application/x-download", f"{header}2026-11-19,1,2,0.5,1.5,7\r\n".encode()) is None
    assert name_and_scope(header, call=DAILY_CSV) == ("EmptyAnswer", "symbol")
    assert name_and_scope(f"{header}2026-11-19,1,2\r\n", call=DAILY_CSV) == ("WrongShape", "symbol")
    assert name_and_scope(f"{header}soon,1,2,0.5,1.5,7\r\n", call=DAILY_CSV) == ("WrongShape", "symbol")
    assert name_and_scope("timestamp,open\r\n2026-11-19,1\r\n", call=DAILY_CSV) == ("WrongShape", "symbol")
    assert name_and_scope(f"{header}2026-11-19,1,2,0.5,1.5,7\r\n", call=DAILY) == ("NotJson", "transport")


@pytest.mark.parametrize("row", ["I,n,f,o,r,m", "N,o,t,e,,", "E,r,r,o,r, "])
@pytest.mark.parametrize("call", [DAILY, DAILY_CSV])
def test_a_notice_spelt_across_the_columns_of_a_csv_is_refused(row: str, call: Call) -> None:
    assert name_and_scope(f"timestamp,open,high,low,close,volume\r\n{row}\r\n", 200, "application/x-download", call) == (
        "NoticeInCsv",
        "minute",
    )


DAY = "We have detected your API key as CANARY7, and our standard API rate limit is 25 requests per day."
LISTING = Call("LISTING_STATUS", options={"state": "active"})


@pytest.mark.parametrize(
    "body",
    [
        DAY,
        f'"{DAY}"',
        f'Information\r\n"{DAY}"\r\n',
        f"timestamp,open,high,low,close,volume\r\n{DAY}\r\n",
        f"\ufeff{DAY}",
        f'\ufeff{{"Information": "{DAY}"}}',
        f' {{"Information": "{DAY}"}}',
    ],
)
@pytest.mark.parametrize("call", [DAILY, DAILY_CSV, LISTING])
@pytest.mark.parametrize("status", [200, 403])
def test_a_notice_is_read_for_its_words_in_whatever_form_it_comes(body: str, call: Call, status: int) -> None:
    assert name_and_scope(body, status, "text/plain", call) == ("QuotaExhausted", "day")


def test_a_sentence_that_is_called_a_page_is_read_and_a_page_is_not() -> None:
    assert name_and_scope(DAY, content_type="text/html") == ("QuotaExhausted", "day")
    assert name_and_scope(f"<html>{DAY}</html>", content_type="text/html") == ("HtmlPage", "transport")


def test_a_sentence_that_is_no_json_states_its_rate() -> None:
    refusal = recognise(DAILY, 200, "text/plain", SECOND.encode())
    assert isinstance(refusal, SecondThrottle)
    assert refusal.calls_per_second == 1


def test_rows_that_are_refused_are_never_read_for_their_words() -> None:
    header = "symbol,name,exchange,assetType,ipoDate,delistingDate,status\r\n"
    row = "PBH,Premium Brands - 25 requests per day,NYSE,Stock,2022-07-12,null,Active\r\n"
    assert recognise(LISTING, 200, "", f"{header}{row}".encode()) is None
    assert name_and_scope(f"{header}{row.replace('Active', 'Sleeping')}", call=LISTING) == ("WrongShape", "symbol")
    assert name_and_scope(f'{header}{row}PBH,"Premium subscri', call=LISTING) == ("Truncated", "transport")
    assert name_and_scope(row * 2, call=LISTING) == ("WrongShape", "symbol")
    assert name_and_scope(f"Name\r\n{'Premium Brands' * 400}", call=LISTING) == ("WrongShape", "symbol")


@pytest.mark.parametrize("call", [DAILY, DAILY_CSV, LISTING])
def test_an_answer_that_is_cut_off_is_not_read_for_its_words(call: Call) -> None:
    assert name_and_scope(f'{{"Information": "{DAY}', call=call) == ("Truncated", "transport")
    assert name_and_scope(f'\ufeff{{"Information": "{DAY}', call=call) == ("Truncated", "transport")


def test_what_a_refusal_carries_is_scrubbed() -> None:
    for key, body in itertools.product(("CANARY7", ""), (json.dumps({"Information": DAY}), DAY)):
        refusal = recognise(DAILY, 200, "", body.encode(), key)
        assert refusal is not None
        assert "CANARY7" not in f"{refusal} {refusal.detail} {refusal.body!r} {refusal.evidence}"
        assert "25 requests per day" in refusal.detail
