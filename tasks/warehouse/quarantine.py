"""Reads ``ops.quarantined_bar`` and records releases."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from tasks.warehouse.errors import StatementFailed
from tasks.warehouse.execution import WarehouseConnection, execute, fetch
from tasks.warehouse.server_errors import DRIVER_ERRORS, read_server_error
from tasks.warehouse.statements import statement

_AT_ONCE: Final = 5_000


@dataclass(frozen=True)
class QuarantinedRow:
    """One quarantined bar as the table has it.

    Attributes:
        identity: the same whenever the bar is delivered again.
        dataset: the kind of data.
        symbol: as received.
        session_text: as received.
        received: the other strings, by name; a long one is cut.
        reasons: why it was quarantined, separated by a semicolon.
        observed_at: when it was first observed, naive UTC.
        capture_key: the S3 key of the response it was first read from.
        run_id: the run that held it back first.
        released_at: when it was released, naive UTC; None while it is quarantined.
        released_by: who released it.
        release_note: why.
        release_run_id: the run that loaded it.
    """

    identity: str
    dataset: str
    symbol: str
    session_text: str
    received: dict[str, str | None]
    reasons: str
    observed_at: datetime
    capture_key: str
    run_id: str
    released_at: datetime | None
    released_by: str | None
    release_note: str | None
    release_run_id: str | None


@dataclass(frozen=True)
class RunQuarantine:
    """How many bars one run quarantined first, and how many of them were released since."""

    run_id: str
    dataset: str
    bars: int
    symbols: int
    released: int


_FOUND: Final = tuple(field.name for field in fields(QuarantinedRow))


def find_quarantined_bars(connection: WarehouseConnection, run_id: str = "", symbol: str = "", reason: str = "") -> list[QuarantinedRow]:
    """Quarantined bars, newest first; an empty text leaves its condition out.

    Args:
        connection: an open session without a transaction.
        run_id: the run that held them back first.
        symbol: as received.
        reason: a part of a reason's text.

    Raises:
        StatementFailed: the table could not be read.
    """
    try:
        rows = fetch(connection, statement("quarantined_bar", "find"), (run_id, run_id, symbol, symbol, reason, reason))
        connection.rollback()
    except DRIVER_ERRORS as error:
        raise _unreadable(error) from error
    return [QuarantinedRow(**{**dict(zip(_FOUND, row, strict=True)), "received": json.loads(row[4])}) for row in rows]


def count_by_run(connection: WarehouseConnection) -> list[RunQuarantine]:
    """How many bars each run quarantined first, newest run first, a hundred at most.

    Raises:
        StatementFailed: the table could not be read.
    """
    try:
        rows = fetch(connection, statement("quarantined_bar", "overview"))
        connection.rollback()
    except DRIVER_ERRORS as error:
        raise _unreadable(error) from error
    return [RunQuarantine(*row) for row in rows]


def record_release(connection: WarehouseConnection, identities: Sequence[str], *, by: str, note: str, run_id: str) -> int:
    """Marks bars as released; those that were released before stay as they were recorded.

    Args:
        connection: an open session without a transaction.
        identities: which bars.
        by: who released them.
        note: why.
        run_id: the run that loaded them.

    Returns:
        How many were marked by this call.

    Raises:
        StatementFailed: the table could not be written; nothing was marked.
    """
    try:
        marked = sum(
            execute(
                connection,
                statement("quarantined_bar", "release", identities=",".join(identities[start : start + _AT_ONCE])),
                (by, note, run_id),
            )
            for start in range(0, len(identities), _AT_ONCE)
        )
        connection.commit()
    except DRIVER_ERRORS as error:
        connection.rollback()
        raise StatementFailed(
            f"The release {run_id} was loaded but could not be recorded: {read_server_error(error).line}", "Run the same command again."
        ) from error
    return marked


def _unreadable(error: Exception) -> StatementFailed:
    return StatementFailed(f"ops.quarantined_bar could not be read: {read_server_error(error).line}", "Run: tickerhouse migrate")
