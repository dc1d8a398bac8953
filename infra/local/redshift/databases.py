"""The databases: one DuckDB instance, one attached file for each, opened again after a stop or a kill."""

import contextlib
import re
import threading
from pathlib import Path

import duckdb

from infra.local.redshift import runtime
from infra.local.redshift.catalog import catalog_statements
from infra.local.redshift.errors import AlreadyOpen, StatementFailed
from infra.local.redshift.remembered import SharedMemory

DEFAULT_DATABASE = "dev"
_NAME = re.compile(r"[a-z_][a-z0-9_$-]{0,126}")
_RESERVED = frozenset({"system", "temp", "memory", "main", "template0", "template1", "padb_harvest"})
_SESSION_SETTINGS = ("set integer_division=true", "set TimeZone='UTC'")


class Databases:
    """Every database of the server.

    Args:
        folder: Where ``<database>.duckdb`` lie; None keeps them in memory.

    Raises:
        AlreadyOpen: another process holds one of the files.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._guard = threading.Lock()
        self._root = duckdb.connect()
        self._names: set[str] = set()
        self._isolation: dict[str, str] = {}
        self._memories: dict[str, SharedMemory] = {}
        try:
            runtime.install(self._root)
            stored = sorted(path.stem for path in folder.glob("*.duckdb")) if folder else []
            for name in {DEFAULT_DATABASE, *stored}:
                self._attach(name)
        except BaseException:
            runtime.remove(self._root)
            self._root.close()
            raise

    @property
    def names(self) -> frozenset[str]:
        """The databases there are."""
        with self._guard:
            return frozenset(self._names)

    def create(self, name: str, *, if_missing: bool = False) -> None:
        """Make a database.

        Raises:
            StatementFailed: 42P04 where it exists and ``if_missing`` is not set, 42602 for an invalid name.
        """
        with self._guard:
            if name in self._names:
                if if_missing:
                    return
                raise StatementFailed("42P04", f'database "{name}" already exists')
            if not _NAME.fullmatch(name) or name in _RESERVED:
                raise StatementFailed("42602", f'invalid database name "{name}"')
            self._attach(name)

    def drop(self, name: str) -> None:
        """Remove a database and its file.

        Raises:
            StatementFailed: 3D000 where it does not exist, 55006 where it is the default one or in use.
        """
        with self._guard:
            if name not in self._names:
                raise no_database(name)
            if name == DEFAULT_DATABASE:
                raise StatementFailed("55006", f'cannot drop database "{name}"')
            try:
                self._root.execute(f'detach "{name}"')
            except duckdb.Error as error:
                raise StatementFailed("55006", f'database "{name}" is being accessed by other users') from error
            self._names.discard(name)
            self._memories.pop(name, None)
            if self._folder:
                (self._folder / f"{name}.duckdb").unlink(missing_ok=True)
                (self._folder / f"{name}.duckdb.wal").unlink(missing_ok=True)

    def isolation(self, name: str) -> str:
        """Return a database's isolation level: ``snapshot``, unless ALTER DATABASE said otherwise."""
        return self._isolation.get(name, "snapshot")

    def isolate(self, name: str, level: str) -> None:
        """Set a database's isolation level."""
        self._isolation[name] = level

    def memory(self, name: str) -> SharedMemory:
        """Return what the sessions of a database know of its catalog."""
        with self._guard:
            return self._memories.setdefault(name, SharedMemory())

    def cursor(self, name: str) -> duckdb.DuckDBPyConnection:
        """Return a new cursor in a database, set up as a session of Redshift.

        Raises:
            StatementFailed: 3D000 where the database does not exist.
        """
        with self._guard:
            if name not in self._names:
                raise no_database(name)
            cursor = self._root.cursor()
            for setting in _SESSION_SETTINGS:
                cursor.execute(setting)
            cursor.execute(f'use "{name}".public')
            return cursor

    def close(self) -> None:
        """Write everything to the files and close them; every cursor must be closed before."""
        with self._guard:
            for name in self._names:
                with contextlib.suppress(duckdb.Error):  # a cursor that is still open; its WAL is read at the next opening
                    self._root.execute(f'checkpoint "{name}"')
            runtime.remove(self._root)
            self._root.close()

    def _attach(self, name: str) -> None:
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)
        path = str(self._folder / f"{name}.duckdb") if self._folder else ":memory:"
        try:
            self._root.execute(f"attach '{path.replace(chr(39), chr(39) * 2)}' as \"{name}\"")
        except duckdb.IOException as error:
            raise AlreadyOpen(f"cannot open {path}: {str(error).splitlines()[0]}", "End the process that holds it.") from error
        setup = self._root.cursor()
        try:
            setup.execute(f'use "{name}"')
            for statement in catalog_statements(name):
                setup.execute(statement)
        finally:
            setup.close()
        self._names.add(name)


def no_database(name: str) -> StatementFailed:
    """Return the refusal of a database that does not exist (3D000)."""
    return StatementFailed("3D000", f'database "{name}" does not exist')
