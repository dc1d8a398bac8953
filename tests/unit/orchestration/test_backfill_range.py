from datetime import date

import pytest

from tasks.orchestration.backfill_plan import RangeUnfit, SessionBounds, check_range

NEWEST = {"XNYS": date(2026, 11, 27)}


@pytest.mark.parametrize(
    ("first", "last"),
    [
        pytest.param(date(2026, 11, 26), date(2026, 11, 26), id="Thanksgiving"),
        pytest.param(date(2001, 9, 11), date(2001, 9, 14), id="closed for days"),
    ],
)
def test_a_range_without_a_session_is_refused(first: date, last: date) -> None:
    with pytest.raises(RangeUnfit) as refused:
        check_range(SessionBounds(first, last), NEWEST)
    assert refused.value.fact == f"The range from {first} to {last} holds no session that is final; the newest one is 2026-11-27."


@pytest.mark.parametrize(
    ("bounds", "fact", "way_out"),
    [
        pytest.param(
            SessionBounds(date(2026, 11, 30)),
            "The range from 2026-11-30 on holds no session that is final; the newest one is 2026-11-27.",
            "Name an earlier first session.",
            id="not final yet",
        ),
        pytest.param(
            SessionBounds(date(2026, 11, 21), date(2026, 11, 22)),
            "The range from 2026-11-21 to 2026-11-22 holds no session that is final; the newest one is 2026-11-27.",
            "Name a later last session.",
            id="a weekend",
        ),
        pytest.param(
            SessionBounds(date(2024, 12, 31), date(2020, 1, 2)),
            "The last session wanted, 2020-01-02, lies before the first one, 2024-12-31.",
            "Name a later last session, or an earlier first one.",
            id="turned round",
        ),
        pytest.param(
            SessionBounds(None, date(1980, 1, 1)),
            "The last session wanted, 1980-01-01, lies before the first one, 1999-11-01.",
            "Name a later last session.",
            id="before the histories",
        ),
        pytest.param(
            SessionBounds(date(2026, 12, 31), date(2026, 12, 1)),
            "The last session wanted, 2026-12-01, lies before the first one, 2026-12-31.",
            "Name an earlier first session.",
            id="turned round in the future",
        ),
    ],
)
def test_a_refused_range_is_told_what_would_hold_a_session(bounds: SessionBounds, fact: str, way_out: str) -> None:
    with pytest.raises(RangeUnfit) as refused:
        check_range(bounds, NEWEST)
    assert (refused.value.fact, refused.value.way_out) == (fact, way_out)


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
