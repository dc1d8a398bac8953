"""Rows of a query, read from DuckDB while they are sent: a result of any size takes the memory of one batch."""

import threading
from collections.abc import Iterator
from typing import Any

import duckdb

_BATCH = 256
"""Rows read at once: a row may have megabytes, so few of them."""


class Rows:
    """The rows of a query that runs; they can be read once, before the session's next statement.

    Args:
        executed: The cursor the query runs on.
        cancelled: Set when the query's end is asked for.

    Attributes:
        count: The rows read so far.
    """

    def __init__(self, executed: duckdb.DuckDBPyConnection, cancelled: threading.Event) -> None:
        self.count = 0
        self._executed = executed
        self._cancelled = cancelled

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Read on.

        Raises:
            duckdb.Error: a value cannot be computed, or the query was cancelled.
        """
        while batch := self._executed.fetchmany(_BATCH):
            if self._cancelled.is_set():
                raise duckdb.InterruptException("INTERRUPT Error: cancelled between two batches")
            self.count += len(batch)
            yield from batch
