"""What a session read of its database's catalog, kept until somebody changes that: a look-up costs more than most of its queries."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from infra.local.redshift.databases import Databases

T = TypeVar("T")


class Remembered:
    """One session's memory of the catalog.

    Args:
        databases: Where the changes of a database's catalog are counted.
        database: The session's.
    """

    def __init__(self, databases: Databases, database: str) -> None:
        self._databases = databases
        self._database = database
        self._known: dict[Hashable, Any] = {}
        self._read_at = -1
        self._changing = False
        self._changed = False
        self._mixed = False

    def get(self, key: Hashable, read: Callable[[], T]) -> T:
        """Return what was read under a key, read anew where the catalog has changed since."""
        if self._changing:
            return read()
        counted = self._databases.changes(self._database)
        if counted != self._read_at:
            self._known.clear()
            # An open transaction goes on seeing what was there when it began, and the next one does not.
            self._mixed = True
            self._read_at = counted
        if key not in self._known:
            self._known[key] = read()
        value: T = self._known[key]
        return value

    def begin_statement(self, *, changes: bool) -> None:
        """Say whether the statement that begins may change the catalog: it then reads everything anew."""
        self._changing = changes
        self._changed = self._changed or changes

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
            self._databases.count_change(self._database)
        if self._changed or self._mixed:
            self._known.clear()
        self._changed = self._mixed = False
