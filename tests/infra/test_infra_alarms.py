"""The alarms, as they are planned, over weeks of made-up runs: on when a window was silent, bars are late, or a run says it was bad.

CloudWatch itself has never evaluated them; ``tests/infra/alarms`` does, under each reading of what its pages leave open.
"""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from tasks.orchestration.metrics import DIMENSIONS
from tests.infra.alarms.evaluation import HOUR, Alarm, Readings, Series, alarmed, hours_from, states
from tests.infra.conftest import Applied

NEW_YORK = ZoneInfo("America/New_York")

# FILL that makes nothing of nothing, and MAX that needs a point in every series, would together leave no point; either alone must do.
READINGS = [Readings(fills, lays, more) for fills, lays, more in product((True, False), (True, False), (0, 3)) if fills or lays]

WINDOWS = {"evening": (20, 3), "morning": (6, 2), "long": (9, 8)}
"""First hour in New York and hours; the first one is the default."""

# A Monday each: winter, the weeks in which New York changes its clocks, summer.
WEEKS = [date(2026, 1, 12), date(2026, 3, 2), date(2026, 10, 26), date(2026, 7, 6)]

Alarms = Callable[[str], dict[str, Alarm]]


@pytest.fixture(scope="module")
def alarms(applied: Applied) -> Alarms:
    @cache
    def planned(window: str) -> dict[str, Alarm]:
        hour, hours = WINDOWS[window]
        out = f"alarms-{window}"
        variables = (f"-var=run_window_start_hour={hour}", f"-var=run_window_hours={hours}")
        applied.terraform.run("plan", "-input=false", "-refresh=false", f"-out={out}", *variables)
        read = json.loads(applied.terraform.run("show", "-json", out))
        resources = read["planned_values"]["root_module"]["resources"]
        return {
            each["values"]["alarm_name"].removeprefix("tickerhouse-dev-"): Alarm.planned(each["values"])
            for each in resources
            if each["type"] == "aws_cloudwatch_metric_alarm"
        }

    return planned


def evenings(monday: date, days: int = 14) -> list[date]:
    """The days from Monday to Friday of two weeks."""
    return [day for day in (monday + timedelta(number) for number in range(days)) if day.isoweekday() <= 5]


def sent_at(days: list[date], hour: float, value: float = 1.0) -> Series:
    """A point on each day, at an hour of New York, in the hour of UTC in which it fell."""
    moments = [datetime.combine(day, time(int(hour), round(hour % 1 * 60)), NEW_YORK).astimezone(UTC) for day in days]
    return {moment.replace(minute=0): value for moment in moments}


def told(alarm: Alarm, sent: dict[str, Series], monday: date, readings: Readings) -> list[date]:
    """The days of New York on which somebody is told, over two weeks; an hour of two days apart is a second time."""
    begin = datetime.combine(monday, time(12), UTC)
    hours = alarmed(states(alarm, sent, hours_from(begin, 14), readings))
    # A window ends by midnight, and the alarm may come in the hour after it.
    return [(hour.astimezone(NEW_YORK) - HOUR).date() for hour in hours]


@pytest.mark.parametrize("readings", READINGS, ids=str)
@pytest.mark.parametrize("window", list(WINDOWS))
def test_a_run_each_evening_never_sounds_the_alarm(alarms: Alarms, window: str, readings: Readings) -> None:
    silent, (first, hours) = alarms(window)["silent"], WINDOWS[window]
    for monday in WEEKS:
        for hour in (first + 0.25, first + hours - 0.25):
            assert told(silent, {"RunsEndedWell": sent_at(evenings(monday), hour)}, monday, readings) == [], monday


@pytest.mark.parametrize("readings", READINGS, ids=str)
@pytest.mark.parametrize("window", list(WINDOWS))
def test_one_silent_evening_sounds_the_alarm_on_that_evening(alarms: Alarms, window: str, readings: Readings) -> None:
    silent, first = alarms(window)["silent"], WINDOWS[window][0]
    for monday in WEEKS:
        # A Tuesday, a Friday, a Monday after a weekend.
        for missed in (evenings(monday)[place] for place in (1, 4, 5)):
            ran = [day for day in evenings(monday) if day != missed]
            assert told(silent, {"RunsEndedWell": sent_at(ran, first + 0.25)}, monday, readings) == [missed]


