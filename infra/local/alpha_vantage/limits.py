"""The limits of every plan, kept as strict sliding windows: wherever a window starts, it never holds more calls than the plan allows.

The figures are those the notices state: 1 a second and 25 a day on a free key; 5, 10, 20 and 30 a second on the premium plans
of 75 to 1,200 a minute.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

Window = Literal["second", "minute", "day"]
LENGTHS: Final[dict[Window, float]] = {"second": 1.0, "minute": 60.0, "day": 86_400.0}


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """How many calls a plan allows in each window; None where it sets no limit."""

    per_second: int
    per_minute: int | None = None
    per_day: int | None = None


PLANS: Final = {
    "free": PlanLimits(1, per_day=25),
    "premium_75": PlanLimits(5, 75),
    "premium_150": PlanLimits(10, 150),
    "premium_300": PlanLimits(10, 300),
    "premium_600": PlanLimits(20, 600),
    "premium_1200": PlanLimits(30, 1200),
}


class Limiter:
    """Lets calls through, or names the window that is full.

    A call refused for the second or the minute takes no place in those windows, or a client that keeps asking would never be heard again.
    It does take one of the day's places: the API does not say that a refused call is free, and a client must not count on it.

    Args:
        limits: of the plan.
        clock: seconds that never run backwards.
    """

    def __init__(self, limits: PlanLimits, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        limit_of: dict[Window, int | None] = {"day": limits.per_day, "second": limits.per_second, "minute": limits.per_minute}
        self._windows = {window: (limit, deque[float]()) for window, limit in limit_of.items() if limit is not None}

    def full_window(self) -> Window | None:
        """Counts one call: None where it may pass, else the window that has no place left (the day before the second before the minute)."""
        with self._lock:
            now = self._clock()
            for window, (_, passed) in self._windows.items():
                while passed and now - passed[0] >= LENGTHS[window]:
                    passed.popleft()
            full = next((window for window, (limit, passed) in self._windows.items() if len(passed) >= limit), None)
            for window, (_, passed) in self._windows.items():
                if full is None or (window == "day" and full != "day"):
                    passed.append(now)
            return full
