"""Hostile bytes: whatever a body is, reading it gives the rows of a slow reference, or one of the room's own errors."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Context, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.alpha_vantage.classify import recognise
from tasks.alpha_vantage.daily import read_daily
from tasks.alpha_vantage.daily_adjusted import read_daily_adjusted
from tasks.alpha_vantage.dividends import read_dividends
from tasks.alpha_vantage.errors import UnknownShape
from tasks.alpha_vantage.global_quote import read_quotes
from tasks.alpha_vantage.listing_status import read_listing_status
from tasks.alpha_vantage.overview import read_overviews
from tasks.alpha_vantage.parsing import Parsed
from tasks.alpha_vantage.refusals import Refusal
from tasks.alpha_vantage.splits import read_splits
from tasks.records import Call, CapturedBody

FIXTURES = Path(__file__).parents[1] / "fixtures"

NOON = datetime(2026, 5, 17, 12, tzinfo=UTC)
READERS: dict[str, Callable[[list[CapturedBody]], Parsed]] = {
    "TIME_SERIES_DAILY": read_daily,
    "TIME_SERIES_DAILY_ADJUSTED": read_daily_adjusted,
    "DIVIDENDS": read_dividends,
    "SPLITS": read_splits,
    "OVERVIEW": read_overviews,
    "GLOBAL_QUOTE": read_quotes,
    "LISTING_STATUS": read_listing_status,
}
SHAPES = [(function, file.read_bytes()) for function in READERS for file in sorted((FIXTURES / function.lower()).iterdir())]
VALUES = ("open", "high", "low", "close", "volume")

VALUE = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.integers().map(str),
    st.sampled_from(["", "None", "null", "-", "N/A", "NaN", "1e3", "+1", " 1", ".5", "1.", "-0", "00.10", "9" * 30, "0." + "1" * 30, "１"]),  # noqa: RUF001 - a digit that is no ASCII digit
    st.text(max_size=8),
)
ODD = st.one_of(VALUE, st.none(), st.booleans(), st.integers(), st.floats(), st.lists(st.integers(), max_size=2))
KEY = st.one_of(
    st.dates().map(str),
    st.dates().map(lambda day: f"{day} 14:55:00"),
    st.sampled_from(["2026-02-30", "2026-5-1", "", "Information", "５026-05-01"]),  # noqa: RUF001 - as above
    st.text(max_size=6),
)


def rows_by_hand(pairs: list[tuple[str, dict[str, Any]]]) -> list[tuple[Any, ...]]:
    """The slow reference: one row after the other, with Python's own types, and none of the code under test."""
    return [
        (
            key,
            *(text_by_hand(row.get(name)) for name in VALUES),
            session_by_hand(key),
            *(price_by_hand(row.get(name)) for name in VALUES[:4]),
            volume_by_hand(row.get("volume")),
        )
        for key, row in pairs
    ]


def text_by_hand(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def session_by_hand(key: str) -> date | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}:[0-9]{2})?", key):
        return None
    try:
        return date.fromisoformat(key[:10])
    except ValueError:
        return None


def price_by_hand(value: Any) -> Decimal | None:
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
        return None
    exact = Decimal(value)
    try:
        fitting = exact.quantize(Decimal("0.000001"), context=Context(prec=18))
    except InvalidOperation:
        return None
    return fitting if fitting == exact else None


def volume_by_hand(value: Any) -> int | None:
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]+", value):
        return None
    return int(value) if -(2**63) <= int(value) < 2**63 else None


def series(pairs: list[tuple[str, dict[str, Any]]]) -> bytes:
    """A daily body, written by hand so that a session may be there twice."""
    rows = ",".join(f"{json.dumps(key)}:{json.dumps(row)}" for key, row in pairs)
    return f'{{"Meta Data":{{"2. Symbol":"IBM"}},"Time Series (Daily)":{{{rows}}}}}'.encode()


ROW = st.fixed_dictionaries(dict.fromkeys(VALUES, VALUE))


