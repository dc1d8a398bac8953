"""Each hostile answer of the API ends under its right name, or its odd rows are quarantined; one symbol costs one symbol, and no secret.

Every row of the tables goes through the real client. What it takes for data is parsed and validated in one batch, beside a sound symbol.
Wordings of notices are in ``tests/unit/alpha_vantage/test_classify.py``, any bytes at all in ``test_hostile.py`` beside it.
"""

import copy
import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import repeat
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final, cast

import httpx
import pytest

from tasks.alpha_vantage.api_plans import PLANS
from tasks.alpha_vantage.client import AlphaVantageClient, RetryPolicy
from tasks.alpha_vantage.listing_status import read_listing_status
from tasks.alpha_vantage.rate_limiter import RateLimiter
from tasks.alpha_vantage.refusals import Refusal
from tasks.datasets import DAILY_PRICES
from tasks.lake.captures import store_capture
from tasks.lake.store import LakeStore
from tasks.orchestration.run import Run
from tasks.orchestration.settings import Settings
from tasks.parse import parse_captures
from tasks.records import Answer, Call, CapturedBody, Observation
from tasks.sessions import SessionClock, sessions_between
from tasks.validate import validate_rows

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from tasks.orchestration.clients import Clients

KEY: Final = "CANARYKEY0123456"
RUN_ID: Final = "20240310T220000Z-1a2b3c4d"
AS_OF: Final = datetime(2024, 3, 10, 22, tzinfo=UTC)
SESSIONS: Final = [str(day) for day in sessions_between(date(2024, 1, 30), date(2024, 3, 8))]
ODD: Final = "2024-02-29"
BAR: Final = {"1. open": "10.0", "2. high": "10.5", "3. low": "9.5", "4. close": "10.1", "5. volume": "7"}
LIMIT: Final = 1 << 20

Server = Callable[[str], httpx.Response]


def series(symbol: str, odd: str | None = None, **others: str) -> str:
    """A sound answer as JSON; ``odd`` stands in place of a bar, ``others`` in place of other parts of it."""
    bars = {day: json.dumps(BAR | {"4. close": f"10.{place:02}"}) for place, day in enumerate(SESSIONS)}
    rows = [f'"{day}": {bar}' for day, bar in bars.items()]
    if odd is not None:
        rows[SESSIONS.index(ODD)] = odd
    meta = json.dumps({"1. Information": "Daily", "2. Symbol": symbol})
    text = f'{{"Meta Data": {meta}, "Time Series (Daily)": {{{", ".join(rows)}}}}}'
    for old, new in others.items():
        text = text.replace(old, new)
    return text


def with_value(name: str, value: str, day: str = ODD) -> Server:
    """A value of one bar, as JSON."""
    members = ", ".join(f'"{each}": {value if each.endswith(name) else json.dumps(text)}' for each, text in BAR.items())
    return body(lambda symbol: series(symbol, f'"{day}": {{{members}}}'))


def on_day(day: str) -> Server:
    return body(lambda symbol: series(symbol, f'"{day}": {json.dumps(BAR)}'))


