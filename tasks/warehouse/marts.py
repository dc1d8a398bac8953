"""The marts: what is made inside the warehouse of bars and events, in the transaction that loads them.

In the transaction, not after it: a loader that dies leaves bars and marts agreeing, and there is no list of marts still to be refreshed
that could be lost. What it costs grows with the delta: touched bars and the 199 after each, and a whole symbol only where one of its
events is new. A table whose folder has ``touched_symbols.sql`` feeds the marts; bars also have ``touched_sessions.sql``.
"""

from datetime import date
from typing import Any, Final

from redshift_connector import Connection

from tasks.warehouse.calendar import extend_sessions
from tasks.warehouse.checks import run_checks
from tasks.warehouse.execution import execute, fetch
from tasks.warehouse.statements import has_statement, statement

MARTS_TURN: Final = "market.daily_price_adjusted"
"""Whose turn a load takes that refreshes marts, after its own table's; so two that feed them never commit at once."""

_OF_ADJUSTED_PRICES: Final = ("daily_price_adjusted", "daily_metric")
_OF_BARS: Final = ("agg_weekly_price", "agg_monthly_price")


def feeds_marts(table: str) -> bool:
    """Whether loading the table of that folder refreshes marts."""
    return has_statement(table, "touched_symbols")


def refresh_marts(connection: Connection, table: str, delta: str, load_id: str) -> None:
    """Refreshes what the new and changed rows of one load touch, inside its transaction.

    Args:
        connection: in the load's transaction, after MERGE.
        table: the folder of the loaded table; nothing happens for one that feeds no mart.
        delta: the temporary table of new and changed rows.
        load_id: names the temporary tables.

    Raises:
        CheckViolated: what was made anew violates a check that blocks; the transaction was rolled back.
    """
    if not feeds_marts(table):
        return
    symbols, touched = f"symbols_{load_id}", f"touched_{load_id}"
    execute(connection, statement("touched", "symbols", symbols=symbols))
    execute(connection, statement(table, "touched_symbols", symbols=symbols, delta=delta))
    execute(connection, statement("touched", "sessions", touched=touched))
    is_of_bars = has_statement(table, "touched_sessions")
    if is_of_bars:
        execute(connection, statement(table, "touched_sessions", touched=touched, symbols=symbols, delta=delta))
    _refresh(connection, symbols, touched, load_id, (*_OF_ADJUSTED_PRICES, *_OF_BARS) if is_of_bars else _OF_ADJUSTED_PRICES)


def refresh_every_mart(connection: Connection, load_id: str) -> None:
    """Computes all marts from all bars and events, inside the connection's transaction.

    Args:
        connection: in a transaction that holds the turn of :data:`MARTS_TURN`.
        load_id: names the temporary tables.

    Raises:
        CheckViolated: as :func:`refresh_marts`.
    """
    symbols, touched = f"symbols_{load_id}", f"touched_{load_id}"
    execute(connection, statement("touched", "symbols", symbols=symbols))
    execute(connection, statement("touched", "every_symbol", symbols=symbols))
    execute(connection, statement("touched", "sessions", touched=touched))
    _refresh(connection, symbols, touched, load_id, (*_OF_ADJUSTED_PRICES, *_OF_BARS))


def refresh_after_removal(connection: Connection, symbols: str, load_id: str) -> None:
    """Makes anew what stood on bars that are gone: the factors of some symbols, and what reaches across their first bar that is left.

    Args:
        connection: in a transaction that holds the turn of :data:`MARTS_TURN`, after the removal.
        symbols: the temporary table of the symbols that lost bars.
        load_id: names the temporary tables.

    Raises:
        CheckViolated: as :func:`refresh_marts`.
    """
    touched = f"touched_{load_id}"
    _refill_factors(connection, symbols)
    execute(connection, statement("touched", "sessions", touched=touched))
    execute(connection, statement("retention", "first_sessions", touched=touched, symbols=symbols))
    _rewrite_touched(connection, touched, load_id, (*_OF_ADJUSTED_PRICES, *_OF_BARS))


def _refresh(connection: Connection, symbols: str, touched: str, load_id: str, marts: tuple[str, ...]) -> None:
    ((whole,),) = fetch(connection, statement("touched", "symbol_count", symbols=symbols))
    if whole:
        _refill_factors(connection, symbols)
        execute(connection, statement("touched", "whole_symbols", touched=touched, symbols=symbols))
    _rewrite_touched(connection, touched, load_id, marts)


def _refill_factors(connection: Connection, symbols: str) -> None:
    execute(connection, statement("adjustment_factor", "clear", symbols=symbols))
    execute(connection, statement("adjustment_factor", "fill", symbols=symbols))
    run_checks(connection, "adjustment_factor", symbols=symbols)


def _rewrite_touched(connection: Connection, touched: str, load_id: str, marts: tuple[str, ...]) -> None:
    ((bars, first, last),) = fetch(connection, statement("touched", "extent", touched=touched))
    if not bars:
        return
    extend_sessions(connection, needed=last)
    for mart in marts:
        _rewrite(connection, mart, touched, f"{mart}_{load_id}", (first, last))


def _rewrite(connection: Connection, mart: str, touched: str, stage: str, span: tuple[date, date]) -> None:
    values: tuple[Any, ...] = span
    execute(connection, statement(mart, "stage", stage=stage))
    execute(connection, statement(mart, "fill", stage=stage, touched=touched), values)
    execute(connection, statement(mart, "merge", stage=stage))
    run_checks(connection, mart, stage=stage, delta=stage)
