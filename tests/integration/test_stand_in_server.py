import http.client
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from infra.local.alpha_vantage import AlphaVantageServer, SourceSettings

pytestmark = pytest.mark.embedded

AS_OF = "2026-11-20T22:00:00Z"
CATALOG = Path(__file__).resolve().parents[2] / ".." / "shared" / "recorded" / "refusals" / "catalog.json"


@pytest.fixture
def server() -> Iterator[AlphaVantageServer]:
    with AlphaVantageServer() as running:
        yield running


def ask(client: httpx.Client, url: str, **parameters: str) -> httpx.Response:
    return client.get(url, params={"function": "TIME_SERIES_DAILY", "symbol": "AAPL", "apikey": "CANARY"} | parameters)


def test_a_source_made_over_http_answers_daily_prices(server: AlphaVantageServer) -> None:
    made = httpx.post(f"{server.url}/sources", json={"kind": "synthetic", "as_of": AS_OF, "plan": "premium_75"})
    assert made.status_code == 200
    with httpx.Client() as client:
        answer = ask(client, made.json()["url"])
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["Meta Data"]["2. Symbol"] == "AAPL"
    assert len(answer.json()["Time Series (Daily)"]) == 100
    assert next(iter(answer.json()["Time Series (Daily)"])) == "2026-11-20"


def test_equal_settings_are_one_source_that_keeps_its_limits() -> None:
    settings = {"kind": "synthetic", "as_of": AS_OF, "plan": "free"}
    with AlphaVantageServer(monotonic=lambda: 0.0) as server, httpx.Client() as client:
        first, second = (client.post(f"{server.url}/sources", json=settings).json() for _ in range(2))
        other = client.post(f"{server.url}/sources", json=settings | {"label": "another"}).json()
        assert first == second
        assert other["url"] != first["url"]
        assert "Time Series (Daily)" in ask(client, first["url"]).json()
        assert "1 request per second" in ask(client, second["url"]).json()["Information"]
        assert "Time Series (Daily)" in ask(client, other["url"]).json()
        told = client.get(first["url"].removesuffix("query") + "requests")
        listed = client.get(f"{server.url}/sources").json()
    assert told.json()["counts"] == {"TIME_SERIES_DAILY": {"AAPL": 2}}
    assert told.json()["rejected"] == {"second": 1, "minute": 0, "day": 0}
    assert "CANARY" not in told.text
    assert [source["requests"] for source in listed] == [2, 1]


def test_a_day_of_a_free_key_ends_with_a_notice_that_echoes_the_key() -> None:
    moments = iter(range(0, 1000, 2))
    with AlphaVantageServer(monotonic=lambda: float(next(moments))) as server, httpx.Client() as client:
        url = server.add_source(SourceSettings(as_of=AS_OF, plan="free"))
        answers = [ask(client, url).json() for _ in range(26)]
    assert all("Time Series (Daily)" in answer for answer in answers[:25])
    assert answers[25]["Information"].startswith(
        "We have detected your API key as CANARY and our standard API rate limit is 25 requests per day."
    )


def test_a_source_without_an_instant_follows_the_servers_clock() -> None:
    with AlphaVantageServer(now=lambda: datetime(2024, 3, 28, 23, tzinfo=UTC)) as server, httpx.Client() as client:
        answer = ask(client, server.add_source(SourceSettings()))
    assert answer.json()["Meta Data"]["3. Last Refreshed"] == "2024-03-28"


def test_settings_that_cannot_be_are_refused_with_the_fact(server: AlphaVantageServer, tmp_path: Path) -> None:
    for settings, fact in (
        ({"kind": "replay", "folder": str(tmp_path / "nowhere")}, "is not there"),
        ({"kind": "replay", "folder": str(tmp_path)}, "holds nothing to replay"),
        ({"kind": "synthetic", "plan": "gold"}, "no plan"),
        ({"kind": "synthetic", "scenario": {"rules": [{"answer": "trouble"}]}}, "trouble"),
    ):
        answer = httpx.post(f"{server.url}/sources", json=settings)
        assert answer.status_code == 400
        assert fact in answer.json()["error"]
    assert httpx.post(f"{server.url}/sources", content=b"{").status_code == 400
    assert httpx.get(f"{server.url}/sources/synthetic-0/query").status_code == 404


def test_the_wire_is_the_apis(server: AlphaVantageServer) -> None:
    url = server.add_source(SourceSettings(as_of=AS_OF, plan="premium_1200"))
    with httpx.Client() as client:
        assert ask(client, url, datatype="csv").headers["content-type"] == "application/x-download"
        assert (
            "apikey is invalid or missing"
            in client.get(url, params={"function": "TIME_SERIES_DAILY", "apiKey": "CANARY"}).json()["Error Message"]
        )
        assert client.post(url, params={"apikey": "CANARY"}).status_code == 405
        assert client.get(url, headers={"Accept": "text/csv"}).status_code == 406
        nonsense = ask(client, url, symbol="NOPE")
        assert (nonsense.status_code, nonsense.headers["content-type"]) == (200, "application/json")
        # A refusal to a request for CSV comes as JSON.
        assert ask(client, url, symbol="NOPE", datatype="csv").headers["content-type"] == "application/json"


