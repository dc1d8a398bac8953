"""How a state document is read, written and changed, whatever it holds."""

import itertools
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pydantic import TypeAdapter

from tasks.lake.errors import DocumentOfNewerRelease, DocumentUnreadable, LakeUnreachable, ObjectChanged
from tasks.lake.state import StateDocument
from tasks.lake.store import LakeStore

KEY = "state/counts/x.json"
COUNTS = StateDocument(KEY, "list of counts", "counts", TypeAdapter(dict[str, int]), dict, "Move it away; they are counted anew.")


def put(store: LakeStore, document: object) -> None:
    store.put(KEY, json.dumps(document).encode())


def stored(store: LakeStore) -> Any:
    return json.loads(store.get(KEY))


def one_more(counts: dict[str, int]) -> dict[str, int]:
    return {**counts, "a": counts.get("a", 0) + 1}


def test_a_document_that_is_not_there_is_empty(store: LakeStore) -> None:
    assert COUNTS.read(store) == {}
    assert not store.exists(KEY)


def test_what_is_written_is_read_and_is_text_for_people(store: LakeStore) -> None:
    replace(COUNTS, labels={"of": "é"}).write(store, {"b": 2, "a": 1})
    assert COUNTS.read(store) == {"a": 1, "b": 2}
    assert store.get(KEY).decode() == '{\n "counts": {\n  "a": 1,\n  "b": 2\n },\n "of": "é",\n "version": 1\n}\n'


@pytest.mark.parametrize(
    ("document", "fact"),
    [
        ([], "holds a list, not an object"),
        ({}, "is of version None; this release reads 1"),
        ({"version": 2, "counts": {}}, "is of version 2; this release reads 1"),
        ({"version": 1.0, "counts": {}}, r"is of version 1\.0"),
        ({"version": [], "counts": {}}, r"is of version \[\]"),
        ({"version": 1}, r"is not a valid list of counts \(counts: KeyError\('counts'\)\)"),
        ({"version": 1, "counts": []}, "is not a valid list of counts .counts: "),
        ({"version": 1, "counts": {"a": "1"}}, r"is not a valid list of counts \(counts\.a: "),
        ({"version": 1, "counts": {"a": True, "b": 1.5, "c": None}}, r"\(counts\.a: .* and 2 more\)"),
    ],
)
def test_damage_is_named_with_key_place_and_way_out(store: LakeStore, document: object, fact: str) -> None:
    put(store, document)
    for read in (COUNTS.read, lambda lake: COUNTS.change(lake, one_more)):
        with pytest.raises(DocumentUnreadable, match=fact) as caught:
            read(store)
        assert caught.value.fact.startswith(f"s3://lake/{KEY} ")
        assert "ove it away" in caught.value.way_out or "move the document away" in caught.value.way_out
    assert stored(store) == document


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"version": 1, "counts": {"a": 1'])
def test_what_is_no_json_is_refused_with_the_documents_way_out(store: LakeStore, body: bytes) -> None:
    store.put(KEY, body)
    with pytest.raises(DocumentUnreadable, match="is not JSON") as caught:
        COUNTS.read(store)
    assert caught.value.way_out == COUNTS.way_out


def test_older_versions_are_upgraded_step_by_step(store: LakeStore) -> None:
    newest = replace(COUNTS, version=3, upgrades={1: dict.fromkeys, 2: lambda counts: {name: count or 0 for name, count in counts.items()}})
    put(store, {"version": 1, "counts": ["a", "b"]})
    assert newest.read(store) == {"a": 0, "b": 0}
    put(store, {"version": 2, "counts": {"a": None}})
    assert newest.change(store, one_more) == {"a": 1}
    assert stored(store) == {"version": 3, "counts": {"a": 1}}
    with pytest.raises(DocumentOfNewerRelease, match="is of version 3; this release reads 1"):
        COUNTS.read(store)


def test_an_older_version_that_cannot_be_upgraded_is_damage(store: LakeStore) -> None:
    put(store, {"version": 1, "counts": 7})
    with pytest.raises(DocumentUnreadable, match="is not a valid list of counts"):
        replace(COUNTS, version=2, upgrades={1: dict.fromkeys}).read(store)


def test_a_document_of_before_versions_is_read_where_that_is_said(store: LakeStore) -> None:
    put(store, {"counts": {"a": 1}})
    old = replace(COUNTS, unversioned_is=0, upgrades={0: dict})
    assert old.change(store, one_more) == {"a": 2}
    assert stored(store) == {"version": 1, "counts": {"a": 2}}


def test_a_change_writes_what_it_returns_and_an_equal_value_not_at_all(store: LakeStore) -> None:
    assert COUNTS.change(store, one_more) == {"a": 1}
    assert COUNTS.change(store, one_more) == {"a": 2}
    tag = store.get_tagged(KEY)[1]
    store.put(KEY, store.get(KEY) + b" ")
    assert COUNTS.change(store, dict) == {"a": 2}
    assert store.get_tagged(KEY)[1] != tag


@pytest.mark.parametrize("is_there", [True, False])
def test_two_writers_at_once_lose_nothing(store: LakeStore, put_in_turn: Callable[[LakeStore], None], *, is_there: bool) -> None:
    if is_there:
        COUNTS.write(store, {"a": 5})
    put_in_turn(store)
    barrier = threading.Barrier(2)

    def writer() -> None:
        tries = itertools.count()

        def meet_once(counts: dict[str, int]) -> dict[str, int]:
            if next(tries) == 0:
                barrier.wait(timeout=10)
            return one_more(counts)

        COUNTS.change(store, meet_once)

    threads = [threading.Thread(target=writer) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert COUNTS.read(store) == {"a": 7 if is_there else 2}


def test_a_document_that_changes_under_every_try_is_an_error(store: LakeStore) -> None:
    def meddled(counts: dict[str, int]) -> dict[str, int]:
        COUNTS.write(store, one_more(counts))
        return {"mine": 1}

    with pytest.raises(ObjectChanged, match=f"s3://lake/{KEY} was changed 10 times"):
        COUNTS.change(store, meddled)
    assert COUNTS.read(store) == {"a": 10}


def test_what_a_change_raises_leaves_the_document_as_it_was(store: LakeStore) -> None:
    COUNTS.write(store, {"a": 1})
    with pytest.raises(ZeroDivisionError):
        COUNTS.change(store, lambda counts: {"a": counts["a"] // 0})
    assert COUNTS.read(store) == {"a": 1}


def refused(store: LakeStore, monkeypatch: pytest.MonkeyPatch, code: str, http_status: int) -> None:
    """Lets the server answer every conditional write with an error."""
    plain = store._client.put_object

    def put_object(**members: Any) -> object:
        if members.keys() & {"IfMatch", "IfNoneMatch"}:
            answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": http_status}}
            raise ClientError(answer, "PutObject")
        return plain(**members)

    monkeypatch.setattr(store._client, "put_object", put_object)


def test_a_server_that_knows_no_conditions_gets_a_plain_write(store: LakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(store, monkeypatch, "NotImplemented", 501)
    assert COUNTS.change(store, one_more) == {"a": 1}
    assert COUNTS.change(store, one_more) == {"a": 2}
    assert COUNTS.read(store) == {"a": 2}


def test_a_server_that_is_busy_gets_no_plain_write(store: LakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(store, monkeypatch, "ServiceUnavailable", 503)
    with pytest.raises(LakeUnreachable):
        COUNTS.change(store, one_more)
    assert not store.exists(KEY)
