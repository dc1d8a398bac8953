"""``redshift-serverless`` (GetWorkgroup, GetCredentials) and ``redshift-data``: AWS JSON 1.1, one POST per call."""

import http.server
import json
import threading
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

from infra.local.redshift.credentials import VALID_FOR
from infra.local.redshift.data_api.errors import Refused
from infra.local.redshift.data_api.service import DataApi
from infra.local.redshift.server import RedshiftServer

_REFRESH_BEFORE = 300.0
_LONGEST, _SHORTEST = 3600, 900
_ACCOUNT = "000000000000"


class ControlPlane:
    """The services redshift_connector finds workgroup and credentials with, and the Data API, on one address.

    Args:
        server: Whose address and passwords are given out.
        workgroup: The one name it knows.
        host: Address to listen on.
        port: Port, 0 for a free one.
        region: Region in the workgroup's ARN.
    """

    def __init__(
        self, server: RedshiftServer, workgroup: str, *, host: str = "127.0.0.1", port: int = 0, region: str = "us-east-1"
    ) -> None:
        self._server = server
        self._workgroup = workgroup
        self._host = host
        self._port = port
        self._region = region
        self._listener: _Listener | None = None
        self._data_api = DataApi(server, workgroup)

    def start(self) -> Self:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        self._listener = _Listener((self._host, self._port), self)
        self._port = int(self._listener.server_address[1])
        threading.Thread(target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, name="control-plane", daemon=True).start()
        return self

    def stop(self) -> None:
        """Listen no more."""
        if self._listener:
            self._listener.shutdown()
            self._listener.server_close()
            self._listener = None
        self._data_api.close()

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop."""
        self.stop()

    @property
    def url(self) -> str:
        """What AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS and AWS_ENDPOINT_URL_REDSHIFT_DATA are set to."""
        return f"http://{self._host}:{self._port}"

    def answer_data(self, operation: str, asked: dict[str, Any]) -> tuple[HTTPStatus, dict[str, Any]]:
        """Return status and body for one operation of the Data API."""
        try:
            return HTTPStatus.OK, self._data_api.answer(operation, asked)
        except Refused as refused:
            return _refusal(refused.kind, refused.message, **refused.more)

    def answer(self, operation: str, asked: dict[str, Any]) -> tuple[HTTPStatus, dict[str, Any]]:
        """Return status and body for one operation; errors are bodies too, with their type as AWS names it."""
        if operation not in {"GetWorkgroup", "GetCredentials"}:
            return _refusal("ValidationException", f"Unknown operation {operation}")
        name = asked.get("workgroupName")
        if not name:
            return _refusal("ValidationException", "workgroupName must not be empty")
        if name != self._workgroup:
            return _refusal("ResourceNotFoundException", f"Workgroup {name} not found.", resourceName=name)
        if operation == "GetWorkgroup":
            return HTTPStatus.OK, {"workgroup": self._described()}
        seconds = asked.get("durationSeconds", VALID_FOR)
        if not _SHORTEST <= seconds <= _LONGEST:
            return _refusal("ValidationException", f"durationSeconds must be between {_SHORTEST} and {_LONGEST}")
        given = self._server.issue_credentials(seconds=seconds)
        return HTTPStatus.OK, {
            "dbUser": given.user,
            "dbPassword": given.password,
            "expiration": given.expires,
            "nextRefreshTime": given.expires - _REFRESH_BEFORE,
        }

    def _described(self) -> dict[str, Any]:
        return {
            "workgroupName": self._workgroup,
            "workgroupId": self._workgroup,
            "workgroupArn": f"arn:aws:redshift-serverless:{self._region}:{_ACCOUNT}:workgroup/{self._workgroup}",
            "namespaceName": self._workgroup,
            "status": "AVAILABLE",
            "baseCapacity": 4,
            "publiclyAccessible": False,
            "port": self._server.port,
            "endpoint": {"address": "localhost", "port": self._server.port},
        }


class _Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], plane: ControlPlane) -> None:
        self.plane = plane
        super().__init__(address, _Handler)


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Listener

    def do_POST(self) -> None:
        service, _, operation = self.headers.get("X-Amz-Target", "").rpartition(".")
        try:
            asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        except ValueError:
            status, answer = _refusal("SerializationException", "the body is no JSON")
        else:
            plane = self.server.plane
            status, answer = (plane.answer_data if service == "RedshiftData" else plane.answer)(operation, asked)
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature of http.server
        """Keep requests out of standard error."""


def _refusal(kind: str, message: str, **more: Any) -> tuple[HTTPStatus, dict[str, Any]]:
    return HTTPStatus.BAD_REQUEST, {"__type": kind, "message": message, **more}
