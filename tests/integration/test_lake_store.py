"""The store against a server that behaves like S3 (moto) and against one that is kept on disk (rclone)."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_connection, socket

import boto3
import httpx
import pytest
from pydantic import TypeAdapter

from tasks.lake.captures import read_captures, store_capture
from tasks.lake.client import s3_client
from tasks.lake.errors import BucketMissing, LakeError, LakeForbidden, LakeUnreachable, ObjectMissing
from tasks.lake.keys import raw_key
from tasks.lake.state import StateDocument
from tasks.lake.store import LakeStore
from tasks.records import Answer, Call, Observation

pytestmark = pytest.mark.embedded

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SYMBOLS = ["NA", "NAN", "BRK-B", "ACWV:BAT", "-P-HIZ", "TSCO.LON", "..", "a/b", "%2F", "a b+c"]
KEYS = [raw_key("TIME_SERIES_DAILY", symbol, f"{number:064x}", NOON) for number, symbol in enumerate(SYMBOLS)]
RCLONE = Path(sys.executable).with_name("rclone")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    (folder / "lake").mkdir()
    return folder


@pytest.fixture(scope="module")
def rclone_address(served: Path) -> Iterator[str]:
    port = free_port()
    command = [str(RCLONE), "serve", "s3", "--auth-key", "key,secret", "--addr", f"127.0.0.1:{port}", "--config", "/dev/null", str(served)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert server.poll() is None, "rclone ended by itself"
        try:
            create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("rclone did not come up within 20 s")


def open_store(address: str, monkeypatch: pytest.MonkeyPatch, bucket: str = "lake", access_key: str = "key") -> LakeStore:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", address)
    return LakeStore(s3_client(boto3.Session(access_key, "secret"), "us-east-1"), bucket)


@pytest.fixture(params=["moto", "rclone"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> LakeStore:
    store = open_store(request.getfixturevalue({"moto": "endpoint", "rclone": "rclone_address"}[request.param]), monkeypatch)
    if request.param == "moto":
        store._client.create_bucket(Bucket="lake")
    return store


@pytest.mark.parametrize("key", KEYS, ids=SYMBOLS)
def test_an_awkward_key_holds_its_bytes(store: LakeStore, key: str) -> None:
    body = key.encode() * 100

    assert store.put(key, body, "application/gzip") == f"s3://lake/{key}"
    assert store.get(key) == body
    assert store.size(key) == len(body)
    assert store.exists(key)
    assert list(store.keys(key[:-70])) == [key]


def test_a_presigned_link_of_an_awkward_key_needs_no_credentials(store: LakeStore) -> None:
    for key in KEYS:
        store.put(key, key.encode())

        response = httpx.get(store.presigned_url(key, timedelta(minutes=5)), trust_env=False)

        assert (response.status_code, response.content) == (200, key.encode())


def test_an_object_written_again_is_replaced_whole(store: LakeStore) -> None:
    store.put("state/coverage/replaced.json", b"long" * 1000)
    store.put("state/coverage/replaced.json", b"short")

    assert store.get("state/coverage/replaced.json") == b"short"


def test_a_state_document_is_changed_on_either_server(store: LakeStore) -> None:
    counts = StateDocument("state/counts/x.json", "list of counts", "counts", TypeAdapter(dict[str, int]), dict, "Move it away.")
    for expected in (1, 2, 3):
        assert counts.change(store, lambda stored: {"a": stored.get("a", 0) + 1}) == {"a": expected}

    assert counts.read(store) == {"a": 3}


def test_a_listing_is_longer_than_one_page(store: LakeStore, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 gives a thousand keys a page, and so does rclone; moto, which takes three times as long for a key, is told to give twenty."""
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "20")
    page = 20 if "moto" in request.node.name else 1000
    keys = {f"observations/many/{number:05d}.jsonl" for number in range(page + 5)}
    for key in keys:
        store.put(key, b"")

    asked: list[object] = []
    store._client.meta.events.register("before-call.s3.ListObjectsV2", lambda **_: asked.append(None))
    assert set(store.keys("observations/many/")) == keys
    assert len(asked) == 2
    assert list(store.keys("observations/none/")) == []


def test_what_is_not_there_is_an_object_and_not_a_bucket(store: LakeStore) -> None:
    store.check()

    assert not store.exists("runs/none.json")
    for ask in (store.get, store.size):
        with pytest.raises(ObjectMissing, match=r"^s3://lake/runs/none.json is not there\. "):
            ask("runs/none.json")


