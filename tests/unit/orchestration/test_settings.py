from datetime import timedelta

import pytest

from tasks.errors import BadSetting, UnknownSetting
from tasks.orchestration.settings import Settings, variable_name


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(variable_name(name), raising=False)


def test_source_and_environment_are_part_of_every_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKERHOUSE_ENVIRONMENT", "prod")
    settings = Settings.from_environment()
    assert settings.bucket_name == "tickerhouse-prod-alpha-vantage"
    assert settings.database_name == "prod_alpha_vantage"


def test_an_unknown_setting_is_refused_with_the_nearest_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKERHOUSE_BUKET", "x")
    with pytest.raises(UnknownSetting, match=r"TICKERHOUSE_BUKET is not a setting\. Did you mean TICKERHOUSE_BUCKET\?"):
        Settings.from_environment()


def test_every_bad_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKERHOUSE_PLAN", "gold")
    monkeypatch.setenv("TICKERHOUSE_GATE_LIMIT", "7")
    with pytest.raises(BadSetting, match=r"TICKERHOUSE_PLAN: .*TICKERHOUSE_GATE_LIMIT: "):
        Settings.from_environment()


def test_the_key_is_in_no_text_made_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALPHAVANTAGE_API_KEY", "CANARY-KEY")
    settings = Settings.from_environment()
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == "CANARY-KEY"
    assert "CANARY" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


def test_a_refused_setting_does_not_show_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKERHOUSE_PLAN", "CANARY-KEY")
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment()
    assert "CANARY" not in str(refused.value)


def test_durations_are_written_as_iso_8601(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKERHOUSE_SETTLING", "PT30M")
    assert Settings.from_environment().settling == timedelta(minutes=30)


def test_ports_are_read_by_server_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKERHOUSE_PORTS", "prefect=4200,s3=9000")
    assert Settings.from_environment().wanted_ports == {"prefect": 4200, "s3": 9000}
