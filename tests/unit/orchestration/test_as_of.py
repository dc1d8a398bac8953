from datetime import UTC, datetime

import pytest

from tasks.errors import WrongUsage
from tasks.orchestration.as_of import read_as_of

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_a_moment_is_kept_in_utc() -> None:
    assert read_as_of("2019-11-30T07:00:00-05:00", NOW) == datetime(2019, 11, 30, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "fact"),
    [("yesterday", "is not a valid timestamp"), ("2019-11-30", "has no time zone"), ("2026-11-20T12:00:01Z", "is in the future")],
)
def test_a_moment_that_cannot_be_is_refused_with_an_example(text: str, fact: str) -> None:
    with pytest.raises(WrongUsage, match=fact):
        read_as_of(text, NOW)
