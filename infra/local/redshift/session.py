"""One client's session: its transaction, its view of names, its locks, its last COPY."""

import contextlib
import datetime as dt
import enum
import itertools
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa

from infra.local.redshift.catalog import COLUMN_DEFINITION
from infra.local.redshift.databases import Databases
from infra.local.redshift.errors import StatementFailed
from infra.local.redshift.locks import Mode, TableLocks
from infra.local.redshift.lookup import is_there, nothing_named
from infra.local.redshift.named import Named
from infra.local.redshift.names import CATALOG_SCHEMA
from infra.local.redshift.objects import S3Access
from infra.local.redshift.remembered import Remembered
from infra.local.redshift.rows import Rows
from infra.local.redshift.session_parameters import SessionParameters
from infra.local.redshift.sql.scopes import Columns
from infra.local.redshift.sql.sql_types import INTEGER, Kind
from infra.local.redshift.sql.values import Typed, identifier, interval_parts
from infra.local.redshift.system_log import SystemLog
from infra.local.redshift.system_views import temporary_schema, text_of
from infra.local.redshift.types import Column, column_for, column_of

TEMPORARY = "pg_temp"
"""The schema under which a session's temporary tables are named in this package."""

TEMPORARY_DEFINITIONS = "embedded_column_definition"


class TransactionStatus(enum.Enum):
    """What ReadyForQuery tells the client."""

    IDLE = b"I"
    OPEN = b"T"
    FAILED = b"E"


@dataclass(frozen=True)
class StatementEvent:
    """What an observer sees, once before and once after a statement is executed.

    Attributes:
        session: The session's number.
        database: Its database.
        kind: Kind of statement, for example ``merge``.
        sql: The text.
        phase: ``before`` or ``after``; after COMMIT the work stands although the client does not know yet.
    """

    session: int
    database: str
    kind: str
    sql: str
    phase: str


Observer = Callable[[StatementEvent], None]
"""May wait, raise StatementFailed to fail the statement, or raise ConnectionCut to end the connection."""


@dataclass
class Services:
    """What all sessions of a server share."""

    databases: Databases
    locks: TableLocks
    log: SystemLog
    s3: S3Access | None = None
    allowed_copy_role: str | None = None
    observer: Observer | None = None
    query_ids: Iterator[int] = field(default_factory=lambda: itertools.count(101))
    sessions: Callable[[], pa.Table] = lambda: pa.table({})
    interrupt: Callable[[int, bool], bool] = lambda _number, _end: False


@dataclass(frozen=True)
class TableName:
    """A table by schema and name; ``sql`` is how DuckDB is told it."""

    schema: str
    name: str

    @property
    def is_temporary(self) -> bool:
        """Whether it belongs to the session alone."""
        return self.schema == TEMPORARY

    @property
    def kind(self) -> str:
        """What CREATE says of it."""
        return "temp table" if self.is_temporary else "table"

    @property
    def sql(self) -> str:
        """The name, quoted."""
        return f"temp.main.{identifier(self.name)}" if self.is_temporary else f"{identifier(self.schema)}.{identifier(self.name)}"


@dataclass(frozen=True)
class Outcome:
    """What a statement gave.

    Attributes:
        tag: The command tag.
        columns: Of a result, None where the statement has none.
        rows: The result's rows; ``Rows`` can be read once, and their count ends the tag.
    """

    tag: str
    columns: list[Column] | None = None
    rows: Iterable[Sequence[Any]] = ()

    def read(self) -> "Outcome":
        """Return the same with every row read."""
        if not isinstance(self.rows, Rows):
            return self
        rows = list(self.rows)
        return Outcome(f"{self.tag} {len(rows)}", self.columns, rows)


