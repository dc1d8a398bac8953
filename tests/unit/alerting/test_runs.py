"""What of a run is worth saying."""

from datetime import date

import pytest

from tasks.alerting.alert import Example
from tasks.alerting.run_facts import Fault, PremiumRefusal, RunFacts
from tasks.alerting.runs import EarlierRun, Limits, alerts_of_run, evaluated_alerts
from tasks.records import Status

SESSION = date(2026, 11, 19)


def names(run: RunFacts, earlier: tuple[EarlierRun, ...] = (), limits: Limits | None = None) -> list[str]:
    return [alert.name for alert in alerts_of_run(run, earlier, limits or Limits())]


def test_a_run_that_ended_well_is_not_worth_a_word() -> None:
    assert names(RunFacts("r", Status.COMPLETED, SESSION, 5)) == []
    assert names(RunFacts("r", Status.UP_TO_DATE, SESSION, 5)) == []


def test_a_failure_names_step_cause_way_out_and_command() -> None:
    fault = Fault("WarehouseUnreachable", "The workgroup prod did not answer in 180 s.", "See that it exists.", "load")
    (alert,) = alerts_of_run(RunFacts("r", Status.FAILED, SESSION, 5, fault=fault), (), Limits())
    assert alert.name == "run-failed"
    assert alert.title == "The run failed in step load"
    assert alert.text == "The workgroup prod did not answer in 180 s."
    assert alert.next_step == "See that it exists."
    assert (alert.starts, alert.symbols) == ("daily_prices", ())
    assert alert.cause == "WarehouseUnreachable in load"


def test_a_closed_gate_names_what_there_is_to_know_and_the_next_command() -> None:
    """A closed gate names session, checks, counts, examples, verdict and the next command."""
    run = RunFacts(
        "20261120T021500Z-1a2b3c4d",
        Status.GATE_CLOSED,
        SESSION,
        25,
        fault=Fault("GateClosed", "120 of 600 bars (20 %) are quarantined, more than the 5 % allowed."),
        quarantined=120,
        rate=0.2,
        limit=0.05,
        reasons={"low above open": 90, "volume is not a whole number": 30},
        bars=(Example("XYZ 2026-11-19", "low above open (open 10, high 12, low 11, close 11, volume 5)"),),
        pages={"Verdict (until 11:15 UTC)": "https://lake/quality/r/index.html?X-Amz-Signature=0"},
        flow_run="http://127.0.0.1:4200/flow-runs/flow-run/1",
    )
    (alert,) = alerts_of_run(run, (), Limits())
    assert alert.name == "gate-closed"
    assert alert.title == "The gate closed for session 2026-11-19"
    assert alert.facts["Quarantined"] == "120 bars (20 %, limit 5 %)"
    assert alert.facts["Check: low above open"] == "90 bars"
    assert alert.examples[0].name == "XYZ 2026-11-19"
    assert alert.more == 119
    assert alert.command == "tickerhouse open 20261120T021500Z-1a2b3c4d"
    assert alert.links == {
        "Verdict (until 11:15 UTC)": "https://lake/quality/r/index.html?X-Amz-Signature=0",
        "Run": "http://127.0.0.1:4200/flow-runs/flow-run/1",
    }


def test_warnings_name_missing_symbols_and_why_and_count_the_rest() -> None:
    """Warnings name every missing symbol and why and the rest as a number."""
    missing = tuple(Example(f"S{number}", "UnknownSymbol: no such symbol") for number in range(11))
    run = RunFacts("r", Status.COMPLETED_WITH_WARNINGS, SESSION, 25, missing=missing, next_step="Take it out of the watchlist.")
    (alert,) = alerts_of_run(run, (), Limits())
    assert alert.title == "11 of 25 symbols missing for session 2026-11-19"
    assert [example.name for example in alert.examples] == [f"S{number}" for number in range(8)]
    assert alert.more == 3
    assert alert.next_step == "Take it out of the watchlist."
    assert (alert.starts, alert.symbols) == ("daily_prices", tuple(f"S{number}" for number in range(11)))


@pytest.mark.parametrize(("left", "said"), [(6, []), (5, ["budget-nearly-used"]), (0, ["budget-nearly-used"]), (None, [])])
def test_a_budget_is_nearly_used_at_a_fifth_of_the_day(left: int | None, said: list[str]) -> None:
    assert names(RunFacts("r", Status.COMPLETED, SESSION, 5, calls_left=left, calls_per_day=25)) == said


def test_an_exhausted_budget_is_said_once_and_not_also_as_nearly_used() -> None:
    run = RunFacts(
        "r", Status.QUOTA_EXHAUSTED, SESSION, 30, missing=(Example("NVDA", "the day's calls are used up"),), calls_left=0, calls_per_day=25
    )
    assert names(run) == ["budget-exhausted"]


def test_an_endpoint_that_turned_premium_names_the_symbols_it_costs() -> None:
    """An endpoint that turned premium names the symbols it costs, in place of a failure."""
    refusal = PremiumRefusal("TIME_SERIES_DAILY", "This is a premium endpoint.", "Subscribe, or set TICKERHOUSE_OUTPUT_SIZE=compact.")
    run = RunFacts("r", Status.FAILED, SESSION, 2, missing=(Example("AAPL", "x"), Example("MSFT", "y")), premium=(refusal, refusal))
    (alert,) = alerts_of_run(run, (), Limits())
    assert alert.name == "endpoint-premium"
    assert alert.facts["Affected symbols"] == "2"
    assert [example.name for example in alert.examples] == ["AAPL", "MSFT"]


