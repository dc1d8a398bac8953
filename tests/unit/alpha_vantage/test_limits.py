"""A limit whose unit of time is not told is a rate to wait for or an unknown notice, and no trouble of transport."""

import itertools
import json

import pytest

from tasks.alpha_vantage.classify import recognise
from tests.unit.alpha_vantage.recognised import DAILY, DAILY_CSV, LISTING, name_and_scope


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Too Many Requests", ("TooManyRequests", "minute")),
        ("Too many API calls.", ("TooManyRequests", "minute")),
        ("rate limit exceeded", ("TooManyRequests", "minute")),
        ("Rate-limited; please upgrade your plan", ("TooManyRequests", "minute")),
        ("Throttled", ("TooManyRequests", "minute")),
        ("Request was throttled.", ("TooManyRequests", "minute")),
        ("Quota exceeded", ("UnknownNotice", "request")),
        ("quota exceeded for this key", ("UnknownNotice", "request")),
        ("Limit reached", ("UnknownNotice", "request")),
        ("API limit reached", ("UnknownNotice", "request")),
        ("Usage limit has been exceeded. Please upgrade your plan.", ("UnknownNotice", "request")),
        ("Exceeded the allowance", ("UnknownNotice", "request")),
        ("Daily quota exceeded", ("QuotaExhausted", "day")),
    ],
)
def test_a_limit_without_its_time_is_a_rate_or_an_unknown_notice(words: str, expected: tuple[str, str]) -> None:
    for key in ("Information", "Note", "Error Message", "message", "detail", "error", "Something New"):
        assert name_and_scope(json.dumps({key: words})) == expected
    for call, content_type in itertools.product((DAILY, DAILY_CSV, LISTING), ("text/plain", "text/html")):
        assert name_and_scope(words, content_type=content_type, call=call) == expected
        assert name_and_scope(f'"{words}"', content_type=content_type, call=call) == expected


def test_words_of_a_limit_among_data_refuse_nothing() -> None:
    header = "symbol,name,exchange,assetType,ipoDate,delistingDate,status\r\n"
    assert recognise(LISTING, 200, "", f"{header}QTA,Quota Limit Reached Inc,NYSE,Stock,2022-07-12,null,Active\r\n".encode()) is None
    assert name_and_scope('{"Name": "Quota Limit Reached Inc"}') == ("WrongShape", "symbol")
