import gzip
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tasks.lake.captures import RECENT_CAPTURES, read_captures, remember, store_capture
from tasks.lake.errors import CaptureDamaged, DocumentUnreadable, ObjectMissing
from tasks.lake.keys import observations_key, raw_key
from tasks.lake.observations import read_observations, read_whole_observations, write_observations
from tasks.lake.recent_writes import RecentWrites
from tasks.lake.store import LakeStore
from tasks.records import Answer, Call, Observation

NOON = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
RUN = "20261120T120000Z-1a2b3c4d"
A = b'{\r\n  "Meta Data": "\xc3\xa9 \x00 exact"\r\n}'
B = b'{"other": "body"}'


def answer(body: bytes, symbol: str = "AAPL", at: datetime = NOON) -> Answer:
    call = Call("TIME_SERIES_DAILY", symbol, {"outputsize": "compact"}, "due: 2026-11-19")
    return Answer(call, body, 200, "application/json", at, attempts=2)


def observe(store: LakeStore, given: Answer, known: dict[str, str] | None = None) -> Observation:
    capture = store_capture(store, given, known or {})
    return Observation(given.call, capture, given.observed_at, given.http_status, given.content_type, given.attempts, RUN)


def test_the_exact_bytes_come_back(store: LakeStore) -> None:
    (captured,) = read_captures(store, [observe(store, answer(A))])

    assert captured.body == A
    assert (captured.symbol, captured.observed_at) == ("AAPL", NOON)


def test_a_capture_is_one_gzip_file_named_by_the_digest_of_its_body(store: LakeStore) -> None:
    capture = store_capture(store, answer(A), {})

    assert capture.sha256 == hashlib.sha256(A).hexdigest()
    assert capture.key == f"raw/alpha_vantage/time_series_daily/year=2026/month=11/day=20/AAPL-{capture.sha256}.json.gz"
    assert gzip.decompress(store.get(capture.key)) == A
    assert (capture.body_bytes, capture.stored_bytes) == (len(A), store.size(capture.key))
    assert capture.is_new


def test_equal_bodies_give_equal_objects(store: LakeStore) -> None:
    one, other = (store_capture(store, answer(A, symbol), {}) for symbol in ("AAPL", "MSFT"))

    assert store.get(one.key) == store.get(other.key)


def test_a_body_seen_twice_on_a_day_is_stored_once(store: LakeStore) -> None:
    first = store_capture(store, answer(A), {})
    second = store_capture(store, answer(A, at=NOON + timedelta(hours=3)), {})

    assert second == replace(first, is_new=False)
    assert list(store.keys("raw/")) == [first.key]


def test_a_body_that_returns_on_a_later_day_costs_no_new_object(store: LakeStore) -> None:
    known: dict[str, str] = {}
    observations = []
    for days, body in enumerate([A, B, A]):
        observations.append(observe(store, answer(body, at=NOON + timedelta(days=days)), known))
        known = remember(known, [observations[-1].capture.key])

    assert [observation.capture.is_new for observation in observations] == [True, True, False]
    assert len(list(store.keys("raw/"))) == 2
    assert [(body.body, body.observed_at.day) for body in read_captures(store, observations)] == [(A, 22), (B, 21)]


def test_a_known_capture_that_was_lost_is_stored_again_under_its_key(store: LakeStore) -> None:
    key = raw_key("TIME_SERIES_DAILY", "AAPL", hashlib.sha256(A).hexdigest(), NOON - timedelta(days=30))

    capture = store_capture(store, answer(A), {hashlib.sha256(A).hexdigest(): key})

    assert (capture.key, capture.is_new) == (key, True)
    assert gzip.decompress(store.get(key)) == A


def test_the_rest_of_a_broken_write_is_written_anew(store: LakeStore) -> None:
    first = observe(store, answer(A))
    store.put(first.capture.key, store.get(first.capture.key)[:-3])

    again = observe(store, answer(A))

    assert not again.capture.is_new
    assert next(read_captures(store, [again])).body == A


