"""Reserves calls in the day's ledger in blocks before they are sent, so that a crash never undercounts.

A block is what two seconds of the plan's pace can send: calls are reserved at most once a second whatever the plan, and what a crash
leaves counted without having been sent is small. Safe to share between threads.
"""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from tasks.planning.budget import DAILY, Ledger, exhaust, give_back, spend
from tasks.planning.budget_shares import share_left
from tasks.planning.errors import BudgetSpent

LEAST_GAP: Final = 1.0
"""Seconds between two reservations in the ledger."""

_BLOCK_SECONDS: Final = 2.0


class Pacing(Protocol):
    """What the reservations need to know of a plan of the API."""

    @property
    def calls_per_day(self) -> int | None:
        """Most calls a day, or None where there is no daily limit."""

    @property
    def spacing(self) -> float:
        """Seconds between two calls at the steady rate."""


@dataclass
class Reservations:
    """The calls of one run.

    Attributes:
        profile: the limits of the key's plan.
        change: applies a function to the stored ledger and stores what it gives; the function may be applied again to a newer ledger.
        expected: how many calls are still to be sent, so that the last block is no larger.
        now: the present instant, UTC and aware.
        clock: monotonic seconds.
        sleep: waits for some seconds.
        share: whose part of the day they are taken from.
        used: calls that were taken out of the blocks.
    """

    profile: Pacing
    change: Callable[[Callable[[Ledger], Ledger]], object]
    expected: int
    now: Callable[[], datetime]
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    share: str = DAILY
    used: int = 0
    _rest: int = 0
    _reserved_at: datetime | None = None
    _written_at: float = -math.inf
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def take(self) -> None:
        """Takes one call, reserving the next block where the last one is used up.

        Raises:
            BudgetSpent: the day, or this share of it, has no call left.
        """
        with self._lock:
            if not self._rest:
                self._reserve()
            self._rest -= 1
            self.used += 1
            self.expected -= 1

    def put_back(self) -> None:
        """Takes back one call that was not sent after all."""
        with self._lock:
            self._rest += 1
            self.used -= 1
            self.expected += 1

    def close(self, *, is_spent_up: bool = False) -> None:
        """Gives back what was reserved and not taken.

        Args:
            is_spent_up: whether the API has refused the day, whatever the ledger says.
        """
        with self._lock:
            rest, reserved_at, now = self._rest, self._reserved_at, self.now()
            if not is_spent_up and (not rest or reserved_at is None):
                return

            def settle(ledger: Ledger) -> Ledger:
                if rest and reserved_at is not None:
                    ledger = give_back(ledger, rest, reserved_at, self.share)
                return exhaust(ledger, now) if is_spent_up else ledger

            self.change(settle)
            self._rest = 0

    def _reserve(self) -> None:
        now = self.now()
        block = math.ceil(_BLOCK_SECONDS / self.profile.spacing)
        taken = 0

        def reserve(ledger: Ledger) -> Ledger:
            nonlocal taken
            left = share_left(self.profile, ledger, now, self.share)
            if left == 0:
                raise BudgetSpent(
                    "The day's calls are used up, by the count kept here.",
                    "Run again after the later of midnight UTC and midnight in New York.",
                    {"share": self.share},
                )
            wanted = max(1, min(block, self.expected))
            taken = wanted if left is None else min(wanted, left)
            return spend(ledger, taken, now, self.share)

        wait = self._written_at + LEAST_GAP - self.clock()
        if wait > 0:
            self.sleep(wait)
        self.change(reserve)
        self._written_at = self.clock()
        self._rest, self._reserved_at = taken, now
