"""The evaluator of alarms does what CloudWatch's pages say, or what it says of our alarms would prove nothing."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.infra.alarms.evaluation import HOUR, Alarm, Readings, Series, UnknownExpression, alarmed, hours_from, states

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
PLAIN = Alarm("Seen", {}, {}, "", "LessThanThreshold", 1.0, 3, 3, "missing")
MATHS = replace(PLAIN, metric="", metrics={"seen": "Seen"}, returned="e", periods=1, breaches=1)


def series(points: str) -> Series:
    """One point an hour from Monday: a digit, or - for none."""
    return {MONDAY + HOUR * place: float(point) for place, point in enumerate(points) if point != "-"}


def last_state(alarm: Alarm, points: str) -> str:
    hours = [MONDAY + HOUR * place for place in range(len(points))]
    return states(alarm, {"Seen": series(points)}, hours)[-1][1]


def result(expression: str, points: str, hours: int, readings: Readings | None = None) -> str:
    """The series that an expression makes, one character an hour, read through an alarm that is on below 1."""
    alarm = replace(MATHS, expressions={"e": expression}, missing="missing")
    span = [MONDAY + HOUR * place for place in range(hours)]
    reading = readings or Readings(more_points=0)
    letter = {"ALARM": "0", "OK": "1", "INSUFFICIENT_DATA": "-"}
    return "".join(letter[state] for _, state in states(alarm, {"Seen": series(points)}, span, reading))


@pytest.mark.parametrize(
    ("points", "missing", "state"),
    # Three of three, and two points more are looked at: the rows of AWS's table, 0 being a breach here and 1 none.
    [
        ("1-0-0", "missing", "OK"),
        ("-----", "missing", "INSUFFICIENT_DATA"),
        ("-----", "breaching", "ALARM"),
        ("-----", "notBreaching", "OK"),
        ("1----", "breaching", "OK"),
        ("----0", "breaching", "ALARM"),
        ("----0", "notBreaching", "OK"),
        ("0-0-0", "missing", "ALARM"),
    ],
)
def test_missing_points_are_treated_as_the_table_of_aws_says(points: str, missing: str, state: str) -> None:
    assert last_state(replace(PLAIN, missing=missing), points) == state


def test_what_is_ignored_leaves_the_state_as_it_was() -> None:
    alarm = replace(PLAIN, periods=1, breaches=1, missing="ignore")
    assert last_state(alarm, "0--------") == "ALARM"
    assert last_state(alarm, "1--------") == "OK"
    assert last_state(alarm, "0---1----") == "OK"


def test_an_alarm_is_told_once_for_each_time_it_begins() -> None:
    hours = [MONDAY + HOUR * place for place in range(8)]
    passed = list(zip(hours, ["OK", "ALARM", "ALARM", "OK", "OK", "ALARM", "OK", "OK"], strict=True))
    assert alarmed(passed) == [hours[1], hours[5]]


def test_a_series_of_a_scalar_has_a_point_in_every_hour() -> None:
    assert result("TIME_SERIES(0)", "", 5) == "00000"


def test_hours_and_days_are_those_of_the_point_in_utc() -> None:
    assert result("IF(HOUR(TIME_SERIES(0)) >= 2 && HOUR(TIME_SERIES(0)) < 4, 0, 1)", "", 6) == "110011"
    assert result("IF(DAY(TIME_SERIES(0)) == 1, 0, 1)", "", 30) == "0" * 24 + "1" * 6


def test_hours_of_a_sparse_series_are_missing_where_it_is() -> None:
    """The fault of an expression that takes its clock from a metric with one point a day."""
    assert result("IF(HOUR(seen) >= 2, 0, 1)", "--1--", 5) == "--0--"


def test_filling_puts_the_value_where_no_point_is() -> None:
    assert result("FILL(seen, 0)", "1-1-", 4, Readings(more_points=3)) == "1010"


def test_whether_filling_nothing_makes_a_series_is_a_reading() -> None:
    assert result("FILL(seen, 0)", "", 3) == "000"
    assert result("FILL(seen, 0)", "", 3, Readings(fills_nothing=False, more_points=0)) == "---"


def test_whether_the_highest_lays_series_over_one_another_is_a_reading() -> None:
    assert result("MAX([TIME_SERIES(0), seen])", "-1-", 3) == "010"
    assert result("MAX([TIME_SERIES(0), seen])", "-1-", 3, Readings(lays_over=False, more_points=0)) == "-1-"


@pytest.mark.parametrize("expression", ["RATE(seen)", "seen / 2", "seen ** 2", "'text'"])
def test_what_it_does_not_know_is_an_error(expression: str) -> None:
    with pytest.raises((UnknownExpression, KeyError)):
        result(expression, "1", 1)


def test_a_week_has_its_hours() -> None:
    hours = hours_from(MONDAY, 7)
    assert len(hours) == 168
    assert hours[-1] == datetime(2026, 11, 29, 23, tzinfo=UTC)
