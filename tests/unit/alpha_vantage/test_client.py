import json
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tasks.alpha_vantage.api_plans import PLANS, ApiPlan
from tasks.alpha_vantage.client import AlphaVantageClient, RetryPolicy
from tasks.alpha_vantage.rate_limiter import RateLimiter
from tasks.alpha_vantage.refusals import (
    ConnectionLost,
    DemoKey,
    EmptyAnswer,
    HtmlPage,
    HttpStatus,
    InvalidCall,
    KeyInAnswer,
    LegacyThrottle,
    MinuteThrottle,
    NoticeInCsv,
    PremiumOutputSize,
    QuotaExhausted,
    Refusal,
    SecondThrottle,
    ServerTrouble,
    TimedOut,
    TooManyRequests,
    Truncated,
    UnknownNotice,
    UnusableAddress,
    WrongSymbol,
)
from tasks.records import Answer, Call, Scope

KEY = "CANARYKEY0123456"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
CALL = Call("TIME_SERIES_DAILY", "IBM", {"outputsize": "compact"})

SECOND = "Please consider spreading out your free API requests more sparingly (1 request per second) ... (25 requests per day)"
FIVE = "Burst pattern detected: no more than 5 requests per second"
MINUTE = "Minute-level rate limit exceed."
DAY = f"We have detected your API key as {KEY} and our standard API rate limit is 25 requests per day."
LEGACY = "Our standard API call frequency is 5 calls per minute and 500 calls per day."

Server = Callable[[httpx.Request], httpx.Response]


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def daily(symbol: str = "IBM", information: str = "Daily Prices") -> bytes:
    row = {"1. open": "1.0", "2. high": "2.0", "3. low": "0.5", "4. close": "1.5", "5. volume": "7"}
    meta = {"1. Information": information, "2. Symbol": symbol}
    return json.dumps({"Meta Data": meta, "Time Series (Daily)": {"2026-11-19": row}}).encode()


def notice(text: str) -> httpx.Response:
    return httpx.Response(200, json={"Information": text})


def page(status: int = 200) -> httpx.Response:
    return httpx.Response(status, html="<html></html>")


def says(*answers: httpx.Response | Exception) -> tuple[Server, list[httpx.Request]]:
    """A server that gives these answers one after the other, the last one for ever."""
    seen: list[httpx.Request] = []

    def server(request: httpx.Request) -> httpx.Response:
        answer = answers[min(len(seen), len(answers) - 1)]
        seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    return server, seen


def client(server: Server, time: Time | None = None, profile: ApiPlan = PLANS["premium_1200"], **changes: Any) -> AlphaVantageClient:
    time = time or Time()
    settings: dict[str, Any] = {
        "api_url": "https://api.test/query",
        "api_key": KEY,
        "pace": RateLimiter(profile, clock=time.clock, sleep=time.sleep),
        "waits": RetryPolicy(),
        "now": lambda: NOON,
        "clock": time.clock,
        "sleep": time.sleep,
        "random": lambda: 0.0,
        **changes,
    }
    return AlphaVantageClient(httpx.Client(transport=httpx.MockTransport(server)), **settings)


