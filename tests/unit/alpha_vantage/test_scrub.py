import gc
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType, TracebackType
from typing import Any

import httpx
import pytest

from tasks.alpha_vantage.api_plans import PLANS
from tasks.alpha_vantage.client import AlphaVantageClient, RetryPolicy
from tasks.alpha_vantage.rate_limiter import RateLimiter
from tasks.alpha_vantage.refusals import Refusal
from tasks.alpha_vantage.scrub import key_fingerprint, redact_key_in_logs, scrub
from tasks.records import Answer, Call

CANARY = "CANARY+KEY/0123=4"
ENCODED = "CANARY%2BKEY%2F0123%3D4"
CALL = Call("TIME_SERIES_DAILY", "IBM")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("the key is CANARY+KEY/0123=4.", "the key is [key]."),
        ("the key is canary+key/0123=4.", "the key is [key]."),
        (f"GET /query?apikey={ENCODED}&symbol=IBM", "GET /query?apikey=[key]&symbol=IBM"),
        (f"quoted {ENCODED}", "quoted [key]"),
        ("We have detected your API key as SOMEBODYELSES and our", "We have detected your API key as [key] and our"),
        ("we have detected your api  key as other", "we have detected your api  key as [key]"),
        ("https://x.test/?apikey=other&b=1", "https://x.test/?apikey=[key]&b=1"),
        ('{"apikey": "other"}', '{"apikey": "[key]"}'),
        ("nothing to hide", "nothing to hide"),
        ("a lone \ud800 surrogate", "a lone \ud800 surrogate"),
    ],
)
def test_every_spelling_of_the_key_is_replaced(text: str, clean: str) -> None:
    assert scrub(text, CANARY) == clean


def test_bytes_stay_bytes_whatever_their_encoding() -> None:
    assert scrub(b"\xff\xfe CANARY+KEY/0123=4 \x00", CANARY) == b"\xff\xfe [key] \x00"


def test_a_key_with_a_quote_is_found_in_json_and_html() -> None:
    assert scrub(json.dumps({"a": 'k"ey<1>'}), 'k"ey<1>') == '{"a": "[key]"}'
    assert scrub("<b>k&quot;ey&lt;1&gt;</b>", 'k"ey<1>') == "<b>[key]</b>"


def test_without_a_key_only_echoes_are_replaced() -> None:
    assert scrub("API key as X1 and more", "") == "API key as [key] and more"


def test_a_fingerprint_names_a_key_without_telling_it() -> None:
    assert key_fingerprint("ABC") == key_fingerprint(" ABC\n")
    assert key_fingerprint("ABC") != key_fingerprint("ABD")
    assert len(key_fingerprint("ABC")) == 12
    assert "ABC" not in key_fingerprint("ABC")


def echo(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"Information": f"We have detected your API key as {CANARY} and our limit is 25 requests per day."})


def html_echo(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, html=f"<html>{request.url}</html>")


def data_echo(_: httpx.Request) -> httpx.Response:
    row = {"1. open": "1.0", "2. high": "2.0", "3. low": "0.5", "4. close": "1.5", "5. volume": "7"}
    meta = {"1. Information": CANARY, "2. Symbol": "IBM"}
    return httpx.Response(200, json={"Meta Data": meta, "Time Series (Daily)": {"2026-11-19": row}})


def redirect(request: httpx.Request) -> httpx.Response:
    return httpx.Response(302, headers={"location": str(request.url), "content-type": f"text/{CANARY}"})


