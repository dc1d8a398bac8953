from datetime import UTC, datetime, timedelta

import pytest

from tasks.errors import WrongUsage
from tasks.orchestration.as_of import read_as_of
from tasks.sessions import last_final_session

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SETTLING = timedelta(hours=4)


def test_a_moment_is_kept_in_utc() -> None:
    assert read_as_of("2019-11-30T07:00:00-05:00", NOW, SETTLING) == datetime(2019, 11, 30, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("yesterday", "is not a valid timestamp"),
        ("2019-11-30T12:00:00", "has no time zone"),
        ("2026-11-20", "is final at 2026-11-21 01:00 UTC"),
        ("2024-13-01", "valid"),
        ("1889-01-02", "outside"),
        ("2026-11-20T12:00:01Z", "is in the future"),
        ("0001-01-01T00:00:00+14:00", "lies before the first year in UTC"),
        ("9999-12-31T23:59:59-14:00", "is in the future"),
    ],
)
def test_a_moment_that_cannot_be_is_refused_with_an_example(text: str, fact: str) -> None:
    with pytest.raises(WrongUsage, match=fact):
        read_as_of(text, NOW, SETTLING)


@pytest.mark.parametrize(
    ("text", "close"),
    [
        ("2019-11-27", datetime(2019, 11, 27, 21, 0, tzinfo=UTC)),
        ("2019-11-29", datetime(2019, 11, 29, 18, 0, tzinfo=UTC)),  # an early close
        ("2019-12-01", datetime(2019, 11, 29, 18, 0, tzinfo=UTC)),  # a Sunday
    ],
)
def test_a_date_is_the_moment_its_session_was_final(text: str, close: datetime) -> None:
    as_of = read_as_of(text, NOW, SETTLING)
    assert as_of == close + SETTLING
    assert last_final_session(as_of, SETTLING) <= datetime.fromisoformat(text).date()
    assert last_final_session(as_of - timedelta(seconds=1), SETTLING) < last_final_session(as_of, SETTLING)