def test_a_connection_is_kept(server: AlphaVantageServer) -> None:
    url = urlsplit(server.add_source(SourceSettings(as_of=AS_OF, plan="premium_1200")))
    connection = http.client.HTTPConnection(f"{url.hostname}:{url.port}", timeout=5)
    sockets = []
    for symbol in ("AAPL", "NOPE", "MSFT"):
        connection.request("GET", f"{url.path}?function=TIME_SERIES_DAILY&symbol={symbol}&apikey=CANARY")
        assert connection.getresponse().read()
        sockets.append(connection.sock)
    connection.close()
    assert sockets[0] is not None
    assert sockets[0] is sockets[1] is sockets[2]


def test_faults_on_the_wire_are_felt_by_a_client(server: AlphaVantageServer) -> None:
    faults = ("truncate", "reset", "hang", "latency", "slow", "http_503")
    rules = [
        {"symbol": symbol, "answer": fault, "seconds": 0.3}
        for symbol, fault in zip(("AAPL", "MSFT", "IBM", "NVDA", "SPY", "ON"), faults, strict=True)
    ]
    url = server.add_source(SourceSettings(as_of=AS_OF, plan="premium_1200", scenario={"rules": rules}))
    with httpx.Client(timeout=5.0) as client:
        with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
            ask(client, url, symbol="AAPL")
        with pytest.raises(httpx.NetworkError):
            ask(client, url, symbol="MSFT")
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            ask(client, url, symbol="IBM")
        for symbol in ("NVDA", "SPY"):
            started = time.monotonic()
            assert len(ask(client, url, symbol=symbol).json()["Time Series (Daily)"]) == 100
            assert time.monotonic() - started >= 0.28
        assert ask(client, url, symbol="ON").status_code == 503


def test_stopping_ends_answers_that_hang() -> None:
    server = AlphaVantageServer().start()
    url = server.add_source(SourceSettings(as_of=AS_OF, scenario={"rules": [{"answer": "hang"}]}))
    felt: list[Exception] = []

    def hang() -> None:
        try:
            httpx.get(url, params={"apikey": "CANARY"}, timeout=30.0)
        except httpx.HTTPError as error:
            felt.append(error)

    waiting = threading.Thread(target=hang)
    waiting.start()
    while not httpx.get(url.removesuffix("query") + "requests").json()["total"]:
        time.sleep(0.01)
    started = time.monotonic()
    server.stop()
    waiting.join(10.0)
    assert time.monotonic() - started < 3
    assert len(felt) == 1


def test_many_callers_at_once_are_held_to_the_limit_and_all_answered(server: AlphaVantageServer) -> None:
    url = server.add_source(SourceSettings(as_of=AS_OF, plan="premium_600"))
    given: list[bool] = []

    def call(number: int) -> None:
        with httpx.Client() as client:
            given.extend("Time Series (Daily)" in ask(client, url, symbol=f"ZZA{10 * number + place:03d}").json() for place in range(10))

    started = time.monotonic()
    callers = [threading.Thread(target=call, args=(number,)) for number in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    seconds = time.monotonic() - started
    assert len(given) == 80
    assert 20 <= sum(given) <= 20 * (1 + int(seconds))
    assert httpx.get(url.removesuffix("query") + "requests").json()["rejected"]["second"] == 80 - sum(given)


def test_every_recorded_refusal_is_replayed_to_the_byte(server: AlphaVantageServer, tmp_path: Path) -> None:
    if not CATALOG.exists():
        pytest.skip("recorded answers are not beside this checkout")
    entries = json.loads(CATALOG.read_text())
    for number, entry in enumerate(entries):
        extension = entry["file"].rsplit(".", 1)[1]
        (tmp_path / f"time_series_daily-zza{number:03d}.{extension}").write_bytes((CATALOG.parent / entry["file"]).read_bytes())
        response = {"status": entry["http_status"], "content_type": entry["content_type"]}
        (tmp_path / f"time_series_daily-zza{number:03d}.response.json").write_text(json.dumps(response))
    url = server.add_source(SourceSettings(kind="replay", folder=tmp_path, as_of=AS_OF))
    with httpx.Client() as client:
        for number, entry in enumerate(entries):
            answer = ask(client, url, symbol=f"ZZA{number:03d}")
            assert answer.content == (CATALOG.parent / entry["file"]).read_bytes()
            assert (answer.status_code, answer.headers["content-type"]) == (entry["http_status"], entry["content_type"])
        assert "Invalid API call" in ask(client, url, symbol="ZZA999").json()["Error Message"]
        assert "invalid or missing" in ask(client, url, symbol="ZZA000", apikey="").json()["Error Message"]
    assert len(entries) >= 26


def test_recorded_prices_are_replayed_to_the_byte(server: AlphaVantageServer) -> None:
    folder = CATALOG.parents[1] / "prices"
    if not folder.exists():
        pytest.skip("recorded answers are not beside this checkout")
    url = server.add_source(SourceSettings(kind="replay", folder=folder, as_of="2019-11-30T12:00:00Z"))
    with httpx.Client() as client:
        answer = ask(client, url, symbol="MSFT", outputsize="full")
    assert answer.content == (folder / "time_series_daily-msft-2019-11-30.json").read_bytes()
