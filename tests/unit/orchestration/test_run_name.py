"""What a run is called in lists: after what it loads, and after what went wrong."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tasks.orchestration.run_name import what_is_wrong
from tasks.records import Outcome, Status
from tasks.summary.run_summary import ErrorSummary, QuarantineSummary, RowSummary, RunSummary, SymbolSummary

AT = datetime(2026, 11, 20, tzinfo=UTC)
SYMBOLS = (
    SymbolSummary(symbol="AAPL", outcome=Outcome.LOADED),
    SymbolSummary(symbol="IBM", outcome=Outcome.REFUSED, is_due_session_missing=True),
)


def summary(status: Status, **changes: Any) -> RunSummary:
    fields: dict[str, Any] = {
        "run_id": "20261120T000000Z-1a2b3c4d",
        "flow": "daily_prices",
        "environment": "dev",
        "source": "synthetic",
        "plan": "free",
        "exit_code": 0,
        "as_of": AT,
        "started_at": AT,
        "finished_at": AT,
        "due_session": date(2026, 11, 19),
        "symbol_count": 6,
        "symbols": SYMBOLS,
        "rows": RowSummary(quarantined=120),
        "quarantine": QuarantineSummary(limit=0.05),
    }
    return RunSummary(**{**fields, "status": status, **changes})


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.COMPLETED, ""),
        (Status.UP_TO_DATE, ""),
        (Status.COMPLETED_WITH_WARNINGS, "1 of 6 symbols missing, session 2026-11-19"),
        (Status.QUOTA_EXHAUSTED, "quota exhausted, 1 symbol missing, session 2026-11-19"),
        (Status.GATE_CLOSED, "gate closed, 120 rows quarantined, session 2026-11-19"),
        (Status.FAILED, "failed in load, session 2026-11-19"),
    ],
)
def test_a_run_that_is_not_as_it_should_be_says_so_in_its_name(status: Status, words: str) -> None:
    error = ErrorSummary(name="LoadFailed", fact="x", step="load")
    assert what_is_wrong(summary(status, error=error)) == words


def test_a_warning_without_a_missing_symbol_has_a_name_too() -> None:
    assert what_is_wrong(summary(Status.COMPLETED_WITH_WARNINGS, symbols=SYMBOLS[:1], due_session=None)) == "warnings"
