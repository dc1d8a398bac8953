"""The objects that this process has just written, for the one step that reads them next."""

import threading
from typing import Final

MOST_BYTES: Final = 64 << 20
"""Room for 20,000 compressed answers of 100 bars. What does not fit is read back from the bucket."""


class RecentWrites:
    """Bytes by key, each handed out once; safe to share between threads.

    Args:
        limit: how many bytes are kept at most.
    """

    def __init__(self, limit: int = MOST_BYTES) -> None:
        self._limit = limit
        self._kept: dict[str, bytes] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    def keep(self, key: str, body: bytes) -> None:
        """Keeps what was written under a key that nothing is kept of, where there is room."""
        with self._lock:
            if self._bytes + len(body) <= self._limit:
                self._kept[key] = body
                self._bytes += len(body)

    def take(self, key: str) -> bytes | None:
        """The bytes, which are then kept no longer; None where they are not kept."""
        with self._lock:
            body = self._kept.pop(key, None)
            self._bytes -= len(body or b"")
            return body

    def drop(self, key: str) -> None:
        """Forgets what was written under a key: another object takes its place, or none."""
        self.take(key)
