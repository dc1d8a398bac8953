"""A first-in, first-out lock; Python's own lock gives no order."""

import threading
from types import TracebackType


class FairLock:
    """Held by one thread at a time, first come, first served, so that calls are sent in the order of the plan."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._next = 0
        self._served = 0

    @property
    def length(self) -> int:
        """How many hold it or wait for it."""
        with self._changed:
            return self._next - self._served

    def __enter__(self) -> None:
        with self._changed:
            place = self._next
            self._next += 1
            while place != self._served:
                self._changed.wait()

    def __exit__(self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._changed:
            self._served += 1
            self._changed.notify_all()
