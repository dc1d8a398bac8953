"""The server: one port, any number of sources, each made while it runs.

- ``POST /sources`` with the settings as JSON answers ``{"id": …, "url": …}``; equal settings are the same source.
- ``GET /sources`` lists them; ``GET /sources/<id>/requests`` tells what one was asked.
- ``GET /sources/<id>/query?…`` is the API.
"""

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qsl, urlsplit

from infra.local.alpha_vantage.answers import Answer
from infra.local.alpha_vantage.errors import RecordingMissing, StandInError
from infra.local.alpha_vantage.refusals import refusal
from infra.local.alpha_vantage.settings import SourceSettings
from infra.local.alpha_vantage.source import Source
from infra.local.http_server import HttpServer

_ACCEPTED: Final = ("*/*", "application/*", "application/json")
_SLOW_PIECES: Final = 20


class AlphaVantageServer:
    """The stand-in for https://www.alphavantage.co.

    Args:
        host: to listen on.
        port: to listen on; 0 takes a free one.
        now: the clock (aware) of sources that have no ``as_of``.
        monotonic: seconds that never run backwards, for the limits.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = now
        self._monotonic = monotonic
        self._sources: dict[str, Source] = {}
        self._lock = threading.Lock()
        self.stopping = threading.Event()
        self._http = HttpServer(host, port, _Handler, owner=self)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._http.port

    @property
    def url(self) -> str:
        """``http://<host>:<port>``, without a slash at the end."""
        return self._http.url

    def start(self) -> Self:
        """Serves in the background from now on."""
        self._http.start()
        return self

    def stop(self) -> None:
        """Stops serving; hanging answers and kept connections end."""
        self.stopping.set()
        self._http.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def add_source(self, settings: SourceSettings) -> str:
        """Makes a source, unless there is one of equal settings already, and gives the address of its API.

        Raises:
            BadSource: invalid settings.
            BadScenario: an invalid scenario.
            RecordingMissing: a replay whose folder is not there or holds nothing to replay.
        """
        with self._lock:
            if settings.identity not in self._sources:
                self._sources[settings.identity] = Source(settings, self._now, self._monotonic)
        return f"{self.url}/sources/{settings.identity}/query"

    def requests(self, settings: SourceSettings) -> dict[str, Any]:
        """What the source of these settings was asked; see ``journal.Journal.as_json``."""
        return self._sources[settings.identity].journal.as_json()

    def source(self, identity: str) -> Source | None:
        """The source of that identity."""
        return self._sources.get(identity)

    def sources(self) -> list[dict[str, Any]]:
        """Every source: its identity, its settings, and how often it was asked."""
        with self._lock:
            there = dict(self._sources)
        return [
            {"id": identity, "settings": source.settings.as_json(), "requests": source.journal.as_json()["total"]}
            for identity, source in there.items()
        ]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body leave in one packet; else the peer's delayed acknowledgement costs 40 ms an answer.
    wbufsize = -1
    disable_nagle_algorithm = True
    owner: AlphaVantageServer

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        match url.path.strip("/").split("/"):
            case ["sources"]:
                self._send_json(self.owner.sources())
            case ["sources", identity, "requests"] if source := self.owner.source(identity):
                self._send_json(source.journal.as_json())
            case ["sources", identity, "query"] if source := self.owner.source(identity):
                self._deliver(self._answer_of(source, url.query))
            case _:
                self._send_json({"error": f"There is nothing at {url.path}. Make a source with POST /sources."}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        match urlsplit(self.path).path.strip("/").split("/"):
            case ["sources"]:
                self._make_source(body)
            case ["sources", identity, "query"] if self.owner.source(identity):
                self._deliver(refusal("method_not_allowed"))
            case _:
                self._send_json({"error": "Sources are made with POST /sources."}, 404)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the name the base class gives it
        # The request line holds the caller's key.
        del format, arguments

    def _answer_of(self, source: Source, query: str) -> Answer:
        accepted = self.headers.get("Accept", "*/*")
        if not any(each in accepted for each in _ACCEPTED):
            return refusal("drf_accept")
        try:
            return source.answer(dict(parse_qsl(query)))
        except StandInError as error:
            return Answer("error", json.dumps({"error": str(error)}).encode(), 500)

    def _make_source(self, body: bytes) -> None:
        try:
            settings = SourceSettings.from_json(json.loads(body))
            url = self.owner.add_source(settings)
        except (StandInError, RecordingMissing) as error:
            self._send_json({"error": str(error)}, 400)
        except ValueError as error:
            self._send_json({"error": f"The settings of a source are JSON: {error}"}, 400)
        else:
            self._send_json({"id": settings.identity, "url": url})

    def _send_json(self, value: object, status: int = 200) -> None:
        self._deliver(Answer("", json.dumps(value, indent=2).encode(), status))

    def _deliver(self, answer: Answer) -> None:
        if answer.seconds and answer.delivery != "slow":
            self.owner.stopping.wait(answer.seconds)
        if answer.delivery == "hang":
            self.close_connection = True
            return
        if answer.delivery == "reset":
            self.close_connection = True
            HttpServer.reset(self.connection)
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        if answer.status == 405:  # noqa: PLR2004 - RFC 9110 asks for the allowed methods
            self.send_header("Allow", "GET, HEAD, OPTIONS")
        self.end_headers()
        if answer.delivery == "short":
            self.close_connection = True
            self.wfile.write(answer.body[: len(answer.body) // 2])
        elif answer.delivery == "slow":
            self._write_slowly(answer)
        else:
            self.wfile.write(answer.body)

    def _write_slowly(self, answer: Answer) -> None:
        size = max(1, len(answer.body) // _SLOW_PIECES)
        for start in range(0, len(answer.body), size):
            self.wfile.write(answer.body[start : start + size])
            self.wfile.flush()
            self.owner.stopping.wait(answer.seconds / _SLOW_PIECES)
