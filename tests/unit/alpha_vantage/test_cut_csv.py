"""A CSV whose last line is not whole is called cut off, and no other one is."""

from dataclasses import replace

import pytest

from tasks.alpha_vantage.classify import recognise
from tests.unit.alpha_vantage.recognised import DAILY_CSV, LISTING, name_and_scope


@pytest.mark.parametrize("cut", ["I", "IBM,International", "IBM,International Business Machines Corp,NYSE,Stock,1962-01-02"])
@pytest.mark.parametrize("rows", [0, 1, 3])
def test_a_csv_that_breaks_off_in_its_last_line_is_truncated(cut: str, rows: int) -> None:
    listed = "symbol,name,exchange,assetType,ipoDate,delistingDate,status\r\n" + "A,Agilent,NYSE,Stock,1999-11-18,null,Active\r\n" * rows
    refusal = recognise(LISTING, 200, "", f"{listed}{cut}".encode())
    assert refusal is not None
    assert (type(refusal).__name__, refusal.detail.partition(":")[0]) == ("Truncated", "The CSV breaks off in its last row")
    daily_csv = "timestamp,open,high,low,close,volume\r\n" + "2026-11-19,1,2,0.5,1.5,7\r\n" * rows
    assert name_and_scope(f"{daily_csv}2026-11-18,1,2", call=DAILY_CSV) == ("Truncated", "transport")


def test_an_uneven_csv_that_does_not_break_off_has_the_wrong_shape() -> None:
    header = "timestamp,open,high,low,close,volume\r\n"
    for rows in ("2026-11-19,1,2,0.5,1.5,7,8", "2026-11-19,1\r\n2026-11-18,1,2", "2026-11-19,1\r\n2026-11-18,1,2,0.5,1.5,7"):
        assert name_and_scope(f"{header}{rows}", call=DAILY_CSV) == ("WrongShape", "symbol")


LISTED = "symbol,name,exchange,assetType,ipoDate,delistingDate,status"


@pytest.mark.parametrize("cut", ["s", "symbol,na", "symbol,name", LISTED[:-1]])
def test_a_csv_that_breaks_off_in_its_header_is_truncated(cut: str) -> None:
    assert name_and_scope(cut, call=LISTING) == ("Truncated", "transport")
    assert name_and_scope("timestamp,open,hi", call=DAILY_CSV) == ("Truncated", "transport")


@pytest.mark.parametrize(
    ("function", "cut"),
    [
        ("TIME_SERIES_DAILY_ADJUSTED", "timestamp,open,high,low,close,adjusted_cl"),
        ("TIME_SERIES_WEEKLY", "timestamp,open"),
        ("DIVIDENDS", "ex_dividend_date,decl"),
        ("SPLITS", "effective_date"),
        ("GLOBAL_QUOTE", "symbol,open,high,low,price"),
    ],
)
def test_the_header_that_breaks_off_is_that_of_the_endpoint(function: str, cut: str) -> None:
    call = replace(DAILY_CSV, function=function)
    assert name_and_scope(cut, call=call) == ("Truncated", "transport")
    assert name_and_scope(f"{cut}\r\n", call=call) == ("EmptyAnswer", "symbol")
    assert name_and_scope(LISTED[:9], call=call)[0] == "EmptyAnswer"


@pytest.mark.parametrize("whole", [LISTED, f"{LISTED}\r\n", "symbol,na\r\n", "symbol,title"])
def test_a_header_that_does_not_break_off_is_an_answer_without_rows(whole: str) -> None:
    assert name_and_scope(whole, call=LISTING) == ("EmptyAnswer", "symbol")


def test_a_csv_that_breaks_off_in_quotes_is_truncated() -> None:
    row = 'A,"Agilent, Inc",NYSE,Stock,1999-11-18,null,Active\r\n'
    assert name_and_scope(f'{LISTED}\r\n{row}B,"Barnes, Gr', call=LISTING) == ("Truncated", "transport")
    assert name_and_scope(f'{LISTED}\r\n{row}B,"Barnes{row}', call=LISTING) == ("WrongShape", "symbol")
