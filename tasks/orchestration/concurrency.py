"""A global concurrency limit of one in Prefect: a slot that one run holds while a block runs.

Prefect takes a slot back when its holder stops renewing the lease, but a server that keeps leases in memory forgets them, and not the
slots, when it is restarted; and a lease names a run, not a process. So who holds a slot is written down beside it, in a variable of the
same server: a slot is freed whose holder was a process of this machine that is gone. Where no owner is written down, it died between the
grant and that: its lease is known to nobody and ends by itself, so the next run takes a second place beside it.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final
from uuid import UUID

from httpx import HTTPStatusError
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate, VariableCreate, VariableUpdate
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from pydantic import TypeAdapter, ValidationError

from tasks.errors import TickerhouseError
from tasks.orchestration.prefect_server import FAILED_REQUESTS, is_gone, look_after_failure, naming_a_lost_server, require_server
from tasks.orchestration.settings import Settings

# The shortest that Prefect allows: what a killed run on another machine costs the next one.
LEASE_SECONDS: Final = 60
_RENEWAL_SECONDS: Final = LEASE_SECONDS / 3
_START_TICKS: Final = 19
"""Of the fields of /proc/<pid>/stat behind the program's name, which may hold blanks."""

_POLL_SECONDS: Final = 2.0
_WRITTEN_SECONDS: Final = 5.0
"""Within that time whoever was granted a slot has written down that it owns it."""
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
        lease: what Prefect granted; None where an older version wrote the owner down.
    """

    run_id: str
    host: str
    process: int
    started: str = ""
    lease: UUID | None = None


_OWNER: Final = TypeAdapter(SlotOwner)


@dataclass(frozen=True)
class ConcurrencySlot:
    """A slot while a run holds it.

    Attributes:
        name: the global concurrency limit in Prefect; it is made where the server does not have it.
        what: what the holder does, for people, e.g. ``writes market.fact_daily_price``.
        longest_wait: seconds to wait for another run.
        forgotten_after: seconds after which a slot without a known owner is taken for abandoned: many times what writing it down takes.
        held: what is raised where the other run does not end.
    """

    name: str
    what: str
    longest_wait: float
    forgotten_after: float = 15.0
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
    with naming_a_lost_server(), get_client(sync_client=True) as client:
        _ensure(client, slot.name)
        lease = _take(client, slot, run_id, logger)
        owner = SlotOwner(run_id, socket.gethostname(), os.getpid(), start_of(os.getpid()), lease)
        try:
            _write(client, slot.name, owner)
        except BaseException:
            _give_back(lease, owner, slot, logger)
            raise
    try:
        with _renewing(lease, slot, logger):
            yield
    finally:
        _give_back(lease, owner, slot, logger)


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
    with get_client(sync_client=True) as client:
        _write(client, slot_name, owner)


def table_slot(settings: Settings, table: str) -> str:
    """The name of a table's slot in Prefect."""
    return f"warehouse-{settings.environment}-{settings.source}-{table}"


def _ensure(client: SyncPrefectClient, name: str) -> None:
    # Prefect grants a lease without a slot where its server does not have the limit.
    try:
        client.upsert_global_concurrency_limit_by_name(name, limit=1)
    except ObjectAlreadyExists:
        # Another run made it between our looking and our making.
        return


def _take(client: SyncPrefectClient, slot: ConcurrencySlot, run_id: str, logger: logging.Logger) -> UUID:
    begun = unknown_since = time.monotonic()
    is_logged = False
    taken_back: dict[SlotOwner, float] = {}
    while (lease := _enter(client, slot.name)) is None:
        holder, now = read_owner(slot.name), time.monotonic()
        unknown_since = now if holder is not None else unknown_since
        if holder is not None and (holder.run_id == run_id or _is_gone(holder)):
            if holder not in taken_back:
                taken_back[holder] = now
                if holder.run_id == run_id:
                    logger.warning("run %s holds the slot %s from an earlier try; freeing it", run_id, slot.name)
                else:
                    logger.warning("run %s was killed while it %s; taking over its slot", holder.run_id, slot.what)
                _take_back(client, slot.name, holder)
            elif now - taken_back[holder] > _WRITTEN_SECONDS:
                # The server forgot that lease, and not the slot.
                taken_back[holder] = now
                _free(client, slot.name)
            else:
                # Another run that waited may have it by now, and not be written down yet.
                time.sleep(_POLL_SECONDS)
        elif holder is None and now - unknown_since > slot.forgotten_after:
            logger.warning("no run %s, but the slot %s is occupied; taking a second place in it", slot.what, slot.name)
            unknown_since = now
            if (lease := _enter_beside(client, slot.name)) is not None:
                return lease
        elif now - begun > slot.longest_wait:
            raise slot.held(
                f"Another run ({holder.run_id if holder else 'unknown'}) {slot.what}.",
                f"Wait for it; if there is none, free the slot: prefect gcl update {slot.name} --active-slots 0.",
            )
        else:
            if not is_logged:
                is_logged = True
                logger.info(
                    "waiting for the slot %s; %s", slot.name, f"run {holder.run_id} {slot.what}" if holder else "its owner is not known"
                )
            time.sleep(_POLL_SECONDS)
    return lease


