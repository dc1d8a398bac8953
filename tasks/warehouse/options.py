"""Options of a load or a removal: COPY role, retries, waits."""

import random as chance
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class LoadOptions:
    """The options that all loads of a run share.

    Attributes:
        copy_role: the IAM role COPY reads the lake with, or ``default``.
        retries: further attempts, for conflicts and cold starts only (``retry.py``).
        retry_wait: seconds before the second attempt; doubles.
        sleep: waits that many seconds.
        random: a number from 0 to 1.
        sets_aside: whether a symbol that a violated check names is kept out, and everything else loaded.
        exchanges: of symbols of which somebody named one; their calendars say when a week or a month is over.
        is_trial: whether the transaction is rolled back at its end, because only its success is asked for.
    """

    copy_role: str = "default"
    retries: int = 4
    retry_wait: float = 2.0
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = chance.random
    sets_aside: bool = False
    exchanges: Mapping[str, str] = field(default_factory=dict)
    is_trial: bool = False
