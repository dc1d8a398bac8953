import gzip
from datetime import UTC, date, datetime, timedelta

import pytest

from tasks.lake.captures import store_capture
from tasks.lake.json_documents import put_json
from tasks.lake.keys import run_key
from tasks.lake.observations import write_observations
from tasks.lake.store import LakeStore
from tasks.orchestration.resume import find_resumable_answers
from tasks.records import Answer, Call, Observation

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
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
    answers = find_resumable_answers(store, run_id, NOW, CALLS, DUE, "daily_prices")
    assert {function for function, _ in answers} <= {"TIME_SERIES_DAILY"}
    return {symbol: observation for (_, symbol), observation in answers.items()}


def test_what_an_interrupted_run_was_answered_is_not_asked_for_again(store: LakeStore) -> None:
    observation = landed(store)
    assert found(store) == {"IBM": observation}


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
    landed(store, newest="2026-11-18")
    assert found(store) == {}


def test_an_answer_to_another_question_is_asked_for_again(store: LakeStore) -> None:
    """An answer to another question is asked for again, and a whole history answers a part."""
    landed(store, size="full")
    assert set(found(store)) == {"IBM"}
    full = [Call("TIME_SERIES_DAILY", "IBM", {"outputsize": "full"})]
    landed(store, size="compact")
    assert find_resumable_answers(store, "20261120T120000Z-00000000", NOW, full, DUE) == {}
    adjusted = [Call("TIME_SERIES_DAILY_ADJUSTED", "IBM", {"outputsize": "compact"})]
    assert find_resumable_answers(store, "20261120T120000Z-00000000", NOW, adjusted, DUE) == {}


def test_the_newest_answer_of_several_interrupted_runs_is_taken(store: LakeStore) -> None:
    landed(store, run_id="20261120T090000Z-1a2b3c4d", minutes_ago=180)
    landed(store, "NA", run_id="20261120T090000Z-1a2b3c4d", minutes_ago=180)
    newest = landed(store)
    assert found(store)["IBM"] == newest
    assert found(store)["NA"].run_id == "20261120T090000Z-1a2b3c4d"


def test_what_lies_behind_a_run_that_ended_well_is_let_be(store: LakeStore) -> None:
    landed(store, "NA", run_id="20261119T220000Z-1a2b3c4d")
    landed(store)
    put_json(store, run_key(EARLIER), {"status": "Completed", "flow": "daily_prices"})
    assert found(store) == {}


@pytest.mark.parametrize("status", ["Completed", "UpToDate", "QuotaExhausted"])
def test_a_run_of_another_flow_that_ended_well_hides_no_interrupted_one(store: LakeStore, status: str) -> None:
    interrupted = landed(store)
    for number in range(12):
        other = f"20261120T1130{number:02}Z-1a2b3c4d"
        landed(store, "NA", run_id=other, newest="2026-11-18")
        put_json(store, run_key(other), {"status": status, "flow": "corporate_actions"})
    assert found(store) == {"IBM": interrupted}


def answered(store: LakeStore, function: str, at: datetime) -> dict[tuple[str, str], Observation]:
    """What a run of corporate actions finds of one call that an earlier, interrupted one was answered at that moment."""
    call = Call(function, "IBM")
    capture = store_capture(store, Answer(call, b'{"symbol": "IBM", "data": []}', 200, "application/json", at), {})
    write_observations(store, EARLIER, 0, [Observation(call, capture, at, 200, "application/json", 1, EARLIER)])
    return find_resumable_answers(store, "20261120T120000Z-00000000", NOW, [call], {}, "corporate_actions")


def test_events_of_the_same_day_are_not_asked_for_again(store: LakeStore) -> None:
    """Events of the same day are not asked for again and those of the day before are."""
    assert set(answered(store, "SPLITS", NOW - timedelta(hours=1))) == {("SPLITS", "IBM")}
    assert answered(store, "SPLITS", NOW - timedelta(hours=13)) == {}


def test_a_quote_is_asked_for_anew(store: LakeStore) -> None:
    assert answered(store, "GLOBAL_QUOTE", NOW - timedelta(minutes=1)) == {}


def test_a_run_does_not_take_up_itself_nor_one_of_last_week(store: LakeStore) -> None:
    landed(store)
    assert found(store, run_id=EARLIER) == {}
    landed(store, "NA", run_id="20261113T110000Z-1a2b3c4d")
    assert set(found(store)) == {"IBM"}


def test_a_damaged_or_missing_capture_is_asked_for_again(store: LakeStore) -> None:
    ibm, na = landed(store), landed(store, "NA")
    store.put(ibm.capture.key, gzip.compress(b'"2026-11-19" but other bytes'))
    store.put(na.capture.key, b"no gzip")
    assert found(store) == {}
