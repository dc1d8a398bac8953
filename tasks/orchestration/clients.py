"""The doors to AWS: one boto3 session per step, which assumes the step's role where settings name one."""

import functools
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

from tasks.errors import TickerhouseError
from tasks.lake.client import s3_client
from tasks.lake.store import LakeStore
from tasks.orchestration.settings import Settings
from tasks.warehouse.connection import WarehouseAddress, connect
from tasks.warehouse.options import LoadOptions

if TYPE_CHECKING:
    from botocore.loaders import Loader
    from redshift_connector import Connection


class RoleNotAssumed(TickerhouseError):
    """A step's role could not be assumed."""


class KeyMissing(TickerhouseError):
    """No Alpha Vantage key was found, or the secret that should hold it could not be read."""


def open_session(settings: Settings, role: str) -> boto3.Session:
    """A session with the rights of one step.

    Args:
        settings: the place of the run.
        role: the ARN to assume, or empty for the process's own rights.

    Raises:
        RoleNotAssumed: AWS refused the role.
    """
    return _opened(settings, role)[0]


def _opened(settings: Settings, role: str) -> tuple[boto3.Session, datetime | None]:
    """The session, and when its credentials end; None where they do not, or nobody says so."""
    own = _new_session(settings.region)
    if not role:
        return own, getattr(own.get_credentials(), "_expiry_time", None)
    try:
        answer = own.client("sts").assume_role(RoleArn=role, RoleSessionName="tickerhouse")
    except (BotoCoreError, ClientError) as error:
        raise RoleNotAssumed(f"The role {role} could not be assumed ({type(error).__name__}).", "See its trust policy.") from error
    granted = answer["Credentials"]
    session = _new_session(
        settings.region,
        aws_access_key_id=granted["AccessKeyId"],
        aws_secret_access_key=granted["SecretAccessKey"],
        aws_session_token=granted["SessionToken"],
    )
    return session, granted["Expiration"]


def _new_session(region: str, **credentials: str) -> boto3.Session:
    core = botocore.session.Session()
    core.register_component("data_loader", _models())
    return boto3.Session(botocore_session=core, region_name=region, **credentials)


@functools.cache
def _models() -> "Loader":
    """What botocore knows of the services. Read once: a session that reads it for itself takes a tenth of a second."""
    models: Loader = botocore.session.Session().get_component("data_loader")
    return models


def open_lake(settings: Settings, role: str) -> LakeStore:
    """The lake with the rights of one step."""
    return LakeStore(s3_client(open_session(settings, role), settings.region), settings.bucket_name)


def open_lake_for_links(settings: Settings, role: str) -> tuple[LakeStore, datetime | None]:
    """The lake, and when the credentials end that it signs links with; None where they do not."""
    session, ends = _opened(settings, role)
    return LakeStore(s3_client(session, settings.region), settings.bucket_name), ends


def warehouse_connector(settings: Settings) -> Callable[[], "Connection"]:
    """What opens a fresh connection to the warehouse with the rights of the load step; nothing is opened yet."""
    address = WarehouseAddress(settings.workgroup, settings.database_name, settings.region, settings.warehouse_timeout)

    def open_connection() -> "Connection":
        credentials = open_session(settings, settings.load_role).get_credentials()
        return connect(address, credentials.get_frozen_credentials() if credentials else None)

    return open_connection


def load_options(settings: Settings) -> LoadOptions:
    """How loads and removals are carried out, by the settings."""
    return LoadOptions(settings.copy_role, settings.warehouse_retries, settings.warehouse_retry_wait)


def read_api_key(settings: Settings) -> str:
    """The Alpha Vantage key: from the environment, else from the secret that settings name.

    Raises:
        KeyMissing: neither holds one; both places are named.
    """
    if settings.api_key is not None:
        return settings.api_key.get_secret_value()
    if not settings.api_key_secret:
        raise KeyMissing("There is no Alpha Vantage key.", "Set ALPHAVANTAGE_API_KEY, or name a secret in TICKERHOUSE_API_KEY_SECRET.")
    client = open_session(settings, settings.ingest_role).client("secretsmanager")
    try:
        return client.get_secret_value(SecretId=settings.api_key_secret)["SecretString"].strip()
    except (BotoCoreError, ClientError, KeyError) as error:
        raise KeyMissing(
            f"The secret {settings.api_key_secret} could not be read ({type(error).__name__}).",
            "See that it exists, has a value, and may be read by the ingest role.",
        ) from error