def body(text: Callable[[str], str | bytes], status: int = 200, **headers: str) -> Server:
    named = {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(symbol: str) -> httpx.Response:
        content = text(symbol)
        return httpx.Response(
            status, headers=named, content=content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        )

    return answer


def says(text: str | bytes, status: int = 200, **headers: str) -> Server:
    return body(lambda _: text, status, **headers)


def page(status: int = 200, text: str = "Are you human?", **headers: str) -> Server:
    return says(f"<!DOCTYPE html><html><body>{text}</body></html>", status, **{"content_type": "text/html", **headers})


def raises(error: Exception) -> Server:
    def answer(_: str) -> httpx.Response:
        raise error

    return answer


class Stream(httpx.SyncByteStream):
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces


def streams(pieces: Callable[[], Iterator[bytes]], **headers: str) -> Server:
    return lambda _: httpx.Response(
        200, headers={name.replace("_", "-"): value for name, value in headers.items()}, stream=Stream(pieces())
    )


def cut_off() -> Iterator[bytes]:
    yield b'{"Meta Data": {'
    raise httpx.RemoteProtocolError("peer closed connection without sending complete message body (incomplete chunked read)")


@dataclass(frozen=True)
class Hostile:
    """What the API, or something in its place, answers, and what becomes of it.

    Attributes:
        what: for the test's name.
        server: gives the answer for a symbol.
        outcome: the refusal's name, ``loaded``, or the reason for which the odd bar is quarantined.
        rows: where data are loaded, how many of the sessions.
    """

    what: str
    server: Server
    outcome: str
    rows: int = len(SESSIONS)


WITHOUT_ONE: Final = len(SESSIONS) - 1
DAY_NOTICE: Final = f"We have detected your API key as {KEY} and our standard API rate limit is 25 requests per day."
OTHER: Final = json.dumps(BAR | {"4. close": "10.2"})
BOMB: Final = gzip.compress(b" " * (2 * LIMIT))

ANSWERS: Final = (
    Hostile("a page of the server's fault", page(500), "ServerTrouble"),
    Hostile("a page of a CDN's fault", page(502), "ServerTrouble"),
    Hostile("unavailable, as JSON", says('{"message": "Service Unavailable"}', 503), "ServerTrouble"),
    Hostile("a blocked address", page(403), "HttpStatus"),
    Hostile("data under a status of 404", body(series, 404), "HttpStatus"),
    Hostile("a rate limit without a body", says("", 429), "TooManyRequests"),
    Hostile("no content", says("", 204), "HttpStatus"),
    Hostile("part of the content", body(series, 206), "HttpStatus"),
    Hostile("a redirect with the key", says("", 302, location=f"https://elsewhere.test/?apikey={KEY}"), "HttpStatus"),
    Hostile("a redirect to nowhere", says("", 302, location=f"http://[?apikey={KEY}"), "HttpStatus"),
    Hostile("a captcha", page(), "HtmlPage"),
    Hostile("a login of a proxy, called JSON", page(content_type="application/json"), "HtmlPage"),
    Hostile("XML", says('<?xml version="1.0"?><Error/>', content_type="application/xml"), "HtmlPage"),
    Hostile("data called a download", body(series, content_type="application/x-download"), "loaded"),
    Hostile("data without a type", body(series, content_type=""), "loaded"),
    Hostile("a gzip bomb", streams(lambda: iter([BOMB]), content_encoding="gzip"), "BodyTooLarge"),
    Hostile("a gzip bomb in gzip", streams(lambda: iter([gzip.compress(BOMB)]), content_encoding="gzip, gzip"), "NotJson"),
    Hostile("gzip that is none", says(b"no gzip", content_encoding="gzip"), "ConnectionLost"),
    Hostile("an encoding nobody asked for", says(b"\x1b\x00\x00", content_encoding="br"), "NotJson"),
    Hostile("a body without end", streams(lambda: repeat(b"9" * 4096)), "BodyTooLarge"),
    Hostile("a body that drips", streams(lambda: repeat(b" ")), "TimedOut"),
    Hostile("a chunk that is cut", streams(cut_off), "ConnectionLost"),
    Hostile("no answer in time", raises(httpx.ReadTimeout("slow")), "TimedOut"),
    Hostile("a refused connection", raises(httpx.ConnectError(f"refused ?apikey={KEY}")), "ConnectionLost"),
    Hostile("an empty body", says(""), "Truncated"),
    Hostile("blanks", says(" \r\n"), "Truncated"),
    Hostile("JSON that is cut", body(lambda symbol: series(symbol)[:900]), "Truncated"),
    Hostile("an object without anything", says("{}"), "EmptyAnswer"),
    Hostile("a list", says("[]"), "WrongShape"),
    Hostile("a byte order mark", body(lambda symbol: "\ufeff" + series(symbol)), "loaded"),
    Hostile("UTF-16", body(lambda symbol: series(symbol).encode("utf-16")), "NotJson"),
    Hostile("NUL bytes", body(lambda symbol: series(symbol, **{'"10.05"': '"10.\0"'})), "NotJson"),
    Hostile("a list nested 10,000 deep", says("[" * 10_000 + "]" * 10_000), "NotJson"),
    Hostile("two documents", body(lambda symbol: series(symbol) * 2), "NotJson"),
    Hostile("data and a comment", body(lambda symbol: f"{series(symbol)}<!-- cached -->"), "NotJson"),
    Hostile("a call of JavaScript", body(lambda symbol: f"callback({series(symbol)})"), "NotJson"),
    Hostile("CSV in place of JSON", says("timestamp,open,high,low,close,volume\r\n2024-03-08,1,2,0.5,1.5,7\r\n"), "NotJson"),
    Hostile("another symbol's answer", body(lambda _: series("OTHER")), "WrongSymbol"),
    Hostile("a field twice", with_value("close", '"10.1", "4. close": "10.2"'), "WrongShape"),
    Hostile("a series twice", body(lambda symbol: series(symbol)[:-1] + ', "Time Series (Daily)": {}}'), "WrongShape"),
    Hostile("a column that vanished", body(lambda symbol: series(symbol, **{"5. volume": "5. turnover"})), "WrongShape"),
    Hostile("an error under 200", says('{"Error Message": "Invalid API call."}'), "InvalidCall"),
    Hostile("an unknown notice", says('{"Hinweis": "Bitte kommen Sie morgen wieder."}'), "UnknownNotice"),
    Hostile("the key in a notice", says(json.dumps({"Information": DAY_NOTICE})), "QuotaExhausted"),
    Hostile("the key in data", body(lambda symbol: series(symbol, **{'"Daily"': f'"for {KEY}"'})), "KeyInAnswer"),
    Hostile("artificial rows", body(lambda symbol: series(symbol)[:-1] + ', "message": "The rows are ARTIFICIAL."}'), "ArtificialRows"),
    Hostile("a day twice, equal", body(lambda symbol: series(symbol, f'"{ODD}": {json.dumps(BAR)}, "{ODD}": {json.dumps(BAR)}')), "loaded"),
    Hostile(
        "a day twice, different",
        body(lambda symbol: series(symbol, f'"{ODD}": {OTHER}, "{ODD}": {json.dumps(BAR)}')),
        "told twice",
        WITHOUT_ONE,
    ),
    Hostile("NaN", with_value("close", "NaN"), "close is not a number", WITHOUT_ONE),
    Hostile("infinity", with_value("high", "Infinity"), "high is not a number", WITHOUT_ONE),
    Hostile("an exponent", with_value("high", "1e999"), "high is not a number", WITHOUT_ONE),
    Hostile("a price of 40 digits", with_value("high", f'"{"9" * 40}"'), "high does not fit", WITHOUT_ONE),
    Hostile("a volume of 40 digits", with_value("volume", f'"{"9" * 40}"'), "volume does not fit", WITHOUT_ONE),
    Hostile("a volume no week can sum", with_value("volume", f'"{4 * 10**18}"'), "volume does not fit", WITHOUT_ONE),
    Hostile("a lone surrogate", with_value("close", r'"\ud800"'), "close is not a number", WITHOUT_ONE),
    Hostile("a NUL in a price", with_value("close", r'"10.1\u0000"'), "close is not a number", WITHOUT_ONE),
    Hostile("digits of another script", with_value("close", r'"\u0661\u0660.\u0661"'), "close is not a number", WITHOUT_ONE),
    Hostile("a word for a volume", with_value("volume", '"N/A"'), "volume is", WITHOUT_ONE),
    Hostile("a price that is an object", with_value("close", '{"value": "10.1"}'), "close is not a number", WITHOUT_ONE),
    Hostile("a negative price", with_value("low", '"-9.5"'), "low is not above zero", WITHOUT_ONE),
    Hostile("a price of zero", with_value("close", '"0.0000"'), "close is not above zero", WITHOUT_ONE),
    Hostile("a session no year has", on_day("2023-02-29"), "session is", WITHOUT_ONE),
    Hostile("a session of year 1", on_day("0001-01-02"), "session is", WITHOUT_ONE),
    Hostile("a session far to come", on_day("9999-12-31"), "loaded", WITHOUT_ONE),
    Hostile("a session with a time", on_day(f"{ODD} 16:00:00"), "loaded", WITHOUT_ONE),
    Hostile("a session on a Sunday", on_day("2024-02-25"), "session is", WITHOUT_ONE),
)

HEADER: Final = "symbol,name,exchange,assetType,ipoDate,delistingDate,status\r\n"
LISTED: Final = "A,Agilent,NYSE,Stock,1999-11-18,null,Active\r\n"

LISTS: Final = (
    Hostile("JSON in place of CSV", says(json.dumps([{"symbol": "A"}])), "WrongShape"),
    Hostile("a notice as JSON in place of CSV", says(json.dumps({"Information": DAY_NOTICE})), "QuotaExhausted"),
    Hostile("a notice spelt in cells", says(f"{HEADER}I,n,f,o,r,m,a\r\n"), "NoticeInCsv"),
    Hostile("a page in place of CSV", page(), "HtmlPage"),
    Hostile("a header and no row", says(HEADER), "EmptyAnswer"),
    Hostile("a header that is cut", says(HEADER[:30]), "Truncated"),
    Hostile("a row that is cut", says(f"{HEADER}{LISTED}B,Barnes,NY"), "Truncated"),
    Hostile("a quoted cell that is cut", says(f'{HEADER}{LISTED}B,"Barnes, '), "Truncated"),
    Hostile("a quote that is never closed", says(f'{HEADER}B,"Barnes{LISTED}'), "WrongShape"),
    Hostile("a column twice", says(HEADER.replace("name", "symbol") + LISTED), "WrongShape"),
    Hostile("other columns", says("ticker,title\r\nA,Agilent\r\n"), "WrongShape"),
    Hostile("Latin 1", says(f"{HEADER}{LISTED}".replace("Agilent", "Agilént").encode("latin-1")), "WrongShape"),
    Hostile("a mark and entities", says(f"\ufeff{HEADER}{LISTED}".replace("Agilent", "A &amp; G")), "loaded", 1),
    Hostile("a row of other length", says(f"{HEADER}{LISTED}B,Barnes, Noble,NYSE,Stock,2000-01-03,null,Active\r\n"), "loaded", 2),
)

SYMBOLS: Final = {hostile.what: f"H{number:03}" for number, hostile in enumerate(ANSWERS)}


class Memory(LakeStore):
    """A lake for as long as the test runs."""

    def __init__(self) -> None:
        super().__init__(cast("S3Client", None), "lake")
        self._held: dict[str, bytes] = {}

    def put(self, key: str, body: bytes, content_type: str = "") -> str:
        del content_type
        self._held[key] = body
        return self.uri(key)

    def get(self, key: str) -> bytes:
        return self._held[key]

    def size_before_writing(self, key: str) -> int | None:
        del key
        return None


class Time:
    """A clock that moves with every look at it, and with sleeping."""

    now = 1000.0

    def clock(self) -> float:
        self.now += 0.001
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def fetched(server: Server, call: Call, http: Callable[[Server, str], httpx.Client]) -> Answer | Refusal:
    time = Time()
    pace = RateLimiter(PLANS["premium_1200"], clock=time.clock, sleep=time.sleep)
    client = AlphaVantageClient(
        http(server, call.symbol),
        api_url="https://api.test/query",
        api_key=KEY,
        pace=pace,
        waits=RetryPolicy(retry_total=20.0),
        now=lambda: AS_OF,
        body_limit=LIMIT,
        clock=time.clock,
        sleep=time.sleep,
    )
    try:
        return client.fetch(call)
    except Refusal as refusal:
        return refusal


@dataclass(frozen=True)
class Became:
    """What became of all answers: by symbol, the refusal, how many sessions are accepted, and why others are quarantined."""

    refusals: Mapping[str, Refusal]
    accepted: Mapping[str, int]
    reasons: Mapping[str, str]
    is_open: bool


@pytest.fixture(scope="module")
def http() -> Iterator[Callable[[Server, str], httpx.Client]]:
    """Clients that share one setting up of TLS, which takes longer than all of their requests."""
    with httpx.Client() as usual:

        def client(server: Server, symbol: str) -> httpx.Client:
            client = copy.copy(usual)
            client._transport, client._mounts = httpx.MockTransport(lambda _: server(symbol)), {}
            return client

        yield client


@pytest.fixture(scope="module")
def became(http: Callable[[Server, str], httpx.Client]) -> Became:
    """All answers of one run, from the request to the gate."""
    requested = {"SOUND": body(series)} | {SYMBOLS[hostile.what]: hostile.server for hostile in ANSWERS}
    outcomes = {symbol: fetched(server, Call("TIME_SERIES_DAILY", symbol), http) for symbol, server in requested.items()}
    answers = {symbol: outcome for symbol, outcome in outcomes.items() if isinstance(outcome, Answer)}
    lake = Memory()
    seen = tuple(
        Observation(answer.call, store_capture(lake, answer, {}), AS_OF, 200, answer.content_type, 1, RUN_ID) for answer in answers.values()
    )
    run = Run(RUN_ID, "daily_prices", Settings(), AS_OF, AS_OF, cast("Clients", SimpleNamespace(raw=lake, lake=lake)))
    clock = SessionClock(AS_OF, timedelta(hours=4))
    parsed = parse_captures(run, DAILY_PRICES, seen, clock)
    assert not parsed.set_aside
    verdict = validate_rows(run, DAILY_PRICES, parsed, clock.due(tuple(answers)))
    quarantined: dict[str, str] = {}
    for row in verdict.quarantined.to_pylist():
        quarantined[row["symbol"]] = f"{quarantined.get(row['symbol'], '')} {row['reasons']}"
    return Became(
        {symbol: outcome for symbol, outcome in outcomes.items() if isinstance(outcome, Refusal)},
        Counter(str(symbol) for symbol in verdict.accepted.column("symbol").to_pylist()),
        quarantined,
        verdict.gate.is_open,
    )


@pytest.mark.parametrize("hostile", ANSWERS, ids=lambda hostile: hostile.what.replace(" ", "_"))
def test_a_hostile_answer_ends_under_its_right_name(hostile: Hostile, became: Became) -> None:
    symbol = SYMBOLS[hostile.what]
    refusal = became.refusals.get(symbol)
    if hostile.outcome[0].isupper():
        assert refusal is not None, became.reasons.get(symbol)
        assert type(refusal).__name__ == hostile.outcome
        assert symbol not in became.accepted
        said = f"{refusal} {refusal.evidence} {refusal.body!r}"
        assert "\n" not in str(refusal)
        assert "Traceback" not in said
        assert KEY not in said
    else:
        assert refusal is None, str(refusal)
        assert became.accepted[symbol] == hostile.rows, became.reasons.get(symbol)
        reasons = became.reasons.get(symbol, "loaded")
        assert hostile.outcome in reasons


@pytest.mark.parametrize("hostile", LISTS, ids=lambda hostile: hostile.what.replace(" ", "_"))
def test_a_hostile_list_ends_under_its_right_name(hostile: Hostile, http: Callable[[Server, str], httpx.Client]) -> None:
    outcome = fetched(hostile.server, Call("LISTING_STATUS", options={"state": "active"}), http)
    if isinstance(outcome, Answer):
        read = read_listing_status([CapturedBody("", "raw/a", AS_OF, outcome.body)])
        assert (hostile.outcome, hostile.rows) == ("loaded", read.table.num_rows)
    else:
        assert type(outcome).__name__ == hostile.outcome, str(outcome)
        assert KEY not in f"{outcome} {outcome.evidence} {outcome.body!r}"


def test_what_is_odd_about_others_costs_a_sound_symbol_nothing(became: Became) -> None:
    assert became.accepted["SOUND"] == len(SESSIONS)
    assert "SOUND" not in {**became.reasons, **became.refusals}
    assert became.is_open


def test_there_are_at_least_forty_eight_of_them() -> None:
    assert len({hostile.what for hostile in (*ANSWERS, *LISTS)}) == len(ANSWERS) + len(LISTS) >= 48
