"""Locks on files, between the commands of one checkout and the supervisor of its servers."""

import fcntl
from pathlib import Path
from typing import IO


class FileLock:
    """One lock on a file, exclusive or shared. The kernel lets go of it when its holder ends, however it ends.

    Args:
        file: in a folder that is there; made where it is missing, and never removed.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._held: IO[str] | None = None

    def take(self, *, shared: bool = False, wait: bool = False) -> bool:
        """Takes the lock, in place of one that this object held before.

        Args:
            shared: whether others may hold it shared at the same time.
            wait: whether to wait for those who hold it.

        Returns:
            Whether it was taken; True where it was waited for.
        """
        self.give_back()
        opened = self._file.open("a+")
        try:
            fcntl.flock(opened, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            opened.close()
            return False
        self._held = opened
        return True

    def give_back(self) -> None:
        """Lets go of the lock; nothing where it is not held."""
        if self._held is not None:
            self._held.close()
            self._held = None

    @property
    def is_held(self) -> bool:
        """Whether this object holds it."""
        return self._held is not None

    @property
    def is_taken(self) -> bool:
        """Whether somebody holds it now, this object included."""
        if self._held is not None:
            return True
        if self.take():
            self.give_back()
            return False
        return True
