import json
from datetime import UTC, datetime

import pytest

from tasks.alpha_vantage.csv_text import read_csv
from tasks.alpha_vantage.daily import read_daily
from tasks.quality.row_count import count_csv_rows, count_listed_rows, count_series_rows
from tasks.records import CapturedBody


def body(rows: int, **meta: str) -> bytes:
    series = {f"2024-01-{day + 1:02}": {"1. open": "1.0", "5. volume": "7"} for day in range(rows)}
    return json.dumps({"Meta Data": {"2. Symbol": "MSFT", **meta}, "Time Series (Daily)": series}, indent=4).encode()


@pytest.mark.parametrize("rows", [0, 1, 28])
def test_every_row_of_a_series_is_counted(rows: int) -> None:
    assert count_series_rows(body(rows)) == rows


def test_a_brace_in_a_string_is_no_row() -> None:
    assert count_series_rows(body(3, **{"1. Information": 'Daily {"Prices"} \\" {x}'})) == 3


def test_a_session_that_is_told_twice_counts_twice() -> None:
    twice = b'{"Meta Data": {}, "Time Series (Daily)": {"2024-01-02": {"1. open": "1"}, "2024-01-02": {"1. open": "2"}}}'
    assert count_series_rows(twice) == 2


def test_a_row_without_values_and_one_with_a_strange_key_count() -> None:
    assert count_series_rows(b'{"Meta Data": {}, "Time Series (Daily)": {"yesterday": {}, "2024-01-02 16:00": { "1. open": "1" }}}') == 2


def test_lines_of_csv_are_counted_without_the_header() -> None:
    assert count_series_rows(b"timestamp,open\r\n2024-01-02,1\r\n2024-01-03,2\r\n\r\n") == 2
    assert count_series_rows(b"timestamp,open\n") == 0


ROW = '"2024-01-02": {"1. open": "1"}'
META = '"Meta Data": {"2. Symbol": "A"}'
SERIES = '"Time Series (Daily)"'


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff{{{META}, {SERIES}: {{{ROW}}}}}",
        f'{{{META}, {SERIES}: {{{ROW}}}, "more": {{}}}}',
        f'{{{META}, {SERIES}: {{{ROW}}}, "more": {{"x": {{"y": "z"}}}}}}',
        f'{{{META}, "more": {{"a": "b"}}, {SERIES}: {{{ROW}}}}}',
        f"{{{SERIES}: {{{ROW}}}, {META}}}",
        f'{{"Meta Data": {{"2. Symbol": "A", "more": {{"x": [{{}}, {{}}]}}}}, {SERIES}: {{{ROW}}}}}',
        f'{{{META}, {SERIES}: {{"2024-01-02": {{"1. open": "1", "more": {{"x": {{}}}}}}}}}}',
        f'{{{META}, "Time Series \\u0028Daily)": {{{ROW}}}}}',
        f'{{{META}, {SERIES}: {{"2024-01-02": {{"1. open": 1}}}}}}',
        f'{{{META}, {SERIES}: {{{ROW}}}, "Weekly Time Series": {{{ROW}, "2024-01-03": {{}}}}}}',
        f'{{{META}, "Time Series Info": {{"a": "b", "c": "d"}}, "1. time_series_(daily)": {{{ROW}}}}}',
        f'{{{META}, {SERIES}: {{"2024-01-02": {{"1. open": "1", "more": "}}{{"}}}}}}',
        f'{{{META}, {SERIES}: {{"2024-01-02": {{"1. open": "1", "more": ": {{}}"}}}}}}',
        f'{{{META}, {SERIES}: {{"2024-01-02": {{"1. open": "1", "more": ["\\": {{", ": {{}}"]}}}}}}',
    ],
)
def test_odd_bodies_have_the_rows_that_the_parser_reads(text: str) -> None:
    parsed = read_daily([CapturedBody("A", "raw/a", datetime(2024, 1, 3, tzinfo=UTC), _complete(text))])
    assert count_series_rows(text.encode()) == parsed.table.num_rows == 1


def _complete(text: str) -> bytes:
    values = '"2. high": "1", "3. low": "1", "4. close": "1", "5. volume": "1"'
    return text.replace('"1. open": "1"', f'"1. open": "1", {values}').replace('"1. open": 1', f'"1. open": 1, {values}').encode()


def test_entries_of_a_list_are_counted_with_nested_ones_left_out() -> None:
    assert count_listed_rows(b'\xef\xbb\xbf{"symbol": "A", "data": [{"a": {"b": [{}]}}, {"a": "{"}], "more": [{}]}') == 2
    assert count_listed_rows(b'{"symbol": "A", "data": []}') == 0


def test_lines_of_csv_are_counted_with_breaks_in_quotes_left_out() -> None:
    assert count_csv_rows(b'\xef\xbb\xbfsymbol,name\r\nA,"two\nlines, ""quoted"""\r\nB,5" pipe\r\nC,x\r\n') == 3


@pytest.mark.parametrize("blank", [" ", "  \t", "\xa0", "\u2028", "\x1c", '" "', '"\xa0\n"'])
def test_a_line_of_blanks_is_no_row_of_csv(blank: str) -> None:
    body = f"symbol,name\r\nA,x\r\n \r\n\r\nB,y\r\n{blank}\r\n".encode()
    assert read_csv(body).rows == [["A", "x"], ["B", "y"]]
    assert count_csv_rows(body) == 2
