"""Temporary passwords: only those the control plane gave out open a connection, each until it expires."""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from infra.local.redshift.errors import ConnectionRefused

VALID_FOR = 900.0
"""Seconds; the default of GetCredentials, up to 3,600 can be asked for."""

EMBEDDED_USER = "IAM:embedded"


@dataclass(frozen=True)
class TemporaryCredentials:
    """What GetCredentials answers with.

    Attributes:
        user: Database user.
        password: Its password.
        expires: Seconds since 1970.
    """

    user: str
    password: str = field(repr=False)
    expires: float


class CredentialBook:
    """The passwords given out.

    Args:
        clock: Seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._given: dict[str, TemporaryCredentials] = {}

    def issue(self, user: str = EMBEDDED_USER, seconds: float = VALID_FOR) -> TemporaryCredentials:
        """Return a new password; those given out before stay valid until they expire."""
        now = self._clock()
        credentials = TemporaryCredentials(user, secrets.token_urlsafe(24), now + seconds)
        with self._guard:
            self._given = {password: given for password, given in self._given.items() if given.expires > now}
            self._given[credentials.password] = credentials
        return credentials

    def admit(self, user: str, password: str) -> None:
        """Let a user in with a password of its own, which does not expire."""
        with self._guard:
            self._given[password] = TemporaryCredentials(user, password, float("inf"))

    def check(self, user: str, password: str) -> None:
        """Let a user in.

        Raises:
            ConnectionRefused: 28000, where the password is unknown, somebody else's or expired.
        """
        with self._guard:
            given = self._given.get(password)
        if given is None or given.user != user or given.expires <= self._clock():
            raise ConnectionRefused("28000", f'password authentication failed for user "{user}"')