class Session:
    """State of one connection after it was let in.

    Args:
        services: What the server shares.
        number: The backend's process number.
        database: An existing database.
        user: Who signed in.

    Raises:
        StatementFailed: 3D000 where the database does not exist.
    """

    def __init__(self, services: Services, number: int, database: str, user: str) -> None:
        self.services = services
        self.number = number
        self.database = database
        self.user = user
        self.signed_in = user
        self.started = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        self.cursor = services.databases.cursor(database)
        self.status = TransactionStatus.IDLE
        self.implicit = self.read_only = False
        self.secret = secrets.randbelow(1 << 31)
        self.query_id = 0
        self.previous_query_id = -1
        self.last_unload_count = 0
        self.last_unload_id = -1
        self.last_copy_count = 0
        self.last_copy_id = -1
        self.notices: list[str] = []
        self.interrupted = ""
        self.cancelled = threading.Event()
        self.temporary_tables: set[str] = set()
        self.parameters = SessionParameters(self.cursor, database)
        self.named = Named()
        self.remembered = Remembered(services.databases.memory(database))
        self._snapshot: int | None = None
        self._atomic = False
        self.cursor.execute(f"create temp table {TEMPORARY_DEFINITIONS}({COLUMN_DEFINITION})")

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Execute one of DuckDB's statements and return all rows; a cursor with an unread result refuses other work."""
        self._take_snapshot()
        return self.cursor.execute(sql, list(parameters) or None).fetchall()

    def result(self, sql: str, known: Columns | None = None) -> tuple[list[Column], Rows]:
        """Execute a query and return its columns, by their types where they are known, and its rows to be read."""
        self._take_snapshot()
        rows = Rows(self.cursor.execute(_readable(sql, known or ())), self.cancelled)
        if known is not None:
            return [column_for(name, kind) for name, kind in known], rows
        columns = [column_of(str(described[0]), str(described[1])) for described in self.cursor.description or ()]
        return columns, rows

    def arrow(self, sql: str) -> pa.Table:
        """Execute a query and return its rows as an Arrow table."""
        self._take_snapshot()
        rows: pa.Table = self.cursor.sql(sql).to_arrow_table()
        return rows

    def begin(self, *, implicit: bool = False) -> None:
        """Open a transaction; an implicit one holds the statements of one message together."""
        self.cursor.execute("begin")
        self.implicit, self.read_only = implicit, False
        self.status = TransactionStatus.OPEN

    def commit(self) -> None:
        """Commit; the session is idle afterwards even where DuckDB refuses."""
        try:
            self.cursor.execute("commit")
            committed = True
        except duckdb.Error:
            committed = False
            raise
        finally:
            self._end(committed=committed)

    def rollback(self) -> None:
        """Roll back; temporary tables made in the transaction are gone."""
        with contextlib.suppress(duckdb.TransactionException):
            self.cursor.execute("rollback")
        self._end(committed=False)
        names = self.cursor.execute("select table_name from duckdb_tables() where temporary").fetchall()
        self.temporary_tables = {name for (name,) in names if name != TEMPORARY_DEFINITIONS}

    def fail(self) -> None:
        """Note that a statement failed: an open transaction only waits for its end."""
        if self.status is TransactionStatus.OPEN:
            self.status = TransactionStatus.FAILED

    def finish_statement(self, *, succeeded: bool) -> None:
        """Give back the locks of a statement that was its own transaction."""
        if self.status is TransactionStatus.IDLE:
            self._end(committed=succeeded)

    @contextlib.contextmanager
    def atomic(self) -> Iterator[None]:
        """Make several of DuckDB's statements one, where the client has no transaction open."""
        if self.status is not TransactionStatus.IDLE:
            yield
            return
        self.cursor.execute("begin")
        self._atomic = True
        try:
            yield
        except BaseException:
            with contextlib.suppress(duckdb.Error):
                self.cursor.execute("rollback")
            raise
        finally:
            self._atomic = False
        self.cursor.execute("commit")

    def close(self) -> None:
        """End the session; what was not committed is gone."""
        with contextlib.suppress(duckdb.Error):
            self.cursor.execute("rollback")
        self.remembered.end_transaction()
        self.services.locks.release(self.number, committed=False)
        self.cursor.close()

    def created(self, parts: Sequence[str], *, temporary: bool = False) -> TableName:
        """Return the table a CREATE names: in the first schema of the search path where none is given."""
        schema, name = self._split(parts)
        temporary = temporary or name.startswith("#")
        if temporary and schema:
            raise StatementFailed("42601", "syntax error: a temporary table cannot be in a schema")
        return TableName(TEMPORARY if temporary else schema or self.search_path[0], name)

    def located(self, parts: Sequence[str]) -> TableName:
        """Return the table or view a name means.

        Raises:
            StatementFailed: 42P01 where there is none, 3F000 where its schema is none.
        """
        if found := self.find(parts):
            return found
        raise nothing_named(self.cursor, self.database, parts)

    def find(self, parts: Sequence[str]) -> TableName | None:
        """Return the table or view a name means, None where there is none."""
        schema, name = self._split(parts)
        if not schema and name in self.temporary_tables:
            return TableName(TEMPORARY, name)
        for candidate in [schema] if schema else self.search_path:
            if self.remembered.get(("exists", candidate, name), lambda schema=candidate: self._exists(schema, name)):  # type: ignore[misc]
                return TableName(candidate, name)
        return None

    @property
    def settings(self) -> dict[str, str]:
        """Each parameter's value."""
        return self.parameters.values

    @property
    def search_path(self) -> list[str]:
        """The schemas a bare name is looked for in."""
        return self.parameters.search_path

    @property
    def statement_seconds(self) -> float | None:
        """Seconds a statement may take, None without a limit."""
        milliseconds = float(self.settings["statement_timeout"] or 0)
        return milliseconds / 1000 if milliseconds > 0 else None

    def interrupt(self, why: str) -> None:
        """End what the session does now; ``why`` is what its client is told."""
        self.interrupted = why
        self.cancelled.set()
        self.services.locks.wake()
        with contextlib.suppress(duckdb.ConnectionException):  # its client may have left in the meantime
            self.cursor.interrupt()

    def set_parameter(self, name: str, value: str | None, *, local: bool = False) -> None:
        """Set a parameter, or a variable of the session's own, whose name has two parts and which may be NULL.

        Raises:
            StatementFailed: 42704 for a parameter there is not, 22023 and 0A000 for a value it does not take.
        """
        inside = self.status is TransactionStatus.OPEN
        if "." in name:
            self.parameters.assign(name, value, inside=inside, local=local)
        else:
            self.parameters.change(name, value or "", inside=inside, local=local)

    def system_text(self, name: str) -> str:
        """Return the query of a system view, after what it reads of the server and this session was made readable."""
        text = text_of(name, self.database, self.number if self.temporary_tables else None)
        if "embedded_" in text:
            self.services.log.publish(self.cursor, text, self.database)
            current = {
                "embedded_search_path": pa.table({"schema_name": [temporary_schema(self.number), *self.search_path]}),
                "embedded_settings": pa.table({"name": list(self.settings), "setting": list(self.settings.values())}),
                "embedded_locks": self.services.locks.held(),
                "embedded_sessions": self.services.sessions(),
            }
            for source, rows in current.items():
                if source in text:
                    self.cursor.register(source, rows)
        return text

    def interrupt_other(self, number: str, *, end: bool) -> Typed:
        """Cancel another session's statement, or end it."""
        digits = "".join(character for character in number if character.isdigit())
        done = self.services.interrupt(int(digits or 0), end)
        return Typed(f"CAST({int(done)} AS INTEGER)", INTEGER)

    def lock(self, table: TableName, mode: Mode) -> None:
        """Take a lock until the transaction ends; a temporary table needs none."""
        if table.is_temporary:
            return
        serializable = self.services.databases.isolation(self.database) == "serializable"
        key = (self.database, table.schema, table.name)
        self.services.locks.acquire(
            self.number, key, mode, self._snapshot, within=self.statement_seconds, cancelled=self.cancelled, serializable=serializable
        )

    def _exists(self, schema: str, name: str) -> bool:
        if self.status is TransactionStatus.IDLE and not self._atomic:
            return is_there(self.cursor, self.database, schema, name)
        if self._atomic or self._snapshot is not None:  # where a name that cannot be bound would end DuckDB's transaction
            query = "select 1 from information_schema.tables where table_catalog = ? and table_schema = ? and table_name = ? limit 1"
            return bool(self.cursor.execute(query, [self.database, schema, name]).fetchall())
        # Looking a name up must not begin the snapshot: whoever waits for a lock first sees what the holder committed.
        outside = self.services.databases.cursor(self.database)
        try:
            return is_there(outside, self.database, schema, name)
        finally:
            outside.close()

    def _split(self, name: Sequence[str]) -> tuple[str | None, str]:
        parts = list(name)
        if parts[:-2] not in ([], [self.database]):
            raise StatementFailed("0A000", f"cross-database reference to {'.'.join(parts)} is not supported")
        schema = parts[-2] if len(parts) > 1 else None
        if schema == CATALOG_SCHEMA:
            raise StatementFailed("42501", f"permission denied for schema {CATALOG_SCHEMA}")
        return schema, parts[-1]

    def _take_snapshot(self) -> None:
        if self._snapshot is None and self.status is TransactionStatus.OPEN:
            self._snapshot = self.services.locks.snapshot()

    def _end(self, *, committed: bool) -> None:
        self.named.cursors.clear()
        self.status = TransactionStatus.IDLE
        self._snapshot = None
        self.parameters.end(committed=committed)
        self.remembered.end_transaction()
        self.services.locks.release(self.number, committed=committed)


def _readable(sql: str, columns: Columns) -> str:
    """Return a query whose intervals are told as months, days and microseconds, of which Python's timedelta has no months."""
    if not any(kind.kind is Kind.INTERVAL for _, kind in columns):
        return sql
    names = [f"c{index}" for index in range(len(columns))]
    shown = [
        f"CASE WHEN {name} IS NOT NULL THEN concat_ws(',', {interval_parts(name)}) END" if kind.kind is Kind.INTERVAL else name
        for name, (_, kind) in zip(names, columns, strict=True)
    ]
    return f"SELECT {', '.join(shown)} FROM ({sql}) AS shown({', '.join(names)})"  # noqa: S608 - translated before
