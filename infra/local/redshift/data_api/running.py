"""Running what the Data API was given: in a session of its own, or in one that is kept alive between requests."""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from infra.local.redshift.credentials import EMBEDDED_USER
from infra.local.redshift.data_api.errors import Refused, invalid
from infra.local.redshift.data_api.named_parameters import by_name, numbered
from infra.local.redshift.data_api.statements import RUNNING, Part, Request
from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.execution import execute
from infra.local.redshift.server import RedshiftServer
from infra.local.redshift.session import Session, TransactionStatus
from infra.local.redshift.statement import read
from infra.local.redshift.tokens import split_statements
from infra.local.redshift.translation import from_duckdb

_MOST_SESSIONS = 500
_CANCEL_SECONDS = 10.0


@dataclass
class _Kept:
    session: Session
    place: dict[str, str]
    expires: float
    busy: bool = False


class Runner:
    """Runs requests, each in a thread.

    Args:
        server: Whose databases are asked.
        clock: Seconds since 1970.
    """

    def __init__(self, server: RedshiftServer, clock: Callable[[], float] = time.time) -> None:
        self._server = server
        self._clock = clock
        self._guard = threading.Lock()
        self._kept: dict[str, _Kept] = {}

    def place_of(self, session_id: str) -> dict[str, str]:
        """Return where a kept session is, and hold it for one request.

        Raises:
            Refused: ValidationException where it is closed, unknown or busy: a session runs one statement at a time.
        """
        with self._guard:
            self._close_expired()
            kept = self._kept.get(session_id)
            if kept is None:
                raise invalid(f"Session {session_id} is not available.")
            if kept.busy:
                raise invalid(f"Session {session_id} is busy.")
            kept.busy = True
            return kept.place

    def release(self, session_id: str) -> None:
        """Let go of a kept session that was held for nothing."""
        with self._guard:
            if session_id in self._kept:
                self._kept[session_id].busy = False

    def new_session_id(self) -> str:
        """Return an identifier for a session that is kept.

        Raises:
            Refused: ActiveSessionsExceededException where 500 are kept already.
        """
        with self._guard:
            self._close_expired()
            if len(self._kept) >= _MOST_SESSIONS:
                raise Refused("ActiveSessionsExceededException", f"The maximum number of active sessions ({_MOST_SESSIONS}) was exceeded.")
        return str(uuid.uuid4())

    def start(self, request: Request, keep_alive: int) -> None:
        """Run a request; its session lives on for so many seconds, 0 for not at all."""
        thread = threading.Thread(target=self._run, args=(request, keep_alive), name="redshift-data-api", daemon=True)
        thread.start()

    def cancel(self, request: Request) -> bool:
        """End a request that runs; tell whether it still ran."""
        if request.status not in RUNNING:
            return False
        request.cancelled = True
        until = time.monotonic() + _CANCEL_SECONDS
        # A statement that is about to begin forgets an interruption that came before it.
        while not request.done.wait(0.05) and time.monotonic() < until:
            if session := request.session:
                session.interrupt("Query cancelled on user's request")
        return request.status == "ABORTED"

    def close(self) -> None:
        """Close every kept session."""
        with self._guard:
            kept, self._kept = list(self._kept.values()), {}
        for one in kept:
            self._server.sign_out(one.session)

    def _run(self, request: Request, keep_alive: int) -> None:
        session: Session | None = None
        try:
            request.status, request.updated = "STARTED", self._clock()
            session = self._session(request)
            request.session = session
            self._run_parts(request, session)
        except StatementFailed as error:
            request.error = error_text(error) if session is not None else f"FATAL: {error.message}"
        finally:
            self._let_go(request, session, keep_alive)
            request.session = None
            failed = bool(request.error)
            request.status = "ABORTED" if failed and request.cancelled else "FAILED" if failed else "FINISHED"
            request.updated = self._clock()
            request.done.set()

    def _session(self, request: Request) -> Session:
        with self._guard:
            kept = self._kept.get(request.session_id)
        if kept is not None:
            return kept.session
        return self._server.sign_in(EMBEDDED_USER, self._server.issue_password(), request.place["Database"])

    def _let_go(self, request: Request, session: Session | None, keep_alive: int) -> None:
        if session is None:
            return
        with self._guard:
            kept = self._kept.get(request.session_id)
            if keep_alive or kept is not None:
                until = self._clock() + keep_alive if keep_alive else (kept.expires if kept else 0.0)
                self._kept[request.session_id] = _Kept(session, request.place, until)
                return
        self._server.sign_out(session)

    def _close_expired(self) -> None:
        now = self._clock()
        for identifier, kept in list(self._kept.items()):
            if kept.expires < now and not kept.busy:
                self._server.sign_out(self._kept.pop(identifier).session)

    def _run_parts(self, request: Request, session: Session) -> None:
        parameters = by_name(request.parameters)
        together = request.is_batch and request.transaction and session.status is TransactionStatus.IDLE
        if together:
            session.begin(implicit=True)
        errors: list[str] = []
        for position, part in enumerate(request.parts):
            if (together and errors) or request.cancelled:
                part.status = "ABORTED"
                continue
            error = self._run_part(part, session, parameters, request)
            if error:
                errors.append(f"Query #{position + 1} failed with {error}" if request.is_batch else error)
        if together:
            self._end_together(request, session, failed=bool(errors))
        if request.cancelled and not errors and any(part.status == "ABORTED" for part in request.parts):
            errors.append("ERROR: Query cancelled on user's request")
        request.error = errors[0] if errors else ""

    def _run_part(self, part: Part, session: Session, parameters: dict[str, str], request: Request) -> str:
        part.began, part.status = self._clock(), "STARTED"
        try:
            self._server.heard(session.database, part.sql)
            text, values, _ = numbered(part.sql, parameters)
            statements = split_statements(text)
            outcome = execute(session, read(statements[0] if statements else ""), values)
            part.columns = outcome.columns
            part.rows = list(outcome.rows)
            part.affected = _affected(outcome.tag, len(part.rows), has_result=outcome.columns is not None)
        except Exception as error:  # noqa: BLE001 - whatever breaks here must reach the client as a status, never as silence
            failure = from_duckdb(error)
            session.fail()
            part.error = error_text(failure)
        part.ended, part.query_id = self._clock(), session.query_id
        part.status = ("ABORTED" if request.cancelled else "FAILED") if part.error else "FINISHED"
        session.notices.clear()
        return part.error

    def _end_together(self, request: Request, session: Session, *, failed: bool) -> None:
        session.implicit = False
        if failed or request.cancelled:
            if session.status is not TransactionStatus.IDLE:
                session.rollback()
            return
        if session.status is TransactionStatus.OPEN:
            try:
                session.commit()
            except Exception as error:
                raise from_duckdb(error) from error


def error_text(error: StatementFailed) -> str:
    """Return what DescribeStatement tells of an error: severity, message, detail."""
    detail = f"\n  Detail: {error.detail.strip()}" if error.detail else ""
    return f"{error.severity}: {error.message}{detail}"


def _affected(tag: str, rows: int, *, has_result: bool) -> int:
    if has_result:
        return rows
    word, _, count = tag.rpartition(" ")
    # COPY always tells 0 here (https://github.com/aws/aws-sdk/issues/333).
    return int(count) if count.isdigit() and not word.startswith("COPY") else 0
