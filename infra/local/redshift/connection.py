"""One client from its first byte to its last: start-up, sign-in, and the simple and extended query protocols."""

import logging
import ssl
import struct
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import duckdb
from sqlglot import exp

from infra.local.redshift import parameters
from infra.local.redshift.errors import ConnectionCut, ConnectionRefused, StatementFailed, syntax_error
from infra.local.redshift.execution import describe, execute
from infra.local.redshift.session import Outcome, Session, TransactionStatus
from infra.local.redshift.statement import Statement, read
from infra.local.redshift.tokens import split_statements
from infra.local.redshift.translation import from_duckdb
from infra.local.redshift.types import Column
from infra.local.redshift.wire import CANCEL_REQUEST, GSS_REQUEST, SSL_REQUEST, Fields, Wire

LOG = logging.getLogger("tickerhouse.embedded.redshift")
NEWEST_PROTOCOL = 2
"""Binary NUMERIC and DATE with the extended row description: what redshift_connector asks for in production."""

_UNKNOWN_TYPE = 705
SIGN_IN_SECONDS = 10.0
"""How long a client may take until it has signed in."""


class Backend(Protocol):
    """What a connection needs of its server."""

    tls: ssl.SSLContext | None

    def sign_in(self, user: str, password: str, database: str) -> Session:
        """Return a session for whoever knows the password."""

    def heard(self, database: str, sql: str) -> None:
        """Take note of a text that was received."""

    def cancel(self, number: int, secret: int) -> None:
        """Interrupt what a session does, for whoever knows its secret."""


@dataclass
class _Prepared:
    statement: Statement
    oids: list[int]
    columns: list[Column] | None = None


@dataclass
class _Portal:
    prepared: _Prepared
    values: list[exp.Expression]
    formats: list[int]