def test_a_bucket_that_is_not_there_is_named_with_its_setting(store: LakeStore) -> None:
    elsewhere = LakeStore(store._client, "no-such-lake")

    for ask in (
        elsewhere.check,
        lambda: elsewhere.get("runs/x.json"),
        lambda: elsewhere.size("runs/x.json"),
        lambda: elsewhere.exists("runs/x.json"),
        lambda: elsewhere.put("runs/x.json", b""),
        lambda: list(elsewhere.keys("runs/")),
    ):
        with pytest.raises(BucketMissing, match=r"^Bucket no-such-lake is not there\. .*TICKERHOUSE_BUCKET\.$") as missing:
            ask()
        assert missing.value.__cause__ is None
        assert missing.value.__suppress_context__


def test_a_capture_survives_the_way_through_the_store(store: LakeStore) -> None:
    answer = Answer(Call("TIME_SERIES_DAILY", "ACWV:BAT"), b'{"exact": "\xc3\xa9"}' * 50_000, 200, "application/json", NOON)

    capture = store_capture(store, answer, {})
    observation = Observation(answer.call, capture, NOON, 200, "application/json", 1, "run")

    assert [body.body for body in read_captures(store, [observation])] == [answer.body]
    assert store_capture(store, answer, {capture.sha256: capture.key}).is_new is False


def test_a_stranger_s_key_is_forbidden(rclone_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = open_store(rclone_address, monkeypatch, access_key="stranger")

    for ask in (stranger.check, lambda: stranger.get("runs/x.json"), lambda: stranger.put("runs/x.json", b"")):
        with pytest.raises(LakeForbidden, match="is not allowed") as forbidden:
            ask()
        assert "Signature=" not in f"{forbidden.value} {forbidden.value.evidence}"


def test_objects_lie_as_plain_files_that_keep_their_names(rclone_address: str, served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store(rclone_address, monkeypatch).put(KEYS[3], b"plain")

    assert (served / "lake" / KEYS[3]).read_bytes() == b"plain"


def test_a_server_that_is_not_there_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = open_store(f"http://127.0.0.1:{free_port()}", monkeypatch)

    with pytest.raises(LakeUnreachable, match=r"^Bucket lake cannot be reached \(EndpointConnectionError\)\. Check the network"):
        nowhere.check()


def test_a_run_without_credentials_is_told_how_to_get_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))

    with pytest.raises(LakeForbidden, match=r"no AWS credentials .* Log in"):
        LakeStore(s3_client(boto3.Session(), "us-east-1"), "lake").check()


@pytest.mark.parametrize("bucket", ["", "s3://lake", "My Lake"])
def test_a_name_that_no_bucket_can_have_is_told_apart(bucket: str, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BucketMissing, match=r"cannot be the name of a bucket\. .*TICKERHOUSE_BUCKET"):
        open_store(endpoint, monkeypatch, bucket).check()


@pytest.mark.parametrize("expires", [timedelta(0), timedelta(days=-1), timedelta(days=7, seconds=1)])
def test_a_link_lives_no_longer_than_s3_allows(expires: timedelta, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="at most 7 days"):
        open_store(endpoint, monkeypatch).presigned_url("runs/x.json", expires)


def test_a_presigned_link_names_the_region_s_own_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    store = LakeStore(s3_client(boto3.Session("key", "secret"), "eu-west-1"), "lake")

    link = httpx.URL(store.presigned_url("quality/x/index.html", timedelta(days=7)))

    assert link.host == "lake.s3.eu-west-1.amazonaws.com"
    assert link.params["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert link.params["X-Amz-Expires"] == "604800"


def test_every_error_of_the_store_is_one_line(store: LakeStore) -> None:
    with pytest.raises(LakeError) as missing:
        store.get("runs/none.json")

    assert "\n" not in str(missing.value)


def test_keys_are_listed_from_a_key_on(store: LakeStore) -> None:
    for day in ("20261108", "20261109", "20261110"):
        store.put(f"runs/{day}T000000Z-0000000a.json", b"{}")
    assert list(store.keys("runs/", after="runs/20261109")) == [
        "runs/20261109T000000Z-0000000a.json",
        "runs/20261110T000000Z-0000000a.json",
    ]
