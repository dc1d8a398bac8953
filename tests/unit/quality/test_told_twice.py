"""What one answer says twice: the same value in another spelling is said once, and a blank agrees with what is known."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tasks.alpha_vantage.daily import read_daily
from tasks.alpha_vantage.dividends import read_dividends
from tasks.alpha_vantage.splits import read_splits
from tasks.datasets import DAILY_PRICES, DIVIDENDS, SPLITS, Dataset
from tasks.datasets.dividends import curate_dividends
from tasks.quality.context import Context, Market
from tasks.quality.suite import load_suite
from tasks.quality.validation import validate
from tasks.quality.verdict import Verdict
from tasks.records import CapturedBody
from tasks.sessions import session_days

EXPECTATIONS = Path(__file__).resolve().parents[3] / "expectations"
SEEN = datetime(2026, 5, 17, 12, tzinfo=UTC)

DATES = {"declaration_date": "2026-04-20", "record_date": "2026-05-08", "payment_date": "2026-06-10"}
PAID = {"ex_dividend_date": "2026-05-08", **DATES, "amount": "0.40"}
KNOWN = tuple(date.fromisoformat(text) for text in DATES.values())


def judged(dataset: Dataset, rows: pa.Table) -> Verdict:
    suite = load_suite(EXPECTATIONS / f"{dataset.checks.name}.json", dataset.checks)
    context = Context(Market(session_days(), date(2026, 5, 15)), ["IBM"], limit=1.0)
    return validate(rows, dataset.checks, suite, run_id="run-1", context=context)


def body(text: str) -> list[CapturedBody]:
    return [CapturedBody("IBM", "raw/x", SEEN, text.encode())]


def dividends(*rows: dict[str, Any]) -> Verdict:
    return judged(DIVIDENDS, read_dividends(body(json.dumps({"symbol": "IBM", "data": rows}))).table)


@pytest.mark.parametrize(
    "again",
    [
        {"amount": "0.4"},
        {"payment_date": "None"},
        {"payment_date": "", "record_date": None, "declaration_date": "N/A", "amount": "0.4000"},
    ],
)
def test_a_dividend_told_again_with_fewer_dates_is_one_dividend(again: dict[str, Any]) -> None:
    for rows in ([PAID, PAID | again], [PAID | again, PAID]):
        verdict = dividends(*rows)
        (row,) = curate_dividends(verdict.accepted).to_pylist()
        assert verdict.quarantined.num_rows == 0
        assert (row["amount"], *(row[name] for name in DATES)) == (Decimal("0.4"), *KNOWN)


def test_dates_that_two_tellings_of_a_dividend_know_are_put_together() -> None:
    verdict = dividends(PAID | {"payment_date": "None"}, PAID | {"declaration_date": "None"}, PAID | {"amount": "0.08"})
    (row,) = curate_dividends(verdict.accepted).to_pylist()
    assert (row["amount"], *(row[name] for name in DATES)) == (Decimal("0.48"), *KNOWN)


def test_blanks_in_another_spelling_are_the_same_row() -> None:
    assert dividends(PAID | {"payment_date": "None"}, PAID | {"payment_date": "-"}).duplicates == 1


def test_two_known_dates_of_one_dividend_contradict_one_another() -> None:
    verdict = dividends(PAID, PAID | {"payment_date": "2026-06-11"}, PAID | {"payment_date": "None"})
    assert verdict.reason_counts == {"dividend told twice, differently": 3}


def test_dividends_without_a_date_contradict_nothing() -> None:
    verdict = dividends(PAID | {"ex_dividend_date": "soon"}, PAID | {"ex_dividend_date": "soon", "payment_date": "2026-06-11"})
    assert verdict.reason_counts == {"ex dividend date is no date": 2}


@pytest.mark.parametrize(("factors", "expected"), [(("1.0460", "1.046"), (1, 0)), (("4", "4.0"), (1, 0)), (("4", "5"), (0, 2))])
def test_a_split_told_twice_is_one_where_its_factor_is_equal(factors: tuple[str, str], expected: tuple[int, int]) -> None:
    events = [{"effective_date": "2021-11-04", "split_factor": factor} for factor in factors]
    verdict = judged(SPLITS, read_splits(body(json.dumps({"symbol": "IBM", "data": events}))).table)
    assert (verdict.duplicates, verdict.quarantined.num_rows) == expected


@pytest.mark.parametrize(("close", "expected"), [("1.5000", (1, 0)), ("1.50001", (0, 2))])
def test_a_bar_told_twice_is_one_where_its_values_are_equal(close: str, expected: tuple[int, int]) -> None:
    bars = [
        f'"2026-05-15": {{"1. open": "1.0", "2. high": "2.0", "3. low": "0.5", "4. close": "{text}", "5. volume": "7"}}'
        for text in ("1.5", close)
    ]
    told = f'{{"Meta Data": {{"2. Symbol": "IBM"}}, "Time Series (Daily)": {{{", ".join(bars)}}}}}'
    verdict = judged(DAILY_PRICES, read_daily(body(told)).table)
    assert (verdict.duplicates, verdict.quarantined.num_rows) == expected
