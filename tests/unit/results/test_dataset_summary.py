"""From what the steps of a run beside daily prices found to its summary, and from that to what is said of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tasks.alerting.runs import Limits, judge_run
from tasks.bring_in import Brought
from tasks.errors import TickerhouseError
from tasks.kinds import pass_gates
from tasks.orchestration.alerts import run_facts
from tasks.orchestration.planning_inputs import PlanResult
from tasks.orchestration.run import Run
from tasks.orchestration.settings import Settings
from tasks.quality.gate import Gate
from tasks.records import Call, Capture, Extraction, LoadResult, Observation, Plan, RefusedCall, Scope, Status
from tasks.reference import KINDS
from tasks.results.reference_summary import summarise_reference
from tasks.results.run_results import Story
from tasks.validate import GateClosed

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
KEY = "CANARY0123456789"
ADJUSTED = "TIME_SERIES_DAILY_ADJUSTED"
SYMBOLS = ("AAPL", "MSFT")
CALLS = tuple(Call(function, symbol) for symbol in SYMBOLS for function in ("SPLITS", "DIVIDENDS", ADJUSTED))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ALPHAVANTAGE_API_KEY", KEY)
    return Run("20261120T020000Z-1a2b3c4d", "corporate_actions", Settings.from_environment(), NOW, NOW)


def answer(call: Call) -> Observation:
    capture = Capture(f"raw/{call.function}/{call.symbol}", "0" * 64, 10, 5, is_new=True)
    return Observation(call, capture, NOW, 200, "application/json", 1, "r")


def refusal(call: Call, name: str = "PremiumEndpoint", scope: Scope = Scope.FUNCTION) -> RefusedCall:
    return RefusedCall(call, name, scope, "This is a premium endpoint.", "Use a key whose plan covers it.", 1)


def brought(name: str, observations: tuple[Observation, ...], *, is_open: bool = True, **touched: int) -> Brought:
    kind = KINDS[name]
    rows = sum(touched.values())
    loaded = LoadResult(rows, rows, 0, 0, already_loaded=False, touched=touched, seconds_in_transaction=0.1)
    own = tuple(each for each in observations if each.call.function == kind.dataset.function)
    return Brought(kind, own, rows, gate=Gate(is_open, () if is_open else ("3 of 4 bars are quarantined.",)), loaded=loaded)


def told(*refused: RefusedCall, probes: frozenset[str] = frozenset(), calls: tuple[Call, ...] = CALLS, **more: Any) -> Story:
    """A run that asked everything, was answered what was not refused, and loaded a split of AAPL."""
    unanswered = {(each.call.function, each.call.symbol) for each in refused} | {(each.call.function, "MSFT") for each in refused}
    observations = tuple(answer(call) for call in calls if (call.function, call.symbol) not in unanswered)
    plan = Plan(calls, held=(), left_out=(), due_session={}, budget_left=None, **more)
    story = Story(PlanResult(plan, len(SYMBOLS), may_fall_back=True, probes=probes))
    story.extraction = Extraction(observations, refused, sent=len(calls))
    story.brought = [brought("splits", observations, AAPL=1), brought("dividends", observations)]
    return story


def test_an_alert_names_the_symbols_a_premium_endpoint_costs(run: Run) -> None:
    """An endpoint that turned premium is an alert that names the symbols it costs."""
    summary = summarise_reference(run, told(refusal(Call(ADJUSTED, "AAPL"))), NOW)
    assert (summary.status, summary.exit_code) == (Status.COMPLETED_WITH_WARNINGS, 3)
    outcomes = {symbol.symbol: (symbol.outcome, symbol.reason) for symbol in summary.symbols}
    assert outcomes == {
        "AAPL": ("landed", f"{ADJUSTED}: PremiumEndpoint: This is a premium endpoint."),
        "MSFT": ("unchanged", f"{ADJUSTED}: PremiumEndpoint stopped the asking"),
    }
    (alert,) = [alert for alert in judge_run(run_facts(summary), (), Limits()) if alert.name == "endpoint-premium"]
    assert alert.cause == ADJUSTED
    assert [example.name for example in alert.examples] == ["AAPL", "MSFT"]
    assert alert.next_step == "Use a key whose plan covers it."


def test_an_endpoint_that_the_key_never_had_is_told_and_costs_nothing(run: Run) -> None:
    summary = summarise_reference(run, told(refusal(Call(ADJUSTED, "AAPL")), probes=frozenset({ADJUSTED})), NOW)
    assert (summary.status, summary.refusals, summary.calls.refused) == (Status.COMPLETED, (), 1)
    assert [symbol.reason for symbol in summary.symbols] == ["", ""]
    assert summary.warnings[0].startswith(f"The key may not ask {ADJUSTED} (PremiumEndpoint), which nobody knew")
    assert judge_run(run_facts(summary), (), Limits()) == ()


def test_a_fund_without_an_overview_lacks_nothing(run: Run) -> None:
    call = Call("OVERVIEW", "AAPL")
    story = told(refusal(call, "EmptyAnswer", Scope.SYMBOL), calls=(Call("LISTING_STATUS"), call))
    assert summarise_reference(run, story, NOW).status is Status.COMPLETED


def test_a_symbol_refused_its_events_is_named_with_the_way_out(run: Run) -> None:
    """A symbol that was refused its events is named with function and way out."""
    summary = summarise_reference(run, told(refusal(Call("SPLITS", "MSFT"), "InvalidCall", Scope.SYMBOL)), NOW)
    assert summary.status is Status.COMPLETED_WITH_WARNINGS
    (lacking,) = [symbol for symbol in summary.symbols if symbol.is_due_session_missing]
    assert (lacking.symbol, lacking.reason) == ("MSFT", "SPLITS: InvalidCall: This is a premium endpoint.")


def test_what_is_restated_beside_bars_is_no_alert(run: Run) -> None:
    story = told()
    story.brought[0] = brought("splits", (), AAPL=1)
    many = LoadResult(500, 0, 500, 0, already_loaded=False, touched={"AAPL": 500}, seconds_in_transaction=0.1)
    story.brought.append(Brought(KINDS["adjusted_prices"], (), 500, loaded=many))
    summary = summarise_reference(run, story, NOW)
    assert summary.rows.changed == 500
    assert "many-restated" not in {alert.name for alert in judge_run(run_facts(summary), (), Limits())}


def test_a_closed_gate_ends_the_run_after_the_other_kinds_were_loaded(run: Run) -> None:
    """A closed gate ends the run when the other kinds were loaded, and says which was not."""
    story = told()
    story.brought.append(brought("adjusted_prices", (), is_open=False))
    with pytest.raises(GateClosed) as closed:
        pass_gates(story)
    assert closed.value.fact == "adjusted_prices: 3 of 4 bars are quarantined."
    assert "Nothing of adjusted_prices was loaded, and everything else was" in closed.value.way_out
    story.status = Status.GATE_CLOSED
    summary = summarise_reference(run, story, NOW)
    assert {each.name: (each.is_gate_open, each.rows.new) for each in summary.datasets} == {
        "splits": (True, 1),
        "dividends": (True, 0),
        "adjusted_prices": (False, 0),
    }
    assert summary.gate is None or not summary.gate.is_open


def test_a_fault_of_one_kind_comes_after_the_others_and_is_in_the_summary(run: Run) -> None:
    story = told()
    story.faults["dividends"] = TickerhouseError("The load was rolled back.", "Run it again.")
    with pytest.raises(TickerhouseError, match="rolled back"):
        pass_gates(story)
    assert [(each.name, each.error) for each in summarise_reference(run, story, NOW).datasets if each.error] == [
        ("dividends", str(story.faults["dividends"]))
    ]


def test_bars_alone_decide_how_a_daily_run_ends() -> None:
    daily = Call("TIME_SERIES_DAILY", "AAPL")
    story = Story(extraction=Extraction((answer(daily), answer(Call("SPLITS", "AAPL"))), (refusal(Call("DIVIDENDS", "AAPL")),)))
    assert [observation.call for observation in story.bars.observations] == [daily]
    assert story.bars.refused == ()


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
        story = Story(PlanResult(Plan(calls, held=(), left_out=(), due_session={}, budget_left=None), count, may_fall_back=True))
        story.extraction = Extraction(Counted(answer(call) for call in calls), sent=count)
        Counted.passes = 0
        assert len(summarise_reference(run, story, NOW).symbols) == count
        passes.append(Counted.passes)
    assert passes[0] == passes[1] > 0
