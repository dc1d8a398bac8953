from datetime import timedelta

import pytest

from tasks.errors import BadSetting, UnknownSetting
from tasks.orchestration.settings import Settings, variable_name, without_secrets


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


def test_a_duration_that_is_none_names_the_form_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKERHOUSE_SETTLING", "4h")
    with pytest.raises(BadSetting, match=r"TICKERHOUSE_SETTLING: write a duration as ISO 8601 has it, e\.g\. PT4H"):
        Settings.from_environment()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("JOB_VARIABLES", "CANARY", 'write a JSON object, e.g. {"cpu": 1024}'),
        ("JOB_VARIABLES", '["CANARY"]', "valid dictionary"),
        ("PORTS", "prefect=99999", "a port is a number from 1 to 65535"),
        ("PORTS", "prefect=4200,s3=0", "a port is a number from 1 to 65535"),
        ("SETTLING", "-PT4H", "greater than or equal to"),
        ("SETTLING", "P8D", "less than or equal to"),
        ("REQUEST_TIMEOUT", "inf", "less than or equal to"),
        ("RETRY_WAIT", "1e400", "less than or equal to"),
        ("SHARD_WAIT", "nan", "less than or equal to"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_variable(name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"TICKERHOUSE_{name}", value)
    monkeypatch.setenv("TICKERHOUSE_PLAN", "gold")
    with pytest.raises(BadSetting) as refused:
        Settings.from_environment()
    assert f"TICKERHOUSE_{name}: " in refused.value.fact
    assert words in refused.value.fact
    assert "TICKERHOUSE_PLAN: " in refused.value.fact
    assert "CANARY" not in str(refused.value)


def test_job_variables_are_read_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKERHOUSE_JOB_VARIABLES", '{"cluster": "c", "cpu": 1024}')
    assert Settings.from_environment().job_variables == {"cluster": "c", "cpu": 1024}


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


SECRETS = {"ALPHAVANTAGE_API_KEY": "KEY", "TICKERHOUSE_SLACK_WEBHOOK": "HOOK", "TICKERHOUSE_SLACK_NOTICE_WEBHOOK": "OTHER"}


def test_a_child_process_is_given_no_secret_but_those_it_needs() -> None:
    outside = {"PATH": "/bin", "TICKERHOUSE_API_KEY_SECRET": "a name, and no secret", **SECRETS}
    assert without_secrets(outside) == {name: value for name, value in outside.items() if name not in SECRETS}
    assert set(SECRETS) & set(without_secrets(outside, "api_key")) == {"ALPHAVANTAGE_API_KEY"}


def test_every_setting_that_is_a_secret_is_kept_from_children() -> None:
    """A setting that is added later is one, where its name says so."""
    telling = [name for name in map(variable_name, Settings.model_fields) if name.endswith(("_KEY", "_WEBHOOK", "_PASSWORD", "_TOKEN"))]
    assert set(telling) == set(SECRETS)
