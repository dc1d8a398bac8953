"""The sessions of a run's steps."""

import pytest

from tasks.orchestration.clients import open_session
from tasks.orchestration.settings import Settings


def test_sessions_keep_their_own_rights_and_read_what_botocore_knows_once(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "first")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    first = open_session(settings, "")
    first.client("s3")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "second")
    second = open_session(settings, "")
    second.client("s3")
    names = [credentials.access_key for session in (first, second) if (credentials := session.get_credentials())]
    assert names == ["first", "second"]
    loaders = {id(session._session.get_component("data_loader")) for session in (first, second)}
    assert len(loaders) == 1
    assert first.region_name == second.region_name == settings.region
