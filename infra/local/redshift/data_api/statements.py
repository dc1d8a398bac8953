"""The statements the Data API was given: what each is doing, and what it gave. They are kept for 24 hours, as on AWS."""

import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.local.redshift.data_api.errors import invalid, missing
from infra.local.redshift.session import Session
from infra.local.redshift.types import Column

KEPT_SECONDS = 24 * 3600.0
_MOST_KEPT = 1000
RUNNING = frozenset({"SUBMITTED", "PICKED", "STARTED"})


@dataclass
class Part:
    """One SQL statement of a request.

    Attributes:
        sql: Its text.
        status: As AWS names it.
        error: Why it failed.
        began: Seconds since 1970.
        ended: When it ended, None while it has not.
        query_id: The server's number for it.
        columns: Of its result, None where it has none.
        rows: Its result.
        affected: Rows it returned or changed, -1 where that is not known.
    """

    sql: str
    status: str = "SUBMITTED"
    error: str = ""
    began: float = 0.0
    ended: float | None = None
    query_id: int = 0
    columns: list[Column] | None = None
    rows: Sequence[Sequence[Any]] = ()
    affected: int = -1


@dataclass
class Request:
    """One call of ExecuteStatement or BatchExecuteStatement.

    Attributes:
        parts: Its statements.
        is_batch: Whether it was a batch, whose results are those of its parts.
        transaction: Whether the parts of a batch are one transaction.
        place: Database, workgroup and secret as they were given.
        parameters: As given.
        name: Its StatementName.
        session_id: Of the session that outlives it, "" without one.
        created: Seconds since 1970.
        updated: When its status changed last.
        identifier: A UUID.
        session: The session it runs in, once it runs.
        cancelled: Whether somebody asked for its end.
        done: Set at its end.
    """

    parts: list[Part]
    is_batch: bool
    transaction: bool
    place: dict[str, str]
    parameters: list[dict[str, str]]
    name: str
    session_id: str
    created: float
    updated: float
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "SUBMITTED"
    error: str = ""
    session: Session | None = None
    cancelled: bool = False
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def has_result(self) -> bool:
        """Whether a part of it has a result, which may be empty."""
        return any(part.columns is not None for part in self.parts)


class Book:
    """Every request of the last 24 hours, the newest thousand of them.

    Args:
        clock: Seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._requests: OrderedDict[str, Request] = OrderedDict()
        self._tokens: dict[str, str] = {}

    def add(self, request: Request, token: str) -> Request:
        """Remember a request; one with the token of an earlier one is that one (API_ExecuteStatement, ClientToken)."""
        with self._guard:
            self._forget()
            if token and self._tokens.get(token) in self._requests:
                return self._requests[self._tokens[token]]
            self._requests[request.identifier] = request
            if token:
                self._tokens[token] = request.identifier
            return request

    def find(self, identifier: str) -> tuple[Request, int | None]:
        """Return a request and, for an identifier with a suffix ``:2``, the place of that part.

        Raises:
            Refused: ResourceNotFoundException where there is none.
        """
        whole, _, suffix = identifier.partition(":")
        with self._guard:
            self._forget()
            request = self._requests.get(whole)
        if request is None:
            raise missing("Query does not exist.", identifier)
        if not suffix:
            return request, None
        if not request.is_batch or not 1 <= int(suffix) <= len(request.parts):
            raise missing("Query does not exist.", identifier)
        return request, int(suffix) - 1

    def newest(self) -> list[Request]:
        """Return all requests, newest first."""
        with self._guard:
            self._forget()
            return list(reversed(self._requests.values()))

    def _forget(self) -> None:
        oldest = self._clock() - KEPT_SECONDS
        while self._requests:
            first = next(iter(self._requests.values()))
            if first.status in RUNNING or (first.created >= oldest and len(self._requests) <= _MOST_KEPT):
                return
            self._requests.popitem(last=False)
            self._tokens = {token: identifier for token, identifier in self._tokens.items() if identifier != first.identifier}


def place_of_token(token: str | None) -> int:
    """Return where a page begins.

    Raises:
        Refused: ValidationException for a token that was never given out.
    """
    if token is None:
        return 0
    if not token.isdigit():
        raise invalid("Invalid NextToken.")
    return int(token)
