import asyncio
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from prefect.server.schemas.schedules import RRuleSchedule

from deployments.schedules import trading_day_rule
from tasks.sessions import calendar_extent, sessions_between

NEW_YORK = ZoneInfo("America/New_York")


def starts(first: datetime, last: datetime, rule: str) -> list[datetime]:
    found = asyncio.run(RRuleSchedule(rrule=rule, timezone="America/New_York").get_dates(start=first, end=last))
    return [moment.astimezone(NEW_YORK) for moment in found]


def test_prefect_starts_no_run_on_a_holiday_and_one_an_hour_else() -> None:
    rule = trading_day_rule(date(2026, 11, 2), range(9, 17), 45)
    found = starts(datetime(2026, 11, 23, tzinfo=NEW_YORK), datetime(2026, 11, 30, tzinfo=NEW_YORK), rule)
    assert {moment.date().day for moment in found} == {23, 24, 25, 27}
    assert [(moment.hour, moment.minute) for moment in found] == [(hour, 45) for hour in range(9, 17)] * 4


def test_the_days_of_the_rule_are_the_sessions_as_far_as_known() -> None:
    today = datetime.now(UTC).date()
    rule = trading_day_rule(today, range(16, 17), 45)
    _, end = calendar_extent()
    found = starts(datetime(today.year, 1, 1, tzinfo=NEW_YORK), datetime.combine(end, datetime.max.time(), NEW_YORK), rule)
    assert [moment.date() for moment in found] == sessions_between(date(today.year, 1, 1), end)
    assert len(rule) < 6500  # what Prefect takes


def test_a_second_deploy_of_the_year_has_the_same_rule() -> None:
    assert trading_day_rule(date(2026, 2, 1), range(9, 17), 45) == trading_day_rule(date(2026, 11, 28), range(9, 17), 45)
