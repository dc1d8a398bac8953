"""The marts: what is made inside the warehouse of bars and events, in the transaction that loads them.

In the transaction, not after it: a loader that dies leaves bars and marts agreeing, and there is no list of marts still to be refreshed
that could be lost. What it costs grows with the delta: touched bars and the 199 after each, and a whole symbol only where one of its
events is new. A table's schema says whether it feeds the marts; the folder of one that holds bars has ``touched_sessions.sql``.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from redshift_connector import Connection

from tasks.schema import TableSchema
from tasks.warehouse.calendar import extend_sessions
from tasks.warehouse.checks import checks_of, run_checks
from tasks.warehouse.execution import execute, fetch
from tasks.warehouse.statements import has_statement, statement
from tasks.warehouse.templates import load_statement


@dataclass(frozen=True)
class Mart:
    """A table that is made of bars, and perhaps of events, in the transaction that loads them.

    Attributes:
        name: the table in ``market``, and the folder of its statements.
        date: the column by which retention removes its rows.
        has_events: whether events enter it.
    """

    name: str
    date: str
    has_events: bool = False

    @property
    def table(self) -> str:
        """The qualified table."""
        return f"market.{self.name}"


MARTS: Final = (
    Mart("daily_price_adjusted", "session_date", has_events=True),
    Mart("daily_metric", "session_date", has_events=True),
    Mart("agg_weekly_price", "last_session"),
    Mart("agg_monthly_price", "last_session"),
)
"""In the order in which they are made."""

FACTORS: Final = "market.adjustment_factor"
"""By what bars are adjusted; made anew for a whole symbol, before the marts."""


def refresh_marts(connection: Connection, schema: TableSchema, delta: str, load_id: str) -> None:
    """Refreshes what the new and changed rows of one load touch, inside its transaction.

    Args:
        connection: in the load's transaction, after MERGE.
        schema: the loaded table; nothing happens for one that feeds no mart.
        delta: the temporary table of new and changed rows.
        load_id: names the temporary tables.

    Raises:
        CheckViolated: what was made anew violates a check that blocks; the transaction was rolled back.
    """
    if not schema.feeds_marts:
        return
    symbols, touched = f"symbols_{load_id}", f"touched_{load_id}"
    execute(connection, statement("touched", "symbols", symbols=symbols))
    execute(connection, load_statement(schema, "touched_symbols", symbols=symbols, delta=delta))
    execute(connection, statement("touched", "sessions", touched=touched))
    is_of_bars = has_statement(schema.folder, "touched_sessions")
    if is_of_bars:
        execute(connection, statement(schema.folder, "touched_sessions", touched=touched, symbols=symbols, delta=delta))
    ((whole,),) = fetch(connection, statement("touched", "symbol_count", symbols=symbols))
    if whole:
        _refill_factors(connection, symbols)
        execute(connection, statement("touched", "whole_symbols", touched=touched, symbols=symbols))
    _rewrite_touched(connection, touched, load_id, tuple(mart for mart in MARTS if is_of_bars or mart.has_events))


def refresh_after_removal(connection: Connection, symbols: str, load_id: str) -> None:
    """Makes anew what stood on bars that are gone: the factors of some symbols, and what reaches across their first bar that is left.

    Args:
        connection: in a transaction that holds the marts' turn, after the removal.
        symbols: the temporary table of the symbols that lost bars.
        load_id: names the temporary tables.

    Raises:
        CheckViolated: as :func:`refresh_marts`.
    """
    touched = f"touched_{load_id}"
    _refill_factors(connection, symbols)
    execute(connection, statement("touched", "sessions", touched=touched))
    execute(connection, statement("retention", "first_sessions", touched=touched, symbols=symbols))
    _rewrite_touched(connection, touched, load_id, MARTS)


def _refill_factors(connection: Connection, symbols: str) -> None:
    execute(connection, statement("adjustment_factor", "clear", symbols=symbols))
    execute(connection, statement("adjustment_factor", "fill", symbols=symbols))
    run_checks(connection, checks_of("adjustment_factor", symbols=symbols))


def _rewrite_touched(connection: Connection, touched: str, load_id: str, marts: tuple[Mart, ...]) -> None:
    ((bars, first, last),) = fetch(connection, statement("touched", "extent", touched=touched))
    if not bars:
        return
    extend_sessions(connection, needed=last)
    for mart in marts:
        _rewrite(connection, mart.name, touched, f"{mart.name}_{load_id}", (first, last))


def _rewrite(connection: Connection, mart: str, touched: str, stage: str, span: tuple[date, date]) -> None:
    execute(connection, statement(mart, "stage", stage=stage))
    execute(connection, statement(mart, "fill", stage=stage, touched=touched), span)
    execute(connection, statement(mart, "merge", stage=stage))
    run_checks(connection, checks_of(mart, stage=stage))
