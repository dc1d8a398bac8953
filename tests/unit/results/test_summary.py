"""From the results of the steps of a run to its summary, and from that to its alerts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from tasks.alerting.runs import Limits, alerts_of_run
from tasks.datasets import DATASETS, DIVIDENDS, SPLITS
from tasks.errors import TickerhouseError
from tasks.orchestration.alerts import run_facts
from tasks.orchestration.clients import Clients
from tasks.orchestration.planners import PlanResult
from tasks.orchestration.run import Run
from tasks.orchestration.settings import Settings
from tasks.quality.verdict import Gate, Verdict
from tasks.records import Call, Capture, Extraction, LoadResult, Manifest, Observation, Plan, RefusedCall, Scope, Status
from tasks.results.dataset_result import DatasetResult, ParsedRows, ValidationOutcome
from tasks.results.run_results import GateClosed, RunResults
from tasks.results.summary import summarise
from tasks.sessions import SessionClock

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
CLOCK = SessionClock(NOW, timedelta(hours=4))
KEY = "CANARY0123456789"
ADJUSTED = "TIME_SERIES_DAILY_ADJUSTED"
SYMBOLS = ("AAPL", "MSFT")
CALLS = tuple(Call(function, symbol) for symbol in SYMBOLS for function in ("SPLITS", "DIVIDENDS", ADJUSTED))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ALPHAVANTAGE_API_KEY", KEY)
    settings = Settings.from_environment()
    return Run("20261120T020000Z-1a2b3c4d", "corporate_actions", settings, NOW, NOW, Clients(settings))


def answer(call: Call) -> Observation:
    capture = Capture(f"raw/{call.function}/{call.symbol}", "0" * 64, 10, 5, is_new=True)
    return Observation(call, capture, NOW, 200, "application/json", 1, "r")


def refusal(call: Call, name: str = "PremiumEndpoint", scope: Scope = Scope.FUNCTION) -> RefusedCall:
    return RefusedCall(call, name, scope, "This is a premium endpoint.", "Use a key whose plan covers it.", 1)


def result(name: str, observations: tuple[Observation, ...], *, is_open: bool = True, **touched: int) -> DatasetResult:
    """A dataset whose gate was open or closed, and what its load did."""
    dataset, rows = DATASETS[name], sum(touched.values())
    own = tuple(each for each in observations if each.call.function == dataset.function)
    parsed = ParsedRows(dataset.checks.parsed.empty_table(), dataset.checks.parsed.empty_table(), CLOCK, own, {})
    found = DatasetResult(dataset, own, parsed)
    if is_open:
        found.loaded = LoadResult(rows, rows, 0, 0, touched=touched)
        return found
    empty = dataset.checks.quarantined.empty_table()
    verdict = Verdict("r", name, 0, 0, 0, dataset.checks.parsed.empty_table(), np.empty(0, bool), empty, (), (), {}, {}, (), ())
    found.validation = ValidationOutcome(verdict, Gate(is_open=False, reasons=("3 of 4 rows are quarantined.",)), "page", "", "")
    return found


def results_of(
    run: Run, *refused: RefusedCall, probes: frozenset[str] = frozenset(), calls: tuple[Call, ...] = CALLS, **more: Any
) -> RunResults:
    """A run that requested everything, was answered what was not refused, and loaded a split of AAPL."""
    unanswered = {(each.call.function, each.call.symbol) for each in refused} | {(each.call.function, "MSFT") for each in refused}
    observations = tuple(answer(call) for call in calls if (call.function, call.symbol) not in unanswered)
    plan = Plan(calls, held=(), skipped=(), due_session={}, budget_left=None, **more)
    functions = {call.function for call in calls}
    datasets = [dataset for dataset in DATASETS.values() if functions & set(dataset.functions)]
    found = RunResults(run, datasets, planned=PlanResult(plan, CLOCK, len(SYMBOLS), probes=probes))
    found.extraction = Extraction(observations, refused, sent=len(calls))
    for each in (result("splits", observations, AAPL=1), result("dividends", observations)):
        found.by_dataset[each.dataset.name] = each
    return found


def test_the_bytes_are_of_every_answer_and_of_every_curated_file(run: Run) -> None:
    """Also of the events that a daily run loads beside its bars."""
    found = replace(results_of(run), optional=(SPLITS,))
    found.by_dataset["splits"].manifest = Manifest(
        "s3://lake/curated", "0" * 64, 2_000, 1, "splits", run.run_id, "s3://lake/manifest", "1" * 64
    )
    summary = summarise(found, NOW)
    assert (summary.bytes.raw, summary.bytes.curated) == (10 * len(CALLS), 2_000)


def test_an_alert_names_the_symbols_a_premium_endpoint_costs(run: Run) -> None:
    """An endpoint that turned premium is an alert that names the symbols it costs."""
    summary = summarise(results_of(run, refusal(Call(ADJUSTED, "AAPL"))), NOW)
    assert (summary.status, summary.exit_code) == (Status.COMPLETED_WITH_WARNINGS, 3)
    outcomes = {symbol.symbol: (symbol.outcome, symbol.reason) for symbol in summary.symbols}
    assert outcomes == {
        "AAPL": ("loaded", f"{ADJUSTED}: PremiumEndpoint: This is a premium endpoint."),
        "MSFT": ("unchanged", f"{ADJUSTED}: PremiumEndpoint stopped the calls"),
    }
    (alert,) = [alert for alert in alerts_of_run(run_facts(summary, {}), (), Limits()) if alert.name == "endpoint-premium"]
    assert alert.cause == ADJUSTED
    assert [example.name for example in alert.examples] == ["AAPL", "MSFT"]
    assert alert.next_step == "Use a key whose plan covers it."


def test_an_endpoint_that_the_key_never_had_is_reported_and_costs_nothing(run: Run) -> None:
    summary = summarise(results_of(run, refusal(Call(ADJUSTED, "AAPL")), probes=frozenset({ADJUSTED})), NOW)
    assert (summary.status, summary.refusals, summary.calls.refused) == (Status.COMPLETED, (), 1)
    assert [symbol.reason for symbol in summary.symbols] == ["", ""]
    assert summary.warnings[0].startswith(f"The key may not request {ADJUSTED} (PremiumEndpoint), which was not known before")
    assert alerts_of_run(run_facts(summary, {}), (), Limits()) == ()


def test_a_fund_without_an_overview_lacks_nothing(run: Run) -> None:
    call = Call("OVERVIEW", "AAPL")
    results = results_of(run, refusal(call, "EmptyAnswer", Scope.SYMBOL), calls=(Call("LISTING_STATUS"), call))
    assert summarise(results, NOW).status is Status.COMPLETED
    assert [symbol.is_due_session_missing for symbol in summarise(results, NOW).symbols if symbol.symbol == "AAPL"] == [False]
    assert [warning for warning in summarise(results, NOW).warnings if "OVERVIEW" in warning] == []


def test_a_symbol_refused_its_events_is_named_with_the_way_out(run: Run) -> None:
    """A symbol that was refused its events is named with function and way out."""
    summary = summarise(results_of(run, refusal(Call("SPLITS", "MSFT"), "InvalidCall", Scope.SYMBOL)), NOW)
    assert summary.status is Status.COMPLETED_WITH_WARNINGS
    (lacking,) = [symbol for symbol in summary.symbols if symbol.is_due_session_missing]
    assert (lacking.symbol, lacking.reason) == ("MSFT", "SPLITS: InvalidCall: This is a premium endpoint.")


def test_what_is_restated_beside_bars_is_no_alert(run: Run) -> None:
    results = results_of(run)
    many = LoadResult(500, 0, 500, 0, touched={"AAPL": 500})
    results.by_dataset["adjusted_prices"] = result("adjusted_prices", ())
    results.by_dataset["adjusted_prices"].loaded = many
    summary = summarise(results, NOW)
    assert summary.rows.changed == 500
    assert "many-restated" not in {alert.name for alert in alerts_of_run(run_facts(summary, {}), (), Limits())}


def test_a_closed_gate_ends_the_run_after_the_other_datasets_were_loaded(run: Run) -> None:
    results = results_of(run)
    results.by_dataset["adjusted_prices"] = result("adjusted_prices", (), is_open=False)
    with pytest.raises(GateClosed) as closed:
        results.raise_if_incomplete()
    assert closed.value.fact == "adjusted_prices: 3 of 4 rows are quarantined."
    assert closed.value.way_out == "Nothing of adjusted_prices was loaded, and everything else was; see page."
    results.status = Status.GATE_CLOSED
    summary = summarise(results, NOW)
    assert {each.name: (each.is_gate_open, each.rows.new) for each in summary.datasets} == {
        "splits": (True, 1),
        "dividends": (True, 0),
        "adjusted_prices": (False, 0),
    }
    assert summary.gate is not None
    assert not summary.gate.is_open


def test_a_failure_of_one_dataset_comes_after_the_others(run: Run) -> None:
    results = results_of(run)
    failure = TickerhouseError("The load was rolled back.", "Run it again.")
    with results.keep_failure(results.by_dataset["dividends"]):
        raise failure
    with pytest.raises(TickerhouseError, match="rolled back"):
        results.raise_if_incomplete()
    assert [(each.name, each.error) for each in summarise(results, NOW).datasets if each.error] == [("dividends", str(failure))]


def test_a_defect_in_one_dataset_costs_no_other_its_rows(run: Run) -> None:
    results = results_of(run)
    with results.keep_failure(results.by_dataset["dividends"]):
        raise KeyError("missing")
    assert results.by_dataset["splits"].failure is None
    with pytest.raises(TickerhouseError, match=r"A fault of Tickerhouse itself \(KeyError\)"):
        results.raise_if_incomplete()


def test_optional_datasets_do_not_decide_how_a_run_ends(run: Run) -> None:
    daily = Call("TIME_SERIES_DAILY", "AAPL")
    results = results_of(run, refusal(Call("DIVIDENDS", "AAPL"), "InvalidCall", Scope.SYMBOL), calls=(daily, Call("SPLITS", "AAPL")))
    results.optional = (SPLITS, DIVIDENDS)
    results.by_dataset["splits"].failure = TickerhouseError("The load was rolled back.", "Run it again.")
    results.by_dataset["daily_prices"] = result("daily_prices", (answer(daily),), AAPL=1)
    results.raise_if_incomplete()
    summary = summarise(results, NOW)
    assert summary.status is Status.COMPLETED
    assert summary.rows.new == 1
    assert summary.warnings == (
        "splits were not loaded: The load was rolled back. Run it again.",
        "DIVIDENDS of AAPL was refused (InvalidCall): Use a key whose plan covers it.",
    )


class Counted(tuple[Observation, ...]):
    """Answers that count how often somebody goes through them."""

    __slots__ = ()
    passes = 0

    def __iter__(self) -> Iterator[Observation]:
        type(self).passes += 1
        return super().__iter__()


def test_a_summary_reads_the_answers_as_often_for_many_symbols_as_few(run: Run) -> None:
    """A summary goes through the answers as often for many symbols as for few."""
    passes = []
    for count in (2, 50):
        calls = tuple(Call("SPLITS", f"S{number}") for number in range(count))
        results = results_of(run, calls=calls)
        results.extraction = Extraction(Counted(answer(call) for call in calls), sent=count)
        Counted.passes = 0
        assert len(summarise(results, NOW).symbols) == count
        passes.append(Counted.passes)
    assert passes[0] == passes[1] > 0
