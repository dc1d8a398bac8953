"""What a run does once its Prefect server does not answer any more."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from prefect.settings import PREFECT_API_URL, get_current_settings, temporary_settings

from tasks.alerting.alert import Alert
from tasks.orchestration import prefect_server
from tasks.orchestration.alerts import emit_alerts
from tasks.orchestration.prefect_server import PrefectGone, is_gone, look_after_failure, naming_a_lost_server, require_server
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
    monkeypatch.setattr(prefect_server, "_TICK_SECONDS", 0.02)
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
