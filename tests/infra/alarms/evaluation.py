"""An evaluator of CloudWatch alarms, as far as ours go: metric math over sparse series, missing points, and the state hour by hour.

Functions and what they do with a series: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
How missing points are treated: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html

Time is in whole hours, the period of every alarm here. What the pages leave open is an argument, so that an alarm can be judged under each
reading (``Readings``). A function or an operator it does not know is an error.
"""

import ast
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial, reduce
from typing import Any, Final

Series = dict[datetime, float]
Value = Series | float | list[Series]

HOUR: Final = timedelta(hours=1)

_COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
}
_OPERATORS: Final[dict[type, Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
}
_LOGIC: Final[dict[type, Callable[[float, float], float]]] = {
    ast.And: lambda left, right: float(bool(left and right)),
    ast.Or: lambda left, right: float(bool(left or right)),
}


class UnknownExpression(Exception):
    """Metric math that this evaluator does not know."""


@dataclass(frozen=True)
class Readings:
    """What AWS's pages leave open.

    Attributes:
        fills_nothing: whether FILL makes a series out of one that has no point in what is looked at.
        lays_over: whether MAX over an array takes a point that only one of its series has; otherwise every series must have it.
        more_points: how many points an alarm looks at beyond its evaluation periods.
    """

    fills_nothing: bool = True
    lays_over: bool = True
    more_points: int = 2


@dataclass(frozen=True)
class Alarm:
    """One alarm, as ``terraform show -json`` or CloudWatch has it.

    Attributes:
        metric: the metric it stands on; empty where it stands on ``expressions``.
        expressions: metric math by id.
        metrics: the names of metrics by id.
        returned: the id whose series is compared.
        compares: the comparison with ``threshold`` that is a breach.
        periods: hours that are looked at.
        breaches: how many of them must be breaches.
        missing: ``breaching``, ``notBreaching``, ``ignore`` or ``missing``.
    """

    metric: str
    expressions: Mapping[str, str]
    metrics: Mapping[str, str]
    returned: str
    compares: str
    threshold: float
    periods: int
    breaches: int
    missing: str

    @classmethod
    def planned(cls, values: Mapping[str, Any]) -> "Alarm":
        """From the values of ``aws_cloudwatch_metric_alarm`` in a plan."""
        queries = values.get("metric_query") or []
        return cls(
            metric=values.get("metric_name") or "",
            expressions={query["id"]: query["expression"] for query in queries if query["expression"]},
            metrics={query["id"]: query["metric"][0]["metric_name"] for query in queries if query["metric"]},
            returned=next((query["id"] for query in queries if query["return_data"]), ""),
            compares=values["comparison_operator"],
            threshold=float(values["threshold"]),
            periods=int(values["evaluation_periods"]),
            breaches=int(values.get("datapoints_to_alarm") or values["evaluation_periods"]),
            missing=values["treat_missing_data"],
        )


def states(
    alarm: Alarm, sent: Mapping[str, Series], hours: Sequence[datetime], readings: Readings | None = None
) -> list[tuple[datetime, str]]:
    """The state at the end of each hour: ``OK``, ``ALARM`` or ``INSUFFICIENT_DATA``.

    Args:
        alarm: which.
        sent: points by the metric's name and the hour in which they were sent.
        hours: whole hours without a gap, in order; the hour that ends is named by its begin.
        readings: what the pages leave open.
    """
    reading = readings or Readings()
    looked_at = alarm.periods + reading.more_points
    state = "INSUFFICIENT_DATA"
    passed = []
    for hour in hours:
        span = [hour - HOUR * back for back in reversed(range(looked_at))]
        state = _state(alarm, _points(alarm, sent, span, reading), state)
        passed.append((hour, state))
    return passed


def alarmed(passed: Iterable[tuple[datetime, str]]) -> list[datetime]:
    """The hours at which the state became ALARM, which is when somebody is told."""
    former, told = "OK", []
    for hour, state in passed:
        if state == "ALARM" != former:
            told.append(hour)
        former = state
    return told


def hours_from(begin: datetime, days: int) -> list[datetime]:
    """Every hour of so many days."""
    assert begin.tzinfo is UTC
    return [begin + HOUR * number for number in range(24 * days)]


def _state(alarm: Alarm, points: list[float | None], former: str) -> str:
    real = [point for point in points if point is not None][-alarm.periods :]
    judged = [_COMPARISONS[alarm.compares](point, alarm.threshold) for point in real]
    lacking = alarm.periods - len(judged)
    if lacking:
        if not judged and alarm.missing in {"ignore", "missing"}:
            return former if alarm.missing == "ignore" else "INSUFFICIENT_DATA"
        judged += [alarm.missing == "breaching"] * lacking
    return "ALARM" if sum(judged) >= alarm.breaches else "OK"


def _points(alarm: Alarm, sent: Mapping[str, Series], span: Sequence[datetime], reading: Readings) -> list[float | None]:
    def seen(name: str) -> Series:
        return {hour: value for hour, value in sent.get(name, {}).items() if hour in span}

    if alarm.metric:
        series = seen(alarm.metric)
    else:
        value = _Mathematics(alarm, {id_: seen(name) for id_, name in alarm.metrics.items()}, span, reading).named(alarm.returned)
        assert isinstance(value, dict), "an alarm stands on one series"
        series = value
    return [series.get(hour) for hour in span]


class _Mathematics:
    """One evaluation of an alarm's expressions over a span."""

    def __init__(self, alarm: Alarm, metrics: Mapping[str, Series], span: Sequence[datetime], reading: Readings) -> None:
        self._alarm = alarm
        self._metrics = metrics
        self._span = span
        self._reading = reading
        self._functions: dict[str, Callable[..., Value]] = {
            "DAY": self._day,
            "FILL": self._fill,
            "HOUR": self._hour,
            "IF": self._if,
            "MAX": self._max,
            "TIME_SERIES": self._time_series,
        }

    def named(self, name: str) -> Value:
        if name in self._metrics:
            return self._metrics[name]
        return self._value(_parsed(self._alarm.expressions[name]))

    def _value(self, node: ast.expr) -> Value:
        result: Value
        match node:
            case ast.Constant(value=int() | float() as number):
                result = float(number)
            case ast.Name(id=name):
                result = self.named(name)
            case ast.List(elts=elements):
                result = [self._series(element) for element in elements]
            case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
                result = _combined(_OPERATORS[type(op)], self._value(left), self._value(right))
            case ast.BoolOp(op=op, values=values):
                result = reduce(partial(_combined, _LOGIC[type(op)]), map(self._value, values))
            case ast.Call(func=ast.Name(id=function), args=arguments) if function in self._functions:
                result = self._functions[function](*arguments)
            case _:
                raise UnknownExpression(ast.unparse(node))
        return result

    def _series(self, node: ast.expr) -> Series:
        value = self._value(node)
        assert isinstance(value, dict), f"{ast.unparse(node)} is no series"
        return value

    def _scalar(self, node: ast.expr) -> float:
        value = self._value(node)
        assert isinstance(value, float), f"{ast.unparse(node)} is no number"
        return value

    def _time_series(self, number: ast.expr) -> Series:
        return dict.fromkeys(self._span, self._scalar(number))

    def _fill(self, what: ast.expr, by: ast.expr) -> Series:
        series, filling = self._series(what), self._scalar(by)
        if not series and not self._reading.fills_nothing:
            return {}
        return {hour: series.get(hour, filling) for hour in self._span}

    def _hour(self, what: ast.expr) -> Series:
        return {hour: float(hour.hour) for hour in self._series(what)}

    def _day(self, what: ast.expr) -> Series:
        # Monday is 1 and Sunday 7.
        return {hour: float(hour.isoweekday()) for hour in self._series(what)}

    def _if(self, condition: ast.expr, then: ast.expr, otherwise: ast.expr) -> Series:
        chosen = {True: self._value(then), False: self._value(otherwise)}
        result: Series = {}
        for hour, holds in self._series(condition).items():
            value = chosen[bool(holds)]
            assert not isinstance(value, list)
            if isinstance(value, float):
                result[hour] = value
            elif hour in value:
                result[hour] = value[hour]
        return result

    def _max(self, what: ast.expr) -> Series:
        array = self._value(what)
        assert isinstance(array, list), "MAX of one series is a number, which no alarm of ours uses"
        has = any if self._reading.lays_over else all
        hours = [hour for hour in self._span if has(hour in series for series in array)]
        return {hour: max(series[hour] for series in array if hour in series) for hour in hours}


@cache
def _parsed(expression: str) -> ast.expr:
    return ast.parse(expression.replace("&&", " and ").replace("||", " or ").strip(), mode="eval").body


def _combined(combine: Callable[[float, float], float], left: Value, right: Value) -> Value:
    assert not isinstance(left, list)
    assert not isinstance(right, list)
    if isinstance(left, dict) and isinstance(right, dict):
        return {hour: float(combine(value, right[hour])) for hour, value in left.items() if hour in right}
    if isinstance(left, dict) and isinstance(right, float):
        return {hour: float(combine(value, right)) for hour, value in left.items()}
    if isinstance(left, float) and isinstance(right, dict):
        return {hour: float(combine(left, value)) for hour, value in right.items()}
    assert isinstance(left, float)
    assert isinstance(right, float)
    return float(combine(left, right))
