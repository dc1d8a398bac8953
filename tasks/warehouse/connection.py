"""Opens connections to Redshift Serverless.

IAM gives a login for minutes, so a connection is opened for each task and never kept. The login is fetched here and not by the driver,
which makes two boto3 sessions for every connection, a quarter of a second of reading. TLS is verified in full; the driver honours
``SSL_CERT_FILE`` and boto3 ``AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS``: settings of the place, not of the code.
"""

import logging
import traceback
import warnings
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

import redshift_connector
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ParamValidationError, PartialCredentialsError
from redshift_connector import Connection

from tasks.warehouse.errors import DatabaseMissing, WarehouseError, WarehouseForbidden, WarehouseUnreachable, WorkgroupMissing
from tasks.warehouse.execution import execute
from tasks.warehouse.server_errors import DRIVER_ERRORS, read_server_error
from tasks.warehouse.statements import statement

_KEEPALIVE_IDLE: Final = 60
_KEEPALIVE_INTERVAL: Final = 15
_KEEPALIVE_COUNT: Final = 4

_NO_SUCH_DATABASE: Final = "3D000"
_NOT_LET_IN: Final = ("28", "42")
_REFUSALS: Final[tuple[type[Exception], ...]] = (*DRIVER_ERRORS, BotoCoreError, ClientError)

_PASSING: Final = frozenset({"ThrottlingException", "InternalServerException", "ServiceUnavailableException", "RequestTimeout"})


@dataclass(frozen=True)
class WarehouseAddress:
    """Where the warehouse is.

    Attributes:
        workgroup: the Redshift Serverless workgroup.
        database: the database in it.
        region: the workgroup's AWS region.
        timeout_seconds: the longest wait for the connection to be answered; an idle workgroup resumes on first contact.
        statement_seconds: the longest that one statement may take, its wait for a lock included; 0 for no limit.
    """

    workgroup: str
    database: str
    region: str
    timeout_seconds: float
    statement_seconds: float = 0.0


class ServerlessClient(Protocol):
    """What is used of boto3's client of ``redshift-serverless``."""

    def get_credentials(self, *, workgroupName: str, dbName: str) -> dict[str, Any]:  # noqa: N803 - AWS's names
        """Gives a database user and a password, for minutes."""

    def get_workgroup(self, *, workgroupName: str) -> dict[str, Any]:  # noqa: N803 - as above
        """Gives the workgroup with its endpoint."""


def connect(address: WarehouseAddress, client: ServerlessClient) -> Connection:
    """Opens one session, autocommit off, in which no statement takes longer than the address allows.

    Args:
        address: where to.
        client: of ``redshift-serverless``, with the rights ``GetCredentials`` and ``GetWorkgroup``.

    Returns:
        A connection of the driver; the caller closes it.

    Raises:
        WorkgroupMissing: no such workgroup in that account and region.
        DatabaseMissing: no such database in the workgroup.
        WarehouseForbidden: credentials missing, expired, or without ``redshift-serverless:GetCredentials`` and ``GetWorkgroup``.
        WarehouseUnreachable: no answer in time, or a certificate that cannot be verified.
    """
    # At DEBUG the driver writes start-up parameters and every row into the log.
    logging.getLogger("redshift_connector").setLevel(logging.WARNING)
    # The driver still builds its TLS context the way Python 3.10 deprecated. Not catch_warnings: loads run in threads, which share filters.
    warnings.filterwarnings("ignore", message=r"ssl\.", category=DeprecationWarning, module=r"redshift_connector\.core")
    try:
        login = client.get_credentials(workgroupName=address.workgroup, dbName=address.database)
        endpoint = client.get_workgroup(workgroupName=address.workgroup)["workgroup"]["endpoint"]
        connection = redshift_connector.connect(
            host=endpoint["address"],
            port=endpoint["port"],
            user=login["dbUser"],
            password=login["dbPassword"],
            database=address.database,
            ssl=True,
            sslmode="verify-full",
            timeout=address.timeout_seconds,
            tcp_keepalive=True,
            tcp_keepalive_idle=_KEEPALIVE_IDLE,
            tcp_keepalive_interval=_KEEPALIVE_INTERVAL,
            tcp_keepalive_count=_KEEPALIVE_COUNT,
            application_name="tickerhouse",
        )
        if address.statement_seconds:
            connection.autocommit = True
            execute(connection, statement("session", "limit", milliseconds=round(address.statement_seconds * 1000)))
    except _REFUSALS as error:
        _close_half_open(error)
        # Not chained: these frames and the driver's hold the password.
        raise refusal(error, address, "redshift-serverless:GetCredentials and redshift-serverless:GetWorkgroup") from None
    # The driver's timeout would also cut a statement short that merely takes long; keepalive finds a peer that is gone.
    connection._usock.settimeout(None)  # noqa: SLF001 - the driver offers no way to end its connect timeout
    connection.autocommit = False
    return connection


