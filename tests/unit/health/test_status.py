from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from tasks.health.status import EnvironmentStatus, FlowRun, Health, LastRun, SymbolStatus, as_document, render_status
from tasks.records import Status

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
DUE = date(2026, 11, 27)
FRESH = SymbolStatus("daily_prices", "AAPL", DUE, DUE, None, NOW, DUE)
LATE = replace(FRESH, symbol="MSFT", raw=date(2026, 11, 25), behind=1, is_late=True)
GOOD = EnvironmentStatus("dev", "synthetic", NOW, (FRESH,), budget="no daily limit")


def test_an_environment_that_holds_what_is_due_is_healthy() -> None:
    assert GOOD.health is Health.HEALTHY
    assert GOOD.headline == "Healthy: the only symbol holds its newest final session, 2026-11-27."


def test_a_session_before_its_deadline_is_no_delay() -> None:
    status = replace(GOOD, symbols=(FRESH, replace(LATE, is_late=False)))
    assert status.health is Health.HEALTHY
    assert "1 of 2 symbols lacks a session" in status.headline


def test_a_late_symbol_makes_it_behind_with_exit_status_3() -> None:
    status = replace(GOOD, symbols=(FRESH, LATE))
    assert (status.health, status.health.value) == (Health.BEHIND, 3)
    assert status.headline == "Behind: 1 of 2 symbols is late, by up to 1 session."


def test_symbols_that_hold_nothing_are_counted_apart() -> None:
    status = replace(GOOD, symbols=(LATE, replace(LATE, symbol="NVDA", raw=None, behind=2)))
    assert status.headline == "Behind: 2 of 2 symbols are late, by up to 1 session; 1 of them holds nothing."
    assert "NVDA    -           2026-11-27  2026-11-27  all" in render_status(status)


def test_a_failed_run_a_stuck_run_and_a_silent_prefect_are_broken() -> None:
    failed = replace(GOOD, last_runs=(LastRun("daily_prices", "r1", Status.GATE_CLOSED, NOW),))
    stuck = replace(GOOD, runs=(FlowRun("daily_prices/dev", "Running", NOW - timedelta(hours=9), is_running=True, is_stuck=True),))
    silent = replace(GOOD, prefect="Prefect does not answer.")
    assert [status.health for status in (failed, stuck, silent)] == [Health.BROKEN] * 3
    assert "ended as GateClosed (r1)" in failed.headline
    assert replace(silent, is_prefect_expected=False).health is Health.HEALTHY


def test_broken_counts_before_behind() -> None:
    both = replace(GOOD, symbols=(LATE,), last_runs=(LastRun("daily_prices", "r1", Status.FAILED, NOW),))
    assert both.health is Health.BROKEN


def test_symbols_that_need_a_look_come_first_and_the_rest_is_counted() -> None:
    many = tuple(replace(FRESH, symbol=f"S{number:02d}") for number in range(30))
    lines = render_status(replace(GOOD, symbols=(*many, LATE))).splitlines()
    assert lines[5].split()[0] == "MSFT"
    assert "  and 11 more; --json lists all" in lines


def test_the_warehouse_has_a_column_only_where_it_was_asked() -> None:
    assert " warehouse " not in render_status(GOOD)
    asked = replace(GOOD, includes_warehouse=True, symbols=(replace(FRESH, warehouse=DUE),))
    assert " warehouse " in render_status(asked)


def test_the_document_has_every_symbol_and_plain_values() -> None:
    document = as_document(replace(GOOD, symbols=(FRESH, LATE)))
    assert (document["health"], document["exit_status"]) == ("behind", 3)
    assert [symbol["symbol"] for symbol in document["symbols"]] == ["AAPL", "MSFT"]
    assert document["symbols"][0]["raw"] == "2026-11-27"
