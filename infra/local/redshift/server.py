"""The embedded Redshift: listens, lets clients in, keeps what they share."""

import contextlib
import itertools
import json
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from infra.local.redshift.connection import Connection
from infra.local.redshift.credentials import EMBEDDED_USER, VALID_FOR, CredentialBook, TemporaryCredentials
from infra.local.redshift.databases import Databases, no_database
from infra.local.redshift.errors import ConnectionRefused
from infra.local.redshift.locks import TableLocks
from infra.local.redshift.objects import S3Access
from infra.local.redshift.session import Observer, Services, Session
from infra.local.redshift.system_log import SystemLog
from infra.local.redshift.wire import Wire

_STATEMENTS_KEPT = 50_000
_GRACE = 5.0


@dataclass(frozen=True)
class Certificate:
    """A certificate for ``localhost`` and its private key, PEM files."""

    certificate: Path
    private_key: Path


class RedshiftServer:
    """Redshift's wire protocol in front of DuckDB files.

    Args:
        folder: One ``<database>.duckdb`` for each database; None keeps everything in memory.
        s3: What COPY and UNLOAD reach S3 with; None refuses them.
        certificate: Makes the server ask for TLS, as IAM sign-in does; None serves without.
        host: Address to listen on.
        port: Port, 0 for a free one.
        lock_timeout: Seconds a statement waits for a table lock.
        allowed_copy_role: Pattern the whole IAM_ROLE of a COPY must match; None allows every role.
        statement_log: A file that gets every received text as a JSON line.
        observer: Called before and after every statement; how faults are injected.
        clock: Seconds since 1970, for the expiry of passwords.

    Attributes:
        statements: The newest texts received, oldest first.
    """

    def __init__(  # noqa: PLR0913 - a server's settings, all but two by name and with a default
        self,
        folder: Path | None,
        s3: S3Access | None,
        *,
        certificate: Certificate | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        lock_timeout: float = 30.0,
        allowed_copy_role: str | None = None,
        statement_log: Path | None = None,
        observer: Observer | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.host = host
        self.port = port
        self.statements: deque[str] = deque(maxlen=_STATEMENTS_KEPT)
        self.tls = _context(certificate) if certificate else None
        self._folder = folder
        self._configured = (s3, allowed_copy_role, lock_timeout, observer)
        self._credentials = CredentialBook(clock)
        self._statement_log = statement_log
        self._numbers = itertools.count(5001)
        self._guard = threading.Lock()
        self._services: Services | None = None
        self._listener: socket.socket | None = None
        self._connections: dict[threading.Thread, Connection] = {}
        self._sessions: dict[int, Session] = {}

    def start(self) -> Self:
        """Open the databases and listen.

        Raises:
            AlreadyOpen: another process holds a database file.
            OSError: the port is taken.
        """
        s3, role, lock_timeout, observer = self._configured
        self._listener = socket.create_server((self.host, self.port))
        try:
            databases = Databases(self._folder)
        except BaseException:
            self._listener.close()
            raise
        self.port = int(self._listener.getsockname()[1])
        self._services = Services(
            databases, TableLocks(lock_timeout), SystemLog(), s3, role, observer, interrupt=self.interrupt, sessions=self.sessions
        )
        threading.Thread(target=self._accept, args=(self._listener,), name="redshift", daemon=True).start()
        return self

    def stop(self) -> None:
        """Cut off every client, write everything to the files, close them."""
        if self._listener is None or self._services is None:
            return
        with contextlib.suppress(OSError):  # nobody is connected to a listening socket; the call only wakes accept()
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._guard:
            connections = dict(self._connections)
            sessions = list(self._sessions.values())
        for session in sessions:
            session.interrupt("the server is stopping")
        for connection in connections.values():
            connection.wire.close()
        for thread in connections:
            thread.join(_GRACE)
        self._services.databases.close()
        self._listener = self._services = None

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop."""
        self.stop()

    @property
    def services(self) -> Services:
        """What the sessions share, while the server runs."""
        assert self._services is not None, "the server is not started"
        return self._services

    def create_database(self, name: str, *, if_missing: bool = True) -> None:
        """Make a database.

        Raises:
            StatementFailed: 42P04 where it exists and ``if_missing`` is False.
        """
        self.services.databases.create(name, if_missing=if_missing)

    def issue_credentials(self, user: str = EMBEDDED_USER, seconds: float = VALID_FOR) -> TemporaryCredentials:
        """Return a user and a new password that opens connections until it expires."""
        return self._credentials.issue(user, seconds)

    def admit(self, user: str, password: str) -> None:
        """Let a user in with a password that does not expire."""
        self._credentials.admit(user, password)

    def issue_password(self, user: str = EMBEDDED_USER) -> str:
        """Return a new password for a user."""
        return self.issue_credentials(user).password

    def observe(self, observer: Observer | None) -> None:
        """Set who is called before and after every statement from now on."""
        self.services.observer = observer

    def sign_in(self, user: str, password: str, database: str) -> Session:
        """Return a session for whoever knows the password.

        Raises:
            ConnectionRefused: 28000 for a wrong password, 3D000 for a database that does not exist.
        """
        self._credentials.check(user, password)
        if database not in self.services.databases.names:
            raise ConnectionRefused("3D000", no_database(database).message)
        session = Session(self.services, next(self._numbers), database, user)
        with self._guard:
            self._sessions[session.number] = session
        return session

    def sign_out(self, session: Session) -> None:
        """End a session that no connection serves."""
        session.close()
        with self._guard:
            self._sessions.pop(session.number, None)

    def heard(self, database: str, sql: str) -> None:
        """Take note of a text that was received."""
        self.statements.append(sql)
        if self._statement_log:
            line = json.dumps({"at": time.time(), "database": database, "sql": sql})
            with self._guard, self._statement_log.open("a", encoding="utf-8") as log:
                log.write(line + "\n")

    def cancel(self, number: int, secret: int) -> None:
        """Interrupt what a session does; an unknown number or a wrong secret changes nothing."""
        with self._guard:
            session = self._sessions.get(number)
        if session and session.secret == secret:
            session.interrupt("Query cancelled on user's request")

    def interrupt(self, number: int, end: bool) -> bool:  # noqa: FBT001 - what PG_TERMINATE_BACKEND does more than PG_CANCEL_BACKEND
        """Interrupt another session's statement, or cut the session off; tell whether there was one."""
        with self._guard:
            session = self._sessions.get(number)
            connection = next((one for one in self._connections.values() if one.number == number), None)
        if session is None or connection is None:
            return False
        session.interrupt("Query cancelled on user's request")
        if end:
            connection.wire.close()
        return True

    def sessions(self) -> pa.Table:
        """Return everybody who is signed in, one row each."""
        with self._guard:
            sessions = list(self._sessions.values())
        return pa.table(
            {
                "number": pa.array([session.number for session in sessions], pa.int64()),
                "user_name": pa.array([session.user for session in sessions], pa.string()),
                "database_name": pa.array([session.database for session in sessions], pa.string()),
                "started": pa.array([session.started for session in sessions], pa.timestamp("us")),
            }
        )

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            connection = Connection(self, Wire(client))
            thread = threading.Thread(target=self._serve, args=(connection,), name="redshift-connection", daemon=True)
            with self._guard:
                self._connections[thread] = connection
            thread.start()

    def _serve(self, connection: Connection) -> None:
        try:
            connection.serve()
        finally:
            with self._guard:
                self._connections.pop(threading.current_thread(), None)
                if connection.number is not None:
                    self._sessions.pop(connection.number, None)


def _context(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.private_key)
    return context
