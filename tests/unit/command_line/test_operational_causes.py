"""What is broken around Tickerhouse is said in one line that names it, with its exit status, and never as a traceback.

A stand-in for AWS answers as each case says; commands run in this process. What is wrong in what a user types is in
``tests/end_to_end/test_run_bad_input.py``.
"""

import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Final, TextIO

import pytest

from flows.command_line import program

KEY: Final = "CANARY0123456789"
PLAN: Final = ("plan", "--symbols", "IBM", "--as-of", "2026-06-30T12:00:00Z")
SQL: Final = ("sql", "select 1")
ROLE: Final = "arn:aws:iam::123456789012:role/load"
WITHOUT_KEY: Final = {"ALPHAVANTAGE_API_KEY": "", "TICKERHOUSE_API_KEY_SECRET": "av"}
DATA_API: Final = {"TICKERHOUSE_WAREHOUSE_ACCESS": "data_api"}
NOBODY: Final = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}

ENVIRONMENT: Final = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_MAX_ATTEMPTS": "1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "ALPHAVANTAGE_API_KEY": KEY,
    "TICKERHOUSE_STACK": "aws",
    "TICKERHOUSE_BUCKET": "lake",
    "TICKERHOUSE_WORKGROUP": "house",
    "TICKERHOUSE_WAREHOUSE_ACCESS": "driver",
    "TICKERHOUSE_PLAN": "free",
}

Answer = tuple[int, bytes]


@dataclass(frozen=True)
class Cause:
    """What is broken, and what a command says of it.

    Attributes:
        what: for the test's name.
        words: the command.
        said: what its one line has in it.
        answers: by service or by the end of an object's key, what AWS answers; an object that is not named is missing.
        settings: further variables; an empty one is taken away.
        code: the exit status.
    """

    what: str
    words: tuple[str, ...]
    said: str
    answers: Mapping[str, Answer] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    code: int = 1


def s3(status: int, code: str) -> Mapping[str, Answer]:
    return {"s3": (status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())}


MISSING: Final = s3(404, "NoSuchKey")["s3"]
LISTED: Final = b"<ListBucketResult><Name>lake</Name></ListBucketResult>"


def aws(target: str, code: str, status: int = 400) -> Mapping[str, Answer]:
    return {target: (status, json.dumps({"__type": code, "message": "no"}).encode())}


LOGIN: Final = "GetCredentials"
LOGGED_IN: Final[Mapping[str, Answer]] = {
    LOGIN: (200, b'{"dbUser": "IAMR:load", "dbPassword": "CANARYPASSWORD", "expiration": 4102444800}'),
}


def workgroup(port: int) -> Mapping[str, Answer]:
    endpoint = {"address": "127.0.0.1", "port": port}
    return {**LOGGED_IN, "GetWorkgroup": (200, json.dumps({"workgroup": {"endpoint": endpoint}}).encode())}


COVERAGE: Final = "state/coverage/daily_prices.json"
BUDGET: Final = "state/budget"

