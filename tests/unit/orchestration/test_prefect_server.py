"""What a run does once its Prefect server does not answer any more."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from prefect.client.orchestration import get_client
from prefect.context import SyncClientContext
from prefect.settings import PREFECT_API_REQUEST_TIMEOUT, PREFECT_API_URL, get_current_settings, temporary_settings

from tasks.alerting.alert import Alert
from tasks.orchestration import prefect_server
from tasks.orchestration.alerts import emit_alerts
from tasks.orchestration.prefect_server import PrefectGone, is_gone, look_after_failure, naming_a_lost_server, require_server, watching
from tasks.orchestration.run import Stopwatch
from tasks.orchestration.step import step


class Answer(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(autouse=True)
def _another_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What this module remembers for its process is forgotten afterwards."""
    monkeypatch.setattr(prefect_server, "_gone", threading.Event())
    monkeypatch.setattr(prefect_server, "_last_answer", [])
    monkeypatch.setattr(prefect_server, "_watched", threading.Lock())
    monkeypatch.setattr(prefect_server, "_TICK_SECONDS", 0.02)
    monkeypatch.setattr(prefect_server, "_WATCH_SECONDS", 0.02)
    retries = get_current_settings().client.max_retries
    yield
    get_current_settings().client.max_retries = retries


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), Answer) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        with temporary_settings({PREFECT_API_URL: f"http://127.0.0.1:{listening.server_port}/api"}):
            yield listening
        listening.shutdown()
        thread.join()


def test_a_server_that_answers_lets_the_run_go_on(server: HTTPServer) -> None:
    require_server(0.0)
    assert not is_gone()
    assert server.server_port


@pytest.mark.parametrize("status", [401, 404, 503])
@pytest.mark.usefixtures("server")
def test_any_answer_is_one_of_a_server_that_is_there(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Answer, "status", status)
    require_server(0.0)
    assert not is_gone()


def test_a_server_that_is_started_again_in_time_is_waited_for(server: HTTPServer) -> None:
    port = server.server_port
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        begun = time.monotonic()
        settings = get_current_settings()
        waiting = threading.Timer(0.1, lambda: setattr(settings.api, "url", f"http://127.0.0.1:{port}/api"))
        waiting.start()
        require_server(20.0)
        assert 0.1 <= time.monotonic() - begun < 10
    assert not is_gone()


def test_a_server_that_is_gone_is_waited_for_once_and_tried_no_more() -> None:
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        with pytest.raises(PrefectGone, match=r"http://127\.0\.0\.1:9/api does not answer any more\. Everything received is kept"):
            require_server(0.1)
        begun = time.monotonic()
        with pytest.raises(PrefectGone):
            require_server(60.0)
        assert time.monotonic() - begun < 1
        assert get_current_settings().client.max_retries == 0
    assert is_gone()


def test_a_failed_request_names_the_server_only_where_that_is_gone(server: HTTPServer) -> None:
    with pytest.raises(httpx.ReadError), naming_a_lost_server():
        raise httpx.ReadError("cut")
    assert not is_gone()
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}), pytest.raises(PrefectGone), naming_a_lost_server():
        raise httpx.ReadError("cut")
    assert is_gone()
    assert server.server_port


@pytest.fixture
def hanging_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server that takes connections and answers nothing."""
    monkeypatch.setattr(prefect_server, "_TIMEOUT_SECONDS", 0.05)
    monkeypatch.setattr(prefect_server, "_PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(prefect_server, "_LAST_SECONDS", 0.1)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/api"
        with temporary_settings({PREFECT_API_URL: address, PREFECT_API_REQUEST_TIMEOUT: 1.0}):
            yield address


@pytest.mark.usefixtures("hanging_server")
def test_a_server_that_hangs_is_found_out_while_a_request_waits_for_it() -> None:
    """Without the watch a request is sent again and again, for minutes."""
    begun = time.monotonic()
    with watching(), pytest.raises((httpx.TimeoutException, AssertionError)), get_client(sync_client=True) as client:
        client.hello()
    assert is_gone()
    assert time.monotonic() - begun < 5


@pytest.mark.usefixtures("server")
def test_a_server_that_answers_is_watched_and_the_run_goes_on() -> None:
    with watching(), watching():
        time.sleep(0.2)
        assert prefect_server._last_answer
    assert not is_gone()
    assert not prefect_server._watched.locked()


@pytest.mark.usefixtures("hanging_server")
def test_what_prefect_sends_at_the_end_of_a_lost_run_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SyncClientContext, "__enter__", lambda self: super(SyncClientContext, self).__enter__())

    @step("publish", is_last=True)
    def publish(_run: Any) -> None:
        with get_client(sync_client=True) as client:
            client.hello()

    with temporary_settings({PREFECT_API_REQUEST_TIMEOUT: 60.0}), SyncClientContext():
        prefect_server._give_up()
        begun = time.monotonic()
        with pytest.raises(httpx.TimeoutException):
            publish(SimpleNamespace(stopwatch=Stopwatch()))  # type: ignore[arg-type]
        assert time.monotonic() - begun < 5


def test_after_that_only_the_step_that_ends_the_run_is_taken() -> None:
    run, taken = SimpleNamespace(stopwatch=Stopwatch()), []

    @step("load")
    def load(_run: Any) -> None:
        taken.append("load")

    @step("publish", is_last=True)
    def publish(_run: Any) -> str:
        taken.append("publish")
        return "ended"

    prefect_server._gone.set()
    with pytest.raises(PrefectGone):
        load(run)  # type: ignore[arg-type]
    assert publish(run) == "ended"  # type: ignore[arg-type]
    assert taken == ["publish"]


def test_an_alert_that_cannot_be_sent_is_not_remembered_as_sent() -> None:
    prefect_server._gone.set()
    alert = Alert("late", "late", "It is late", "The run is late.")
    run = SimpleNamespace(lake=None)  # it is not even read
    assert emit_alerts(run, [alert], datetime(2026, 11, 28, tzinfo=UTC), ()) == ()  # type: ignore[arg-type]


def test_without_an_address_there_is_nothing_to_look_for() -> None:
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        look_after_failure()
        require_server(0.0)
    assert not is_gone()
