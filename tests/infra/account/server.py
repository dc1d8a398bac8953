"""One account of AWS on 127.0.0.1: moto, stand-ins for what moto lacks, and a journal of everything that arrives."""

import io
import json
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from infra.local.redshift.data_api.errors import Refused
from tests.infra.account.budgets import Budgets
from tests.infra.account.journal import Journal, Request, parsed_query, signed_by
from tests.infra.account.redshift_data import RedshiftData
from tests.infra.account.redshift_serverless import RedshiftServerless
from tests.infra.account.repairs import repair
from tests.infra.account.scaling import Scaling

ACCOUNT = "123456789012"
REGION = "us-east-1"

_KEPT_BYTES = 256 * 1024

_HEADER = {"if-match": "HTTP_IF_MATCH", "if-none-match": "HTTP_IF_NONE_MATCH"}

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class Account:
    """The account's one endpoint, for ``AWS_ENDPOINT_URL``.

    Attributes:
        journal: every request.
        warehouse: the control plane of Redshift Serverless.
        data: Redshift's Data API.
        lacking: what was asked for and neither moto nor a stand-in has.
    """

    def __init__(self) -> None:
        self.journal = Journal()
        self.warehouse = RedshiftServerless(ACCOUNT, REGION)
        self.lacking: list[str] = []
        self.data = RedshiftData()
        self._remembering: dict[str, Budgets | RedshiftData | Scaling] = {
            "budgets": Budgets(),
            "application-autoscaling": Scaling(),
            "redshift-data": self.data,
        }
        repair()
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, name="account", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._server is not None
        assert self._thread is not None
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        assert self._server is not None, "the account is not open"
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def environment(self, access_key: str = "administrator", secret_key: str = "testing", token: str = "") -> dict[str, str]:  # noqa: S107 - opens nothing
        """The variables that lead any SDK here, as the owner of a key."""
        kept = {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": secret_key,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        return kept | ({"AWS_SESSION_TOKEN": token} if token else {})

    def _answer(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        body = self._taken(environ)
        access_key, region, service = signed_by(environ.get("HTTP_AUTHORIZATION", ""), environ.get("QUERY_STRING", ""))
        target = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        status: list[str] = []

        def start(line: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            status.append(line)
            return start_response(line, headers, *more)

        own = self._own_answer(service, target, body)
        if own is None:
            try:
                parts = [b"".join(self._moto(environ, start))]
            except NotImplementedError as error:
                # Said at once, since a server fault is asked for again for minutes.
                self.lacking.append(f"{service}: {error}")
                own = HTTPStatus.BAD_REQUEST, {"__type": "UnknownOperationException", "message": str(error)}
        if own is not None:
            code, content = own
            parts = [json.dumps(content).encode()]
            start(f"{code.value} {code.phrase}", [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(parts[0])))])
        self.journal.note(
            Request(
                access_key=access_key,
                service=service,
                region=region,
                method=environ["REQUEST_METHOD"],
                path=environ["PATH_INFO"],
                query=parsed_query(environ.get("QUERY_STRING", "")),
                target=target,
                body=body[:_KEPT_BYTES],
                conditions=frozenset(name for name in ("if-match", "if-none-match") if _HEADER[name] in environ),
                copy_source=unquote(environ.get("HTTP_X_AMZ_COPY_SOURCE", "")).lstrip("/"),
                status=int(status[0].split()[0]),
                answer=parts[0] if service == "sts" else b"",
            )
        )
        return parts

    def _own_answer(self, service: str, operation: str, body: bytes) -> tuple[HTTPStatus, dict[str, Any]] | None:
        if service == "redshift-serverless":
            return self.warehouse.answer(operation, json.loads(body or b"{}"))
        if service in self._remembering:
            try:
                content = self._remembering[service].answer(operation, json.loads(body or b"{}"))
            except Refused as refused:
                return HTTPStatus.BAD_REQUEST, {"__type": refused.kind, "message": refused.message}
            return None if content is None else (HTTPStatus.OK, content)
        return None

    def _taken(self, environ: Environ) -> bytes:
        # A chunked body ends where it ends; moto reads that by itself.
        length = environ.get("CONTENT_LENGTH")
        if not length:
            return b""
        body: bytes = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(body)
        return body


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the signature of werkzeug
        """Keep requests out of standard error; the journal has them."""
