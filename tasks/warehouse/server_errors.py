"""Extracts Redshift's error codes and messages from the driver's exceptions.

redshift_connector raises the fields of the wire protocol's ErrorResponse as one dictionary in ``args[0]``: ``C`` the code, ``M`` the
message, ``D`` the detail. Almost everything is a ProgrammingError, so codes and words decide, never the class.
"""

import re
import struct
from dataclasses import dataclass
from typing import Final

import redshift_connector

DRIVER_ERRORS: Final[tuple[type[Exception], ...]] = (redshift_connector.Error, OSError, struct.error)
"""What a broken or refused statement raises; ``struct.error`` is how the driver meets a message that was cut in two."""

_LENGTH: Final = 600
_SIGNED_ADDRESS: Final = re.compile(r"(https?://[^\s?'\"]+)\?[^\s'\"]*")
_RULE: Final = re.compile(r"-{5,}")
_QUERY_IDENTIFIER: Final = re.compile(r"\bquery:\s+(\d+)")


@dataclass(frozen=True)
class ServerError:
    """One ErrorResponse.

    Attributes:
        code: SQLSTATE, e.g. ``42P01``; empty where the error never came from the server.
        message: the primary message.
        detail: the detail, possibly several lines.
    """

    code: str
    message: str
    detail: str

    @property
    def line(self) -> str:
        """Code, message and detail on one line, at most 600 characters, without the query part of any address (it may be signed)."""
        words = _SIGNED_ADDRESS.sub(r"\1", _RULE.sub("", f"{self.code} {self.message} {self.detail}"))
        words = " ".join(words.split())
        return words if len(words) <= _LENGTH else words[: _LENGTH - 1] + "…"

    @property
    def query_identifier(self) -> int | None:
        """The query that failed, where the detail names it (errors of the Parquet scan do)."""
        found = _QUERY_IDENTIFIER.search(self.detail)
        return int(found[1]) if found else None


def read_server_error(error: BaseException) -> ServerError:
    """Takes an exception of the driver apart; anything else becomes a ``ServerError`` without a code."""
    fields = error.args[0] if error.args and isinstance(error.args[0], dict) else None
    if fields is None:
        return ServerError("", type(error).__name__, str(error))
    return ServerError(*(str(fields.get(name, "")) for name in "CMD"))
