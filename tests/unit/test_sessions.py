from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from unittest.mock import Mock

import pandas as pd
import pytest

from tasks import sessions
from tasks.sessions import KeptCalendar, is_session, keep_calendar, last_final_session, sessions_between

SETTLING = timedelta(hours=4)


def test_a_session_is_final_only_after_its_close_and_the_settling_delay() -> None:
    # The Friday after Thanksgiving 2019 closed at 13:00 in New York, 18:00 UTC.
    assert sessions.last_final_session(datetime(2019, 11, 29, 21, 59, tzinfo=UTC), SETTLING) == date(2019, 11, 27)
    assert sessions.last_final_session(datetime(2019, 11, 29, 22, 0, tzinfo=UTC), SETTLING) == date(2019, 11, 29)


def test_a_session_of_another_calendar_is_final_after_the_same_delay() -> None:
    """New York's calendar is written down at set-up and read from there; London's is asked of the library. It closed at 12:30 that day."""
    assert sessions.last_final_session(datetime(2019, 12, 24, 16, 29, tzinfo=UTC), SETTLING, "XLON") == date(2019, 12, 23)
    assert sessions.last_final_session(datetime(2019, 12, 24, 16, 30, tzinfo=UTC), SETTLING, "XLON") == date(2019, 12, 24)


def test_an_open_session_is_not_final() -> None:
    during = datetime(2017, 8, 30, 19, 0, tzinfo=UTC)
    assert sessions.last_final_session(during, SETTLING) == date(2017, 8, 29)


def test_a_holiday_has_the_due_session_of_the_day_before() -> None:
    thanksgiving = datetime(2026, 11, 26, 23, 0, tzinfo=UTC)
    assert not sessions.is_session(date(2026, 11, 26))
    assert sessions.last_final_session(thanksgiving, SETTLING) == date(2026, 11, 25)


def test_the_calendar_reaches_back_before_the_first_bar_of_the_api() -> None:
    assert sessions.is_session(date(1999, 11, 1))
    assert sessions.sessions_between(date(1999, 11, 1), date(1999, 11, 8))[-1] == date(1999, 11, 8)


def test_sessions_behind_counts_sessions_and_not_days() -> None:
    assert sessions.sessions_behind(date(2026, 11, 20), date(2026, 11, 23)) == 1
    assert sessions.sessions_behind(date(2026, 11, 25), date(2026, 11, 27)) == 1
    assert sessions.sessions_behind(date(2026, 11, 27), date(2026, 11, 25)) == 0


@pytest.mark.parametrize(("first", "last"), [("2999-01-01", "2026-01-05"), ("0001-01-01", "1989-12-31"), ("2999-01-01", "9999-12-31")])
def test_there_is_no_session_where_the_calendar_knows_none(first: str, last: str) -> None:
    assert sessions.sessions_between(date.fromisoformat(first), date.fromisoformat(last)) == []
    assert not sessions.is_session(date.fromisoformat(first))


def test_an_early_close_is_known_by_its_instant() -> None:
    closes = sessions.session_closes(date(2019, 11, 27), date(2019, 11, 29))
    assert closes == {
        date(2019, 11, 27): datetime(2019, 11, 27, 21, 0, tzinfo=UTC),
        date(2019, 11, 29): datetime(2019, 11, 29, 18, 0, tzinfo=UTC),
    }


@pytest.mark.parametrize("as_of", [datetime(1, 1, 1, tzinfo=UTC), datetime(1950, 1, 1, tzinfo=UTC), datetime(1990, 1, 2, 12, tzinfo=UTC)])
def test_a_moment_before_the_calendar_is_invalid_usage(as_of: datetime) -> None:
    with pytest.raises(sessions.BeforeCalendar, match="lies before the calendar of XNYS, whose first session is 1990-01-02"):
        sessions.last_final_session(as_of, timedelta(hours=4))


@pytest.mark.parametrize(("exchange", "first"), [("XNYS", 1990), ("XTKS", 1997), ("XSHG", 1990), ("XBOM", 1997)])
def test_every_calendar_opens_from_its_own_first_date(exchange: str, first: int) -> None:
    assert sessions.calendar_extent(exchange)[0].year == first


class EndsEarly:
    """A calendar whose holidays are listed until 2026-12-31, as those of Bombay, Shanghai and Singapore are by a release of that year."""

    @classmethod
    def bound_max(cls) -> pd.Timestamp:
        return pd.Timestamp("2026-12-31")


def test_the_end_of_a_calendar_is_known_where_holidays_are_listed() -> None:
    assert sessions.known_until("XLON") is None
    assert sessions.known_until("XHKG") is not None


@pytest.mark.parametrize(
    ("as_of", "weekdays"), [("2026-12-31", 0), ("2027-01-01", 0), ("2027-01-02", 1), ("2027-01-04", 1), ("2027-01-06", 3)]
)
def test_weekdays_after_the_end_of_a_calendar_are_counted(as_of: str, weekdays: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """2027-01-01 is a Friday; the day that is under way does not count."""
    known = sessions._calendar
    monkeypatch.setattr(sessions, "_calendar", lambda exchange: EndsEarly if exchange == "XBOM" else known(exchange))
    moment = datetime.fromisoformat(as_of).replace(tzinfo=UTC)
    assert sessions.weekdays_unknown(moment, "XBOM") == weekdays
    last = date(2026, 12, 31)
    assert sessions.sessions_missed(last, last, moment, "XBOM") == weekdays
    clock = sessions.SessionClock(moment, SETTLING)
    assert clock.ended_calendars(["B.BSE", "MSFT", "A.BSE"]) == ({"XBOM": ["A.BSE", "B.BSE"]} if weekdays else {})


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeptCalendar]:
    """New York's calendar, read from its file from now on."""
    keep_calendar("XNYS", tmp_path)
    monkeypatch.setattr(sessions, "kept_folder", lambda: tmp_path)
    sessions._kept.cache_clear()
    found = sessions._kept("XNYS")
    assert found is not None
    yield found
    monkeypatch.undo()
    sessions._kept.cache_clear()


def test_the_kept_calendar_answers_as_the_library_does(kept: KeptCalendar) -> None:
    library = sessions._calendar("XNYS")
    settling = timedelta(hours=4)
    first, last = date(1999, 10, 25), date(2026, 11, 25)
    assert kept.holds(first, last)
    days = [first + timedelta(days=step) for step in range((last - first).days)]
    assert [day for day in days if is_session(day)] == [each.date() for each in library.sessions_in_range(str(first), str(last))[:-1]]
    assert sessions_between(first, last) == [each.date() for each in library.sessions_in_range(str(first), str(last))]
    for session, close in list(library.closes.items())[-900:-320:7]:
        assert last_final_session(close.to_pydatetime() + settling, settling) == session.date()
        assert last_final_session(close.to_pydatetime() + settling - timedelta(seconds=1), settling) < session.date()


def test_the_library_is_asked_where_the_kept_calendar_nears_its_end(kept: KeptCalendar, monkeypatch: pytest.MonkeyPatch) -> None:
    last = date.fromordinal(kept.days[-1])
    assert not kept.holds(last, last)
    assert kept.last_closed(datetime.combine(last, time(), UTC), SETTLING) is None
    library = Mock(wraps=sessions._calendar)
    monkeypatch.setattr(sessions, "_calendar", library)
    assert is_session(last)
    assert sessions_between(last, last) == [last]
    assert library.call_count == 2
