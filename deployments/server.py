"""The Prefect API that a command talks to: its name, and an error of its own for each way in which it cannot be used."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

import httpx
from packaging.version import InvalidVersion, Version
from prefect.client.base import ServerType
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.settings import get_current_settings

from deployments.errors import CredentialRefused, ServerOutOfReach, ServerUnsupported

_REFUSED: Final = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})


def server_name(url: str) -> str:
    """A Prefect API as people know it: a workspace of Prefect Cloud, or the address without a credential that may stand in it."""
    parts = urlsplit(url)
    steps = parts.path.strip("/").split("/")
    if "workspaces" in steps[:-1]:
        return f"the workspace {steps[steps.index('workspaces') + 1]} of {parts.hostname}"
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


@contextmanager
def connected() -> Iterator[SyncPrefectClient]:
    """A client of the Prefect API that Prefect's settings name, once that API has said who it is.

    Raises:
        ServerOutOfReach: no API is named, or it does not answer, now or while the client is used.
        CredentialRefused: it answers, and takes no credential or another one.
        ServerUnsupported: it is a server of an older release than this client.
    """
    url = get_current_settings().api.url
    if not url:
        # Prefect would start a server of its own for the moment, which nobody looks at.
        raise ServerOutOfReach("No Prefect API is named.", "Set PREFECT_API_URL, or: prefect cloud login")
    name = server_name(url)
    with get_client(sync_client=True) as client:
        try:
            _check(client, name)
            yield client
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            if status in _REFUSED:
                raise _refused(name, status) from None
            if httpx.codes.is_server_error(status):
                raise _not_ready(name, status) from None
            raise
        except httpx.TransportError as error:
            raise ServerOutOfReach(
                f"Prefect does not answer at {name} ({type(error).__name__}).",
                "Correct PREFECT_API_URL, or start the server; a run that was started there goes on.",
            ) from None


def _check(client: SyncPrefectClient, name: str) -> None:
    if client.server_type == ServerType.CLOUD:
        # Cloud serves every release of the client; what it may refuse is the key, and what it may not know is the workspace.
        try:
            client.read_work_pools(limit=1)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != httpx.codes.NOT_FOUND:
                raise
            raise ServerOutOfReach(f"Prefect does not know {name}.", "Set PREFECT_API_URL, or: prefect cloud workspace set") from None
        return
    try:
        server = Version(client.api_version())
    except httpx.HTTPStatusError as error:
        if error.response.status_code in _REFUSED or httpx.codes.is_server_error(error.response.status_code):
            raise
        raise _no_api(name) from None
    except (InvalidVersion, TypeError, json.JSONDecodeError):
        raise _no_api(name) from None
    own = Version(client.client_version())
    # Prefect's rule: a server may be newer than its clients, never older, and never of another major release.
    if server.major != own.major or server.release[:2] < own.release[:2]:
        raise ServerUnsupported(
            f"The Prefect server at {name} is {server}, and this client is {own}.",
            f"Run a server of {own.major}.{own.minor} or a later {own.major}.x; best the client's own release (docs/prefect.md).",
        )


def _no_api(name: str) -> ServerOutOfReach:
    return ServerOutOfReach(f"What answers at {name} is no Prefect API.", "PREFECT_API_URL ends with /api at a server of your own.")


def _not_ready(name: str, status: int) -> ServerOutOfReach:
    return ServerOutOfReach(
        f"Prefect at {name} cannot answer (HTTP {status}).", "The server, or what stands before it, is not ready: try again."
    )


def _refused(name: str, status: int) -> CredentialRefused:
    return CredentialRefused(
        f"Prefect at {name} refuses the credential (HTTP {status}).",
        "Set PREFECT_API_KEY for Prefect Cloud, PREFECT_API_AUTH_STRING (user:password) for a server of your own.",
    )
