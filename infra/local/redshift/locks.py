"""Table locks under snapshot isolation, the default of Redshift Serverless.

| mode   | taken by                    | waits for            |
|--------|-----------------------------|----------------------|
| READ   | SELECT                      | ALL                  |
| APPEND | INSERT, COPY                | WRITE, ALL           |
| WRITE  | UPDATE, DELETE, MERGE       | APPEND, WRITE, ALL   |
| ALL    | LOCK, DDL, TRUNCATE         | everything           |

Held until the transaction ends. Two transactions that both append to a table and then both change it wait for each other:
the second one is cancelled (AWS "Managing concurrent write operations", c_write_readwrite).
DuckDB by itself never makes a writer wait and lets two inserts of the same key pass, so the locks also remember who committed
last: a transaction that changes a table somebody else committed to since its snapshot gets Redshift's conflict 1023.
"""

import enum
import threading
import time
from collections.abc import Callable

import pyarrow as pa

from infra.local.redshift.errors import StatementFailed, serialization_conflict

TableKey = tuple[str, str, str]
"""Database, schema, table."""


class Mode(enum.IntEnum):
    """How strongly a transaction holds a table, weakest first."""

    READ = 1
    APPEND = 2
    WRITE = 3
    ALL = 4


_CONFLICTS = {
    Mode.READ: {Mode.ALL},
    Mode.APPEND: {Mode.WRITE, Mode.ALL},
    Mode.WRITE: {Mode.APPEND, Mode.WRITE, Mode.ALL},
    Mode.ALL: {Mode.READ, Mode.APPEND, Mode.WRITE, Mode.ALL},
}


class TableLocks:
    """Who holds which table, who waits for whom, and when a table was last committed to.

    Args:
        timeout: Seconds a statement waits before it is cancelled.
        clock: Monotonic seconds.
    """

    def __init__(self, timeout: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._timeout = timeout
        self._clock = clock
        self._changed = threading.Condition()
        self._holders: dict[TableKey, dict[int, Mode]] = {}
        self._waits: dict[int, tuple[TableKey, Mode]] = {}
        self._committed: dict[TableKey, int] = {}
        self._sequence = 0

    def snapshot(self) -> int:
        """Return the moment a transaction's view of the data begins, as a number."""
        with self._changed:
            return self._sequence

    def held(self) -> pa.Table:
        """Return every lock held now, one row each."""
        with self._changed:
            rows = [(*table, owner, mode.name.lower()) for table, holders in self._holders.items() for owner, mode in holders.items()]
        names = ("database_name", "schema_name", "table_name", "owner", "mode")
        types = (pa.string(), pa.string(), pa.string(), pa.int64(), pa.string())
        arrays = [pa.array([row[index] for row in rows], kind) for index, kind in enumerate(types)]
        return pa.Table.from_arrays(arrays, names=list(names))

    def wake(self) -> None:
        """Let everybody who waits look whether its statement was cancelled."""
        with self._changed:
            self._changed.notify_all()

    def acquire(
        self,
        owner: int,
        table: TableKey,
        mode: Mode,
        snapshot: int | None,
        *,
        within: float | None = None,
        cancelled: threading.Event | None = None,
        serializable: bool = False,
    ) -> None:
        """Take a lock, waiting for those who hold conflicting ones.

        Args:
            owner: The session's number.
            table: What to lock.
            mode: How strongly; a weaker mode than the one held changes nothing.
            snapshot: The owner's snapshot, None where its transaction has none yet.
            within: Seconds the statement may wait where that is less than the server's.
            cancelled: Set, where the statement is to end.
            serializable: Whether a reader conflicts with a table committed to as well, as under SERIALIZABLE.

        Raises:
            StatementFailed: 40P01 where waiting would never end, 57014 where it took too long,
                XX000 / 1023 where the table was committed to after the snapshot.
        """
        patience = min(self._timeout, within) if within is not None else self._timeout
        deadline = self._clock() + patience
        with self._changed:
            held = self._holders.setdefault(table, {})
            if held.get(owner, 0) >= mode:
                return
            while blockers := self._blockers(owner, table, mode):
                self._waits[owner] = (table, mode)
                try:
                    if self._waits_for(blockers, owner):
                        raise _deadlock(owner, table, blockers)
                    remaining = deadline - self._clock()
                    if cancelled is not None and cancelled.is_set():
                        raise StatementFailed("57014", "Query cancelled on user's request")
                    if remaining <= 0:
                        name = ".".join(table[1:])
                        raise StatementFailed("57014", f"Query cancelled: waited {patience:g} s for a lock on {name}")
                    self._changed.wait(remaining)
                finally:
                    self._waits.pop(owner, None)
            checked = mode >= Mode.WRITE or (serializable and mode >= Mode.APPEND)
            if checked and snapshot is not None and self._committed.get(table, 0) > snapshot:
                raise serialization_conflict(
                    f"{'.'.join(table)}, committed to by another transaction since the snapshot of process {owner}"
                )
            self._holders.setdefault(table, {})[owner] = mode

    def release(self, owner: int, *, committed: bool) -> None:
        """Give back everything a session holds.

        Args:
            owner: The session's number.
            committed: Whether what it wrote stands, so that older snapshots conflict with it.
        """
        with self._changed:
            held = [table for table, holders in self._holders.items() if owner in holders]
            if committed and any(self._holders[table][owner] >= Mode.APPEND for table in held):
                self._sequence += 1
            for table in held:
                mode = self._holders[table].pop(owner)
                if committed and mode >= Mode.APPEND:
                    self._committed[table] = self._sequence
                if not self._holders[table]:
                    del self._holders[table]
            if held:
                self._changed.notify_all()

    def _blockers(self, owner: int, table: TableKey, mode: Mode) -> set[int]:
        return {other for other, held in self._holders.get(table, {}).items() if other != owner and held in _CONFLICTS[mode]}

    def _waits_for(self, blockers: set[int], owner: int) -> bool:
        seen: set[int] = set()
        pending = list(blockers)
        while pending:
            other = pending.pop()
            if other == owner:
                return True
            if other in seen or other not in self._waits:
                continue
            seen.add(other)
            pending.extend(self._blockers(other, *self._waits[other]))
        return False


def _deadlock(owner: int, table: TableKey, blockers: set[int]) -> StatementFailed:
    others = ", ".join(str(blocker) for blocker in sorted(blockers))
    return StatementFailed(
        "40P01", "deadlock detected", f"Process {owner} waits for a lock on relation {'.'.join(table)}; blocked by process {others}."
    )
