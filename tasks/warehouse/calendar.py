"""Fills ``market.dim_session`` from the exchange calendar that the pipeline uses."""

from datetime import UTC, date
from typing import Final

from redshift_connector import Connection

from tasks import sessions
from tasks.warehouse.checks import checks_of, run_checks
from tasks.warehouse.execution import execute, fetch
from tasks.warehouse.statements import statement

_SESSIONS_A_TEXT: Final = 2400
"""VARCHAR ends at 65,535 bytes, and a session takes 27."""


def extend_sessions(connection: Connection, needed: date | None = None, exchange: str = sessions.DEFAULT_EXCHANGE) -> int:
    """Adds the sessions that ``market.dim_session`` lacks, up to the calendar's end, inside the connection's transaction.

    Args:
        connection: an open session.
        needed: nothing is added where the table reaches that date already; None adds whatever is new.
        exchange: the exchange's calendar.

    Returns:
        How many sessions were added.

    Raises:
        CheckViolated: the table was not numbered through, before or now; the transaction was rolled back.
    """
    ((reached, held),) = fetch(connection, statement("dim_session", "newest"), (exchange,))
    if reached is not None and needed is not None and reached >= needed:
        return 0
    first, last = sessions.calendar_extent(exchange)
    closes = sessions.session_closes(first, last, exchange)
    early = sessions.early_closes(first, last, exchange)
    missing = [session for session in closes if reached is None or session > reached]
    for start in range(0, len(missing), _SESSIONS_A_TEXT):
        part = missing[start : start + _SESSIONS_A_TEXT]
        text = "".join(f"{session}{closes[session].astimezone(UTC):%Y-%m-%d %H:%M}{int(session in early)}" for session in part)
        execute(connection, statement("dim_session", "fill"), (exchange, int(held) + start + 1, text, len(part)))
    if missing:
        run_checks(connection, checks_of("dim_session"))
    return len(missing)
