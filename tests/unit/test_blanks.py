from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from tasks.alpha_vantage.exact import dates
from tasks.datasets import DIVIDENDS
from tasks.quality.context import Context, Market
from tasks.quality.suite import load_suite
from tasks.quality.validation import validate
from tasks.quality.verdict import Verdict
from tasks.records import CapturedBody
from tasks.schema import is_blank, unless_blank
from tasks.sessions import session_days

SUITE = Path(__file__).parents[2] / "expectations" / "dividends.json"
SPELLINGS = ["null", '""', '"null"', '"None"', '"none"', '"NONE"', '"-"', '"N/A"', '"nan"', '"NaN"', '" "', '"0000-00-00"', '"n/a"', '"--"']


@pytest.mark.parametrize(
    "text",
    [
        *(
            None,
            "",
            " ",
            "None",
            "none",
            "null",
            "NULL",
            "-",
            "N/A",
            "nan",
            "0000-00-00",
            "NaT",
            "(none)",
            "None.",
            "<null>",
            "\\N",
            "N.A.",
        ),
        *("#N/A N/A", "<NA>", "---", "\u2012", "...", "??", "00", "0.0", "00000000", "0000/00/00", "0000-00-00T00:00:00Z", "0001-01-01"),
        *("\u200b", "\xa0", "&nbsp;", "&#160;", "No data", "not disclosed", "Unspecified", "TBD", "false", "''", "-None-", "[]", "{}"),
        *(
            "N / A",
            "N_A",
            "N-A",
            "NONE / NONE",
            "None None",
            "null null",
            "N/A, none",
            "not-available",
            "Not_Available",
            "No_Data",
            "NoData",
        ),
        *(
            "n.d.",
            "Not Found",
            "not declared",
            "Not Classified",
            "to be announced",
            "TBC",
            "pending",
            "\uff2e\uff21",
            "\uff10",
            "\u2014" * 300,
        ),
        *(
            "None announced",
            "no record date",
            "date not available",
            "not yet announced",
            "Not specified yet",
            "to be advised",
            "Invalid Date",
        ),
        *("No Information", "9999-12-31", "9999-12-31T23:59:59Z"),
        *("T.B.D.", "unk", "n.k.", "ND", "N/S", "NO DATA AVAILABLE", "not avail.", "currently unavailable", "not available at this time"),
        *("none yet", "missing value", "Unknown date", "No sector", "will be announced", "XX-XX-XXXX", "yyyy-mm-dd", "#REF!", "withheld"),
        *("1970-01-01", "1970-01-01T00:00:00Z", "1899-12-30", "1900-01-00", "to be decided", "empty string", "-inf", "n/a, unknown date"),
        *("\u2212", "\u2015", "\u2003", "\u3000", "\u202f", "\u00ad", "\u2060", "0001-01-01T00:00:00"),
    ],
)
def test_every_spelling_of_nothing_is_blank(text: str | None) -> None:
    assert is_blank(text)
    assert dates(pa.array([text], pa.string())).to_pylist() == [None]


@pytest.mark.parametrize(
    "text",
    [
        *("soon", "TECHNOLOGY", "2024-01-02", "Nano Labs", "N-able", "No. 8", "O", "T", "T-T", "None Such Inc", "2000-01-01", "10"),
        *(
            "0001-01-02",
            "Not Just Coffee",
            "Unknown Worlds",
            "No Data Centers Inc",
            "N & D Group",
            "No Frills Value Fund",
            "Information Services",
            "To Be Given Away Inc",
            "9999-12-30",
            "NAD",
            "C++",
            "\u03a9",
            "n/a " * 99 + "x",
            "missing value " * 2_000 + "x",
            "1970-01-02",
            "Unknown Date Night Films",
            "Value Line",
            "NSK",
        ),
    ],
)
def test_a_word_is_not_blank(text: str) -> None:
    assert not is_blank(text)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_dividend_without_side_dates_is_accepted(spelling: str) -> None:
    verdict = _judged(spelling, "1.67")
    assert verdict.accepted.column("payment_date").to_pylist() == [None]
    assert verdict.accepted.column("ex_dividend_date").to_pylist() == [date(2025, 2, 10)]
    assert verdict.warnings == ()


@pytest.mark.parametrize("spelling", ['"N / A"', '"not-available"', '"to be announced"', '"\\u2212"'])
def test_words_that_say_nothing_in_a_side_date_are_no_warning(spelling: str) -> None:
    verdict = _judged(spelling, "1.67")
    assert verdict.accepted.column("payment_date").to_pylist() == [None]
    assert verdict.warnings == ()


def test_a_sector_that_says_nothing_is_none_and_one_that_says_it_stays() -> None:
    assert [unless_blank(text) for text in ("NONE / NONE", "not_available", "TECHNOLOGY", "N-able")] == [None, None, "TECHNOLOGY", "N-able"]


def test_a_side_date_of_another_word_is_told_and_holds_nothing_back() -> None:
    verdict = _judged('"soon"', "1.67")
    assert verdict.accepted_rows == 1
    assert [warning.partition(":")[0] for warning in verdict.warnings] == [
        f"{name} date is no date" for name in ("declaration", "record", "payment")
    ]


def test_an_amount_whose_sum_could_not_be_stored_is_held_back() -> None:
    """Two of them on one day made the run fail, and all other symbols with it."""
    assert dict(_judged("null", "999999999999999").reason_counts) == {"amount does not fit DECIMAL(28,13)": 1}
    assert _judged("null", "1000000000000").accepted_rows == 1


def test_a_dividend_of_zero_is_held_back_and_harmless() -> None:
    verdict = _judged("null", "0.0")
    assert dict(verdict.reason_counts) == {"amount is zero": 1}
    assert verdict.harmless == 1


def test_a_dividend_of_zero_stays_harmless_with_another_fault() -> None:
    verdict = _judged("null", "0.0", ex_date="None")
    assert len(verdict.reason_counts) > 1
    assert verdict.harmless == verdict.quarantined.num_rows == 1


def _judged(spelling: str, amount: str, ex_date: str = "2025-02-10") -> Verdict:
    names = ("declaration_date", "record_date", "payment_date")
    side = ", ".join(f'"{name}": {spelling}' for name in names)
    body = f'{{"symbol": "IBM", "data": [{{"ex_dividend_date": "{ex_date}", {side}, "amount": "{amount}"}}]}}'.encode()
    rows = DIVIDENDS.parse([CapturedBody("IBM", "raw/ibm", datetime(2026, 11, 20, tzinfo=UTC), body)]).table
    context = Context(Market(session_days(), date(2026, 11, 20)), {"IBM"})
    return validate(rows, DIVIDENDS.checks, load_suite(SUITE, DIVIDENDS.checks), run_id="run-1", context=context)
