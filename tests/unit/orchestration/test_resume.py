import gzip
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from tasks.lake.captures import store_capture
from tasks.lake.json_documents import put_json
from tasks.lake.keys import run_key
from tasks.lake.observations import write_observations
from tasks.lake.store import LakeStore
from tasks.orchestration import state
from tasks.orchestration.resume import RunScope, StoredAnswers, find_stored_answers
from tasks.records import Answer, Call, Observation, SymbolCoverage

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = NOW.date()
DUE = {"IBM": date(2026, 11, 19), "NA": date(2026, 11, 19)}
EARLIER = "20261120T110000Z-1a2b3c4d"
CALLS = [Call("TIME_SERIES_DAILY", symbol, {"outputsize": "compact"}) for symbol in DUE]


def landed(
    store: LakeStore,
    symbol: str = "IBM",
    *,
    run_id: str = EARLIER,
    newest: str = "2026-11-19",
    size: str = "compact",
    minutes_ago: int = 60,
) -> Observation:
    call = Call("TIME_SERIES_DAILY", symbol, {"outputsize": size})
    at = NOW - timedelta(minutes=minutes_ago)
    body = f'{{"symbol": "{symbol}", "{newest}": "{run_id}"}}'.encode()
    capture = store_capture(store, Answer(call, body, 200, "application/json", at), {})
    observation = Observation(call, capture, at, 200, "application/json", 1, run_id)
    write_observations(store, run_id, 0 if symbol == "IBM" else 1, [observation])
    return observation


def found(store: LakeStore, run_id: str = "20261120T120000Z-00000000") -> dict[str, Observation]:
    answers = stored(store, run_id).instead
    assert {function for function, _ in answers} <= {"TIME_SERIES_DAILY"}
    return {symbol: observation for (_, symbol), observation in answers.items()}


def stored(store: LakeStore, run_id: str = "20261120T120000Z-00000000", calls: list[Call] = CALLS) -> StoredAnswers:
    functions = {"TIME_SERIES_DAILY", "TIME_SERIES_DAILY_ADJUSTED"}
    return find_stored_answers(store, run_id, NOW, calls, RunScope(frozenset(DUE), functions, DUE, TODAY))


def test_what_an_interrupted_run_was_answered_is_not_asked_for_again(store: LakeStore) -> None:
    observation = landed(store)
    assert found(store) == {"IBM": observation}


def test_a_sentence_about_stored_answers_agrees_with_their_number(store: LakeStore) -> None:
    observation = landed(store)
    one = StoredAnswers(beside=(observation,)).sentence
    assert one == f"1 answer was stored and not loaded (run {EARLIER}, which did not load it); it costs no call"
    two = StoredAnswers(beside=(observation, landed(store, "NA"))).sentence
    assert two.startswith("2 answers were stored and not loaded")
    assert two.endswith("; they cost no call")


def test_before_any_run_there_is_nothing(store: LakeStore) -> None:
    assert found(store) == {}


@pytest.mark.parametrize(
    ("status", "is_taken"), [("Failed", True), ("Completed", False), ("CompletedWithWarnings", False), ("GateClosed", False)]
)
def test_only_a_run_that_did_not_load_is_taken_up(store: LakeStore, status: str, *, is_taken: bool) -> None:
    landed(store)
    put_json(store, run_key(EARLIER), {"status": status, "flow": "daily_prices"})
    assert bool(found(store)) is is_taken


def test_an_answer_without_the_due_session_is_asked_for_again(store: LakeStore) -> None:
    """It is loaded all the same, because it was paid for."""
    observation = landed(store, newest="2026-11-18")
    assert found(store) == {}
    assert stored(store).beside == (observation,)


def test_an_answer_waits_also_where_no_call_is_planned(store: LakeStore) -> None:
    observation = landed(store)
    landed(store, "MSFT")
    assert stored(store, calls=[]).beside == (observation,)
    assert stored(store, calls=[]).words == f"run {EARLIER}, which has no summary"


