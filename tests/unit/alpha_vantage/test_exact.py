import re
from datetime import date
from decimal import Decimal, localcontext
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.alpha_vantage.exact import decimals, integers, sessions

PRICE = pa.decimal64(18, 6)
ADJUSTED = pa.decimal128(28, 13)


def typed(texts: list[str | None], to: Any = PRICE) -> list[Any]:
    return decimals(pa.array(texts, pa.string()), to).to_pylist()


@pytest.mark.parametrize(
    "text", ["1e3", "1E3", " 1", "1 ", "+1", ".5", "1.", "1,000", "nan", "inf", "-", "", "0x1", "1_000", "\u0661", "1\n", "--1"]
)
def test_only_plain_decimal_notation_counts(text: str) -> None:
    assert typed([text, "1.5"]) == [None, Decimal("1.500000")]
    assert integers(pa.array([text, "15"], pa.string())).to_pylist() == [None, 15]


def test_a_value_that_does_not_fit_becomes_null_and_is_never_rounded() -> None:
    """A value that does not fit to the last digit becomes null and is never rounded."""
    assert typed(["0.1234567", "999999999999.999999", "1000000000000", "-999999999999.999999", None]) == [
        None,
        Decimal("999999999999.999999"),
        None,
        Decimal("-999999999999.999999"),
        None,
    ]


def test_zeros_at_either_end_do_not_make_a_value_too_long() -> None:
    assert typed(["0000000000000000001.5", "1.50000000000", "-0.0", "-00", "1.5"]) == [
        Decimal("1.500000"),
        Decimal("1.500000"),
        Decimal("0.000000"),
        Decimal("0.000000"),
        Decimal("1.500000"),
    ]


def test_adjusted_closes_keep_thirteen_decimals() -> None:
    assert typed(["110.6016965101591", "110.60169651015911"], ADJUSTED) == [Decimal("110.6016965101591"), None]


def test_volumes_are_plain_integers_of_64_bits() -> None:
    texts = ["9223372036854775807", "9223372036854775808", "-9223372036854775808", "00000000000000000000007", "9" * 5000]
    assert integers(pa.array(texts, pa.string())).to_pylist() == [2**63 - 1, None, -(2**63), 7, None]


def test_a_fraction_of_nothing_but_zeros_leaves_a_whole_number() -> None:
    texts = ["700.0", "-700.00", "0.0", "9223372036854775807.0", "9223372036854775808.0", "700.5", "700.", ".0", "7.0.0", "7.0e1"]
    expected = [700, -700, 0, 2**63 - 1, None, None, None, None, None, None]
    assert integers(pa.array(texts, pa.string())).to_pylist() == expected


def test_a_session_is_a_date_with_or_without_a_time_of_day() -> None:
    texts = [
        "2017-08-30",
        "2017-08-30 14:55:00",
        "2017-08-30 14:55",
        "20170830",
        "2017-W35-3",
        "2017-02-30",
        "0000-01-01",
        " 2017-08-30",
        None,
    ]
    assert sessions(pa.array(texts, pa.string())).to_pylist() == [date(2017, 8, 30)] * 3 + [None] * 6


def slow_reference(text: str, precision: int, scale: int) -> Decimal | None:
    """The rule written once more, value by value and by arithmetic instead of by digits."""
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        return None
    with localcontext(prec=200):
        value = Decimal(text)
        scaled = value.scaleb(scale)
        fits = scaled == scaled.to_integral_value() and abs(scaled) < 10**precision
    return value if fits else None


TEXTS = st.one_of(
    st.from_regex(r"-?0{0,3}[0-9]{0,16}(\.[0-9]{0,15}0{0,3})?", fullmatch=True),
    st.from_regex(r"-?[0-9]{1,5}\.[0-9]{1,7}", fullmatch=True),
    st.text(alphabet="0123456789.-+eE ", max_size=8),
    st.text(max_size=4),
)


@given(st.lists(TEXTS, max_size=12), st.sampled_from([(PRICE, 18, 6), (ADJUSTED, 28, 13)]))
def test_columns_equal_the_slow_reference(texts: list[str], kind: tuple[Any, int, int]) -> None:
    to, precision, scale = kind
    assert typed(list(texts), to) == [slow_reference(text, precision, scale) for text in texts]


@given(st.lists(st.one_of(TEXTS, st.integers(-(2**70), 2**70).map(str)), max_size=12))
def test_integers_equal_the_slow_reference(texts: list[str]) -> None:
    def reference(text: str) -> int | None:
        value = slow_reference(text, 200, 0)
        return int(value) if value is not None and -(2**63) <= value < 2**63 else None

    assert integers(pa.array(texts, pa.string())).to_pylist() == [reference(text) for text in texts]