CAUSES: Final = (
    Cause("the bucket is missing", PLAN, "Bucket lake is not there. Create it", s3(404, "NoSuchBucket")),
    Cause("the bucket denies it", PLAN, "is not allowed (AccessDenied). Check the credentials", s3(403, "AccessDenied")),
    Cause("the session has ended", PLAN, "(ExpiredToken)", s3(400, "ExpiredToken")),
    Cause("the session must be renewed", PLAN, "(TokenRefreshRequired)", s3(400, "TokenRefreshRequired")),
    Cause("the access key is unknown", PLAN, "(InvalidAccessKeyId)", s3(403, "InvalidAccessKeyId")),
    Cause("the secret key is wrong", PLAN, "(SignatureDoesNotMatch)", s3(403, "SignatureDoesNotMatch")),
    Cause("the clock is late", PLAN, "The clock of this machine differs too much", s3(403, "RequestTimeTooSkewed")),
    Cause("the clock is early", PLAN, "Set the clock, or let NTP set it", s3(403, "RequestInTheFuture")),
    Cause("the bucket's KMS key is disabled", PLAN, "Check the KMS key that encrypts the bucket", s3(400, "KMS.DisabledException")),
    Cause("the server of S3 redirects", PLAN, "Every request to bucket lake is redirected", s3(301, "PermanentRedirect")),
    Cause("S3 is busy", PLAN, "S3 could not answer", s3(503, "SlowDown")),
    Cause("S3 is broken", PLAN, "(InternalError). Run again", s3(500, "InternalError")),
    Cause("the server is none of S3", PLAN, "S3 refused", s3(501, "NotImplemented")),
    Cause("S3 is away", PLAN, "Check the network and AWS_ENDPOINT_URL_S3", settings={"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9"}),
    Cause("S3 is no address", PLAN, "cannot be reached", settings={"AWS_ENDPOINT_URL_S3": "http://nowhere.invalid"}),
    Cause("nobody is signed in to S3", PLAN, "There are no AWS credentials to reach bucket lake with", settings=NOBODY),
    Cause("the bucket's name is none", PLAN, "cannot be the name of a bucket", settings={"TICKERHOUSE_BUCKET": "a/b"}),
    Cause("a proxy answers with its page", PLAN, COVERAGE, {COVERAGE: (200, b"<html>Sign in</html>")}),
    Cause("coverage is cut off", PLAN, COVERAGE, {COVERAGE: (200, b'{"IBM": {"first_session": "2026-')}),
    Cause("coverage is of another kind", PLAN, COVERAGE, {COVERAGE: (200, b'{"IBM": 3}')}),
    Cause("the ledger is damaged", PLAN, BUDGET, {BUDGET: (200, b"\x00\x00\x00")}),
    Cause(
        "the watchlist's bucket is missing",
        ("plan",),
        "Bucket gone is not there",
        {"gone": s3(404, "NoSuchBucket")["s3"]},
        {"TICKERHOUSE_WATCHLIST": "s3://gone/w.yaml"},
    ),
    Cause(
        "the watchlist in S3 is missing",
        ("plan",),
        "No watchlist at s3://lake/w.yaml",
        settings={"TICKERHOUSE_WATCHLIST": "s3://lake/w.yaml"},
        code=2,
    ),
    Cause("the role cannot be assumed", SQL, f"The role {ROLE} could not be assumed", settings={"TICKERHOUSE_LOAD_ROLE": ROLE}),
    Cause("there is no API key", PLAN, "No Alpha Vantage API key", settings={"ALPHAVANTAGE_API_KEY": ""}),
    Cause(
        "the key's secret is missing",
        PLAN,
        "The secret av could not be read",
        aws("GetSecretValue", "ResourceNotFoundException"),
        WITHOUT_KEY,
    ),
    Cause(
        "the key's secret is denied", PLAN, "is readable by the ingest role", aws("GetSecretValue", "AccessDeniedException"), WITHOUT_KEY
    ),
    Cause("the key's secret has no text", PLAN, "has a value", {"GetSecretValue": (200, b'{"SecretBinary": "eA=="}')}, WITHOUT_KEY),
    Cause("the workgroup is missing", SQL, "There is no Redshift Serverless workgroup 'house'", aws(LOGIN, "ResourceNotFoundException")),
    Cause("the sign-in is denied", SQL, "AWS refused GetCredentials for the workgroup house: Access", aws(LOGIN, "AccessDeniedException")),
    Cause("the sign-in has ended", SQL, "credentials that have not expired", aws(LOGIN, "ExpiredTokenException")),
    Cause("the sign-in is throttled", SQL, "ThrottlingException. Run again", aws(LOGIN, "ThrottlingException")),
    Cause("Redshift's API is broken", SQL, "InternalServerException. Run again", aws(LOGIN, "InternalServerException", 500)),
    Cause("Redshift's API is away", SQL, "refused the connection", settings={"AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS": "http://127.0.0.1:9"}),
    Cause("nobody is signed in to Redshift", SQL, "no AWS credentials to sign in to Redshift with", settings=NOBODY),
    Cause("the Data API denies it", SQL, "AWS refused ExecuteStatement", aws("ExecuteStatement", "AccessDeniedException"), DATA_API),
    Cause("the Data API is busy", SQL, "ThrottlingException. Run again", aws("ExecuteStatement", "ThrottlingException"), DATA_API),
    Cause(
        "the Data API is away", SQL, "refused the connection", settings={**DATA_API, "AWS_ENDPOINT_URL_REDSHIFT_DATA": "http://127.0.0.1:9"}
    ),
    Cause("the warehouse is down", SQL, "Check that this machine reaches its port 5439", workgroup(9)),
    Cause("the warehouse's port hangs up", SQL, "refused the connection", workgroup(0)),
    Cause(
        "the home is a file",
        ("up",),
        "Check that it is there, that you may write it",
        settings={"TICKERHOUSE_STACK": "embedded", "TICKERHOUSE_HOME": "/dev/null"},
    ),
    Cause(
        "the home is read-only", ("up",), "/proc/nowhere", settings={"TICKERHOUSE_STACK": "embedded", "TICKERHOUSE_HOME": "/proc/nowhere"}
    ),
    Cause("the disk of the output is full", ("--help",), "No space left on device"),
)