@pytest.mark.parametrize("is_whole", [False, True])
def test_an_answer_for_a_symbol_off_the_watchlist_is_loaded_by_a_whole_run(store: LakeStore, *, is_whole: bool) -> None:
    """A run of some symbols leaves it to the next one."""
    observation = landed(store, "GONE")
    scope = RunScope(frozenset(DUE), {"TIME_SERIES_DAILY"}, DUE, is_whole=is_whole)
    answers = find_stored_answers(store, "20261120T120000Z-00000000", NOW, CALLS, scope)
    assert answers.beside == ((observation,) if is_whole else ())


FAILED_IN_PARSE = {"status": "Failed", "flow": "daily_prices", "error": {"name": "UnknownShape", "step": "parse"}}
UNREACHABLE = {"status": "Failed", "flow": "daily_prices", "error": {"name": "WarehouseUnreachable", "step": "load"}}


@pytest.mark.parametrize(("ending", "is_taken_again"), [(FAILED_IN_PARSE, False), (UNREACHABLE, True)])
def test_what_made_two_runs_fail_is_requested_anew(store: LakeStore, ending: dict[str, object], *, is_taken_again: bool) -> None:
    """A body, a row or a rule fails again; a warehouse that was away does not."""
    observation = landed(store)
    put_json(store, run_key(EARLIER), ending)
    assert found(store) == {"IBM": observation}
    later = "20261120T113000Z-1a2b3c4d"
    landed(store, "MSFT", run_id=later)
    put_json(store, run_key(later), {**ending, "taken_up": [observation.capture.key]})
    assert bool(stored(store).observations) is is_taken_again
    assert [observation.capture.key in warning for warning in stored(store).warnings] == ([] if is_taken_again else [True])


def test_what_a_finished_run_took_up_is_settled(store: LakeStore) -> None:
    """Also where it gave no row that coverage could remember."""
    observation = landed(store)
    later = "20261120T113000Z-1a2b3c4d"
    landed(store, "MSFT", run_id=later)
    put_json(store, run_key(later), {"status": "Completed", "flow": "daily_prices", "taken_up": [observation.capture.key]})
    assert stored(store).observations == ()


@pytest.mark.parametrize(
    "damage",
    [
        b'{"status": "Fai',
        b"[]",
        b'{"status": ["Failed"]}',
        b'{"status": "Failed", "taken_up": 5}',
        b'{"taken_up": [{}]}',
        b'{"status": "Failed", "error": {"step": []}}',
    ],
)
def test_damaged_documents_of_old_runs_are_left_out_by_name(store: LakeStore, damage: bytes) -> None:
    ibm = landed(store)
    store.put(run_key(EARLIER), damage)
    (own,) = list(store.keys(f"observations/{EARLIER}/"))
    store.put(own, store.get(own) + b'{"request": {"func')
    answers = stored(store)
    assert answers.observations == (ibm,)
    assert [re.split(" is | holds ", warning)[0] for warning in answers.warnings] == [
        f"s3://lake/runs/{EARLIER}.json",
        f"s3://lake/{own}, line 2",
    ]


def test_an_answer_to_another_question_is_asked_for_again(store: LakeStore) -> None:
    """An answer to another question is asked for again, and a whole history answers a part."""
    landed(store, size="full")
    assert set(found(store)) == {"IBM"}
    full = [Call("TIME_SERIES_DAILY", "IBM", {"outputsize": "full"})]
    landed(store, size="compact")
    assert stored(store, calls=full).instead == {}
    adjusted = [Call("TIME_SERIES_DAILY_ADJUSTED", "IBM", {"outputsize": "compact"})]
    assert stored(store, calls=adjusted).instead == {}


def test_the_newest_answer_of_several_interrupted_runs_is_taken(store: LakeStore) -> None:
    landed(store, run_id="20261120T090000Z-1a2b3c4d", minutes_ago=180)
    landed(store, "NA", run_id="20261120T090000Z-1a2b3c4d", minutes_ago=180)
    newest = landed(store)
    assert found(store)["IBM"] == newest
    assert found(store)["NA"].run_id == "20261120T090000Z-1a2b3c4d"


