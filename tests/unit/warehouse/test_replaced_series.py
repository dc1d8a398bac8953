"""Which changes of a whole series are explained by events, and which have a factor in common."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tasks.warehouse.replaced_series import SharedClose, common_factor, is_explained

FIRST = date(2026, 1, 5)
SPLIT = Decimal(4)
NO_SPLIT, NO_DIVIDEND = Decimal(1), Decimal(0)


def closes(*factors: float) -> list[SharedClose]:
    """Ten closes around 100, each multiplied by its factor; the last factor goes for the rest."""
    padded = [*factors, *[factors[-1]] * (10 - len(factors))]
    held = [Decimal(100 + number) for number in range(10)]
    return [
        (FIRST + timedelta(days=number), close, Decimal(str(round(float(close) * factor, 4))))
        for number, (close, factor) in enumerate(zip(held, padded, strict=True))
    ]


def test_one_factor_is_found_in_spite_of_rounding() -> None:
    assert common_factor(closes(0.01)) == pytest.approx(0.01, rel=1e-3)


def test_another_company_has_no_common_factor() -> None:
    assert common_factor(closes(15.0, 14.0, 16.5, 15.2)) is None


def test_nothing_that_moved_has_no_factor() -> None:
    assert common_factor(closes(1.001)) is None


def test_a_change_without_events_is_not_explained() -> None:
    assert not is_explained(closes(0.25), [])


@pytest.mark.parametrize("factor", [0.25, 4.0])
def test_a_known_split_explains_its_factor_either_way(factor: float) -> None:
    assert is_explained(closes(factor), [(date(2026, 2, 1), NO_DIVIDEND, SPLIT)])


def test_a_split_in_between_explains_the_bars_before_it_alone() -> None:
    before_it = closes(*[0.25] * 6, 1.0)
    assert is_explained(before_it, [(FIRST + timedelta(days=6), NO_DIVIDEND, SPLIT)])
    assert not is_explained(closes(0.25), [(FIRST + timedelta(days=6), NO_DIVIDEND, SPLIT)])


def test_the_newest_of_two_splits_may_explain_alone() -> None:
    events = [(date(2026, 2, 1), NO_DIVIDEND, SPLIT), (date(2026, 1, 20), NO_DIVIDEND, Decimal(10))]
    assert is_explained(closes(0.25), events)
    assert is_explained(closes(0.025), events)
    assert not is_explained(closes(0.1), events)


def test_a_large_dividend_explains_the_adjustment_by_it() -> None:
    paid = (date(2026, 2, 1), Decimal("21.8"), NO_SPLIT)
    assert is_explained(closes(0.8), [paid])


def test_a_split_before_the_first_bar_explains_nothing() -> None:
    assert not is_explained(closes(0.25), [(FIRST, NO_DIVIDEND, SPLIT)])