def refused(server: Server, time: Time | None = None, **changes: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        client(server, time, **changes).fetch(CALL)
    return caught.value


def test_an_answer_carries_the_exact_bytes_and_the_moment_it_was_received() -> None:
    server, seen = says(httpx.Response(200, content=daily(), headers={"content-type": "application/json"}))
    assert client(server).fetch(CALL) == Answer(CALL, daily(), 200, "application/json", NOON, attempts=1)
    assert dict(seen[0].url.params) == {"function": "TIME_SERIES_DAILY", "symbol": "IBM", "outputsize": "compact", "apikey": KEY}
    assert seen[0].method == "GET"
    assert seen[0].headers["accept"] == "*/*"


@pytest.mark.parametrize(
    "trouble",
    [
        notice(SECOND),
        notice(FIVE),
        notice(MINUTE),
        notice(LEGACY),
        notice("Something new."),
        httpx.Response(200, content=b"{}"),
        httpx.Response(200, content=daily()[:50]),
        httpx.Response(200, content=b"symbol,name\r\nI,n\r\n"),
        httpx.Response(429),
        page(),
        page(503),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
    ],
)
def test_what_passes_by_itself_is_asked_again_and_the_data_still_land(trouble: httpx.Response | Exception) -> None:
    server, seen = says(trouble, httpx.Response(200, content=daily()))
    answer = client(server).fetch(CALL)
    assert answer.body == daily()
    assert answer.attempts == len(seen) == 2


@pytest.mark.parametrize(
    ("answer", "kind", "scope"),
    [
        (notice(DAY), QuotaExhausted, Scope.DAY),
        (notice("The outputsize=full parameter value is a premium feature for it."), PremiumOutputSize, Scope.FUNCTION),
        (notice("The **demo** API key is for demo purposes only."), DemoKey, Scope.KEY),
        (httpx.Response(200, json={"Error Message": "Invalid API call."}), InvalidCall, Scope.SYMBOL),
        (httpx.Response(200, content=daily("MSFT")), WrongSymbol, Scope.SYMBOL),
        (httpx.Response(302, headers={"location": f"https://elsewhere.test/?apikey={KEY}"}), HttpStatus, Scope.REQUEST),
        (httpx.UnsupportedProtocol("no"), UnusableAddress, Scope.KEY),
    ],
)
def test_what_asking_again_cannot_change_costs_one_request_and_no_wait(
    answer: httpx.Response | Exception, kind: type[Refusal], scope: Scope
) -> None:
    server, seen = says(answer)
    time = Time()
    refusal = refused(server, time)
    assert (type(refusal), refusal.scope, refusal.attempts) == (kind, scope, 1)
    assert len(seen) == 1
    assert time.slept == []


@pytest.mark.parametrize(
    ("answer", "kind", "requests", "scope"),
    [
        (httpx.Response(200, content=b"{}"), EmptyAnswer, 3, Scope.SYMBOL),
        (notice("Something new."), UnknownNotice, 2, Scope.REQUEST),
        (notice(LEGACY), LegacyThrottle, 2, Scope.DAY),
        (httpx.Response(200, content=b"symbol,name\r\nI,n\r\n"), NoticeInCsv, 2, Scope.FUNCTION),
    ],
)
def test_some_refusals_are_asked_again_a_few_times_only(answer: httpx.Response, kind: type[Refusal], requests: int, scope: Scope) -> None:
    server, seen = says(answer)
    refusal = refused(server)
    assert (type(refusal), refusal.attempts, refusal.scope) == (kind, requests, scope)
    assert len(seen) == requests


def test_a_refusal_that_was_found_to_be_of_the_key_is_not_asked_again() -> None:
    server, seen = says(notice("Something new."))

    def widen(refusal: Refusal) -> None:
        refusal.scope = Scope.KEY

    with pytest.raises(UnknownNotice) as caught:
        client(server).fetch(CALL, widen)
    assert (caught.value.scope, caught.value.attempts, len(seen)) == (Scope.KEY, 1, 1)


def test_the_waits_double_up_to_their_limit_until_the_total_is_spent() -> None:
    """The waits double up to their limit and end when the total is spent."""
    server, _ = says(page(503))
    time = Time()
    waits = RetryPolicy(retry_wait=1.0, retry_wait_limit=8.0, retry_total=30.0)
    refusal = refused(server, time, waits=waits)
    assert isinstance(refusal, ServerTrouble)
    assert [wait for wait in time.slept if wait >= 1.0] == [1.0, 2.0, 4.0, 8.0, 8.0]
    assert refusal.attempts == 6
    assert time.now - 1000.0 <= 30.0


def test_jitter_adds_up_to_half_of_a_wait() -> None:
    server, _ = says(page(503), httpx.Response(200, content=daily()))
    time = Time()
    client(server, time, waits=RetryPolicy(retry_wait=2.0), random=lambda: 1.0).fetch(CALL)
    assert time.slept == [3.0]


@pytest.mark.parametrize("answer", [notice(MINUTE), httpx.Response(429)])
def test_a_refusal_of_the_minute_waits_the_minute_out(answer: httpx.Response) -> None:
    server, _ = says(answer, httpx.Response(200, content=daily()))
    time = Time()
    client(server, time, waits=RetryPolicy(minute_wait=62.0)).fetch(CALL)
    assert sum(time.slept) == pytest.approx(62.0)


@pytest.mark.parametrize("kind", [MinuteThrottle, TooManyRequests])
def test_a_minute_that_never_passes_is_given_up_within_the_total(kind: type[Refusal]) -> None:
    server, _ = says(notice(MINUTE) if kind is MinuteThrottle else httpx.Response(429))
    time = Time()
    refusal = refused(server, time, waits=RetryPolicy(minute_wait=62.0, retry_total=300.0))
    assert (type(refusal), refusal.attempts, refusal.scope) == (kind, 5, Scope.MINUTE)
    assert time.now - 1000.0 <= 300.0


def test_a_refusal_of_the_minute_holds_back_every_call_of_the_key() -> None:
    time = Time()
    server, _ = says(notice(MINUTE), httpx.Response(200, content=daily()))
    client(server, time, sleep=lambda _: None, waits=RetryPolicy(minute_wait=62.0)).fetch(CALL)  # only the shared pace can wait here
    assert time.now - 1000.0 == pytest.approx(62.0)


def test_a_stated_rate_is_learnt_even_when_the_call_is_given_up() -> None:
    time = Time()
    pace = RateLimiter(PLANS["premium_1200"], clock=time.clock, sleep=time.sleep)
    server, _ = says(notice(FIVE))
    assert isinstance(refused(server, time, pace=pace, waits=RetryPolicy(retry_total=0.0)), SecondThrottle)
    assert pace.calls_per_second == 5


def test_refusals_of_one_call_share_its_time_and_the_last_is_raised() -> None:
    """Different refusals of one call share its time and the last one is raised."""
    server, seen = says(page(503), httpx.ReadTimeout("slow"), page(), httpx.Response(200, content=daily()[:40]), notice(DAY))
    refusal = refused(server)
    assert isinstance(refusal, QuotaExhausted)
    assert refusal.attempts == len(seen) == 5


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.ReadTimeout("slow"), TimedOut),
        (httpx.ConnectError("refused"), ConnectionLost),
        (page(), HtmlPage),
        (httpx.Response(200, content=b'{"Meta'), Truncated),
    ],
)
def test_transport_that_stays_broken_is_given_up_within_the_total(answer: httpx.Response | Exception, kind: type[Refusal]) -> None:
    server, _ = says(answer)
    time = Time()
    refusal = refused(server, time, waits=RetryPolicy(retry_total=20.0))
    assert (type(refusal), refusal.scope) == (kind, Scope.TRANSPORT)
    assert time.now - 1000.0 <= 20.0


