import itertools
import random
import threading
import time
from collections import deque

import pytest

from tasks.alpha_vantage.api_plans import FREE, PLANS, ApiPlan
from tasks.alpha_vantage.rate_limiter import RateLimiter

TEN_MINUTES = 600.0


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 50_000.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


class StrictServer:
    """Counts every request, refused ones too, in sliding windows of a second and a minute."""

    def __init__(self, per_second: int, per_minute: int) -> None:
        self.windows = [(1.0, per_second, deque[float]()), (60.0, per_minute, deque[float]())]
        self.accepted = 0
        self.rejected = 0

    def receive(self, at: float) -> None:
        is_rejected = False
        for seconds, limit, arrivals in self.windows:
            arrivals.append(at)
            while arrivals[0] <= at - seconds:
                arrivals.popleft()
            is_rejected |= len(arrivals) > limit
        self.rejected += is_rejected
        self.accepted += not is_rejected


def ten_minutes(profile: ApiPlan, *, latency: float, stall: float = 0.0) -> StrictServer:
    """Sends as fast as the pace lets, arrivals late by up to ``latency``; now and then the sender itself stalls."""
    time, chance = Time(), random.Random(7)  # noqa: S311 - chance, not a secret
    server, pace = StrictServer(profile.calls_per_second, profile.calls_per_minute), RateLimiter(profile, time.clock, time.sleep)
    start, arrivals = time.now, []
    for number in itertools.count(1):
        pace.wait_turn()
        if time.now - start >= TEN_MINUTES:
            break
        arrivals.append(time.now + chance.random() * latency)
        if stall and number % 200 == 0:
            time.sleep(stall)
    for arrival in sorted(arrivals):
        server.receive(arrival)
    return server


@pytest.mark.parametrize("name", ["premium_75", "premium_1200"])
def test_the_quota_is_held_to_99_percent_for_ten_minutes_unrejected(name: str) -> None:
    """The quota is held to 99 percent for ten minutes without a rejection."""
    profile = PLANS[name]
    server = ten_minutes(profile, latency=0.25)
    assert server.rejected == 0
    assert server.accepted / (profile.calls_per_minute * 10) >= 0.99


@pytest.mark.parametrize("name", list(PLANS))
def test_no_plan_is_rejected_even_when_the_sender_stalls(name: str) -> None:
    server = ten_minutes(PLANS[name], latency=0.25, stall=3.0)
    assert server.rejected == 0
    assert server.accepted > 0


def test_short_stalls_are_caught_up() -> None:
    profile = PLANS["premium_1200"]
    server = ten_minutes(profile, latency=0.1, stall=0.4)
    assert server.rejected == 0
    assert server.accepted / (profile.calls_per_minute * 10) >= 0.99


def test_a_free_key_sends_one_call_in_two_seconds_and_never_catches_up() -> None:
    time = Time()
    pace = RateLimiter(FREE, time.clock, time.sleep)
    sent = []
    for _ in range(3):
        pace.wait_turn()
        sent.append(time.now)
    time.sleep(10.0)
    for _ in range(2):
        pace.wait_turn()
        sent.append(time.now)
    assert [later - earlier for earlier, later in itertools.pairwise(sent)] == pytest.approx([2.0, 2.0, 10.0, 2.0])


def test_the_first_call_waits_for_nothing() -> None:
    time = Time()
    RateLimiter(FREE, time.clock, time.sleep).wait_turn()
    assert time.now == 50_000.0


def test_a_learnt_rate_is_kept_and_only_ever_lowers() -> None:
    time = Time()
    pace = RateLimiter(PLANS["premium_1200"], time.clock, time.sleep)
    pace.learn(2)
    pace.learn(30)
    pace.learn(0)
    assert pace.calls_per_second == 2
    start = time.now
    for _ in range(21):
        pace.wait_turn()
    assert time.now - start == pytest.approx(20 / 2 * 1.3, rel=0.01)  # two in every 1.3 s: the window and its guard


def test_a_pause_holds_the_next_turn_back_and_no_shorter_one_ends_it() -> None:
    """A pause holds the next turn back and a shorter one does not end it."""
    time = Time()
    pace = RateLimiter(PLANS["premium_75"], time.clock, time.sleep)
    pace.pause(62.0)
    pace.pause(1.0)
    pace.wait_turn()
    assert time.now == pytest.approx(50_062.0)


def test_threads_share_one_pace() -> None:
    profile = ApiPlan("test", calls_per_second=50, calls_per_minute=3000, calls_per_day=None, spacing=0.02, catch_up=0.0, full_history=True)
    pace, sent, lock = RateLimiter(profile), [], threading.Lock()

    def send() -> None:
        for _ in range(5):
            pace.wait_turn()
            with lock:
                sent.append(time.monotonic())

    threads = [threading.Thread(target=send) for _ in range(4)]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sent) == 20
    assert max(sent) - start >= 19 * 0.02
