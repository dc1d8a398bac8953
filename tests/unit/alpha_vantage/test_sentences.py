"""A whole body of words that nobody knows is an unknown notice, whatever was requested; a table, a page or a piece of JSON is none."""

import json

import pytest

from tasks.alpha_vantage.classify import recognise
from tasks.records import Call

DAILY = Call("TIME_SERIES_DAILY", "IBM")
DAILY_CSV = Call("TIME_SERIES_DAILY", "IBM", {"datatype": "csv"})
LISTING = Call("LISTING_STATUS", options={"state": "active"})

SOON = "We are moving house, dear friends, and will be back."
HEADER = "symbol,name,exchange,assetType,ipoDate,delistingDate,status\r\n"
NAME = "International Business Machines Corp"


def refused(body: str, call: Call, content_type: str = "text/plain", status: int = 200) -> tuple[str, str]:
    refusal = recognise(call, status, content_type, body.encode())
    assert refusal is not None
    return type(refusal).__name__, refusal.detail


@pytest.mark.parametrize("call", [DAILY, DAILY_CSV, LISTING])
@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (SOON, SOON),
        (f"\ufeff{SOON}\n", SOON),
        (SOON[:-1], SOON[:-1]),
        ("Sorry,the house is closed for today.", "Sorry,the house is closed for today."),
        ("The house moves.\nPlease be patient with us.\n", "The house moves. Please be patient with us."),
        (f"{HEADER}{SOON}\r\n", SOON),
        (SOON * 20, SOON * 20),
    ],
)
def test_a_sentence_that_is_the_whole_body_is_an_unknown_notice(call: Call, body: str, shown: str) -> None:
    assert refused(body, call) == ("UnknownNotice", shown)
    assert refused(body, call, "text/html") == ("UnknownNotice", shown)


def test_a_status_other_than_200_says_more_than_unknown_words() -> None:
    assert [refused(SOON, DAILY, status=status)[0] for status in (503, 429, 403)] == ["ServerTrouble", "TooManyRequests", "HttpStatus"]


@pytest.mark.parametrize(
    ("body", "call", "name"),
    [
        ("Closed now", DAILY, "NotJson"),
        ("12 34 56 78", DAILY, "NotJson"),
        ('"symbol": "IBM", "name": "none", "data": []', DAILY, "NotJson"),
        (f"{{{SOON}}}", DAILY, "NotJson"),
        (f"<p>{SOON}</p>", DAILY, "HtmlPage"),
        (HEADER, LISTING, "EmptyAnswer"),
        ("symbol, name, exchange, status", LISTING, "EmptyAnswer"),
        (f"symbol;name;exchange\nIBM;The {NAME} of;NYSE\n", LISTING, "WrongShape"),
        (f"symbol\tname\texchange\nIBM\tThe {NAME}\tNYSE\n", LISTING, "WrongShape"),
        (f"symbol, company name, exchange\nIBM, The {NAME}, NYSE\n", LISTING, "WrongShape"),
        (f"{SOON} " * 100, LISTING, "EmptyAnswer"),
    ],
)
def test_what_is_no_sentence_keeps_its_own_name(body: str, call: Call, name: str) -> None:
    assert refused(body, call)[0] == name


ROWS = [{"date": "2026-11-20", "close": "1.5"}]


@pytest.mark.parametrize(
    "answer",
    [
        {"info": "Premium daily prices of the company", "prices": ROWS},
        {"disclaimer": "Data is provided as it is, without warranty.", "bars": {"2026-11-20": {"close": "1.5"}}},
        json.dumps({"symbol": "IBM", "name": "none", "data": ROWS}),
    ],
)
def test_a_text_beside_rows_or_rows_in_a_text_are_a_changed_shape(answer: object) -> None:
    assert refused(json.dumps(answer), DAILY, "application/json")[0] == "WrongShape"


@pytest.mark.parametrize("beside", [{"code": 17}, {"details": {"code": 17}}, {"data": []}, {"data": None}])
def test_a_text_beside_a_code_is_a_notice_all_the_same(beside: dict[str, object]) -> None:
    assert refused(json.dumps({"text": SOON, **beside}), DAILY, "application/json") == ("UnknownNotice", SOON)
    assert refused(json.dumps({"text": "25 requests per day", **beside}), DAILY, "application/json")[0] == "QuotaExhausted"