DAMAGES = {
    "nothing": b"",
    "no gzip": b"no gzip",
    "another body": gzip.compress(b"{}"),
    "cut short": gzip.compress(A)[:-1],
    "overwritten": gzip.compress(A)[:10] + b"\xff" * 20,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_capture_is_never_parsed(store: LakeStore, damage: bytes) -> None:
    observation = observe(store, answer(A))
    store.put(observation.capture.key, damage)

    with pytest.raises(CaptureDamaged, match=r"s3://lake/raw/alpha_vantage/.*AAPL-"):
        list(read_captures(store, [observation]))


def test_a_missing_capture_is_named(store: LakeStore) -> None:
    observation = observe(store, answer(A))
    lost = replace(observation, capture=replace(observation.capture, key=observation.capture.key.replace("AAPL", "MSFT")))

    with pytest.raises(ObjectMissing, match="MSFT"):
        list(read_captures(store, [lost]))


def test_each_distinct_capture_is_read_once_in_the_order_of_first_mention(store: LakeStore) -> None:
    observations = [observe(store, answer(b'{"n": %d}' % (number % 30), f"S{number % 30}")) for number in range(60)]
    later = [replace(observation, observed_at=NOON + timedelta(minutes=number)) for number, observation in enumerate(observations)]

    bodies = list(read_captures(store, [*later[30:], *later[:30]]))

    assert [body.symbol for body in bodies] == [f"S{number}" for number in range(30)]
    assert [body.observed_at for body in bodies] == [NOON + timedelta(minutes=30 + number) for number in range(30)]


def test_a_csv_body_is_stored_as_csv(store: LakeStore) -> None:
    listing = replace(answer(b"symbol,name\r\nA,Agilent\r\n"), call=Call("LISTING_STATUS"))

    assert store_capture(store, listing, {}).key.endswith(".csv.gz")


def test_coverage_remembers_the_last_distinct_captures_newest_last() -> None:
    keys = [raw_key("TIME_SERIES_DAILY", "AAPL", f"{number:064x}", NOON) for number in range(12)]

    known = remember(remember({}, keys[:10]), [keys[3], keys[11]])

    assert list(known.values()) == [*keys[4:10], keys[3], keys[11]]
    assert len(known) == RECENT_CAPTURES
    assert all(sha256 in key for sha256, key in known.items())


def test_a_returning_body_keeps_the_key_it_was_first_stored_under() -> None:
    first, second = (raw_key("TIME_SERIES_DAILY", "AAPL", "0" * 64, NOON + timedelta(days=days)) for days in (0, 1))

    assert remember({"0" * 64: first}, [second]) == {"0" * 64: first}


def test_observations_come_back_equal_batch_by_batch(store: LakeStore) -> None:
    written = [observe(store, answer(b"{%d}" % number, symbol)) for number, symbol in enumerate(["NA", "ACWV:BAT", "\u2028é"])]

    write_observations(store, RUN, 10, written[2:])
    write_observations(store, RUN, 2, written[:2])

    assert read_observations(store, RUN) == written


def test_an_observation_is_one_line_that_says_what_was_asked_and_when(store: LakeStore) -> None:
    observation = observe(store, answer(A))
    key = write_observations(store, RUN, 0, [observation, observation])

    lines = store.get(key).decode().splitlines()

    assert key == f"observations/{RUN}/00000.jsonl"
    assert len(lines) == 2
    assert '"observed_at": "2026-11-20T12:00:00.123456+00:00"' in lines[0]
    assert '"symbol": "AAPL", "options": {"outputsize": "compact"}' in lines[0]


def test_a_batch_written_again_replaces_its_observations(store: LakeStore) -> None:
    first, second = observe(store, answer(A)), observe(store, answer(B))
    write_observations(store, RUN, 0, [first])
    write_observations(store, RUN, 0, [first, second])

    assert read_observations(store, RUN) == [first, second]


def test_the_observations_of_a_run_are_its_own(store: LakeStore) -> None:
    write_observations(store, f"{RUN}-longer", 0, [observe(store, answer(A))])

    assert read_observations(store, RUN) == []


@pytest.mark.parametrize(
    ("whole", "damaged"),
    [(b'"symbol": "AAPL"', b'"symbol": null'), (b'+00:00"', b'"'), (b'"compact"', b"{}"), (b'"body_key": "', b'"body_key": 5, "_": "')],
)
def test_a_line_with_a_member_of_another_type_is_named(store: LakeStore, whole: bytes, damaged: bytes) -> None:
    key = write_observations(store, RUN, 0, [observe(store, answer(A))])
    assert whole in store.get(key)
    store.put(key, store.get(key).replace(whole, damaged))

    assert read_whole_observations(store, RUN) == ([], [f"s3://lake/{key}, line 1 is not an observation. It is left out."])


@pytest.mark.parametrize("line", [b"{", b"[]", b"{}", b'{"request": {"key": "x"}}', b"\xff"])
def test_a_line_that_is_no_observation_is_named(store: LakeStore, line: bytes) -> None:
    write_observations(store, RUN, 0, [observe(store, answer(A))])
    store.put(observations_key(RUN, 1), line)

    with pytest.raises(DocumentUnreadable, match=r"00001\.jsonl, line 1 is not an observation"):
        read_observations(store, RUN)


def test_what_was_just_stored_is_read_once_without_a_request(store: LakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    observation = observe(store, answer(A))
    asked: list[str] = []
    get = store.get

    def count(key: str) -> bytes:
        asked.append(key)
        return get(key)

    monkeypatch.setattr(store, "get", count)
    for requests in (0, 1):
        assert [body.body for body in read_captures(store, [observation])] == [A]
        assert len(asked) == requests


def test_a_deleted_capture_is_missing_at_once(store: LakeStore) -> None:
    observation = observe(store, answer(A))
    store.delete(observation.capture.key)
    with pytest.raises(ObjectMissing):
        list(read_captures(store, [observation]))


def test_recent_writes_take_no_more_memory_than_their_limit() -> None:
    recent = RecentWrites(limit=10)
    recent.keep("first", b"1234567")
    recent.keep("second", b"1234")
    recent.keep("third", b"123")
    assert [recent.take(key) for key in ("first", "second", "third")] == [b"1234567", None, b"123"]
    recent.keep("fourth", b"1234567890")
    assert recent.take("fourth") == b"1234567890"
