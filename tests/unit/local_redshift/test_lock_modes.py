"""Lock modes, deadlocks and conflicts, without a database."""

import threading
import time

import pytest

from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.locks import Mode, TableLocks

TABLE = ("dev", "market", "t")
OTHER = ("dev", "market", "u")


@pytest.mark.parametrize(
    ("held", "asked", "granted"),
    [
        (Mode.READ, Mode.READ, True),
        (Mode.READ, Mode.WRITE, True),
        (Mode.READ, Mode.ALL, False),
        (Mode.APPEND, Mode.READ, True),
        (Mode.APPEND, Mode.APPEND, True),
        (Mode.APPEND, Mode.WRITE, False),
        (Mode.WRITE, Mode.READ, True),
        (Mode.WRITE, Mode.APPEND, False),
        (Mode.WRITE, Mode.WRITE, False),
        (Mode.ALL, Mode.READ, False),
    ],
)
def test_a_lock_is_granted_beside_another_or_not(held: Mode, asked: Mode, granted: bool) -> None:  # noqa: FBT001 - a row of the table above
    locks = TableLocks(timeout=0)
    locks.acquire(1, TABLE, held, None)
    if granted:
        locks.acquire(2, TABLE, asked, None)
    else:
        with pytest.raises(StatementFailed, match="57014"):
            locks.acquire(2, TABLE, asked, None)


def test_an_owner_strengthens_its_own_lock() -> None:
    locks = TableLocks(timeout=0)
    for mode in (Mode.APPEND, Mode.WRITE, Mode.READ, Mode.ALL):
        locks.acquire(1, TABLE, mode, None)
    with pytest.raises(StatementFailed):
        locks.acquire(2, TABLE, Mode.READ, None)


def test_a_released_lock_wakes_who_waits() -> None:
    locks = TableLocks(timeout=5)
    locks.acquire(1, TABLE, Mode.WRITE, None)
    waiting = threading.Thread(target=locks.acquire, args=(2, TABLE, Mode.WRITE, None))
    waiting.start()
    locks.release(1, committed=True)
    waiting.join(2)
    assert not waiting.is_alive()


def test_two_who_wait_for_each_other_on_two_tables_deadlock() -> None:
    locks = TableLocks(timeout=5)
    locks.acquire(1, TABLE, Mode.WRITE, None)
    locks.acquire(2, OTHER, Mode.WRITE, None)
    waiting = threading.Thread(target=locks.acquire, args=(1, OTHER, Mode.WRITE, None))
    waiting.start()
    while not locks._waits:
        time.sleep(0.001)
    with pytest.raises(StatementFailed, match="40P01 deadlock detected"):
        locks.acquire(2, TABLE, Mode.WRITE, None)
    locks.release(2, committed=False)
    waiting.join(2)
    assert not waiting.is_alive()


def test_only_a_commit_after_the_snapshot_conflicts() -> None:
    locks = TableLocks(timeout=0)
    old = locks.snapshot()
    locks.acquire(1, TABLE, Mode.WRITE, old)
    locks.release(1, committed=False)
    locks.acquire(2, TABLE, Mode.APPEND, old)
    locks.release(2, committed=True)
    with pytest.raises(StatementFailed, match="XX000 1023"):
        locks.acquire(3, TABLE, Mode.WRITE, old)
    locks.acquire(3, TABLE, Mode.APPEND, old)
    locks.acquire(3, OTHER, Mode.WRITE, old)
    locks.release(3, committed=False)
    locks.acquire(4, TABLE, Mode.WRITE, locks.snapshot())


def test_reading_conflicts_with_nobody_later() -> None:
    locks = TableLocks(timeout=0)
    old = locks.snapshot()
    locks.acquire(1, TABLE, Mode.READ, None)
    locks.release(1, committed=True)
    locks.acquire(2, TABLE, Mode.WRITE, old)