def test_many_restated_bars_are_said_from_the_limit_on() -> None:
    assert names(RunFacts("r", Status.COMPLETED, SESSION, 5, staged=500, changed=49)) == []
    (alert,) = alerts_of_run(RunFacts("r", Status.COMPLETED, SESSION, 5, staged=500, changed=50, restated={"B": 45, "A": 5}), (), Limits())
    assert (alert.name, alert.facts["Symbols"]) == ("many-restated", "B 45, A 5")


def usual(seconds: float, runs: int = 5, calls: int = 100) -> tuple[EarlierRun, ...]:
    return tuple(EarlierRun(calls, {"load": seconds + number / 10}) for number in range(runs))


def test_a_step_far_over_its_usual_time_is_said() -> None:
    run = RunFacts("r", Status.COMPLETED, SESSION, 100, seconds={"load": 200.0}, calls_planned=100)
    (alert,) = alerts_of_run(run, usual(20.0), Limits())
    assert alert.name == "slow-step"
    assert alert.title == "Step load took 200 s; the median is 20 s"


@pytest.mark.parametrize(
    ("took", "earlier"),
    [
        pytest.param(200.0, usual(20.0, runs=4), id="too few runs to know what is usual"),
        pytest.param(200.0, usual(20.0, calls=10), id="runs of another size say nothing"),
        pytest.param(50.0, usual(1.0), id="fifty times as long, and under a minute more"),
        pytest.param(200.0, usual(100.0), id="twice as long is not far over"),
    ],
)
def test_a_step_is_not_slow_where_the_past_does_not_say_so(took: float, earlier: tuple[EarlierRun, ...]) -> None:
    assert names(RunFacts("r", Status.COMPLETED, SESSION, 100, seconds={"load": took}, calls_planned=100), earlier) == []


def test_a_run_that_broke_says_nothing_about_what_it_has_not_seen() -> None:
    assert evaluated_alerts(Status.FAILED) == {"run-failed"}
    assert "completed-with-warnings" not in evaluated_alerts(Status.QUOTA_EXHAUSTED)
    assert {"run-failed", "gate-closed", "completed-with-warnings", "budget-exhausted"} <= evaluated_alerts(Status.UP_TO_DATE)


def test_histories_that_turned_premium_name_the_shortened_symbols() -> None:
    """Whole histories that turned premium name the symbols that were shortened."""
    shortened = PremiumRefusal(
        "TIME_SERIES_DAILY", "outputsize=full is a premium feature.", "Subscribe.", ("AAPL", "MSFT"), is_of_histories=True
    )
    (alert,) = alerts_of_run(RunFacts("r", Status.COMPLETED, SESSION, 5, premium=(shortened,)), (), Limits())
    assert (alert.name, alert.title) == ("endpoint-premium", "TIME_SERIES_DAILY is not in the key's plan for whole histories")
    assert [example.name for example in alert.examples] == ["AAPL", "MSFT"]
    assert alert.facts["Affected symbols"] == "2"


def test_a_backfill_that_may_have_no_history_does_not_lose_the_endpoint() -> None:
    refused = PremiumRefusal("TIME_SERIES_DAILY", "outputsize=full is a premium feature.", "Subscribe.", is_of_histories=True)
    missing = (Example("AAPL", "PremiumOutputSize"),)
    run = RunFacts("r", Status.FAILED, None, 1, missing=missing, premium=(refused,), flow="backfill")
    assert "TIME_SERIES_DAILY is not in the key's plan for whole histories" in [alert.title for alert in alerts_of_run(run, (), Limits())]


def test_the_symbols_a_premium_endpoint_costs_are_those_without_answer() -> None:
    """The symbols a premium endpoint costs are those that lack its answer, and the command is the flow's own."""
    refusal = PremiumRefusal("TIME_SERIES_DAILY_ADJUSTED", "This is a premium endpoint.", "Use a key whose plan covers it.")
    missing = (
        Example("AAPL", "TIME_SERIES_DAILY_ADJUSTED: PremiumEndpoint: This is a premium endpoint."),
        Example("MSFT", "TIME_SERIES_DAILY_ADJUSTED: PremiumEndpoint stopped the asking"),
        Example("IBM", "SPLITS: InvalidCall: the API does not know the symbol"),
    )
    run = RunFacts("r", Status.COMPLETED_WITH_WARNINGS, None, 3, missing=missing, premium=(refusal,), flow="corporate_actions")
    warnings, premium = alerts_of_run(run, (), Limits())
    assert (warnings.name, premium.name) == ("completed-with-warnings", "endpoint-premium")
    assert warnings.title == "3 of 3 symbols missing"
    assert (warnings.starts, warnings.symbols) == ("corporate_actions", ("AAPL", "MSFT", "IBM"))
    assert premium.title == "TIME_SERIES_DAILY_ADJUSTED is not in the key's plan"
    assert [example.name for example in premium.examples] == ["AAPL", "MSFT"]
    assert premium.facts["Affected symbols"] == "2"
