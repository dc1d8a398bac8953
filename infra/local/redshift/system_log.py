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

    user_id: int
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


@dataclass(frozen=True)
class LoadError:
    """One row of ``sys_load_error_detail``."""

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


@dataclass(frozen=True)
class QueryHistory:
    """One row of ``sys_query_history``."""

    query_id: int
    session_id: int
    database_name: str
    query_type: str
    status: str
    elapsed_time: int
    error_message: str
    query_text: str
    start_time: dt.datetime


_TIMESTAMP = pa.timestamp("us")
_ARROW = {int: pa.int64(), str: pa.string(), dt.datetime: _TIMESTAMP}
_SOURCES = {"sys_load_history": LoadHistory, "sys_load_error_detail": LoadError, "sys_query_history": QueryHistory}
_STL_LOAD_ERRORS = """
    create or replace temp view stl_load_errors as
    select query_id as query, session_id as session, table_name as tbl, file_name as filename, line_number, column_name as colname,
           column_type as type, raw_field_value, error_code as err_code, error_message as err_reason, start_time as starttime
    from embedded_load_errors
"""
SYSTEM_VIEWS = frozenset({*_SOURCES, "stl_load_errors"})
"""The names a statement may ask."""


class SystemLog:
    """A bounded memory of the newest events."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._rows: dict[str, deque[LoadHistory | LoadError | QueryHistory]] = {name: deque(maxlen=_KEPT) for name in _SOURCES}

    def add(self, event: LoadHistory | LoadError | QueryHistory) -> None:
        """Remember one event."""
        name = next(name for name, kind in _SOURCES.items() if isinstance(event, kind))
        with self._guard:
            self._rows[name].append(event)

    def publish(self, cursor: duckdb.DuckDBPyConnection, names: set[str], database: str) -> None:
        """Make the newest state of system views readable in a cursor, those of its own database only."""
        for name in names & SYSTEM_VIEWS:
            source = "sys_load_error_detail" if name == "stl_load_errors" else name
            kind = _SOURCES[source]
            schema = pa.schema([pa.field(field, _ARROW[type_]) for field, type_ in kind.__annotations__.items()])
            with self._guard:
                rows = [asdict(event) for event in self._rows[source] if event.database_name == database]
            table = pa.Table.from_pylist(rows, schema=schema)
            if name == source:
                cursor.register(name, table)
            else:
                cursor.register("embedded_load_errors", table)
                cursor.execute(_STL_LOAD_ERRORS).fetchall()
