import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import boto3
import pytest
from moto import mock_aws

from tasks.datasets.daily_prices import SCHEMA as DAILY_PRICES
from tasks.lake.client import s3_client
from tasks.lake.coverage import read_coverage, write_coverage
from tasks.lake.errors import DocumentUnreadable, ManifestDamaged, ObjectMissing
from tasks.lake.json_documents import get_json, put_json
from tasks.lake.keys import budget_key, coverage_key, raw_key, run_key
from tasks.lake.ledger import read_ledger, write_ledger
from tasks.lake.manifests import read_manifest, write_curated_file, write_manifest
from tasks.lake.rejected import store_rejected
from tasks.lake.store import LakeStore
from tasks.records import Call, Manifest, SymbolCoverage

SESSION = boto3.Session("key", "secret")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RUN = "20261120T120000Z-1a2b3c4d"
FINGERPRINT = "0123456789abcdef"
PARQUET = b"PAR1 some bytes PAR1"


def stored(store: LakeStore, parquet: bytes = PARQUET) -> Manifest:
    return write_manifest(store, write_curated_file(store, DAILY_PRICES.name, parquet, 3, RUN))


@pytest.fixture
def store() -> Iterator[LakeStore]:
    with mock_aws():
        client = s3_client(SESSION, "us-east-1")
        client.create_bucket(Bucket="lake")
        yield LakeStore(client, "lake")


def held(symbol: str, *digests: str) -> SymbolCoverage:
    captures = {digest * 64: raw_key("TIME_SERIES_DAILY", symbol, digest * 64, NOON) for digest in digests}
    return SymbolCoverage(date(1999, 11, 1), date(2026, 11, 19), NOON, None, captures)


def test_coverage_comes_back_equal(store: LakeStore) -> None:
    coverage = {"NA": held("NA"), "-P-HIZ": held("-P-HIZ", "a"), "AAPL": replace(held("AAPL", "f", "0", "7"), full_history_at=NOON)}

    write_coverage(store, "daily_prices", coverage)

    assert read_coverage(store, "daily_prices") == coverage


def test_coverage_keeps_the_order_of_captures(store: LakeStore) -> None:
    write_coverage(store, "daily_prices", {"AAPL": held("AAPL", "f", "0", "7")})

    assert list(read_coverage(store, "daily_prices")["AAPL"].captures) == ["f" * 64, "0" * 64, "7" * 64]


def test_before_the_first_run_nothing_is_held(store: LakeStore) -> None:
    assert read_coverage(store, "daily_prices") == {}
    assert read_ledger(store, FINGERPRINT) == {}


def test_coverage_is_text_that_a_person_can_read(store: LakeStore) -> None:
    write_coverage(store, "daily_prices", {"MSFT": held("MSFT"), "AAPL": held("AAPL")})

    lines = store.get("state/coverage/daily_prices.json").decode().splitlines()

    assert '   "last_session": "2026-11-19",' in lines
    assert lines.index('  "AAPL": {') < lines.index('  "MSFT": {')


@pytest.mark.parametrize(
    ("document", "fact"),
    [
        ({"version": 2, "symbols": {}}, r"version 2; this release reads 1"),
        ({"symbols": {}}, r"version None; this release reads 1"),
        ({"version": 1}, "is no coverage"),
        ({"version": 1, "symbols": {"AAPL": {}}}, "is no coverage"),
        ({"version": 1, "symbols": []}, "is no coverage"),
    ],
)
def test_coverage_of_another_kind_is_refused(store: LakeStore, document: dict[str, object], fact: str) -> None:
    put_json(store, coverage_key("daily_prices"), document)

    with pytest.raises(DocumentUnreadable, match=fact):
        read_coverage(store, "daily_prices")


def test_a_capture_that_coverage_cannot_know_is_refused(store: LakeStore) -> None:
    write_coverage(store, "daily_prices", {"AAPL": replace(held("AAPL"), captures={"0" * 64: "runs/x.json"})})

    with pytest.raises(DocumentUnreadable, match="is no coverage"):
        read_coverage(store, "daily_prices")


def test_a_ledger_comes_back_equal(store: LakeStore) -> None:
    ledger = {"spent": {"2026-11-20": 17, "2026-11-19": 25}, "rate": 5.0}

    write_ledger(store, FINGERPRINT, ledger)

    assert read_ledger(store, FINGERPRINT) == ledger


@pytest.mark.parametrize("document", [{"version": 1, "ledger": []}, {"version": 1}, {"version": 9, "ledger": {}}])
def test_a_ledger_of_another_kind_is_refused(store: LakeStore, document: dict[str, object]) -> None:
    put_json(store, budget_key(FINGERPRINT), document)

    with pytest.raises(DocumentUnreadable, match=f"state/budget/{FINGERPRINT}.json"):
        read_ledger(store, FINGERPRINT)


def test_a_document_comes_back_equal(store: LakeStore) -> None:
    document = {"rows": 3, "names": ["NA", "é"], "rate": 0.05, "none": None}

    assert put_json(store, run_key(RUN), document) == f"s3://lake/runs/{RUN}.json"
    assert get_json(store, run_key(RUN)) == document


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff\xfe"])
def test_what_is_no_document_is_refused(store: LakeStore, body: bytes) -> None:
    store.put(run_key(RUN), body)

    with pytest.raises(DocumentUnreadable, match=f"s3://lake/runs/{RUN}.json"):
        get_json(store, run_key(RUN))


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


@pytest.mark.parametrize("document", [{}, {"entries": []}, {"entries": [{"url": "s3://lake/x"}], "meta": {}}])
def test_a_document_that_is_no_manifest_is_refused(store: LakeStore, document: dict[str, object]) -> None:
    put_json(store, "manifests/daily_prices/x.json", document)

    with pytest.raises(DocumentUnreadable, match="is no manifest"):
        read_manifest(store, "manifests/daily_prices/x.json")
