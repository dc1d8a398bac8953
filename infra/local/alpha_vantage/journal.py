"""What a source was asked, for tests to look at; the key is never in it."""

import threading
from collections import Counter, deque
from datetime import datetime
from typing import Any, Final

_KEPT: Final = 10_000


class Journal:
    """Counts the requests of a source, and keeps the newest ten thousand."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: Counter[tuple[str, str]] = Counter()
        self._answered: Counter[str] = Counter()
        self._rejected: Counter[str] = Counter({"second": 0, "minute": 0, "day": 0})
        self._requests: deque[dict[str, str]] = deque(maxlen=_KEPT)

    def add(self, received: datetime, function: str, symbol: str, output_size: str, answer: str, full_window: str | None) -> None:
        """Writes one request down.

        Args:
            received: when.
            function: asked for.
            symbol: asked for.
            output_size: asked for; empty where the request said nothing.
            answer: the name of the answer.
            full_window: the window that had no place left, where that is why it was refused.
        """
        with self._lock:
            self._asked[function, symbol] += 1
            self._answered[answer] += 1
            if full_window:
                self._rejected[full_window] += 1
            self._requests.append(
                {"received": received.isoformat(), "function": function, "symbol": symbol, "outputsize": output_size, "answer": answer}
            )

    def as_json(self) -> dict[str, Any]:
        """``total``, ``counts`` by function and symbol, ``answers`` by name, ``rejected`` by window, ``requests`` oldest first."""
        with self._lock:
            counts: dict[str, dict[str, int]] = {}
            for (function, symbol), count in self._asked.items():
                counts.setdefault(function, {})[symbol] = count
            return {
                "total": sum(self._asked.values()),
                "counts": counts,
                "answers": dict(self._answered),
                "rejected": dict(self._rejected),
                "requests": list(self._requests),
            }
