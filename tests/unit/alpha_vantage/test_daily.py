import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.alpha_vantage.daily import SHAPE, read_daily
from tasks.alpha_vantage.errors import AnotherSymbol, NoRows, UnknownShape
from tasks.records import CapturedBody
from tasks.schema import PARSED_DAILY_PRICES

PRICES = Path(__file__).resolve().parents[3] / ".." / "shared" / "recorded" / "prices"
needs_recorded = pytest.mark.skipif(not PRICES.exists(), reason="recorded answers are not beside this checkout")

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROW = {"1. open": "1.5000", "2. high": "2.0000", "3. low": "0.5000", "4. close": "1.7500", "5. volume": "700"}


def body(text: str | bytes, symbol: str = "IBM", key: str = "raw/a", observed_at: datetime = NOON) -> CapturedBody:
    return CapturedBody(symbol, key, observed_at, text.encode() if isinstance(text, str) else text)


def daily(rows: str | dict[str, Any], symbol: str = "IBM") -> str:
    series = rows if isinstance(rows, str) else json.dumps(rows)
    return f'{{"Meta Data": {{"1. Information": "Daily", "2. Symbol": "{symbol}"}}, "Time Series (Daily)": {series}}}'


def parsed(rows: str | dict[str, Any]) -> list[dict[str, Any]]:
    table = read_daily([body(daily(rows))]).table
    assert table.schema.equals(PARSED_DAILY_PRICES)
    return table.to_pylist()


def test_a_bar_is_raw_strings_beside_typed_columns() -> None:
    assert parsed({"2026-11-19": ROW}) == [
        {
            "symbol": "IBM",
            "session_text": "2026-11-19",
            "open_text": "1.5000",
            "high_text": "2.0000",
            "low_text": "0.5000",
            "close_text": "1.7500",
            "volume_text": "700",
            "session_date": date(2026, 11, 19),
            "open": Decimal("1.500000"),
            "high": Decimal("2.000000"),
            "low": Decimal("0.500000"),
            "close": Decimal("1.750000"),
            "volume": 700,
            "observed_at": NOON,
            "capture_key": "raw/a",
        },
    ]


def test_columns_are_matched_by_name_whatever_their_number_and_order() -> None:
    row = {"9. volume": "7", "close": "4", "1. high": "2", "3. open": "1", "2. low": "3"}
    (bar,) = parsed({"2026-11-19": row})
    assert (bar["open_text"], bar["high_text"], bar["low_text"], bar["close_text"], bar["volume_text"]) == ("1", "2", "3", "4", "7")


def test_a_day_that_a_body_repeats_is_kept_as_often_as_it_came() -> None:
    other = {**ROW, "4. close": "9.0000"}
    bars = parsed(f'{{"2026-11-19": {json.dumps(ROW)}, "2026-11-18": {json.dumps(ROW)}, "2026-11-19": {json.dumps(other)}}}')
    assert [(bar["session_text"], bar["close_text"]) for bar in bars] == [
        ("2026-11-19", "1.7500"),
        ("2026-11-18", "1.7500"),
        ("2026-11-19", "9.0000"),
    ]


def test_a_value_that_is_no_string_keeps_its_json_text() -> None:
    (bar,) = parsed(
        '{"2026-11-19": {"1. open": 218.20, "2. high": null, "3. low": [1, "a"], "4. close": {"x": 1.50, "x": "y"}, "5. volume": true}}'
    )
    assert (bar["open_text"], bar["open"]) == ("218.20", Decimal("218.200000"))
    assert (bar["high_text"], bar["high"]) == ("null", None)
    assert (bar["low_text"], bar["low"]) == ('[1, "a"]', None)
    assert (bar["close_text"], bar["close"]) == ('{"x": 1.50, "x": "y"}', None)
    assert (bar["volume_text"], bar["volume"]) == ("true", None)


def test_a_row_that_lacks_a_column_has_null_there_and_others_keep_theirs() -> None:
    """A row that lacks a column has null there and the others keep theirs."""
    short = {key: value for key, value in ROW.items() if key != "4. close"}
    assert [bar["close_text"] for bar in parsed({"2026-11-19": short, "2026-11-18": ROW})] == [None, "1.7500"]


@pytest.mark.parametrize("name", ["open", "high", "low", "close", "volume"])
def test_a_column_that_vanished_from_every_row_fails_by_its_name(name: str) -> None:
    short = {key: value for key, value in ROW.items() if not key.endswith(name)}
    with pytest.raises(UnknownShape, match=f"the column '{name}' vanished"):
        parsed({"2026-11-19": short, "2026-11-18": short})


