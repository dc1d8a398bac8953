"""How much of the quota is held, and how often a strict server would have refused: ours against aiolimiter, over ten minutes.

::

    python tests/benchmarks/quota_held.py                  ten minutes on a clock that waiting moves
    python tests/benchmarks/quota_held.py --real-time 10   ten minutes of the wall clock, all contenders at the same time

The server counts sliding windows of a second and a minute: wherever a window starts, it must not hold a call too many. Calls arrive late by
up to 250 ms, each by another amount, as over a network.
"""

import argparse
import asyncio
import random
import selectors
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from aiolimiter import AsyncLimiter

from tasks.alpha_vantage.api_plans import PLANS, ApiPlan
from tasks.alpha_vantage.rate_limiter import RateLimiter

LATENCY: Final = 0.25
_LEAST_STEP: Final = 1e-5
PROFILES: Final = ("premium_75", "premium_1200")

Sender = Callable[[ApiPlan, float, bool], list[float]]


@dataclass(frozen=True)
class Held:
    """What a strict server saw: calls it took, and calls it refused."""

    accepted: int
    rejected: int


def judge(sent: list[float], profile: ApiPlan) -> Held:
    """Sends every instant over a late network to a strict server."""
    chance = random.Random(7)  # noqa: S311 - chance, not a secret
    windows = [(1.0, profile.calls_per_second, deque[float]()), (60.0, profile.calls_per_minute, deque[float]())]
    accepted = rejected = 0
    for arrival in sorted(instant + chance.random() * LATENCY for instant in sent):
        is_refused = False
        for seconds, limit, taken in windows:
            while taken and taken[0] <= arrival - seconds:
                taken.popleft()
            is_refused |= len(taken) >= limit
        if is_refused:
            rejected += 1
            continue
        accepted += 1
        for _, _, taken in windows:
            taken.append(arrival)
    return Held(accepted, rejected)


def ours(profile: ApiPlan, seconds: float, is_real: bool) -> list[float]:  # noqa: FBT001 - one of the contenders' common shape
    """Our pace, one thread that sends as soon as it may."""
    moved = [0.0]

    def wait(duration: float) -> None:
        moved[0] += duration

    clock: Callable[[], float] = time.monotonic if is_real else lambda: moved[0]
    pace, sent = RateLimiter(profile, clock, time.sleep if is_real else wait), list[float]()
    begun = clock()
    while True:
        pace.wait_turn()
        if clock() - begun >= seconds:
            return sent
        sent.append(clock())


def smooth_peer(profile: ApiPlan, seconds: float, is_real: bool) -> list[float]:  # noqa: FBT001 - as above
    """Aiolimiter with a bucket of one: the setting that no strict server refuses."""
    return _peer(AsyncLimiter, (1, 60.0 / profile.calls_per_minute), seconds, is_real=is_real)


def usual_peer(profile: ApiPlan, seconds: float, is_real: bool) -> list[float]:  # noqa: FBT001 - as above
    """Aiolimiter as its documentation shows it: so many calls a minute."""
    return _peer(AsyncLimiter, (profile.calls_per_minute, 60.0), seconds, is_real=is_real)


def _peer(limiter_of: type[AsyncLimiter], limits: tuple[float, float], seconds: float, *, is_real: bool) -> list[float]:
    async def send() -> list[float]:
        loop = asyncio.get_running_loop()
        limiter, sent, begun = limiter_of(*limits), list[float](), loop.time()
        while True:
            await limiter.acquire()
            if loop.time() - begun >= seconds:
                return sent
            sent.append(loop.time())

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop if is_real else _JumpingLoop) as runner:
        return runner.run(send())


class _JumpingSelector(selectors.DefaultSelector):
    """Waits for nothing, and says how long it would have waited."""

    waited = 0.0

    def select(self, timeout: float | None = None) -> Any:
        # A clock that stands still would keep a wait of a rounding error from ever ending.
        self.waited += max(_LEAST_STEP, timeout or 0.0)
        return super().select(0)


class _JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock is moved by waiting alone."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.waited


CONTENDERS: Final[dict[str, Sender]] = {
    "tickerhouse": ours,
    "aiolimiter, bucket of one": smooth_peer,
    "aiolimiter, as documented": usual_peer,
}


def main() -> None:
    """Prints a line for every contender and rate."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--real-time", type=float, metavar="MINUTES", help="the wall clock instead of a simulated one")
    minutes = arguments.parse_args().real_time
    seconds, results = (minutes or 10.0) * 60, dict[tuple[str, str], Held]()

    def run(plan: str, name: str) -> None:
        results[plan, name] = judge(CONTENDERS[name](PLANS[plan], seconds, minutes is not None), PLANS[plan])

    threads = [threading.Thread(target=run, args=(plan, name)) for plan in PROFILES for name in CONTENDERS]
    for thread in threads:
        thread.start()
        if minutes is None:
            thread.join()
    for thread in threads:
        thread.join()
    print(f"{seconds / 60:g} minutes, {'wall clock' if minutes else 'simulated clock'}, arrivals late by up to {LATENCY * 1000:g} ms")
    print(f"{'calls a minute':>14}  {'':<26}{'taken':>8}{'refused':>9}{'of the quota':>14}")
    for (plan, name), held in results.items():
        quota = PLANS[plan].calls_per_minute * seconds / 60
        print(f"{PLANS[plan].calls_per_minute:>14}  {name:<26}{held.accepted:>8}{held.rejected:>9}{held.accepted / quota:>14.4f}")


if __name__ == "__main__":
    main()