@pytest.fixture(scope="module")
def stand_in() -> Iterator[ThreadingHTTPServer]:
    """AWS, as the case at hand has it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            answers: Mapping[str, Answer] = self.server.answers  # type: ignore[attr-defined]
            is_of_the_bucket = self.command != "POST" and self.path.partition("?")[0].count("/") == 1
            named = [answer for name, answer in answers.items() if name == target or (not target and f"/{name}" in self.path)]
            usual = answers.get("s3") if not target else None
            status, body = (
                *named,
                usual or ((200, LISTED) if is_of_the_bucket else MISSING),
            )[0]
            self.send_response(status)
            self.send_header("ETag", '"1"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else body)

        do_HEAD = do_PUT = do_POST = do_GET  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def hangs_up() -> Iterator[int]:
    """The port of a server that ends every connection at once."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()

        def hang_up() -> None:
            while True:
                try:
                    listening.accept()[0].close()
                except OSError:
                    return

        threading.Thread(target=hang_up, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def full_disk() -> Iterator[TextIO]:
    with suppress(OSError), Path("/dev/full").open("w", buffering=1) as file:
        yield file


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.what.replace(" ", "_"))
def test_an_operational_cause_is_one_line_and_its_exit_status(
    cause: Cause,
    stand_in: ThreadingHTTPServer,
    hangs_up: int,
    full_disk: TextIO,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    address = f"http://127.0.0.1:{stand_in.server_port}"
    stand_in.answers = workgroup(hangs_up) if "hangs up" in cause.what else cause.answers  # type: ignore[attr-defined]
    variables = {
        **{f"AWS_ENDPOINT_URL_{service}": address for service in ("S3", "REDSHIFT_SERVERLESS", "REDSHIFT_DATA", "SECRETS_MANAGER", "STS")},
        **ENVIRONMENT,
        **cause.settings,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
    monkeypatch.setattr("sys.argv", ["tickerhouse", *cause.words])
    if "output" in cause.what:
        monkeypatch.setattr(sys, "stdout", full_disk)
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit) as end:
            program.run_command()
    finally:
        signal.signal(signal.SIGTERM, before)
    printed = capsys.readouterr()
    lines = printed.err.splitlines()
    assert [cause.said in line and line.startswith("tickerhouse: ") for line in lines] == [True], printed.err
    assert end.value.code == cause.code
    assert "Traceback" not in printed.out + printed.err
    assert "CANARY" not in printed.out + printed.err


def test_there_are_more_than_thirty_of_them() -> None:
    assert len({cause.what for cause in CAUSES}) == len(CAUSES) > 30
