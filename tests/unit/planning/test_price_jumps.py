"""Moves that no event explains: remembered until the symbol's events were read after them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tasks.planning.errors import BadPriceJumps
from tasks.planning.price_jumps import PriceJump, from_json, seen, to_json, unexplained
from tasks.records import SymbolCoverage

SESSION = date(2026, 11, 19)
EVENING = datetime(2026, 11, 20, 1, 15, tzinfo=UTC)
MOVE = PriceJump(SESSION, 0.5, EVENING)


def read(at: datetime) -> dict[str, SymbolCoverage]:
    return {"A": SymbolCoverage(at.date(), at.date(), at)}


LATER, EARLIER = read(EVENING + timedelta(hours=1)), read(EVENING - timedelta(days=7))


def test_a_move_is_open_until_both_kinds_of_events_were_read_after_it() -> None:
    assert unexplained({"A": MOVE}, {}, {}) == {"A": MOVE}
    assert unexplained({"A": MOVE}, LATER, {}) == {"A": MOVE}
    assert unexplained({"A": MOVE}, LATER, EARLIER) == {"A": MOVE}
    assert unexplained({"A": MOVE}, LATER, LATER) == {}


def test_a_move_that_is_found_again_keeps_the_moment_it_was_seen_first() -> None:
    again = PriceJump(SESSION, 0.5, EVENING + timedelta(days=1))
    assert seen({"A": MOVE}, {"A": again}, {"A"}, EARLIER, EARLIER) == {"A": MOVE}
    newer = PriceJump(date(2026, 11, 20), 0.3, EVENING + timedelta(days=1))
    assert seen({"A": MOVE}, {"A": newer}, {"A"}, EARLIER, EARLIER) == {"A": newer}


def test_a_move_before_the_day_its_events_were_read_is_none() -> None:
    """A move before the day its events were read is none however often its bars come again."""
    again = PriceJump(SESSION, 0.5, EVENING + timedelta(days=3))
    assert seen({}, {"A": again}, {"A"}, LATER, LATER) == {}


def test_a_move_that_the_source_took_back_is_forgotten() -> None:
    """A move that the source took back is forgotten and that of a symbol not asked is not."""
    assert seen({"A": MOVE, "B": MOVE}, {}, {"A"}, EARLIER, EARLIER) == {"B": MOVE}


def test_moves_are_read_as_they_were_written_and_nothing_else_is() -> None:
    assert from_json(to_json({"A": MOVE})) == {"A": MOVE}
    assert from_json({}) == {}
    for stored in ({"version": 2, "moves": {}}, {"version": 1}, {"version": 1, "moves": {"A": {"session": "soon"}}}):
        with pytest.raises(BadPriceJumps, match="unexplained moves cannot be read"):
            from_json(stored)
