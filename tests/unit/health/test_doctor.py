from datetime import date, timedelta

import pytest

from tasks.health.doctor import (
    Finding,
    Level,
    as_document,
    budget_finding,
    clock_finding,
    exit_code,
    headline,
    render_finding,
    settings_finding,
    step_finding,
    version_finding,
    watchlist_finding,
    worker_finding,
)

FINE = Finding("bucket", Level.OK, "is reached")
BROKEN = Finding("key", Level.BROKEN, "No key.", "Set one.")


def test_a_warning_is_no_fault_and_a_broken_link_is() -> None:
    assert exit_code([FINE, Finding("prefect", Level.WARNING, "is silent")]) == 0
    assert exit_code([FINE, BROKEN]) == 1


def test_the_first_broken_link_is_named() -> None:
    assert headline([FINE, BROKEN]) == "1 ok, 0 with a warning, 1 broken; mend key first, what comes after it may follow from it."
    assert headline([FINE]) == "1 ok, 0 with a warning, 0 broken."


def test_how_to_mend_it_stands_below_the_fact() -> None:
    assert [line.strip() for line in render_finding(BROKEN).splitlines()] == ["broken   key           No key.", "Set one."]
    assert as_document([BROKEN])["findings"] == [{"link": "key", "level": "broken", "fact": "No key.", "mend": "Set one."}]


def test_the_value_of_a_secret_is_never_shown() -> None:
    found = settings_finding({"TICKERHOUSE_PLAN": "free", "ALPHAVANTAGE_API_KEY": "CANARY0123"}, frozenset({"ALPHAVANTAGE_API_KEY"}))
    assert found.fact == "ALPHAVANTAGE_API_KEY=(set), TICKERHOUSE_PLAN=free"


def test_a_package_of_another_version_is_named_with_what_is_needed() -> None:
    found = version_finding({"prefect": ">=3.8", "pandas": ">=3"}, {"prefect": "2.1"}, "3.11.2")
    assert (found.level, "prefect 2.1 (needed >=3.8)" in found.fact, "pandas" in found.fact) == (Level.BROKEN, True, False)
    assert version_finding({"prefect": ">=3.8"}, {}, "3.11.2").level is Level.OK


@pytest.mark.parametrize(("left", "level"), [(None, Level.OK), (3, Level.OK), (0, Level.WARNING)])
def test_a_day_without_calls_left_is_a_warning(left: int | None, level: Level) -> None:
    assert budget_finding("free", left, "the day ends").level is level


def test_what_differs_from_the_checkout_is_counted_and_named() -> None:
    found = step_finding("automations", ["a", "b", "c", "d"], 17)
    assert (found.level, found.fact) == (Level.WARNING, "4 of 17 differ: a, b, c and 1 more")
    assert step_finding("automations", [], 17).level is Level.OK


def test_what_was_never_deployed_is_not_called_different() -> None:
    found = step_finding("deployments", ["a", "b"], 2, is_new=True)
    assert (found.level, found.fact) == (Level.WARNING, "none is deployed; runs by hand work without, schedules and Slack do not")
    assert found.mend == "Run: tickerhouse deploy"


def test_what_is_deployed_and_has_no_worker_is_a_warning_with_a_command() -> None:
    found = worker_finding("default", 0, sleeps=False)
    assert (found.level, found.mend) == (Level.WARNING, "Run: tickerhouse worker")
    assert found.fact == "none serves the pool default, so that what is scheduled waits"
    assert worker_finding("default", 1, sleeps=False).fact == "1 serves the pool default"
    assert worker_finding("tickerhouse-prod", 0, sleeps=True).level is Level.OK


@pytest.mark.parametrize(("seconds", "level"), [(1, Level.OK), (90, Level.WARNING), (600, Level.BROKEN)])
def test_a_clock_that_is_far_off_is_a_fault(seconds: int, level: Level) -> None:
    assert clock_finding(timedelta(seconds=seconds), "S3").level is level


def test_a_calendar_that_ends_within_a_month_is_told_by_name() -> None:
    ends = {"XNYS": None, "XBOM": date(2026, 12, 31)}
    assert watchlist_finding("watchlist.csv", 2, ends, date(2026, 12, 1)).level is Level.OK
    found = watchlist_finding("watchlist.csv", 2, ends, date(2026, 12, 2))
    assert (found.level, found.fact) == (
        Level.WARNING,
        "watchlist.csv names 2 symbols; the calendar of XBOM ends on 2026-12-31, and no later session is requested",
    )
