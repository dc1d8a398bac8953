"""The AWS clients of a run: one lake store per role, opened on first use, and a fresh warehouse connection per transaction."""

import functools
import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.credentials import CredentialProvider, CredentialResolver, RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError

from tasks.errors import TickerhouseError
from tasks.lake.client import s3_client
from tasks.lake.store import LakeStore
from tasks.orchestration.settings import Settings

if TYPE_CHECKING:
    from botocore.loaders import Loader
    from redshift_connector import Connection

    from tasks.warehouse.connection import WarehouseAddress
    from tasks.warehouse.execution import WarehouseConnection


class RoleNotAssumed(TickerhouseError):
    """A role could not be assumed."""


class KeyMissing(TickerhouseError):
    """No Alpha Vantage key was found, or the secret that should hold it could not be read."""


class Clients:
    """What a run reaches outside of its process; safe to share between threads.

    Credentials of an assumed role are renewed before they end: a chained role lasts an hour
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining), and a run may take longer.

    Args:
        settings: name the roles, the region, the bucket and the workgroup.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.RLock()
        self._sessions: dict[str, boto3.Session] = {}
        self._stores: dict[tuple[str, str], LakeStore] = {}

    @property
    def raw(self) -> LakeStore:
        """The lake with the rights of the ingest role: responses, observations, the ledger of calls.

        Raises:
            RoleNotAssumed: AWS refused the role.
        """
        return self.bucket(self.settings.bucket_name)

    @property
    def lake(self) -> LakeStore:
        """The lake with the rights of the load role: everything made of the responses.

        Raises:
            RoleNotAssumed: AWS refused the role.
        """
        return self._store(self.settings.bucket_name, self.settings.load_role)

    def bucket(self, name: str) -> LakeStore:
        """Any bucket with the rights of the ingest role."""
        return self._store(name, self.settings.ingest_role)

    def warehouse(self) -> "Connection":
        """Opens a connection to the warehouse with the rights of the load role; the caller closes it.

        Raises:
            ConnectionRefused: the workgroup cannot be reached, or refuses.
        """
        # The driver is imported where a connection is opened: plans and usage errors need none.
        from tasks.warehouse.connection import connect  # noqa: PLC0415

        return connect(self._address(), self._redshift_serverless)

    def console(self) -> "WarehouseConnection":
        """Opens what the commands of a person send statements over: the Data API or the driver, as ``warehouse_access`` says.

        Raises:
            ConnectionRefused: the workgroup cannot be reached, or refuses.
        """
        if not self.settings.uses_data_api:
            opened: WarehouseConnection = self.warehouse()
            return opened
        from tasks.warehouse.data_api import DataApiConnection  # noqa: PLC0415 - as above

        return DataApiConnection(self._session(self.settings.load_role).client("redshift-data"), self._address())

    def _address(self) -> "WarehouseAddress":
        from tasks.warehouse.connection import WarehouseAddress  # noqa: PLC0415 - as above

        settings = self.settings
        return WarehouseAddress(
            settings.workgroup, settings.database_name, settings.region, settings.warehouse_timeout, settings.warehouse_statement_timeout
        )

    @functools.cached_property
    def _redshift_serverless(self) -> Any:
        with self._lock:
            return self._session(self.settings.load_role).client("redshift-serverless")

    def lake_links_end(self) -> datetime | None:
        """When links signed by ``lake`` end at the latest, because their credentials do; None where those do not end."""
        return getattr(self._session(self.settings.load_role).get_credentials(), "_expiry_time", None)

    def load_session(self) -> boto3.Session:
        """A session with the rights of the load role, for a library that makes its own clients."""
        return self._session(self.settings.load_role)

    def cloudwatch(self) -> Any:
        """A CloudWatch client with the rights of the load role."""
        return self._session(self.settings.load_role).client("cloudwatch")

    @functools.cached_property
    def api_key(self) -> str:
        """The Alpha Vantage key: from the environment, else from the secret that settings name.

        Raises:
            KeyMissing: neither holds one; both places are named.
        """
        if self.settings.api_key is not None:
            return self.settings.api_key.get_secret_value()
        secret = self.settings.api_key_secret
        if not secret:
            raise KeyMissing("No Alpha Vantage API key.", "Set ALPHAVANTAGE_API_KEY, or name a secret in TICKERHOUSE_API_KEY_SECRET.")
        client = self._session(self.settings.ingest_role).client("secretsmanager")
        try:
            return client.get_secret_value(SecretId=secret)["SecretString"].strip()
        except (BotoCoreError, ClientError, KeyError) as error:
            raise KeyMissing(
                f"The secret {secret} could not be read ({type(error).__name__}).",
                "Check that it exists, has a value, and is readable by the ingest role.",
            ) from error

    def _session(self, role: str) -> boto3.Session:
        with self._lock:
            if role not in self._sessions:
                self._sessions[role] = open_session(self.settings.region, role)
            return self._sessions[role]

    def _store(self, bucket: str, role: str) -> LakeStore:
        with self._lock:
            if (bucket, role) not in self._stores:
                self._stores[bucket, role] = LakeStore(s3_client(self._session(role), self.settings.region), bucket)
            return self._stores[bucket, role]


def open_session(region: str, role: str) -> boto3.Session:
    """A session with the rights of a role, renewed before they end, or with the process's own.

    Args:
        region: the AWS region.
        role: the ARN to assume, or empty for the process's own rights.

    Raises:
        RoleNotAssumed: AWS refused the role.
    """
    if not role:
        return _new_session(region)
    sts = _new_session(region).client("sts")

    def assume() -> dict[str, Any]:
        try:
            granted = sts.assume_role(RoleArn=role, RoleSessionName="tickerhouse")["Credentials"]
        except (BotoCoreError, ClientError) as error:
            raise RoleNotAssumed(f"The role {role} could not be assumed ({type(error).__name__}).", "Check its trust policy.") from error
        return {
            "access_key": granted["AccessKeyId"],
            "secret_key": granted["SecretAccessKey"],
            "token": granted["SessionToken"],
            "expiry_time": granted["Expiration"].isoformat(),
        }

    credentials = RefreshableCredentials.create_from_metadata(assume(), assume, method="sts-assume-role")
    return _new_session(region, credentials)


class _Given(CredentialProvider):
    METHOD = "tickerhouse-role"

    def __init__(self, credentials: RefreshableCredentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> RefreshableCredentials:
        return self._credentials


def _new_session(region: str, credentials: RefreshableCredentials | None = None) -> boto3.Session:
    core = botocore.session.Session()
    core.register_component("data_loader", _models())
    if credentials is not None:
        core.register_component("credential_provider", CredentialResolver(providers=[_Given(credentials)]))
    return boto3.Session(botocore_session=core, region_name=region)


@functools.cache
def _models() -> "Loader":
    """What botocore knows of the services. Read once: a session that reads it for itself takes a tenth of a second."""
    models: Loader = botocore.session.Session().get_component("data_loader")
    return models
