"""A fault of S3 under reading, writing, listing or changing is survived, or is one line that names the object and a way out.

A server answers as each row says; the client is the one that runs use. What commands say of such faults is in
``tests/unit/command_line/test_operational_causes.py``, of captures with wrong bytes in ``test_captures.py``.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any, Final

import pytest
from botocore.config import Config
from pydantic import TypeAdapter

from tasks.lake import client
from tasks.lake.errors import (
    BucketMissing,
    DocumentOfNewerRelease,
    DocumentUnreadable,
    LakeError,
    LakeForbidden,
    LakeUnreachable,
    ObjectChanged,
    ObjectMissing,
    OperationUnsupported,
)
from tasks.lake.state import StateDocument
from tasks.lake.store import LakeStore
from tasks.orchestration.clients import open_session

KEY: Final = "state/x.json"
BODY: Final = b'{"version": 1, "counts": {"a": 1}}'
COUNTS: Final = StateDocument(KEY, "list of counts", "counts", TypeAdapter(dict[str, int]), dict, "Move it away.")
SECRET: Final = "CANARYSECRET"


def is_copied(store: LakeStore) -> bool:
    store.copy(KEY, "state/y.json")
    return True


OPERATIONS: Final[Mapping[str, Callable[[LakeStore], Any]]] = {
    "read": lambda store: store.get(KEY) == BODY,
    "measure": lambda store: store.size(KEY) == len(BODY),
    "list": lambda store: list(store.keys("state/")) == [KEY],
    "write": lambda store: store.put(KEY, BODY),
    "copy": is_copied,
    "change": lambda store: COUNTS.change(store, lambda counts: {**counts, "b": 2})["b"] == 2,
}
ALL: Final = tuple(OPERATIONS)
WITH_BODIES: Final = ("read", "list", "write", "copy", "change")
"""An answer to HEAD has no body, and so no code."""
READS: Final = ("read", "change")
WRITES: Final = ("write", "change")


@dataclass(frozen=True)
class Sent:
    """What the server sends for one request; ``how`` is what befalls the connection meanwhile."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    how: str = ""
    only: str = ""
    """The methods that meet it; every other request is served."""


def error(status: int, code: str, only: str = "", **headers: str) -> Sent:
    text = f"<Error><Code>{code}</Code><Message>for {SECRET}</Message><BucketName>lake</BucketName></Error>"
    return Sent(status, text.encode(), tuple((name.replace("_", "-"), value) for name, value in headers.items()), only=only)


GOOD: Final = Sent(how="good")
CUT: Final = Sent(how="cut", only="GET")
PROXY: Final = Sent(200, b"<html>Sign in</html>", how="bare")


@dataclass(frozen=True)
class Fault:
    """What S3 does, and what becomes of it.

    Attributes:
        what: for the test's name.
        sent: the answers, one a request; the last one for ever.
        said: a part of the one line; empty where the fault is survived.
        error: its class.
        operations: what meets it.
    """

    what: str
    sent: Sequence[Sent]
    said: str = ""
    error: type[LakeError] = LakeUnreachable
    operations: tuple[str, ...] = WITH_BODIES


def document(body: bytes) -> list[Sent]:
    return [Sent(200, body, (("ETag", '"1"'),))]


MOVED: Final = error(301, "PermanentRedirect", x_amz_bucket_region="eu-west-1")
CHANGED: Final = error(412, "PreconditionFailed", only="PUT")