@pytest.mark.parametrize("readings", READINGS, ids=str)
def test_silence_sounds_the_alarm_each_evening_and_never_on_weekends(alarms: Alarms, readings: Readings) -> None:
    for monday in WEEKS:
        assert told(alarms("evening")["silent"], {}, monday, readings) == evenings(monday)


@pytest.mark.parametrize("readings", READINGS, ids=str)
def test_runs_that_end_badly_are_silence(alarms: Alarms, readings: Readings) -> None:
    for monday in WEEKS:
        failing = {"RunsEndedWell": sent_at(evenings(monday), 20.25, 0.0)}
        assert told(alarms("evening")["silent"], failing, monday, readings) == evenings(monday)


@pytest.mark.parametrize("readings", READINGS, ids=str)
def test_a_run_in_every_hour_is_as_good_as_one(alarms: Alarms, readings: Readings) -> None:
    for monday in WEEKS:
        dense = dict.fromkeys(hours_from(datetime.combine(monday, time(0), UTC), 15), 1.0)
        assert told(alarms("evening")["silent"], {"RunsEndedWell": dense}, monday, readings) == []


@pytest.mark.parametrize("readings", READINGS, ids=str)
def test_a_run_by_day_does_not_stand_in_for_the_evenings(alarms: Alarms, readings: Readings) -> None:
    for monday in WEEKS:
        by_day = {"RunsEndedWell": sent_at(evenings(monday), 11.0)}
        assert told(alarms("evening")["silent"], by_day, monday, readings) == evenings(monday)


def test_a_clock_that_is_taken_from_the_runs_would_not_do(alarms: Alarms) -> None:
    """The former expression: hours without a run have no hour, so that missing points decided, by day and on weekends as well."""
    silent = alarms("evening")["silent"]
    former = {"spoken": silent.expressions["outside"].replace("clock", "runs").replace(", 0, 1)", ", FILL(runs, 0), 1)")}
    alarm = Alarm("", former, silent.metrics, "spoken", silent.compares, silent.threshold, silent.periods, silent.breaches, "breaching")
    ran = {"RunsEndedWell": sent_at(evenings(WEEKS[0]), 20.25)}
    assert told(alarm, ran, WEEKS[0], Readings(fills_nothing=False)) != []


@pytest.mark.parametrize(
    ("name", "metric", "values", "expected"),
    [
        ("behind", "SessionsBehind", [0, 1, 2, 3, 0], [2]),
        ("behind", "SessionsBehind", [1, 1, 1, 1, 1], []),
        ("api-success", "ApiSuccessRate", [1.0, 0.95, 0.5, 1.0, 0.89], [2, 4]),
        ("validation-pass", "ValidationPassRate", [1.0, 0.96, 0.94, 0.94, 1.0], [2]),
        ("duration", "RunSeconds", [60.0, 7200.0, 7201.0, 60.0, 9000.0], [2, 4]),
    ],
)
@pytest.mark.parametrize("more_points", [0, 2, 5])
def test_what_a_run_says_of_itself_is_told_until_a_run_says_better(
    alarms: Alarms, name: str, metric: str, values: list[float], expected: list[int], more_points: int
) -> None:
    monday = WEEKS[0]
    days = evenings(monday)[: len(values)]
    said = {moment: value for day, value in zip(days, values, strict=True) for moment in sent_at([day], 20.25)}
    assert told(alarms("evening")[name], {metric: said}, monday, Readings(more_points=more_points)) == [days[place] for place in expected]


def test_a_dense_warehouse_is_told_once_it_used_half_of_its_day(alarms: Alarms) -> None:
    alarm = alarms("evening")["warehouse-compute"]
    hours = hours_from(datetime(2026, 1, 12, tzinfo=UTC), 1)
    used = dict.fromkeys(hours, 240.0) | {hours[9]: 7201.0}
    assert alarmed(states(alarm, {"ComputeSeconds": used}, hours)) == [hours[9]]
    assert alarmed(states(alarm, {}, hours)) == []


def test_alarms_and_dashboard_look_where_the_code_sends(applied: Applied) -> None:
    client = applied.client("cloudwatch")
    own = [alarm for alarm in client.describe_alarms()["MetricAlarms"] if alarm.get("Namespace") != "AWS/Redshift-Serverless"]
    looked_under = {
        tuple(dimension["Name"] for dimension in metric["Dimensions"])
        for alarm in own
        for metric in [alarm] * ("MetricName" in alarm)
        + [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each]
    }
    assert {tuple(sorted(names)) for names in looked_under} == {tuple(sorted(DIMENSIONS))}
