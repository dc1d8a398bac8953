"""An answer that cannot be read, or whose rows do not add up, costs its own symbol: the others are loaded, and it is requested anew."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from tasks.curate import curated_rows
from tasks.datasets import DAILY_PRICES
from tasks.lake.captures import store_capture
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.clients import Clients
from tasks.orchestration.curated_file import write_curated
from tasks.orchestration.planners import PlanResult
from tasks.orchestration.run import Run
from tasks.orchestration.settings import Settings
from tasks.parse import parse_captures
from tasks.reconcile import reconcile_layers
from tasks.records import Answer, Call, Extraction, LoadResult, Observation, Plan, Status
from tasks.results.coverage_update import update_coverage
from tasks.results.dataset_result import DatasetResult, ValidationOutcome
from tasks.results.run_results import RunResults
from tasks.results.summary import summarise
from tasks.sessions import SessionClock, sessions_between
from tasks.validate import validate_rows

RUN_ID = "20240110T220000Z-1a2b3c4d"
AS_OF = datetime(2024, 1, 10, 22, tzinfo=UTC)
SESSIONS = sessions_between(date(2023, 12, 1), date(2024, 1, 9))
SYMBOLS = ("GOOD", "MISCOUNTED", "SHAPELESS", "DAMAGED", "SOUND")


def _body(symbol: str) -> bytes:
    row = {"1. open": "10.0", "2. high": "10.5", "3. low": "9.5", "4. close": "10.1", "5. volume": "7"}
    series = {str(session): row | {"4. close": f"10.{place:02}"} for place, session in enumerate(reversed(SESSIONS))}
    return json.dumps({"Meta Data": {"2. Symbol": symbol}, "Time Series (Daily)": series}).encode()


def _answered(store: LakeStore, symbol: str) -> Observation:
    body = b'{"Meta Data": {}, "Something else": {}}' if symbol == "SHAPELESS" else _body(symbol)
    call = Call("TIME_SERIES_DAILY", symbol, {"outputsize": "compact"})
    capture = store_capture(store, Answer(call, body, 200, "application/json", AS_OF), {})
    if symbol == "DAMAGED":
        store.put(capture.key, b"no gzip")
    return Observation(call, capture, AS_OF, 200, "application/json", 1, RUN_ID)


@pytest.fixture
def results(store: LakeStore) -> RunResults:
    """Five answers, of which three are odd, taken from parse to the end of a run."""
    counter = DAILY_PRICES.count_rows
    dataset = replace(DAILY_PRICES, count_rows=lambda body: counter(body) + (b"MISCOUNTED" in body))
    run = Run(RUN_ID, "daily_prices", Settings(), AS_OF, AS_OF, cast("Clients", SimpleNamespace(raw=store, lake=store)))
    observations = tuple(_answered(store, symbol) for symbol in SYMBOLS)
    clock = SessionClock(AS_OF, timedelta(hours=4))
    parsed = parse_captures(run, dataset, observations, clock)
    verdict = validate_rows(run, dataset, parsed, clock.due(SYMBOLS))
    curated = write_curated(store, dataset.schema, curated_rows(run, dataset, verdict, observations), RUN_ID)
    manifest, row_counts = reconcile_layers(run, dataset, parsed, verdict, curated)
    result = DatasetResult(
        dataset, observations, parsed, ValidationOutcome(verdict, verdict.gate, "", "", ""), curated, manifest, row_counts
    )
    result.loaded = LoadResult(curated.rows, curated.rows, 0, 0, touched=dict.fromkeys(("GOOD", "SOUND"), len(SESSIONS)))
    calls = tuple(observation.call for observation in observations)
    planned = PlanResult(Plan(calls, held=(), skipped=(), due_session=clock.due(SYMBOLS), budget_left=None), clock, len(SYMBOLS))
    extraction = Extraction(observations, sent=len(calls))
    return RunResults(run, [dataset], planned=planned, extraction=extraction, by_dataset={dataset.name: result})


def test_odd_answers_are_set_aside_by_name_and_the_others_loaded(results: RunResults) -> None:
    summary = summarise(results, AS_OF)
    assert (summary.status, summary.rows.new) == (Status.COMPLETED_WITH_WARNINGS, 2 * len(SESSIONS))
    outcomes = {symbol.symbol: (str(symbol.outcome), symbol.reason) for symbol in summary.symbols}
    rows = f"{len(SESSIONS)} rows were parsed and {len(SESSIONS) + 1} are counted in its bytes."
    assert {symbol: outcome for symbol, (outcome, _) in outcomes.items()} == {
        "GOOD": "loaded",
        "SOUND": "loaded",
        "MISCOUNTED": "refused",
        "SHAPELESS": "refused",
        "DAMAGED": "refused",
    }
    assert outcomes["MISCOUNTED"][1] == f"its answer was set aside: {rows}"
    assert "is missing" in outcomes["SHAPELESS"][1]
    assert "is not a gzip file" in outcomes["DAMAGED"][1]
    for observation in results.extraction.observations:
        named = [warning for warning in summary.warnings if observation.capture.key in warning]
        assert len(named) == (observation.call.symbol not in {"GOOD", "SOUND"})


def test_what_was_set_aside_is_not_covered(results: RunResults, store: LakeStore) -> None:
    update_coverage(store, results)
    assert set(state.coverage("daily_prices").read(store)) == {"GOOD", "SOUND"}