def _enter(client: SyncPrefectClient, name: str) -> UUID | None:
    """Takes the slot, also from a server that is started again meanwhile, which cuts requests off.

    Not by ``prefect.concurrency.sync``: with a time limit it gives up on a request while a slow server grants it, so that the run waits
    for itself; and its own threads were seen never to send the request at all.

    Returns:
        The lease; None where the slot is occupied.
    """
    for tries_left in (1, 0):
        try:
            granted = client.increment_concurrency_slots_with_lease([name], 1, "concurrency", LEASE_SECONDS)
        except FAILED_REQUESTS as error:
            if isinstance(error, HTTPStatusError) and error.response.status_code == HTTPStatus.LOCKED:
                return None
            look_after_failure(_RESTART_SECONDS)
            if not tries_left or is_gone():
                raise
        else:
            return UUID(granted.json()["lease_id"])
    raise AssertionError("the last try returns or raises")


def _enter_beside(client: SyncPrefectClient, name: str) -> UUID | None:
    """Takes a second place in a slot whose owner nobody knows.

    Freed, the slot would be freed once more when the killed run's lease ends, under its new owner. With two places taken of one, nobody
    else comes in until both are given back, one of them by its lease.

    Returns:
        The lease; None where another run was faster.
    """
    client.update_global_concurrency_limit(name, GlobalConcurrencyLimitUpdate(limit=2))
    try:
        return _enter(client, name)
    finally:
        client.update_global_concurrency_limit(name, GlobalConcurrencyLimitUpdate(limit=1))


@contextmanager
def _renewing(lease: UUID, slot: ConcurrencySlot, logger: logging.Logger) -> Iterator[None]:
    """Renews the lease while the block runs. One that cannot be renewed does not end the run: what the slot is for is guarded as well."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(_RENEWAL_SECONDS) and not is_gone():
            try:
                with get_client(sync_client=True) as client:
                    client.renew_concurrency_lease(lease, LEASE_SECONDS)
            except FAILED_REQUESTS as error:
                if not ended.is_set():
                    logger.warning("the lease of the slot %s could not be renewed (%s)", slot.name, type(error).__name__)

    threading.Thread(target=copy_context().run, args=(renew,), name=f"renewal of {slot.name}", daemon=True).start()
    try:
        yield
    finally:
        ended.set()


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


def _write(client: SyncPrefectClient, slot_name: str, owner: SlotOwner) -> None:
    # One request as a rule: a run that is killed before it is answered holds a slot that nobody knows of.
    name, value = _variable(slot_name), _OWNER.dump_python(owner, mode="json")
    try:
        client.create_variable(VariableCreate(name=name, value=value))
    except ObjectAlreadyExists:
        client.update_variable(VariableUpdate(name=name, value=value))


def _take_back(client: SyncPrefectClient, name: str, holder: SlotOwner) -> None:
    if holder.lease is None:
        _free(client, name)
    else:
        # Left alone, the lease would expire later and free the slot of the new owner.
        client.release_concurrency_slots_with_lease(holder.lease)


def _free(client: SyncPrefectClient, name: str) -> None:
    client.update_global_concurrency_limit(name, GlobalConcurrencyLimitUpdate(active_slots=0))


def _give_back(lease: UUID, owner: SlotOwner, slot: ConcurrencySlot, logger: logging.Logger) -> None:
    if is_gone():
        # Its lease ends by itself.
        return
    try:
        with get_client(sync_client=True) as client:
            # Where the lease could not be renewed for too long, the slot is another run's by now.
            if read_owner(slot.name) == owner:
                _free_if_forgotten(client, slot.name, lease)
                with suppress(ObjectNotFound):
                    client.delete_variable_by_name(_variable(slot.name))
            client.release_concurrency_slots_with_lease(lease)
    except FAILED_REQUESTS as error:
        # What was done while it was held must be heard. The lease ends by itself; an owner that stays written down is a process gone soon.
        logger.warning("the slot %s could not be given back (%s)", slot.name, type(error).__name__)
        look_after_failure()


def _free_if_forgotten(client: SyncPrefectClient, name: str, lease: UUID) -> None:
    """Frees a slot whose lease a server that was started again does not know: it would keep the slot for ever."""
    try:
        client.renew_concurrency_lease(lease, LEASE_SECONDS)
    except FAILED_REQUESTS as error:
        if isinstance(error, HTTPStatusError) and error.response.status_code == HTTPStatus.GONE:
            _free(client, name)


def _variable(slot_name: str) -> str:
    # The names of variables have no dots.
    return f"{slot_name.replace('.', '-')}-owner"