def test_a_body_that_drips_for_ever_ends_with_the_calls_time() -> None:
    time = Time()

    class Dripping(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                time.now += 10.0
                yield b" "

    refusal = refused(lambda _: httpx.Response(200, stream=Dripping()), time, waits=RetryPolicy(retry_total=100.0))
    assert isinstance(refusal, TimedOut)
    assert refusal.attempts == 1
    assert time.now - 1000.0 <= 110.0


def test_data_that_hold_the_key_are_not_handed_on() -> None:
    server, _ = says(httpx.Response(200, content=daily(information=f"for {KEY}")))
    refusal = refused(server)
    assert isinstance(refusal, KeyInAnswer)
    assert KEY.encode() not in (refusal.body or b"")


def test_every_request_is_reserved_before_it_is_sent_or_is_not_sent() -> None:
    """Every request is reserved before it is sent, and a refused reservation sends nothing."""
    reserved: list[Call] = []
    server, seen = says(page(503), httpx.Response(200, content=daily()))
    client(server, reserve=reserved.append).fetch(CALL)
    assert len(reserved) == len(seen) == 2

    def nothing_left(call: Call) -> None:
        raise QuotaExhausted(call)

    server, seen = says(httpx.Response(200, content=daily()))
    assert isinstance(refused(server, reserve=nothing_left), QuotaExhausted)
    assert seen == []


def test_a_call_is_reserved_before_it_queues_and_released_at_its_turn() -> None:
    """A call is reserved before it queues and released when its turn has come."""
    time, told = Time(), list[tuple[str, float]]()
    pace = RateLimiter(PLANS["premium_1200"], clock=time.clock, sleep=time.sleep)
    pace.pause(7.0)
    server, seen = says(httpx.Response(200, content=daily()))
    begun = time.clock()
    client(
        server,
        time,
        pace=pace,
        reserve=lambda _: told.append(("reserved", time.clock())),
        release=lambda _: told.append(("released", time.clock())),
    ).fetch(CALL)
    assert told == [("reserved", begun), ("released", begun + 7.0)]

    def stopped(call: Call) -> None:
        raise QuotaExhausted(call)

    server, seen = says(httpx.Response(200, content=daily()))
    assert isinstance(refused(server, release=stopped), QuotaExhausted)
    assert seen == []


def test_queueing_for_the_first_turn_is_not_the_calls_time() -> None:
    time = Time()
    pace = RateLimiter(PLANS["premium_1200"], clock=time.clock, sleep=time.sleep)
    pace.pause(500.0)
    server, _ = says(page(503), httpx.Response(200, content=daily()))
    assert client(server, time, pace=pace, waits=RetryPolicy(retry_total=10.0)).fetch(CALL).attempts == 2


def test_every_retry_is_one_line_without_url_or_key(caplog: pytest.LogCaptureFixture) -> None:
    server, _ = says(notice(f"A new notice for API key as {KEY} at https://x.test/?apikey={KEY}"), httpx.Response(200, content=daily()))
    with caplog.at_level(logging.INFO, logger="tickerhouse.alpha_vantage"):
        client(server).fetch(CALL)
    lines = [record.getMessage() for record in caplog.records if record.name == "tickerhouse.alpha_vantage"]
    assert len(lines) == 1
    assert "TIME_SERIES_DAILY IBM: an unknown notice" in lines[0]
    assert "Retrying in 2.0 s (attempt 2)." in lines[0]
    assert KEY not in lines[0]


def test_threads_may_share_a_client() -> None:
    answers: list[Answer] = []
    server, seen = says(httpx.Response(200, content=daily()))
    shared = client(server)
    threads = [threading.Thread(target=lambda: answers.append(shared.fetch(CALL))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.attempts for answer in answers] == [1] * 8
    assert len(seen) == 8
