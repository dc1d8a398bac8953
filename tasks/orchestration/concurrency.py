"""A strict slot in Prefect, of which there is one, held while a block runs.

Prefect takes a slot back when its holder stops renewing the lease, but forgets the lease, and not the slot, when its server is restarted.
So the holder is written down in the lake as well: a slot is freed whose holder was a process of this machine that is gone, and one that
nobody has written himself down for since longer than a lease lasts.
"""

import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectAlreadyExists

from tasks.errors import TickerhouseError
from tasks.lake.errors import LakeError
from tasks.lake.holders import SlotOwner, read_holder, write_holder
from tasks.lake.store import LakeStore
from tasks.orchestration.settings import Settings

# The shortest that Prefect allows: what a killed run on another machine costs the next one.
LEASE_SECONDS: Final = 60
_PATIENCE_SECONDS: Final = 2.0


class SlotTaken(TickerhouseError):
    """Another run holds the slot and did not give it back in time."""


@dataclass(frozen=True)
class ConcurrencySlot:
    """What is held, and where that is written down.

    Attributes:
        name: the global concurrency limit in Prefect; it is made where the server does not have it.
        holder: the name under which the lake knows the holder.
        what: what the holder does, for people, e.g. ``writes market.fact_daily_price``.
        lake: where the holder is written down.
        longest_wait: seconds to wait for another run.
        forgotten_after: seconds after which a slot that is taken by nobody we know of is freed.
        held: what is raised where the other run does not end.
    """

    name: str
    holder: str
    what: str
    lake: LakeStore
    longest_wait: float
    forgotten_after: float = LEASE_SECONDS
    held: type[SlotTaken] = SlotTaken


@contextmanager
def hold(slot: ConcurrencySlot, run_id: str, logger: logging.Logger) -> Iterator[None]:
    """Holds the slot for as long as the block runs, its lease renewed meanwhile; waits while another run holds it.

    Args:
        slot: what to hold.
        run_id: who holds it.
        logger: is told of waiting, and of slots that were freed.

    Raises:
        SlotTaken: the other run did not give it back in time; the kind that ``slot`` names.
        LakeError: the lake cannot be read or written.
    """
    _ensure(slot.name)
    with ExitStack() as taken:
        _take(taken, slot, logger)
        write_holder(slot.lake, slot.holder, SlotOwner(run_id, socket.gethostname(), os.getpid()))
        try:
            yield
        finally:
            _forget_holder(slot, logger)


def table_slot(settings: Settings, table: str) -> str:
    """The name of a table's slot in Prefect."""
    return f"warehouse-{settings.environment}-{settings.source}-{table}"


def _ensure(name: str) -> None:
    # Prefect leaves out a slot that its server does not have, or refuses it: strict is safe only where it was made before.
    with get_client(sync_client=True) as client:
        try:
            client.upsert_global_concurrency_limit_by_name(name, limit=1)
        except ObjectAlreadyExists:
            # Another run made it between our looking and our making.
            return


def _take(taken: ExitStack, slot: ConcurrencySlot, logger: logging.Logger) -> None:
    begun = unknown_since = time.monotonic()
    is_told = False
    while True:
        try:
            # A lease that cannot be renewed for once does not end the run: what the slot is for is guarded by itself as well.
            taken.enter_context(
                concurrency(
                    slot.name,
                    timeout_seconds=_PATIENCE_SECONDS,
                    lease_duration=LEASE_SECONDS,
                    strict=True,
                    raise_on_lease_renewal_failure=False,
                ),
            )
        except TimeoutError:
            holder, now = read_holder(slot.lake, slot.holder), time.monotonic()
            unknown_since = now if holder is not None else unknown_since
            if holder is not None and _is_gone(holder):
                logger.warning("run %s was killed while it %s; its slot is taken over", holder.run_id, slot.what)
                _free(slot.name)
            elif holder is None and now - unknown_since > slot.forgotten_after:
                logger.warning("nobody %s, but the slot %s is taken; it is freed", slot.what, slot.name)
                _free(slot.name)
                unknown_since = now
            elif now - begun > slot.longest_wait:
                raise slot.held(
                    f"Another run ({holder.run_id if holder else 'unknown'}) {slot.what}.",
                    f"Wait for it; if there is none, free the slot: prefect gcl update {slot.name} --active-slots 0.",
                ) from None
            elif not is_told:
                is_told = True
                logger.info("another run %s; waiting for it", slot.what)
        else:
            return


def _is_gone(holder: SlotOwner) -> bool:
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


def _forget_holder(slot: ConcurrencySlot, logger: logging.Logger) -> None:
    try:
        write_holder(slot.lake, slot.holder, None)
    except LakeError as error:
        # What the run itself met is the story; a holder that stays written down is a process that is gone soon.
        logger.warning("%s", error)
