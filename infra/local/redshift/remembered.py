"""What was read of a database's catalog, kept until somebody changes that: a look-up costs more than most queries of a session."""

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class SharedMemory:
    """What the sessions of one database have read of its catalog since it last changed.

    A session that is new, as each transaction of a load has one, begins with what the others know.
    """

    def __init__(self) -> None:
        self.changes = 0
        self._guard = threading.Lock()
        self._changing = 0
        self._known: dict[Hashable, Any] = {}

    def begin_change(self) -> None:
        """Say that a session changes the catalog: until its transaction has ended, sessions need not see the same."""
        with self._guard:
            self._changing += 1

    def end_change(self) -> None:
        """Say that the transaction which changed the catalog has ended: all is read anew."""
        with self._guard:
            self._changing -= 1
            self.changes += 1
            self._known = {}

    @property
    def known(self) -> dict[Hashable, Any] | None:
        """What every session sees, another object after each change; None while one changes the catalog."""
        with self._guard:
            return None if self._changing else self._known


class Remembered:
    """One session's memory of the catalog.

    Args:
        shared: That of all sessions of its database.
    """

    def __init__(self, shared: SharedMemory) -> None:
        self._shared = shared
        self._known: dict[Hashable, Any] = {}
        self._read_at = shared.changes
        self._changing = False
        self._changed = False
        self._behind = False
        self._mixed = False

    def get(self, key: Hashable, read: Callable[[], T], *, own: bool = False) -> T:
        """Return what was read under a key, read anew where the catalog has changed since.

        Args:
            key: What is looked up.
            read: Reads it from the database.
            own: Whether it is of the session alone, as a temporary table is.
        """
        if self._changing:
            return read()
        if self._read_at != self._shared.changes:
            self._known.clear()
            # An open transaction goes on seeing what was there when it began, and the next one does not.
            self._behind = True
            self._read_at = self._shared.changes
        if key not in self._known:
            self._known[key] = read() if own or self._behind or self._changed else self._get_shared(key, read)
        value: T = self._known[key]
        return value

    def begin_statement(self, *, changes: bool) -> None:
        """Say whether the statement that begins may change the catalog: it then reads everything anew."""
        self._changing = changes
        if changes and not self._changed:
            self._shared.begin_change()
            self._changed = True

    def begin_temporary(self) -> None:
        """Say that the statement that begins makes a temporary table: nothing else changes, and other sessions never see it.

        A load makes a dozen of them, and would otherwise read all that it knows of the other tables anew after each.
        """
        self._changing = False
        # A rollback takes the table away, and what was read of it must go as well.
        self._mixed = True

    def end_statement(self) -> None:
        """Forget what the statement may have changed."""
        if self._changing:
            self._known.clear()
        self._changing = False

    def end_transaction(self) -> None:
        """Tell the other sessions of changes; called before the transaction's locks are given back."""
        if self._changed:
            self._shared.end_change()
        if self._changed or self._behind or self._mixed:
            self._known.clear()
        self._changed = self._behind = self._mixed = False

    def _get_shared(self, key: Hashable, read: Callable[[], T]) -> T:
        known = self._shared.known
        if known is None:
            return read()
        if key not in known:
            value = read()
            if self._shared.known is not known:
                return value
            known[key] = value
        found: T = known[key]
        return found
