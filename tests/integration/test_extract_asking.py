"""The asking step against the stand-in, an S3 and a Prefect server: what it remembers of key, budget and interrupted runs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prefect import flow
from prefect.settings import PREFECT_LOGGING_TO_API_ENABLED, temporary_settings

from infra.local.alpha_vantage import AlphaVantageServer, SourceSettings
from tasks.alpha_vantage.scrub import key_fingerprint
from tasks.datasets import DAILY_PRICES
from tasks.extract import extract
from tasks.lake.captures import remember
from tasks.lake.observations import read_observations
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.clients import Clients
from tasks.orchestration.planners import PlanResult, make_plan
from tasks.orchestration.planning_inputs import Selection, read_planning_inputs
from tasks.orchestration.run import Run, utc_now
from tasks.orchestration.settings import Settings
from tasks.planning.budget import EMPTY_LEDGER, spend
from tasks.records import Call, Extraction, Plan, SymbolCoverage
from tasks.sessions import SessionClock

pytestmark = pytest.mark.server

KEY = "CANARY0123456789"
AS_OF = datetime(2026, 6, 30, 12, tzinfo=UTC)
CLOCK = SessionClock(AS_OF, timedelta(hours=4))


@pytest.fixture(scope="module", autouse=True)
def prefect(prefect_server: str) -> Iterator[None]:
    assert prefect_server
    with temporary_settings({PREFECT_LOGGING_TO_API_ENABLED: False}):
        yield


@pytest.fixture(scope="module")
def stand_in() -> Iterator[AlphaVantageServer]:
    with AlphaVantageServer() as server:
        yield server


@pytest.fixture
def lake(store: LakeStore, monkeypatch: pytest.MonkeyPatch) -> LakeStore:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return store


def settings_of(
    stand_in: AlphaVantageServer, monkeypatch: pytest.MonkeyPatch, plan: str, label: str, rules: list[dict[str, Any]] | None = None
) -> Settings:
    scenario = {"rules": rules} if rules else None
    url = stand_in.add_source(SourceSettings(as_of=AS_OF, plan=plan, label=label, scenario=scenario))
    values = {"ALPHAVANTAGE_API_KEY": KEY, "TICKERHOUSE_API_URL": url, "TICKERHOUSE_BUCKET": "lake", "TICKERHOUSE_PLAN": plan}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return Settings.from_environment()


def planned(settings: Settings, *symbols: str) -> PlanResult:
    inputs = read_planning_inputs(Clients(settings), AS_OF, utc_now(), Selection(list(symbols)))
    return make_plan(inputs, [DAILY_PRICES])


@flow(persist_result=False, validate_parameters=False)
def asking_flow(run: Run, what: PlanResult) -> list[Extraction]:
    return [extract(run, what)]


def asked(settings: Settings, what: PlanResult, number: int) -> Extraction:
    started_at = utc_now()
    run = Run(f"{started_at:%Y%m%dT%H%M%SZ}-0000000{number}", "daily_prices", settings, AS_OF, started_at, Clients(settings))
    return asking_flow(run, what)[0]


def test_calls_are_counted_and_the_key_is_told_to_nobody(
    stand_in: AlphaVantageServer, lake: LakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(stand_in, monkeypatch, "premium_1200", label="counted")
    extraction = asked(settings, planned(settings, "IBM", "MSFT", "-P-HIZ"), 1)
    assert (extraction.sent, len(extraction.observations), extraction.refused) == (3, 3, ())
    ledger = state.ledger(key_fingerprint(KEY)).read(lake)
    assert list(ledger.utc.values()) == [3]
    for key in lake.keys(""):
        assert KEY not in key
        assert KEY.encode() not in lake.get(key)


def test_an_interrupted_run_is_taken_up_without_a_call(
    stand_in: AlphaVantageServer, lake: LakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(stand_in, monkeypatch, "premium_1200", label="taken up")
    first = asked(settings, planned(settings, "IBM", "MSFT"), 1)
    again = asked(settings, planned(settings, "MSFT", "IBM", "NA"), 2)
    assert again.sent == 1
    assert {one.call.symbol: one.run_id for one in again.observations} == {
        "IBM": first.observations[0].run_id,
        "MSFT": first.observations[0].run_id,
        "NA": read_observations(lake, again.observations[-1].run_id)[0].run_id,
    }
    assert list(state.ledger(key_fingerprint(KEY)).read(lake).utc.values()) == [3]


def test_a_premium_refusal_is_paid_for_once(stand_in: AlphaVantageServer, lake: LakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKERHOUSE_OUTPUT_SIZE", "full")
    rules = [{"symbol": "IBM", "nth": [1], "answer": "premium_outputsize_full"}]
    settings = settings_of(stand_in, monkeypatch, "premium_1200", label="premium", rules=rules)
    extraction = asked(settings, planned(settings, "IBM"), 1)
    assert [dict(one.call.options) for one in extraction.observations] == [{"outputsize": "compact"}]
    assert extraction.sent == 2
    known = state.capabilities(key_fingerprint(KEY)).read(lake)
    assert known["TIME_SERIES_DAILY outputsize=full"].learnt_from == "PremiumOutputSize"
    assert known["TIME_SERIES_DAILY"].may
    later = planned(settings, "NVDA", "AAPL")
    assert {call.options["outputsize"] for call in later.plan.calls} == {"compact"}
    assert "PremiumOutputSize" in later.notes[0]
    assert asked(settings, later, 2).sent == 2
    # It never had them: no news.
    assert extraction.shortened_by is None


def test_histories_a_key_has_lost_name_the_symbols_that_were_shortened(
    stand_in: AlphaVantageServer, lake: LakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole histories that a key has lost name the symbols that were shortened."""
    monkeypatch.setenv("TICKERHOUSE_OUTPUT_SIZE", "full")
    settings = settings_of(stand_in, monkeypatch, "premium_1200", label="had", rules=None)
    had = asked(settings, planned(settings, "IBM"), 1)
    assert (len(had.observations), had.shortened, had.shortened_by) == (1, (), None)
    rules = [{"symbol": symbol, "nth": [1], "answer": "premium_outputsize_full"} for symbol in ("MSFT", "NVDA")]
    settings = settings_of(stand_in, monkeypatch, "premium_1200", label="lost", rules=rules)
    lost = asked(settings, planned(settings, "MSFT", "NVDA"), 2)
    assert {dict(one.call.options)["outputsize"] for one in lost.observations} == {"compact"}
    assert lost.shortened_by is not None
    assert (set(lost.shortened), lost.shortened_by.name) == ({"MSFT", "NVDA"}, "PremiumOutputSize")
    assert not state.capabilities(key_fingerprint(KEY)).read(lake)["TIME_SERIES_DAILY outputsize=full"].may