def test_what_coverage_knows_as_newer_is_not_taken_up_again(store: LakeStore) -> None:
    """A later run that loaded a newer answer of the symbol leaves nothing of the older one to load; other symbols still wait."""
    landed(store, "NA", run_id="20261119T220000Z-1a2b3c4d", minutes_ago=840)
    ibm = landed(store)
    held = SymbolCoverage(date(2026, 7, 1), date(2026, 11, 19), NOW - timedelta(minutes=60))
    state.coverage("daily_prices").write(store, {"NA": held})
    assert found(store) == {"IBM": ibm}
    state.coverage("daily_prices").write(store, {"NA": held, "IBM": held})
    assert stored(store).observations == ()


def test_a_finished_run_of_other_symbols_hides_no_waiting_answer(store: LakeStore) -> None:
    waiting = landed(store, run_id="20261120T100000Z-1a2b3c4d")
    landed(store, "NA")
    put_json(store, run_key(EARLIER), {"status": "Completed", "flow": "daily_prices"})
    assert found(store) == {"IBM": waiting}


@pytest.mark.parametrize("status", ["Completed", "UpToDate", "QuotaExhausted"])
def test_a_run_of_another_flow_that_ended_well_hides_no_interrupted_one(store: LakeStore, status: str) -> None:
    interrupted = landed(store)
    for number in range(12):
        other = f"20261120T1130{number:02}Z-1a2b3c4d"
        landed(store, "NA", run_id=other, newest="2026-11-18")
        put_json(store, run_key(other), {"status": status, "flow": "corporate_actions"})
    assert found(store) == {"IBM": interrupted}


def answered(store: LakeStore, function: str, at: datetime, day: date = TODAY) -> dict[tuple[str, str], Observation]:
    """What a run of corporate actions finds of one call that an earlier, interrupted one was answered at that moment."""
    call = Call(function, "IBM")
    capture = store_capture(store, Answer(call, b'{"symbol": "IBM", "data": []}', 200, "application/json", at), {})
    write_observations(store, EARLIER, 0, [Observation(call, capture, at, 200, "application/json", 1, EARLIER)])
    scope = RunScope({"IBM"}, {function}, day=day)
    return dict(find_stored_answers(store, "20261120T120000Z-00000000", NOW, [call], scope).instead)


def test_events_of_the_same_day_are_not_asked_for_again(store: LakeStore) -> None:
    """Events of the same day are not asked for again and those of the day before are."""
    assert set(answered(store, "SPLITS", NOW - timedelta(hours=1))) == {("SPLITS", "IBM")}
    assert answered(store, "SPLITS", NOW - timedelta(hours=13)) == {}


def test_events_of_a_replayed_day_are_not_asked_for_again(store: LakeStore) -> None:
    """What is replayed is observed on the day that its run speaks for, years before the run starts."""
    replayed = datetime(2019, 3, 16, 12, tzinfo=UTC)
    assert set(answered(store, "SPLITS", replayed, replayed.date())) == {("SPLITS", "IBM")}
    assert answered(store, "SPLITS", replayed, date(2019, 3, 17)) == {}


def test_a_quote_is_asked_for_anew(store: LakeStore) -> None:
    assert answered(store, "GLOBAL_QUOTE", NOW - timedelta(minutes=1)) == {}


def test_a_run_does_not_take_up_itself_nor_one_of_weeks_ago(store: LakeStore) -> None:
    landed(store)
    assert found(store, run_id=EARLIER) == {}
    landed(store, "NA", run_id="20261106T110000Z-1a2b3c4d")
    assert set(found(store)) == {"IBM"}


def test_a_damaged_or_missing_capture_is_asked_for_again(store: LakeStore) -> None:
    ibm, na = landed(store), landed(store, "NA")
    store.put(ibm.capture.key, gzip.compress(b'"2026-11-19" but other bytes'))
    store.put(na.capture.key, b"no gzip")
    assert found(store) == {}
