from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tasks.datasets.daily_prices import CHECKS as DAILY_PRICES
from tasks.quality.gate import decide
from tasks.quality.verdict import Verdict
from tasks.schema import PARSED_DAILY_PRICES
from tasks.wording import percent


def verdict(accepted: int, quarantined: int, **changes: Any) -> Verdict:
    rows = changes.get("rows", accepted + quarantined)
    fields: dict[str, Any] = {
        "run_id": "run-1",
        "suite": "daily_prices",
        "rows": rows,
        "duplicates": 0,
        "deferred": 0,
        "table": _rows(PARSED_DAILY_PRICES, rows),
        "passes": np.arange(rows) < accepted,
        "quarantined": _rows(DAILY_PRICES.quarantined, quarantined),
        "hard_failures": (),
        "warnings": (),
        "reason_counts": {"high is below low": quarantined} if quarantined else {},
        "quarantined_by_symbol": {},
        "wholly_quarantined": (),
        "examples": (),
        **changes,
    }
    return Verdict(**fields)


def _rows(schema: pa.Schema, number: int) -> pa.Table:
    return pa.table([pa.nulls(number, field.type) for field in schema], names=schema.names)


def test_the_gate_is_open_at_the_limit_and_closed_above_it() -> None:
    assert decide(verdict(95, 5), 0.05, requested=1).is_open
    closed = decide(verdict(94, 6), 0.05, requested=1)
    assert not closed.is_open
    assert closed.reasons == ("6 of 100 bars (6 %) are quarantined, more than the 5 % allowed: high is below low (6).",)


def test_a_limit_of_nothing_closes_at_the_first_bad_bar() -> None:
    assert decide(verdict(1_000_000, 0), 0.0, requested=1).is_open
    assert decide(verdict(999_999, 1), 0.0, requested=1).reasons[0].startswith("1 of 1,000,000 bars (0.0001 %) is quarantined")


def test_repeated_bars_count_among_those_judged() -> None:
    counted = verdict(90, 6, rows=120, duplicates=24)
    assert counted.rate == pytest.approx(0.05)
    assert decide(counted, 0.05, requested=1).is_open


def test_bars_asked_for_and_none_parsed_closes_the_gate() -> None:
    assert decide(verdict(0, 0), 0.05, requested=6).reasons == ("6 symbols were requested and no bar was parsed.",)
    assert decide(verdict(0, 0), 0.05, requested=1).reasons == ("1 symbol was requested and no bar was parsed.",)
    assert decide(verdict(0, 0), 0.05, requested=0).is_open
    assert decide(verdict(0, 0, deferred=1), 0.05, requested=1).is_open


def test_a_hard_failure_closes_the_gate_whatever_the_rate() -> None:
    assert decide(verdict(100, 0, hard_failures=("fewer bars than before.",)), 1.0, requested=1).reasons == ("fewer bars than before.",)


def test_a_symbol_of_which_no_bar_passed_is_named_under_the_limit() -> None:
    gate = decide(verdict(996, 4, quarantined_by_symbol={"GONE": 3, "MSFT": 1}, wholly_quarantined=("GONE",)), 0.05, requested=10)
    assert gate.is_open
    assert gate.warnings == ("GONE: no bar passed; 3 quarantined.",)


def test_a_warning_alone_closes_nothing() -> None:
    assert decide(verdict(10, 0, warnings=("volume is zero: 1 bar.",)), 0.05, requested=1).is_open


def test_a_verdict_that_lost_a_bar_cannot_be_made() -> None:
    with pytest.raises(AssertionError, match="11 bars came in, but 9 accepted, 1 quarantined and 0 repeated ones went out"):
        verdict(9, 1, rows=11)


@pytest.mark.parametrize(
    ("share", "apart_from", "text"),
    [
        (0.05, 0.0, "5 %"),
        (0.0, 0.0, "0 %"),
        (1.0, 0.0, "100 %"),
        (0.123456, 0.0, "12.35 %"),
        (1e-6, 0.0, "0.0001 %"),
        (0.050001, 0.05, "5.0001 %"),
    ],
)
def test_a_share_is_never_shown_as_what_it_is_not(share: float, apart_from: float, text: str) -> None:
    assert percent(share, apart_from) == text


def test_bars_without_a_symbol_are_named_as_such() -> None:
    nameless = verdict(98, 2, wholly_quarantined=("",), quarantined_by_symbol={"": 2})
    assert decide(nameless, 0.05, requested=1).warnings == ("(no symbol): no bar passed; 2 quarantined.",)


def test_a_share_closes_the_gate_only_with_enough_rows() -> None:
    assert decide(verdict(1, 4), 0.05, requested=1, least_rows=5).is_open
    assert not decide(verdict(1, 5), 0.05, requested=1, least_rows=5).is_open


def test_the_gate_closes_where_no_row_was_accepted() -> None:
    reasons = decide(verdict(0, 2), 0.05, requested=1, least_rows=5).reasons
    assert reasons == ("None of 2 bars was accepted: high is below low (2).",)


def test_rows_that_are_harmless_do_not_count() -> None:
    assert decide(verdict(3, 7, harmless=6), 0.2, requested=1).is_open
    assert verdict(3, 7, harmless=6).rate == pytest.approx(0.1)
    assert decide(verdict(0, 1, harmless=1), 0.05, requested=1).is_open
    assert not decide(verdict(3, 7, harmless=5), 0.05, requested=1).is_open
