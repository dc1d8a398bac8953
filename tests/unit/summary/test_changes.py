"""What changed since the last run."""

from datetime import UTC, date, datetime

from tasks.records import Outcome, Status
from tasks.summary.changes import PastRun, render_changes
from tasks.summary.run_summary import QuarantineSummary, RowSummary, RunSummary, SymbolSummary

AT = datetime(2026, 11, 20, 1, 20, tzinfo=UTC)


def summary(status: Status = Status.COMPLETED, missing: tuple[str, ...] = ()) -> RunSummary:
    return RunSummary(
        run_id="20261120T012000Z-1a2b3c4d",
        flow="daily_prices",
        environment="dev",
        source="synthetic",
        plan="premium_75",
        status=status,
        exit_code=status.exit_code,
        as_of=AT,
        started_at=AT,
        finished_at=AT,
        due_session=date(2026, 11, 19),
        symbol_count=5,
        symbols=tuple(SymbolSummary(symbol=name, outcome=Outcome.REFUSED, is_due_session_missing=True) for name in missing),
        rows=RowSummary(staged=505, new=5, changed=2, unchanged=498),
        quarantine=QuarantineSummary(limit=0.05),
        seconds_per_step={"plan": 1.0, "load": 2.0},
    )


def past(**differing: object) -> PastRun:
    usual: dict[str, object] = {
        "run_id": "20261119T012000Z-1a2b3c4d",
        "status": Status.COMPLETED,
        "finished_at": datetime(2026, 11, 19, 1, 21, tzinfo=UTC),
        "session": "2026-11-19",
        "symbol_count": 5,
        "missing": (),
        "reasons": (),
        "calls_planned": 5,
        "seconds": {"plan": 1.0, "load": 2.0},
    }
    return PastRun(**(usual | differing))  # type: ignore[arg-type]


def test_the_first_run_says_only_what_it_did() -> None:
    assert render_changes(summary(), None) == "#### The first run of this flow here\n\n- 5 bars new, 2 restated, 498 unchanged\n"


def test_only_what_differs_is_named() -> None:
    told = render_changes(summary(Status.COMPLETED_WITH_WARNINGS, ("NVDA",)), past(session="2026-11-18", missing=("TSLA",), symbol_count=4))
    assert told.splitlines() == [
        "#### Since `20261119T012000Z-1a2b3c4d` (2026-11-19 01:21 UTC)",
        "",
        "- 5 bars new, 2 restated, 498 unchanged",
        "- ended as **CompletedWithWarnings**, the last one as Completed",
        "- session 2026-11-19 was due, before that 2026-11-18",
        "- 5 symbols in the watchlist, before that 4",
        "- missing now: NVDA",
        "- no longer missing: TSLA",
        "- took 3.0 s, before that 3.0 s",
    ]
    assert "watchlist" not in render_changes(summary(), past())
