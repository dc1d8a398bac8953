"""One run at a time asks with a key, and a killed one does not keep it; against a real Prefect server."""

import logging
import os
import subprocess
import sys
import threading
import time
from http import HTTPStatus
from uuid import UUID, uuid4

import httpx
import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate, VariableUpdate
from prefect.settings import get_current_settings

from flows.command_line.doctor import _shared_key
from tasks.alpha_vantage.scrub import key_fingerprint
from tasks.health.doctor import Level
from tasks.orchestration import concurrency
from tasks.orchestration.concurrency import ConcurrencySlot, SlotOwner, hold, read_owner, start_of, write_owner
from tasks.orchestration.key_lock import KeyInUse, KeyOfAnotherEnvironment, hold_key, slot_name
from tasks.orchestration.settings import Settings

pytestmark = [pytest.mark.server, pytest.mark.usefixtures("prefect_server")]

FINGERPRINT = "0123456789ab"
HERE = os.uname().nodename


def active_slots() -> int:
    with get_client(sync_client=True) as client:
        return client.read_global_concurrency_limit_by_name(slot_name(FINGERPRINT)).active_slots


def occupy_the_slot() -> None:
    """What a killed run leaves behind where the server that knew its lease was restarted."""
    with get_client(sync_client=True) as client:
        client.upsert_global_concurrency_limit_by_name(slot_name(FINGERPRINT), limit=1)
        client.update_global_concurrency_limit(slot_name(FINGERPRINT), GlobalConcurrencyLimitUpdate(active_slots=1))


def a_process_that_is_gone() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    return process.pid


def test_a_key_is_held_while_the_run_asks_and_free_afterwards() -> None:
    with hold_key("run-1", FINGERPRINT):
        assert active_slots() == 1
        owner = read_owner(slot_name(FINGERPRINT))
        assert owner is not None
        assert owner == SlotOwner("run-1", HERE, os.getpid(), start_of(os.getpid()), owner.lease)
        assert owner.lease is not None
    assert active_slots() == 0
    assert read_owner(slot_name(FINGERPRINT)) is None


def test_a_run_that_fails_gives_the_key_back() -> None:
    with pytest.raises(ZeroDivisionError), hold_key("run-1", FINGERPRINT):
        raise ZeroDivisionError
    assert active_slots() == 0
    assert read_owner(slot_name(FINGERPRINT)) is None


def test_the_lease_is_renewed_for_as_long_as_a_slot_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    renewed: list[int] = []
    renew = SyncPrefectClient.renew_concurrency_lease

    def count(client: SyncPrefectClient, lease_id: UUID, lease_duration: float) -> httpx.Response:
        answer = renew(client, lease_id, lease_duration)
        renewed.append(answer.status_code)
        return answer

    monkeypatch.setattr(SyncPrefectClient, "renew_concurrency_lease", count)
    monkeypatch.setattr(concurrency, "_RENEWAL_SECONDS", 0.1)
    with hold_key("run-1", FINGERPRINT):
        deadline = time.monotonic() + 30
        while len(renewed) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert {*renewed} == {HTTPStatus.NO_CONTENT}
    assert active_slots() == 0


