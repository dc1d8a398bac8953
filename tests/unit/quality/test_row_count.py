import json

import pytest

from tasks.quality.row_count import count_series_rows


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
