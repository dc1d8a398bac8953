import hashlib
import json
from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter

from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.lake.errors import DocumentUnreadable, ManifestDamaged, ObjectMissing
from tasks.lake.json_documents import get_json, parse_model, put_json
from tasks.lake.keys import run_key
from tasks.lake.manifests import read_manifest, write_curated_file, write_manifest
from tasks.lake.rejected import store_rejected
from tasks.lake.store import LakeStore
from tasks.records import Call, Manifest

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RUN = "20261120T120000Z-1a2b3c4d"
PARQUET = b"PAR1 some bytes PAR1"


def stored(store: LakeStore, parquet: bytes = PARQUET) -> Manifest:
    return write_manifest(store, write_curated_file(store, DAILY_PRICES.name, parquet, 3, RUN))


def test_a_document_comes_back_equal(store: LakeStore) -> None:
    document = {"rows": 3, "names": ["NA", "é"], "rate": 0.05, "none": None}

    assert put_json(store, run_key(RUN), document) == f"s3://lake/runs/{RUN}.json"
    assert get_json(store, run_key(RUN)) == document


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff\xfe"])
def test_what_is_no_document_is_refused(store: LakeStore, body: bytes) -> None:
    store.put(run_key(RUN), body)

    with pytest.raises(DocumentUnreadable, match=f"s3://lake/runs/{RUN}.json"):
        get_json(store, run_key(RUN))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b'{"MSFT": "a secret"}', r"\(MSFT: Input should be a valid integer, [^()]*\)"),
        (b'{"MSFT": null, "IBM": []}', r"\(MSFT: .* and 1 more\)"),
        (b"{", r"\(Invalid JSON: [^()]*\)"),
    ],
)
def test_an_invalid_document_names_its_first_field_and_no_content(body: bytes, problem: str) -> None:
    with pytest.raises(DocumentUnreadable, match=rf"^s3://lake/x is not a valid list of counts {problem}\.") as refused:
        parse_model(body, TypeAdapter(dict[str, int]), "s3://lake/x", "list of counts")
    assert "secret" not in str(refused.value)


def test_a_strict_reader_converts_nothing_and_names_the_member() -> None:
    form = TypeAdapter(dict[str, int])
    assert parse_model(b'{"MSFT": "3"}', form, "x", "list of counts") == {"MSFT": 3}
    with pytest.raises(DocumentUnreadable, match=r"\(counts\.MSFT: "):
        parse_model(b'{"MSFT": "3"}', form, "x", "list of counts", member="counts", strict=True)


def test_what_json_has_no_word_for_is_not_written(store: LakeStore) -> None:
    with pytest.raises(ValueError, match="nan"):
        put_json(store, run_key(RUN), {"rate": float("nan")})

    assert not store.exists(run_key(RUN))


def test_a_refused_body_never_lands_under_raw(store: LakeStore) -> None:
    body = b'{"Note": "Thank you"}'

    key = store_rejected(store, Call("TIME_SERIES_DAILY", "BRK-B"), body, NOON, RUN)

    digest = hashlib.sha256(body).hexdigest()
    assert key == f"rejected/alpha_vantage/time_series_daily/year=2026/month=11/day=20/{RUN}/BRK-B-{digest}.txt"
    assert store.get(key) == body
    assert list(store.keys("raw/")) == []


def test_a_manifest_is_what_copy_reads(store: LakeStore) -> None:
    manifest = stored(store, PARQUET)

    body = store.get(f"manifests/daily_prices/{RUN}.json")
    file_uri = f"s3://lake/curated/daily_prices/{RUN}.parquet"
    assert json.loads(body)["entries"] == [{"url": file_uri, "mandatory": True, "meta": {"content_length": 20, "record_count": 3}}]
    assert manifest.sha256 == hashlib.sha256(body).hexdigest()
    assert (manifest.uri, manifest.file_uri) == (f"s3://lake/manifests/daily_prices/{RUN}.json", file_uri)
    assert store.get(f"curated/daily_prices/{RUN}.parquet") == PARQUET


def test_a_manifest_comes_back_equal_by_key_and_by_address(store: LakeStore) -> None:
    manifest = stored(store, PARQUET)

    assert read_manifest(store, manifest.uri) == manifest
    assert read_manifest(store, f"manifests/daily_prices/{RUN}.json") == manifest


def test_the_same_file_written_again_is_the_same_load(store: LakeStore) -> None:
    assert stored(store, PARQUET) == stored(store, PARQUET)


def test_another_file_is_another_load(store: LakeStore) -> None:
    first, second = (stored(store, parquet) for parquet in (PARQUET, PARQUET[::-1]))

    assert first.sha256 != second.sha256


@pytest.mark.parametrize("damage", [b"", PARQUET[:-1], PARQUET.replace(b"some", b"same")])
def test_a_manifest_does_not_vouch_for_another_file(store: LakeStore, damage: bytes) -> None:
    manifest = stored(store, PARQUET)
    store.put(f"curated/daily_prices/{RUN}.parquet", damage)

    with pytest.raises(ManifestDamaged, match="is not the file"):
        read_manifest(store, manifest.uri)


def test_a_manifest_without_its_file_is_no_load(store: LakeStore) -> None:
    manifest = stored(store, PARQUET)
    store._client.delete_object(Bucket="lake", Key=f"curated/daily_prices/{RUN}.parquet")

    with pytest.raises(ObjectMissing, match=r"\.parquet is not there"):
        read_manifest(store, manifest.uri)


def test_a_manifest_of_another_bucket_is_refused(store: LakeStore) -> None:
    with pytest.raises(ManifestDamaged, match="not in bucket lake"):
        read_manifest(store, "s3://lake-of-prod/manifests/daily_prices/x.json")


@pytest.mark.parametrize(
    "document", [{}, {"entries": []}, {"entries": [], "meta": None}, {"entries": [{"url": "s3://lake/x"}], "meta": {}}]
)
def test_a_document_that_is_no_manifest_is_refused(store: LakeStore, document: dict[str, object]) -> None:
    put_json(store, "manifests/daily_prices/x.json", document)

    with pytest.raises(DocumentUnreadable, match="is not a manifest"):
        read_manifest(store, "manifests/daily_prices/x.json")
