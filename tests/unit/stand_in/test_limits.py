from collections.abc import Iterable

import pytest

from infra.local.alpha_vantage.limits import PLANS, Limiter


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def outcomes(plan: str, moments: Iterable[float]) -> list[str | None]:
    clock = Clock()
    limiter = Limiter(PLANS[plan], clock)
    given: list[str | None] = []
    for moment in moments:
        clock.now = moment
        given.append(limiter.full_window())
    return given


def test_a_free_key_may_ask_once_a_second() -> None:
    assert outcomes("free", [0.0, 0.5, 0.999, 1.0, 1.5]) == [None, "second", "second", None, "second"]


def test_the_window_slides_and_has_no_edges_to_exploit() -> None:
    # Five at the end of one clock second and five at the start of the next are ten within a second.
    assert outcomes("premium_75", [0.99] * 5 + [1.01] * 5) == [None] * 5 + ["second"] * 5


def test_a_premium_key_meets_its_minute_before_a_second_time_round() -> None:
    spaced = [0.25 * number for number in range(76)]
    assert outcomes("premium_75", spaced) == [None] * 75 + ["minute"]
    assert outcomes("premium_75", [*spaced[:75], 59.99, 60.0]) == [None] * 75 + ["minute", None]


def test_a_free_key_meets_its_day() -> None:
    moments = [2.0 * number for number in range(26)]
    assert outcomes("free", moments) == [None] * 25 + ["day"]
    assert outcomes("free", [*moments[:25], 86_399.0, 86_400.0]) == [None] * 25 + ["day", None]


def test_a_call_refused_for_the_second_costs_one_of_the_day() -> None:
    assert outcomes("free", [0.0, *[0.5] * 24, 2.0]) == [None, *["second"] * 24, "day"]


def test_refused_calls_do_not_lengthen_the_wait() -> None:
    assert outcomes("premium_75", [0.0] * 5 + [0.5] * 50 + [1.0]) == [None] * 5 + ["second"] * 50 + [None]


@pytest.mark.parametrize(("plan", "a_second", "a_minute"), [("premium_150", 10, 150), ("premium_300", 10, 300), ("premium_1200", 30, 1200)])
def test_every_plan_has_the_limits_its_notices_state(plan: str, a_second: int, a_minute: int) -> None:
    assert outcomes(plan, [0.0] * (a_second + 1)) == [None] * a_second + ["second"]
    moments = [number * 1.01 / a_second for number in range(a_minute + 1)]
    assert moments[-1] < 60
    assert outcomes(plan, moments) == [None] * a_minute + ["minute"]
