"""A lock per API key: one run at a time sends calls with a key, through a strict Prefect concurrency limit.

The slot makes the day's ledger whole: no run reads it between another's read and write (``tasks/orchestration/concurrency.py``).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tasks.orchestration.concurrency import ConcurrencySlot, SlotTaken, hold

logger = logging.getLogger("tickerhouse.step.extract")

_LONGEST_WAIT_SECONDS: Final = 1800.0


class KeyInUse(SlotTaken):
    """Another run sends calls with the same key and did not end in time."""


def slot_name(key_fingerprint: str) -> str:
    """The name of a key's slot in Prefect."""
    return f"alpha-vantage-key-{key_fingerprint}"


@contextmanager
def hold_key(run_id: str, key_fingerprint: str, longest_wait: float = _LONGEST_WAIT_SECONDS) -> Iterator[None]:
    """Holds a key for as long as the block runs; waits while another run holds it.

    Args:
        run_id: who holds it.
        key_fingerprint: stands for the key.
        longest_wait: seconds to wait for another run.

    Raises:
        KeyInUse: the other run did not end in that time.
    """
    slot = ConcurrencySlot(slot_name(key_fingerprint), "asks with the same key", longest_wait, held=KeyInUse)
    with hold(slot, run_id, logger):
        yield