FAULTS: Final = (
    Fault("access is denied", [error(403, "AccessDenied")], "is not allowed (AccessDenied). Check the credentials", LakeForbidden),
    Fault("access is denied without a word", [Sent(403)], "is not allowed (403)", LakeForbidden, ("measure",)),
    Fault("the token has expired", [error(400, "ExpiredToken")], "(ExpiredToken). Check the cred", LakeForbidden),
    Fault("the token must be renewed", [error(400, "TokenRefreshRequired")], "(TokenRefreshRequired). Check", LakeForbidden),
    Fault("the token is invalid", [error(400, "InvalidToken")], "(InvalidToken). Check the credentials", LakeForbidden),
    Fault("the access key is unknown", [error(403, "InvalidAccessKeyId")], "(InvalidAccessKeyId). Check", LakeForbidden),
    Fault("the signature is wrong", [error(403, "SignatureDoesNotMatch")], "(SignatureDoesNotMatch). Check", LakeForbidden),
    Fault("the clock is skewed", [error(403, "RequestTimeTooSkewed")], "Set the clock, or let NTP set it", LakeForbidden),
    Fault("the account is suspended", [error(403, "AccountProblem")], "(AccountProblem). Check the credentials", LakeForbidden),
    Fault("the KMS key is disabled", [error(400, "KMS.DisabledException")], "Check the KMS key that encrypts", LakeForbidden),
    Fault("the KMS key is being deleted", [error(400, "KMS.KMSInvalidStateException")], "Check the KMS key", LakeForbidden),
    Fault("the object is archived", [error(403, "InvalidObjectState")], "Restore it from its storage class", LakeError, READS),
    Fault("the bucket is missing", [error(404, "NoSuchBucket")], "Bucket lake is not there. Create it", BucketMissing),
    Fault("the object is missing", [error(404, "NoSuchKey")], f"s3://lake/{KEY} is not there", ObjectMissing, ("read",)),
    Fault("a document is not there yet", [error(404, "NoSuchKey", only="GET")], operations=("change",)),
    Fault("the server fails once", [error(500, "InternalError"), GOOD]),
    Fault("the server fails always", [error(500, "InternalError")], "(InternalError). Run again; "),
    Fault("the server fails without a word", [Sent(500)], "(500). Run again", operations=ALL),
    Fault("a gateway fails with its page", [Sent(502, b"<html>Bad gateway</html>")], "(502). Run again"),
    Fault("S3 is busy twice", [error(503, "SlowDown"), error(503, "SlowDown"), GOOD]),
    Fault("S3 is busy always", [error(503, "SlowDown")], "(SlowDown). Run again"),
    Fault("S3 waited in vain once", [error(400, "RequestTimeout"), GOOD]),
    Fault("the disk is full", [error(507, "InsufficientStorage")], "(InsufficientStorage). Run again; ", operations=WRITES),
    Fault("the connection ends once", [Sent(how="reset"), GOOD], operations=ALL),
    Fault("the connection ends always", [Sent(how="reset")], "Check the network and AWS_ENDPOINT_URL_S3", operations=ALL),
    Fault("the body is cut once", [CUT, GOOD], operations=READS),
    Fault("the body is cut always", [CUT], f"at {KEY}", operations=READS),
    Fault("the body is reset once", [Sent(how="cut and reset", only="GET"), GOOD], operations=READS),
    Fault("the answer stops once", [Sent(how="slow"), GOOD]),
    Fault("the answer stops always", [Sent(how="slow")], "(ReadTimeoutError)", operations=("read",)),
    Fault("what arrived is not what was sent", [error(400, "BadDigest")], "(BadDigest). Run again", operations=("write",)),
    Fault("the bucket is elsewhere", [MOVED], "is in another region (PermanentRedirect). Set "),
    Fault("every request is redirected", [error(301, "PermanentRedirect")], "is redirected. Set", operations=("read",)),
    Fault("the region is wrong", [error(400, "AuthorizationHeaderMalformed")], "is in another region (Auth"),
    Fault("the object is too large", [error(400, "EntityTooLarge")], "larger than S3 takes", LakeError, ("write",)),
    Fault("conditions are not known", [error(501, "NotImplemented")], "S3 refused PutObject", OperationUnsupported, ("write",)),
    Fault("another writer came first twice", [GOOD, CHANGED, GOOD, CHANGED, GOOD], operations=("change",)),
    Fault("another writer always comes first", [CHANGED], "was changed 10 times", ObjectChanged, ("change",)),
    Fault("a proxy answers with its page", [PROXY], "is not from S3", LakeUnreachable, ("read", "measure", "list", "change")),
    Fault("a document is empty", document(b""), f"{KEY} is not JSON", DocumentUnreadable, ("change",)),
    Fault("a document is cut", document(BODY[:20]), f"{KEY} is not JSON", DocumentUnreadable, ("change",)),
    Fault("a document is nested 100,000 deep", document(b"[" * 100_000), "is not JSON", DocumentUnreadable, ("change",)),
    Fault("a document is no text", document(b"\xff\x00"), f"{KEY} is not JSON", DocumentUnreadable, ("change",)),
    Fault("a document is newer", document(b'{"version": 9}'), "is of version 9", DocumentOfNewerRelease, ("change",)),
)


