"""One run at a time asks with a key: a strict slot in Prefect, held while the run asks.

The slot makes the day's ledger whole: nobody reads it between another run's reading and writing. Prefect takes a slot back when its holder
stops renewing it, but forgets the lease, and not the slot, when its server is restarted; so the holder is written down in the lake as well,
and a slot whose holder was a process of this machine that is gone is freed.
"""

import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectAlreadyExists

from tasks.errors import TickerhouseError
from tasks.lake.errors import LakeError
from tasks.lake.holders import Holder, read_holder, write_holder
from tasks.lake.store import LakeStore

logger = logging.getLogger("tickerhouse.step.extract")

# The shortest that Prefect allows: what a killed run on another machine costs the next one.
_LEASE_SECONDS: Final = 60
_PATIENCE_SECONDS: Final = 2.0
_LONGEST_WAIT_SECONDS: Final = 1800.0


class KeyHeld(TickerhouseError):
    """Another run asks with the same key and did not end in time."""


def slot_name(key_fingerprint: str) -> str:
    """The name of a key's slot in Prefect."""
    return f"alpha-vantage-key-{key_fingerprint}"


@contextmanager
def hold_key(run_id: str, lake: LakeStore, key_fingerprint: str, longest_wait: float = _LONGEST_WAIT_SECONDS) -> Iterator[None]:
    """Holds a key for as long as the block runs; waits while another run holds it.

    Args:
        run_id: who holds it.
        lake: where the holder is written down.
        key_fingerprint: stands for the key.
        longest_wait: seconds to wait for another run.

    Raises:
        KeyHeld: the other run did not end in that time.
        LakeError: the lake cannot be read or written.
    """
    name = slot_name(key_fingerprint)
    _ensure(name)
    with ExitStack() as slot:
        _take(slot, name, lake, key_fingerprint, longest_wait)
        write_holder(lake, key_fingerprint, Holder(run_id, socket.gethostname(), os.getpid()))
        try:
            yield
        finally:
            _forget_holder(lake, key_fingerprint)


def _ensure(name: str) -> None:
    with get_client(sync_client=True) as client:
        try:
            client.upsert_global_concurrency_limit_by_name(name, limit=1)
        except ObjectAlreadyExists:
            # Another run made it between our looking and our making.
            return


def _take(slot: ExitStack, name: str, lake: LakeStore, key_fingerprint: str, longest_wait: float) -> None:
    begun, is_told = time.monotonic(), False
    while True:
        try:
            # A lease that cannot be renewed for once does not end the run: the ledger is guarded by itself as well.
            slot.enter_context(
                concurrency(
                    name,
                    timeout_seconds=_PATIENCE_SECONDS,
                    lease_duration=_LEASE_SECONDS,
                    strict=True,
                    raise_on_lease_renewal_failure=False,
                ),
            )
        except TimeoutError:
            holder = read_holder(lake, key_fingerprint)
            if holder is not None and _is_gone(holder):
                logger.warning("run %s was killed while it held the key; the key is taken over", holder.run_id)
                _free(name)
            elif time.monotonic() - begun > longest_wait:
                raise KeyHeld(
                    f"Another run ({holder.run_id if holder else 'unknown'}) asks with the same key.",
                    f"Wait for it; if there is none, free the slot: prefect gcl update {name} --active-slots 0.",
                ) from None
            elif not is_told:
                is_told = True
                logger.info("another run asks with the same key; waiting for it")
        else:
            return


def _is_gone(holder: Holder) -> bool:
    if holder.host != socket.gethostname():
        return False
    try:
        os.kill(holder.process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _free(name: str) -> None:
    with get_client(sync_client=True) as client:
        client.update_global_concurrency_limit(name, GlobalConcurrencyLimitUpdate(active_slots=0))


def _forget_holder(lake: LakeStore, key_fingerprint: str) -> None:
    try:
        write_holder(lake, key_fingerprint, None)
    except LakeError as error:
        # What the run itself met is the story; a holder that stays written down is a process that is gone soon.
        logger.warning("%s", error)
