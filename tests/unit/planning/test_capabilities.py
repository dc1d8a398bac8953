import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tasks.lake.capabilities import read_capabilities, write_capabilities
from tasks.lake.client import s3_client
from tasks.lake.holders import SlotOwner, read_holder, write_holder
from tasks.lake.store import LakeStore
from tasks.planning.capabilities import NOTHING_KNOWN, capability_name, from_json, had, is_known_allowed, learn, to_json
from tasks.planning.errors import BadCapabilities

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FULL = "TIME_SERIES_DAILY outputsize=full"
FINGERPRINT = "0123456789ab"


@pytest.fixture
def store() -> Iterator[LakeStore]:
    with mock_aws():
        client = s3_client(boto3.Session("key", "secret"), "us-east-1")
        client.create_bucket(Bucket="lake")
        yield LakeStore(client, "lake")


def test_an_option_with_a_price_of_its_own_is_a_capability_of_its_own() -> None:
    assert capability_name("TIME_SERIES_DAILY", "full") == FULL
    assert capability_name("TIME_SERIES_DAILY", "compact") == capability_name("TIME_SERIES_DAILY") == "TIME_SERIES_DAILY"


def test_a_refusal_is_remembered_for_a_week_and_then_nobody_knows() -> None:
    known = learn(NOTHING_KNOWN, {FULL: "PremiumOutputSize", "TIME_SERIES_DAILY": "data"}, NOON)
    assert is_known_allowed(NOTHING_KNOWN, FULL, NOON) is None
    assert is_known_allowed(known, FULL, NOON) is False
    assert is_known_allowed(known, "TIME_SERIES_DAILY", NOON) is True
    assert is_known_allowed(known, FULL, NOON + timedelta(days=6, hours=23)) is False
    assert is_known_allowed(known, FULL, NOON + timedelta(days=7)) is None


def test_what_was_known_already_is_nothing_to_write() -> None:
    known = learn(NOTHING_KNOWN, {FULL: "PremiumOutputSize"}, NOON)
    assert learn(known, {FULL: "PremiumEndpoint"}, NOON + timedelta(days=1)) is known
    assert learn(known, {}, NOON) is known


def test_an_upgraded_key_is_believed_and_a_week_old_answer_is_renewed() -> None:
    """A key that was upgraded is believed at once and a week old answer is renewed."""
    known = learn(NOTHING_KNOWN, {FULL: "PremiumOutputSize"}, NOON)
    upgraded = learn(known, {FULL: "data"}, NOON + timedelta(hours=1))
    assert is_known_allowed(upgraded, FULL, NOON + timedelta(hours=1)) is True
    renewed = learn(known, {FULL: "PremiumOutputSize"}, NOON + timedelta(days=8))
    assert is_known_allowed(renewed, FULL, NOON + timedelta(days=9)) is False
    assert renewed[FULL].learnt_from == "PremiumOutputSize"


def test_capabilities_survive_the_lake(store: LakeStore) -> None:
    assert from_json(read_capabilities(store, FINGERPRINT)) == NOTHING_KNOWN
    known = learn(NOTHING_KNOWN, {FULL: "PremiumOutputSize", "SPLITS": "data"}, NOON)
    write_capabilities(store, FINGERPRINT, to_json(known))
    assert from_json(read_capabilities(store, FINGERPRINT)) == known
    assert json.loads(store.get(f"state/capabilities/{FINGERPRINT}.json"))["capabilities"][FULL]["may"] is False


@pytest.mark.parametrize(
    "stored",
    [{"version": 2, "capabilities": {}}, {"version": 1}, {"version": 1, "capabilities": {FULL: {"may": True}}}, {"capabilities": []}],
)
def test_what_is_no_capabilities_is_refused(stored: dict[str, Any]) -> None:
    with pytest.raises(BadCapabilities, match="cannot be read"):
        from_json(stored)


def test_the_holder_of_a_key_is_written_down_and_forgotten(store: LakeStore) -> None:
    holder = SlotOwner("20261120T120000Z-1a2b3c4d", "here", 4711)
    assert read_holder(store, FINGERPRINT) is None
    write_holder(store, FINGERPRINT, holder)
    assert read_holder(store, FINGERPRINT) == holder
    write_holder(store, FINGERPRINT, None)
    assert read_holder(store, FINGERPRINT) is None


def test_what_a_key_had_is_news_to_lose_however_long_ago_it_was_seen() -> None:
    known = learn(
        NOTHING_KNOWN, {"TIME_SERIES_DAILY_ADJUSTED outputsize=full": "data", "SPLITS": "PremiumEndpoint"}, NOON - timedelta(days=90)
    )
    assert had(known, "TIME_SERIES_DAILY_ADJUSTED")
    assert not had(known, "SPLITS")
    assert not had(known, "TIME_SERIES_DAILY")
