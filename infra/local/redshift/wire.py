"""PostgreSQL's message framing (protocol 3.0) with Redshift's extended row description; bytes only, no meaning.

Sources: PostgreSQL "Message Formats"; the extension as redshift_connector reads it.
"""

import contextlib
import socket
import ssl
import struct
from collections.abc import Iterable, Sequence
from typing import Any

from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.types import Column, encoder

SSL_REQUEST, CANCEL_REQUEST, GSS_REQUEST = 80877103, 80877102, 80877104
_BUFFER = 1 << 16
_FLUSHED_ABOVE = 1 << 20
_LONGEST_START = 10_000
_INT = struct.Struct("!i")
_SHORT = struct.Struct("!h")
_NULL = _INT.pack(-1)


class Wire:
    """One client's socket: messages in, messages out.

    Args:
        connection: The accepted socket.
    """

    def __init__(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connection
        self._reader = connection.makefile("rb", _BUFFER)
        self._out = bytearray()

    def secure(self, context: ssl.SSLContext) -> None:
        """Say yes to the client's request for TLS and shake hands."""
        self._socket.sendall(b"S")
        self._reader.close()
        secured = context.wrap_socket(self._socket, server_side=True, do_handshake_on_connect=False)
        self._socket = secured  # before the handshake, so that whoever closes the wire ends it
        secured.do_handshake()
        self._reader = secured.makefile("rb", _BUFFER)

    def decline(self) -> None:
        """Say no to the client's request for encryption."""
        self._socket.sendall(b"N")

    def startup(self) -> tuple[int, bytes]:
        """Read a message without a type: its code and the rest."""
        size = _INT.unpack(self._exactly(4))[0] - 4
        if not 4 <= size <= _LONGEST_START:  # noqa: PLR2004 - a code has four bytes
            raise ConnectionError("no start-up message")
        body = self._exactly(size)
        return int(_INT.unpack(body[:4])[0]), body[4:]

    def receive(self) -> tuple[bytes, bytes]:
        """Read a message: its type and body.

        Raises:
            ConnectionError: the client is gone.
        """
        code = self._exactly(1)
        return code, self._exactly(_INT.unpack(self._exactly(4))[0] - 4)

    def send(self, code: bytes, body: bytes = b"") -> None:
        """Add a message to what is sent with the next flush."""
        self._out += code + _INT.pack(len(body) + 4) + body
        if len(self._out) > _FLUSHED_ABOVE:
            self.flush()

    def flush(self) -> None:
        """Send everything that waits."""
        if self._out:
            self._socket.sendall(self._out)
            self._out = bytearray()

    def close(self) -> None:
        """Close the socket; the client sees the end of the stream."""
        with contextlib.suppress(OSError):  # the client may have left first
            self._socket.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            self._reader.close()
        self._socket.close()

    def send_error(self, error: StatementFailed) -> None:
        """Send ErrorResponse."""
        fields = [(b"S", error.severity), (b"V", error.severity), (b"C", error.sqlstate), (b"M", error.message)]
        if error.detail:
            fields.append((b"D", error.detail))
        self.send(b"E", b"".join(key + text.encode() + b"\0" for key, text in fields) + b"\0")

    def send_notice(self, text: str) -> None:
        """Send NoticeResponse of severity INFO."""
        self.send(b"N", b"SINFO\0C00000\0M" + text.encode() + b"\0\0")

    def send_row_description(self, columns: Sequence[Column], formats: Sequence[int], *, extended: bool) -> None:
        """Send RowDescription.

        Args:
            columns: What is described.
            formats: 0 for text, 1 for binary, per column.
            extended: Whether the client reads schema, table, column name and flags behind each column (protocol 1 and later).
        """
        body = bytearray(_SHORT.pack(len(columns)))
        for column, format_ in zip(columns, formats, strict=True):
            body += column.name.encode() + b"\0" + struct.pack("!ihihih", 0, 0, column.oid, column.size, column.modifier, format_)
            if extended:
                body += b"\0\0\0\0" + _SHORT.pack(1)
        self.send(b"T", bytes(body))

    def send_rows(self, columns: Sequence[Column], formats: Sequence[int], rows: Iterable[Sequence[Any]], *, extended: bool) -> None:
        """Send one DataRow for each row, as they are read; what waits never grows beyond a megabyte and a row.

        Args:
            columns: What the rows were described as.
            formats: 0 for text, 1 for binary, per column.
            rows: Values in the columns' order.
            extended: Whether the client reads AWS's binary NUMERIC (protocol 2).

        Raises:
            StatementFailed: 22003, where a value does not fit the column's described type.
        """
        encoders = [encoder(column, binary=format_ == 1, extended=extended) for column, format_ in zip(columns, formats, strict=True)]
        count = _SHORT.pack(len(columns))
        for row in rows:
            body = bytearray(count)
            for encode, value in zip(encoders, row, strict=True):
                if value is None:
                    body += _NULL
                    continue
                try:
                    encoded = encode(value)
                except (struct.error, OverflowError, ValueError, AttributeError, TypeError) as error:
                    raise StatementFailed("22003", f"value {value!r} does not fit the result column") from error
                body += _INT.pack(len(encoded)) + encoded
            self.send(b"D", bytes(body))

    def _exactly(self, size: int) -> bytes:
        data = self._reader.read(size)
        if len(data) != size:
            raise ConnectionError("the client closed the connection")
        return bytes(data)


class Fields:
    """Reads the fields of a message's body one after the other."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._position = 0

    def text(self) -> bytes:
        """Read a text that ends in a zero byte."""
        end = self._body.index(b"\0", self._position)
        text = self._body[self._position : end]
        self._position = end + 1
        return text

    def short(self) -> int:
        """Read two bytes."""
        return int(_SHORT.unpack(self._take(2))[0])

    def integer(self) -> int:
        """Read four bytes."""
        return int(_INT.unpack(self._take(4))[0])

    def shorts(self) -> list[int]:
        """Read a count and as many times two bytes."""
        return [self.short() for _ in range(self.short())]

    def value(self) -> bytes | None:
        """Read a length and as many bytes, None where the length is -1."""
        length = self.integer()
        return None if length < 0 else self._take(length)

    def code(self) -> bytes:
        """Read one byte."""
        return self._take(1)

    def _take(self, size: int) -> bytes:
        taken = self._body[self._position : self._position + size]
        if len(taken) != size:
            raise StatementFailed("08P01", "a message ends too early")
        self._position += size
        return taken
