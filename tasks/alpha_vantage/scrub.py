"""Removes the API key from everything that is logged, raised or stored.

The API echoes the key in the refusal of the day ("We have detected your API key as ..."), and httpx writes the request's URL, key
included, to its own log.
"""

import hashlib
import html
import json
import logging
import re
import threading
from typing import Final, overload
from urllib.parse import quote, quote_plus

SCRUBBED: Final = "[key]"

# Whatever the API believes the key to be, and whatever stands where a URL has the key, even when it is not the configured one.
_ECHOES: Final = re.compile(rb"""(API\s+key\s+as\s+|apikey(?:=|%3D|"\s*:\s*"))[^\s&"'<>\\]+""", re.IGNORECASE)

_LOGGERS_OF_THE_CLIENT: Final = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy", "httpcore.socks")


@overload
def scrub(text: str, key: str) -> str: ...


@overload
def scrub(text: bytes, key: str) -> bytes: ...


def scrub(text: str | bytes, key: str) -> str | bytes:
    """Replaces the key, however it is spelt, and whatever follows "API key as" or ``apikey=``, by ``[key]``.

    Args:
        text: anything that may hold the key; bytes are treated as they are, whatever their encoding.
        key: the configured key; may be empty.

    Returns:
        The same type as ``text``.
    """
    if isinstance(text, str):
        return scrub(text.encode("utf-8", "surrogatepass"), key).decode("utf-8", "surrogatepass")
    clean = _ECHOES.sub(rb"\1" + SCRUBBED.encode(), text)
    for spelling in _spellings(key):
        clean = re.sub(re.escape(spelling), SCRUBBED.encode(), clean, flags=re.IGNORECASE)
    return clean


def key_fingerprint(key: str) -> str:
    """Names a key without telling it: the first 12 hexadecimal digits of a SHA-256 over it."""
    return hashlib.sha256(b"alpha vantage key " + key.strip().encode()).hexdigest()[:12]


def redact_key_in_logs(key: str) -> None:
    """Makes the HTTP client's own log lines, which name the URL, pass through ``scrub`` for the rest of the process."""
    with _GUARD.lock:
        _GUARD.keys = _GUARD.keys | {key}
        for name in _LOGGERS_OF_THE_CLIENT:
            logging.getLogger(name).addFilter(_GUARD)  # adding the same filter again changes nothing


def _spellings(key: str) -> list[bytes]:
    """Every spelling of the key, longest first, so that none is cut by a shorter one."""
    if not key:
        return []
    spellings = {key, key.strip(), quote(key), quote(key, safe=""), quote_plus(key), html.escape(key), json.dumps(key)[1:-1]}
    return sorted((spelling.encode("utf-8", "surrogatepass") for spelling in spellings if spelling), key=len, reverse=True)


class _Guard(logging.Filter):
    """Rewrites records before any handler sees them; a filter, because a handler may stand anywhere above."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()
        self.keys: frozenset[str] = frozenset()

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        for key in self.keys:
            text = scrub(text, key)
        record.msg, record.args = text, ()
        return True


_GUARD: Final = _Guard()
