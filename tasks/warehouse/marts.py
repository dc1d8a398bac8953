"""Refreshes the marts in the transaction that loads the bars and events they are made from.

In the transaction, not after it: a loader that dies leaves bars and marts agreeing, and there is no list of marts still to be refreshed
that could be lost. What it costs grows with the delta: touched bars and the 199 after each, and where an event is new the bars that it
adjusts. The rows of bars that only follow what is there, or are their symbol's first, are inserted; others are merged. A table's schema
says whether it feeds the marts; the folder of one that holds bars has ``touched_sessions.sql``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from redshift_connector import Connection

from tasks import sessions
from tasks.exchanges import exchange_in, exchanges_by_mark
from tasks.schema import TableSchema
from tasks.warehouse.calendar import extend_sessions
from tasks.warehouse.checks import Check, checks_of, run_checks
from tasks.warehouse.execution import execute, fetch
from tasks.warehouse.mart import MARTS, Mart, check_of_mart, mart_statement
from tasks.warehouse.statements import has_statement, statement
from tasks.warehouse.templates import Span, load_statement
from tasks.warehouse.temporary_tables import DELTA, FOLLOWING, REWRITTEN, SYMBOLS, TOUCHED, stage_of_mart

_OF_ADJUSTED_BARS: Final = tuple(mart for mart in MARTS if not mart.period)
_EARLIEST: Final = date(1900, 1, 1)
_LONGEST_PERIOD: Final = timedelta(days=31)
_MOST_TEXT: Final = 65_000
"""Bytes of a VARCHAR, less one entry: more than 4,000 symbols that have an exchange of their own and no suffix."""


@dataclass(frozen=True)
class _Reach:
    """What a refresh reaches over: the row of ``touched/extent.sql``.

    Attributes:
        since: no touched bar is older.
        bars: touched bars.
        first: their first session; None where there is none.
        last: their last.
        symbols: touched symbols.
        rewritten: those among them whose touched bars do not only follow what the marts have.
        with_new_factors: symbols whose factors are recomputed.
        known_through: New York's last session of ``market.dim_session``; None while it is empty.
        with_mark: how many symbols have a suffix or prefix.
    """

    since: date
    bars: int
    first: date
    last: date
    symbols: int
    rewritten: int
    with_new_factors: int
    known_through: date | None
    with_mark: int


def refresh_marts(connection: Connection, schema: TableSchema, span: Span | None, exchanges: Mapping[str, str]) -> tuple[Check, ...]:
    """Refreshes what the new and changed rows of one load touch, inside its transaction.

    Args:
        connection: in the load's transaction, after MERGE; ``DELTA`` holds the new and changed rows.
        schema: the loaded table; nothing happens for one that feeds no mart.
        span: the first and the last date of the load's rows.
        exchanges: of symbols of which somebody named one; it decides when their weeks and months are over.

    Returns:
        The checks of what was written, to be run with those of the load.

    Raises:
        CheckViolated: the factors that were rebuilt violate a check that blocks; the transaction was rolled back.
    """
    if not schema.feeds_marts:
        return ()
    execute(connection, load_statement(schema, "touched_symbols", symbols=SYMBOLS, delta=DELTA))
    is_of_bars = has_statement(schema.folder, "touched_sessions")
    if is_of_bars:
        reach = _reach(connection, DELTA, span[0] if span else _EARLIEST)
        if not reach.with_new_factors:
            # The touched bars are those of the delta.
            return _refresh(connection, DELTA, MARTS, reach, exchanges)
    execute(connection, statement("touched", "sessions", touched=TOUCHED))
    if is_of_bars:
        execute(connection, statement(schema.folder, "touched_sessions", touched=TOUCHED, delta=DELTA))
    _refill_factors(connection)
    execute(connection, statement("touched", "whole_symbols", touched=TOUCHED, symbols=SYMBOLS))
    return _refresh(connection, TOUCHED, MARTS if is_of_bars else _OF_ADJUSTED_BARS, _reach(connection, TOUCHED), exchanges)


def refresh_after_removal(connection: Connection, exchanges: Mapping[str, str]) -> None:
    """Rebuilds what was derived from bars that were removed: the factors of some symbols, and what spans their first remaining bar.

    Args:
        connection: in a transaction that holds the marts' turn, after the removal; ``SYMBOLS`` holds the symbols that lost bars.
        exchanges: as :func:`refresh_marts` takes them.

    Raises:
        CheckViolated: as :func:`refresh_marts`.
    """
    _refill_factors(connection)
    execute(connection, statement("touched", "sessions", touched=TOUCHED))
    execute(connection, statement("retention", "first_sessions", touched=TOUCHED, symbols=SYMBOLS))
    run_checks(connection, _refresh(connection, TOUCHED, MARTS, _reach(connection, TOUCHED), exchanges))


def refresh_whole_symbols(connection: Connection, exchanges: Mapping[str, str]) -> None:
    """Makes everything anew that is derived from the bars and events of some symbols, whatever became of them.

    Args:
        connection: in a transaction that holds the marts' turn, after the change; ``SYMBOLS`` holds the symbols.
        exchanges: as :func:`refresh_marts` takes them.

    Raises:
        CheckViolated: as :func:`refresh_marts`.
    """
    _refill_factors(connection)
    for mart in MARTS:
        execute(connection, statement("undo", "clear", table=mart.table, symbols=SYMBOLS))
    execute(connection, statement("touched", "sessions", touched=TOUCHED))
    execute(connection, statement("undo", "bars", touched=TOUCHED, symbols=SYMBOLS))
    run_checks(connection, _refresh(connection, TOUCHED, MARTS, _reach(connection, TOUCHED), exchanges))


def _reach(connection: Connection, touched: str, since: date = _EARLIEST) -> _Reach:
    values = (sessions.DEFAULT_EXCHANGE,)
    (row,) = fetch(connection, statement("touched", "extent", touched=touched, symbols=SYMBOLS, first=since), values)
    return _Reach(since, *row)


def _refill_factors(connection: Connection) -> None:
    execute(connection, statement("adjustment_factor", "clear", symbols=SYMBOLS))
    execute(connection, statement("adjustment_factor", "fill", symbols=SYMBOLS))
    run_checks(connection, checks_of("adjustment_factor", symbols=SYMBOLS))


def _refresh(
    connection: Connection, touched: str, marts: tuple[Mart, ...], reach: _Reach, exchanges: Mapping[str, str]
) -> tuple[Check, ...]:
    """Writes the marts, and gives what must hold then."""
    if not reach.bars:
        return ()
    named = {symbol: exchange for symbol, exchange in exchanges.items() if exchange != (exchange_in(symbol) or sessions.DEFAULT_EXCHANGE)}
    _extend_calendars(connection, touched, reach, set(named.values()))
    calendars = _calendars(named)
    following, merged = ("", touched) if reach.rewritten else (touched, "")
    if 0 < reach.rewritten < reach.symbols:
        following, merged = FOLLOWING, REWRITTEN
        execute(connection, statement("touched", "following", touched=touched, following=following, first=reach.since))
        execute(connection, statement("touched", "rewritten", touched=touched, following=following, rewritten=merged))
    span = {"first": reach.first, "last": reach.last}
    checks: list[Check] = []
    for mart in marts:
        stage = stage_of_mart(mart.name)
        values = (calendars, calendars, sessions.DEFAULT_EXCHANGE) if mart.period else ()
        if following and not mart.period:
            execute(connection, mart_statement(mart, "fill", target=mart.table, touched=following, **span))
        to_merge = touched if mart.period else merged
        if to_merge:
            execute(connection, mart_statement(mart, "stage", stage=stage))
            execute(connection, mart_statement(mart, "fill", target=stage, touched=to_merge, **span), values)
            if not mart.period:
                execute(connection, mart_statement(mart, "drop_unchanged", stage=stage, **span))
            execute(connection, mart_statement(mart, "merge", stage=stage, **span))
        checks.append(check_of_mart(mart, stage=stage, touched=touched, **span))
    return tuple(checks)


def _extend_calendars(connection: Connection, touched: str, reach: _Reach, named: set[str]) -> None:
    """Lets ``market.dim_session`` reach over the weeks and months of touched bars, which end after their last session held."""
    needed = reach.last + _LONGEST_PERIOD
    if reach.known_through is None or reach.known_through < needed:
        extend_sessions(connection, needed)
    if reach.with_mark:
        by_mark = exchanges_by_mark()
        named |= {by_mark[mark] for (mark,) in fetch(connection, statement("touched", "marks", touched=touched)) if mark in by_mark}
    for exchange in sorted(named - {sessions.DEFAULT_EXCHANGE}):
        extend_sessions(connection, needed, exchange)


def _calendars(named: Mapping[str, str]) -> str:
    """The calendar of every suffix and prefix, and of symbols with another than these say, as ``fill.sql`` reads it."""
    known = "".join(f"|{mark}={exchange}" for mark, exchange in exchanges_by_mark().items())
    for symbol, exchange in sorted(named.items()):
        if len(known) > _MOST_TEXT:
            break
        known += f"|{symbol}={exchange}"
    return f"{known}|"