@given(st.lists(st.tuples(KEY, ROW), min_size=1, max_size=6))
def test_every_row_of_a_readable_body_is_that_of_the_slow_reference(pairs: list[tuple[str, dict[str, Any]]]) -> None:
    table = read_daily([CapturedBody("IBM", "raw/a", NOON, series(pairs))]).table
    names = ["session_text", *(f"{name}_text" for name in VALUES), "session_date", *VALUES]
    assert [tuple(row[name] for name in names) for row in table.to_pylist()] == _as_utf8(rows_by_hand(pairs))


def _as_utf8(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Text that no UTF-8 holds is kept as its escape."""
    return [tuple(value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value for value in row) for row in rows]


@given(st.lists(st.tuples(KEY, st.dictionaries(st.sampled_from([*VALUES, "vwap", "9. open"]), ODD, max_size=7)), max_size=5))
def test_no_row_of_an_odd_body_is_lost(pairs: list[tuple[str, dict[str, Any]]]) -> None:
    try:
        table = read_daily([CapturedBody("IBM", "raw/a", NOON, series(pairs))]).table
    except UnknownShape:
        met = {re.sub(r"^\d+\. ", "", name) for _, row in pairs for name in row}
        repeats = any({"open", "9. open"} <= set(row) for _, row in pairs)
        assert not pairs or not set(VALUES) <= met or repeats
    else:
        assert table["session_text"].to_pylist() == [key.encode("utf-8", "backslashreplace").decode() for key, _ in pairs]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """A real shape with some bytes cut, doubled, replaced or put in."""
    function, body = draw(st.sampled_from(SHAPES))
    changed = bytearray(body)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(changed)))
        end = min(len(changed), start + draw(st.integers(0, 40)))
        changed[start:end] = draw(
            st.one_of(
                st.binary(max_size=8), st.just(bytes(changed[start:end]) * 2), st.sampled_from([b"", b"{", b"}", b'"', b",", b"null"])
            )
        )
    return function, bytes(changed)


def holds(function: str, body: bytes) -> None:
    """The two claims about any bytes at all: recognition gives a verdict, and what it lets pass is read or refused by name."""
    symbol = "" if function == "LISTING_STATUS" else "IBM"
    verdict = recognise(Call(function, symbol), 200, "application/json", body)
    assert verdict is None or isinstance(verdict, Refusal)
    try:
        table = READERS[function]([CapturedBody(symbol, "raw/a", NOON, body)]).table
    except UnknownShape:
        assert verdict is not None
        return
    table.validate(full=True)
    assert table.num_rows > 0 or function in {"DIVIDENDS", "SPLITS"} or verdict is not None


@given(mutated())
def test_a_mutated_shape_is_read_or_refused_and_never_another_exception(case: tuple[str, bytes]) -> None:
    holds(*case)


@given(
    st.sampled_from(list(READERS)),
    st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))),
)
def test_random_bytes_are_read_or_refused_and_never_another_exception(function: str, body: bytes) -> None:
    holds(function, body)


JSON_VALUE = st.recursive(
    ODD, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)), max_leaves=8
)


@given(
    st.sampled_from(list(READERS)),
    st.dictionaries(
        st.sampled_from(["Meta Data", "Time Series (Daily)", "symbol", "data", "Global Quote", "Symbol", "Sector", "Information"]),
        JSON_VALUE,
        max_size=4,
    ),
)
def test_any_json_under_the_right_names_is_read_or_refused(function: str, answer: dict[str, Any]) -> None:
    holds(function, json.dumps(answer).encode())


@pytest.mark.parametrize(("function", "body"), SHAPES)
def test_the_shapes_that_are_mutated_are_readable_themselves(function: str, body: bytes) -> None:
    symbol = "" if function == "LISTING_STATUS" else str(re.findall(rb'ymbol"\s*:\s*"([^"]+)"', body)[0], "ascii")
    READERS[function]([CapturedBody(symbol, "raw/a", NOON, body)])