def test_nothing_is_sent_beyond_the_day_although_the_plan_was_made_before(
    stand_in: AlphaVantageServer, lake: LakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(stand_in, monkeypatch, "free", label="day")
    made_before = planned(settings, "IBM", "MSFT", "NVDA")
    state.ledger(key_fingerprint(KEY)).write(lake, spend(EMPTY_LEDGER, 24, utc_now()))
    extraction = asked(settings, made_before, 1)
    assert (extraction.sent, len(extraction.observations)) == (1, 1)
    assert {refusal.name for refusal in extraction.refused} == {"BudgetSpent"}
    assert {refusal.scope.value for refusal in extraction.refused} == {"day"}
    assert planned(settings, "NVDA").plan.calls == ()
    assert max(state.ledger(key_fingerprint(KEY)).read(lake).utc.values()) == 25


@pytest.mark.usefixtures("lake")
def test_the_next_batch_is_sent_while_the_last_answer_is_awaited(stand_in: AlphaVantageServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next batch is sent while the last answer of this one is awaited."""
    monkeypatch.setenv("TICKERHOUSE_BATCH_SIZE", "25")
    rules = [{"symbol": "ZZA000", "answer": "latency", "seconds": 6.0}]
    settings = settings_of(stand_in, monkeypatch, "premium_1200", label="side by side", rules=rules)
    symbols = [f"ZZA{number:03d}" for number in range(40)]
    extraction = asked(settings, planned(settings, *symbols), 1)
    observed_at = {one.call.symbol: one.observed_at for one in extraction.observations}
    assert set(observed_at) == set(symbols)
    assert observed_at["ZZA030"] < observed_at["ZZA000"]


@pytest.mark.usefixtures("lake")
def test_a_function_that_is_refused_costs_its_own_calls_alone(stand_in: AlphaVantageServer, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = [{"function": "TIME_SERIES_DAILY_ADJUSTED", "answer": "premium_endpoint"}]
    settings = settings_of(stand_in, monkeypatch, "premium_1200", label="one function", rules=rules)
    adjusted = [Call("TIME_SERIES_DAILY_ADJUSTED", symbol, {"outputsize": "compact"}) for symbol in ("IBM", "MSFT", "NVDA")]
    plan = Plan(
        calls=(*adjusted, *(Call("SPLITS", symbol) for symbol in ("IBM", "MSFT"))), held=(), skipped=(), due_session={}, budget_left=None
    )
    extraction = asked(settings, PlanResult(plan, CLOCK, 3, may_fall_back=False), 1)
    assert {(one.call.function, one.call.symbol) for one in extraction.observations} == {("SPLITS", "IBM"), ("SPLITS", "MSFT")}
    assert {refusal.scope.value for refusal in extraction.refused} == {"function"}
    assert len(extraction.refused) + len(extraction.skipped) == 3


@pytest.mark.usefixtures("lake")
def test_what_a_stop_leaves_over_is_named_whatever_batch_it_was_in(stand_in: AlphaVantageServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKERHOUSE_BATCH_SIZE", "25")
    rules = [{"symbol": "ZZA003", "answer": "premium_endpoint"}]
    settings = settings_of(stand_in, monkeypatch, "premium_1200", label="left over", rules=rules)
    symbols = {f"ZZA{number:03d}" for number in range(80)}
    extraction = asked(settings, planned(settings, *sorted(symbols)), 1)
    answered = {one.call.symbol for one in extraction.observations}
    refused = {refusal.call.symbol for refusal in extraction.refused}
    left_over = {one.symbol for one in extraction.skipped}
    assert answered | refused | left_over == symbols
    assert len(answered) + len(refused) + len(left_over) == len(symbols)
    assert "ZZA079" in left_over
    assert extraction.sent == len(answered) + len(refused)


@pytest.mark.parametrize(("function", "dataset"), [("SPLITS", "splits"), ("TIME_SERIES_DAILY", "daily_prices")])
def test_a_body_that_came_before_keeps_its_key_on_another_day(
    stand_in: AlphaVantageServer, lake: LakeStore, monkeypatch: pytest.MonkeyPatch, function: str, dataset: str
) -> None:
    # Observations of a replay are made at the moment it speaks for.
    monkeypatch.setenv("TICKERHOUSE_SOURCE", "replay-0123456789ab")
    settings = settings_of(stand_in, monkeypatch, "premium_1200", label=f"before {function}")
    what = PlanResult(
        Plan(calls=(Call(function, "IBM"),), held=(), skipped=(), due_session={}, budget_left=None), CLOCK, 1, may_fall_back=False
    )
    (first,) = asked(settings, what, 1).observations
    held = SymbolCoverage(AS_OF.date(), AS_OF.date(), AS_OF, captures=remember({}, [first.capture.key]))
    state.coverage(dataset).write(lake, {"IBM": held})
    (second,) = asking_flow(
        Run("20260702T000000Z-00000002", "quotes", settings, AS_OF + timedelta(days=2), utc_now(), Clients(settings)), what
    )[0].observations
    assert second.observed_at - first.observed_at == timedelta(days=2)
    assert (second.capture.key, second.capture.is_new) == (first.capture.key, False)
