import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest

from tasks.alpha_vantage.api_plans import FREE, PLANS, ApiPlan
from tasks.lake.store import LakeStore
from tasks.orchestration.state import ledger
from tasks.planning.budget import DAILY, EMPTY_LEDGER, Ledger, calls_left, spend, spent_by
from tasks.planning.budget_shares import SHARES, Share, share_left, share_of_day
from tasks.planning.errors import BudgetSpent
from tasks.planning.reservations import Reservations

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FINGERPRINT = "0123456789ab"
TODAY = date(2026, 11, 20)


@dataclass
class Day:
    """A ledger in memory, and a clock that only waiting moves; every write is kept with its instant."""

    ledger: Ledger = EMPTY_LEDGER
    seconds: float = 0.0
    writes: list[tuple[float, int]] = field(default_factory=list)

    def change(self, make: Callable[[Ledger], Ledger]) -> None:
        self.ledger = make(self.ledger)
        self.writes.append((self.seconds, self.ledger.utc.get(TODAY, 0)))

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def reservations(self, profile: ApiPlan, expected: int, share: str = DAILY) -> Reservations:
        return Reservations(
            profile, self.change, expected, lambda: NOON + timedelta(seconds=self.seconds), lambda: self.seconds, self.sleep, share
        )


def test_a_call_is_in_the_ledger_before_it_is_sent() -> None:
    day = Day()
    reservations = day.reservations(FREE, 10)
    for number in range(1, 11):
        reservations.take()
        assert day.ledger.utc[TODAY] >= number
        day.seconds += FREE.spacing


@pytest.mark.parametrize("name", list(PLANS))
def test_the_ledger_is_written_at_most_once_a_second_whatever_the_plan(name: str) -> None:
    day, profile = Day(), PLANS[name]
    calls = 25 if profile.calls_per_day else 500
    reservations = day.reservations(profile, calls)
    for _ in range(calls):
        reservations.take()
        day.seconds += profile.spacing
    reservations.close()
    assert all(later - earlier >= 1.0 for (earlier, _), (later, _) in itertools.pairwise(day.writes))
    assert day.ledger.utc[TODAY] == calls
    assert len(day.writes) <= calls * profile.spacing + 1


def test_a_call_that_was_not_sent_is_put_back_and_taken_by_another() -> None:
    day = Day()
    reservations = day.reservations(FREE, 1)
    reservations.take()
    reservations.put_back()
    reservations.take()
    assert (reservations.used, day.ledger.utc[TODAY], len(day.writes)) == (1, 1, 1)
    reservations.put_back()
    day.seconds += 1.0
    reservations.close()
    assert (reservations.used, day.ledger.utc.get(TODAY, 0)) == (0, 0)


def test_unexpected_repeats_are_reserved_without_hurry_for_the_ledger() -> None:
    """Repeats beyond what was expected are reserved as well and do not hurry the ledger."""
    day = Day()
    reservations = day.reservations(PLANS["premium_1200"], 2)
    for _ in range(6):
        reservations.take()
    assert day.ledger.utc[TODAY] == reservations.used == 6
    assert all(later - earlier >= 1.0 for (earlier, _), (later, _) in itertools.pairwise(day.writes))


def test_what_was_reserved_and_not_sent_is_given_back() -> None:
    day = Day()
    reservations = day.reservations(PLANS["premium_1200"], 500)
    for _ in range(3):
        reservations.take()
    assert day.ledger.utc[TODAY] == 40
    reservations.close()
    assert day.ledger.utc[TODAY] == 3
    assert spent_by(day.ledger, DAILY, NOON) == 3


def test_after_a_crash_at_most_two_seconds_of_calls_stay_counted() -> None:
    """After a crash the block stays counted and is no more than two seconds of calls."""
    for profile in PLANS.values():
        day = Day()
        day.reservations(profile, 500).take()  # and nothing closes it
        assert day.ledger.utc[TODAY] == {2.0: 1, 0.8: 3, 0.4: 5, 0.2: 10, 0.1: 20, 0.05: 40}[profile.spacing]


def test_a_rest_goes_back_to_the_day_it_was_reserved_on() -> None:
    day = Day(seconds=(12 * 3600) - 1)
    reservations = day.reservations(PLANS["premium_1200"], 500)
    reservations.take()
    day.seconds += 60
    reservations.close()
    assert day.ledger.utc == {TODAY: 1}


def test_nothing_is_sent_that_the_day_has_no_room_for() -> None:
    day = Day(ledger=spend(EMPTY_LEDGER, 23, NOON))
    reservations = day.reservations(FREE, 10)
    reservations.take()
    reservations.take()
    with pytest.raises(BudgetSpent, match="used up"):
        reservations.take()
    assert day.ledger.utc[TODAY] == 25
    assert reservations.used == 2