class Handler(BaseHTTPRequestHandler):
    """S3, as the fault at hand has it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        sent = self.server.told()  # type: ignore[attr-defined]
        if sent.how == "good" or (sent.only and self.command != sent.only):
            sent = self.good()
        if sent.how in {"reset", "slow"}:
            self.server.ended.wait(0.3 if sent.how == "slow" else 0)  # type: ignore[attr-defined]
            self.close_connection = True
            return
        self.send_response(sent.status)
        for name, value in sent.headers:
            self.send_header(name, value)
        body = BODY if sent.how.startswith("cut") else sent.body
        if sent.how.startswith("cut"):
            self.send_header("ETag", '"1"')
        if not (sent.how == "bare" and self.command == "HEAD"):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body[:5] if sent.how.startswith("cut") else body)
        self.close_connection = bool(sent.how)
        if sent.how == "cut and reset":
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    do_HEAD = do_PUT = do_GET  # noqa: N815 - the library's names

    def good(self) -> Sent:
        listed = f"<ListBucketResult><Name>lake</Name><Contents><Key>{KEY}</Key></Contents></ListBucketResult>".encode()
        if self.command == "PUT":
            copied = b"<CopyObjectResult><ETag>1</ETag></CopyObjectResult>" if "x-amz-copy-source" in self.headers else b""
            return Sent(200, copied, (("ETag", '"2"'),))
        return Sent(200, listed) if "list-type" in self.path else Sent(200, BODY, (("ETag", '"1"'),))

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.ended = threading.Event()  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.ended.set()  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


@pytest.fixture
def open_store(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> Callable[[], LakeStore]:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setattr(client, "_CONFIG", client._CONFIG.merge(Config(read_timeout=0.1)))
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
    # A client each: what is left for its repeats, and where a bucket was found, is remembered by it.
    session = open_session("us-east-1", "")
    return lambda: LakeStore(client.s3_client(session, "us-east-1"), "lake")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what.replace(" ", "_"))
def test_a_fault_of_s3_is_survived_or_one_line(fault: Fault, server: ThreadingHTTPServer, open_store: Callable[[], LakeStore]) -> None:
    store = open_store()
    for operation in fault.operations:
        answers = iter(fault.sent)
        server.told = lambda answers=answers: next(answers, fault.sent[-1])  # type: ignore[attr-defined]
        if fault.said:
            with pytest.raises(LakeError) as caught:
                OPERATIONS[operation](store)
            said = str(caught.value)
            assert (operation, type(caught.value)) == (operation, fault.error), said
            assert fault.said in said, operation
            assert caught.value.way_out
            assert "lake" in said
            assert "\n" not in said
            assert SECRET not in said + json.dumps(caught.value.evidence)
        else:
            assert OPERATIONS[operation](store), operation
            assert next(answers, None) is None, f"{operation} did not meet the fault"


def test_there_are_at_least_twenty_four_of_them() -> None:
    assert len({fault.what for fault in FAULTS}) == len(FAULTS) >= 24
