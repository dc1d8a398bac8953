from datetime import UTC, date, datetime

from tasks.alerting.freshness import SymbolFreshness
from tasks.freshness import Freshness

DUE = date(2026, 11, 19)
AT = datetime(2026, 11, 20, 2, tzinfo=UTC)


def test_a_hole_inside_of_what_is_held_is_named() -> None:
    whole = SymbolFreshness("AAPL", DUE, DUE, 0, AT)
    torn = SymbolFreshness("IBM", DUE, DUE, 0, AT, ((date(2025, 1, 10), date(2026, 7, 8)),))
    assert Freshness((whole,), ()).headline == "The only symbol holds its newest final session"
    assert Freshness((whole, torn), ()).headline == ("All 2 symbols hold their newest final session; gaps: IBM 2025-01-10 to 2026-07-08")
