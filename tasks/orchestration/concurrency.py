"""A global concurrency limit of one in Prefect: a slot that one run holds while a block runs.

Prefect takes a slot back when its holder stops renewing the lease, but a server that keeps leases in memory forgets them, and not the
slots, when it is restarted; and a lease names a run, not a process. So who holds a slot is written down beside it, in a variable of the
same server: a slot is freed whose holder was a process of this machine that is gone, and one without a recorded owner
since longer than a lease lasts.
"""

import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate, VariableCreate, VariableUpdate
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from pydantic import TypeAdapter, ValidationError

from tasks.errors import TickerhouseError
from tasks.orchestration.prefect_server import FAILED_REQUESTS, is_gone, look_after_failure, naming_a_lost_server, require_server
from tasks.orchestration.settings import Settings

# The shortest that Prefect allows: what a killed run on another machine costs the next one.
LEASE_SECONDS: Final = 60
_START_TICKS: Final = 19
"""Of the fields of /proc/<pid>/stat behind the program's name, which may hold blanks."""

# A slower server must not grant a slot that its client has given up on: the run would then wait for itself.
_PATIENCE_SECONDS: Final = 5.0


_RESTART_SECONDS: Final = 30.0


class SlotTaken(TickerhouseError):
    """Another run holds the slot and did not give it back in time."""


@dataclass(frozen=True)
class SlotOwner:
    """The process that holds a slot.

    Attributes:
        run_id: its run.
        host: the machine it runs on.
        process: its number there.
        started: what tells it from a later process of the same number: the machine's boot and the moment within it; empty where unknown.
    """

    run_id: str
    host: str
    process: int
    started: str = ""


_OWNER: Final = TypeAdapter(SlotOwner)


@dataclass(frozen=True)
class ConcurrencySlot:
    """A slot while a run holds it.

    Attributes:
        name: the global concurrency limit in Prefect; it is made where the server does not have it.
        what: what the holder does, for people, e.g. ``writes market.fact_daily_price``.
        longest_wait: seconds to wait for another run.
        forgotten_after: seconds after which a slot without a known owner is freed.
        held: what is raised where the other run does not end.
    """

    name: str
    what: str
    longest_wait: float
    forgotten_after: float = LEASE_SECONDS
    held: type[SlotTaken] = SlotTaken


@contextmanager
def hold(slot: ConcurrencySlot, run_id: str, logger: logging.Logger) -> Iterator[None]:
    """Holds the slot for as long as the block runs, its lease renewed meanwhile; waits while another run holds it.

    Args:
        slot: what to hold.
        run_id: who holds it.
        logger: gets a line for waiting, and for slots that were freed.

    Raises:
        SlotTaken: the other run did not give it back in time; the kind that ``slot`` names.
        PrefectGone: the server does not answer.
    """
    require_server()
    taken = ExitStack()
    with naming_a_lost_server():
        _ensure(slot.name)
        _take(taken, slot, run_id, logger)
        write_owner(slot.name, SlotOwner(run_id, socket.gethostname(), os.getpid(), start_of(os.getpid())))
    try:
        yield
    finally:
        _give_back(taken, slot, logger)


def read_owner(slot_name: str) -> SlotOwner | None:
    """Who holds a slot, as far as is written down; None if there is none, or where something else is stored."""
    with get_client(sync_client=True) as client:
        variable = client.read_variable_by_name(_variable(slot_name))
    try:
        return None if variable is None else _OWNER.validate_python(variable.value)
    except ValidationError:
        return None


def write_owner(slot_name: str, owner: SlotOwner) -> None:
    """Writes down who holds a slot."""
    name, value = _variable(slot_name), asdict(owner)
    with get_client(sync_client=True) as client:
        if client.read_variable_by_name(name) is None:
            client.create_variable(VariableCreate(name=name, value=value))
        else:
            client.update_variable(VariableUpdate(name=name, value=value))


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


def _take(taken: ExitStack, slot: ConcurrencySlot, run_id: str, logger: logging.Logger) -> None:
    begun = unknown_since = time.monotonic()
    is_logged = False
    while True:
        try:
            _enter(taken, slot.name)
        except TimeoutError:
            holder, now = read_owner(slot.name), time.monotonic()
            unknown_since = now if holder is not None else unknown_since
            if holder is not None and holder.run_id == run_id:
                logger.warning("run %s holds the slot %s from an earlier try; freeing it", run_id, slot.name)
                _free(slot.name)
            elif holder is not None and _is_gone(holder):
                logger.warning("run %s was killed while it %s; taking over its slot", holder.run_id, slot.what)
                _free(slot.name)
            elif holder is None and now - unknown_since > slot.forgotten_after:
                logger.warning("no run %s, but the slot %s is occupied; freeing it", slot.what, slot.name)
                _free(slot.name)
                unknown_since = now
            elif now - begun > slot.longest_wait:
                raise slot.held(
                    f"Another run ({holder.run_id if holder else 'unknown'}) {slot.what}.",
                    f"Wait for it; if there is none, free the slot: prefect gcl update {slot.name} --active-slots 0.",
                ) from None
            elif not is_logged:
                is_logged = True
                if holder is None:
                    logger.info("waiting for the slot %s", slot.name)
                else:
                    logger.info("run %s %s; waiting for it", holder.run_id, slot.what)
        else:
            return


def _enter(taken: ExitStack, name: str) -> None:
    """Takes the slot, also from a server that is started again meanwhile, which cuts requests off."""
    for tries_left in (1, 0):
        # A lease that cannot be renewed for once does not end the run: what the slot is for is guarded by itself as well.
        slot = concurrency(
            name,
            timeout_seconds=_PATIENCE_SECONDS,
            lease_duration=LEASE_SECONDS,
            strict=True,
            raise_on_lease_renewal_failure=False,
        )
        try:
            taken.enter_context(slot)
        except ConcurrencySlotAcquisitionError:
            look_after_failure(_RESTART_SECONDS)
            if not tries_left or is_gone():
                raise
        else:
            return


def start_of(process: int) -> str:
    """When a process of this machine began: the machine's boot, and the clock ticks since then; empty where the system does not tell."""
    try:
        ticks = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[_START_TICKS]
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {ticks}"
    except (OSError, IndexError):
        return ""


def _is_gone(holder: SlotOwner) -> bool:
    if holder.host != socket.gethostname():
        return False
    try:
        os.kill(holder.process, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        pass
    now = start_of(holder.process)
    return bool(holder.started and now) and holder.started != now


def _free(name: str) -> None:
    with get_client(sync_client=True) as client:
        client.update_global_concurrency_limit(name, GlobalConcurrencyLimitUpdate(active_slots=0))


def _give_back(taken: ExitStack, slot: ConcurrencySlot, logger: logging.Logger) -> None:
    try:
        with taken, get_client(sync_client=True) as client, suppress(ObjectNotFound):
            client.delete_variable_by_name(_variable(slot.name))
    except FAILED_REQUESTS as error:
        # What was done while it was held must be heard. The lease ends by itself; an owner that stays written down is a process gone soon.
        logger.warning("the slot %s could not be given back (%s)", slot.name, type(error).__name__)
        look_after_failure()


def _variable(slot_name: str) -> str:
    # The names of variables have no dots.
    return f"{slot_name.replace('.', '-')}-owner"
