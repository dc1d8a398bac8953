"""The clients of a run: one a role, opened when they are first used, with credentials that renew themselves."""

import pickle
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws

from tasks.orchestration.clients import Clients, open_session
from tasks.orchestration.run import Run
from tasks.orchestration.settings import Settings

REGION = "us-east-1"
ROLE = "arn:aws:iam::123456789012:role/load"


@pytest.fixture
def _own_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "first")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.mark.usefixtures("_own_credentials")
def test_sessions_keep_their_own_rights_and_read_what_botocore_knows_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_session(REGION, "")
    first.client("s3")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "second")
    second = open_session(REGION, "")
    second.client("s3")
    names = [credentials.access_key for session in (first, second) if (credentials := session.get_credentials())]
    assert names == ["first", "second"]
    loaders = {id(session._session.get_component("data_loader")) for session in (first, second)}
    assert len(loaders) == 1
    assert first.region_name == second.region_name == REGION


@pytest.mark.usefixtures("_own_credentials")
def test_one_store_a_role_is_opened_when_it_is_first_used() -> None:
    settings = Settings(bucket="lake", load_role=ROLE)
    with mock_aws():
        clients = Clients(settings)
        assert clients.raw is clients.raw
        assert clients.lake is clients.lake
        assert clients.raw is not clients.lake
        assert clients.lake.bucket == clients.raw.bucket == "lake"
        assert clients.lake_links_end() is not None


@pytest.mark.usefixtures("_own_credentials")
def test_credentials_of_an_assumed_role_are_renewed_before_they_end() -> None:
    """A chained role lasts an hour, and a run may not."""
    with mock_aws():
        session = open_session(REGION, ROLE)
        credentials = session.get_credentials()
        assert credentials is not None
        before = credentials.get_frozen_credentials().access_key
        assert credentials.get_frozen_credentials().access_key == before
        vars(credentials)["_expiry_time"] = datetime.now(UTC) + timedelta(minutes=5)
        assert credentials.get_frozen_credentials().access_key != before
        assert isinstance(session, boto3.Session)


def test_a_run_is_never_pickled() -> None:
    settings, now = Settings(), datetime(2026, 11, 20, tzinfo=UTC)
    with pytest.raises(TypeError, match="a run is never pickled"):
        pickle.dumps(Run("r", "daily_prices", settings, now, now, Clients(settings)))
