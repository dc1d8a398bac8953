from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from tasks.quality.price_jumps import newest_moves


def bars(**closes: list[tuple[str, str | None]]) -> pa.Table:
    rows = [(symbol, date.fromisoformat(day), close and Decimal(close)) for symbol, listed in closes.items() for day, close in listed]
    symbols, days, prices = zip(*rows, strict=True)
    columns: dict[str, Any] = {
        "symbol": pa.array(symbols, pa.string()),
        "session_date": pa.array(days, pa.date32()),
        "close": pa.array(prices, pa.decimal64(18, 6)),
    }
    return pa.table(columns)


@pytest.mark.parametrize(("close", "is_a_move"), [("50.3", True), ("66.8", True), ("141", True), ("72", False), ("139", False)])
def test_what_a_split_would_do_is_a_move_and_what_markets_do_is_none(close: str, *, is_a_move: bool) -> None:
    found = newest_moves(bars(A=[("2026-11-18", "100"), ("2026-11-19", close)]))
    assert found == ({"A": (date(2026, 11, 19), float(close) / 100)} if is_a_move else {})


@pytest.mark.parametrize("step", [1, -1])
def test_the_newest_move_of_a_symbol_is_told_in_any_order_of_its_bars(step: int) -> None:
    """The newest move of a symbol is told whatever the order of its bars."""
    listed: list[tuple[str, str | None]] = [("2026-11-16", "400"), ("2026-11-17", "200"), ("2026-11-18", "100"), ("2026-11-19", "101")]
    found = newest_moves(bars(B=listed[::step], A=[("2026-11-18", "1"), ("2026-11-19", "1")]))
    assert found == {"B": (date(2026, 11, 18), 0.5)}


def test_no_bar_follows_another_symbols_or_a_close_of_nothing() -> None:
    """One symbol's bar does not follow another's and a close of nothing follows none."""
    assert newest_moves(bars(A=[("2026-11-18", "100")], B=[("2026-11-19", "1")], C=[("2026-11-18", None), ("2026-11-19", "5")])) == {}