def test_a_new_column_is_loaded_past_and_named() -> None:
    parsed_rows = read_daily([body(daily({"2026-11-19": ROW, "2026-11-18": {**ROW, "6. trades": "12"}}))])
    assert parsed_rows.table.num_rows == 2
    assert parsed_rows.drift == {"IBM": ("trades",)}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (daily({"2026-11-19": ROW}, symbol="MSFT"), AnotherSymbol),
        (daily({}), NoRows),
        (daily({"2026-11-19": "1.5"}), UnknownShape),
        (daily("[]"), UnknownShape),
        (f'{{"Time Series (Daily)": {json.dumps({"2026-11-19": ROW})}}}', UnknownShape),
        ('{"Meta Data": {"2. Symbol": "IBM"}}', UnknownShape),
        (daily('{"2026-11-19": {"1. open": "1", "2. open": "2", "high": "1", "low": "1", "close": "1", "volume": "1"}}'), UnknownShape),
        (daily({"2026-11-19": ROW})[:-1] + ', "Time Series (Daily)": {}}', UnknownShape),
        ("timestamp,open\n2026-11-19,1\n", UnknownShape),
        ("", UnknownShape),
        ("[" * 100_000, UnknownShape),
        (b'{"a": "\xff"}', UnknownShape),
    ],
)
def test_a_body_that_is_not_what_it_must_be_is_an_error_and_never_a_guess(text: str | bytes, error: type[UnknownShape]) -> None:
    with pytest.raises(UnknownShape) as caught:
        read_daily([body(text)])
    assert type(caught.value).__mro__[:-3].count(error) == 1


def test_the_symbol_of_a_bar_is_the_asked_one_in_its_own_spelling() -> None:
    assert read_daily([body(daily({"2026-11-19": ROW}, symbol="ibm"))]).table["symbol"].to_pylist() == ["IBM"]


def test_text_that_no_utf8_holds_is_kept_as_its_escape() -> None:
    (bar,) = parsed(daily_row_with('"\\ud800"'))
    assert bar["open_text"] == "\\ud800"


def daily_row_with(open_json: str) -> str:
    return f'{{"2026-11-19": {{"open": {open_json}, "high": "1", "low": "1", "close": "1", "volume": "1"}}}}'


def test_bodies_follow_one_another_with_their_own_capture_and_moment() -> None:
    later = NOON + timedelta(days=1)
    table = read_daily([body(daily({"2026-11-19": ROW})), body(daily({"2026-11-20": ROW}, "BRK-B"), "BRK-B", "raw/b", later)]).table
    assert [(bar["symbol"], bar["capture_key"], bar["observed_at"]) for bar in table.to_pylist()] == [
        ("IBM", "raw/a", NOON),
        ("BRK-B", "raw/b", later),
    ]


def test_no_body_gives_an_empty_table() -> None:
    table = read_daily([]).table
    assert table.num_rows == 0
    assert table.schema.equals(PARSED_DAILY_PRICES)


@needs_recorded
def test_the_recorded_full_history_is_parsed_to_the_last_digit() -> None:
    recorded = (PRICES / "time_series_daily-msft-2019-11-30.json").read_bytes()
    bars = read_daily([body(recorded, "MSFT", observed_at=datetime(2019, 11, 30, 12, tzinfo=UTC))]).table.to_pylist()
    series = json.loads(recorded)["Time Series (Daily)"]
    assert len(bars) == len(series) == 5034
    for bar, (session, row) in zip(bars, series.items(), strict=True):
        assert bar["session_text"] == session == bar["session_date"].isoformat()
        for number, name in enumerate(("open", "high", "low", "close", "volume"), start=1):
            text = row[f"{number}. {name}"]
            assert bar[f"{name}_text"] == text
            assert Decimal(bar[name]) == Decimal(text)


VALUES = st.one_of(
    st.from_regex(r"-?[0-9]{1,14}(\.[0-9]{1,8})?", fullmatch=True),
    st.text(max_size=6),
    st.none(),
    st.integers(),
    st.floats(),
    st.lists(st.integers(), max_size=2),
)
ROWS = st.dictionaries(st.sampled_from([*ROW, "volume", "6. other", "4. Close"]), VALUES, max_size=7)
SERIES = st.lists(st.tuples(st.one_of(st.dates().map(str), st.text(max_size=4)), ROWS), max_size=6)


@given(SERIES)
def test_whatever_the_rows_hold_they_are_all_there_or_the_body_is_refused(series: list[tuple[str, dict[str, Any]]]) -> None:
    text = daily("{" + ", ".join(f"{json.dumps(session)}: {json.dumps(row)}" for session, row in series) + "}")
    try:
        table = read_daily([body(text)]).table
    except UnknownShape:
        names = [SHAPE.row_keys.index(key.split(". ")[-1].lower()) for _, row in series for key in row if "other" not in key]
        every_row_is_plain = all(len({key.split(". ")[-1].lower() for key in row}) == len(row) for _, row in series)
        assert set(names) != set(range(5)) or not every_row_is_plain
    else:
        assert table.num_rows == len(series)
        assert table["session_text"].to_pylist() == [json.loads(json.dumps(session)) for session, _ in series]


@given(st.binary(max_size=60), st.integers(0, 200), st.integers(0, 20))
def test_mutated_bytes_give_rows_or_our_own_error(noise: bytes, position: int, cut: int) -> None:
    whole = daily({"2026-11-19": ROW}).encode()
    try:
        table = read_daily([body(whole[:position] + noise + whole[position + cut :])]).table
    except UnknownShape:
        return
    assert isinstance(table, pa.Table)
    assert table.num_rows >= 1