def _close_half_open(error: Exception) -> None:
    # A refused start-up leaves the driver's socket open, and only the frames of the error know it.
    for frame, _ in traceback.walk_tb(error.__traceback__):
        half_open = frame.f_locals.get("self")
        if isinstance(half_open, Connection):
            for part in (getattr(half_open, "_sock", None), getattr(half_open, "_usock", None)):
                with suppress(OSError, ValueError):
                    if part is not None:
                        part.close()
            return


def refusal(error: Exception, address: WarehouseAddress, rights: str) -> WarehouseError:
    """What a refused connection or call means.

    Args:
        error: of the driver or of boto3.
        address: what was to be reached.
        rights: what the role needs for it.
    """
    if isinstance(error, ClientError):
        return _refusal_of_aws(error, address, rights)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return WarehouseForbidden("There are no AWS credentials to sign in to Redshift with.", "Set AWS_PROFILE, or run: aws configure")
    if isinstance(error, ParamValidationError):
        return _no_workgroup(address)
    failure = read_server_error(error)
    if failure.code == _NO_SUCH_DATABASE:
        return DatabaseMissing(
            f"The workgroup {address.workgroup} has no database {address.database}.",
            "Create it, or set TICKERHOUSE_DATABASE (see also TICKERHOUSE_ENVIRONMENT and TICKERHOUSE_SOURCE).",
        )
    if failure.code.startswith(_NOT_LET_IN):
        return WarehouseForbidden(f"Redshift refused the login: {failure.line}", "The role needs redshift-serverless:GetCredentials.")
    return WarehouseUnreachable(
        f"The workgroup {address.workgroup} refused the connection: {failure.line if failure.code else _cause(error)}.",
        "Check that this machine reaches its port 5439 and, if it was only resuming, run again.",
    )


def _refusal_of_aws(error: ClientError, address: WarehouseAddress, rights: str) -> WarehouseError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    if code in {"ResourceNotFoundException", "ValidationException"}:
        return _no_workgroup(address)
    if code in _PASSING:
        return WarehouseUnreachable(f"{error.operation_name} for the workgroup {address.workgroup} failed: {code}.", "Run again.")
    return WarehouseForbidden(
        f"AWS refused {error.operation_name} for the workgroup {address.workgroup}: {code}.",
        f"The role needs {rights}, and credentials that have not expired.",
    )


def _no_workgroup(address: WarehouseAddress) -> WorkgroupMissing:
    return WorkgroupMissing(
        f"There is no Redshift Serverless workgroup {address.workgroup!r} in {address.region}.",
        "Set TICKERHOUSE_WORKGROUP and TICKERHOUSE_REGION to one that exists.",
    )


def _cause(error: Exception) -> str:
    causes = [str(part) for part in (error.args or (type(error).__name__,)) if str(part)]
    return " ".join(": ".join(causes).split()) or type(error).__name__