def test_a_lease_that_cannot_be_renewed_is_told_and_ends_nothing(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(*_: object) -> None:
        raise httpx.ReadTimeout("made-up")

    monkeypatch.setattr(SyncPrefectClient, "renew_concurrency_lease", refuse)
    monkeypatch.setattr(concurrency, "_RENEWAL_SECONDS", 0.1)
    with hold_key("run-1", FINGERPRINT):
        deadline = time.monotonic() + 30
        while "could not be renewed (ReadTimeout)" not in caplog.text:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert active_slots() == 1
    assert active_slots() == 0


def test_the_second_run_waits_for_the_first() -> None:
    order: list[str] = []
    is_held = threading.Event()

    def first() -> None:
        with hold_key("run-1", FINGERPRINT):
            is_held.set()
            time.sleep(1.0)
            order.append("first asked")

    thread = threading.Thread(target=first)
    thread.start()
    assert is_held.wait(30)
    with hold_key("run-2", FINGERPRINT):
        order.append("second asked")
    thread.join()
    assert order == ["first asked", "second asked"]


@pytest.mark.skipif(not start_of(os.getpid()), reason="this system does not tell when a process began")
def test_a_process_is_told_from_a_later_one_of_its_number() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as later:
        assert start_of(os.getpid()) == start_of(os.getpid()) != start_of(later.pid) == start_of(later.pid)
        later.communicate(b"\n")
    assert start_of(a_process_that_is_gone()) == ""


@pytest.mark.parametrize("owner", ["killed", "its number is used again", "run-2", "killed, and its lease forgotten"])
def test_the_slot_of_a_killed_run_is_taken_over(owner: str) -> None:
    """Also where another process has its number by now, and where it was claimed by an earlier try of the run itself."""
    occupy_the_slot()
    process = a_process_that_is_gone() if owner.startswith("killed") else os.getpid()
    started = "another boot 17" if owner == "its number is used again" else start_of(process)
    lease = uuid4() if owner.endswith("forgotten") else None
    write_owner(slot_name(FINGERPRINT), SlotOwner(owner, HERE, process, started, lease))
    begun = time.monotonic()
    with hold_key("run-2", FINGERPRINT):
        assert active_slots() == 1
    assert active_slots() == 0
    assert time.monotonic() - begun < 30


def test_the_lease_of_a_killed_run_ends_with_the_takeover() -> None:
    """Else it ends a minute later, and with it the slot of the run that works by then."""
    with get_client(sync_client=True) as client:
        client.upsert_global_concurrency_limit_by_name(slot_name(FINGERPRINT), limit=1)
        granted = client.increment_concurrency_slots_with_lease([slot_name(FINGERPRINT)], 1, "concurrency", 60)
        lease = UUID(granted.json()["lease_id"])
        write_owner(slot_name(FINGERPRINT), SlotOwner("killed", HERE, a_process_that_is_gone(), lease=lease))
        with hold_key("run-2", FINGERPRINT):
            client.release_concurrency_slots_with_lease(lease)
            assert active_slots() == 1
    assert active_slots() == 0


def test_a_slot_of_a_run_killed_before_it_was_written_down_is_abandoned() -> None:
    """Its lease, which nobody knows, ends later, and frees neither the slot of the run that works by then nor that of a third."""
    name = slot_name(FINGERPRINT)
    with get_client(sync_client=True) as client:
        client.upsert_global_concurrency_limit_by_name(name, limit=1)
        lease = UUID(client.increment_concurrency_slots_with_lease([name], 1, "concurrency", 60).json()["lease_id"])
        slot = ConcurrencySlot(name, "asks", 60, forgotten_after=1.0)
        begun = time.monotonic()
        with hold(slot, "run-2", logging.getLogger("tickerhouse")):
            assert 1 < time.monotonic() - begun < 30
            assert concurrency._enter(client, name) is None
            client.release_concurrency_slots_with_lease(lease)
            assert active_slots() == 1
            assert concurrency._enter(client, name) is None
    assert active_slots() == 0


def test_a_lease_that_the_server_forgot_keeps_no_slot() -> None:
    with hold_key("run-1", FINGERPRINT):
        owner = read_owner(slot_name(FINGERPRINT))
        assert owner is not None
        assert owner.lease is not None
        with get_client(sync_client=True) as client:
            client.release_concurrency_slots_with_lease(owner.lease)
        occupy_the_slot()
    assert active_slots() == 0


def test_a_run_that_lost_its_slot_leaves_the_next_owner_written_down() -> None:
    other = SlotOwner("run-2", HERE, 4711)
    with hold_key("run-1", FINGERPRINT):
        write_owner(slot_name(FINGERPRINT), other)
    assert read_owner(slot_name(FINGERPRINT)) == other


def test_a_new_owner_takes_the_place_of_a_killed_one() -> None:
    for run_id in ("killed", "run-2"):
        write_owner("a.slot", SlotOwner(run_id, HERE, 4711))
        assert read_owner("a.slot") == SlotOwner(run_id, HERE, 4711)


@pytest.mark.parametrize("value", ["somebody", {"run_id": "run-1", "host": HERE, "process": "many"}, {"run_id": "run-1"}])
def test_what_names_no_owner_is_nobody_known(value: str | dict[str, object]) -> None:
    write_owner("another-slot", SlotOwner("run-1", HERE, 4711))
    with get_client(sync_client=True) as client:
        client.update_variable(VariableUpdate(name="another-slot-owner", value=value))
    assert read_owner("another-slot") is None


@pytest.mark.parametrize("host", [HERE, "another-machine"])
def test_a_run_that_may_be_alive_keeps_its_key_and_the_other_is_told(host: str) -> None:
    occupy_the_slot()
    write_owner(slot_name(FINGERPRINT), SlotOwner("busy", host, os.getpid()))
    with pytest.raises(KeyInUse, match="busy") as caught, hold_key("run-2", FINGERPRINT, longest_wait=0.5):
        pass
    assert "--active-slots 0" in caught.value.way_out
    assert active_slots() == 1
    with get_client(sync_client=True) as client:
        client.update_global_concurrency_limit(slot_name(FINGERPRINT), GlobalConcurrencyLimitUpdate(active_slots=0))


def test_a_key_belongs_to_the_environment_whose_lake_counts_its_calls() -> None:
    fingerprint = "00112233aabb"
    for run_id in ("run-1", "run-2"):
        with hold_key(run_id, fingerprint, "tickerhouse-dev-alpha-vantage"):
            pass
    refused = pytest.raises(
        KeyOfAnotherEnvironment, match="counted in the bucket tickerhouse-dev-alpha-vantage, and would be counted in other"
    )
    with refused as caught, hold_key("run-3", fingerprint, "other"):
        raise AssertionError("it was given the key")
    with hold_key("run-4", fingerprint, "tickerhouse-dev-alpha-vantage"):
        pass
    command = caught.value.way_out.rpartition(": ")[2].rstrip(".").split()
    subprocess.run([sys.executable, "-m", command[0], "--no-prompt", *command[1:]], check=True, env=server_of_the_test())
    with hold_key("run-5", fingerprint, "other"):
        pass


def test_doctor_names_a_key_whose_calls_another_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "TICKERHOUSE_SOURCE": "alpha_vantage",
        "TICKERHOUSE_BUCKET": "tickerhouse-prod",
        "ALPHAVANTAGE_API_KEY": "made-up-of-doctor",
    }.items():
        monkeypatch.setenv(name, value)
    settings = Settings.from_environment()
    assert list(_shared_key(settings)) == []
    with hold_key("run-1", key_fingerprint("made-up-of-doctor"), "tickerhouse-dev"):
        pass
    (found,) = _shared_key(settings)
    assert (found.link, found.level) == ("key", Level.BROKEN)
    assert found.fact.endswith("counted in the bucket tickerhouse-dev, and would be counted in tickerhouse-prod from here.")


def server_of_the_test() -> dict[str, str]:
    return os.environ | {"PREFECT_API_URL": get_current_settings().api.url or ""}
