"""The Prefect API a command talks to, by name, and the words for each way in which it cannot be used."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import prefect
import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, PREFECT_CLOUD_API_URL, temporary_settings

from deployments.errors import CredentialRefused, DeployError, ServerOutOfReach, ServerUnsupported
from deployments.server import connected, server_name

OWN = prefect.__version__


@contextmanager
def answering(status: int, body: str) -> Iterator[str]:
    """A server that says the same to every request; its address as that of a Prefect API."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}/api"
        try:
            with temporary_settings({PREFECT_API_URL: url}):
                yield url
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://127.0.0.1:4200/api", "http://127.0.0.1:4200/api"),
        ("https://user:{}@prefect.example.org/api", "https://prefect.example.org/api"),
        ("https://api.prefect.cloud/api/accounts/a1/workspaces/w2", "the workspace w2 of api.prefect.cloud"),
    ],
)
def test_an_api_is_named_by_workspace_or_address_without_a_credential(url: str, name: str) -> None:
    assert server_name(url) == name


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_credential_is_called_that(status: int) -> None:
    with answering(status, '{"exception_message": "Unauthorized"}') as url, pytest.raises(CredentialRefused) as refused, connected():
        pytest.fail("it was let in")
    assert str(refused.value).startswith(f"Prefect at {url} refuses the credential (HTTP {status}).")
    assert "PREFECT_API_KEY" in str(refused.value)
    assert "PREFECT_API_AUTH_STRING" in str(refused.value)


@pytest.mark.parametrize("version", ["2.20.4", "3.7.9", "4.0.0"])
def test_a_server_of_another_release_is_refused_by_its_version(version: str) -> None:
    with answering(200, f'"{version}"'), pytest.raises(ServerUnsupported, match=f"is {version}, and this client is {OWN}"), connected():
        pytest.fail("it was taken")


@pytest.mark.parametrize("version", [OWN, "3.99.0"])
def test_a_server_of_this_release_or_a_later_one_is_taken(version: str) -> None:
    with answering(200, f'"{version}"'), connected() as client:
        assert client.api_version() == version


@pytest.mark.parametrize(("status", "body"), [(200, "<html></html>"), (404, '{"detail": "Not Found"}'), (200, '{"a": 1}')])
def test_what_is_no_prefect_api_is_called_that(status: int, body: str) -> None:
    with answering(status, body), pytest.raises(ServerOutOfReach, match="is no Prefect API"), connected():
        pytest.fail("it was taken")


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_that_is_not_ready_is_not_called_another_thing(status: int) -> None:
    with (
        # Prefect's client waits between its tries.
        temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}),
        answering(status, "<html>Bad Gateway</html>"),
        pytest.raises(ServerOutOfReach, match=rf"cannot answer \(HTTP {status}\)"),
        connected(),
    ):
        pytest.fail("it was taken")


def test_a_workspace_that_is_not_there_is_called_that() -> None:
    with (
        answering(404, '{"detail": "Not Found"}') as url,
        temporary_settings({PREFECT_CLOUD_API_URL: url}),
        pytest.raises(ServerOutOfReach, match="Prefect does not know"),
        connected(),
    ):
        pytest.fail("it was taken")


def test_an_api_that_nobody_named_is_not_made_up() -> None:
    """Prefect would start a server of its own."""
    unnamed = temporary_settings(restore_defaults={PREFECT_API_URL})
    with unnamed, pytest.raises(ServerOutOfReach, match="No Prefect API is named"), connected():
        pytest.fail("a server was made up")


def test_a_server_that_stops_while_it_is_used_is_named() -> None:
    with answering(200, f'"{OWN}"') as url:
        pass
    gone = temporary_settings({PREFECT_API_URL: url})
    with gone, pytest.raises(DeployError, match=f"Prefect does not answer at {url}"), connected():
        pytest.fail("it was reached")
