"""``PREFECT_API_URL`` decides where a command goes, unless it names the embedded stack's own server."""

import json
from pathlib import Path

import pytest

from flows.command_line.environment import named_server, prefect_api
from tasks.orchestration.settings import Settings

ELSEWHERE = "https://prefect.example.org/api"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("TICKERHOUSE_STACK", raising=False)
    monkeypatch.setenv("TICKERHOUSE_HOME", str(tmp_path))
    (tmp_path / "ports.json").write_text(json.dumps({"prefect": 23456}))
    return Settings.from_environment()


@pytest.mark.parametrize(
    ("set_to", "named"),
    [
        (None, ""),
        ("", ""),
        (ELSEWHERE, ELSEWHERE),
        ("http://127.0.0.1:23456/api/", ""),
        ("http://127.0.0.1:4200/api", "http://127.0.0.1:4200/api"),
    ],
)
def test_another_server_is_named_and_the_stacks_own_is_not(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, set_to: str | None, named: str
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    if set_to is not None:
        monkeypatch.setenv("PREFECT_API_URL", set_to)
    assert named_server(settings) == named


def test_a_named_server_is_never_replaced_by_the_embedded_one(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", ELSEWHERE)
    with prefect_api(settings) as stack:
        assert stack is None
    assert not (settings.home / "logs").exists()


def test_on_aws_prefects_own_settings_name_the_server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setenv("TICKERHOUSE_STACK", "aws")
    with prefect_api(Settings.from_environment()) as stack:
        assert stack is None
    assert not (settings.home / "logs").exists()
