from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tasks.planning.budget import EMPTY_LEDGER, Ledger, budget_text, calls_left, exhaust, give_back, resets_at, spend


@dataclass(frozen=True)
class Limit:
    calls_per_day: int | None


FREE, PREMIUM = Limit(25), Limit(None)


def at(hour: int, day: int = 20, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def test_a_call_counts_under_its_date_in_utc_and_in_new_york() -> None:
    ledger = spend(EMPTY_LEDGER, 3, at(2))
    assert (ledger.utc, ledger.new_york) == ({date(2026, 11, 20): 3}, {date(2026, 11, 19): 3})


def test_calls_of_before_midnight_utc_count_until_midnight_in_new_york() -> None:
    """Calls spent before midnight UTC still count until midnight in New York."""
    ledger = spend(EMPTY_LEDGER, 20, at(23))
    assert calls_left(FREE, ledger, at(23)) == 5
    assert calls_left(FREE, ledger, at(1, day=21)) == 5
    assert calls_left(FREE, ledger, at(4, day=21, minute=59)) == 5
    assert calls_left(FREE, ledger, at(5, day=21)) == 25


def test_calls_of_after_midnight_utc_count_past_midnight_in_new_york() -> None:
    """Calls spent after midnight UTC still count after midnight in New York."""
    ledger = spend(EMPTY_LEDGER, 20, at(1))
    assert calls_left(FREE, ledger, at(6)) == 5
    assert calls_left(FREE, ledger, at(0, day=21)) == 25


def test_no_day_however_it_is_counted_sees_more_calls_than_the_limit() -> None:
    ledger, sent = EMPTY_LEDGER, []
    for half_hour in range(200):
        now = at(0) + timedelta(minutes=30 * half_hour)
        if calls_left(FREE, ledger, now):
            ledger = spend(ledger, 1, now)
            sent.append(now)
    for offset in (timedelta(0), timedelta(hours=5)):
        days = [(instant - offset).date() for instant in sent]
        assert max(days.count(day) for day in days) == 25


def test_without_a_daily_limit_there_is_none_until_the_api_refuses_the_day() -> None:
    assert calls_left(PREMIUM, spend(EMPTY_LEDGER, 10_000, at(12)), at(12)) is None
    assert calls_left(PREMIUM, exhaust(EMPTY_LEDGER, at(12)), at(12)) == 0


def test_more_spent_than_the_limit_leaves_nothing_rather_than_less() -> None:
    assert calls_left(FREE, spend(EMPTY_LEDGER, 40, at(12)), at(12)) == 0


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        (at(12), at(5, day=21)),  # midnight in New York comes five hours after midnight UTC
        (at(23), at(5, day=21)),
        (at(2), at(0, day=21)),  # New York's midnight is three hours away, and the UTC day has just begun
        (datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 7, 2, 4, tzinfo=UTC)),  # daylight saving time
        (datetime(2026, 3, 8, 6, tzinfo=UTC), datetime(2026, 3, 9, 4, tzinfo=UTC)),  # the day of the change has 23 hours
        (datetime(2026, 11, 1, 6, tzinfo=UTC), datetime(2026, 11, 2, 5, tzinfo=UTC)),  # and this one 25
    ],
)
def test_the_day_ends_at_the_later_midnight(now: datetime, ends: datetime) -> None:
    assert resets_at(now) == ends
    assert exhaust(EMPTY_LEDGER, now).exhausted_until == ends


def test_after_a_refusal_of_the_day_nothing_is_left_for_both_midnights() -> None:
    """After a refusal of the day nothing is left until both midnights have passed."""
    ledger = exhaust(spend(EMPTY_LEDGER, 2, at(12)), at(12))
    assert calls_left(FREE, ledger, at(12)) == 0
    assert calls_left(FREE, ledger, at(4, day=21, minute=59)) == 0
    assert calls_left(FREE, ledger, at(5, day=21)) == 25


def test_what_was_reserved_and_not_sent_is_given_back_to_its_day() -> None:
    """What was reserved and not sent is given back to the day it was reserved on."""
    ledger = give_back(spend(EMPTY_LEDGER, 10, at(23, minute=59)), 4, at(23, minute=59))
    assert (ledger.utc, ledger.new_york) == ({date(2026, 11, 20): 6}, {date(2026, 11, 20): 6})
    assert give_back(EMPTY_LEDGER, 4, at(12)).utc == {date(2026, 11, 20): 0}


def test_old_dates_are_dropped() -> None:
    ledger = spend(spend(EMPTY_LEDGER, 1, at(12, day=1)), 1, at(12, day=20))
    assert list(ledger.utc) == [date(2026, 11, 20)]


def test_spending_leaves_the_ledger_it_was_given_as_it_was() -> None:
    before = spend(EMPTY_LEDGER, 1, at(12))
    spend(before, 5, at(12))
    assert before.utc == {date(2026, 11, 20): 1}


STORED = TypeAdapter(Ledger)
INSTANTS = st.integers(0, 365 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))


@given(st.lists(st.tuples(st.integers(0, 30), INSTANTS), max_size=6))
def test_a_ledger_survives_being_stored(spent: list[tuple[int, datetime]]) -> None:
    ledger = EMPTY_LEDGER
    for calls, now in sorted(spent, key=lambda one: one[1]):
        ledger = spend(ledger, calls, now)
    assert STORED.validate_json(STORED.dump_json(ledger), strict=True) == ledger
    refused = exhaust(ledger, at(12))
    assert STORED.validate_json(STORED.dump_json(refused), strict=True) == refused


def test_a_day_that_the_api_ended_is_said_though_the_plan_has_no_limit() -> None:
    ended = exhaust(EMPTY_LEDGER, at(12))
    words = [
        budget_text(limit, calls_left(limit, ledger, at(13)), at(13))
        for limit, ledger in ((PREMIUM, EMPTY_LEDGER), (PREMIUM, ended), (FREE, ended))
    ]
    ends = f"the day ends {resets_at(at(13)):%Y-%m-%d %H:%M} UTC"
    assert words == ["no daily limit", f"0 calls left today; {ends}", f"0 of 25 calls left today; {ends}"]
