"""Signing in: the production connect call over verified TLS, the control plane, and who is turned away."""

import gc
import os
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import botocore.exceptions
import pytest
import redshift_connector

from infra.local.certificate import ensure_certificate
from infra.local.redshift import Certificate, ControlPlane, RedshiftServer

pytestmark = [
    pytest.mark.embedded,
    # redshift_connector 2.2 makes its TLS context the old way and leaves its socket open when a sign-in is refused.
    pytest.mark.filterwarnings(r"ignore:ssl.SSLContext\(\) without protocol:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:ssl.PROTOCOL_TLS is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:unclosed <s:ResourceWarning"),
]

PRODUCTION: dict[str, Any] = {"iam": True, "is_serverless": True, "serverless_work_group": "tickerhouse", "region": "us-east-1"}


class Clock:
    def __init__(self) -> None:
        self.offset = 0.0

    def __call__(self) -> float:
        return datetime.now(UTC).timestamp() + self.offset


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    return ensure_certificate(tmp_path_factory.mktemp("certificate"), datetime.now(UTC), None)


@pytest.fixture(scope="module")
def secured(files: tuple[Path, Path, Path], clock: Clock) -> Iterator[RedshiftServer]:
    with RedshiftServer(None, None, certificate=Certificate(files[0], files[1]), clock=clock) as server:
        server.create_database("tickerhouse_dev")
        yield server


@pytest.fixture(scope="module")
def control_plane(secured: RedshiftServer) -> Iterator[ControlPlane]:
    with ControlPlane(secured, "tickerhouse") as running:
        yield running


@pytest.fixture(autouse=True)
def environment(control_plane: ControlPlane, files: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS", control_plane.url)
    monkeypatch.setenv("SSL_CERT_FILE", str(files[2]))
    yield
    gc.collect()  # the sockets the driver left open go here, where their warning is expected


@pytest.mark.parametrize("extra", [{}, {"sslmode": "verify-full"}, {"timeout": 10}])
def test_the_production_connect_call_works_unchanged(extra: dict[str, Any]) -> None:
    connection = redshift_connector.connect(**PRODUCTION, database="tickerhouse_dev", **extra)
    cursor = connection.cursor()
    cursor.execute("select current_database(), current_user")
    assert [list(row) for row in cursor.fetchall()] == [["tickerhouse_dev", "IAM:embedded"]]
    assert isinstance(connection._usock, ssl.SSLSocket)
    connection.close()


def test_a_wrong_workgroup_is_not_found() -> None:
    with pytest.raises(botocore.exceptions.ClientError, match=r"ResourceNotFoundException.*nope"):
        redshift_connector.connect(**PRODUCTION | {"serverless_work_group": "nope"}, database="dev")


def test_an_unknown_database_is_told() -> None:
    with pytest.raises(redshift_connector.ProgrammingError, match=r'3D000.*database "nowhere" does not exist'):
        redshift_connector.connect(**PRODUCTION, database="nowhere")


def test_a_certificate_nobody_trusts_ends_the_connection(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _, _, other = ensure_certificate(tmp_path, datetime.now(UTC), None)
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    with pytest.raises((redshift_connector.Error, ssl.SSLError), match=r"(?i)certificate"):
        redshift_connector.connect(**PRODUCTION, database="dev")


def connect_directly(server: RedshiftServer, password: str, user: str = "IAM:embedded", *, encrypted: bool = True) -> Any:
    return redshift_connector.connect(host="localhost", port=server.port, user=user, password=password, database="dev", ssl=encrypted)


def test_a_password_nobody_gave_out_is_refused(secured: RedshiftServer) -> None:
    with pytest.raises(redshift_connector.InterfaceError, match=r"28000.*password authentication failed"):
        connect_directly(secured, "guessed")


def test_a_password_is_good_for_its_user_only(secured: RedshiftServer) -> None:
    with pytest.raises(redshift_connector.InterfaceError, match="28000"):
        connect_directly(secured, secured.issue_password(), user="somebody")


def test_several_passwords_are_good_at_once(secured: RedshiftServer) -> None:
    for password in [secured.issue_password(), secured.issue_password()]:
        connect_directly(secured, password).close()


def test_a_password_expires_after_900_seconds(secured: RedshiftServer, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    password = secured.issue_password()
    monkeypatch.setattr(clock, "offset", 899.0)
    connect_directly(secured, password).close()
    monkeypatch.setattr(clock, "offset", 901.0)
    with pytest.raises(redshift_connector.InterfaceError, match="28000"):
        connect_directly(secured, password)


def test_a_server_with_a_certificate_refuses_plain_connections(secured: RedshiftServer) -> None:
    with pytest.raises(redshift_connector.Error, match="SSL off"):
        connect_directly(secured, secured.issue_password(), encrypted=False)


def test_the_control_plane_answers_as_the_service_does(secured: RedshiftServer) -> None:
    service = boto3.client("redshift-serverless", region_name="us-east-1")
    workgroup = service.get_workgroup(workgroupName="tickerhouse")["workgroup"]
    assert workgroup["endpoint"] == {"address": "localhost", "port": secured.port}
    before = datetime.now(UTC)
    given = service.get_credentials(workgroupName="tickerhouse", dbName="dev")
    assert given["dbUser"] == "IAM:embedded"
    assert 895 <= (given["expiration"] - before).total_seconds() <= 905
    assert given["nextRefreshTime"] < given["expiration"]
    longer = service.get_credentials(workgroupName="tickerhouse", durationSeconds=3600)
    assert (longer["expiration"] - before).total_seconds() > 3500
    with pytest.raises(service.exceptions.ResourceNotFoundException):
        service.get_credentials(workgroupName="nope")
    with pytest.raises(service.exceptions.ValidationException):
        service.get_credentials(workgroupName="tickerhouse", durationSeconds=5)
    with pytest.raises(botocore.exceptions.ClientError, match="Unknown operation ListWorkgroups"):
        service.list_workgroups()
