from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import cast

import boto3
import pyarrow as pa
import pytest
from moto import mock_aws

from tasks.datasets import DAILY_PRICES
from tasks.lake.store import LakeStore
from tasks.orchestration.clients import Clients
from tasks.orchestration.run import Run
from tasks.orchestration.settings import Settings
from tasks.records import Call, Capture, Observation
from tasks.results.capture_sizes import rows_before, sizes_before, store_sizes
from tasks.results.dataset_result import DatasetResult, ParsedRows
from tasks.results.run_results import RunResults
from tasks.schema import PARSED_DAILY_PRICES
from tasks.sessions import SessionClock

NOW = datetime(2026, 1, 1, tzinfo=UTC)


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


def parsed(final: int, deferred: int, output_size: str) -> ParsedRows:
    call = Call("TIME_SERIES_DAILY", "MSFT", {"outputsize": output_size})
    observation = Observation(call, cast("Capture", None), NOW, 200, "", 1, "run-1")
    return ParsedRows(bars(final), bars(deferred), SessionClock(NOW, timedelta(hours=4)), (observation,), {})


def remember(lake: LakeStore, rows: ParsedRows) -> None:
    settings = Settings()
    results = RunResults(Run("run-1", "daily_prices", settings, NOW, NOW, Clients(settings)), [DAILY_PRICES])
    results.by_dataset["daily_prices"] = DatasetResult(DAILY_PRICES, rows.observations, parsed=rows)
    store_sizes(lake, results)


def test_an_answer_is_compared_with_the_one_before_to_the_same_request(lake: LakeStore) -> None:
    compact, full = parsed(100, 0, "compact"), parsed(5_000, 1, "full")
    assert rows_before(sizes_before(lake, DAILY_PRICES), compact) == {"MSFT": 0}
    remember(lake, compact)
    remember(lake, full)
    assert rows_before(sizes_before(lake, DAILY_PRICES), compact) == {"MSFT": 100}
    assert rows_before(sizes_before(lake, DAILY_PRICES), parsed(5_000, 0, "full")) == {"MSFT": 5_001}


def test_a_deferred_bar_is_no_shrinking(lake: LakeStore) -> None:
    remember(lake, parsed(100, 0, "compact"))
    assert rows_before(sizes_before(lake, DAILY_PRICES), parsed(99, 1, "compact")) == {"MSFT": 99}