def test_a_day_that_the_api_refused_is_closed_until_both_midnights() -> None:
    day = Day()
    reservations = day.reservations(FREE, 10)
    reservations.take()
    reservations.close(is_spent_up=True)
    assert calls_left(FREE, day.ledger, NOON) == 0
    assert calls_left(FREE, day.ledger, datetime(2026, 11, 21, 5, tzinfo=UTC)) == 25


def test_closing_with_nothing_left_over_writes_nothing() -> None:
    day = Day()
    reservations = day.reservations(FREE, 1)
    reservations.take()
    reservations.close()
    reservations.close()
    assert len(day.writes) == 1


def test_a_backfill_cannot_starve_the_daily_run() -> None:
    assert share_left(FREE, EMPTY_LEDGER, NOON, "backfill") == 5
    assert share_left(FREE, EMPTY_LEDGER, NOON, DAILY) == 25
    after = spend(EMPTY_LEDGER, 5, NOON, "backfill")
    assert share_left(FREE, after, NOON, "backfill") == 0
    assert share_left(FREE, after, NOON, DAILY) == 20


def test_what_the_daily_run_has_spent_it_no_longer_keeps_from_others() -> None:
    after = spend(EMPTY_LEDGER, 20, NOON, DAILY)
    assert share_left(FREE, after, NOON, "backfill") == 5
    assert share_left(FREE, spend(EMPTY_LEDGER, 8, NOON, DAILY), NOON, "backfill") == 5


def test_quotes_never_take_more_than_their_part_of_the_day() -> None:
    assert share_left(FREE, spend(EMPTY_LEDGER, 3, NOON, "quotes"), NOON, "quotes") == 2
    assert share_left(FREE, spend(EMPTY_LEDGER, 5, NOON, "quotes"), NOON, "quotes") == 0
    assert share_left(FREE, spend(spend(EMPTY_LEDGER, 20, NOON, DAILY), 4, NOON, "quotes"), NOON, "quotes") == 1


def test_without_a_daily_limit_nobody_has_to_share() -> None:
    assert [share_left(PLANS["premium_75"], EMPTY_LEDGER, NOON, share) for share in SHARES] == [None, None, None]


def test_shares_are_data() -> None:
    shares = {DAILY: Share(0.5, 1.0), "backfill": Share(0.0, 0.1)}
    assert share_left(FREE, EMPTY_LEDGER, NOON, "backfill", shares) == 2


def test_a_backfill_stops_where_its_share_ends() -> None:
    day = Day()
    reservations = day.reservations(FREE, 25, "backfill")
    for _ in range(5):
        reservations.take()
        day.seconds += 2
    with pytest.raises(BudgetSpent):
        reservations.take()
    assert reservations.used == 5
    assert share_left(FREE, day.ledger, NOON, DAILY) == 20


def stored(store: LakeStore) -> Callable[[Callable[[Ledger], Ledger]], Ledger]:
    return lambda make: ledger(FINGERPRINT).change(store, make)


def test_the_ledger_survives_the_process_that_wrote_it(store: LakeStore) -> None:
    for expected in (3, 6):
        clock = itertools.count(0.0, 10.0)
        reservations = Reservations(FREE, stored(store), 3, lambda: NOON, clock.__next__, lambda _seconds: None)
        for _ in range(3):
            reservations.take()
        assert ledger(FINGERPRINT).read(store).utc == {TODAY: expected}


def test_two_processes_that_reserve_at_once_lose_no_call(store: LakeStore, put_in_turn: Callable[[LakeStore], None]) -> None:
    put_in_turn(store)
    barrier = threading.Barrier(2)

    def process() -> None:
        tries = itertools.count()

        def one_more(spent: Ledger) -> Ledger:
            if next(tries) == 0:
                barrier.wait(timeout=10)
            return spend(spent, 1, NOON)

        stored(store)(one_more)

    threads = [threading.Thread(target=process) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger(FINGERPRINT).read(store).utc == {TODAY: 2}


def test_a_day_that_is_spent_leaves_the_ledger_as_it_was(store: LakeStore) -> None:
    ledger(FINGERPRINT).write(store, spend(EMPTY_LEDGER, 25, NOON))
    reservations = Reservations(FREE, stored(store), 3, lambda: NOON, lambda: 0.0, lambda _seconds: None)
    with pytest.raises(BudgetSpent):
        reservations.take()
    assert ledger(FINGERPRINT).read(store).utc == {TODAY: 25}


def test_a_share_of_a_day_is_what_it_has_before_anything_is_spent() -> None:
    assert {share: share_of_day(FREE, share) for share in SHARES} == {DAILY: 25, "backfill": 5, "quotes": 5}
    assert share_of_day(PLANS["premium_75"], "quotes") is None
