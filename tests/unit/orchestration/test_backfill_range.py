from datetime import date

import pytest

from tasks.orchestration.backfill_plan import RangeUnfit, SessionBounds, check_range

NEWEST = {"XNYS": date(2026, 11, 27)}


@pytest.mark.parametrize(
    ("first", "last"),
    [
        pytest.param(date(2026, 11, 21), date(2026, 11, 22), id="a weekend"),
        pytest.param(date(2026, 11, 26), date(2026, 11, 26), id="Thanksgiving"),
        pytest.param(date(2026, 11, 20), date(2026, 11, 2), id="turned round"),
        pytest.param(date(2026, 11, 30), None, id="not final yet"),
        pytest.param(date(2001, 9, 11), date(2001, 9, 14), id="closed for days"),
    ],
)
def test_a_range_without_a_session_is_refused(first: date, last: date | None) -> None:
    with pytest.raises(RangeUnfit) as refused:
        check_range(SessionBounds(first, last), NEWEST)
    end = f"to {last}" if last else "on"
    assert refused.value.fact == f"The range from {first} {end} holds no session that is final; the newest one is 2026-11-27."


@pytest.mark.parametrize(
    ("bounds", "newest"),
    [
        pytest.param(SessionBounds(), NEWEST, id="everything"),
        pytest.param(SessionBounds(date(2026, 11, 26), date(2026, 11, 26)), NEWEST | {"XLON": date(2026, 11, 27)}, id="London trades"),
        pytest.param(SessionBounds(date(1985, 1, 1), date(2026, 1, 2)), NEWEST, id="from before the calendar"),
        pytest.param(SessionBounds(date(2026, 11, 27), date(2027, 1, 1)), NEWEST, id="one session, and the future"),
    ],
)
def test_a_range_with_a_session_of_one_exchange_is_taken(bounds: SessionBounds, newest: dict[str, date]) -> None:
    check_range(bounds, newest)
