"""What the server did: loads and load errors, as Redshift's system views tell them.

They are no part of any transaction: a load error outlives the rollback that follows it, and a load is seen at once by every
session. So they are kept here and handed to a session's cursor when a statement asks for them.
"""

import datetime as dt
import threading
from collections import deque
from dataclasses import asdict, dataclass

import duckdb
import pyarrow as pa

_KEPT = 10_000


@dataclass(frozen=True)
class LoadHistory:
    """One row of ``sys_load_history``."""

    user_name: str
    query_id: int
    transaction_id: int
    session_id: int
    database_name: str
    table_name: str
    status: str
    duration: int
    loaded_rows: int
    loaded_bytes: int
    source_file_count: int
    data_source: str
    file_format: str
    start_time: dt.datetime
    end_time: dt.datetime
    error_count: int = 0


@dataclass(frozen=True)
class LoadError:
    """One row of ``sys_load_error_detail``."""

    user_name: str
    query_id: int
    session_id: int
    database_name: str
    table_name: str
    file_name: str
    line_number: int
    column_name: str
    column_type: str
    raw_field_value: str
    error_code: int
    error_message: str
    start_time: dt.datetime
    raw_line: str = ""


@dataclass(frozen=True)
class QueryHistory:
    """One row of ``sys_query_history``."""

    user_name: str
    query_id: int
    session_id: int
    database_name: str
    query_type: str
    status: str
    elapsed_time: int
    error_message: str
    query_text: str
    start_time: dt.datetime


@dataclass(frozen=True)
class UnloadHistory:
    """One row of ``sys_unload_history``."""

    user_name: str
    query_id: int
    transaction_id: int
    session_id: int
    database_name: str
    status: str
    start_time: dt.datetime
    end_time: dt.datetime
    duration: int
    file_format: str
    unloaded_location: str
    unloaded_rows: int
    unloaded_files_count: int
    unloaded_files_size: int


_TIMESTAMP = pa.timestamp("us")
_ARROW = {int: pa.int64(), str: pa.string(), dt.datetime: _TIMESTAMP}
_SOURCES = {
    "sys_load_history": LoadHistory,
    "sys_load_error_detail": LoadError,
    "sys_query_history": QueryHistory,
    "sys_unload_history": UnloadHistory,
}


class SystemLog:
    """A bounded memory of the newest events."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._rows: dict[str, deque[LoadHistory | LoadError | QueryHistory | UnloadHistory]] = {
            name: deque(maxlen=_KEPT) for name in _SOURCES
        }

    def add(self, event: LoadHistory | LoadError | QueryHistory | UnloadHistory) -> None:
        """Remember one event."""
        name = next(name for name, kind in _SOURCES.items() if isinstance(event, kind))
        with self._guard:
            self._rows[name].append(event)

    def publish(self, cursor: duckdb.DuckDBPyConnection, text: str, database: str) -> None:
        """Make what a text reads of the log readable in a cursor, the events of its own database only."""
        for name, kind in _SOURCES.items():
            if f"embedded_{name}" not in text:
                continue
            schema = pa.schema([pa.field(field, _ARROW[type_]) for field, type_ in kind.__annotations__.items()])
            with self._guard:
                rows = [asdict(event) for event in self._rows[name] if event.database_name == database]
            cursor.register(f"embedded_{name}", pa.Table.from_pylist(rows, schema=schema))