@dataclass
class Connection:
    """Serves one client until it leaves.

    Attributes:
        backend: The server.
        wire: The client's socket.
    """

    backend: Backend
    wire: Wire
    _prepared: dict[bytes, _Prepared] = field(default_factory=dict)
    _portals: dict[bytes, _Portal] = field(default_factory=dict)
    _session: Session | None = None
    _protocol: int = 0
    _skipping: bool = False

    def serve(self) -> None:
        """Answer until the client leaves or is cut off; what it did not commit is gone then."""
        try:
            if self._start():
                while self._answer():
                    pass
        except (OSError, ConnectionCut, ssl.SSLError, struct.error, ValueError) as error:
            LOG.debug("connection ended: %s", error)
        finally:
            if self._session:
                self._session.close()
            self.wire.close()

    @property
    def number(self) -> int | None:
        """The session's number, None before sign-in."""
        return self._session.number if self._session else None

    @property
    def session(self) -> Session:
        """The session after sign-in."""
        assert self._session is not None
        return self._session

    def _start(self) -> bool:
        late = threading.Timer(SIGN_IN_SECONDS, self.wire.close)  # a client that says nothing, or one byte a second, holds no thread
        late.daemon = True
        late.start()
        try:
            return self._greet()
        finally:
            late.cancel()

    def _greet(self) -> bool:
        secured = False
        while True:
            code, body = self.wire.startup()
            if code == SSL_REQUEST and self.backend.tls and not secured:
                self.wire.secure(self.backend.tls)
                secured = True
            elif code in {SSL_REQUEST, GSS_REQUEST}:
                self.wire.decline()
            elif code == CANCEL_REQUEST:
                fields = Fields(body)
                self.backend.cancel(fields.integer(), fields.integer())
                return False
            else:
                return self._sign_in(body, secured=secured)

    def _sign_in(self, body: bytes, *, secured: bool) -> bool:
        words = [word.decode() for word in body.split(b"\0")]
        options = dict(zip(words[::2], words[1::2], strict=False))
        user = options.get("user", "")
        try:
            if self.backend.tls and not secured:
                raise ConnectionRefused("28000", f'no pg_hba.conf entry for user "{user}", SSL off: this server asks for TLS')
            self.wire.send(b"R", struct.pack("!i", 3))  # a password in clear text, inside TLS
            self.wire.flush()
            code, password = self.wire.receive()
            if code != b"p":
                raise ConnectionRefused("08P01", "a password was expected")
            self._session = self.backend.sign_in(user, password.rstrip(b"\0").decode(), options.get("database", "dev").lower())
        except StatementFailed as error:
            self.wire.send_error(error)
            self.wire.flush()
            return False
        self._protocol = min(int(options.get("client_protocol_version", "0")), NEWEST_PROTOCOL)
        self.wire.send(b"R", struct.pack("!i", 0))
        told = {
            "server_version": "8.0.2",
            "server_encoding": "UNICODE",
            "client_encoding": "UNICODE",
            "integer_datetimes": "on",
        }
        if "client_protocol_version" in options:
            told["server_protocol_version"] = str(self._protocol)
        for key, value in told.items():
            self.wire.send(b"S", f"{key}\0{value}\0".encode())
        self.wire.send(b"K", struct.pack("!ii", self.session.number, self.session.secret))
        self._ready()
        return True

    def _answer(self) -> bool:
        code, body = self.wire.receive()
        if code == b"X":
            return False
        if code == b"S":
            self._skipping = False
            self._ready()
        elif code == b"H":
            self.wire.flush()
        elif not self._skipping:
            self._handle(code, body)
        return True

    def _handle(self, code: bytes, body: bytes) -> None:
        handlers: dict[bytes, Callable[[bytes], None]] = {
            b"P": self._parse,
            b"D": self._describe,
            b"B": self._bind,
            b"E": self._execute,
            b"C": self._close,
            b"Q": self._simple_query,
        }
        if code not in handlers:
            self._fail(StatementFailed("08P01", f"invalid frontend message type {code!r}"), simple=False)
            return
        try:
            handlers[code](body)
        except (StatementFailed, duckdb.Error) as error:
            self._fail(from_duckdb(error), simple=code == b"Q")
        except (ConnectionCut, OSError):
            raise
        except Exception as error:  # whatever breaks here must reach the client as an error, never as silence
            LOG.exception("internal error")
            self._fail(from_duckdb(error), simple=code == b"Q")

    def _fail(self, error: StatementFailed, *, simple: bool) -> None:
        self.session.fail()
        if self.session.implicit and self.session.status is TransactionStatus.FAILED:
            self.session.rollback()
        self.session.implicit = False
        self.wire.send_error(error)
        if simple:
            self._ready()
        else:
            self._skipping = True

    def _ready(self) -> None:
        self.wire.send(b"Z", self.session.status.value)
        self.wire.flush()

    def _parse(self, body: bytes) -> None:
        fields = Fields(body)
        name, text = fields.text(), fields.text().decode()
        self.backend.heard(self.session.database, text)
        oids = [fields.integer() for _ in range(fields.short())]
        statements = split_statements(text)
        if len(statements) > 1:
            raise syntax_error("cannot insert multiple commands into a prepared statement")
        self._prepared[name] = _Prepared(read(statements[0] if statements else ""), oids)
        self.wire.send(b"1")

    def _describe(self, body: bytes) -> None:
        fields = Fields(body)
        code, name = fields.code(), fields.text()
        formats: list[int] = []
        if code == b"S":
            prepared = _known(self._prepared, name)
            self.wire.send(b"t", struct.pack(f"!h{len(prepared.oids)}i", len(prepared.oids), *prepared.oids))
        elif name not in self._portals and (cursor := self.session.named.cursors.get(name.decode())):
            self._send_description(cursor.columns, _formats([], len(cursor.columns)))  # a cursor is a portal of its name
            return
        else:
            portal = _known(self._portals, name)
            prepared, formats = portal.prepared, portal.formats
        prepared.columns = describe(self.session, prepared.statement, prepared.oids)
        if prepared.columns is None:
            self.wire.send(b"n")
        else:
            self._send_description(prepared.columns, _formats(formats, len(prepared.columns)))

    def _bind(self, body: bytes) -> None:
        fields = Fields(body)
        portal, name = fields.text(), fields.text()
        prepared = _known(self._prepared, name)
        formats = fields.shorts()
        raw = [fields.value() for _ in range(fields.short())]
        oids = prepared.oids + [_UNKNOWN_TYPE] * (len(raw) - len(prepared.oids))
        values = [
            parameters.literal(oid, value, binary=format_ == 1)
            for oid, value, format_ in zip(oids, raw, _formats(formats, len(raw)), strict=False)
        ]
        self._portals[portal] = _Portal(prepared, values, fields.shorts())
        self.wire.send(b"2")

    def _execute(self, body: bytes) -> None:
        portal = _known(self._portals, Fields(body).text())

        def send(outcome: Outcome) -> None:
            columns = portal.prepared.columns or outcome.columns or []  # what was described is what the client decodes by
            self._send_rows(columns, _formats(portal.formats, len(columns)), outcome.rows)

        self._complete(execute(self.session, portal.prepared.statement, portal.values, send))

    def _close(self, body: bytes) -> None:
        fields = Fields(body)
        if fields.code() == b"S":
            self._prepared.pop(fields.text(), None)
        else:
            self._portals.pop(fields.text(), None)
        self.wire.send(b"3")

    def _simple_query(self, body: bytes) -> None:
        text = Fields(body).text().decode()
        self.backend.heard(self.session.database, text)
        statements = split_statements(text)
        if not statements:
            self.wire.send(b"I")
        session = self.session
        if len(statements) > 1 and session.status is TransactionStatus.IDLE:
            session.begin(implicit=True)  # the statements of one message are one transaction, as in PostgreSQL
        for statement in statements:
            self._complete(execute(session, read(statement), [], self._send_result))
        if session.implicit and session.status is TransactionStatus.OPEN:
            session.commit()
        session.implicit = False
        self._ready()

    def _complete(self, outcome: Outcome) -> None:
        for notice in self.session.notices:
            self.wire.send_notice(notice)
        self.session.notices.clear()
        if outcome.tag:
            self.wire.send(b"C", outcome.tag.encode() + b"\0")
        else:
            self.wire.send(b"I")

    def _send_result(self, outcome: Outcome) -> None:
        columns = outcome.columns or []
        formats = _formats([], len(columns))
        self._send_description(columns, formats)
        self._send_rows(columns, formats, outcome.rows)

    def _send_rows(self, columns: list[Column], formats: list[int], rows: Iterable[Sequence[Any]]) -> None:
        try:
            self.wire.send_rows(columns, formats, rows, extended=self._protocol >= NEWEST_PROTOCOL)
        except OSError as error:  # the client left amid its rows: there is nobody to tell
            raise ConnectionCut(f"the client closed the connection: {error}") from error

    def _send_description(self, columns: list[Column], formats: list[int]) -> None:
        self.wire.send_row_description(columns, formats, extended=self._protocol >= 1)


T = TypeVar("T")


def _known(kept: dict[bytes, T], name: bytes) -> T:
    if name not in kept:
        raise StatementFailed("26000", f'prepared statement "{name.decode()}" does not exist')
    return kept[name]


def _formats(given: list[int], count: int) -> list[int]:
    """Spread the formats of a message over its values: none means text, one stands for all."""
    if len(given) == count:
        return given
    return [given[0] if given else 0] * count