def crash(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError(f"{request.url} was reset", request=request)


def bad_address(request: httpx.Request) -> httpx.Response:
    raise httpx.UnsupportedProtocol(f"no {request.url}", request=request)


def late(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout(f"{request.url} was slow", request=request)


def unreadable(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=f"{CANARY} is no JSON".encode())


def zipped(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=f"{request.url}".encode(), headers={"content-encoding": "gzip"})


def told_by(error: BaseException) -> str:
    """Everything an exception shows: its words, its attributes, its causes and contexts, pickled and as a traceback."""
    texts = ["".join(traceback.format_exception(error)), repr(error), repr(vars(error)), repr(pickle.dumps(error))]
    texts.extend(told_by(linked) for linked in (error.__cause__, error.__context__) if linked is not None)
    return "\n".join(texts)


@pytest.mark.parametrize(
    "server", [echo, html_echo, data_echo, redirect, crash, bad_address, late, unreadable, zipped], ids=lambda server: server.__name__
)
def test_the_key_is_in_nothing_that_leaves_the_client(
    server: Callable[[httpx.Request], httpx.Response], caplog: pytest.LogCaptureFixture
) -> None:
    http = httpx.Client(transport=httpx.MockTransport(server))
    client = AlphaVantageClient(
        http,
        api_url="https://api.test/query",
        api_key=CANARY,
        pace=RateLimiter(PLANS["premium_1200"], sleep=lambda _: None, clock=iter(range(10_000)).__next__),
        waits=RetryPolicy(retry_total=5.0),
        now=lambda: datetime(2026, 11, 20, tzinfo=UTC),
        clock=iter(range(10_000)).__next__,
        sleep=lambda _: None,
    )
    with caplog.at_level(logging.DEBUG), pytest.raises(Refusal) as caught:
        client.fetch(CALL)
    refusal = caught.value
    everything = "\n".join(
        [told_by(refusal), repr(refusal.as_record()), repr(client), *(record.getMessage() for record in caplog.records), caplog.text]
    )
    for spelling in (CANARY, ENCODED):
        assert spelling.lower() not in everything.lower()
    assert any(record.name == "httpx" for record in caplog.records) or server in {crash, bad_address, late, zipped}


def test_no_frame_of_a_raised_refusal_holds_an_error_of_the_http_client() -> None:
    client = AlphaVantageClient(
        httpx.Client(transport=httpx.MockTransport(crash)),
        api_url="https://api.test/query",
        api_key=CANARY,
        pace=RateLimiter(PLANS["premium_1200"]),
        waits=RetryPolicy(retry_total=0.0),
        now=lambda: datetime(2026, 11, 20, tzinfo=UTC),
    )
    with pytest.raises(Refusal) as caught:
        client.fetch(CALL)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    trace: TracebackType | None = caught.value.__traceback__
    frames: list[FrameType] = []
    while trace is not None:
        frames.append(trace.tb_frame)
        trace = trace.tb_next
    values: list[Any] = [value for frame in frames for value in frame.f_locals.values()]
    assert not [value for value in values if isinstance(value, httpx.HTTPError)]
    gc.collect()


def test_the_log_lines_of_the_http_client_are_kept_and_scrubbed(caplog: pytest.LogCaptureFixture) -> None:
    redact_key_in_logs(CANARY)
    redact_key_in_logs(CANARY)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("httpx").info("HTTP Request: %s %s", "GET", httpx.URL("https://x.test", params={"apikey": CANARY}))
        logging.getLogger("httpcore.http11").debug("headers %r", [(b"location", CANARY.encode())])
    assert [record.getMessage() for record in caplog.records] == [
        "HTTP Request: GET https://x.test?apikey=[key]",
        "headers [(b'location', b'[key]')]",
    ]


def test_an_answer_that_is_data_has_no_key_in_its_content_type() -> None:
    def server(_: httpx.Request) -> httpx.Response:
        row = {"1. open": "1.0", "2. high": "2.0", "3. low": "0.5", "4. close": "1.5", "5. volume": "7"}
        body = json.dumps({"Meta Data": {"2. Symbol": "IBM"}, "Time Series (Daily)": {"2026-11-19": row}})
        return httpx.Response(200, content=body, headers={"content-type": f"application/json; x={CANARY}"})

    client = AlphaVantageClient(
        httpx.Client(transport=httpx.MockTransport(server)),
        api_url="https://api.test/query",
        api_key=CANARY,
        pace=RateLimiter(PLANS["premium_1200"]),
        now=lambda: datetime(2026, 11, 20, tzinfo=UTC),
    )
    answer = client.fetch(CALL)
    assert isinstance(answer, Answer)
    assert answer.content_type == "application/json; x=[key]"
