"""Freshness by sessions, runs that hang, messages that did not arrive."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from tasks.alerting.deduplication import NEW_YORK
from tasks.alerting.deliveries import Delivery, delivery_alerts
from tasks.alerting.freshness import RunInFlight, SymbolFreshness, fresh_facts, freshness_alerts, in_flight_alerts
from tasks.sessions import NEWER_CALENDARS

DUE = date(2026, 11, 19)
DONE_BY = datetime(2026, 11, 19, 21, 30, tzinfo=NEW_YORK)
BEFORE, AFTER = datetime(2026, 11, 20, 2, 0, tzinfo=UTC), datetime(2026, 11, 20, 2, 45, tzinfo=UTC)


def symbol(name: str, behind: int, held: date | None = date(2026, 11, 18)) -> SymbolFreshness:
    return SymbolFreshness(name, held, DUE, behind, DONE_BY)


def test_nothing_is_said_of_what_is_fresh() -> None:
    assert freshness_alerts([symbol("AAPL", 0)], AFTER, 1) == ()


def test_one_session_behind_is_late_only_after_its_due_time() -> None:
    """One session behind is late only after the time by which it was to be in."""
    assert freshness_alerts([symbol("AAPL", 1)], BEFORE, 1) == ()
    (alert,) = freshness_alerts([symbol("AAPL", 1), symbol("MSFT", 0)], AFTER, 1)
    assert alert.name == "late"
    assert alert.title == "Session 2026-11-19 is late for 1 of 2 symbols"
    assert alert.text == "Expected by 21:30 EST, 15 min ago."


def test_more_sessions_behind_than_allowed_are_missed_at_any_hour() -> None:
    (alert,) = freshness_alerts([symbol("AAPL", 3, date(2026, 11, 16)), symbol("NEW", 2, None), symbol("MSFT", 0)], BEFORE, 1)
    assert alert.name == "freshness-missed"
    assert alert.title == "2 of 3 symbols are up to 3 sessions behind"
    assert alert.examples[0].text == "3 sessions behind; holds 2026-11-16, due 2026-11-19"
    assert alert.examples[1].text == "2 sessions behind; holds nothing, due 2026-11-19"


def test_where_the_calendar_ended_a_newer_one_is_asked_for() -> None:
    ended = replace(symbol("RELIANCE.BSE", 3, date(2026, 12, 31)), calendar_ended=date(2026, 12, 31))
    (alert,) = freshness_alerts([ended, symbol("MSFT", 0)], BEFORE, 1)
    assert alert.examples[0].text == "3 sessions behind; holds 2026-12-31, and the calendar of its exchange ended on 2026-12-31"
    assert alert.next_step == NEWER_CALENDARS


def test_counts_are_of_symbols_and_sessions() -> None:
    assert fresh_facts([symbol("A", 0), symbol("B", 2), symbol("C", 1)]) == {"symbols": 3, "behind": 2, "sessions_behind": 2}


def test_a_run_that_goes_on_or_waits_for_too_long_is_stuck() -> None:
    runs = [
        RunInFlight("old", "daily_prices/prod", "Running", AFTER - timedelta(hours=4)),
        RunInFlight("young", "daily_prices/prod", "Running", AFTER - timedelta(hours=2)),
    ]
    (alert,) = in_flight_alerts(runs, AFTER, timedelta(hours=3))
    assert (alert.name, alert.title) == ("run-stuck", "daily_prices/prod has been Running for 4 h 00 min")


def test_messages_that_slack_did_not_take_are_said_in_one_alert() -> None:
    deliveries = [
        Delivery("tickerhouse prod: run-failed", BEFORE, 404),
        Delivery("tickerhouse prod: late", BEFORE, 200),
        Delivery("tickerhouse prod: gate-closed", AFTER, None, "template error"),
    ]
    (alert,) = delivery_alerts(deliveries)
    assert alert.title == "2 alerts did not arrive"
    assert alert.facts["Answers"] == "HTTP 404; template error"
    assert [example.name for example in alert.examples] == ["tickerhouse prod: run-failed", "tickerhouse prod: gate-closed"]
    assert delivery_alerts(deliveries[1:2]) == ()


def test_a_message_without_an_answer_does_not_blame_the_webhook() -> None:
    (alert,) = delivery_alerts([Delivery("tickerhouse prod: late", BEFORE, None, "Webhook call failed: ReadError('')")])
    assert alert.title == "1 alert did not arrive"
    assert alert.text == "Prefect had no answer from Slack: Webhook call failed: ReadError('')."
    assert "nothing is sent again" in alert.next_step
    assert alert.command == "tickerhouse status"
