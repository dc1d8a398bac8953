"""Price jumps are open until the symbol's events were read after them."""

from datetime import UTC, date, datetime, timedelta

from tasks.planning.price_jumps import PriceJump, unexplained
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


def test_an_answer_of_a_later_day_explains_it() -> None:
    again = PriceJump(SESSION, 0.5, EVENING + timedelta(days=3))
    assert unexplained({"A": again}, LATER, LATER) == {}
    assert unexplained({"A": again}, LATER, EARLIER) == {"A": again}


def test_an_answer_of_the_session_s_own_morning_explains_nothing() -> None:
    morning = read(datetime(2026, 11, 19, 12, tzinfo=UTC))
    assert unexplained({"A": MOVE}, morning, morning) == {"A": MOVE}
