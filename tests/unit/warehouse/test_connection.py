from typing import Any

import pytest
import redshift_connector
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, NoCredentialsError
from redshift_connector import InterfaceError, OperationalError, ProgrammingError

from tasks.warehouse.connection import WarehouseAddress, connect
from tasks.warehouse.errors import DatabaseMissing, WarehouseError, WarehouseForbidden, WarehouseUnreachable, WorkgroupMissing

ADDRESS = WarehouseAddress("tickerhouse", "dev_synthetic", "eu-west-1", 180.0)


class Client:
    """A control plane that gives a login, or raises what it was told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def get_credentials(self, *, workgroupName: str, dbName: str) -> dict[str, Any]:  # noqa: ARG002, N803 - AWS's names
        if self.error is not None:
            raise self.error
        return {"dbUser": f"IAMR:{dbName}", "dbPassword": "wJalrXUtnFEMI"}

    def get_workgroup(self, *, workgroupName: str) -> dict[str, Any]:  # noqa: N803 - AWS's names
        return {"workgroup": {"endpoint": {"address": f"{workgroupName}.example.com", "port": 5439}}}


def aws(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetCredentials")


@pytest.mark.parametrize(
    ("error", "named", "words"),
    [
        (aws("ResourceNotFoundException"), WorkgroupMissing, "workgroup 'tickerhouse' in eu-west-1"),
        (aws("ValidationException"), WorkgroupMissing, "TICKERHOUSE_WORKGROUP"),
        (
            aws("AccessDeniedException"),
            WarehouseForbidden,
            "AWS refused GetCredentials for the workgroup tickerhouse: AccessDeniedException",
        ),
        (aws("ExpiredTokenException"), WarehouseForbidden, "have not expired"),
        (aws("SignatureDoesNotMatch", "canonical string AKIAEXAMPLE wJalrXUtnFEMI"), WarehouseForbidden, "SignatureDoesNotMatch"),
        (aws("ThrottlingException"), WarehouseUnreachable, "ThrottlingException"),
        (NoCredentialsError(), WarehouseForbidden, "aws configure"),
        (
            EndpointConnectionError(endpoint_url="https://redshift-serverless.eu-west-1.amazonaws.com"),
            WarehouseUnreachable,
            "refused the connection",
        ),
        (ProgrammingError({"C": "3D000", "M": 'database "dev_synthetic" does not exist'}), DatabaseMissing, "TICKERHOUSE_DATABASE"),
        (InterfaceError({"C": "28000", "M": "password authentication failed"}), WarehouseForbidden, "28000 password authentication failed"),
        (ProgrammingError({"C": "57P03", "M": "the database system is starting up"}), WarehouseUnreachable, "starting up"),
        (
            InterfaceError("communication error", ConnectionRefusedError(111, "Connection refused")),
            WarehouseUnreachable,
            "Connection refused",
        ),
        (OperationalError("connection time out", TimeoutError("timed out")), WarehouseUnreachable, "timed out"),
        (ConnectionResetError(104, "Connection reset by peer"), WarehouseUnreachable, "reset by peer"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_every_refusal_is_one_line_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, error: Exception, named: type[WarehouseError], words: str
) -> None:
    def refuse(**_: Any) -> None:
        raise error

    monkeypatch.setattr(redshift_connector, "connect", refuse)
    with pytest.raises(WarehouseError) as raised:
        connect(ADDRESS, Client(error if isinstance(error, ClientError | BotoCoreError) else None))
    text = str(raised.value)
    assert type(raised.value) is named
    assert words in text
    assert raised.value.way_out
    assert "\n" not in text
    assert "AKIA" not in text
    assert "wJalr" not in text
    assert raised.value.__suppress_context__


def test_the_connection_signs_in_and_verifies_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def remember(**settings: Any) -> None:
        asked.update(settings)
        raise InterfaceError("enough")

    monkeypatch.setattr(redshift_connector, "connect", remember)
    with pytest.raises(WarehouseUnreachable):
        connect(ADDRESS, Client())
    assert asked["ssl"] is asked["tcp_keepalive"] is True
    assert (asked["sslmode"], asked["timeout"], asked["database"]) == ("verify-full", 180.0, "dev_synthetic")
    assert (asked["host"], asked["port"]) == ("tickerhouse.example.com", 5439)
    assert (asked["user"], asked["password"]) == ("IAMR:dev_synthetic", "wJalrXUtnFEMI")
