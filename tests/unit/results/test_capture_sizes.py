from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

import boto3
import pyarrow as pa
import pytest
from moto import mock_aws

from tasks.lake.store import LakeStore
from tasks.lake.verdicts import read_verdicts, write_verdicts
from tasks.parse import Parsing
from tasks.records import Call, Capture, Observation
from tasks.results.capture_sizes import bars_before, remember_sizes
from tasks.schema import PARSED_DAILY_PRICES


@pytest.fixture
def lake(monkeypatch: pytest.MonkeyPatch) -> Iterator[LakeStore]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="lake")
        yield LakeStore(client, "lake")


def bars(number: int) -> pa.Table:
    columns = {name: pa.nulls(number, PARSED_DAILY_PRICES.field(name).type) for name in PARSED_DAILY_PRICES.names}
    columns["symbol"] = pa.array(["MSFT"] * number, pa.string())
    return pa.table([columns[name] for name in PARSED_DAILY_PRICES.names], schema=PARSED_DAILY_PRICES)


def asked(output_size: str) -> Observation:
    call = Call("TIME_SERIES_DAILY", "MSFT", {"outputsize": output_size})
    return Observation(call, cast("Capture", None), datetime(2026, 1, 1, tzinfo=UTC), 200, "", 1, "run-1")


def test_a_capture_is_compared_with_the_last_one_asked_the_same_way(lake: LakeStore) -> None:
    """A capture is compared with the one before that was asked for in the same way."""
    parsing = Parsing(bars(100), bars(0))
    assert bars_before(lake, parsing, [asked("compact")]) == {"MSFT": 0}
    remember_sizes(lake, parsing, [asked("compact")])
    remember_sizes(lake, Parsing(bars(5_000), bars(1)), [asked("full")])
    assert bars_before(lake, parsing, [asked("compact")]) == {"MSFT": 100}
    assert bars_before(lake, parsing, [asked("full")]) == {"MSFT": 5_001}


def test_a_deferred_bar_is_no_shrinking(lake: LakeStore) -> None:
    remember_sizes(lake, Parsing(bars(100), bars(0)), [asked("compact")])
    assert bars_before(lake, Parsing(bars(99), bars(1)), [asked("compact")]) == {"MSFT": 99}


def test_the_latest_verdicts_are_read_as_they_were_written(lake: LakeStore) -> None:
    assert read_verdicts(lake) == []
    write_verdicts(lake, [{"run_id": "run-1", "rate": 0.005}])
    assert read_verdicts(lake) == [{"run_id": "run-1", "rate": 0.005}]
