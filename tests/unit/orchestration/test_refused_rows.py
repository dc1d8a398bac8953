"""Which symbols a load is refused for, found by trying parts of it."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.orchestration.refused_rows import find_refused, may_be_of_rows
from tasks.warehouse.errors import CheckViolated, CopyFailed, LoadFailed, StageCountMismatch

SYMBOLS = [f"S{number:04}" for number in range(5000)]


@given(st.sets(st.integers(0, 4999), min_size=1, max_size=10))
def test_every_symbol_that_is_refused_is_found_and_no_other(bad: set[int]) -> None:
    refused = {SYMBOLS[number] for number in bad}
    assert find_refused(SYMBOLS, lambda part: " ".join(sorted(refused.intersection(part)))) == {symbol: symbol for symbol in refused}


def test_one_of_five_thousand_costs_few_trials() -> None:
    tried: list[int] = []

    def refusal(part: Sequence[str]) -> str:
        tried.append(len(part))
        return "too long" if "S4321" in part else ""

    assert find_refused(SYMBOLS, refusal) == {"S4321": "too long"}
    assert len(tried) <= 30


def test_many_refused_symbols_are_no_matter_of_symbols() -> None:
    assert find_refused(SYMBOLS, lambda part: "no right" if part else "") == {}


def test_what_is_refused_only_together_blames_nobody() -> None:
    assert find_refused(["A", "B"], lambda part: "together" if len(part) == 2 else "") == {}


@pytest.mark.parametrize(
    ("failure", "is_of_rows"),
    [
        (CopyFailed("x"), True),
        (LoadFailed("x", evidence={"code": "22003"}), True),
        (LoadFailed("x", evidence={"code": "XX000"}), True),
        (LoadFailed("x", evidence={"code": "42501"}), False),
        (LoadFailed("x", evidence={"code": "40001"}), False),
        (LoadFailed("x", evidence={"code": ""}), False),
        (StageCountMismatch("x"), False),
        (CheckViolated("x"), False),
    ],
)
def test_only_a_failure_of_data_is_looked_into(failure: LoadFailed, is_of_rows: bool) -> None:  # noqa: FBT001 - a parameter
    assert may_be_of_rows(failure) is is_of_rows
